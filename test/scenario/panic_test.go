package scenario

import (
	"testing"

	"spm/store"
	"spm/test/harness"
)

// TestAPanicEndsItsTransaction: what panics within a transaction leaves nothing of
// it, neither rows nor an open transaction nor a connection that is not given back.
func TestAPanicEndsItsTransaction(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
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
	if open := h.Strings(`SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`); len(open) > 0 {
		t.Errorf("%d transactions are open, after %q", len(open), open)
	}
	if err := h.Service.Store.InTx(t.Context(), options, func(*store.Tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
