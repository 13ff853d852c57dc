package harness

import (
	"cmp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// Settle waits until everything that is committed has been sealed, credited
// and calculated.
func (h *Harness) Settle() {
	h.tb.Helper()
	h.Eventually("the work settles", func() bool {
		var busy bool
		h.Owner(func(conn *pgx.Conn) {
			h.must(conn.QueryRow(h.tb.Context(), `SELECT EXISTS (SELECT FROM unsealed) OR EXISTS (SELECT FROM work) OR EXISTS (SELECT FROM dirty)
				OR EXISTS (SELECT FROM recredit) OR EXISTS (SELECT FROM calculation_run WHERE status IN ('QUEUED', 'RUNNING'))`).Scan(&busy))
		})
		return !busy
	})
}

// Eventually waits until a condition holds, at most h.Patience.
func (h *Harness) Eventually(what string, holds func() bool) {
	h.tb.Helper()
	patience := cmp.Or(h.Patience, 2*time.Minute)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			h.tb.Fatalf("waited %s in vain: %s", patience, what)
		case <-h.tb.Context().Done():
			h.tb.Fatalf("the test ended before: %s", what)
		case <-tick.C:
		}
	}
}

// Owner runs SQL as the database's owner, past row security.
func (h *Harness) Owner(fn func(*pgx.Conn)) {
	h.tb.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owner == nil {
		conn, err := pgx.Connect(h.tb.Context(), h.OwnerURL)
		h.must(err)
		h.owner = conn
		h.tb.Cleanup(func() { _ = conn.Close(h.tb.Context()) })
	}
	fn(h.owner)
}

// Strings gives the rows of a query by the owner, each as one text.
func (h *Harness) Strings(sql string, args ...any) (out []string) {
	h.tb.Helper()
	h.Owner(func(conn *pgx.Conn) {
		rows, err := conn.Query(h.tb.Context(), sql, args...)
		h.must(err)
		out, err = pgx.CollectRows(rows, pgx.RowTo[string])
		h.must(err)
	})
	return out
}

// Reconnect lets the next SQL of the owner have a connection of its own: the
// one before was broken.
func (h *Harness) Reconnect() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.owner != nil {
		_ = h.owner.Close(h.tb.Context())
		h.owner = nil
	}
}

// Canonical gives all visible results in a form without database ids: equal
// facts and set-up give equal text, whatever order they came in.
func (h *Harness) Canonical() string {
	h.tb.Helper()
	return strings.Join(h.Strings(canonical), "\n")
}

// now is the tx_to of rows in force.
const now = "9223372036854775807"

const canonical = `SELECT concat_ws('|', pe.external_id, ca.external_id, per.name, po.external_id, pl.external_id, r.component_key, r.component_name,
		r.earning_code, r.amount, r.currency, r.measure, r.quota, r.attainment, r.why, r.provisional, r.trace_format, r.trace_kind, r.trace_parent,
		r.trace_term, r.trace_amount, r.trace_value, r.trace_paid, r.term_label, r.term_rate, r.term_from, r.term_to, r.term_fx, r.term_step,
		(SELECT string_agg(coalesce(concat_ws('/', t.source, t.external_id, t.line, ct.key, c.kind, cp.external_id, via.external_id), '-'), ',' ORDER BY n.at)
			FROM unnest(r.trace_credit) WITH ORDINALITY n(id, at)
			LEFT JOIN credit c ON c.tenant_id = r.tenant_id AND c.id = n.id
			LEFT JOIN transaction t ON t.tenant_id = r.tenant_id AND t.id = c.transaction_id AND t.tx_to = ` + now + `
			LEFT JOIN credit_type ct ON ct.id = c.credit_type_id AND ct.tx_to = ` + now + `
			LEFT JOIN position cp ON cp.id = c.position_id AND cp.tx_to = ` + now + `
			LEFT JOIN position via ON via.id = c.via_id AND via.tx_to = ` + now + `))
	FROM published v
	JOIN result r ON r.tenant_id = v.tenant_id AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
	JOIN payee pe ON pe.id = r.payee_id AND pe.tx_to = ` + now + `
	JOIN period per ON per.id = r.period_id AND per.tx_to = ` + now + `
	JOIN fiscal_calendar ca ON ca.id = per.calendar_id AND ca.tx_to = ` + now + `
	JOIN position po ON po.id = r.position_id AND po.tx_to = ` + now + `
	JOIN plan pl ON pl.id = r.plan_id AND pl.tx_to = ` + now + `
	WHERE v.tx_to = ` + now + ` ORDER BY pe.external_id, ca.external_id, per.from_date, per.to_date, po.external_id, pl.external_id, r.component_key`

// Credits gives all credits in force in a form without database ids.
func (h *Harness) Credits() string {
	h.tb.Helper()
	return strings.Join(h.Strings(`SELECT concat_ws('|', t.source, t.external_id, t.line, ct.key, c.kind, c.level, po.external_id, via.external_id,
			pe.external_id, ru.key, c.share, c.amount, c.currency, c.quantity, c.margin, c.date, c.fx_date)
		FROM credit c JOIN transaction t ON t.tenant_id = c.tenant_id AND t.id = c.transaction_id AND t.tx_to = `+now+`
		JOIN credit_type ct ON ct.id = c.credit_type_id AND ct.tx_to = `+now+`
		JOIN position po ON po.id = c.position_id AND po.tx_to = `+now+`
		LEFT JOIN position via ON via.id = c.via_id AND via.tx_to = `+now+`
		LEFT JOIN payee pe ON pe.id = c.payee_id AND pe.tx_to = `+now+`
		LEFT JOIN crediting_rule ru ON ru.id = c.rule_id AND ru.tx_to = `+now+`
		WHERE c.tx_to = `+now+` ORDER BY 1`), "\n")
}

// State gives all that readers see of results, problems, balances and credits,
// to compare one moment of a database with another.
func (h *Harness) State() string {
	h.tb.Helper()
	return strings.Join([]string{h.Canonical(), strings.Join(h.Strings(problems), "\n"), strings.Join(h.Strings(balances), "\n"), h.Credits()}, "\n")
}

const problems = `SELECT concat_ws('|', 'problem', v.payee_id, v.period_id, q.position_id, q.component_id, q.component_key, q.code, q.detail)
	FROM published v JOIN problem q ON q.tenant_id = v.tenant_id AND q.run_id = v.run_id AND q.payee_id = v.payee_id AND q.period_id = v.period_id
	WHERE v.tx_to = ` + now + ` ORDER BY 1`

const balances = `SELECT concat_ws('|', 'balance', l.payee_id, l.period_id, l.withheld, l.fault, l.movement, l.from_account, l.to_account, l.currency, l.amount,
		l.detail, l.before, l.after, l.pay_currency, l.pay_amount)
	FROM struck v JOIN ledger l ON l.tenant_id = v.tenant_id AND l.run_id = v.run_id AND l.payee_id = v.payee_id AND l.period_id = v.period_id
	WHERE v.tx_to = ` + now + ` ORDER BY 1`
