package main

import "strings"

// classes maps a piece of error text to its class; the first match wins.
var classes = [][2]string{
	{"dependency cycle detected", "cycle"}, {"include cycle detected", "include-cycle"}, {"Circular reference", "extends-cycle"},
	{"required variable", "required-variable"}, {"invalid interpolation format", "interpolation"}, {"error while interpolating", "interpolation"},
	{"depends on undefined service", "undefined-dependency"}, {"not found for network_mode", "undefined-dependency"},
	{"cannot extend service", "extends-missing"}, {"already defined at line", "duplicate-key"},
	{"healthcheck.test must start either by", "healthcheck-test"},
	{"no configuration file provided", "not-found"}, {"env file", "not-found"}, {"no such file or directory", "not-found"},
	{"validating ", "schema"}, {"decoding failed", "schema"}, {"must be a mapping", "schema"}, {"cannot override", "schema"}, {"must be a list", "schema"},
	{"unexpected type", "schema"}, {"non-string key", "schema"}, {".service is required", "schema"},
	{"failed to parse", "yaml"}, {"yaml:", "yaml"},
}

func classify(message string) string {
	for _, c := range classes {
		if strings.Contains(message, c[0]) {
			return c[1]
		}
	}
	return "other"
}
