package scenario

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"spm/service"
)

const (
	credits  = "credits and exceptions are what the facts and the set-up give"
	results  = "results are what a full calculation gives"
	forever  = "9223372036854775807"
	plain    = "(SELECT id FROM transaction WHERE tx_to = " + forever + " AND external_id = 'T3')" // sold by Bob, not returned
	replaced = "(SELECT min(r.ctid) FROM result r WHERE r.amount <> 0 AND cardinality(r.trace_paid) = 1 AND NOT EXISTS (SELECT FROM published p WHERE p.run_id = r.run_id" +
		" AND p.payee_id = r.payee_id AND p.period_id = r.period_id AND p.tx_to = " + forever + ") AND EXISTS (SELECT FROM published p JOIN result n ON n.run_id = p.run_id" +
		" AND n.payee_id = p.payee_id AND n.period_id = p.period_id AND n.component_id = r.component_id WHERE p.payee_id = r.payee_id AND p.period_id = r.period_id" +
		" AND p.tx_to = " + forever + " AND n.amount <> r.amount))"
	shownNow = "(SELECT min(r.ctid) FROM result r JOIN published p ON p.run_id = r.run_id AND p.payee_id = r.payee_id AND p.period_id = r.period_id" +
		" WHERE r.amount <> 0 AND p.tx_to = " + forever + ")"
)

const (
	trail         = "the audit trail is as it was chained"
	paidToTheCent = "a period that is paid is paid to everybody, to the cent"
	totals        = "the totals of earnings are what the earnings that readers see come to"
	takenUp       = "a ledger takes up what the earnings of its statement come to"
	balances      = "balances are what results, adjustments and facts give"
)

var corruptions = []corruption{
	{law: "direct credits of a transaction are 100% of it", tables: "credit", also: []string{credits},
		sql: "UPDATE credit SET share = 0.9 WHERE kind = 'D' AND tx_to = " + forever + " AND transaction_id = " + plain},
	{law: "credits in force are of transactions in force", tables: "credit",
		sql: copied("credit", "'id', -1, 'transaction_id', -1", "kind = 'D' AND tx_to = "+forever+" AND transaction_id = "+plain)},
	{law: "an exception withholds direct and rollup credits", tables: "crediting_exception", also: []string{credits},
		sql: copied("crediting_exception", "'id', -1, 'transaction_id', "+plain, "tx_to = "+forever)},
	{law: "a rollup credit is its level's share of a direct one", tables: "credit", also: []string{credits},
		sql: "UPDATE credit SET via_id = position_id WHERE kind = 'R' AND tx_to = " + forever + " AND transaction_id = " + plain},
	{law: "a reversal is credited as its sale", tables: "credit", also: []string{credits},
		sql: "UPDATE credit SET level = 7 WHERE kind = 'R' AND tx_to = " + forever + " AND amount < 0"},
	{law: "a credit's payee holds its position on the day", tables: "credit", also: []string{credits},
		sql: "UPDATE credit SET assignment_id = gen_random_uuid() WHERE kind = 'D' AND tx_to = " + forever + " AND transaction_id = " + plain},
	{law: "the revision in force is the highest", tables: "transaction",
		sql: "UPDATE transaction SET source_revision = 99 WHERE external_id = 'T3' AND tx_to <> " + forever},
	{law: "each transaction has one revision in force", tables: "transaction",
		sql: copied("transaction", "'id', -1, 'external_id', 'gone', 'tx_to', tx_from", "id = "+plain+" AND revision = 1")},
	{law: "an earning is the sum of its lines", tables: "result", sql: "UPDATE result SET trace_paid[1] = trace_paid[1] + 0.01 WHERE ctid = " + replaced},
	{law: "the leaves of an explanation sum to its earning", tables: "result",
		sql: "UPDATE result SET trace_amount[cardinality(trace_amount)] = trace_amount[cardinality(trace_amount)] + 0.01 WHERE ctid = " + replaced},
	{law: "what readers see is of a run that succeeded", tables: "calculation_run",
		sql: "UPDATE calculation_run SET status = 'FAILED' WHERE id = (SELECT run_id FROM published WHERE tx_to = " + forever + " LIMIT 1)"},
	{law: "what readers see is the newest result", tables: "published", also: []string{results, takenUp, totals},
		sql: "UPDATE published p SET run_id = r.run_id FROM result r WHERE r.ctid = " + replaced + " AND p.payee_id = r.payee_id AND p.period_id = r.period_id AND p.tx_to = " + forever},
	{law: "publications of a payee and period follow one another", tables: "published",
		sql: "UPDATE published SET tx_to = tx_to - 1 WHERE ctid = (SELECT min(ctid) FROM published WHERE tx_to < " + forever + ")"},
	{law: totals, tables: "earning_total",
		sql: "UPDATE earning_total SET amount = amount + 1 WHERE ctid = (SELECT min(ctid) FROM earning_total WHERE tx_to = " + forever + ")"},
	{law: "totals of earnings follow one another", tables: "earning_total",
		sql: "UPDATE earning_total SET tx_to = tx_to + 1 WHERE ctid = (SELECT min(t.ctid) FROM earning_total t JOIN earning_total n ON n.tx_from = t.tx_to AND (n.period_id, n.plan_id, n.component_key) = (t.period_id, t.plan_id, t.component_key))"},
	{law: "a run says how many problems it has", tables: "calculation_run",
		sql: "UPDATE calculation_run SET problem_count = problem_count + 1 WHERE ctid = (SELECT min(ctid) FROM calculation_run)"},
	{law: "each earning of 0 for a problem has its problem", tables: "result", sql: "UPDATE result SET why = 'PROBLEM' WHERE ctid = " + replaced},
	{law: "each problem has its earning of 0", tables: "problem", sql: copied("problem", "'run_id', gen_random_uuid()", "true")},
	{law: "one payee a day holds a position", tables: "position_assignment",
		sql: `INSERT INTO position_assignment SELECT (jsonb_populate_record(x.t, to_jsonb(x.t) || jsonb_build_object('id', gen_random_uuid(), 'external_id', n,
			'from_date', '1990-01-01', 'to_date', '1991-01-01'))).* FROM (SELECT t FROM position_assignment t LIMIT 1) x, generate_series(1, 2) n`},
	{law: "a position's memberships of a team do not overlap", tables: "team",
		sql: "UPDATE team SET members = members || members, member_ids = member_ids || member_ids, member_from = member_from || member_from, member_to = member_to || member_to"},
	{law: "a parameter has one value a day for whom it is", tables: "parameter_value",
		sql: `INSERT INTO parameter_value SELECT (jsonb_populate_record(x.t, to_jsonb(x.t) || jsonb_build_object('id', gen_random_uuid(), 'key', 'other',
			'from_date', '1990-01-0' || n, 'to_date', '1991-01-01'))).* FROM (SELECT t FROM parameter_value t LIMIT 1) x, generate_series(1, 2) n`},
	{law: "a published plan version was approved by another person than its author", tables: "plan_version",
		sql:  "ALTER TABLE plan_version DROP CONSTRAINT plan_version_persons; UPDATE plan_version SET approver_id = author_id WHERE state = 'PUBLISHED'",
		undo: "ALTER TABLE plan_version ADD CONSTRAINT plan_version_persons CHECK (approver_id <> author_id)"},
	{law: "a ledger pays what its entries make payable", tables: "ledger", sql: "UPDATE ledger SET pay_amount = '{13}' WHERE pay_amount = '{12}' AND ctid = (SELECT min(ctid) FROM ledger WHERE pay_amount = '{12}')",
		also: []string{paidToTheCent}},
	{law: "in a ledger what came is where it went", tables: "ledger", also: []string{balances, takenUp},
		sql: "UPDATE ledger l SET movement = '{HOLD}' WHERE movement = '{EARNED}' AND ctid = (SELECT min(l.ctid) FROM ledger l JOIN struck s ON s.run_id = l.run_id AND s.payee_id = l.payee_id AND s.period_id = l.period_id AND s.tx_to = " + forever + " WHERE l.movement = '{EARNED}')"},
	{law: paidToTheCent, tables: "payment", sql: "DELETE FROM payment"},
	{law: "an adjustment that counts was approved by another person than its author", tables: "pay_adjustment",
		sql:  "ALTER TABLE pay_adjustment DROP CONSTRAINT pay_adjustment_check1; UPDATE pay_adjustment SET approver_id = author_id WHERE state = 'APPROVED'",
		undo: "ALTER TABLE pay_adjustment ADD CONSTRAINT pay_adjustment_check1 CHECK (approver_id <> author_id)"},
	{law: "a closed period says when it was closed", tables: "period", sql: "UPDATE period SET closed_xid = NULL WHERE status = 'PAID'"},
	{law: takenUp, tables: "ledger", also: []string{balances},
		sql: "UPDATE ledger l SET movement = '{ADJUSTMENT}' WHERE movement = '{EARNED}' AND ctid = (SELECT min(l.ctid) FROM ledger l JOIN struck s ON s.run_id = l.run_id AND s.payee_id = l.payee_id AND s.period_id = l.period_id AND s.tx_to = " + forever + " WHERE l.movement = '{EARNED}')"},
	{law: balances, tables: "ledger", sql: "UPDATE ledger l SET withheld = true, pay_amount = '{}', pay_currency = '{}' WHERE ctid = (SELECT min(l.ctid) FROM ledger l JOIN struck s ON s.run_id = l.run_id AND s.payee_id = l.payee_id AND s.period_id = l.period_id AND s.tx_to = " + forever + " WHERE l.movement = '{EARNED}')"},
	{law: "seals are numbered without a gap, with rising horizons", tables: "seal",
		sql: "UPDATE seal SET sequence = sequence + 1 WHERE sequence = (SELECT max(sequence) FROM seal)"},
	{law: "an idempotency key belongs to a user or an API key", tables: "idempotency",
		sql: "INSERT INTO idempotency SELECT id, gen_random_uuid(), 'createTitle', 'k', sha256(''), '{}' FROM tenant LIMIT 1"},
	{law: "an issuer is found by its address and audience", tables: "issuer_list", sql: "UPDATE issuer_list SET issuer_id = gen_random_uuid()"},
	{law: "money has its change row", tables: "change", sql: "DELETE FROM change WHERE xid = (SELECT tx_from FROM transaction WHERE id = " + plain + " AND revision = 1)"},
	{law: trail, tables: "change", sql: "UPDATE change SET actor_name = 'nobody' WHERE xid = (SELECT min(xid) FROM change)"},
	{law: "row security guards every table of tenants", sql: "ALTER TABLE title NO FORCE ROW LEVEL SECURITY", undo: "ALTER TABLE title FORCE ROW LEVEL SECURITY"},
	{law: "an explanation gives its earning again", tables: "result", also: []string{results},
		sql: "UPDATE result SET trace_value[cardinality(trace_value)] = trace_value[cardinality(trace_value)] + 1 WHERE ctid = " + shownNow},
	{law: credits, tables: "crediting_exception", sql: "UPDATE crediting_exception SET code = 'UNKNOWN_ACCOUNT' WHERE tx_to = " + forever},
	{law: results, tables: "result", also: []string{totals}, sql: "UPDATE result SET earning_code = 'other' WHERE ctid = " + shownNow},
}

// TestVerify finds nothing wrong in a lawful company, and each law that a row
// breaks, by its name.
func TestVerify(t *testing.T) {
	t.Parallel()
	s := lawful(t)
	for table, want := range map[string]string{"problem": "1", "crediting_exception": "2", "exception_resolution": "1"} {
		if got := s.h.Strings("SELECT count(*)::text FROM " + table); got[0] < want {
			t.Fatalf("there are %s rows of %s in the lawful company", got[0], table)
		}
	}
	if found, err := s.h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Fatalf("the lawful company breaks %v, %v", found, err)
	}
	s.h.Eventually("all is chained", func() bool {
		return s.h.Strings("SELECT (count(*) = (SELECT count(*) FROM seal))::text FROM audit_link")[0] == "true"
	})
	all := slices.Clone(corruptions)
	for _, table := range s.h.Strings(`SELECT c.table_name::text FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.column_name = 'version'
		AND c.table_name NOT LIKE 'river%'`) {
		all = append(all, corruption{law: "versions of a " + table + " follow one another", tables: table,
			sql: copied(table, "'version', 0, 'tx_from', 0, 'tx_to', 1", "ctid = (SELECT min(ctid) FROM "+table+")")})
	}
	tried := map[string]bool{}
	for _, c := range all {
		tried[c.law] = true
		c.with(s.h, func() {
			want := append([]string{c.law}, c.also...)
			slices.Sort(want)
			got := broken(t, s.h)
			if c.law != trail && c.chained() {
				got = slices.DeleteFunc(got, func(law string) bool { return law == trail })
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%q: the laws found broken differ (-want +got):\n%s", c.law, diff)
			}
		})
	}
	for _, law := range service.Laws() {
		if !tried[law] {
			t.Errorf("nothing breaks the law %q", law)
		}
	}
	if left := broken(t, s.h); len(left) > 0 {
		t.Errorf("after the last corruption was taken back, %v", left)
	}
	t.Logf("%d laws, each broken once", len(tried))
}
