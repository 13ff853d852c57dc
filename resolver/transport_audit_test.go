package resolver

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// audits is the folder of the audits of npm's graphql-http.
const audits = "../test/conformance/graphql-http"

// TestGraphQLOverHTTPAudits runs the 61 audits of graphql-http 1.23.1. It needs
// node and `npm ci` in test/conformance/graphql-http.
func TestGraphQLOverHTTPAudits(t *testing.T) {
	if _, err := os.Stat(filepath.Join(audits, "node_modules")); err != nil {
		t.Skip("run npm ci in test/conformance/graphql-http first")
	}
	h, log := serveTiny(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(h)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	run := exec.CommandContext(t.Context(), "node", "run.mjs", "http://"+listener.Addr().String()+"/graphql")
	run.Dir = audits
	output, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "61 passed, 0 failed") {
		t.Errorf("%v: %s", err, output)
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
	t.Logf("%s", output)
}
