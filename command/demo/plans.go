package demo

import (
	"context"
	"errors"
	"fmt"
)

// planned is a plan with what it says and who has it.
type planned struct {
	key, name  string
	components func(l *Loader) []any
	titles     []string
	position   string // whose holder has it
}

var plans = []planned{
	{key: "AE", name: "Account executives", titles: []string{titleAE}, components: func(l *Loader) []any {
		return []any{
			map[string]any{
				"key": "commission", "name": "Commission", "measureId": l.id("measures", "OWN"), "payout": "QUARTER",
				"rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": l.id("rateTables", "AE-TIERS"), "earningCode": "COMM",
			},
			map[string]any{
				"key": "bonus", "name": "Over-achievement bonus", "measureId": l.id("measures", "OWN"), "payout": "QUARTER",
				"rateKind": "BONUS", "bonusLevels": "HIGHEST", "earningCode": "BONUS",
				"bonus": []any{map[string]any{"at": "1.1", "amount": "1500"}, map[string]any{"at": "1.3", "amount": "4000"}},
			},
			map[string]any{
				"key": "services", "name": "Services attached", "measureId": l.id("measures", "SERVICES"), "payout": "QUARTER",
				"rateKind": "RATE_ON_VALUE", "rate": "0.01", "earningCode": "COMM",
			},
		}
	}},
	{key: "AM", name: "Account managers", titles: []string{titleAM}, components: func(l *Loader) []any {
		return []any{map[string]any{
			"key": "commission", "name": "Commission", "measureId": l.id("measures", "OWN"), "payout": "MONTH",
			"rateKind": "RATE_ON_VALUE", "rate": "0.022", "earningCode": "COMM",
		}}
	}},
	{key: "MANAGER", name: "Sales managers", titles: []string{titleManager}, components: func(l *Loader) []any {
		return []any{
			map[string]any{
				"key": "team", "name": "Team commission", "measureId": l.id("measures", "TEAM"), "payout": "QUARTER",
				"rateKind": "RATE_ON_VALUE", "rate": "0.006", "earningCode": "COMM",
			},
			map[string]any{
				"key": "kicker", "name": "Team kicker", "measureId": l.id("measures", "TEAM"), "payout": "QUARTER",
				"rateKind": "TIERED", "tierMode": "RETROACTIVE", "rateTableId": l.id("rateTables", "KICKER"), "earningCode": "BONUS",
			},
		}
	}},
	{key: "LEADER", name: "Sales leadership", titles: []string{titleDirector}, position: "VP", components: func(l *Loader) []any {
		return []any{
			map[string]any{
				"key": "team", "name": "Region commission", "measureId": l.id("measures", "TEAM"), "payout": "QUARTER",
				"rateKind": "RATE_ON_VALUE", "rate": "0.0012", "earningCode": "COMM",
			},
			map[string]any{
				"key": "goal", "name": "Goal bonus", "measureId": l.id("measures", "TEAM"), "payout": "QUARTER",
				"rateKind": "BONUS", "bonusLevels": "HIGHEST", "earningCode": "BONUS",
				"bonus": []any{map[string]any{"at": "1", "amount": "5000"}, map[string]any{"at": "1.1", "amount": "9000"}},
			},
		}
	}},
}

func (l *Loader) plans(ctx context.Context) (string, error) {
	for list, key := range map[string]string{"measures": "key", "rateTables": "key", "plans": "externalId", "planAssignments": "externalId"} {
		if _, err := l.known(ctx, list, key); err != nil {
			return "", err
		}
	}
	if err := l.vocabulary(ctx); err != nil {
		return "", err
	}
	quotas, err := l.quotas(ctx)
	if err != nil {
		return "", err
	}
	for _, p := range plans {
		if err := l.plan(ctx, p); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d plans, approved by another; %d quotas", len(plans), quotas), nil
}

// vocabulary makes what plans refer to.
func (l *Loader) vocabulary(ctx context.Context) error {
	for _, measure := range []map[string]any{
		{"key": "OWN", "name": "Own sales", "creditKinds": []string{"DIRECT"}, "value": "AMOUNT"},
		{"key": "SERVICES", "name": "Own sales of services", "creditKinds": []string{"DIRECT"}, "value": "AMOUNT", "condition": `productIn("SERVICES")`},
		{"key": "TEAM", "name": "Sales of everybody below", "creditKinds": []string{"ROLLUP"}, "value": "AMOUNT"},
	} {
		if err := l.make(ctx, "measures", measure["key"].(string), "createMeasure", "measure", measure); err != nil {
			return err
		}
	}
	row := func(from, to, cell string) any {
		one := map[string]any{"cell": cell, "from": from}
		if to != "" {
			one["to"] = to
		}
		return one
	}
	for _, table := range []map[string]any{
		{"key": "AE-TIERS", "name": "5% to quota, 7.5% to 130%, 10% above", "version": map[string]any{
			"dimension": "ATTAINMENT", "rows": []any{row("0", "1", "0.05"), row("1", "1.3", "0.075"), row("1.3", "", "0.1")},
		}},
		{"key": "KICKER", "name": "0.4% on all at quota, 0.8% at 115%", "version": map[string]any{
			"dimension": "ATTAINMENT", "rows": []any{row("0", "1", "0"), row("1", "1.15", "0.004"), row("1.15", "", "0.008")},
		}},
	} {
		if err := l.make(ctx, "rateTables", table["key"].(string), "createRateTable", "rateTable", table); err != nil {
			return err
		}
	}
	return nil
}

// quotas sets a quota per position and quarter.
func (l *Loader) quotas(ctx context.Context) (int, error) {
	var all []any
	for _, p := range l.company.positions {
		measure := "TEAM"
		if p.title == titleAE {
			measure = "OWN"
		}
		for quarter := 1; quarter <= 4; quarter++ {
			if amount := l.company.quota(p, quarter); amount > 0 {
				all = append(all, map[string]any{
					"positionId": l.id("positions", p.key), "measureId": l.id("measures", measure),
					"periodId": l.id("periods", quarterName(quarter)), "amount": fmt.Sprint(amount),
				})
			}
		}
	}
	for _, batch := range batches(all, 250) {
		err := l.api.do(ctx, admin, "", `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path code message } } }`, map[string]any{"q": batch}, nil)
		if err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// plan writes a plan, takes its version through review by somebody else, and
// gives it to those who have it.
func (l *Loader) plan(ctx context.Context, p planned) error {
	if err := l.make(ctx, "plans", p.key, "createPlan", "plan", map[string]any{"externalId": p.key, "name": p.name}); err != nil {
		return err
	}
	if err := l.publish(ctx, p); err != nil {
		return fmt.Errorf("plan %s: %w", p.key, err)
	}
	for _, title := range p.titles {
		if err := l.assign(ctx, p.key+" to "+title, p.key, "titleId", l.id("titles", title)); err != nil {
			return err
		}
	}
	if p.position != "" {
		holder := l.company.holder(p.position, firstOfYear)
		return l.assign(ctx, p.key+" to "+holder, p.key, "payeeId", l.id("payees", holder))
	}
	return nil
}

const firstOfYear = "2026-01-01"

func (l *Loader) assign(ctx context.Context, key, plan, to, id string) error {
	return l.make(ctx, "planAssignments", key, "assignPlan", "planAssignment", map[string]any{
		"externalId": key, "planId": l.id("plans", plan), to: id, "startDate": firstOfYear,
	})
}

// publish takes the plan's version from where it stands to PUBLISHED.
func (l *Loader) publish(ctx context.Context, p planned) error {
	for again := 0; ; {
		id, version, state, err := l.standing(ctx, p)
		if err != nil {
			return err
		}
		var mutation string
		as := finance
		switch state {
		case "DRAFT":
			as, mutation = admin, "submitPlanVersion"
		case "IN_REVIEW":
			mutation = "approvePlanVersion"
		case "APPROVED":
			mutation = "publishPlanVersion"
		case "":
			err := l.api.do(ctx, admin, "demo "+p.key, `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { userErrors { path code message } } }`, map[string]any{"i": map[string]any{
				"planId": l.id("plans", p.key), "number": 1, "startDate": firstOfYear, "currency": "USD",
				"calendarId": l.id("calendars", calendarKey), "components": p.components(l),
			}}, nil)
			if err != nil {
				return err
			}
			continue
		default:
			return nil
		}
		document := fmt.Sprintf("mutation($id: ID!, $v: Int!) { %s(input: {id: $id, ifVersion: $v}) { userErrors { path code message } } }", mutation)
		err = l.api.do(ctx, as, "", document, map[string]any{"id": id, "v": version}, nil)
		var refused *refusal
		switch {
		case err == nil:
		case errors.As(err, &refused) && refused.conflict && again < maxTries:
			again++ // on a slow machine the step before may not be readable yet
		default:
			return err
		}
	}
}

// standing is where the plan's first version stands; "" where there is none.
func (l *Loader) standing(ctx context.Context, p planned) (id string, version int, state string, err error) {
	var answer struct {
		PlanVersions struct {
			Nodes []struct {
				ID      string
				Version int
				State   string
			}
		}
	}
	err = l.api.do(ctx, admin, "", `query($p: ID!) { planVersions(first: 1, where: {planId: {eq: $p}}) { nodes { id version state } } }`, map[string]any{"p": l.id("plans", p.key)}, &answer)
	if err != nil || len(answer.PlanVersions.Nodes) == 0 {
		return "", 0, "", err
	}
	first := answer.PlanVersions.Nodes[0]
	return first.ID, first.Version, first.State, nil
}
