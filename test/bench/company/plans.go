package company

import (
	"context"
	"fmt"
)

// plans makes the rate tables and the plans, rounded line by line to four
// decimals, and publishes them.
func (m *Made) plans(ctx context.Context, c Client, dir string) error {
	tables, err := rateTables(ctx, c, dir)
	if err != nil {
		return err
	}
	components, err := m.components(dir, tables)
	if err != nil {
		return err
	}
	plans, err := Read(dir, "plan.csv")
	if err != nil {
		return err
	}
	for _, row := range plans {
		plan, err := c.create(ctx, "createPlan", "CreatePlanInput", "plan", map[string]any{"externalId": row[0], "name": row[1]})
		if err != nil {
			return err
		}
		version, err := c.create(ctx, "createPlanVersion", "CreatePlanVersionInput", "planVersion", map[string]any{
			"planId": plan, "number": 1, "startDate": "2026-01-01", "currency": Currency, "calendarId": m.Calendar, "components": components[row[0]],
			"rules": map[string]any{"roundStage": "LINE", "roundScale": 4},
		})
		if err != nil {
			return err
		}
		if err := publish(ctx, c, version); err != nil {
			return err
		}
		m.Plans[row[0]] = plan
	}
	return nil
}

func publish(ctx context.Context, c Client, version string) error {
	for step, one := range []struct{ token, mutation, input string }{
		{c.Admin, "submitPlanVersion", "SubmitPlanVersionInput"},
		{c.Finance, "approvePlanVersion", "ApprovePlanVersionInput"},
		{c.Finance, "publishPlanVersion", "PublishPlanVersionInput"},
	} {
		document := fmt.Sprintf(`mutation($i: %s!) { %s(input: $i) { userErrors { path message } } }`, one.input, one.mutation)
		if err := c.Do(ctx, one.token, document, map[string]any{"i": map[string]any{"id": version, "ifVersion": step + 1}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// rateTables makes one for each component with tiers, and gives their ids by
// the component.
func rateTables(ctx context.Context, c Client, dir string) (map[string]string, error) {
	rows, err := Read(dir, "tier.csv")
	if err != nil {
		return nil, err
	}
	tiers := map[string][]any{}
	for _, row := range rows {
		tier := map[string]any{"from": row[2], "cell": row[4]}
		if row[3] != "" {
			tier["to"] = row[3]
		}
		tiers[row[0]] = append(tiers[row[0]], tier)
	}
	tables := map[string]string{}
	for component, rows := range tiers {
		tables[component], err = c.create(ctx, "createRateTable", "CreateRateTableInput", "rateTable", map[string]any{
			"key": component, "name": component, "version": map[string]any{"dimension": "ATTAINMENT", "rows": rows},
		})
		if err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// ComponentKey is the key of a component of the data set.
func ComponentKey(number string) string { return "c" + number }

// components gives each plan's components: id, plan_id, name, kind, product,
// rate, threshold, bonus and cap are a row's fields.
func (m *Made) components(dir string, tables map[string]string) (map[string][]any, error) {
	rows, err := Read(dir, "component.csv")
	if err != nil {
		return nil, err
	}
	components := map[string][]any{}
	for _, row := range rows {
		one := map[string]any{"key": ComponentKey(row[0]), "name": row[2], "measureId": m.Measure, "payout": "MONTH", "earningCode": row[0]}
		switch row[3] {
		case "flat":
			one["rateKind"], one["rate"] = "RATE_ON_VALUE", row[5]
			if row[4] != "" {
				one["condition"] = fmt.Sprintf("product == %q", row[4])
			}
		case "marginal":
			one["rateKind"], one["rateTableId"], one["tierMode"] = "TIERED", tables[row[0]], "MARGINAL"
		case "retro":
			one["rateKind"], one["rateTableId"], one["tierMode"] = "TIERED", tables[row[0]], "RETROACTIVE"
		case "bonus":
			one["rateKind"], one["bonusLevels"], one["bonus"] = "BONUS", "HIGHEST", []any{map[string]any{"at": row[6], "amount": row[7]}}
		default:
			return nil, fmt.Errorf("component %s has the kind %s, which is not known here", row[0], row[3])
		}
		if row[8] != "" {
			one["adjustments"] = []any{map[string]any{"kind": "CAP", "name": "at most", "over": "COMPONENT", "amount": row[8]}}
		}
		components[row[1]] = append(components[row[1]], one)
	}
	return components, nil
}
