package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/test/bench/company"
	"spm/test/harness"
)

// clone gives a tenant's rows again for copies from..to of its people: each copy
// has payees, places, plans, quotas and deals of its own. Columns that are not named
// stay as they are.
var clone = []struct {
	table, where string
	columns      map[string]string
}{
	{"payee", "t.external_id !~ '~'", map[string]string{"id": copyOf("t.id"), "external_id": "t.external_id || '~' || k"}},
	{"position", "t.external_id !~ '~'", map[string]string{"id": copyOf("t.id"), "external_id": "t.external_id || '~' || k"}},
	{"position_assignment", "t.external_id !~ '~'", map[string]string{
		"id": copyOf("t.id"), "external_id": "t.external_id || '~' || k", "payee_id": copyOf("t.payee_id"), "position_id": copyOf("t.position_id"),
	}},
	{"plan_assignment", "t.external_id !~ '~'", map[string]string{"id": copyOf("t.id"), "external_id": "t.external_id || '~' || k", "payee_id": copyOf("t.payee_id")}},
	{"quota", "t.position_id IN (SELECT id FROM position WHERE external_id !~ '~')", map[string]string{"id": copyOf("t.id"), "position_id": copyOf("t.position_id")}},
	{"transaction", "t.id < 100000000", map[string]string{
		"id": "t.id + k * 100000000::bigint", "external_id": "t.external_id || '~' || k", "relates_to": "t.relates_to || '~' || k",
		"seller_payees": "ARRAY(SELECT s || '~' || k FROM unnest(t.seller_payees) s)",
	}},
	{"credit", "t.id < 100000000", map[string]string{
		"id": "t.id + k * 100000000::bigint", "transaction_id": "t.transaction_id + k * 100000000::bigint",
		"payee_id": copyOf("t.payee_id"), "position_id": copyOf("t.position_id"), "assignment_id": copyOf("t.assignment_id"),
	}},
}

func copyOf(id string) string { return "md5(" + id + "::text || k)::uuid" }

// grow adds the copies to the tenant.
func grow(b *testing.B, h *harness.Harness, from, to int) {
	b.Helper()
	columns := map[string][]string{}
	for _, c := range clone { // what the database works out by itself may not be given
		columns[c.table] = h.Strings("SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum", c.table)
	}
	h.Owner(func(conn *pgx.Conn) {
		do := func(sql string) {
			if _, err := conn.Exec(h.Context(), sql); err != nil {
				b.Fatal(err)
			}
		}
		do("SET session_replication_role = replica")
		for _, c := range clone {
			var names, values []string
			for _, name := range columns[c.table] {
				names = append(names, name)
				if value, is := c.columns[name]; is {
					values = append(values, value)
				} else {
					values = append(values, "t."+name)
				}
			}
			do(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s t, generate_series(%d, %d) k WHERE tx_to = 9223372036854775807 AND %s",
				c.table, strings.Join(names, ", "), strings.Join(values, ", "), c.table, from, to, c.where))
		}
		do("SET session_replication_role = DEFAULT")
		do("VACUUM ANALYZE")
	})
}

// BenchmarkGrowth calculates a year of a company, and of ones so many times as
// large (SCALES, such as 10,30,100), by a server process of its own, and reports
// seconds for a million facts, the most memory the server has had, and how long a
// late deal takes from its answer to the event of its earning (performance.md, W3).
func BenchmarkGrowth(b *testing.B) {
	dir := data(b)
	h := harness.New(b)
	h.Patience = 2 * time.Hour
	m := made(b, h, dir)
	recorded(b, h, dir)
	h.Settle()
	h.Stop()
	copies := 1
	for range b.N {
		for text := range strings.SplitSeq(size("SCALES", "1,3"), ",") {
			scale, err := strconv.Atoi(text)
			if err != nil {
				b.Fatal(err)
			}
			begun := time.Now()
			if scale > copies {
				grow(b, h, copies, scale-1)
				copies = scale
			}
			grown := time.Since(begun)
			url, pid := serve(b, h)
			c := client(h)
			c.URL = url
			run, err := company.Calculate(b.Context(), c, m.Year)
			if err != nil {
				b.Fatal(err)
			}
			facts, err := strconv.ParseFloat(h.Strings("SELECT count(*)::text FROM credit WHERE tx_to = 9223372036854775807")[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			late := lateDeal(b, h, url)
			b.Logf("scale %d: %.0f credits of %s payees (made in %s): the year takes %s: %.2f s a million; a late deal %s; server %s; database %s",
				scale, facts, h.Strings("SELECT count(*)::text FROM payee WHERE tx_to = 9223372036854775807")[0], grown.Round(time.Second),
				run.Took.Round(time.Millisecond), run.Took.Seconds()/facts*1e6, late.Round(100*time.Microsecond), peak(b, pid), h.Strings("SELECT pg_size_pretty(pg_database_size(current_database()))")[0])
			stop(b, pid)
		}
	}
}

// lateDeal is the median time from a deal's answer to its earning's event.
func lateDeal(b *testing.B, h *harness.Harness, url string) time.Duration {
	b.Helper()
	live := h.Follow(url, h.Admin(), `subscription { earningsChanged { changes { earning { amount { amount } } } } }`, nil, "")
	var times []float64
	for n := range 15 {
		payee := h.Strings("SELECT external_id FROM payee WHERE tx_to = 9223372036854775807 ORDER BY md5(external_id || $1) LIMIT 1", fmt.Sprint(n))[0]
		row := harness.Input{
			"source": "late", "externalId": fmt.Sprint("L", n, time.Now().UnixNano()), "kind": "BOOKING", "eventDate": "2026-11-15", "amount": "100", "currency": company.Currency,
			"product": "P01", "sellers": []harness.Input{{"payee": payee}},
		}
		h.Decode(h.PostTo(url, h.Admin(), `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { rejected userErrors { code } } }`, map[string]any{"t": []any{row}}))
		answered := time.Now()
		if e, ok := live.Next(); !ok || len(e.Errors) > 0 {
			b.Fatalf("the stream gave %v", e)
		}
		times = append(times, time.Since(answered).Seconds())
	}
	return time.Duration(middle(times) * float64(time.Second))
}

// peak is the most memory that the process has had.
func peak(b *testing.B, pid int) string {
	b.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, is := strings.CutPrefix(line, "VmHWM:"); is {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}

// stop ends a server that serve has started.
func stop(b *testing.B, pid int) {
	b.Helper()
	process, err := os.FindProcess(pid)
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		b.Fatal(err)
	}
}
