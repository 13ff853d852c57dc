// Package command holds the subcommands of the binary, a file each: a command
// reads its flags and calls service. What wires a server is passed in by main.
package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"spm/auth"
	"spm/model"
	"spm/resolver"
	"spm/service"
)

// Env is what a command has of the world outside.
type Env struct {
	Stdout io.Writer
	Stderr io.Writer
	// Getenv reads an environment variable; those of environment are read.
	Getenv func(string) string
	Log    *slog.Logger
	// Serve wires a server, serves until ctx ends, and drains.
	Serve func(ctx context.Context, s Serving) error
}

// Serving says what to serve.
type Serving struct {
	Listener    net.Listener
	DatabaseURL string // of the role spm_server
	Tokens      auth.VerifierConfig
	AuditKey    *auth.SigningKey // signs heads of audit trails; they are not signed if it is nil
	// AnyoneReadsSchema lets strangers introspect; otherwise whoever is signed in may.
	AnyoneReadsSchema bool
	Origins           resolver.Origins // pages that may ask from a browser
	// StreamsPerUser is how many subscriptions, and WebSockets, one user may have
	// open; 0 is the default.
	StreamsPerUser int
	// UserBudget and TenantBudget are what operations of a user, and of a tenant, may
	// cost in a minute; 0 is the default.
	UserBudget, TenantBudget int
	// SnapshotBytes is what facts held in memory for what-ifs may take; nil: the
	// service's own default.
	SnapshotBytes *int64
	// UserDocuments says which documents users may send; any where empty.
	UserDocuments model.DocumentMode
	// Metrics is where /metrics is served, to whoever reaches it; nowhere if nil.
	Metrics net.Listener
	// SlowOperation is how long an operation takes that is logged; none is if 0.
	SlowOperation time.Duration
	// TracesURL is the address of the collector that traces go to, with its path;
	// nothing is traced where it is empty. TracesShare is how much is, from 0 to 1.
	TracesURL   string
	TracesShare float64
	// LoopbackIssuers permits tenants' issuers on this machine, by http too.
	LoopbackIssuers bool
	// Page is served at / and below /graphiql/; nothing is if it is nil.
	Page http.Handler
	// Started runs once requests are taken, beside them; its error ends the serving.
	Started func(ctx context.Context, s *service.Service) error
}

// runner does the work of a command whose flags have been read.
type runner func(ctx context.Context, e *Env) error

// command is one subcommand. Its name may have two words.
type command struct {
	name    string
	summary string
	// prepare declares the flags and gives what is to run once they are read.
	prepare func(flags *flag.FlagSet) runner
}

// commands are all of them, in the order of the help.
func commands() []command {
	return []command{
		{"demo", "load a made-up company, calculate its year, show what people earned, and serve it", prepareDemo},
		{"serve", "serve the API", prepareServe},
		{"migrate up", "bring the database to this program's schema", prepareMigrateUp},
		{"migrate down", "take the last group of migrations back; refused while there are tenants", prepareMigrateDown},
		{"migrate status", "list the migrations and which are applied", prepareMigrateStatus},
		{"migrate url", "print the SERVE_DATABASE_URL that belongs to DATABASE_URL, and nothing else", prepareMigrateURL},
		{"tenant create", "add a tenant with its first user", prepareTenantCreate},
		{"verify", "check the laws that the data must keep, in every tenant; exit code 1 where one is broken", prepareVerify},
		{"token", "print an access token for a user, and nothing else", prepareToken},
	}
}

// usageError is a command line that makes no sense: exit code 2.
type usageError struct{ message string }

func (u *usageError) Error() string { return u.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// Run does what the command line says and gives the exit code: 0 done, 1
// failed, 2 not understood.
func Run(ctx context.Context, e *Env, args []string) int {
	err := run(ctx, e, args)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(e.Stderr, "spm: %s\n", err)
		return 2
	}
	fmt.Fprintf(e.Stderr, "spm: %s\n", err)
	return 1
}

func run(ctx context.Context, e *Env, args []string) error {
	if len(args) == 0 {
		writeHelp(e.Stderr)
		return usagef("name a command")
	}
	if args[0] == "help" || isHelp(args[0]) {
		writeHelp(e.Stdout)
		return nil
	}
	chosen, rest, err := choose(args)
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet(chosen.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	do := chosen.prepare(flags)
	switch err := flags.Parse(rest); {
	case errors.Is(err, flag.ErrHelp):
		writeCommandHelp(e.Stdout, chosen)
		return nil
	case err != nil:
		return usagef("%s: %s (`spm %s --help` lists the flags)", chosen.name, err, chosen.name)
	case flags.NArg() > 0:
		return usagef("%s takes no argument %q (`spm %s --help` lists the flags)", chosen.name, flags.Arg(0), chosen.name)
	}
	return do(ctx, e)
}

func isHelp(arg string) bool { return arg == "-h" || arg == "-help" || arg == "--help" }

// choose finds the command that the first words name.
func choose(args []string) (chosen command, rest []string, err error) {
	var group []string
	for _, one := range commands() {
		first, second, two := strings.Cut(one.name, " ")
		switch {
		case args[0] != first:
		case !two:
			return one, args[1:], nil
		case len(args) > 1 && args[1] == second:
			return one, args[2:], nil
		default:
			group = append(group, second)
		}
	}
	if len(group) > 0 {
		return chosen, nil, usagef("%s needs one of: %s", args[0], strings.Join(group, ", "))
	}
	return chosen, nil, usagef("there is no command %q (`spm --help` lists them)", args[0])
}
