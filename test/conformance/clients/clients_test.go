// Package clients takes the clients that programs follow subscriptions with
// through what happens to connections: cuts, servers that go away, tokens that
// end. What the clients do is in the .mjs files.
package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

// patience bounds all of it.
const patience = 3 * time.Minute

// TestClients needs node and `npm ci` in this folder.
func TestClients(t *testing.T) {
	if _, err := os.Stat("node_modules"); err != nil {
		t.Skip("run npm ci in test/conformance/clients first")
	}
	c := harness.New(t).NewCompany()
	c.Hire("E1", "Ann Able", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "YEAR", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
	}}, "E1")
	c.Settle()
	servers := &servers{t: t, c: c, binary: build(t), relay: newRelay(t)}
	servers.next()
	control := httptest.NewServer(servers.control())
	t.Cleanup(control.Close)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	args := []string{"run.mjs", "http://" + servers.relay.addr + "/graphql", control.URL}
	if only := os.Getenv("CLIENT"); only != "" {
		args = append(args, only)
	}
	run := exec.CommandContext(ctx, "node", args...)
	out, err := run.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}

// build builds the server; BUILDFLAGS=-race of the environment has it watch for races.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "spm")
	if out, err := exec.CommandContext(t.Context(), "go", append(append([]string{"build"}, strings.Fields(os.Getenv("BUILDFLAGS"))...), "-o", binary, "spm")...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

// servers are processes on one database, of which one is behind the relay.
type servers struct {
	t       *testing.T
	c       *harness.Company
	binary  string
	relay   *relay
	current *exec.Cmd
	deals   int
}

// control is what the clients' side has done to this side.
func (s *servers) control() http.Handler {
	mux := http.NewServeMux()
	done := func(path string, do func()) {
		mux.HandleFunc("POST "+path, func(http.ResponseWriter, *http.Request) { do() })
	}
	done("/deal", s.deal)
	done("/cut", s.relay.cut)
	done("/mend", s.relay.mend)
	done("/drain", s.drain)
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		seconds, _ := strconv.Atoi(r.URL.Query().Get("seconds"))
		ann := s.c.Payees["E1"]
		_, _ = io.WriteString(w, s.c.TokenFor(time.Duration(seconds)*time.Second, &ann, model.RoleRep))
	})
	return mux
}

// deal records one more sale of 100, at another process, and waits until what
// it pays is calculated: an event each.
func (s *servers) deal() {
	s.deals++
	s.c.Record(harness.Input{
		"source": "test", "externalId": fmt.Sprint("D", s.deals), "kind": "BOOKING", "eventDate": "2026-02-03", "amount": "100", "currency": "USD",
		"sellers": []harness.Input{{"payee": "E1"}},
	})
	s.c.Settle()
}

// drain tells the server to end while another takes its place.
func (s *servers) drain() {
	going := s.current
	s.next()
	if err := going.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Error(err)
	}
	if err := going.Wait(); err != nil {
		s.t.Errorf("the server that was to end: %v", err)
	}
}

// next starts a server and has the relay pass new connections to it.
func (s *servers) next() {
	cmd := exec.CommandContext(s.t.Context(), s.binary, "serve", "--addr=127.0.0.1:0", "--log=json", "--data-dir="+s.c.DataDir)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.c.DataDir, "SERVE_DATABASE_URL=" + s.c.ServeURL,
		"SPM_ISSUER=" + harness.Issuer, "SPM_AUDIENCE=" + harness.Audience,
	}
	logs, into, err := os.Pipe()
	if err != nil {
		s.t.Error(err)
		return
	}
	cmd.Stderr = into
	err = cmd.Start()
	_ = into.Close()
	if err != nil {
		s.t.Error(err)
		return
	}
	s.t.Cleanup(func() { _ = cmd.Process.Kill() })
	urls := make(chan string, 1)
	go func() {
		defer close(urls)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			var record struct{ Msg, URL string }
			if json.Unmarshal(lines.Bytes(), &record) == nil && record.Msg == "serving" {
				urls <- record.URL
			}
		}
	}()
	select {
	case url := <-urls:
		s.relay.pass(strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/graphql"))
		s.current = cmd
	case <-time.After(patience):
		s.t.Error("the server does not serve")
	}
}
