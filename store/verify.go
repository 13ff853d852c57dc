package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"spm/model"
)

// law is a statement that gives a text for each place where the tenant ($1)
// breaks it.
type law struct {
	name string
	sql  string
}

// inForceNow is the tx_to of rows in force, in SQL.
const inForceNow = "9223372036854775807"

// informing are calc.NodeFX, calc.NodeRule and calc.NodeInput, which tell of the part above
// them and have no amount of their own.
const informing = "8, 10, 18"

// laws are the conservation laws of trust.md, section 2, for the nouns there
// are. A test breaks each.
var laws = []law{
	{"direct credits of a transaction are 100% of it", `
		SELECT 'transaction ' || t.source || ' ' || t.external_id || ': shares ' || s.share || ', amounts ' || s.amount || ' of ' || t.amount
		FROM (SELECT transaction_id, credit_type_id, sum(share) share, sum(amount) amount,
				bool_or(coalesce((r.content->>'overAllocate')::boolean, false)) AS over
			FROM credit c LEFT JOIN crediting_rule r ON r.tenant_id = c.tenant_id AND r.id = c.rule_id AND r.tx_to = ` + inForceNow + `
			WHERE c.tenant_id = $1 AND c.tx_to = ` + inForceNow + ` AND c.kind = 'D' GROUP BY 1, 2) s
		JOIN transaction t ON t.tenant_id = $1 AND t.id = s.transaction_id AND t.tx_to = ` + inForceNow + `
		WHERE NOT s.over AND (s.share <> 1 OR s.amount <> t.amount)`},
	{"credits in force are of transactions in force", `
		SELECT 'credit ' || c.id || ' of transaction ' || c.transaction_id FROM credit c
		WHERE c.tenant_id = $1 AND c.tx_to = ` + inForceNow + ` AND NOT EXISTS (
			SELECT FROM transaction t WHERE t.tenant_id = $1 AND t.id = c.transaction_id AND t.tx_to = ` + inForceNow + `)`},
	{"an exception withholds direct and rollup credits", `
		SELECT 'exception ' || e.id || ' of transaction ' || e.transaction_id FROM crediting_exception e
		WHERE e.tenant_id = $1 AND e.tx_to = ` + inForceNow + ` AND EXISTS (
			SELECT FROM credit c WHERE c.tenant_id = $1 AND c.transaction_id = e.transaction_id AND c.tx_to = ` + inForceNow + `
			AND c.kind IN ('D', 'R') AND (e.credit_type_id IS NULL OR e.credit_type_id = c.credit_type_id))`},
	{"a rollup credit is its level's share of a direct one", `
		SELECT 'credit ' || c.id || ' of transaction ' || c.transaction_id FROM credit c
		JOIN transaction t ON t.tenant_id = $1 AND t.id = c.transaction_id AND t.tx_to = ` + inForceNow + `
		LEFT JOIN crediting_rule r ON r.tenant_id = $1 AND r.id = c.rule_id AND r.tx_to = ` + inForceNow + `
		WHERE c.tenant_id = $1 AND c.tx_to = ` + inForceNow + ` AND c.kind = 'R' AND NOT EXISTS (
			SELECT FROM credit d WHERE d.tenant_id = $1 AND d.tx_to = ` + inForceNow + ` AND d.kind = 'D' AND d.transaction_id = c.transaction_id
			AND d.credit_type_id = c.credit_type_id AND d.position_id = c.via_id AND (t.relates_type = 'REVERSES'
				OR abs(c.amount - d.amount * coalesce((r.content->'levelShares'->>least(c.level, jsonb_array_length(nullif(r.content->'levelShares', 'null'))) - 1)::numeric, 1)) < 1e-9))`},
	{"a reversal is credited as its sale", `
		SELECT 'credit ' || c.id || ' of transaction ' || t.source || ' ' || t.external_id FROM credit c
		JOIN transaction t ON t.tenant_id = $1 AND t.id = c.transaction_id AND t.tx_to = ` + inForceNow + ` AND t.relates_type = 'REVERSES'
		JOIN transaction_kind k ON k.tenant_id = $1 AND k.key = t.kind AND k.tx_to = ` + inForceNow + ` AND k.role = 'REVERSAL'
		WHERE c.tenant_id = $1 AND c.tx_to = ` + inForceNow + `
		AND NOT EXISTS (SELECT FROM exception_resolution e WHERE e.tenant_id = $1 AND e.transaction_id = t.id AND e.tx_to = ` + inForceNow + `)
		AND NOT EXISTS (SELECT FROM transaction o JOIN credit s ON s.tenant_id = $1 AND s.transaction_id = o.id AND s.tx_to = ` + inForceNow + `
			WHERE o.tenant_id = $1 AND o.source = t.source AND o.external_id = t.relates_to AND o.tx_to = ` + inForceNow + `
			AND (s.credit_type_id, s.kind, s.level, s.position_id, s.share) = (c.credit_type_id, c.kind, c.level, c.position_id, c.share)
			AND (s.payee_id, s.assignment_id, s.rule_id, s.via_id) IS NOT DISTINCT FROM (c.payee_id, c.assignment_id, c.rule_id, c.via_id))`},
	{"a credit's payee holds its position on the day", `
		SELECT 'credit ' || c.id || ' of transaction ' || c.transaction_id FROM credit c
		JOIN transaction t ON t.tenant_id = $1 AND t.id = c.transaction_id AND t.tx_to = ` + inForceNow + `
		WHERE c.tenant_id = $1 AND c.tx_to = ` + inForceNow + ` AND c.payee_id IS NOT NULL AND NOT EXISTS (
			SELECT FROM position_assignment a WHERE a.tenant_id = $1 AND a.id = c.assignment_id AND a.tx_to = ` + inForceNow + `
			AND a.payee_id = c.payee_id AND a.position_id = c.position_id
			AND (t.relates_type = 'REVERSES' OR (a.from_date <= c.date AND c.date < a.to_date)))`},
	{"the revision in force is the highest", `
		SELECT 'transaction ' || t.source || ' ' || t.external_id FROM transaction t
		WHERE t.tenant_id = $1 AND t.tx_to = ` + inForceNow + ` AND EXISTS (
			SELECT FROM transaction o WHERE o.tenant_id = $1 AND o.id = t.id AND o.revision <> t.revision
			AND (o.source_revision, o.content_hash) > (t.source_revision, t.content_hash))`},
	{"each transaction has one revision in force", `
		SELECT 'transaction ' || source || ' ' || external_id FROM transaction WHERE tenant_id = $1
		GROUP BY source, external_id HAVING count(*) FILTER (WHERE tx_to = ` + inForceNow + `) <> 1`},
	{"an earning is the sum of its lines", `
		SELECT 'earning of payee ' || payee_id || ' run ' || run_id || ' component ' || component_key FROM result
		WHERE tenant_id = $1 AND amount <> (SELECT coalesce(sum(p), 0) FROM unnest(trace_paid) p)`},
	{"the leaves of an explanation sum to its earning", `
		SELECT 'earning of payee ' || payee_id || ' run ' || run_id || ' component ' || component_key FROM result
		WHERE tenant_id = $1 AND amount <> (
			SELECT coalesce(sum(n.amount), 0) FROM unnest(trace_amount, trace_kind) WITH ORDINALITY n(amount, kind, at)
			LEFT JOIN (SELECT DISTINCT parent FROM unnest(trace_parent, trace_kind) c(parent, kind) WHERE kind NOT IN (` + informing + `)) p ON p.parent = n.at - 1
			WHERE p.parent IS NULL AND n.kind NOT IN (` + informing + `))`},
	{"what readers see is of a run that succeeded", `
		SELECT 'payee ' || p.payee_id || ' period ' || p.period_id FROM published p
		JOIN calculation_run r ON r.tenant_id = p.tenant_id AND r.id = p.run_id
		WHERE p.tenant_id = $1 AND r.status NOT IN ('SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS')`},
	{"what readers see is the newest result", `
		SELECT 'payee ' || p.payee_id || ' period ' || p.period_id FROM published p
		JOIN calculation_run r ON r.tenant_id = $1 AND r.id = p.run_id
		JOIN period q ON q.tenant_id = $1 AND q.id = p.period_id AND q.tx_to = ` + inForceNow + ` AND q.status IN ('OPEN', 'IN_REVIEW')
		WHERE p.tenant_id = $1 AND p.tx_to = ` + inForceNow + ` AND EXISTS (
			SELECT FROM result n JOIN calculation_run s ON s.tenant_id = $1 AND s.id = n.run_id AND s.status IN ('SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS')
			WHERE n.tenant_id = $1 AND n.payee_id = p.payee_id AND n.period_id = p.period_id AND s.finished_at > r.finished_at)`},
	{"publications of a payee and period follow one another", `
		SELECT 'payee ' || payee_id || ' period ' || period_id FROM (SELECT payee_id, period_id, tx_from, tx_to,
			lead(tx_from) OVER (PARTITION BY payee_id, period_id ORDER BY tx_from) AS next FROM published WHERE tenant_id = $1) v
		WHERE next IS NOT NULL AND next <> tx_to OR tx_to < tx_from`},
	{"the totals of earnings are what the earnings that readers see come to", `
		SELECT 'period ' || period_id || ' plan ' || plan_id || ' component ' || component_key || ': total ' || coalesce(t.amount::text, 'none') || ', earnings ' || coalesce(e.amount::text, 'none')
		FROM (SELECT r.period_id, r.plan_id, r.component_key, r.earning_code, r.currency, sum(r.amount) AS amount, count(*) AS count
			FROM published v JOIN result r ON r.tenant_id = $1 AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
			WHERE v.tenant_id = $1 AND v.tx_to = ` + inForceNow + ` GROUP BY 1, 2, 3, 4, 5) e
		FULL JOIN (SELECT * FROM earning_total WHERE tenant_id = $1 AND tx_to = ` + inForceNow + `) t USING (period_id, plan_id, component_key, earning_code, currency)
		WHERE (e.amount, e.count) IS DISTINCT FROM (t.amount, t.count)`},
	{"totals of earnings follow one another", `
		SELECT 'period ' || period_id || ' plan ' || plan_id || ' component ' || component_key FROM (SELECT period_id, plan_id, component_key, tx_from, tx_to,
			lead(tx_from) OVER (PARTITION BY period_id, plan_id, component_key, earning_code, currency ORDER BY tx_from) AS next FROM earning_total WHERE tenant_id = $1) v
		WHERE next IS NOT NULL AND next < tx_to OR tx_to < tx_from`},
	{"a run says how many problems it has", `
		SELECT 'run ' || r.id FROM calculation_run r WHERE r.tenant_id = $1 AND r.status IN ('SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS')
		AND ((r.status = 'SUCCEEDED') <> (r.problem_count = 0) OR r.payees_done <> r.payees_total
			OR r.problem_count <> (SELECT count(*) FROM problem p WHERE p.tenant_id = $1 AND p.run_id = r.id))`},
	{"each earning of 0 for a problem has its problem", `
		SELECT 'payee ' || r.payee_id || ' run ' || r.run_id || ' component ' || r.component_key FROM result r
		WHERE r.tenant_id = $1 AND r.why = 'PROBLEM' AND NOT EXISTS (SELECT FROM problem p WHERE p.tenant_id = $1 AND p.run_id = r.run_id AND p.payee_id = r.payee_id
			AND p.period_id = r.period_id AND p.position_id = r.position_id AND p.component_id = r.component_id)`},
	{"each problem has its earning of 0", `
		SELECT 'payee ' || p.payee_id || ' run ' || p.run_id || ' component ' || p.component_key FROM problem p
		WHERE p.tenant_id = $1 AND NOT EXISTS (SELECT FROM result r WHERE r.tenant_id = $1 AND r.run_id = p.run_id AND r.payee_id = p.payee_id
			AND r.period_id = p.period_id AND r.position_id = p.position_id AND r.component_id = p.component_id AND r.amount = 0 AND r.why = 'PROBLEM')`},
	{"one payee a day holds a position", `
		SELECT 'position ' || a.position_id FROM position_assignment a JOIN position_assignment b
			ON b.tenant_id = a.tenant_id AND b.position_id = a.position_id AND b.id > a.id AND b.from_date < a.to_date AND a.from_date < b.to_date
		WHERE a.tenant_id = $1 AND a.tx_to = ` + inForceNow + ` AND b.tx_to = ` + inForceNow},
	{"a position's memberships of a team do not overlap", `
		SELECT 'team ' || t.id FROM team t WHERE t.tenant_id = $1 AND t.tx_to = ` + inForceNow + ` AND EXISTS (
			SELECT FROM unnest(t.member_ids, t.member_from, t.member_to) WITH ORDINALITY a(position, from_date, to_date, n)
			JOIN unnest(t.member_ids, t.member_from, t.member_to) WITH ORDINALITY b(position, from_date, to_date, n)
				ON b.position = a.position AND b.n > a.n AND b.from_date < a.to_date AND a.from_date < b.to_date)`},
	{"a parameter has one value a day for whom it is", `
		SELECT 'parameter ' || a.key || ' of plan ' || a.plan_id FROM parameter_value a JOIN parameter_value b
			ON b.tenant_id = a.tenant_id AND b.plan_id = a.plan_id AND b.key = a.key AND b.id > a.id AND b.from_date < a.to_date AND a.from_date < b.to_date
			AND (b.title_id, b.position_id, b.payee_id) IS NOT DISTINCT FROM (a.title_id, a.position_id, a.payee_id)
		WHERE a.tenant_id = $1 AND a.tx_to = ` + inForceNow + ` AND b.tx_to = ` + inForceNow},
	{"a published plan version was approved by another person than its author", `
		SELECT 'plan version ' || id FROM plan_version WHERE tenant_id = $1 AND tx_to = ` + inForceNow + `
		AND state IN ('APPROVED', 'PUBLISHED', 'RETIRED') AND (approver_id IS NULL OR approver_id IN (author_id, author_for))`},
	{"a ledger pays what its entries make payable", `
		SELECT 'payee ' || l.payee_id || ' period ' || l.period_id || ' run ' || l.run_id FROM ledger l
		WHERE l.tenant_id = $1 AND coalesce((SELECT sum(a) FROM unnest(l.pay_amount) a), 0) <> CASE WHEN l.withheld THEN 0 ELSE
			coalesce((SELECT sum(CASE WHEN e.t = 'PAYABLE' THEN e.a WHEN e.f = 'PAYABLE' THEN -e.a ELSE 0 END) FROM unnest(l.from_account, l.to_account, l.amount) e(f, t, a)), 0)
			+ coalesce((SELECT sum((d->>'amount')::numeric) FROM jsonb_array_elements(coalesce(l.before->'debts', '[]')) d WHERE d->>'account' = 'PAYABLE'), 0) END`},
	{"in a ledger what came is where it went", `
		SELECT 'payee ' || l.payee_id || ' period ' || l.period_id || ' run ' || l.run_id FROM ledger l
		WHERE l.tenant_id = $1 AND EXISTS (SELECT FROM unnest(l.movement, l.from_account, l.to_account, l.currency, l.amount) e(m, f, t, c, a) GROUP BY e.c
			HAVING sum(CASE WHEN e.m IN ('EARNED', 'ADJUSTMENT', 'PRIOR_PERIOD_ADJUSTMENT', 'DRAW', 'GUARANTEE_TOP_UP', 'WRITTEN_OFF') THEN e.a
				WHEN e.m IN ('DRAW_RECOVERY', 'CLAWBACK') THEN -e.a WHEN e.m = 'OPENING' AND e.f = 'OPENING' THEN e.a WHEN e.m = 'OPENING' AND e.f IN ('CARRIED', 'PAYABLE') THEN -e.a ELSE 0 END)
			<> sum(CASE WHEN e.t IN ('PAID', 'PAYABLE', 'HELD', 'FORFEITED', 'CARRIED', 'COLLECTED') THEN e.a ELSE 0 END
				- CASE WHEN e.f IN ('PAID', 'PAYABLE', 'HELD', 'FORFEITED', 'CARRIED', 'COLLECTED') THEN e.a ELSE 0 END))`},
	{"a period that is paid is paid to everybody, to the cent", `
		SELECT 'payee ' || s.payee_id || ' period ' || s.period_id FROM struck s
		JOIN ledger l ON l.tenant_id = $1 AND l.run_id = s.run_id AND l.payee_id = s.payee_id AND l.period_id = s.period_id
		JOIN period p ON p.tenant_id = $1 AND p.id = s.period_id AND p.tx_to = ` + inForceNow + ` AND p.status = 'PAID', unnest(l.pay_currency, l.pay_amount) d(currency, amount)
		WHERE s.tenant_id = $1 AND s.tx_to = ` + inForceNow + ` AND NOT EXISTS (SELECT FROM payment y WHERE y.tenant_id = $1 AND y.payee_id = s.payee_id
			AND y.period_id = s.period_id AND y.run_id = s.run_id AND y.currency = d.currency AND y.amount = d.amount)`},
	{"an adjustment that counts was approved by another person than its author", `
		SELECT 'adjustment ' || external_id FROM pay_adjustment WHERE tenant_id = $1 AND tx_to = ` + inForceNow + ` AND state = 'APPROVED' AND (approver_id IS NULL OR approver_id IN (author_id, author_for))`},
	{"a closed period says when it was closed", `
		SELECT 'period ' || name FROM period WHERE tenant_id = $1 AND tx_to = ` + inForceNow + ` AND (closed_xid IS NOT NULL) <> (status IN ('CLOSED', 'PAID'))`},
	{"seals are numbered without a gap, with rising horizons", `
		SELECT 'sequence ' || sequence FROM (SELECT sequence, horizon, lag(sequence, 1, 0::bigint) OVER w before, lag(horizon, 1, 0::bigint) OVER w below
			FROM seal WHERE tenant_id = $1 WINDOW w AS (ORDER BY sequence)) s WHERE sequence <> before + 1 OR horizon <= below`},
	{"an idempotency key belongs to a user or an API key", `
		SELECT i.operation || ' key ' || i.key FROM idempotency i WHERE i.tenant_id = $1 AND (length(i.fingerprint) <> 32
			OR NOT EXISTS (SELECT FROM app_user u WHERE u.tenant_id = $1 AND u.id = i.caller)
			AND NOT EXISTS (SELECT FROM api_key k WHERE k.tenant_id = $1 AND k.id = i.caller))`},
	{"an issuer is found by its address and audience", `
		SELECT 'issuer ' || i.id FROM issuer i WHERE i.tenant_id = $1 AND i.tx_to = ` + inForceNow + ` AND NOT EXISTS (SELECT FROM issuer_list l
			WHERE l.digest = sha256(convert_to(i.url || E'\n' || i.audience, 'UTF8')) AND l.tenant_id = i.tenant_id AND l.issuer_id = i.id)`},
	{"money has its change row", `
		SELECT kind || ' of transaction number ' || xid FROM (
			SELECT DISTINCT 'a fact' AS kind, tx_from AS xid FROM transaction WHERE tenant_id = $1
			UNION SELECT DISTINCT 'a credit', tx_from FROM credit WHERE tenant_id = $1
			UNION SELECT DISTINCT 'a publication', tx_from FROM published WHERE tenant_id = $1) m
		WHERE NOT EXISTS (SELECT FROM change c WHERE c.tenant_id = $1 AND c.xid = m.xid)`},
}

// versioned are the nouns whose versions follow one another.
var versioned = []string{
	"tenant", "app_user", "api_key", "delegation", "issuer", "client_application", "trusted_document", "title", "position", "payee", "position_assignment", "team", "fiscal_calendar", "period", "fx_rate", "product", "account",
	"transaction_kind", "credit_type", "crediting_rule", "crediting_exception", "measure", "measure_value", "activity", "quota", "rate_table", "plan", "plan_version", "plan_assignment",
	"parameter_value", "earning_code", "pay_adjustment", "opening_entry", "hold_release", "statement_answer", "period_step",
}

// maxViolations bounds what is told of one law.
const maxViolations = 20

// Verify gives what breaks the laws in the scope's tenant.
func (r reads) Verify(ctx context.Context, scope model.Scope) ([]model.Violation, error) {
	all := slices.Clone(laws)
	for _, name := range versioned {
		all = append(all, law{"versions of a " + name + " follow one another", fmt.Sprintf(`
			SELECT '%[1]s ' || id || ' version ' || version FROM (SELECT id, version, tx_from, tx_to,
				lead(tx_from) OVER (PARTITION BY id ORDER BY version) AS next FROM %[1]s WHERE tenant_id = $1) v
			WHERE next IS NOT NULL AND next <> tx_to OR tx_to < tx_from`, name)})
	}
	var found []model.Violation
	for _, one := range all {
		err := r.q.query(ctx, scope, one.sql+fmt.Sprintf(" LIMIT %d", maxViolations), []any{scope.Tenant}, func(rows pgx.Rows) error {
			var detail string
			err := rows.Scan(&detail)
			found = append(found, model.Violation{Law: one.name, Detail: detail})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("law %q: %w", one.name, err)
		}
	}
	return found, nil
}

// Laws names all laws that Verify and VerifyDatabase check.
func Laws() []string {
	names := make([]string, 0, len(laws)+len(versioned))
	for _, one := range laws {
		names = append(names, one.name)
	}
	for _, name := range versioned {
		names = append(names, "versions of a "+name+" follow one another")
	}
	return append(names, lawRowSecurity)
}

// lawRowSecurity is the law of the database as a whole.
const lawRowSecurity = "row security guards every table of tenants"

// unguarded lists the tables with a tenant that lack forced row security or a
// policy, and those that the server's role owns.
const unguarded = `SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
	WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT IN ('unsealed', 'work', 'issuer_list')
	AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
		OR pg_get_userbyid(c.relowner) IN ('spm_api', 'spm_worker', 'spm_server'))`

// VerifyDatabase gives what breaks the laws of the database as a whole.
func (s *Store) VerifyDatabase(ctx context.Context) (found []model.Violation, err error) {
	err = s.asWorker(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, unguarded)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, name := range names {
			found = append(found, model.Violation{Law: lawRowSecurity, Detail: name})
		}
		return err
	})
	return found, err
}
