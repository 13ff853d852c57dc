package scenario

import (
	"slices"
	"testing"
	"time"

	"spm/store"
	"spm/test/harness"
)

const inTransaction = `SELECT pid || ' since ' || xact_start FROM pg_stat_activity
	WHERE datname = current_database() AND state LIKE 'idle in transaction%'`

// TestAPanicEndsItsTransaction: what panics within a transaction leaves nothing of
// it, neither rows nor an open transaction nor a connection that is not given back.
func TestAPanicEndsItsTransaction(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	h.Patience = 10 * time.Second
	options := store.TxOptions{Tenant: h.Tenant, ActorName: "test", Operation: "test"}
	for range 3 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic went no further")
				}
			}()
			_ = h.Service.Store.InTx(t.Context(), options, func(*store.Tx) error { panic("a fault") })
		}()
	}
	// The sealer's own transactions are open for moments; one that a panic has left
	// stays, until the database ends it after half a minute.
	open := h.Strings(inTransaction)
	h.Eventually("the transactions that were open have ended", func() bool {
		still := h.Strings(inTransaction)
		open = slices.DeleteFunc(open, func(one string) bool { return !slices.Contains(still, one) })
		return len(open) == 0
	})
	if err := h.Service.Store.InTx(t.Context(), options, func(*store.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
