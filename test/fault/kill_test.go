//go:build linux

package fault

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

// people is the size of the company: its year's run saves people x 12 results.
// PEOPLE of the environment makes it larger.
var people = counted("PEOPLE", 100)

// company sets up people under a boss, each with a booking a month, who are
// paid a rate of their sales, and the boss one of all that rolls up.
func company(h *harness.Harness) (year string) {
	admin, finance := h.Admin(), h.Token(nil, model.RoleFinance)
	made := h.Do(admin, `mutation {
		c: createFiscalCalendar(input: {externalId: "FY", name: "Fiscal"}) { calendar { id } userErrors { message } }
		rep: createTitle(input: {externalId: "REP", name: "Rep"}) { title { id } userErrors { message } }
		boss: createTitle(input: {externalId: "BOSS", name: "Boss"}) { title { id } userErrors { message } }
		own: createMeasure(input: {key: "OWN", name: "Own", creditKinds: [DIRECT], value: AMOUNT}) { measure { id } userErrors { message } }
		team: createMeasure(input: {key: "TEAM", name: "Team", creditKinds: [ROLLUP], value: AMOUNT}) { measure { id } userErrors { message } }
		reps: createPlan(input: {externalId: "REPS", name: "Reps"}) { plan { id } userErrors { message } }
		bosses: createPlan(input: {externalId: "BOSSES", name: "Bosses"}) { plan { id } userErrors { message } }
	}`, nil)
	calendar := made.String("c", "calendar", "id")
	for _, p := range h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2017}) { periods { id type } userErrors { message } } }`,
		map[string]any{"c": calendar}).List("openFiscalYear", "periods") {
		if p.String("type") == "YEAR" {
			year = p.String("id")
		}
	}
	revenue := h.Do(admin, `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	h.Do(admin, `mutation($r: ID!) {
		direct: createCreditingRule(input: {key: "DIRECT", name: "Sellers", creditKind: DIRECT, creditTypeId: $r, receivers: SELLERS}) { userErrors { message } }
		rollup: createCreditingRule(input: {key: "ROLLUP", name: "Managers", creditKind: ROLLUP, creditTypeId: $r, receivers: MANAGERS}) { userErrors { message } }
	}`, map[string]any{"r": revenue})
	for _, one := range []struct{ plan, title, measure, rate string }{{"reps", "rep", "own", "0.1"}, {"bosses", "boss", "team", "0.01"}} {
		plan := made.String(one.plan, "plan", "id")
		version := h.Do(admin, `mutation($p: ID!, $c: ID!, $m: ID!, $r: Decimal!) { createPlanVersion(input: {planId: $p, number: 1, startDate: "2017-01-01", currency: "USD", calendarId: $c,
			components: [{key: "pay", measureId: $m, payout: MONTH, rateKind: RATE_ON_VALUE, rate: $r}]}) { planVersion { id } userErrors { path message } } }`,
			map[string]any{"p": plan, "c": calendar, "m": made.String(one.measure, "measure", "id"), "r": one.rate}).String("createPlanVersion", "planVersion", "id")
		for i, step := range []struct{ token, name string }{{admin, "submit"}, {finance, "approve"}, {finance, "publish"}} {
			h.Do(step.token, fmt.Sprintf(`mutation($v: ID!, $n: Int!) { %sPlanVersion(input: {id: $v, ifVersion: $n}) { userErrors { path message } } }`, step.name),
				map[string]any{"v": version, "n": i + 1})
		}
		h.Do(admin, `mutation($p: ID!, $t: ID!, $e: String!) { assignPlan(input: {externalId: $e, planId: $p, titleId: $t, startDate: "2017-01-01"}) { userErrors { path message } } }`,
			map[string]any{"p": plan, "t": made.String(one.title, "title", "id"), "e": one.plan})
	}
	hire(h, made.String("rep", "title", "id"), made.String("boss", "title", "id"))
	sell(h.URL, h, 1)
	return year
}

// hire adds the boss and two people by the graph, and all others as copies of
// the first in SQL; the last one's mutation makes the server read them.
func hire(h *harness.Harness, rep, boss string) {
	const doc = `mutation($n: String!, $t: ID!, $p: ID) { createPayee(input: {externalId: $n, name: $n, currency: "USD", ownPosition: {titleId: $t, parentId: $p}}) {
		position { id } userErrors { path message } } }`
	top := h.Do(h.Admin(), doc, map[string]any{"n": "boss", "t": boss}).String("createPayee", "position", "id")
	h.Do(h.Admin(), doc, map[string]any{"n": "p1", "t": rep, "p": top})
	var statements []string
	for _, table := range []string{"payee", "position", "position_assignment"} {
		changed := `'id', md5('` + table + `' || n)::uuid, 'external_id', 'p' || n`
		where := "t.external_id = 'p1'"
		if table == "position_assignment" {
			changed += `, 'payee_id', md5('payee' || n)::uuid, 'position_id', md5('position' || n)::uuid`
			where = "t.payee_id = (SELECT id FROM payee WHERE external_id = 'p1')"
		}
		// What the database works out by itself may not be given.
		columns := strings.Join(h.Strings("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum", table), ", ")
		statements = append(statements, fmt.Sprintf("INSERT INTO %[1]s (%[5]s) SELECT %[5]s FROM (SELECT (jsonb_populate_record(t, to_jsonb(t) || jsonb_build_object(%[2]s))).* FROM %[1]s t, generate_series(2, %[3]d) n WHERE %[4]s) made",
			table, changed, people-1, where, columns))
	}
	ownerSQL(h, statements...)
	h.Do(h.Admin(), doc, map[string]any{"n": fmt.Sprint("p", people), "t": rep, "p": top})
}

// sell records a booking a month for everybody, or its next revision.
func sell(url string, h *harness.Harness, revision int) {
	for month := 1; month <= 12; month += 3 {
		var rows []map[string]any
		for m := month; m < month+3; m++ {
			for p := 1; p <= people; p++ {
				rows = append(rows, map[string]any{"source": "test", "externalId": fmt.Sprint(p, "-", m), "kind": "BOOKING", "eventDate": fmt.Sprintf("2017-%02d-15", m),
					"amount": fmt.Sprint(1000*revision + 7*p + m), "currency": "USD", "sourceRevision": fmt.Sprint(revision),
					"sellers": []any{map[string]any{"payee": fmt.Sprint("p", p)}}})
			}
		}
		answer := h.Decode(h.PostTo(url, h.Admin(), `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { rejected rows { errors { path code message } } userErrors { message } } }`,
			map[string]any{"t": rows}))
		if answer.At("recordTransactions", "rejected").V != 0.0 {
			h.Fatalf("rejected: %v", answer.At("recordTransactions", "rows", 0).V)
		}
	}
}

// TestKilledInMidRun kills, at random moments, the one of two servers that
// works: the other finishes its run, and what readers see is what it was, byte
// for byte. SEED and KILLS of the environment repeat or lengthen it.
func TestKilledInMidRun(t *testing.T) {
	t.Parallel()
	random, kills := seeded(t), counted("KILLS", 3)
	h := harness.New(t)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE") // or the comparisons below are planned for empty tables
	h.Stop()
	servers := []*server{serve(t, h), serve(t, h)}
	whole := request(t, h, servers[0], year)
	h.Settle()
	took := duration(h, whole)
	results := h.Strings("SELECT count(*)::text FROM result WHERE run_id = $1", uuidOf(t, whole))
	want := h.Canonical()
	t.Logf("the whole run takes %s and saves %s results", took, results[0])

	hit, halfway := 0, 0
	for round := 0; hit < kills && round < 4*kills; round++ {
		// Ask the other one half of the time; who works is seen by the lock.
		run := request(t, h, servers[random.IntN(2)], year)
		if round%2 == 0 {
			awaitSaved(h, run, 1+random.IntN(people*3/4))
		} else {
			time.Sleep(time.Duration(random.Int64N(int64(took)))) // the fault's moment, not a wait for a condition
		}
		at := worker(t, h, servers)
		if at < 0 {
			h.Settle()
			continue
		}
		servers[at].kill()
		killed := time.Now()
		if status(h, run) == "RUNNING" {
			hit++
		}
		reached := column(h, run, "payees_done || ' of ' || payees_total || ' payees'")
		if column(h, run, "(payees_done > 0 AND payees_done < payees_total)::text") == "true" {
			halfway++
		}
		h.Settle()
		settled := time.Since(killed)
		t.Logf("round %d: killed at %s, finished after another %s", round, reached, settled.Round(time.Millisecond))
		if got := status(h, run); got != "SUCCEEDED" {
			t.Fatalf("round %d: the run is %s", round, got)
		}
		if settled > took+15*time.Second {
			t.Errorf("round %d: the other server finished only after %s", round, settled)
		}
		if got := h.Canonical(); got != want {
			t.Fatalf("round %d: readers see something else than before", round)
		}
		if got := h.Strings("SELECT count(*)::text FROM result WHERE run_id = $1", uuidOf(t, run)); got[0] != results[0] {
			t.Errorf("round %d: %s results, %s expected", round, got[0], results[0])
		}
		servers[at] = serve(t, h)
	}
	if hit < kills {
		t.Errorf("only %d kills hit a run, %d wanted", hit, kills)
	}
	if halfway == 0 {
		t.Error("no kill hit a run that had saved a part")
	}
	killedIncrement(t, h, servers, random, took)
	lawful(t, h)
	third := serve(t, h)
	seen := h.Decode(h.PostTo(third.url, h.Admin(), `{ earnings(first: 1) { totalCount } }`, nil))
	if n := fmt.Sprint(seen.At("earnings", "totalCount").V); n != strings.TrimSpace(results[0]) {
		t.Errorf("a third server sees %s earnings, %s expected", n, results[0])
	}
	t.Logf("%d kills hit a run, %d of them when a part was saved", hit, halfway)
}

// awaitSaved looks, as fast as it can, until the run has saved n payees or is
// over: the moment of a kill in the middle.
func awaitSaved(h *harness.Harness, run string, n int) {
	for column(h, run, fmt.Sprintf("(payees_done >= %d OR finished_at IS NOT NULL)::text", n)) != "true" {
		runtime.Gosched()
	}
}

// killedIncrement kills the worker while it calculates what changed facts have
// marked; the laws tell whether the other made it whole.
func killedIncrement(t *testing.T, h *harness.Harness, servers []*server, random *rand.Rand, took time.Duration) {
	t.Helper()
	for round := range 2 {
		sell(servers[0].url, h, 2+round)
		time.Sleep(time.Duration(random.Int64N(int64(took)))) // the fault's moment
		if at := worker(t, h, servers); at >= 0 {
			servers[at].kill()
			servers[at] = serve(t, h)
		}
		h.Settle()
		lawful(t, h)
	}
}

// lawful runs the program's verify.
func lawful(t *testing.T, h *harness.Harness) {
	t.Helper()
	ownerSQL(h, "ANALYZE") // or its comparisons are planned for empty tables
	if out, err := program(t, h, "verify").CombinedOutput(); err != nil {
		t.Fatalf("verify: %v\n%s", err, out)
	}
}

func request(t *testing.T, h *harness.Harness, s *server, year string) (run string) {
	t.Helper()
	return h.Decode(h.PostTo(s.url, h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { path message } } }`,
		map[string]any{"p": year})).String("runCalculation", "run", "id")
}

func uuidOf(t *testing.T, run string) string {
	t.Helper()
	id, err := model.ParseID(run)
	if err != nil {
		t.Fatal(err)
	}
	return id.UUID().String()
}

func column(h *harness.Harness, run, what string) string {
	id, err := model.ParseID(run)
	if err != nil {
		h.Fatalf("%v", err)
	}
	return h.Strings("SELECT "+what+" FROM calculation_run WHERE id = $1", id.UUID().String())[0]
}

func status(h *harness.Harness, run string) string { return column(h, run, "status") }

func duration(h *harness.Harness, run string) time.Duration {
	us, _ := strconv.ParseInt(column(h, run, "(extract(epoch FROM finished_at - started_at) * 1000000)::bigint::text"), 10, 64)
	return time.Duration(us) * time.Microsecond
}
