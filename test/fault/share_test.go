//go:build linux

package fault

import (
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"spm/test/harness"
)

// TestServersShareARun stops the process that leads a run, alive and with all its
// connections: the other one calculates what is left, but for what the first has
// in hand, and the first makes the whole visible once it goes on.
func TestServersShareARun(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE") // or the comparisons below are planned for empty tables
	h.Stop()
	servers := []*server{serve(t, h), serve(t, h)}
	request(t, h, servers[0], year)
	h.Settle()
	want := h.Canonical()
	shared := false
	for range 20 {
		run := request(t, h, servers[0], year)
		awaitSaved(h, run, 1)
		at := worker(t, h, servers)
		if at < 0 {
			h.Settle()
			continue
		}
		leader := servers[at].cmd.Process
		if err := leader.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		before, others := number(h, run, "chunks_done"), 0
		// What the leader has in hand stays; where that is a transaction's last step, so does all.
		for begun := time.Now(); others == 0 && time.Since(begun) < 2*time.Second && status(h, run) == "RUNNING"; {
			others = number(h, run, "chunks_done") - before
			runtime.Gosched()
		}
		stopped := status(h, run) == "RUNNING"
		if err := leader.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		h.Settle()
		if got := status(h, run); got != "SUCCEEDED" {
			t.Fatalf("the run is %s", got)
		}
		t.Logf("the leader stopped at %d chunks; the other did %d meanwhile", before, others)
		if shared = stopped && others > 0; shared {
			break
		}
	}
	if !shared {
		t.Error("the other process did no chunk")
	}
	if got := h.Canonical(); got != want {
		t.Error("readers see something else than before")
	}
	lawful(t, h)
}

func number(h *harness.Harness, run, what string) int {
	n, err := strconv.Atoi(column(h, run, what+"::text"))
	if err != nil {
		h.Fatalf("%v", err)
	}
	return n
}
