package command_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"spm/command"
	"spm/store"
	"spm/test/harness"
)

func noMigration(context.Context, string) error { return nil }

func TestReadiness(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	st, err := store.Open(t.Context(), h.ServeURL)
	if err != nil {
		t.Fatal(err)
	}
	health := command.NewHealth(st)
	ask := func(want int, reason string) {
		t.Helper()
		w := httptest.NewRecorder()
		health.Ready(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if w.Code != want || !strings.Contains(w.Body.String(), reason) {
			t.Errorf("readyz: %d %s, want %d %s", w.Code, w.Body, want, reason)
		}
	}
	ask(http.StatusOK, `"ready"`)
	health.Drain()
	ask(http.StatusServiceUnavailable, `"reason":"draining"`)

	health = command.NewHealth(st)
	st.Close()
	ask(http.StatusServiceUnavailable, `"reason":"the database does not answer"`)
	w := httptest.NewRecorder()
	health.Live(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
	if w.Code != http.StatusOK {
		t.Errorf("healthz: %d", w.Code)
	}
}
