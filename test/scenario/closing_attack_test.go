package scenario

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

// flat is a company whose ann earns 10% of her sales.
func flat(t *testing.T, more harness.Input) (*harness.Harness, *harness.Company, *books) {
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	component := harness.Input{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}
	version := harness.Input{"currency": "USD", "components": []harness.Input{component}}
	for key, value := range more {
		if key == "release" {
			component[key] = value
		} else {
			version[key] = value
		}
	}
	c.Plan("REPS", version, "ann")
	return h, c, newBooks(h, c)
}

// TestApprovalOfWhatIsNotSeen: a run that began before an approval and ends after
// it voids the approval.
func TestApprovalOfWhatIsNotSeen(t *testing.T) {
	t.Parallel()
	h, c, b := flat(t, nil)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	h.Settle()
	b.must(t, b.closer, "submitPeriod", "2026-01")
	h.Settle()
	ctx := context.Background()
	var tx pgx.Tx
	run := func(sql string) {
		t.Helper()
		for one := range strings.SplitSeq(sql, "; ") {
			if _, err := tx.Exec(ctx, one); err != nil {
				t.Fatal(err)
			}
		}
	}
	conn, err := pgx.Connect(ctx, h.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if tx, err = conn.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	run("SET LOCAL ROLE spm_worker; SELECT set_config('app.tenant', '" + h.Tenant.String() + "', true); SELECT spm_xid()")
	b.must(t, b.approver, "approvePeriod", "2026-01")
	run(`INSERT INTO change (tenant_id, actor_name, operation, kind, object_kind, object_key) VALUES (current_setting('app.tenant')::uuid, 'x', 'x', 'UPDATE', 'x', ''); ` +
		`CREATE TEMP TABLE was ON COMMIT DROP AS SELECT s.* FROM struck s JOIN period p ON p.id = s.period_id AND p.name = '2026-01' AND p.tx_to = 9223372036854775807 WHERE s.tx_to = 9223372036854775807; ` +
		`UPDATE struck s SET tx_to = spm_xid() FROM was w WHERE s.payee_id = w.payee_id AND s.period_id = w.period_id AND s.tx_to = 9223372036854775807; ` +
		`INSERT INTO struck (tenant_id, payee_id, period_id, run_id) SELECT tenant_id, payee_id, period_id, run_id FROM was`)
	if err := tx.Commit(ctx); err != nil {
		t.Fatal(err)
	}
	if got := b.step(b.closer, "closePeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "NOT_READY") {
		t.Errorf("closed on an approval of what was changed after it: %v", got)
	}
}

// TestWithheldIsToldAtClosing: a guarantee that cannot be calculated is a problem
// that closing tells.
func TestWithheldIsToldAtClosing(t *testing.T) {
	t.Parallel()
	h, c, b := flat(t, harness.Input{"guarantees": []harness.Input{{"key": "g", "name": "Minimum", "formula": "100 / (daysHeld - daysHeld)", "per": "MONTH"}}})
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	h.Settle()
	b.must(t, b.closer, "submitPeriod", "2026-01")
	b.must(t, b.approver, "approvePeriod", "2026-01")
	if got := b.step(b.closer, "closePeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "NOT_READY") {
		t.Errorf("closed with a payee who is not paid: %v", got)
	}
	b.must(t, b.closer, "closePeriod", "2026-01", "acknowledge", []string{"OPEN_PROBLEM"})
	b.must(t, b.payer, "payPeriod", "2026-01")
	reads(t, "February", b.ledger("ann", "2026-02"), " = 0; PAYABLE 100.00")
	b.verify(t)
}

// TestReversalWithATakenKey is told as any other mistake.
func TestReversalWithATakenKey(t *testing.T) {
	t.Parallel()
	h, c, b := flat(t, nil)
	b.adjust(t, "A1", "2026-01", "7")
	id := h.Do(h.Admin(), `{ payAdjustments { nodes { id } } }`, nil).String("payAdjustments", "nodes", 0, "id")
	got := h.Refused(b.closer, `mutation($i: ReversePayAdjustmentInput!) { reversePayAdjustment(input: $i) { userErrors { path code message } } }`,
		harness.Input{"i": harness.Input{"id": id, "externalId": "A1", "periodId": c.Period("2026-01"), "reason": "a mistake"}})
	if len(got) != 1 || !strings.Contains(got[0], "externalId") {
		t.Errorf("a taken key: %v", got)
	}
}

// TestLateRevisionOfWhatIsHeld: a held deal of a closed month is revised, twice over
// two closes: the hold is of the deal as it is now.
func TestLateRevisionOfWhatIsHeld(t *testing.T) {
	t.Parallel()
	_, c, b := flat(t, harness.Input{"release": []harness.Input{{"name": "June", "share": "1", "trigger": "DATE", "date": "2026-06-10"}}})
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	b.close(t, "2026-01")
	c.Record(b.sale("D1", "ann", "2026-01-10", "1500", "sourceRevision", "2"))
	reads(t, "February", b.ledger("ann", "2026-02"), "PRIOR_PERIOD_ADJUSTMENT 50.00, HOLD 50.00 = 0; HELD 150.00")
	b.close(t, "2026-02")
	c.Record(b.sale("D1", "ann", "2026-01-10", "400", "sourceRevision", "3"))
	reads(t, "March", b.ledger("ann", "2026-03"), "PRIOR_PERIOD_ADJUSTMENT -110.00, RELEASE 110.00 = 0; HELD 40.00")
	reads(t, "June", b.ledger("ann", "2026-06"), "RELEASE 40.00 = 40.00")
	b.verify(t)
}
