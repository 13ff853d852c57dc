package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/service/plantext"
)

// PlanSection is a part of how a plan works, in sentences.
type PlanSection = plantext.Section

// HowItWorks tells how a plan version works, from its data, with what its
// parameters are for a payee on a day; nil where the version, or the payee, is
// not to be seen.
func (s *Service) HowItWorks(ctx context.Context, scope model.Scope, id model.ID, payee *model.ID, day model.Date) ([]*PlanSection, error) {
	found, err := s.Store.PlanVersionsByID(ctx, scope, []model.ID{id})
	if err != nil || found[id] == nil {
		return nil, err
	}
	v := found[id]
	keys, err := textKeys(ctx, s.Store, scope, v)
	if err != nil {
		return nil, err
	}
	known := plantext.Known{Key: keys.of, Name: keys.called}
	if payee != nil {
		if seen, err := s.Store.PayeesByID(ctx, scope, []model.ID{*payee}); err != nil || seen[*payee] == nil {
			return nil, err
		}
		if known.Values, err = s.parametersFor(ctx, scope, v, *payee, day); err != nil {
			return nil, err
		}
	}
	if known.Examples, err = s.examples(ctx, scope, v); err != nil {
		return nil, err
	}
	text := plantext.Of(keys.plan(v.PlanID), v)
	text.RateTables = keys.tablesOn(v.RateTableIDs(), v.Days.From)
	return plantext.How(text, known), nil
}

// called names what an id points at, for people.
func (k *keyring) called(id model.ID) string {
	switch {
	case k.measures[id] != nil:
		return k.measures[id].Name
	case k.teams[id] != nil:
		return k.teams[id].Name
	case k.tables[id] != nil:
		return k.tables[id].Name
	}
	return k.of(id)
}

// parametersFor tells what each parameter is for a payee on a day, in each of the
// positions that they hold.
func (s *Service) parametersFor(ctx context.Context, scope model.Scope, v *model.PlanVersion, payee model.ID, day model.Date) (map[string][]string, error) {
	all := model.Unbounded(scope.Tenant, scope.Read)
	_, book, err := s.engine(ctx, scope.Tenant, scope.Read)
	if err != nil {
		return nil, err
	}
	payees, err := s.Store.PayeesByID(ctx, all, []model.ID{payee})
	if err != nil || payees[payee] == nil {
		return nil, err
	}
	out := map[string][]string{}
	for i := range book.Seats {
		seat := &book.Seats[i]
		if seat.PayeeID != payee || !seat.Days.Contains(day) {
			continue
		}
		for _, p := range v.Parameters {
			if value := valueFor(book, v, p.Key, payee, seat.PositionID, day); value != nil {
				out[p.Key] = append(out[p.Key], fmt.Sprintf("For %s it is %s on %s.", payees[payee].Name, value.Value.Normalize(), day))
			}
		}
	}
	for key, sentences := range out {
		out[key] = slices.Compact(sentences)
	}
	return out, nil
}

// valueFor gives the most specific value of a parameter, nil where only the
// default holds.
func valueFor(book *calc.Book, v *model.PlanVersion, key string, payee, position model.ID, day model.Date) *model.ParameterValue {
	var title *model.ID
	for i := range book.Positions {
		if book.Positions[i].ID == position {
			if slice := book.Positions[i].On(day); slice != nil {
				title = slice.TitleID
			}
		}
	}
	var best *model.ParameterValue
	rank := map[model.ParameterLevel]int{model.LevelPlan: 1, model.LevelTitle: 2, model.LevelPosition: 3, model.LevelPayee: 4}
	for i := range book.Parameters {
		value := &book.Parameters[i]
		holder := value.Holder()
		mine := holder == v.PlanID || holder == payee || holder == position || title != nil && holder == *title
		if value.PlanID == v.PlanID && value.Key == key && value.Days.Contains(day) && mine && (best == nil || rank[value.Level()] > rank[best.Level()]) {
			best = value
		}
	}
	return best
}

// What is sold in an example, and the quota of it.
var (
	exampleQuota = decimal.NewFromInt(100_000)
	exampleSale  = decimal.NewFromInt(120_000)
)

// examples works out, by the engine, what components pay for a round sale against
// a round quota: those that pay a rate or tiers of the amount that is sold, in
// the first period that lies in the version's days.
func (s *Service) examples(ctx context.Context, scope model.Scope, v *model.PlanVersion) (map[string]string, error) {
	if v.Rules.Eligibility != "" {
		return nil, nil
	}
	book, err := workedBook(ctx, s.Store, model.Unbounded(scope.Tenant, scope.Read), v)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for i := range v.Components {
		if sentence := example(book, v, &v.Components[i]); sentence != "" {
			out[v.Components[i].Key] = sentence
		}
	}
	return out, nil
}

// example tells what one component pays, "" where there is no plain one.
func example(book *calc.Book, v *model.PlanVersion, c *model.Component) string {
	plain := c.RateKind == model.RateOnValue || c.RateKind == model.RateTiered
	at := slices.IndexFunc(book.Measures, func(m model.Measure) bool { return m.ID == c.MeasureID })
	if !plain || at < 0 || c.Condition != "" || c.Eligibility != "" || c.StartDate != nil || c.EndDate != nil || c.LookedUpByID != nil || c.MeasurementWindow() != c.Payout {
		return ""
	}
	if m := &book.Measures[at]; m.OfValues() || m.OfActivities() || m.Value != model.ValueAmount || m.Condition != "" || len(m.CreditTypeIDs) > 0 || len(m.CreditKinds) > 0 {
		return ""
	}
	var period *model.Period
	for i := range book.Periods {
		p := &book.Periods[i]
		within := p.CalendarID == v.CalendarID && p.Type == c.Payout && p.Days.From >= v.Days.From && p.Days.To <= v.Days.To
		if within && (period == nil || p.Days.From < period.Days.From) {
			period = p
		}
	}
	if period == nil {
		return ""
	}
	test := &model.PlanTest{
		Quotas: []model.PlanTestQuota{{MeasureID: c.MeasureID, Period: period.Name, Amount: exampleQuota}},
		Facts:  []model.PlanTestFact{{Date: period.Days.From, Amount: exampleSale}},
	}
	staff, facts := staffed(book, v, test)
	engine, err := calc.NewEngine(*staff)
	if err != nil {
		return ""
	}
	result := engine.Calculate(staff.Payees[0].ID, period.ID, facts)
	for i := range result.Earnings {
		if e := &result.Earnings[i]; e.Key == c.Key && e.Why != model.WhyProblem {
			return fmt.Sprintf("For example, a sale of 120,000 %s in %s against a quota of 100,000 pays %s %s%s.", v.Currency, period.Name, plantext.Grouped(e.Amount), e.Amount.Currency, rateParts(e))
		}
	}
	return ""
}

// rateParts tells of which parts an earning is the sum: "" where they are not all
// of it, as under a cap.
func rateParts(e *calc.Earning) string {
	var parts []string
	sum := decimal.Zero
	var find func(n *model.ExplanationNode)
	find = func(n *model.ExplanationNode) {
		slices := n.Kind == model.TraceSlice || n.Kind == model.TraceLine && len(n.Children) == 0
		if slices && n.Value != nil && n.Rate != nil {
			parts, sum = append(parts, plantext.Percent(*n.Rate)+" of "+plantext.Grouped(model.Money{Amount: *n.Value})), sum.Add(n.Amount)
		}
		for _, child := range n.Children {
			find(child)
		}
	}
	find(e.Trace.Explain())
	if len(parts) == 0 || !sum.Equal(e.Amount.Amount) {
		return ""
	}
	return ": " + strings.Join(parts, ", and ")
}
