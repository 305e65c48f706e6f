// Command gen loads every oracle project with the reference Compose loader and
// records what that loader understood, so that tierlint can be compared to it.
//
//	go run . ../projects         rewrite every golden.json
//	go run . -check ../projects  exit 1, naming projects whose golden differs
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
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
)

// args mirrors the command line a user would have typed.
type args struct {
	Files    []string `json:"files"`
	Profiles []string `json:"profiles"`
	EnvFiles []string `json:"env_files"`
	Cwd      string   `json:"cwd"`
}

type object = map[string]any

// warnings collects what the loader logs instead of printing it.
type warnings struct{ lines []string }

func (w *warnings) Levels() []logrus.Level     { return []logrus.Level{logrus.WarnLevel} }
func (w *warnings) Fire(e *logrus.Entry) error { w.lines = append(w.lines, e.Message); return nil }

func main() {
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()
	stale, err := run(flag.Arg(0), *check)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(stale) > 0 {
		fmt.Println(strings.Join(stale, "\n"))
		os.Exit(1)
	}
}

func run(root string, check bool) ([]string, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	logrus.SetOutput(io.Discard)
	dotenv.RegisterFormat("raw", rawEnv)
	os.Clearenv()
	// the only thing the loader reads from the process: `~` in bind sources
	if err := os.Setenv("HOME", "/home/user"); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var stale []string
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		dir := filepath.Join(root, e.Name())
		got, err := golden(dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		file := filepath.Join(dir, "golden.json")
		if !check {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				return nil, err
			}
		} else if want, _ := os.ReadFile(file); !bytes.Equal(want, got) {
			stale = append(stale, e.Name())
		}
	}
	return stale, nil
}

func golden(dir string) ([]byte, error) {
	var a args
	if raw, err := os.ReadFile(filepath.Join(dir, "args.json")); err == nil {
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, err
		}
	}
	cwd := filepath.Join(dir, a.Cwd)
	if err := os.Chdir(cwd); err != nil {
		return nil, err
	}
	w := &warnings{}
	logrus.StandardLogger().ReplaceHooks(logrus.LevelHooks{})
	logrus.AddHook(w)

	out := object{"error": nil}
	project, err := load(dir, cwd, a)
	if err != nil {
		// the loader walks Go maps: of several messages, keep the smallest
		message := err.Error()
		for range 64 {
			if _, err := load(dir, cwd, a); err != nil {
				message = min(message, err.Error())
			}
		}
		out["error"] = object{"class": classify(message), "message": message}
	} else {
		describe(out, project)
	}
	slices.Sort(w.lines)
	out["warnings"] = append([]string{}, slices.Compact(w.lines)...)

	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err = enc.Encode(out)
	text := strings.ReplaceAll(buf.String(), dir, ".")
	return []byte(strings.ReplaceAll(text, filepath.Dir(dir), "..")), err
}

// load applies the options in the order docker compose does, without its
// import of the process environment (only PWD, which compose sets itself).
func load(dir, cwd string, a args) (*types.Project, error) {
	opts, err := cli.NewProjectOptions(under(dir, a.Files),
		cli.WithEnv([]string{"PWD=" + cwd}),
		cli.WithEnvFiles(under(dir, a.EnvFiles)...),
		cli.WithDotEnv,
		cli.WithConfigFileEnv,
		cli.WithDefaultConfigPath,
		cli.WithEnvFiles(under(dir, a.EnvFiles)...),
		cli.WithDotEnv,
		cli.WithDefaultProfiles(a.Profiles...),
	)
	if err != nil {
		return nil, err
	}
	return opts.LoadProject(context.Background())
}

func under(dir string, files []string) []string {
	out := make([]string, 0, len(files))
	for _, f := range files {
		out = append(out, filepath.Join(dir, f))
	}
	return out
}

func describe(out object, p *types.Project) {
	services := object{}
	for name, s := range p.Services {
		services[name] = service(s)
	}
	disabled := p.DisabledServiceNames()
	slices.Sort(disabled)
	out["name"] = p.Name
	out["files"] = p.ComposeFiles
	out["profiles"] = slices.DeleteFunc(list(p.Profiles), func(s string) bool { return s == "" })
	out["services"] = services
	out["disabled_services"] = list(disabled)
}

func service(s types.ServiceConfig) object {
	o := object{
		"image": s.Image, "build": false, "command": s.Command, "entrypoint": s.Entrypoint,
		"environment": s.Environment, "healthcheck": nil, "profiles": list(s.Profiles),
		"restart": s.Restart, "network_mode": s.NetworkMode, "scale": s.Scale, "replicas": nil,
		"expose": list(s.Expose), "links": list(s.Links), "volumes_from": list(s.VolumesFrom),
		"hostname": s.Hostname, "container_name": s.ContainerName, "provider": nil,
		"pre_start": len(s.PreStart), "post_start": len(s.PostStart),
	}
	if s.Environment == nil {
		o["environment"] = object{}
	}
	if s.Build != nil {
		o["build"] = object{"context": s.Build.Context, "dockerfile": s.Build.Dockerfile}
	}
	if h := s.HealthCheck; h != nil {
		o["healthcheck"] = object{"test": h.Test, "disable": h.Disable, "retries": h.Retries,
			"interval": h.Interval, "timeout": h.Timeout, "start_period": h.StartPeriod, "start_interval": h.StartInterval}
	}
	if s.Deploy != nil {
		o["replicas"] = s.Deploy.Replicas
	}
	if s.Provider != nil {
		o["provider"] = s.Provider.Type
	}
	deps := object{}
	for name, d := range s.DependsOn {
		deps[name] = object{"condition": d.Condition, "required": d.Required, "restart": d.Restart}
	}
	o["depends_on"] = deps
	ports := []object{}
	for _, p := range s.Ports {
		ports = append(ports, object{"target": p.Target, "published": p.Published, "protocol": p.Protocol, "host_ip": p.HostIP})
	}
	o["ports"] = ports
	volumes := []object{}
	for _, v := range s.Volumes {
		volumes = append(volumes, object{"type": v.Type, "source": v.Source, "target": v.Target})
	}
	o["volumes"] = volumes
	if e := extra(s); len(e) > 0 {
		o["extra"] = e
	}
	return o
}

// extra keeps attributes only a few cases need; each is absent when empty.
func extra(s types.ServiceConfig) object {
	all := object{"labels": s.Labels, "networks": s.Networks, "logging": s.Logging, "ulimits": s.Ulimits, "dns": s.DNS,
		"tmpfs": s.Tmpfs, "env_file": s.EnvFiles, "ipc": s.Ipc, "pid": s.Pid, "uts": s.Uts, "cgroup": s.Cgroup}
	for k, v := range all {
		raw, _ := json.Marshal(v)
		if t := string(raw); t == `null` || t == `""` || t == `{}` || t == `[]` || t == `{"default":null}` {
			delete(all, k)
		}
	}
	return all
}

// list makes a nil slice empty, so that it prints as [].
func list[S ~[]string](s S) []string { return append([]string{}, s...) }
