// Command gate holds repaired Compose files against the reference loader.
//
//	gate -label ROW BEFORE AFTER REPORT AGAIN CHECKED CHECKED-AGAIN
//
// BEFORE and AFTER are the same tree before and after `tierlint fix`. REPORT and
// AGAIN are what `tierlint fix --format json` said in AFTER the first and the
// second time, the other two what `tierlint check --format json` said before and
// after. Whatever the loader accepted before must be accepted after, the two
// resolved projects may differ only in the keys that the report names, and every
// one of those has to differ. A second run has nothing to do, and no finding is
// there that was not before, costs left aside. Prints a row of a table, and below it what is wrong.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/sirupsen/logrus"
)

type stack struct {
	Files   []string `json:"files"`
	Changes []string `json:"changes"`
}

type report struct {
	Files  []string          `json:"files"`
	Fixes  []json.RawMessage `json:"fixes"`
	Left   []left            `json:"left"`
	Stacks []stack           `json:"stacks"`
}

type left struct {
	Why string `json:"why"`
}

type checked struct {
	Findings []finding `json:"findings"`
}

type finding struct {
	Rule     string   `json:"rule"`
	Severity string   `json:"severity"`
	Message  string   `json:"message"`
	Subject  []string `json:"subject"`
	Location struct {
		Path string `json:"path"`
	} `json:"location"`
}

func (f finding) key() string {
	return f.Rule + " " + f.Location.Path + " " + strings.Join(f.Subject, " ")
}

type object = map[string]any

type tally struct{ stacks, changed, strict, lenient, differences int }

func main() {
	logrus.SetOutput(io.Discard)
	label := flag.String("label", "", "the first cell of the row")
	flag.Parse()
	if flag.NArg() != 6 {
		fmt.Fprintln(os.Stderr, "usage: gate BEFORE AFTER REPORT AGAIN CHECKED CHECKED-AGAIN")
		os.Exit(2)
	}
	os.Clearenv()
	_ = os.Setenv("HOME", "/home/user")
	bad, err := row(*label, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, line := range bad {
		fmt.Println(line)
	}
	if len(bad) > 0 {
		os.Exit(1)
	}
}

func row(label string, args []string) ([]string, error) {
	var said, again report
	var before, after checked
	for i, into := range []any{&said, &again, &before, &after} {
		raw, err := os.ReadFile(args[2+i])
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(raw, into); err != nil {
			return nil, fmt.Errorf("%s: %w", args[2+i], err)
		}
	}
	count, bad, err := run(args[0], args[1], said)
	if err != nil {
		return nil, err
	}
	fresh := unheard(before.Findings, after.Findings)
	for _, f := range fresh {
		bad = append(bad, "new: "+f.key()+": "+f.Message)
	}
	if len(again.Fixes) > 0 {
		bad = append(bad, fmt.Sprintf("%d fixes in a second run", len(again.Fixes)))
	}
	refused := 0
	for _, it := range said.Left {
		if it.Why == "refused" {
			refused++
		}
	}
	fmt.Printf("| %s | %d | %d | %d → %d | %d | %d | %d | %d + %d | %d | %d |\n", label, len(said.Fixes), len(said.Files),
		len(before.Findings), len(after.Findings), len(fresh), len(again.Fixes), refused,
		count.strict, count.lenient, count.differences, len(bad))
	return bad, nil
}

// unheard are the findings that are there more often than before.
func unheard(before, after []finding) []finding {
	had := map[string]int{}
	for _, f := range before {
		had[f.key()]++
	}
	var fresh []finding
	for _, f := range after {
		// What a gate costs, an info, shows only once it is there.
		if had[f.key()]--; had[f.key()] < 0 && f.Severity != "info" {
			fresh = append(fresh, f)
		}
	}
	return fresh
}

// run asks the loader about every stack that changed.
func run(before, after string, said report) (tally, []string, error) {
	var count tally
	before, err := filepath.Abs(before)
	if err != nil {
		return count, nil, err
	}
	if after, err = filepath.Abs(after); err != nil {
		return count, nil, err
	}
	var bad []string
	for _, s := range said.Stacks {
		count.stacks++
		if len(s.Changes) == 0 {
			continue
		}
		count.changed++
		how := strict
		old, errOld := load(s.Files, after, before, how)
		if errOld != nil {
			how = lenient
			old, errOld = load(s.Files, after, before, how)
		}
		new, errNew := load(s.Files, after, after, how)
		name := strings.TrimPrefix(s.Files[len(s.Files)-1], after+"/")
		switch {
		case errOld != nil:
			continue
		case how == strict:
			count.strict++
		default:
			count.lenient++
		}
		if errNew != nil {
			bad = append(bad, fmt.Sprintf("%s: no longer accepted: %v", name, errNew))
			continue
		}
		found := differences(old, new)
		count.differences += len(found)
		for _, key := range found {
			if !slices.Contains(s.Changes, key) {
				bad = append(bad, fmt.Sprintf("%s: %s differs, which is not named", name, key))
			}
		}
		for _, key := range s.Changes {
			// What a service that is switched off needs is not in the project.
			if !slices.Contains(found, key) && enabled(new, key) {
				bad = append(bad, fmt.Sprintf("%s: %s is named and does not differ", name, key))
			}
		}
	}
	return count, bad, nil
}

// mode is how much has to be there for a project to be read.
type mode int

const (
	// As it is.
	strict mode = iota
	// Environment files need not be there, variables that have to be given are, and
	// what other files define may be missing.
	lenient
)

var demanded = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*):?\?`)

// required gives every variable that the files demand a value.
func required(files []string) []string {
	var env []string
	for _, f := range files {
		text, _ := os.ReadFile(f)
		for _, found := range demanded.FindAllSubmatch(text, -1) {
			env = append(env, string(found[1])+"=1")
		}
	}
	return env
}

// load reads the files of a stack, named below one root, below another.
func load(files []string, from, to string, how mode) (object, error) {
	moved := make([]string, len(files))
	for i, f := range files {
		rel, err := filepath.Rel(from, f)
		if err != nil {
			return nil, err
		}
		moved[i] = filepath.Join(to, rel)
	}
	dir := filepath.Dir(moved[0])
	options := []cli.ProjectOptionsFn{
		cli.WithEnv([]string{"PWD=" + dir}),
		cli.WithWorkingDirectory(dir),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultProfiles("*"),
	}
	if how == lenient {
		options = append(options, cli.WithEnv(required(moved)), cli.WithoutEnvironmentResolution, cli.WithConsistency(false))
	}
	opts, err := cli.NewProjectOptions(moved, options...)
	if err != nil {
		return nil, err
	}
	project, err := opts.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return nil, err
	}
	text = bytes.ReplaceAll(text, []byte(to+"/"), []byte("/"))
	var out object
	return out, json.Unmarshal(text, &out)
}

func services(project object) object {
	found, _ := project["services"].(object)
	return found
}

func enabled(project object, key string) bool {
	parts := strings.SplitN(strings.TrimPrefix(key, "services."), ".", 2)
	_, found := services(project)[parts[0]]
	return found
}

// differences are the keys of services that are not equal, and everything else
// that is not equal by its top-level key.
func differences(a, b object) []string {
	var found []string
	for key := range union(a, b) {
		// Under `x-` there are anchors, which no one reads but their users.
		if key != "services" && !strings.HasPrefix(key, "x-") && !equal(a[key], b[key]) {
			found = append(found, key)
		}
	}
	old, new := services(a), services(b)
	for name := range union(old, new) {
		x, okX := old[name].(object)
		y, okY := new[name].(object)
		if !okX || !okY {
			found = append(found, "services."+name)
			continue
		}
		for key := range union(x, y) {
			if !equal(x[key], y[key]) {
				found = append(found, "services."+name+"."+key)
			}
		}
	}
	slices.Sort(found)
	return found
}

func union(a, b object) object {
	all := object{}
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return all
}

func equal(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}
