package command

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"spm/migrations"
	"spm/store"
)

// readyTimeout bounds what /readyz asks of the database.
const readyTimeout = 2 * time.Second

// Health answers those who watch the process.
type Health struct {
	store    *store.Store
	draining atomic.Bool
}

// NewHealth watches a server's database.
func NewHealth(st *store.Store) *Health { return &Health{store: st} }

// Drain says from now on that the server takes no further requests.
func (h *Health) Drain() { h.draining.Store(true) }

// Live answers /healthz: the process is alive, whatever its database does.
func (h *Health) Live(w http.ResponseWriter, _ *http.Request) {
	answerHealth(w, http.StatusOK, "ok", "")
}

// Ready answers /readyz: 200 if requests are welcome, otherwise 503 with the reason.
func (h *Health) Ready(w http.ResponseWriter, r *http.Request) {
	if reason := h.reason(r.Context()); reason != "" {
		answerHealth(w, http.StatusServiceUnavailable, "not ready", reason)
		return
	}
	answerHealth(w, http.StatusOK, "ready", "")
}

// reason tells what stands in the way; "" if nothing does.
func (h *Health) reason(ctx context.Context) string {
	if h.draining.Load() {
		return "draining"
	}
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	pending, err := migrations.Pending(ctx, h.store.Pool())
	switch {
	case err != nil:
		return "the database does not answer"
	case len(pending) > 0:
		return fmt.Sprintf("the database lacks migrations: %s", strings.Join(pending, ", "))
	}
	return ""
}

func answerHealth(w http.ResponseWriter, status int, word, reason string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Status string `json:"status"`
		Reason string `json:"reason,omitempty"`
	}{word, reason})
}
