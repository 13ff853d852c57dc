package command

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// invoke runs a command line that touches nothing.
func invoke(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, problems bytes.Buffer
	e := &Env{Stdout: &out, Stderr: &problems, Getenv: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler)}
	code = Run(t.Context(), e, args)
	return out.String(), problems.String(), code
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		args string
		code int
		says string // part of stdout where code is 0, else of stderr
	}{
		{"", 2, "name a command"},
		{"--help", 0, "Commands:"},
		{"help", 0, "Commands:"},
		{"serve --help", 0, "--addr HOST:PORT"},
		{"tenant create -h", 0, "--time-zone ZONE"},
		{"fly", 2, `there is no command "fly"`},
		{"--fly", 2, `there is no command "--fly"`},
		{"migrate", 2, "migrate needs one of: up, down, status, url"},
		{"migrate sideways", 2, "migrate needs one of"},
		{"serve --fly", 2, "not defined: -fly"},
		{"demo --addr", 2, "needs an argument: -addr"},
		{"serve now", 2, `takes no argument "now"`},
		{"token --tenant demo", 2, "exactly one of --role, --payee and --subject"},
		{"token --role REP --payee Ann", 2, "exactly one of --role, --payee and --subject"},
		{"token --role KING", 2, `there is no role "KING"`},
		{"token --role REP --ttl 25h", 2, "at most 24h"},
		{"token --role REP --ttl soon", 2, "invalid value"},
		{"tenant create --key a --name A", 2, "tenant create needs --subject"},
		{"serve --allow-origin *", 2, `"*" is no origin`},
		{"demo --allow-origin https://a.example --allow-origin a.example", 2, `"a.example" is no origin`},
		{"serve --streams-per-user 0", 2, "at least 1"},
		{"serve --budget-per-user 19999", 2, "at least 20000"},
		{"serve --user-documents some", 2, "any, prefer or only"},
		{"serve --budget-per-user 700000", 2, "no less than it"},
		{"serve --addr nowhere", 1, "name another address with --addr"},
	} {
		stdout, stderr, code := invoke(t, strings.Fields(one.args)...)
		said := stderr
		if one.code == 0 {
			said = stdout
		}
		if code != one.code || !strings.Contains(said, one.says) {
			t.Errorf("spm %s: exit %d, %q", one.args, code, said)
		}
	}
}

// TestWhereTracesGo: by the flag, or by the environment, and nowhere that a log must
// not name.
func TestWhereTracesGo(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		args, environment string
		url               string
		share             float64
		refused           string
	}{
		{"", "", "", 0.1, ""},
		{"--traces-url http://127.0.0.1:4318", "", "http://127.0.0.1:4318/v1/traces", 0.1, ""},
		{"--traces-share 1", "https://a.example/otlp/v1/traces", "https://a.example/otlp/v1/traces", 1, ""},
		{"--traces-url http://b.example/x --traces-share 0", "https://a.example/", "http://b.example/x", 0, ""},
		{"--traces-share 1.01", "", "", 0, "from 0 to 1"},
		{"--traces-share NaN", "", "", 0, "from 0 to 1"},
		{"--traces-url 127.0.0.1:4318", "", "", 0, "is like http"},
		{"--traces-url grpc://127.0.0.1:4317", "", "", 0, "is like http"},
		{"--traces-url https://ann:secret@a.example", "", "", 0, envTracesHeaders},
		{"--traces-url https://a.example/?token=secret", "", "", 0, envTracesHeaders},
	} {
		flags := flag.NewFlagSet("serve", flag.ContinueOnError)
		watch := watchFlags(flags)
		if err := flags.Parse(strings.Fields(one.args)); err != nil {
			t.Fatal(err)
		}
		var s Serving
		err := watch(t.Context(), &Env{Getenv: func(name string) string {
			if name == envTracesURL {
				return one.environment
			}
			return ""
		}}, &s)
		switch {
		case one.refused != "":
			if err == nil || !strings.Contains(err.Error(), one.refused) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: %v", one.args, err)
			}
		case err != nil || s.TracesURL != one.url || s.TracesShare != one.share:
			t.Errorf("%s: %q %v %v", one.args, s.TracesURL, s.TracesShare, err)
		}
	}
}

// TestHelpNamesEverything: every command, flag and environment variable.
func TestHelpNamesEverything(t *testing.T) {
	t.Parallel()
	help, _, _ := invoke(t, "--help")
	for _, one := range commands() {
		if !strings.Contains(help, "\n  "+one.name+" ") {
			t.Errorf("the help does not name %s", one.name)
		}
		flags := flag.NewFlagSet(one.name, flag.ContinueOnError)
		one.prepare(flags)
		flags.VisitAll(func(f *flag.Flag) {
			if !regexp.MustCompile(`\n    --` + f.Name + `\b`).MatchString(help) {
				t.Errorf("the help does not name --%s of %s", f.Name, one.name)
			}
		})
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(sources, "../server.go") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, match := range regexp.MustCompile(`\b(?:Getenv|LookupEnv)\(([^)]+)\)`).FindAllSubmatch(text, -1) {
			if name := string(match[1]); !strings.HasPrefix(name, "env") {
				t.Errorf("%s reads the environment by %s, which the help may not name", path, name)
			}
		}
	}
	for _, one := range environment {
		if !strings.Contains(help, "\n  "+one.name+" ") {
			t.Errorf("the help does not name %s", one.name)
		}
	}
	for line := range strings.Lines(help) {
		if len(line) > helpWidth+1 {
			t.Errorf("too wide: %s", line)
		}
	}
}

func TestHumanLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(newHuman(&out, false))
	log.With("a", 1).WithGroup("g").Info("it happened", "b", "two words")
	log.Warn("plain")
	log.DebugContext(context.Background(), "unsaid")
	want := regexp.MustCompile(`^\d\d:\d\d:\d\d it happened a=1 g\.b="two words"\n\d\d:\d\d:\d\d WARN plain\n$`)
	if !want.MatchString(out.String()) {
		t.Errorf("got %q", out.String())
	}
}

func TestBuiltByGoRun(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{
		"/tmp/go-build3140/b001/exe/spm": true,
		"/usr/local/bin/spm":             false,
		"/home/ann/exe/spm":              false,
	} {
		if builtByGoRun(path) != want {
			t.Errorf("%s: want %v", path, want)
		}
	}
}
