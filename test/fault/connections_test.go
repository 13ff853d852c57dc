//go:build linux

package fault

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"spm/service"
	"spm/test/harness"
)

// toxics are what the network does, each to all connections while it lasts.
var toxics = []struct {
	kind, stream, attribute string
	least, most             int // of the attribute
}{
	{"latency", "downstream", "latency", 5, 100},
	{"reset_peer", "upstream", "timeout", 0, 50},
	{"reset_peer", "downstream", "timeout", 0, 50},
	{"timeout", "upstream", "timeout", 0, 0},
	{"timeout", "downstream", "timeout", 0, 0},
	{"limit_data", "downstream", "bytes", 100, 10_000},
	{"limit_data", "upstream", "bytes", 100, 10_000},
	{"slicer", "downstream", "average_size", 20, 200},
}

// between stands between servers and the database: what follows of the
// harness's servers goes through it.
func between(t *testing.T, h *harness.Harness) *toxiproxy.Proxy {
	t.Helper()
	u, err := url.Parse(h.ServeURL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop()), "database", "127.0.0.1:0", u.Host)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	u.Host = proxy.Listen
	h.ServeURL = u.String()
	return proxy
}

// TestConnectionsBreak ends backends and does to the servers' connections what
// networks do, under load: the pools heal by themselves, and an answer that was
// lost on the way is found by its key. SEED, TOXICS and TOXIC_TIME repeat or
// lengthen it.
func TestConnectionsBreak(t *testing.T) {
	random, rounds := seeded(t), counted("TOXICS", len(toxics))
	lasts := time.Duration(counted("TOXIC_TIME", 150)) * time.Millisecond
	h := harness.New(t)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE")
	h.Stop()
	proxy := between(t, h)
	one, here := h.Start()
	two, there := h.Start()
	servers := []*service.Service{one, two}
	answers(t, &load{t: t, h: h, token: h.Admin(), codes: map[string]int{}}, -1, here, there)
	h.Settle()
	goroutines, connections := working(), []int{inUse(one), inUse(two)}
	l := loaded(t, h, random, here, there)
	for round := range rounds {
		kind := toxics[round%len(toxics)]
		toxic := fmt.Sprintf(`{"name": "it", "type": %q, "stream": %q, "attributes": {%q: %d}}`, kind.kind, kind.stream, kind.attribute, kind.least+random.IntN(kind.most-kind.least+1))
		if _, err := proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			t.Fatalf("%s: %v", toxic, err)
		}
		time.Sleep(lasts) // how long the fault lasts
		proxy.Toxics.ResetToxics(t.Context())
		answers(t, l, round, here, there)
	}
	ended := endBackends(h, random, time.Duration(rounds)*lasts)
	answers(t, l, rounds, here, there)
	l.end(year)
	for i, server := range servers {
		h.Eventually("the pool has its connections back", func() bool { return inUse(server) <= connections[i]+1 })
	}
	h.Eventually("the goroutines have ended", func() bool { return working() <= goroutines+10 })
	t.Logf("%d toxics of %s, %d backends ended; %d goroutines of ours before, %d after", rounds, lasts, ended, goroutines, working())
}

func inUse(server *service.Service) int { return int(server.Store.Pool().Stat().AcquiredConns()) }

// working counts the goroutines that run the product's code.
func working() (n int) {
	stacks := make([]byte, 16<<20)
	for one := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(one, "spm/service.") || strings.Contains(one, "spm/resolver.") || strings.Contains(one, "spm/store.") {
			n++
		}
	}
	return n
}

// answers checks that each server takes rows again soon after a fault.
func answers(t *testing.T, l *load, round int, urls ...string) {
	t.Helper()
	begun := time.Now()
	for i, url := range urls {
		key := fmt.Sprintf("%d answered by %d", round, i)
		row := map[string]any{"source": "answered", "externalId": key, "kind": "BOOKING", "eventDate": "2017-05-15", "amount": "1", "currency": "USD", "sellers": []any{map[string]any{"payee": "p1"}}}
		for l.record(url, key, []map[string]any{row}) != taken {
			if time.Since(begun) > time.Minute {
				t.Fatalf("after %s: server %d does not come back", key, i)
			}
			time.Sleep(20 * time.Millisecond) // until it is asked again
		}
	}
	if took := time.Since(begun); took > recovery {
		t.Errorf("round %d: the servers were back only %s after the fault", round, took)
	}
}

// endBackends ends random backends of the servers for a time, one by one.
func endBackends(h *harness.Harness, random *rand.Rand, lasts time.Duration) (ended int) {
	for begun := time.Now(); time.Since(begun) < lasts; {
		pids := h.Strings("SELECT pid::text FROM pg_stat_activity WHERE application_name = 'spm' AND datname = current_database() ORDER BY pid")
		if len(pids) > 0 {
			h.Strings("SELECT pg_terminate_backend($1::int)::text", pids[random.IntN(len(pids))])
			ended++
		}
		time.Sleep(time.Duration(20+random.IntN(180)) * time.Millisecond) // between two faults
	}
	return ended
}
