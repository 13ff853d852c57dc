//go:build linux

package fault

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"spm/migrations"
	"spm/store/pgembed"
	"spm/test/harness"
)

// recovery bounds how long after the database a server is back.
const recovery = 5 * time.Second

// private starts a durable Postgres of the test's own, which it may stop.
func private(t *testing.T) (*pgembed.Server, func() *pgembed.Server) {
	t.Helper()
	parent, err := os.MkdirTemp("", "spm-fault-pg-*")
	if err == nil {
		err = os.Chmod(parent, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	var running *pgembed.Server
	start := func() *pgembed.Server {
		s, err := pgembed.Start(t.Context(), pgembed.Options{DataDir: filepath.Join(parent, "data")})
		if err != nil {
			t.Fatal(err)
		}
		running = s
		return s
	}
	t.Cleanup(func() {
		if running != nil {
			_ = syscall.Kill(running.PID(), syscall.SIGQUIT)
			<-running.Done()
		}
		_ = os.RemoveAll(parent)
	})
	return start(), start
}

// TestDatabaseStops stops Postgres in the midst of all, as a loss of power
// would, and starts it again: servers that stayed up go on by themselves, and
// nothing that was answered is lost. SEED and RESTARTS of the environment
// repeat or lengthen it.
func TestDatabaseStops(t *testing.T) {
	t.Parallel()
	random, restarts := seeded(t), counted("RESTARTS", 1)
	postgres, start := private(t)
	url := postgres.DSN("")
	if _, err := migrations.Up(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	h := harness.NewOn(t, url)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE")
	h.Stop()
	free := []string{"--budget-per-user=1000000000", "--budget-per-tenant=1000000000"}
	servers := []*server{serve(t, h, free...), serve(t, h, free...)}
	l := loaded(t, h, random, servers[0].url, servers[1].url)
	var longest time.Duration
	for round := range restarts {
		_, _ = l.post(servers[round%2].url, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}, "")
		time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond) // the fault's moment
		if err := syscall.Kill(postgres.PID(), syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		<-postgres.Done()
		time.Sleep(time.Duration(random.IntN(2000)) * time.Millisecond) // how long it is away
		postgres = start()
		if postgres.DSN("") != url {
			t.Fatal("the database is back at another address: its port was taken meanwhile")
		}
		back := time.Now()
		for i, s := range servers {
			key := strconv.Itoa(round) + " back at " + strconv.Itoa(i)
			row := map[string]any{"source": "back", "externalId": key, "kind": "BOOKING", "eventDate": "2017-05-15", "amount": "1", "currency": "USD", "sellers": []any{map[string]any{"payee": "p1"}}}
			for l.record(s.url, key, []map[string]any{row}) != taken {
				select {
				case <-s.dead:
					t.Fatalf("round %d: server %d ended", round, i)
				case <-time.After(20 * time.Millisecond):
				}
				if time.Since(back) > time.Minute {
					t.Fatalf("round %d: server %d does not come back", round, i)
				}
			}
			longest = max(longest, time.Since(back))
		}
	}
	if longest > recovery {
		t.Errorf("a server was back only %s after the database", longest)
	}
	l.end(year)
	if n := h.Strings("SELECT count(*)::text FROM transaction WHERE source = 'back'"); n[0] != strconv.Itoa(restarts*len(servers)) {
		t.Errorf("%s rows of after the restarts, %d expected", n[0], restarts*len(servers))
	}
	if n := h.Strings("SELECT count(*)::text FROM pg_stat_activity WHERE application_name = 'spm' AND state LIKE 'idle in transaction%' AND state_change < now() - interval '5 s'"); n[0] != "0" {
		t.Errorf("%s transactions were left open", n[0])
	}
	t.Logf("%d restarts of the database; the servers were back after %s at most", restarts, longest.Round(time.Millisecond))
}
