package company

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
)

// Currency is that of all amounts. The data has four decimals, as this
// currency has: a part of a split sale is not cut to cents.
const Currency = "CLF"

// Region is the attribute of payees with their region.
const Region = "region"

// Read gives the rows of one of the data set's files.
func Read(dir, name string) ([][]string, error) {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = -1
	return reader.ReadAll()
}

// Made holds our ids by the data set's numbers.
type Made struct {
	Calendar, Measure, Year         string
	Plans                           map[string]string
	Payees, Positions, Months, plan map[string]string // plan: of each rep, the plan's number
}

// Make makes everything but the sales and the plan assignments: calendar,
// crediting, products, plans, and the reps with their places and quotas.
func Make(ctx context.Context, c Client, dir string) (*Made, error) {
	m := &Made{
		Plans: map[string]string{}, Payees: map[string]string{}, Positions: map[string]string{}, Months: map[string]string{}, plan: map[string]string{},
	}
	for _, step := range []func(context.Context, Client, string) error{m.basics, m.periods, m.plans, m.reps, m.quotas} {
		if err := step(ctx, c, dir); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Made) basics(ctx context.Context, c Client, _ string) (err error) {
	m.Calendar, err = c.create(ctx, "createFiscalCalendar", "CreateFiscalCalendarInput", "calendar", map[string]any{"externalId": "FISCAL", "name": "Fiscal"})
	if err != nil {
		return err
	}
	m.Measure, err = c.create(ctx, "createMeasure", "CreateMeasureInput", "measure", map[string]any{"key": "OWN", "name": "Own", "value": "AMOUNT"})
	if err != nil {
		return err
	}
	var types struct {
		CreditTypes struct{ Nodes []struct{ ID string } }
	}
	if err := c.Do(ctx, c.Admin, `{ creditTypes { nodes { id } } }`, nil, &types); err != nil {
		return err
	}
	_, err = c.create(ctx, "createCreditingRule", "CreateCreditingRuleInput", "rule", map[string]any{
		"key": "DIRECT", "name": "Sellers", "creditKind": "DIRECT", "creditTypeId": types.CreditTypes.Nodes[0].ID, "receivers": "SELLERS",
	})
	if err != nil {
		return err
	}
	var products []any
	for i := 1; i <= 20; i++ {
		products = append(products, map[string]any{"externalId": fmt.Sprintf("P%02d", i), "name": fmt.Sprintf("Product %d", i)})
	}
	return c.Do(ctx, c.Admin, `mutation($p: [ProductInput!]!) { createProducts(input: {products: $p}) { userErrors { path message } } }`,
		map[string]any{"p": products}, nil)
}

func (m *Made) periods(ctx context.Context, c Client, _ string) error {
	err := c.Do(ctx, c.Admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2026}) { userErrors { path message } } }`,
		map[string]any{"c": m.Calendar}, nil)
	if err != nil {
		return err
	}
	var answer struct {
		Year, Months struct{ Nodes []struct{ ID string } }
	}
	err = c.Do(ctx, c.Admin, `query($c: ID!) {
		year: periods(where: {calendarId: {eq: $c}, types: [YEAR]}) { nodes { id } }
		months: periods(first: 12, where: {calendarId: {eq: $c}, types: [MONTH]}) { nodes { id } }
	}`, map[string]any{"c": m.Calendar}, &answer)
	if err != nil {
		return err
	}
	m.Year = answer.Year.Nodes[0].ID
	for i, month := range answer.Months.Nodes {
		m.Months[fmt.Sprint(i+1)] = month.ID
	}
	return nil
}

func (m *Made) reps(ctx context.Context, c Client, dir string) error {
	rows, err := Read(dir, "rep.csv")
	if err != nil {
		return err
	}
	for _, row := range rows {
		own := map[string]any{}
		if row[3] != "" {
			own["parentId"] = m.Positions[row[3]]
		}
		var hired struct {
			CreatePayee struct{ Payee, Position struct{ ID string } }
		}
		err := c.Do(ctx, c.Admin, `mutation($i: CreatePayeeInput!) { createPayee(input: $i) { payee { id } position { id } userErrors { path message } } }`,
			map[string]any{"i": map[string]any{
				"externalId": row[0], "name": row[1], "currency": Currency, "ownPosition": own,
				"attributes": []any{map[string]any{"name": Region, "value": row[6]}},
			}}, &hired)
		if err != nil {
			return err
		}
		m.Payees[row[0]], m.Positions[row[0]], m.plan[row[0]] = hired.CreatePayee.Payee.ID, hired.CreatePayee.Position.ID, row[5]
	}
	return nil
}

// atOnce is how many requests are under way together.
const atOnce = 2

// Assign gives each rep its plan.
func (m *Made) Assign(ctx context.Context, c Client) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for rep, payee := range m.Payees {
		group.Go(func() error {
			return c.Do(ctx, c.Admin, `mutation($i: AssignPlanInput!) { assignPlan(input: $i) { userErrors { path message } } }`, map[string]any{"i": map[string]any{
				"externalId": rep, "planId": m.Plans[m.plan[rep]], "payeeId": payee, "startDate": "2026-01-01",
			}}, nil)
		})
	}
	return group.Wait()
}

func (m *Made) quotas(ctx context.Context, c Client, dir string) error {
	rows, err := Read(dir, "quota.csv")
	if err != nil {
		return err
	}
	for len(rows) > 0 {
		n := min(250, len(rows))
		batch := make([]any, n)
		for i, row := range rows[:n] {
			batch[i] = map[string]any{"positionId": m.Positions[row[0]], "measureId": m.Measure, "periodId": m.Months[row[1]], "amount": row[2]}
		}
		err := c.Do(ctx, c.Admin, `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path message } } }`, map[string]any{"q": batch}, nil)
		if err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
