package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"
)

// modeEnv makes the test binary a process with another errand.
const modeEnv = "STORETEST_TEST_MODE"

func TestMain(m *testing.M) {
	if os.Getenv(modeEnv) == "serve" {
		serveForever()
	}
	goleak.VerifyTestMain(m, Goroutines()...)
}

func serveForever() {
	s, err := shared()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.dsn(""))
	select {} // until killed
}

func scan(t *testing.T, dsn, sql string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), sql).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// unique is another word in each run of a test, as go test -count wants it.
func unique(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf("%s_%d", strings.ToLower(t.Name()), clones.Add(1))
}

// TestParallelTestsHaveTheirOwn: twenty tests at once, one migration, no shared row.
func TestParallelTestsHaveTheirOwn(t *testing.T) {
	t.Parallel()
	var runs atomic.Int32
	m := Migrator{Hash: unique(t), Run: func(ctx context.Context, dsn string) error {
		runs.Add(1)
		return execute(ctx, dsn, "CREATE TABLE word (word text)")
	}}
	var seen sync.Map
	t.Run("group", func(t *testing.T) {
		for i := range 20 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				dsn := Database(t, m)
				if _, twice := seen.LoadOrStore(dsn, true); twice {
					t.Errorf("%s was given twice", dsn)
				}
				if err := execute(t.Context(), dsn, fmt.Sprintf("INSERT INTO word VALUES ('%d')", i)); err != nil {
					t.Fatal(err)
				}
				if got := scan(t, dsn, "SELECT string_agg(word, ',') FROM word"); got != fmt.Sprint(i) {
					t.Errorf("read %q", got)
				}
			})
		}
	})
	if runs.Load() != 1 {
		t.Errorf("migrated %d times", runs.Load())
	}
	seen.Range(func(dsn, _ any) bool {
		if execute(t.Context(), dsn.(string), "SELECT") == nil {
			t.Errorf("%s is still there", dsn)
		}
		return true
	})
}

// TestDroppedThoughConnected: a test that forgets to close its pool does no harm.
func TestDroppedThoughConnected(t *testing.T) {
	t.Parallel()
	var conn *pgx.Conn
	t.Run("forgetful", func(t *testing.T) {
		var err error
		if conn, err = pgx.Connect(t.Context(), Database(t, schema(1))); err != nil {
			t.Fatal(err)
		}
	})
	if conn.Ping(t.Context()) == nil {
		t.Error("the connection outlives its database")
	}
	_ = conn.Close(context.Background())
}

func TestHashChoosesTheTemplate(t *testing.T) {
	t.Parallel()
	for _, tables := range []int{1, 2} {
		got := scan(t, Database(t, schema(tables)), "SELECT count(*)::text FROM pg_tables WHERE tablename LIKE 'noun%'")
		if got != fmt.Sprint(tables) {
			t.Errorf("%s tables, want %d", got, tables)
		}
	}
}

// TestFailedMigrationIsSaidToAll, and tried once.
func TestFailedMigrationIsSaidToAll(t *testing.T) {
	t.Parallel()
	runs, failure := 0, errors.New("no such column")
	m := Migrator{Hash: unique(t), Run: func(context.Context, string) error { runs++; return failure }}
	for range 2 {
		if _, err := get(t).template(m); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
	}
	if runs != 1 {
		t.Errorf("tried %d times", runs)
	}
}

// TestHalfMadeTemplateIsMadeAgain: as a process that was killed leaves it on a shared server.
func TestHalfMadeTemplateIsMadeAgain(t *testing.T) {
	t.Parallel()
	s, name := get(t), "spm_template_half_"+unique(t)
	if err := execute(t.Context(), DSN(t, ""), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	runs := 0
	m := Migrator{Run: func(ctx context.Context, dsn string) error {
		runs++
		return execute(ctx, dsn, "CREATE TABLE whole ()")
	}}
	for range 2 { // the second finds it complete
		if err := s.makeTemplate(t.Context(), name, m); err != nil {
			t.Fatal(err)
		}
	}
	if runs != 1 {
		t.Errorf("migrated %d times", runs)
	}
}

// TestGivenServer lets a process of its own use this one's server as SPM_TEST_DATABASE_URL.
func TestGivenServer(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHashChoosesTheTemplate$", "-test.v")
	cmd.Env = append(os.Environ(), EnvURL+"="+DSN(t, ""))
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Errorf("%v\n%s", err, out)
	}
	cmd = exec.Command(os.Args[0], "-test.run=^TestHashChoosesTheTemplate$", "-test.v")
	cmd.Env = append(os.Environ(), EnvURL+"=host=here")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), EnvURL+" is not of the form") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestWithoutPostgresFails and does not skip.
func TestWithoutPostgresFails(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run=^TestHashChoosesTheTemplate$", "-test.v")
	cmd.Env = append(os.Environ(), EnvURL+"=", "SPM_POSTGRES_BIN="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "--- FAIL") || !strings.Contains(string(out), "has no postgres and initdb") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestKilledProcessLeavesNothing but a directory, which the next process removes.
func TestKilledProcessLeavesNothing(t *testing.T) {
	t.Parallel()
	temp, err := os.MkdirTemp("/tmp", "storetest-test-*")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(temp) }()
	var former []string
	for range 2 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), EnvURL+"=", modeEnv+"=serve", "TMPDIR="+temp)
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		var dsn string
		if _, err := fmt.Fscanln(out, &dsn); err != nil {
			t.Error(dsn, err)
		}
		dirs, _ := filepath.Glob(filepath.Join(temp, prefix+"-*"))
		if len(dirs) != 1 || len(former) == 1 && dirs[0] == former[0] {
			t.Errorf("directories: %v, before: %v", dirs, former)
		}
		former = dirs
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	removeStale(t.Context(), temp) // waits for the server that is ending
	if left, _ := filepath.Glob(filepath.Join(temp, "*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}
