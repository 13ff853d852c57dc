// Command plug plugs the product into works A and B of ../shared/bench: it is
// what the harness's hooks PROJECT_SETUP, PROJECT_RESET, PROJECT_CALC and
// PROJECT_CHECK call, and serves its reads. README.md says how, and what is
// timed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

const usage = `usage: plug hooks | setup [-source DIR] | reset | calc | check | compare | serve | stop

hooks    print the hooks as lines for a shell, from the root of the source
setup    build the product, make its tables, load the data set through its graph
reset    forget all results, start the server
calc     calculate the year, wait until it is visible
check    stop the server, print the three lines of sql/check.sql
compare  compare each row with those that the last peer left
serve    start the server for work B, whose hooks are printed while it runs
stop     stop the server
`

// errUsage is a command that there is not.
var errUsage = errors.New("no such command")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, errUsage):
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "plug:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	if args[0] == "hooks" {
		return hooks()
	}
	p, err := fromEnvironment()
	if err != nil {
		return err
	}
	switch args[0] {
	case "setup":
		flags := flag.NewFlagSet("setup", flag.ContinueOnError)
		source := flags.String("source", ".", "the root of the product's source")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return p.setup(ctx, *source)
	case "reset":
		return p.reset(ctx)
	case "calc":
		return p.calc(ctx)
	case "check":
		return p.check(ctx)
	case "compare":
		return p.compare(ctx)
	case "serve":
		return p.serve(ctx)
	case "stop":
		return p.stop()
	}
	return errUsage
}

// plug is the product beside the harness: its files are in dir, its tables in
// the harness's database, in the schema public.
type plug struct {
	dir      string // binary, key, log, and what is running
	data     string // the data set's files
	out      string // the harness's figures
	database string // the owner's URL
}

// fromEnvironment reads what the harness's lib/env.sh exports.
func fromEnvironment() (plug, error) {
	for _, name := range []string{"RUN_DIR", "DATA_DIR", "OUT_DIR", "DATABASE_URL"} {
		if os.Getenv(name) == "" {
			return plug{}, fmt.Errorf("%s is not set: the harness (../shared/bench) runs this by its hooks; `plug hooks` prints them", name)
		}
	}
	dir := filepath.Join(os.Getenv("RUN_DIR"), "product")
	owner, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		return plug{}, err
	}
	with := owner.Query()
	with.Set("search_path", "public") // the harness's user has a schema of its name, spm, which is the harness's
	owner.RawQuery = with.Encode()
	return plug{dir: dir, data: os.Getenv("DATA_DIR"), out: os.Getenv("OUT_DIR"), database: owner.String()}, os.MkdirAll(dir, 0o755)
}

func (p plug) file(name string) string { return filepath.Join(p.dir, name) }

// hooks prints lines that a shell evaluates before ./run-a.sh.
func hooks() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	source, err := os.Getwd()
	if err != nil {
		return err
	}
	harness := filepath.Join(source, "..", "shared", "bench", "run-a.sh")
	if _, err := os.Stat(harness); err != nil {
		return fmt.Errorf("the harness is not beside the source (%s): there is nothing to plug into", harness)
	}
	quote := func(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
	reads, err := readHooks(source)
	if err != nil {
		return err
	}
	for _, hook := range append([][2]string{
		{"PROJECT_SETUP", quote(self) + " setup -source " + quote(source)},
		{"PROJECT_RESET", quote(self) + " reset"},
		{"PROJECT_CALC", quote(self) + " calc"},
		{"PROJECT_CHECK", quote(self) + " check && " + quote(self) + " compare >&2"},
		{"PROJECT_TABLES", "public.result,public.published"},
	}, reads...) {
		fmt.Printf("export %s=%s\n", hook[0], quote(hook[1]))
	}
	return nil
}
