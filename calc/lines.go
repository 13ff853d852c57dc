package calc

import "spm/model"

// lines notes credits that lie at one rate, each as line does.
func (w *worksheet) lines(s *stage, all []posting, t *tier) *fault {
	if len(s.component.onLines) > 0 || s.component.version.Currency != w.pay {
		for _, p := range all {
			if fault := w.line(s, p, t); fault != nil {
				return fault
			}
		}
		return nil
	}
	rate, term := w.rateOf(t), int32(-1)
	for i := range all {
		p := &all[i]
		c := p.cell
		if c.form != formSmall || c.step != nil || c.absent || c.uncut != nil || c.credit == 0 || rate.wide != nil {
			if fault := w.line(s, *p, t); fault != nil {
				return fault
			}
			continue
		}
		value := number{units: c.units, exp: c.value.Exponent()}
		exact := value.times(rate).quantised()
		if !exact.fits() {
			return faultf(model.ProblemOverflow, "the amount of a line is out of bounds")
		}
		if term < 0 {
			term = w.trace.rated(rateKey{t, nil, ""})
		}
		w.trace.line(term, c.credit, value, exact)
		exact.appendTo(&w.exact)
	}
	return nil
}

// line appends the node of a credit at one rate.
func (t *tracer) line(term int32, credit int64, value, amount number) {
	t.Kinds = append(t.Kinds, NodeLine)
	t.Parents = append(t.Parents, 0)
	t.Term = append(t.Term, term)
	t.Credits = append(t.Credits, credit)
	value.appendTo(&t.Values)
	amount.appendTo(&t.Amounts)
}
