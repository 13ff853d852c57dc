package scenario

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/store"
	"spm/test/harness"
)

func day(text string) model.Date {
	d, err := model.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func names(periods []model.Period) []string {
	out := []string{}
	for _, p := range periods {
		out = append(out, p.Name+" "+string(p.Status))
	}
	return out
}

// How a period may be closed: in place, or by a new version of its row.
var closings = map[string]string{
	"in place": "UPDATE period SET status = 'CLOSED' WHERE name = '2026-01'",
	"as a new version": `WITH old AS (UPDATE period SET tx_to = spm_xid() WHERE name = '2026-01' AND tx_to = 9223372036854775807 RETURNING *)
		INSERT INTO period SELECT tenant_id, id, version + 1, calendar_id, type, name, fiscal_year, number, from_date, to_date, 'CLOSED' FROM old`,
}

func TestSharePeriods(t *testing.T) {
	t.Parallel()
	for how, closing := range closings {
		t.Run("closed "+how, func(t *testing.T) {
			t.Parallel()
			h := harness.New(t)
			admin := h.Admin()
			calendar := h.Do(admin, createCalendar, input("externalId", "std", "name", "Std")).String("createFiscalCalendar", "calendar", "id")
			h.Do(admin, openYear, input("calendarId", calendar, "fiscalYear", 2026))
			sharePeriods(t, h, closing)
		})
	}
}

func sharePeriods(t *testing.T, h *harness.Harness, closing string) {
	ctx := t.Context()
	write := func(do func(*store.Tx) error) error {
		return h.Service.Store.InTx(ctx, store.TxOptions{Tenant: h.Tenant, ActorName: "test", Operation: "test"}, do)
	}
	january := []model.Interval{{From: day("2026-01-31"), To: day("2026-02-01")}}
	share := func(tx *store.Tx, want ...string) error {
		closed, err := tx.SharePeriods(ctx, january)
		harness.Same(t, "closed periods", names(closed), want...)
		return err
	}

	// The closer waits for a writer.
	done := make(chan error, 1)
	err := write(func(tx *store.Tx) error {
		if err := share(tx); err != nil {
			return err
		}
		go func() { done <- tryOwner(context.WithoutCancel(ctx), h, closing, nil) }()
		awaitWaiting(t, h)
		return share(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := write(func(tx *store.Tx) error { return share(tx, "2026-01 CLOSED") }); err != nil {
		t.Fatal(err)
	}

	// A writer waits for the closer, and sees what it did.
	const reopen = "UPDATE period SET status = 'OPEN' WHERE tx_to = 9223372036854775807"
	if err := tryOwner(ctx, h, reopen, nil); err != nil {
		t.Fatal(err)
	}
	err = tryOwner(ctx, h, closing, func() {
		go func() { done <- write(func(tx *store.Tx) error { return share(tx, "2026-01 CLOSED") }) }()
		awaitWaiting(t, h)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}

	err = write(func(tx *store.Tx) error {
		for _, days := range [][]model.Interval{nil, {{From: day("2026-02-01"), To: day("2027-01-01")}}, {{From: day("2020-01-01"), To: day("2020-01-02")}}} {
			closed, err := tx.SharePeriods(ctx, days)
			if err != nil || len(closed) > 0 {
				t.Errorf("%v gave %v, %v", days, names(closed), err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// tryOwner runs a statement as the owner and, before it commits, between.
func tryOwner(ctx context.Context, h *harness.Harness, sql string, between func()) error {
	conn, err := pgx.Connect(ctx, h.OwnerURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('app.tenant', $1, true)", h.Tenant.String()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
		if between != nil {
			between()
		}
		return nil
	})
}

// awaitWaiting returns once a connection to the test's database waits for a
// lock on a row.
func awaitWaiting(t *testing.T, h *harness.Harness) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		var waits bool
		err := conn.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
			AND wait_event_type = 'Lock' AND wait_event IN ('transactionid', 'tuple'))`).Scan(&waits)
		if err != nil {
			t.Fatal(err)
		}
		if waits {
			return
		}
	}
	t.Fatal("nobody waits")
}
