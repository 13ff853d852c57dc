package scenario

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// crm is the export of a CRM: the raw rows of its files, header first.
type crm struct{ pipeline, teams, products, accounts [][]string }

// readCRM reads the export beside the project; a user of the product does not
// have it.
func readCRM(tb testing.TB) crm {
	tb.Helper()
	dir := filepath.Join("..", "..", "..", "shared", "data", "crm")
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("the CRM's export is not beside the project (%s): this test runs in CI", dir)
	}
	read := func(name string) [][]string {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			tb.Fatal(err)
		}
		return rows
	}
	return crm{read("sales_pipeline.csv"), read("sales_teams.csv"), read("products.csv"), read("accounts.csv")}
}

// won gives the won opportunities as bookings on their close date.
func (c crm) won() []map[string]any {
	var out []map[string]any
	for _, row := range c.pipeline[1:] {
		if row[4] != "Won" {
			continue
		}
		booking := map[string]any{
			"source": "crm", "externalId": row[0], "kind": "BOOKING", "eventDate": row[6], "amount": row[7], "currency": "USD",
			"product": row[2], "sellers": []any{map[string]any{"payee": row[1]}},
		}
		if row[3] != "" {
			booking["account"] = row[3]
		}
		out = append(out, booking)
	}
	return out
}

// crmCompany sets the company up: three regions, managers, agents, catalogue,
// calendar, crediting, and the plan that the test checks.
func crmCompany(h *harness.Harness, c crm) {
	admin := h.Admin()
	title := map[string]string{}
	for _, name := range []string{"AGENT", "MANAGER", "REGION"} {
		title[name] = h.Do(admin, `mutation($name: String!) { createTitle(input: {externalId: $name, name: $name}) { title { id } userErrors { message } } }`,
			map[string]any{"name": name}).String("createTitle", "title", "id")
	}
	position := map[string]string{}
	for _, row := range c.teams[1:] {
		agent, manager, region := row[0], row[1], row[2]
		if position[region] == "" {
			position[region] = h.Do(admin, `mutation($n: String!, $t: ID!) { createPosition(input: {externalId: $n, name: $n, titleId: $t}) { position { id } userErrors { path message } } }`,
				map[string]any{"n": region, "t": title["REGION"]}).String("createPosition", "position", "id")
		}
		if position[manager] == "" {
			position[manager] = crmPayee(h, manager, title["MANAGER"], position[region])
		}
		position[agent] = crmPayee(h, agent, title["AGENT"], position[manager])
	}
	crmCatalogue(h, c)
	crmPlan(h, title)
}

func crmPayee(h *harness.Harness, name, title, parent string) string {
	return h.Do(h.Admin(), `mutation($n: String!, $t: ID!, $p: ID!) {
		createPayee(input: {externalId: $n, name: $n, currency: "USD", ownPosition: {titleId: $t, parentId: $p}}) { position { id } userErrors { path message } }
	}`, map[string]any{"n": name, "t": title, "p": parent}).String("createPayee", "position", "id")
}

func crmCatalogue(h *harness.Harness, c crm) {
	var products, accounts []any
	for _, row := range c.products[1:] {
		products = append(products, map[string]any{"externalId": row[0], "name": row[0], "attributes": []any{map[string]any{"name": "series", "value": row[1]}}})
	}
	for _, row := range c.accounts[1:] {
		accounts = append(accounts, map[string]any{"externalId": row[0], "name": row[0], "attributes": []any{map[string]any{"name": "sector", "value": row[1]}}})
	}
	h.Do(h.Admin(), `mutation($p: [ProductInput!]!, $a: [AccountInput!]!) {
		createProducts(input: {products: $p}) { userErrors { path message } }
		createAccounts(input: {accounts: $a}) { userErrors { path message } }
	}`, map[string]any{"p": products, "a": accounts})
}

func crmPlan(h *harness.Harness, title map[string]string) {
	admin := h.Admin()
	made := h.Do(admin, `mutation {
		createFiscalCalendar(input: {externalId: "FISCAL", name: "Fiscal"}) { calendar { id } userErrors { path message } }
		direct: createMeasure(input: {key: "BOOKINGS", name: "Own bookings", creditKinds: [DIRECT], value: AMOUNT}) { measure { id } userErrors { path message } }
		team: createMeasure(input: {key: "TEAM", name: "Team bookings", creditKinds: [ROLLUP], value: AMOUNT}) { measure { id } userErrors { path message } }
		tiers: createRateTable(input: {key: "AGENT", name: "Agent's tiers", version: {dimension: ATTAINMENT, rows: [
			{from: "0", to: "1", cell: "0.04"}, {from: "1", to: "1.25", cell: "0.06"}, {from: "1.25", cell: "0.09"}]}}) { rateTable { id } userErrors { path message } }
		kicker: createRateTable(input: {key: "KICKER", name: "Manager's kicker", version: {dimension: ATTAINMENT, rows: [
			{from: "0", to: "1.1", cell: "0"}, {from: "1.1", cell: "0.02"}]}}) { rateTable { id } userErrors { path message } }
		a: createPlan(input: {externalId: "AGENT", name: "Agents"}) { plan { id } userErrors { path message } }
		m: createPlan(input: {externalId: "MANAGER", name: "Managers"}) { plan { id } userErrors { path message } }
	}`, nil)
	calendar := made.String("createFiscalCalendar", "calendar", "id")
	own, team := made.String("direct", "measure", "id"), made.String("team", "measure", "id")
	h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2017}) { userErrors { path message } } }`, map[string]any{"c": calendar})
	revenue := h.Do(admin, `{ creditTypes { nodes { id key } } }`, nil).String("creditTypes", "nodes", 0, "id")
	h.Do(admin, `mutation($r: ID!) {
		direct: createCreditingRule(input: {key: "DIRECT", name: "Sellers", creditKind: DIRECT, creditTypeId: $r, receivers: SELLERS}) { userErrors { path message } }
		rollup: createCreditingRule(input: {key: "ROLLUP", name: "Managers", creditKind: ROLLUP, creditTypeId: $r, receivers: MANAGERS, levels: 1}) { userErrors { path message } }
	}`, map[string]any{"r": revenue})
	crmQuotas(h, calendar, title, own, team)
	publish(h, made.String("a", "plan", "id"), calendar, []any{
		map[string]any{"key": "commission", "measureId": own, "payout": "QUARTER", "rateKind": "TIERED", "rateTableId": made.String("tiers", "rateTable", "id"), "tierMode": "MARGINAL"},
		map[string]any{"key": "bonus", "measureId": own, "payout": "QUARTER", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []any{map[string]any{"at": "1.1", "amount": "1500"}}},
	}, map[string]any{"titleId": title["AGENT"]})
	publish(h, made.String("m", "plan", "id"), calendar, []any{
		map[string]any{"key": "base", "measureId": team, "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": "0.0075"},
		map[string]any{"key": "kicker", "measureId": team, "payout": "QUARTER", "rateKind": "TIERED", "rateTableId": made.String("kicker", "rateTable", "id"), "tierMode": "RETROACTIVE"},
	}, map[string]any{"titleId": title["MANAGER"]})
}

func crmQuotas(h *harness.Harness, calendar string, title map[string]string, own, team string) {
	var quotas []any
	periods := h.Do(h.Admin(), `query($c: ID!) { periods(first: 50, where: {calendarId: {eq: $c}, types: [QUARTER]}) { nodes { id } } }`, map[string]any{"c": calendar})
	for _, p := range periods.List("periods", "nodes") {
		quotas = append(quotas,
			map[string]any{"titleId": title["AGENT"], "measureId": own, "periodId": p.String("id"), "amount": "90000"},
			map[string]any{"titleId": title["MANAGER"], "measureId": team, "periodId": p.String("id"), "amount": "400000"})
	}
	h.Do(h.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path message } } }`, map[string]any{"q": quotas})
}

// publish writes, submits, approves (as another person) and publishes a
// version for 2017, and assigns the plan.
func publish(h *harness.Harness, plan, calendar string, components []any, target map[string]any) {
	publishBy(h, plan, calendar, map[string]any{}, components, target)
}

// publishBy is publish with rules.
func publishBy(h *harness.Harness, plan, calendar string, rules map[string]any, components []any, target map[string]any) {
	admin, finance := h.Admin(), h.Token(nil, model.RoleFinance)
	version := h.Do(admin, `mutation($p: ID!, $c: ID!, $r: PlanRulesInput, $k: [ComponentInput!]!) {
		createPlanVersion(input: {planId: $p, number: 1, startDate: "2017-01-01", currency: "USD", calendarId: $c, rules: $r, components: $k, parameters: [{key: "factor"}]}) { planVersion { id version } userErrors { path message } }
	}`, map[string]any{"p": plan, "c": calendar, "r": rules, "k": components})
	id := version.String("createPlanVersion", "planVersion", "id")
	for step, one := range []struct{ token, mutation, input string }{
		{admin, "submitPlanVersion", "SubmitPlanVersionInput"}, {finance, "approvePlanVersion", "ApprovePlanVersionInput"}, {finance, "publishPlanVersion", "PublishPlanVersionInput"},
	} {
		h.Do(one.token, fmt.Sprintf(`mutation($i: %s!) { %s(input: $i) { userErrors { path code message } } }`, one.input, one.mutation),
			map[string]any{"i": map[string]any{"id": id, "ifVersion": step + 1}})
	}
	input := map[string]any{"externalId": plan, "planId": plan, "startDate": "2017-01-01"}
	maps.Copy(input, target)
	h.Do(admin, `mutation($i: AssignPlanInput!) { assignPlan(input: $i) { userErrors { path message } } }`, map[string]any{"i": input})
}

// record sends transactions in batches and fails on any rejected row.
func record(h *harness.Harness, rows []map[string]any, size int) {
	for len(rows) > 0 {
		batch := rows[:min(size, len(rows))]
		rows = rows[len(batch):]
		answer := h.Do(h.Admin(), `mutation($t: [TransactionInput!]!) {
			recordTransactions(input: {transactions: $t}) { rows { externalId status errors { code message } } userErrors { path message } }
		}`, map[string]any{"t": batch})
		for _, row := range answer.List("recordTransactions", "rows") {
			if row.String("status") == "REJECTED" {
				h.Fatalf("%v", row.V)
			}
		}
	}
}

// oracle computes what everybody earned by plain SQL over the raw files: one
// text "name|quarter|component|amount" each.
func oracle(h *harness.Harness, c crm) (lines []string) {
	h.Owner(func(conn *pgx.Conn) {
		ctx := h.Context()
		must := func(err error) {
			if err != nil {
				h.Fatalf("%v", err)
			}
		}
		_, err := conn.Exec(ctx, `CREATE SCHEMA oracle;
			CREATE TABLE oracle.won (agent text, close_date date, value numeric);
			CREATE TABLE oracle.team (agent text, manager text, region text)`)
		must(err)
		var won, teams [][]any
		for _, row := range c.pipeline[1:] {
			if row[4] == "Won" {
				won = append(won, []any{row[1], row[6], row[7]})
			}
		}
		for _, row := range c.teams[1:] {
			teams = append(teams, []any{row[0], row[1], row[2]})
		}
		for _, row := range won {
			_, err = conn.Exec(ctx, "INSERT INTO oracle.won VALUES ($1, $2::text::date, $3::text::numeric)", row...)
			must(err)
		}
		for _, row := range teams {
			_, err = conn.Exec(ctx, "INSERT INTO oracle.team VALUES ($1, $2, $3)", row...)
			must(err)
		}
		rows, err := conn.Query(ctx, oracleSQL)
		must(err)
		lines, err = pgx.CollectRows(rows, pgx.RowTo[string])
		must(err)
	})
	return lines
}

const oracleSQL = `
WITH q AS (SELECT n, make_date(2017, 3 * n - 2, 1) AS first, (make_date(2017, 3 * n - 2, 1) + interval '3 months')::date AS next FROM generate_series(1, 4) n),
agent AS (SELECT t.agent, t.manager, q.n, coalesce(sum(w.value), 0) AS sold FROM oracle.team t CROSS JOIN q
	LEFT JOIN oracle.won w ON w.agent = t.agent AND w.close_date >= q.first AND w.close_date < q.next GROUP BY 1, 2, 3),
team AS (SELECT manager, n, sum(sold) AS sold FROM agent GROUP BY 1, 2),
pay AS (
	SELECT agent AS name, n, 'commission' AS component,
		round(0.04 * least(sold, 90000) + 0.06 * greatest(least(sold, 112500) - 90000, 0) + 0.09 * greatest(sold - 112500, 0), 2) AS amount FROM agent
	UNION ALL SELECT agent, n, 'bonus', CASE WHEN sold >= 99000 THEN 1500 ELSE 0 END FROM agent
	UNION ALL SELECT manager, n, 'base', round(0.0075 * sold, 2) FROM team
	UNION ALL SELECT manager, n, 'kicker', CASE WHEN sold >= 440000 THEN round(0.02 * sold, 2) ELSE 0 END FROM team)
SELECT name || '|2017-Q' || n || '|' || component || '|' || to_char(amount, 'FM9999999990.00') FROM pay ORDER BY 1`

// earned reads all earnings through the graph in the oracle's form, and checks
// that each explanation sums to its amount.
func earned(h *harness.Harness) []string {
	var lines []string
	var after any
	for {
		answer := h.Do(h.Admin(), `query($after: Cursor) { earnings(first: 100, after: $after) {
			nodes { payee { name } period { name } componentKey amount { amount currency } why explanation { verified recomputed } }
			pageInfo { hasNextPage endCursor } } }`, map[string]any{"after": after})
		for _, e := range answer.List("earnings", "nodes") {
			amount := e.String("amount", "amount")
			lines = append(lines, strings.Join([]string{e.String("payee", "name"), e.String("period", "name"), e.String("componentKey"), amount}, "|"))
			if e.At("explanation", "verified").V != true {
				h.Fatalf("the explanation of %v gives %s", lines[len(lines)-1], e.String("explanation", "recomputed"))
			}
			if f, err := strconv.ParseFloat(amount, 64); err != nil || (f == 0) == (e.String("why") == "PAID") {
				h.Fatalf("%v says %s", lines[len(lines)-1], e.String("why"))
			}
		}
		if answer.At("earnings", "pageInfo", "hasNextPage").V != true {
			return lines
		}
		after = answer.String("earnings", "pageInfo", "endCursor")
	}
}
