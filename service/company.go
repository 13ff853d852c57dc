package service

import (
	"context"
	"slices"

	"spm/calc"
	"spm/model"
)

// company tells a calculation of other payees: of those that the task does not
// calculate what readers see, and of all their credits. The first error stays.
type company struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one call of calculate
	s     *Service
	t     task
	scope model.Scope
	own   map[model.PayeePeriod]bool // what the task calculates
	err   error
}

func (s *Service) company(ctx context.Context, t task) *company {
	c := &company{ctx: ctx, s: s, t: t, scope: model.Unbounded(t.tenant, t.at)}
	if t.engine.Interdependent() {
		c.own = make(map[model.PayeePeriod]bool, len(t.pairs))
		for _, pair := range t.pairs {
			c.own[pair] = true
		}
	}
	return c
}

// Credits reads credits and activities.
func (c *company) Credits(payees []model.ID, days model.Interval) []calc.CreditFact {
	if c.err != nil || len(payees) == 0 {
		return nil
	}
	found, err := c.s.facts(c.ctx, c.t, payees, days)
	c.err = err
	var out []calc.CreditFact
	for _, facts := range found {
		out = append(out, calcFacts(facts)...)
	}
	return out
}

// Earned reads what readers see.
func (c *company) Earned(payees []model.ID, period model.ID) map[model.ID][]calc.Earned {
	payees = slices.DeleteFunc(slices.Clone(payees), func(payee model.ID) bool {
		return c.own[model.PayeePeriod{Payee: payee, Period: period}]
	})
	if c.err != nil || len(payees) == 0 {
		return nil
	}
	if !c.t.engine.Open(period) {
		return c.restated(payees, period)
	}
	found, err := c.s.Store.Earnings(c.ctx, c.scope, &model.EarningWhere{PayeeID: &model.IDFilter{In: payees}, PeriodID: &model.IDFilter{Eq: &period}})
	if err != nil {
		c.err = err
		return nil
	}
	out := make(map[model.ID][]calc.Earned, len(payees))
	for _, payee := range payees {
		out[payee] = nil
	}
	for _, e := range found {
		out[e.PayeeID] = append(out[e.PayeeID], calc.Earned{
			Position: e.PositionID, Plan: e.PlanID, Key: e.ComponentKey, Amount: e.Amount, Failed: e.Why == model.WhyProblem,
		})
	}
	return out
}

// restated reads what closed earnings would be by what is known now.
func (c *company) restated(payees []model.ID, period model.ID) map[model.ID][]calc.Earned {
	pairs, err := c.s.Store.RestatedRuns(c.ctx, c.scope, payees, period)
	if err != nil {
		c.err = err
		return nil
	}
	results, err := c.s.Store.EarnedOf(c.ctx, c.scope, pairs)
	if err != nil {
		c.err = err
		return nil
	}
	out := make(map[model.ID][]calc.Earned, len(payees))
	for _, payee := range payees {
		out[payee] = nil
	}
	for _, r := range results {
		out[r.PayeeID] = append(out[r.PayeeID], calc.Earned{
			Position: r.PositionID, Plan: r.PlanID, Key: r.ComponentKey, Amount: r.Amount, Failed: r.Why == model.WhyProblem,
		})
	}
	return out
}
