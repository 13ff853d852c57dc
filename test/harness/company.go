package harness

import (
	"fmt"
	"maps"
	"strings"

	"spm/model"
)

// Company is a tenant in which those who sell are credited with what they sell,
// those above them with all of it, and 2026 is the fiscal year. Its measures
// are OWN and TEAM: the amounts of the first and of the second.
type Company struct {
	*Harness

	Calendar  string
	Own, Team string              // measures
	Payees    map[string]model.ID // by external id
	Positions map[string]string   // of the payee of that external id
	periods   map[string]string   // by name
}

// Input is the input of a mutation, or a part of one.
type Input = map[string]any

// NewCompany makes the company, without anybody in it.
func (h *Harness) NewCompany() *Company {
	h.tb.Helper()
	c := &Company{Harness: h, Payees: map[string]model.ID{}, Positions: map[string]string{}, periods: map[string]string{}}
	c.Calendar = c.Make("createFiscalCalendar", "calendar", Input{"externalId": "FISCAL", "name": "Fiscal year"})
	c.Open(c.Calendar)
	revenue := h.Do(h.Admin(), `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	for kind, receivers := range map[string]string{"DIRECT": "SELLERS", "ROLLUP": "MANAGERS"} {
		c.Make("createCreditingRule", "rule", Input{"key": receivers, "name": receivers, "creditKind": kind, "creditTypeId": revenue, "receivers": receivers})
	}
	c.Own = c.Make("createMeasure", "measure", Input{"key": "OWN", "name": "Own sales", "creditKinds": []string{"DIRECT"}, "value": "AMOUNT"})
	c.Team = c.Make("createMeasure", "measure", Input{"key": "TEAM", "name": "Sales of everybody below", "creditKinds": []string{"ROLLUP"}, "value": "AMOUNT"})
	return c
}

// Open opens the fiscal year 2026 of a calendar. Its periods are found by Period,
// those apart whose names another calendar had before.
func (c *Company) Open(calendar string) {
	c.tb.Helper()
	year := c.Do(c.Admin(), `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2026}) { periods { id name } userErrors { message } } }`, Input{"c": calendar})
	for _, p := range year.List("openFiscalYear", "periods") {
		if name := p.String("name"); c.periods[name] == "" {
			c.periods[name] = p.String("id")
		}
	}
}

// Make runs a mutation that creates something, and gives the id of the
// payload's entity.
func (c *Company) Make(mutation, entity string, input Input) string {
	c.tb.Helper()
	document := fmt.Sprintf("mutation($i: %s!) { %s(input: $i) { %s { id } userErrors { path code message } } }", inputOf(mutation), mutation, entity)
	return c.Do(c.Admin(), document, Input{"i": input}).String(mutation, entity, "id")
}

func inputOf(mutation string) string { return strings.ToUpper(mutation[:1]) + mutation[1:] + "Input" }

// Period gives the id of a period of 2026 by its name.
func (c *Company) Period(name string) string {
	c.tb.Helper()
	id, known := c.periods[name]
	if !known {
		c.tb.Fatalf("there is no period %s", name)
	}
	return id
}

// Hire adds a payee, paid in a currency, with a position below that of another
// payee, or of nobody where above is "". The more is what else createPayee takes.
func (c *Company) Hire(externalID, name, currency, above string, more ...Input) model.ID {
	c.tb.Helper()
	position := Input{}
	if above != "" {
		position["parentId"] = c.Positions[above]
	}
	input := Input{"externalId": externalID, "name": name, "currency": currency, "ownPosition": position}
	for _, m := range more {
		maps.Copy(input, m)
	}
	made := c.Do(c.Admin(), `mutation($i: CreatePayeeInput!) { createPayee(input: $i) { payee { id } position { id } userErrors { path code message } } }`, Input{"i": input})
	c.Payees[externalID] = made.ID("createPayee", "payee", "id")
	c.Positions[externalID] = made.String("createPayee", "position", "id")
	return c.Payees[externalID]
}

// Status sets a payee's status from a day on.
func (c *Company) Status(payee, from string, status model.PayeeStatus) {
	c.tb.Helper()
	c.Settle() // so that the version read is the last one written
	id := Input{"id": c.Payees[payee].String()}
	version := c.Do(c.Admin(), "query($id: ID!) { node(id: $id) { ... on Payee { version } } }", id).At("node", "version").V
	c.Do(c.Admin(), `mutation($i: UpdatePayeeInput!) { updatePayee(input: $i) { userErrors { path code message } } }`, Input{"i": Input{
		"id": c.Payees[payee].String(), "ifVersion": version, "effectiveFrom": from, "status": status,
	}})
}

// Tiers makes a rate table and gives its id: each row is where it begins, where
// it ends ("" for nowhere) and its cell.
func (c *Company) Tiers(key string, dimension model.DimensionOf, rows ...[3]string) string {
	c.tb.Helper()
	var all []Input
	for _, row := range rows {
		one := Input{"cell": row[2], "from": row[0]}
		if row[1] != "" {
			one["to"] = row[1]
		}
		all = append(all, one)
	}
	return c.Make("createRateTable", "rateTable", Input{"key": key, "name": key, "version": Input{"dimension": dimension, "rows": all}})
}

// Plan publishes a plan for 2026, gives it to payees and gives its id; version
// is what createPlanVersion takes beside the plan, its days and the calendar.
func (c *Company) Plan(key string, version Input, payees ...string) string {
	c.tb.Helper()
	plan := c.Make("createPlan", "plan", Input{"externalId": key, "name": key})
	c.Version(plan, 1, "2026-01-01", version)
	for _, payee := range payees {
		c.Make("assignPlan", "planAssignment", Input{"externalId": key + " to " + payee, "planId": plan, "payeeId": c.Payees[payee].String(), "startDate": "2026-01-01"})
	}
	return plan
}

// Version publishes a version of a plan from a day on.
func (c *Company) Version(plan string, number int, from string, version Input) {
	c.tb.Helper()
	input := Input{"planId": plan, "number": number, "startDate": from, "calendarId": c.Calendar}
	maps.Copy(input, version)
	id := c.Make("createPlanVersion", "planVersion", input)
	for i, step := range []string{"submitPlanVersion", "approvePlanVersion", "publishPlanVersion"} {
		token := c.Admin()
		if i > 0 { // whoever wrote it may not
			token = c.Token(nil, model.RoleFinance)
		}
		c.Do(token, fmt.Sprintf("mutation($i: %s!) { %s(input: $i) { userErrors { path code message } } }", inputOf(step), step), Input{"i": Input{"id": id, "ifVersion": i + 1}})
	}
}

// Quota sets the quota of a payee's position, the same in each period.
func (c *Company) Quota(payee, measure, amount string, periods ...string) {
	c.tb.Helper()
	var all []Input
	for _, period := range periods {
		all = append(all, Input{"positionId": c.Positions[payee], "measureId": measure, "periodId": c.Period(period), "amount": amount})
	}
	c.Do(c.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path code message } } }`, Input{"q": all})
}

// Record records rows, none of which may be rejected.
func (c *Company) Record(rows ...Input) {
	c.tb.Helper()
	answer := c.Do(c.Admin(), `mutation($t: [TransactionInput!]!) {
		recordTransactions(input: {transactions: $t}) { rejected rows { externalId errors { path message } } userErrors { path code message } }
	}`, Input{"t": rows}).At("recordTransactions")
	if answer.At("rejected").V != 0.0 {
		c.tb.Fatalf("rejected: %v", answer.At("rows").V)
	}
}
