package scenario

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/test/harness"
)

// TestClosing: a month is reviewed, approved, closed and paid by the people whose
// duties these are; what comes late is paid with the next.
func TestClosing(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"), b.sale("D2", "ann", "2026-02-10", "2000"))
	reads(t, "January", b.ledger("ann", "2026-01"), "EARNED 100.00 = 100.00")

	if got := b.step(b.closer, "closePeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "NOT_READY") {
		t.Errorf("closed without approval: %v", got)
	}
	b.must(t, b.closer, "submitPeriod", "2026-01")
	b.must(t, b.approver, "approvePeriod", "2026-01")
	if got := b.step(b.approver, "closePeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "SAME_PERSON") {
		t.Errorf("closed by the approver: %v", got)
	}
	if got := b.step(b.closer, "closePeriod", "2026-02"); len(got) != 2 || !strings.Contains(got[0], "NOT_READY") {
		t.Errorf("February before January: %v", got)
	}
	// A change of the ledger voids the approval.
	c.Record(b.sale("D3", "ann", "2026-01-20", "500"))
	reads(t, "in review", b.ledger("ann", "2026-01"), "EARNED 150.00 = 150.00")
	if got := b.step(b.closer, "closePeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "NOT_READY") {
		t.Errorf("closed on an old approval: %v", got)
	}
	b.close(t, "2026-01")
	if got := b.step(b.approver, "payPeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "SAME_PERSON") {
		t.Errorf("paid by the approver: %v", got)
	}

	// What comes late is booked in February, whatever it is.
	c.Record(b.sale("D4", "ann", "2026-01-25", "300"))
	reads(t, "January, closed", b.ledger("ann", "2026-01"), "EARNED 150.00 = 150.00")
	reads(t, "February", b.ledger("ann", "2026-02"), "EARNED 200.00, PRIOR_PERIOD_ADJUSTMENT 30.00 = 230.00")
	b.verify(t)

	// Paid once; then it never opens again.
	b.must(t, b.payer, "payPeriod", "2026-01")
	if _, status := b.version("2026-01"); status != "PAID" {
		t.Errorf("January is %s", status)
	}
	if got := b.step(b.payer, "payPeriod", "2026-01"); len(got) != 1 || !strings.Contains(got[0], "INVALID_STATE") {
		t.Errorf("paid twice: %v", got)
	}
	if got := b.step(b.closer, "requestPeriodReopening", "2026-01", "reason", "a mistake"); len(got) != 1 || !strings.Contains(got[0], "INVALID_STATE") {
		t.Errorf("a paid period is asked to open: %v", got)
	}
	s := b.statement(h.Admin(), "ann", "2026-01")
	reads(t, "paid", s.String("payments", 0, "amount", "amount"), "150.00")

	// February is closed; the late deal of January changes again, and a third time.
	b.close(t, "2026-02")
	c.Record(b.sale("D4", "ann", "2026-01-25", "400", "sourceRevision", "2"))
	reads(t, "March", b.ledger("ann", "2026-03"), "PRIOR_PERIOD_ADJUSTMENT 10.00 = 10.00")
	c.Record(b.sale("D4", "ann", "2026-01-25", "0", "sourceRevision", "3"))
	reads(t, "March", b.ledger("ann", "2026-03"), "PRIOR_PERIOD_ADJUSTMENT -30.00, CARRIED 30.00 = 0; CARRIED -30.00")
	reads(t, "February", b.ledger("ann", "2026-02"), "EARNED 200.00, PRIOR_PERIOD_ADJUSTMENT 30.00 = 230.00")
	reads(t, "April", b.ledger("ann", "2026-04"), "CARRIED 30.00, CARRIED 30.00 = 0; CARRIED -30.00")
	b.verify(t)
}

// TestReopening: two people open the last closed period again, while nothing of it
// is paid; all of it is calculated by what is known then.
func TestReopening(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	b.close(t, "2026-01")
	b.close(t, "2026-02")
	c.Record(b.sale("D2", "ann", "2026-02-10", "2000"))
	reads(t, "March", b.ledger("ann", "2026-03"), "PRIOR_PERIOD_ADJUSTMENT 200.00 = 200.00")
	if got := b.step(b.closer, "requestPeriodReopening", "2026-01", "reason", "wrong"); len(got) != 1 || !strings.Contains(got[0], "INVALID_STATE") {
		t.Errorf("January before February: %v", got)
	}
	version, _ := b.version("2026-02")
	asked := h.Do(b.closer, `mutation($i: RequestPeriodReopeningInput!) { requestPeriodReopening(input: $i) { stepId userErrors { message } } }`,
		harness.Input{"i": harness.Input{"id": c.Period("2026-02"), "ifVersion": version, "reason": "a deal was forgotten"}}).String("requestPeriodReopening", "stepId")
	const approve = `mutation($i: ApprovePeriodReopeningInput!) { approvePeriodReopening(input: $i) { period { status } userErrors { path code message } } }`
	if got := h.Refused(b.closer, approve, harness.Input{"i": harness.Input{"stepId": asked}}); len(got) != 1 || !strings.Contains(got[0], "SAME_PERSON") {
		t.Errorf("who asks approves: %v", got)
	}
	if got := h.Refused(b.approver, approve, harness.Input{"i": harness.Input{"stepId": asked}}); len(got) > 0 {
		t.Fatalf("refused: %v", got)
	}
	reads(t, "February, open again", b.ledger("ann", "2026-02"), "EARNED 200.00 = 200.00")
	reads(t, "March", b.ledger("ann", "2026-03"), " = 0")
	b.verify(t)
	b.close(t, "2026-02")
	b.verify(t)
}

// TestClosedRowsStay: what is closed or paid cannot be changed by SQL as the role
// of the API or of the worker.
func TestClosedRowsStay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "commission", "name": "Commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	b.adjust(t, "A1", "2026-01", "7")
	h.Do(h.Admin(), `mutation($i: SetOpeningEntriesInput!) { setOpeningEntries(input: $i) { userErrors { path code message } } }`, harness.Input{"i": harness.Input{"entries": []harness.Input{{
		"externalId": "O1", "payeeId": c.Payees["ann"], "periodId": c.Period("2026-01"), "account": "PAYABLE", "amount": harness.Input{"amount": "5", "currency": "USD"},
	}}}})
	reads(t, "January", b.ledger("ann", "2026-01"), "EARNED 100.00, OPENING 5.00, ADJUSTMENT 7.00 = 112.00")
	b.close(t, "2026-01")
	closed := "(SELECT id FROM period WHERE name = '2026-01' AND tx_to = 9223372036854775807)"
	next := func(status string) string {
		return `WITH old AS (UPDATE period SET tx_to = spm_xid() WHERE name = '2026-01' AND tx_to = 9223372036854775807 RETURNING *)
			INSERT INTO period (tenant_id, id, version, calendar_id, type, name, fiscal_year, number, from_date, to_date, status)
			SELECT tenant_id, id, version + 1, calendar_id, type, name, fiscal_year, number, from_date, to_date, '` + status + `' FROM old`
	}
	change := `INSERT INTO change (tenant_id, actor_name, operation, kind, object_kind, object_key) VALUES (current_setting('app.tenant')::uuid, 'x', 'x', 'UPDATE', 'x', ''); `
	for _, role := range []string{"spm_api", "spm_worker"} {
		for what, sql := range map[string]string{
			"a result":                       "UPDATE result SET amount = 0",
			"a result removed":               "DELETE FROM result",
			"a ledger":                       "UPDATE ledger SET amount = '{0}'",
			"a ledger removed":               "DELETE FROM ledger",
			"which result is seen":           change + "UPDATE published SET tx_to = spm_xid() WHERE period_id = " + closed,
			"which ledger is seen":           change + "UPDATE struck SET tx_to = spm_xid() WHERE period_id = " + closed,
			"a payment":                      "UPDATE payment SET amount = 1",
			"a payment that is not due":      change + "INSERT INTO payment (tenant_id, id, payee_id, period_id, currency, amount, run_id, paid_on, author_id, paid_at) SELECT tenant_id, gen_random_uuid(), payee_id, period_id, 'USD', 1, run_id, now(), gen_random_uuid(), now() FROM struck WHERE period_id = " + closed,
			"the period, open again":         next("OPEN"),
			"the period, back in review":     next("IN_REVIEW"),
			"an adjustment in the period":    change + "INSERT INTO pay_adjustment (tenant_id, id, version, external_id, payee_id, period_id, amount, currency, reason_code, reason, earning_code, state, author_id, created_at) SELECT current_setting('app.tenant')::uuid, gen_random_uuid(), 1, 'x', gen_random_uuid(), " + closed + ", 1, 'USD', 'x', 'x', 'x', 'PENDING', gen_random_uuid(), now()",
			"an adjustment that counted":     change + "UPDATE pay_adjustment SET tx_to = spm_xid() WHERE period_id = " + closed,
			"an opening entry":               change + "UPDATE opening_entry SET tx_to = spm_xid() WHERE period_id = " + closed,
			"the period, a version left out": change + strings.Replace(next("OPEN"), "version + 1", "version + 2", 1),
			"the period, ended":              change + "UPDATE period SET tx_to = spm_xid() WHERE name = '2026-01' AND tx_to = 9223372036854775807; SET CONSTRAINTS ALL IMMEDIATE",
			"the period's status, in place":  "UPDATE period SET status = 'OPEN'",
		} {
			h.Owner(func(conn *pgx.Conn) {
				ctx := context.Background()
				tx, err := conn.Begin(ctx)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = tx.Rollback(ctx) }()
				for _, set := range []string{"SET LOCAL ROLE " + role, "SELECT set_config('app.tenant', '" + h.Tenant.String() + "', true)"} {
					if _, err := tx.Exec(ctx, set); err != nil {
						t.Fatal(err)
					}
				}
				for one := range strings.SplitSeq(sql, "; ") {
					if _, err = tx.Exec(ctx, one); err != nil {
						break
					}
				}
				if err == nil {
					t.Errorf("%s changes %s", role, what)
				}
			})
		}
	}
}

// adjust adds an adjustment by the closer, approved by the approver, and an opening
// entry, to ann's pay of a period.
func (b *books) adjust(t testing.TB, id, period, amount string) {
	t.Helper()
	money := harness.Input{"amount": amount, "currency": "USD"}
	added := b.h.Do(b.closer, `mutation($i: AddPayAdjustmentInput!) { addPayAdjustment(input: $i) { payAdjustment { id version } userErrors { path code message } } }`, harness.Input{"i": harness.Input{
		"externalId": id, "payeeId": b.c.Payees["ann"], "periodId": b.c.Period(period), "amount": money, "reasonCode": "ERROR", "reason": "forgotten",
	}}).At("addPayAdjustment", "payAdjustment")
	if got := b.h.Refused(b.approver, `mutation($i: ApprovePayAdjustmentInput!) { approvePayAdjustment(input: $i) { userErrors { path code message } } }`,
		harness.Input{"i": harness.Input{"id": added.String("id"), "ifVersion": added.At("version").V}}); len(got) > 0 {
		t.Fatalf("not approved: %v", got)
	}
}
