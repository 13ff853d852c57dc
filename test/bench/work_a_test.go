// Package bench measures the product on the data of the harness beside the
// project (../shared/bench), through its public graph. Nothing here runs in
// `go test` without -bench.
package bench

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// size of the data set; REPS and TXNS override it.
func size(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// data generates the harness's data set and gives its folder.
func data(b *testing.B) string {
	b.Helper()
	shared, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "bench"))
	if err != nil {
		b.Fatal(err)
	}
	if _, err := os.Stat(shared); err != nil {
		b.Skipf("the harness is not beside the project (%s)", shared)
	}
	dir := b.TempDir()
	gen := exec.CommandContext(b.Context(), "go", "run", "-C", shared, "./cmd/gen", "-reps", size("REPS", "500"), "-txns", size("TXNS", "100000"), "-out", dir)
	if out, err := gen.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	return dir
}

func read(b *testing.B, dir, name string) [][]string {
	b.Helper()
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	rows, err := reader.ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// BenchmarkWorkA loads a year of transactions through recordTransactions and
// calculates it, and reports rows a second, seconds, and bytes a row.
func BenchmarkWorkA(b *testing.B) {
	for range b.N {
		dir := data(b)
		h := harness.New(b)
		h.Patience = time.Hour
		company(b, h, dir)
		txns := read(b, dir, "txn.csv")
		begin := time.Now()
		send(b, h, txns)
		loaded := time.Since(begin)
		h.Settle()
		settled := time.Since(begin)
		calculated := calculate(b, h)
		b.ReportMetric(float64(len(txns))/loaded.Seconds(), "recorded-rows/s")
		b.ReportMetric(loaded.Seconds(), "load-s")
		b.ReportMetric((settled - loaded).Seconds(), "settle-s")
		b.ReportMetric(calculated.Seconds(), "run-s")
		report(b, h)
	}
}

// send records the transactions in batches of 1,000, two at a time.
func send(b *testing.B, h *harness.Harness, txns [][]string) {
	b.Helper()
	token := h.Admin()
	const record = `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { created rejected userErrors { path message } } }`
	for len(txns) > 0 {
		n := min(1000, len(txns))
		batch := make([]map[string]any, n)
		for i, row := range txns[:n] {
			sellers := []any{map[string]any{"payee": row[2]}}
			if row[8] != "" {
				var pct int
				if _, err := fmt.Sscan(row[9], &pct); err != nil {
					b.Fatal(err)
				}
				sellers = []any{map[string]any{"payee": row[2], "share": fmt.Sprintf("0.%02d", 100-pct)}, map[string]any{"payee": row[8], "share": fmt.Sprintf("0.%02d", pct)}}
			}
			batch[i] = map[string]any{
				"source": "bench", "externalId": row[0], "orderId": row[1], "kind": "BOOKING", "eventDate": row[3], "sequence": row[0],
				"amount": row[4], "currency": "USD", "product": row[5], "account": row[7], "sellers": sellers,
			}
		}
		answer := h.Do(token, record, map[string]any{"t": batch})
		if answer.At("recordTransactions", "created").V != float64(n) {
			b.Fatalf("answered %v", answer.V)
		}
		txns = txns[n:]
	}
}

// calculate runs the whole year and gives how long that took, from asking to
// visible.
func calculate(b *testing.B, h *harness.Harness) time.Duration {
	b.Helper()
	token := h.Admin()
	year := h.Do(token, `{ periods(where: {types: [YEAR]}) { nodes { id } } }`, nil).String("periods", "nodes", 0, "id")
	begin := time.Now()
	run := h.Do(token, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}).
		String("runCalculation", "run", "id")
	var status string
	h.Eventually("the run ends", func() bool {
		status = h.Do(token, `query($id: ID!) { node(id: $id) { ... on CalculationRun { status failure } } }`, map[string]any{"id": run}).String("node", "status")
		return status != "QUEUED" && status != "RUNNING"
	})
	if !strings.HasPrefix(status, "SUCCEEDED") {
		b.Fatalf("the run ended %s", status)
	}
	return time.Since(begin)
}

// report tells how much is stored a row, indexes included, what COPY takes for
// the same rows, and the most memory that this process, which is server and
// client, has had.
func report(b *testing.B, h *harness.Harness) {
	b.Helper()
	h.Owner(func(conn *pgx.Conn) {
		for _, table := range []string{"transaction", "credit", "result"} {
			var rows, bytes, heap int64
			err := conn.QueryRow(h.Context(), "SELECT count(*), pg_total_relation_size('"+table+"'), coalesce(sum(pg_column_size(t.*)), 0) FROM "+table+" t").Scan(&rows, &bytes, &heap)
			if err != nil {
				b.Fatal(err)
			}
			b.Logf("%s: %d rows, %d bytes a row with indexes, %d in the row", table, rows, bytes/max(rows, 1), heap/max(rows, 1))
			took := copied(b, h, conn, table)
			b.Logf("%s: COPY of the same rows into a table with the same indexes takes %s, %.0f rows/s", table, took.Round(time.Millisecond), float64(rows)/took.Seconds())
		}
	})
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "VmHWM") {
			b.Log(strings.TrimSpace(line))
		}
	}
}

// copied times COPY, binary, of a table's rows into an empty one like it.
func copied(b *testing.B, h *harness.Harness, conn *pgx.Conn, table string) time.Duration {
	b.Helper()
	if _, err := conn.Exec(h.Context(), "CREATE TABLE copied_"+table+" (LIKE "+table+" INCLUDING INDEXES)"); err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(filepath.Join(b.TempDir(), table))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if _, err := conn.PgConn().CopyTo(h.Context(), file, "COPY (SELECT * FROM "+table+") TO STDOUT (FORMAT binary)"); err != nil {
		b.Fatal(err)
	}
	if _, err := file.Seek(0, 0); err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	if _, err := conn.PgConn().CopyFrom(h.Context(), file, "COPY copied_"+table+" FROM STDIN (FORMAT binary)"); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// company sets up the harness's organisation and plans. Caps are not there
// yet: components that have one pay without it.
func company(b *testing.B, h *harness.Harness, dir string) made {
	b.Helper()
	admin := h.Admin()
	first := h.Do(admin, `mutation {
		createFiscalCalendar(input: {externalId: "FISCAL", name: "Fiscal"}) { calendar { id } userErrors { message } }
		createMeasure(input: {key: "OWN", name: "Own", value: AMOUNT}) { measure { id } userErrors { message } }
	}`, nil)
	calendar, measure := first.String("createFiscalCalendar", "calendar", "id"), first.String("createMeasure", "measure", "id")
	h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2026}) { userErrors { message } } }`, map[string]any{"c": calendar})
	revenue := h.Do(admin, `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	h.Do(admin, `mutation($r: ID!) { createCreditingRule(input: {key: "DIRECT", name: "Sellers", creditKind: DIRECT, creditTypeId: $r, receivers: SELLERS}) { userErrors { message } } }`,
		map[string]any{"r": revenue})
	var products []any
	for i := 1; i <= 20; i++ {
		products = append(products, map[string]any{"externalId": fmt.Sprintf("P%02d", i), "name": fmt.Sprintf("Product %d", i)})
	}
	h.Do(admin, `mutation($p: [ProductInput!]!) { createProducts(input: {products: $p}) { userErrors { message } } }`, map[string]any{"p": products})
	plans := publishPlans(b, h, dir, calendar, measure)
	return reps(b, h, dir, plans, calendar, measure)
}

// made holds our ids by the harness's numbers.
type made struct {
	measure           string
	positions, months map[string]string
}

func reps(b *testing.B, h *harness.Harness, dir string, plans map[string]string, calendar, measure string) made {
	b.Helper()
	positions := map[string]string{}
	for _, row := range read(b, dir, "rep.csv") {
		own := map[string]any{}
		if row[3] != "" {
			own["parentId"] = positions[row[3]]
		}
		hired := h.Do(h.Admin(), `mutation($i: CreatePayeeInput!) { createPayee(input: $i) { payee { id } position { id } userErrors { path message } } }`,
			map[string]any{"i": map[string]any{"externalId": row[0], "name": row[1], "currency": "USD", "ownPosition": own}})
		positions[row[0]] = hired.String("createPayee", "position", "id")
		h.Do(h.Admin(), `mutation($i: AssignPlanInput!) { assignPlan(input: $i) { userErrors { path message } } }`, map[string]any{"i": map[string]any{
			"externalId": row[0], "planId": plans[row[5]], "payeeId": hired.String("createPayee", "payee", "id"), "startDate": "2026-01-01",
		}})
	}
	months := map[string]string{}
	for i, p := range h.Do(h.Admin(), `query($c: ID!) { periods(first: 12, where: {calendarId: {eq: $c}, types: [MONTH]}) { nodes { id } } }`, map[string]any{"c": calendar}).List("periods", "nodes") {
		months[fmt.Sprint(i+1)] = p.String("id")
	}
	var quotas []any
	flush := func() {
		h.Do(h.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path message } } }`, map[string]any{"q": quotas})
		quotas = nil
	}
	for _, row := range read(b, dir, "quota.csv") {
		quotas = append(quotas, map[string]any{"positionId": positions[row[0]], "measureId": measure, "periodId": months[row[1]], "amount": row[2]})
		if len(quotas) == 250 {
			flush()
		}
	}
	if len(quotas) > 0 {
		flush()
	}
	h.Settle()
	return made{measure, positions, months}
}

func publishPlans(b *testing.B, h *harness.Harness, dir, calendar, measure string) map[string]string {
	b.Helper()
	tables := map[string]string{}
	tiers := map[string][]any{}
	for _, row := range read(b, dir, "tier.csv") {
		tier := map[string]any{"from": row[2], "cell": row[4]}
		if row[3] != "" {
			tier["to"] = row[3]
		}
		tiers[row[0]] = append(tiers[row[0]], tier)
	}
	for component, rows := range tiers {
		tables[component] = h.Do(h.Admin(), `mutation($i: CreateRateTableInput!) { createRateTable(input: $i) { rateTable { id } userErrors { path message } } }`,
			map[string]any{"i": map[string]any{"key": component, "name": component, "version": map[string]any{"dimension": "ATTAINMENT", "rows": rows}}}).
			String("createRateTable", "rateTable", "id")
	}
	components := map[string][]any{}
	for _, row := range read(b, dir, "component.csv") {
		c := map[string]any{"key": "c" + row[0], "name": row[2], "measureId": measure, "payout": "MONTH"}
		switch row[3] {
		case "flat":
			c["rateKind"], c["rate"] = "RATE_ON_VALUE", row[5]
			if row[4] != "" {
				c["condition"] = fmt.Sprintf("product == %q", row[4])
			}
		case "marginal":
			c["rateKind"], c["rateTableId"], c["tierMode"] = "TIERED", tables[row[0]], "MARGINAL"
		case "retro":
			c["rateKind"], c["rateTableId"], c["tierMode"] = "TIERED", tables[row[0]], "RETROACTIVE"
		case "bonus":
			c["rateKind"], c["bonusLevels"], c["bonus"] = "BONUS", "HIGHEST", []any{map[string]any{"at": row[6], "amount": row[7]}}
		}
		components[row[1]] = append(components[row[1]], c)
	}
	plans := map[string]string{}
	finance := h.Token(nil, model.RoleFinance)
	for _, row := range read(b, dir, "plan.csv") {
		plan := h.Do(h.Admin(), `mutation($i: CreatePlanInput!) { createPlan(input: $i) { plan { id } userErrors { message } } }`,
			map[string]any{"i": map[string]any{"externalId": row[0], "name": row[1]}}).String("createPlan", "plan", "id")
		version := h.Do(h.Admin(), `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { planVersion { id } userErrors { path message } } }`,
			map[string]any{"i": map[string]any{
				"planId": plan, "number": 1, "startDate": "2026-01-01", "currency": "USD", "calendarId": calendar, "components": components[row[0]],
				"rules": map[string]any{"roundStage": "LINE", "roundScale": 4},
			}}).String("createPlanVersion", "planVersion", "id")
		for step, one := range []struct{ token, mutation, input string }{
			{h.Admin(), "submitPlanVersion", "SubmitPlanVersionInput"}, {finance, "approvePlanVersion", "ApprovePlanVersionInput"}, {finance, "publishPlanVersion", "PublishPlanVersionInput"},
		} {
			h.Do(one.token, fmt.Sprintf(`mutation($i: %s!) { %s(input: $i) { userErrors { path message } } }`, one.input, one.mutation),
				map[string]any{"i": map[string]any{"id": version, "ifVersion": step + 1}})
		}
		plans[row[0]] = plan
	}
	return plans
}
