// Package storetest gives each test a fresh, migrated database in milliseconds.
//
// Each test process runs one private Postgres, started by the first test that asks, with
// fsync off, in memory (/dev/shm) if 4 GB of it are free, or in TMPDIR if that is set; the next
// test process removes the directory. Migrations run once, into a
// template; a test gets a clone of it, and may do to it what it likes, in parallel with others.
// Without Postgres the test fails: it never skips.
//
// SPM_TEST_DATABASE_URL names a server to use instead; its user must be a superuser, and
// clones of a test that was killed stay there (databases spm_test_*).
//
// The server lives as long as the process. A goleak check therefore ignores
// storetest's: goleak.VerifyTestMain(m, storetest.Goroutines()...).
package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/store/pgembed"
)

// EnvURL names the environment variable with the URL of a server to use.
const EnvURL = "SPM_TEST_DATABASE_URL"

// patience bounds what is done once per process: starting the server, making a template.
const patience = 3 * time.Minute

// server is what a process has at most one of.
type server struct {
	dsn       func(database string) string
	idle      chan *pgx.Conn // connections to the maintenance database
	templates sync.Map       // Migrator.Hash -> *template
}

// shared is the one package variable: the point of the package is one server per process.
var shared = sync.OnceValues(func() (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	s, err := open(ctx)
	if err != nil {
		return nil, fmt.Errorf("storetest: %w", err)
	}
	return s, nil
})

// DSN returns the owner's URL of a database of this process's server, "" for the maintenance
// database. Roles and other things that all databases share are seen by all tests.
func DSN(tb testing.TB, database string) string {
	tb.Helper()
	return get(tb).dsn(database)
}

func get(tb testing.TB) *server {
	tb.Helper()
	s, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func open(ctx context.Context) (*server, error) {
	s := &server{idle: make(chan *pgx.Conn, 8)}
	if external := os.Getenv(EnvURL); external != "" {
		base, err := url.Parse(external)
		if err != nil || base.Host == "" && base.Query().Get("host") == "" {
			return nil, errors.New(EnvURL + " is not of the form postgres://user:password@host:port/database")
		}
		s.dsn = func(database string) string {
			u := *base
			if database != "" {
				u.Path = "/" + database
			}
			return u.String()
		}
	} else {
		private, err := startPrivate(ctx)
		if err != nil {
			return nil, err
		}
		s.dsn = func(database string) string {
			if database == "" {
				database = "postgres"
			}
			return private.DSN(database)
		}
	}
	return s, s.admin(ctx, func(conn *pgx.Conn) error { return conn.Ping(ctx) })
}

// admin lends a connection to the maintenance database. A pgxpool would do, but the goroutine
// it keeps could not be told from one that a test has leaked.
func (s *server) admin(ctx context.Context, use func(*pgx.Conn) error) error {
	var conn *pgx.Conn
	select {
	case conn = <-s.idle:
	default:
		var err error
		if conn, err = pgx.Connect(ctx, s.dsn("")); err != nil {
			return err
		}
	}
	err := use(conn)
	if !conn.IsClosed() {
		select {
		case s.idle <- conn:
			return err
		default:
		}
	}
	_ = conn.Close(context.WithoutCancel(ctx))
	return err
}

// startPrivate runs a server that ends with this process, and clears up after former ones.
func startPrivate(ctx context.Context) (*pgembed.Server, error) {
	parent, err := tempParent()
	if err != nil {
		return nil, err
	}
	for _, former := range []string{parent, memory, os.TempDir()} {
		removeStale(ctx, former)
	}
	dir, err := makeTemp(parent)
	if err != nil {
		return nil, err
	}
	return pgembed.Start(ctx, pgembed.Options{
		DataDir:   dir,
		Throwaway: true,
		Settings: map[string]string{
			"autovacuum_max_workers": "1", // plans made of empty tables must not stay; of databases that live for a second it sees none
			"max_wal_size":           "256MB",
			"min_wal_size":           "64MB",
		},
	})
}
