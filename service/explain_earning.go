package service

import (
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
		if line.Credit != 0 {
			id := model.IntID(model.KindCredit, line.Credit)
			out[i].CreditID = &id
		}
	}
	return out
}
