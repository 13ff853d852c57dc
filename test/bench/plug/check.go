package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
)

// now is the tx_to of rows in force.
const now = "9223372036854775807"

// stored lays out, by the harness's numbers, what the product has stored and
// shows. Nothing is calculated again: amounts, measures, quotas and attainments
// are the results' own, a credit's commission is the sum of the rounded lines
// that cite it, and gross is that of an earning's lines without its cap's.
//
// A line is a node of the kind LINE (5) or BONUS (7), or below the root a
// result (17), an earlier one (20) or an adjustment (12 to 15); trace_paid has
// the rounded lines in the order of the nodes.
var stored = []string{
	"DROP SCHEMA IF EXISTS plugged CASCADE",
	"CREATE SCHEMA plugged",
	`CREATE UNLOGGED TABLE plugged.line AS
	SELECT pe.external_id::int AS rep_id, extract(month FROM per.from_date)::int AS period_id, substr(r.component_key, 2)::int AS component_id,
		l.kind, l.credit, l.paid
	FROM published v
	JOIN result r ON r.tenant_id = v.tenant_id AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
	JOIN payee pe ON pe.tenant_id = v.tenant_id AND pe.id = v.payee_id AND pe.tx_to = ` + now + `
	JOIN period per ON per.tenant_id = v.tenant_id AND per.id = v.period_id AND per.tx_to = ` + now + `
	CROSS JOIN LATERAL (
		SELECT n.kind, n.credit, p.paid
		FROM (SELECT kind, credit, row_number() OVER (ORDER BY at) AS at
			FROM unnest(r.trace_kind, r.trace_parent, r.trace_credit) WITH ORDINALITY AS t(kind, parent, credit, at)
			WHERE kind IN (5, 7) OR parent = 0 AND kind IN (12, 13, 14, 15, 17, 20)) n
		FULL JOIN unnest(r.trace_paid) WITH ORDINALITY AS p(paid, at) USING (at)) l
	WHERE v.tx_to = ` + now,
	`CREATE UNLOGGED TABLE plugged.earning AS
	SELECT e.rep_id, e.period_id, e.component_id, coalesce(l.gross, 0) AS gross, e.amount, coalesce(l.paid, 0) AS paid,
		e.measure, e.quota, e.attainment
	FROM (SELECT pe.external_id::int AS rep_id, extract(month FROM per.from_date)::int AS period_id, substr(r.component_key, 2)::int AS component_id,
			r.amount, r.measure, r.quota, r.attainment
		FROM published v
		JOIN result r ON r.tenant_id = v.tenant_id AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
		JOIN payee pe ON pe.tenant_id = v.tenant_id AND pe.id = v.payee_id AND pe.tx_to = ` + now + `
		JOIN period per ON per.tenant_id = v.tenant_id AND per.id = v.period_id AND per.tx_to = ` + now + `
		WHERE v.tx_to = ` + now + `) e
	LEFT JOIN (SELECT rep_id, period_id, component_id, sum(paid) FILTER (WHERE kind IN (5, 7)) AS gross, sum(paid) AS paid
		FROM plugged.line GROUP BY 1, 2, 3) l USING (rep_id, period_id, component_id)`,
	// A component with a condition measures less than all that was credited.
	`CREATE UNLOGGED TABLE plugged.attainment AS
	SELECT DISTINCT rep_id, period_id, quota, measure AS credited, attainment AS pct
	FROM plugged.earning JOIN spm.component k ON k.id = component_id AND k.product IS NULL`,
	`CREATE UNLOGGED TABLE plugged.credit AS
	SELECT t.external_id::bigint * 2 + (pe.external_id <> t.seller_payees[1])::int AS id, t.external_id::bigint AS txn_id, pe.external_id::int AS rep_id,
		extract(month FROM c.date)::int AS period_id, c.date AS credited_on, c.amount,
		coalesce(l.flat, 0) AS flat_comm, coalesce(l.tier, 0) AS tier_comm, coalesce(l.retro, 0) AS retro_comm, coalesce(l.paid, 0) AS commission
	FROM credit c
	JOIN transaction t ON t.tenant_id = c.tenant_id AND t.id = c.transaction_id AND t.tx_to = ` + now + `
	JOIN payee pe ON pe.tenant_id = c.tenant_id AND pe.id = c.payee_id AND pe.tx_to = ` + now + `
	LEFT JOIN (SELECT credit, sum(paid) FILTER (WHERE k.kind = 'flat') AS flat, sum(paid) FILTER (WHERE k.kind = 'marginal') AS tier,
			sum(paid) FILTER (WHERE k.kind = 'retro') AS retro, sum(paid) AS paid
		FROM plugged.line n JOIN spm.component k ON k.id = n.component_id WHERE n.kind = 5 GROUP BY 1) l ON l.credit = c.id
	WHERE c.tx_to = ` + now,
	"ANALYZE plugged.earning", "ANALYZE plugged.attainment", "ANALYZE plugged.credit",
}

// checkLines are the three lines of the harness's sql/check.sql, without the
// hashes.
const checkLines = `SELECT format('credits=%s amount=%s commission=%s', count(*), sum(amount)::numeric(30,4), sum(commission)::numeric(30,4)) FROM plugged.credit
UNION ALL SELECT format('attainment=%s credited=%s', count(*), sum(credited)::numeric(30,4)) FROM plugged.attainment
UNION ALL SELECT format('earnings=%s gross=%s amount=%s', count(*), sum(gross)::numeric(30,4), sum(amount)::numeric(30,4)) FROM plugged.earning`

func (p plug) check(ctx context.Context) error {
	if err := p.stop(); err != nil {
		return err
	}
	return p.owner(ctx, func(conn *pgx.Conn) error {
		if err := execute(ctx, conn, "SET work_mem = '256MB'", "SET jit = off"); err != nil {
			return err
		}
		if err := execute(ctx, conn, stored...); err != nil {
			return err
		}
		rows, err := conn.Query(ctx, checkLines)
		if err != nil {
			return err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		for _, line := range lines {
			fmt.Println(line)
		}
		return err
	})
}

// comparison is of one table with the peers' of the same name.
type comparison struct {
	table string
	key   string
	same  []string // columns that must be equal; o is ours, t theirs
	show  string
}

var comparisons = []comparison{
	{"credit", "id", []string{
		"o.txn_id = t.txn_id", "o.rep_id = t.rep_id", "o.period_id = t.period_id", "o.credited_on = t.credited_on", "o.amount = t.amount",
		"o.flat_comm = t.flat_comm", "o.tier_comm = t.tier_comm", "o.retro_comm = t.retro_comm", "o.commission = t.commission",
	}, "format('credit %s of rep %s, month %s: commission %s, theirs %s', id, t.rep_id, t.period_id, o.commission, t.commission)"},
	{"attainment", "rep_id, period_id", []string{"o.quota = t.quota", "o.credited = t.credited", "round(o.pct, 4) = t.pct"},
		"format('attainment of rep %s, month %s: %s of %s, theirs %s of %s', rep_id, period_id, o.credited, o.quota, t.credited, t.quota)"},
	{"earning", "rep_id, period_id, component_id", []string{"o.gross = t.gross", "o.amount = t.amount", "o.paid = o.amount"},
		"format('earning of rep %s, month %s, component %s: %s (gross %s), theirs %s (gross %s)', rep_id, period_id, component_id, o.amount, o.gross, t.amount, t.gross)"},
}

// shownDifferences bounds what is told of a table.
const shownDifferences = 10

// compare compares each row with that of the last peer, as every peer leaves
// the same.
func (p plug) compare(ctx context.Context) error {
	different := 0
	err := p.owner(ctx, func(conn *pgx.Conn) error {
		for _, c := range comparisons {
			n, err := c.run(ctx, conn)
			if err != nil {
				return err
			}
			different += n
		}
		return nil
	})
	if err == nil && different > 0 {
		err = fmt.Errorf("%d rows differ", different)
	}
	return err
}

func (c comparison) run(ctx context.Context, conn *pgx.Conn) (different int, err error) {
	same := strings.Join(c.same, " AND ")
	joined := "plugged." + c.table + " o FULL JOIN spm." + c.table + " t USING (" + c.key + ") WHERE (" + same + ") IS NOT TRUE"
	var ours, theirs int
	err = conn.QueryRow(ctx, "SELECT (SELECT count(*) FROM plugged."+c.table+"), (SELECT count(*) FROM spm."+c.table+"), (SELECT count(*) FROM "+joined+")").
		Scan(&ours, &theirs, &different)
	if err != nil {
		return 0, err
	}
	fmt.Printf("%s: %d rows, theirs %d, different %d\n", c.table, ours, theirs, different)
	rows, err := conn.Query(ctx, "SELECT "+c.show+" FROM "+joined+" ORDER BY 1 LIMIT $1", shownDifferences)
	if err != nil {
		return 0, err
	}
	shown, err := pgx.CollectRows(rows, pgx.RowTo[string])
	for _, line := range shown {
		fmt.Fprintln(os.Stdout, "  "+line)
	}
	return different, err
}
