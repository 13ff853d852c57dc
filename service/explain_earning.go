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

// HideOthers leaves out of an explanation what payees have earned whom the
// reader may not see: an override's owner need not see those below. The sums by
// level stay.
func (s *Service) HideOthers(ctx context.Context, scope model.Scope, e *model.Explanation) error {
	if scope.Reach.All {
		return nil
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
