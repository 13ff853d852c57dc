package docs

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/store/pgembed"
)

// TestOperations does what docs/operations.md says, on two Postgres servers.
// Where the clients of Postgres are missing it says so, and fails in CI alone,
// which installs them.
func TestOperations(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"psql", "pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(name); err != nil && os.Getenv("CI") == "" {
			t.Logf("NOT RUN: there is no %s here", name)
			return
		}
	}
	m := newMachine(t)
	m.work = dir(t)
	before, after := cluster(t), cluster(t)
	m.hosts = []string{"db.example:5432", before, "new.example:5432", after, "0.0.0.0:8080", "127.0.0.1:0"}
	m.env = append(m.env, "DATABASE_URL=", "SERVE_DATABASE_URL=")
	at := connect(t, "postgres://postgres:secret@"+before+"/postgres")
	for range 3000 { // so that it is further on than the one that it is restored into
		if _, err := at.Exec(t.Context(), "SELECT pg_current_xact_id()"); err != nil {
			t.Fatal(err)
		}
	}
	m.read(t, readPage(t, "docs/operations.md"))
	var offset int
	restored := connect(t, "postgres://postgres:secret@"+after+"/spm")
	if err := restored.QueryRow(t.Context(), "SELECT xid_offset FROM instance").Scan(&offset); err != nil || offset < 1000 {
		t.Errorf("the restored database adds %d to its transaction ids: %v", offset, err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(t.Context())) })
	return conn
}

// cluster starts a Postgres as an administrator would hand it over, with the
// superuser postgres, and gives its host and port.
func cluster(t *testing.T) string {
	t.Helper()
	server, err := pgembed.Start(t.Context(), pgembed.Options{DataDir: filepath.Join(dir(t), "data"), Throwaway: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.WithoutCancel(t.Context())) })
	at := server.DSN("postgres")
	conn := connect(t, at)
	for _, statement := range []string{"DROP DATABASE IF EXISTS spm", "CREATE ROLE postgres SUPERUSER LOGIN PASSWORD 'secret'"} {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Host
}

// TestConfiguration: every flag and variable that the help names is in the
// document, and no other.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.CommandContext(t.Context(), path, "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	var flags, variables []string
	for _, row := range table(t, "docs/operations.md", "## Configuration") {
		flags = append(flags, matches(row[0], `--([a-z-]+)`)...)
		variables = append(variables, matches(row[0], `\b([A-Z][A-Z_]+)\b`)...)
	}
	slices.Sort(flags)
	slices.Sort(variables)
	same(t, "flags", slices.Compact(flags), matches(string(help), `(?m)^    --([a-z-]+)`))
	_, environment, _ := strings.Cut(string(help), "\nEnvironment:\n")
	same(t, "variables", variables, matches(environment, `(?m)^  ([A-Z][A-Z_]+) `))
}
