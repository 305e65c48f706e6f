package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// rawEnv reads `format: raw` env files. The library leaves this format to its
// caller; docker compose registers one that keeps values as they are written.
func rawEnv(r io.Reader, filename string, vars map[string]string, lookup func(string) (string, bool)) error {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimLeftFunc(lines.Text(), unicode.IsSpace)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, given := strings.Cut(line, "=")
		if key == "" || strings.ContainsFunc(key, unicode.IsSpace) {
			return fmt.Errorf("failed to parse env_file %s: invalid variable name in %q", filename, line)
		}
		if !given {
			if value, given = lookup(key); !given {
				continue
			}
		}
		vars[key] = value
	}
	return lines.Err()
}
