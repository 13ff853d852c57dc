//go:build linux

package fault

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"spm/auth"
	"spm/model"
	"spm/test/harness"
)

// clocksApart starts two servers whose clocks are as far from the right time as
// tokens allow for, one behind and one ahead, and jump to the other side each time
// that they are read.
func clocksApart(h *harness.Harness) (servers []string) {
	const apart = auth.MaxTokenLeeway - 5*time.Second
	for _, first := range []time.Duration{-apart, apart} {
		offset := new(atomic.Int64)
		offset.Store(int64(first))
		_, url := h.StartBy(func() time.Time {
			off := offset.Load()
			offset.Store(-off)
			return time.Now().Add(time.Duration(off))
		})
		servers = append(servers, url)
	}
	return servers
}

// wrongClocks checks that a server refuses a token by a clock that is further off
// than tokens allow for.
func wrongClocks(t *testing.T, h *harness.Harness) {
	t.Helper()
	fresh := h.TokenFor(time.Hour, nil, model.RoleTenantAdmin, model.RoleCompAdmin)
	for _, off := range []time.Duration{-2 * auth.MaxTokenLeeway, 2 * time.Hour} {
		_, wrong := h.StartBy(func() time.Time { return time.Now().Add(off) })
		if answer := h.PostTo(wrong, fresh, "{ sequence }", nil); len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
			t.Errorf("by a clock that is off by %s the answer is %s %v", off, answer.Data, answer.Errors)
		}
	}
}

// inOrder reads the audit trail, whose sequence goes up from page to page.
func inOrder(t *testing.T, h *harness.Harness, url string) {
	t.Helper()
	read, last, after := 0, int64(0), any(nil)
	for {
		page := h.Decode(h.PostTo(url, h.Admin(), `query($a: Cursor) { auditTrail(first: 250, after: $a) { nodes { sequence } pageInfo { hasNextPage endCursor } } }`, map[string]any{"a": after})).At("auditTrail")
		for _, e := range page.List("nodes") {
			n, err := strconv.ParseInt(e.String("sequence"), 10, 64)
			if err != nil || n < last {
				t.Fatalf("entry %d follows %d", n, last)
			}
			read, last = read+1, n
		}
		if more, _ := page.At("pageInfo", "hasNextPage").V.(bool); !more {
			break
		}
		after = page.At("pageInfo", "endCursor").V
	}
	if read < 20 {
		t.Errorf("the audit trail has %d entries", read)
	}
}
