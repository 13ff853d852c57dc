package calc

import (
	"slices"

	"spm/model"
)

// Payee is a payee of a run with their credits laid out, so that any number
// of periods can be calculated without finding and sorting the credits again.
type Payee struct {
	*index
	run     *Run
	node    *payeeNode // nil: not in the book
	cited   *keyring
	places  []*place
	steps   map[fxStepKey]*fxStep
	scratch *scratch
	plain   bool // nothing is computed in machine words; in tests alone
}

// place is what a payee was credited with in one position, in the one order of
// facts, with what each fact adds to the measures that have been asked for.
type place struct {
	position model.ID
	facts    []*CreditFact
	columns  []*column
}

// Payee lays out a payee's credits. Of those given it reads the payee's own, in
// any order; the others may be there. It keeps pointers to them.
func (r *Run) Payee(payee model.ID, credits []CreditFact) *Payee {
	p := &Payee{index: r.index, run: r, node: r.hierarchy.payee(&payee), cited: newKeyring(r.index, credits)}
	if p.node == nil {
		return p
	}
	p.scratch = scratches.Get().(*scratch)
	p.scratch.facts = slices.Grow(p.scratch.facts[:0], len(credits))
	var last *place
	var same *model.ID // the payee's, as the last credit says it
	for i := range credits {
		c := &credits[i].Credit
		if c.PayeeID == nil || c.PayeeID != same && *c.PayeeID != payee {
			continue
		}
		same = c.PayeeID
		if last == nil || last.position != c.PositionID {
			if last = p.placeOf(c.PositionID); last == nil {
				last = &place{position: c.PositionID}
				if len(p.places) == 0 {
					last.facts = p.scratch.facts
				}
				p.places = append(p.places, last)
			}
		}
		last.facts = append(last.facts, &credits[i])
	}
	if len(p.places) > 0 {
		p.scratch.facts = p.places[0].facts
	}
	for _, all := range p.places {
		slices.SortFunc(all.facts, p.compareFacts)
	}
	return p
}

// placeOf gives what the payee was credited with in a position, nil for nothing.
func (p *Payee) placeOf(position model.ID) *place {
	for _, all := range p.places {
		if all.position == position {
			return all
		}
	}
	return nil
}

// Calculate gives what the payee earned in the period, as Engine.Calculate does.
func (p *Payee) Calculate(period model.ID) Result {
	at := p.periods[period]
	if p.node == nil || at == nil {
		return Result{}
	}
	pair := model.PayeePeriod{Payee: p.node.id, Period: period}
	c := p.run.begun[pair]
	if c == nil {
		used := p.scratch.used
		defer func() { p.scratch.used = used }()
		p.forget(at)
		c = p.begin(at)
	}
	out := c.results()
	delete(p.run.begun, pair)
	circular := slices.ContainsFunc(out.Problems, func(p model.Problem) bool { return p.Code == model.ProblemCycle })
	if p.reading != nil && !(circular && p.capping[at.CalendarID]) { // those are found to be in a circle by whoever asks
		p.run.known[pair] = earnedOf(out.Earnings)
	}
	if c.of != p {
		c.of.Free()
	}
	for _, other := range c.others {
		other.of.Free()
	}
	return out
}

// begin begins the calculation of a period.
func (p *Payee) begin(period *model.Period) *calculation {
	c := p.calculation(period)
	c.courses = p.courses(p.node, period)
	c.outcomes = make([]outcome, len(c.courses))
	p.run.begun[model.PayeePeriod{Payee: p.node.id, Period: period.ID}] = c
	return c
}

func (p *Payee) calculation(period *model.Period) *calculation {
	return &calculation{index: p.index, run: p.run, of: p, payee: p.node, period: period, within: p.reach(period)}
}

// turnTo lays out the facts of a position.
func (c *calculation) turnTo(position *positionNode) {
	if c.position == position {
		return
	}
	c.position, c.facts, c.first = position, nil, 0
	if c.place = c.of.placeOf(position.id); c.place == nil {
		c.place = &place{}
	}
	all := c.place.facts
	c.first = onOrAfter(all, c.within.From)
	c.facts = all[c.first:max(c.first, onOrAfter(all, c.within.To))]
}

// forget gives back the columns that are good in other periods alone.
func (p *Payee) forget(period *model.Period) {
	for _, all := range p.places {
		all.columns = slices.DeleteFunc(all.columns, func(col *column) bool {
			stale := col.period != nil && col.period != period
			if stale {
				p.scratch.cells = append(p.scratch.cells, col.cells)
			}
			return stale
		})
	}
}

// onOrAfter finds the first of ordered facts on or after a day.
func onOrAfter(facts []*CreditFact, day model.Date) int {
	i, _ := slices.BinarySearchFunc(facts, day, func(f *CreditFact, day model.Date) int { return int(f.Credit.Date) - int(day) })
	return i
}
