package service

import (
	"bytes"
	"encoding/json"

	"spm/calc"
	"spm/model"
)

// flatten turns an earning into the row that is kept of it.
func flatten(run model.ID, e *calc.Earning) model.Result {
	r := model.Result{
		RunID: run, PayeeID: e.Payee, PeriodID: e.Period, PositionID: e.Position, ComponentID: e.Component, PlanID: e.Plan,
		PlanVersionID: e.Version, ComponentKey: e.Key, ComponentName: e.Name, EarningCode: e.EarningCode, Amount: e.Amount,
		Measure: e.Measure, Quota: e.Quota, Attainment: e.Attainment, Why: e.Why, Provisional: e.Provisional,
		Attains: e.Attains, Next: e.Next, LineCredits: e.Trace.LineCredits(), GoesBack: e.GoesBack,
		Trace: model.FlatTrace{
			Format: e.Trace.Format, Parents: e.Trace.Parents, Terms: e.Trace.Term, Amounts: e.Trace.Amounts,
			Values: e.Trace.Values, Credits: e.Trace.Credits, Paid: e.Trace.Paid,
		},
	}
	r.Trace.Kinds = make([]int16, len(e.Trace.Kinds))
	for i, kind := range e.Trace.Kinds {
		r.Trace.Kinds[i] = int16(kind)
	}
	for _, term := range e.Trace.Terms {
		r.Trace.TermLabel = append(r.Trace.TermLabel, term.Label)
		r.Trace.TermRate = append(r.Trace.TermRate, term.Rate)
		r.Trace.TermFrom = append(r.Trace.TermFrom, term.From)
		r.Trace.TermTo = append(r.Trace.TermTo, term.To)
		r.Trace.TermFX = append(r.Trace.TermFX, term.FX)
		r.Trace.TermStep = append(r.Trace.TermStep, term.Step)
	}
	return r
}

// unflatten gives calc's trace of a kept row.
func unflatten(f *model.FlatTrace) calc.Trace {
	t := calc.Trace{
		Format: f.Format, Parents: f.Parents, Term: f.Terms, Amounts: f.Amounts, Values: f.Values, Credits: f.Credits, Paid: f.Paid,
		Kinds: make([]calc.NodeKind, len(f.Kinds)), Terms: make([]calc.Term, len(f.TermLabel)),
	}
	for i, kind := range f.Kinds {
		t.Kinds[i] = calc.NodeKind(kind)
	}
	for i := range f.TermLabel {
		t.Terms[i] = calc.Term{
			Label: f.TermLabel[i], Rate: f.TermRate[i], From: f.TermFrom[i], To: f.TermTo[i], FX: f.TermFX[i], Step: f.TermStep[i],
		}
	}
	return t
}

// jsonEqual compares two documents by what is kept of them.
func jsonEqual(a, b any) bool {
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	other, err := json.Marshal(b)
	return err == nil && bytes.Equal(one, other)
}
