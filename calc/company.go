package calc

import (
	"slices"

	"spm/model"
)

// Company is what a calculation asks of payees other than the one in hand:
// overrides on earnings and pools depend on them. Its answers are of the same
// moment as the engine's book and the credits in hand.
type Company interface {
	// Credits gives the credits of the payees on the days, in any order; there may
	// be others.
	Credits(payees []model.ID, days model.Interval) []CreditFact
	// Earned gives what the payees have earned in the period, for those of whom that
	// is known already; the others are calculated.
	Earned(payees []model.ID, period model.ID) map[model.ID][]Earned
}

// Earned is what other payees' components read of an earning.
type Earned struct {
	Position model.ID
	Plan     model.ID
	Key      string
	Amount   model.Money
	Failed   bool // it has a problem
}

// Alone is a Company in which nobody else has a credit.
type Alone struct{}

// Credits gives none.
func (Alone) Credits([]model.ID, model.Interval) []CreditFact { return nil }

// Earned knows nothing.
func (Alone) Earned([]model.ID, model.ID) map[model.ID][]Earned { return nil }

// Run calculates payees of one company, and keeps what several of them read.
// It is for one goroutine.
type Run struct {
	*index
	company Company
	known   map[model.PayeePeriod][]Earned
	begun   map[model.PayeePeriod]*calculation // asked for, or in part by those who read it
	pools   map[poolKey]*pool
	waiting []*outcome // for one another, in order
}

// Begin begins a run.
func (e *Engine) Begin(company Company) *Run {
	return &Run{index: &e.index, company: company, known: map[model.PayeePeriod][]Earned{}, begun: map[model.PayeePeriod]*calculation{}, pools: map[poolKey]*pool{}}
}

// Calculate is Engine.Calculate in the company of others.
func (r *Run) Calculate(payee, period model.ID, credits []CreditFact) Result {
	p := r.Payee(payee, credits)
	defer p.Free()
	return p.Calculate(period)
}

func earnedOf(all []Earning) []Earned {
	out := make([]Earned, len(all))
	for i := range all {
		e := &all[i]
		out[i] = Earned{Position: e.Position, Plan: e.Plan, Key: e.Key, Amount: e.Amount, Failed: e.Why == model.WhyProblem}
	}
	return out
}

// earned gives what a component has earned somebody in a period, and whether it
// has earned anything at all. It has failed also where it waits for who asks.
// Of a payee who is not known it works out that component alone: another one of
// theirs may wait for who asks.
func (r *Run) earned(payee *payeeNode, period *model.Period, co *course) (Earned, bool) {
	pair := model.PayeePeriod{Payee: payee.id, Period: period.ID}
	c, credits := r.begun[pair], func() []CreditFact { return r.company.Credits([]model.ID{payee.id}, r.reach(period)) }
	all, known := r.known[pair]
	if c == nil && !known && r.capping[period.CalendarID] { // caps over all that is earned: a part of it does not say what is earned in the end
		all, known = earnedOf(r.Calculate(payee.id, period.ID, credits()).Earnings), true
	}
	if known && c == nil {
		i := slices.IndexFunc(all, func(e Earned) bool {
			return e.Position == co.position.id && e.Plan == co.plan.ID && e.Key == co.key
		})
		if i < 0 {
			return Earned{}, false
		}
		return all[i], true
	}
	if c == nil {
		c = r.Payee(payee.id, credits()).begin(period)
	}
	return c.earned(co)
}

// learn asks what is known of the earnings of payees in a period. Those with a
// problem are calculated: they may be in a circle with who asks.
func (r *Run) learn(payees []*payeeNode, period *model.Period) {
	var ids []model.ID
	for _, payee := range payees {
		pair := model.PayeePeriod{Payee: payee.id, Period: period.ID}
		if _, known := r.known[pair]; !known && r.begun[pair] == nil {
			ids = append(ids, payee.id)
		}
	}
	if len(ids) == 0 {
		return
	}
	for payee, earned := range r.company.Earned(ids, period.ID) {
		if !slices.ContainsFunc(earned, func(e Earned) bool { return e.Failed }) {
			r.known[model.PayeePeriod{Payee: payee, Period: period.ID}] = earned
		}
	}
}

// earned gives what a course comes to in the midst of a calculation.
func (c *calculation) earned(co *course) (Earned, bool) {
	i := slices.IndexFunc(c.courses, func(other course) bool {
		return other.position == co.position && other.plan == co.plan && other.key == co.key
	})
	if i < 0 {
		return Earned{}, false
	}
	if c.capping[c.period.CalendarID] { // what it earns in the end waits for all that it earns
		c.run.circle(func(o *outcome) bool { return o.by == c })
		return Earned{Failed: true}, true
	}
	position := c.position // another one may be at hand
	c.turnTo(c.courses[i].position)
	r := c.outcome(i)
	if position != nil {
		c.turnTo(position)
	}
	switch {
	case r.fault != nil:
		return Earned{Failed: true}, true
	case r.earning == nil:
		return Earned{}, false
	}
	return earnedOf([]Earning{*r.earning})[0], true
}

// circle notes that all those that have waited since one that waits for them
// began depend on themselves.
func (r *Run) circle(begun func(*outcome) bool) {
	first := slices.IndexFunc(r.waiting, begun)
	for i := first; i >= 0 && i < len(r.waiting); i++ {
		r.waiting[i].circular = true
	}
}

// circular tells whether what is being worked out depends on itself.
func (r *Run) circular() bool { return r.waiting[len(r.waiting)-1].circular }

// failedOf is the fault of who reads an earning that has a problem: of one that
// waits for who reads it, they depend on themselves.
func (r *Run) failedOf(payee *payeeNode, co *course) *fault {
	if r.circular() {
		return faultf(model.ProblemCycle, "it depends on itself through %s of payee %s", co.key, payee.externalID)
	}
	return faultf(model.ProblemDependsOn, "the earning of %s by payee %s has a problem", co.key, payee.externalID)
}
