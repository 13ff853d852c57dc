package service

import (
	"context"
	"maps"
	"slices"

	"spm/calc"
	"spm/model"
)

// Explain turns an earning's kept trace into its tree and recomputes the
// amount from it.
func Explain(e *model.Earning, kept *model.FlatTrace) *model.Explanation {
	trace := unflatten(kept)
	out := &model.Explanation{Format: int(kept.Format), Root: trace.Explain()}
	if recomputed, err := calc.Verify(trace); err == nil {
		out.Recomputed = recomputed
		out.Verified = recomputed.Equal(e.Amount.Amount)
	}
	return out
}

// Lines gives the lines of an earning from its kept trace.
func Lines(e *model.Earning, kept *model.FlatTrace) []*model.EarningLine {
	lines := unflatten(kept).Lines()
	out := make([]*model.EarningLine, len(lines))
	for i, line := range lines {
		out[i] = &model.EarningLine{
			Number: i + 1, Measured: line.Measured, Exact: line.Exact,
			Amount: model.Money{Amount: line.Amount, Currency: e.Amount.Currency},
		}
		out[i].CreditID, out[i].ActivityID = calc.Cited(line.Credit)
	}
	return out
}

// HideOthers leaves out of an earning's explanation what the reader may not see:
// what payees have earned below an override's owner, of which the sums by level
// stay; and what the payee has earned in positions that are not the reader's to
// see, where caps, floors or the rounding act on all that the payee earns.
func (s *Service) HideOthers(ctx context.Context, scope model.Scope, earning *model.Earning, e *model.Explanation) error {
	if scope.Reach.All {
		return nil
	}
	if err := s.hideElsewhere(ctx, scope, earning, e); err != nil {
		return err
	}
	naming := map[string][]*model.ExplanationNode{}
	var find func(*model.ExplanationNode)
	find = func(n *model.ExplanationNode) {
		for _, child := range n.Children {
			if payee, is := calc.PayeeOf(child.Label); is && n.Kind == model.TraceEarned {
				naming[payee] = append(naming[payee], child)
			}
			find(child)
		}
	}
	find(e.Root)
	if len(naming) == 0 {
		return nil
	}
	seen, err := s.Store.PayeesByKey(ctx, scope, slices.Collect(maps.Keys(naming)))
	if err != nil {
		return err
	}
	for _, payee := range seen {
		delete(naming, payee.ExternalID)
	}
	for _, nodes := range naming {
		for _, n := range nodes {
			n.Label, n.Value, n.Children = "somebody whom you may not see", nil, nil
		}
	}
	return nil
}

// hideElsewhere hides what the payee has earned in other positions from who may
// not see all that the payee has earned in the period.
func (s *Service) hideElsewhere(ctx context.Context, scope model.Scope, earning *model.Earning, e *model.Explanation) error {
	var over []*model.ExplanationNode
	var find func(*model.ExplanationNode)
	find = func(n *model.ExplanationNode) {
		if slices.ContainsFunc(n.Children, func(child *model.ExplanationNode) bool {
			return child.Kind == model.TraceInput && calc.ThisEarning(child.Label)
		}) {
			over = append(over, n)
		}
		for _, child := range n.Children {
			find(child)
		}
	}
	find(e.Root)
	if payee := earning.PayeeID.UUID(); len(over) == 0 || scope.Reach.Payee != nil && *scope.Reach.Payee == payee {
		return nil
	}
	where := &model.EarningWhere{PayeeID: &model.IDFilter{Eq: &earning.PayeeID}, PeriodID: &model.IDFilter{Eq: &earning.PeriodID}}
	seen, err := s.Store.Earnings(ctx, scope, where)
	if err != nil {
		return err
	}
	all, err := s.Store.Earnings(ctx, model.Unbounded(scope.Tenant, scope.Read), where)
	if err != nil || len(seen) == len(all) {
		return err
	}
	for _, n := range over {
		for _, child := range n.Children {
			switch {
			case child.Kind == model.TraceInput && !calc.ThisEarning(child.Label):
				child.Label, child.Value = "an earning that you may not see", nil
			case calc.OverEarnings(child.Label):
				child.Value = nil
			}
		}
	}
	return nil
}
