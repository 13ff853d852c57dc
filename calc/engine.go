package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// EngineVersion names the rules of this engine; a run keeps it. It changes
// whenever the same book and facts could give other bytes.
const EngineVersion = "5"

// Engine calculates earnings by one Book. It is immutable and safe for
// concurrent use; its answers depend on what the book says, not on the order
// of its slices.
type Engine struct{ index }

// NewEngine indexes a book. Rows that contradict each other are an error: two
// of one id or key, a reference to a row that is not there. A plan that cannot
// be calculated is not: its earnings get a problem.
func NewEngine(book Book) (*Engine, error) {
	x, err := newIndex(&book)
	if err != nil {
		return nil, err
	}
	return &Engine{*x}, nil
}

// ReadsActivities tells whether some measure is of activities: without one they
// need not be among the facts.
func (e *Engine) ReadsActivities() bool { return e.activities }

// Periods gives the payout periods that the days bear on, themselves or through
// a measurement window, of each type and calendar that a component assigned to
// the payee uses: what a change of the payee's facts on those days makes dirty. A seat once held
// keeps its periods after its end, for late reversals, while the plan is
// assigned to it. They are ordered by the calendar's external id, first day,
// and length, the shortest first.
func (e *Engine) Periods(payee model.ID, days model.Interval) []model.ID {
	node := e.hierarchy.payee(&payee)
	if node == nil || days.Empty() {
		return nil
	}
	var found []*model.Period
	for _, all := range e.periodsOf {
		for _, p := range all {
			if len(e.settled[p.ID]) > 0 && e.reach(p).Overlaps(days) && len(e.courses(node, p)) > 0 {
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(a, b *model.Period) int {
		return cmp.Or(strings.Compare(e.calendars[a.CalendarID].ExternalID, e.calendars[b.CalendarID].ExternalID), comparePeriods(a, b))
	})
	return idsOf(found)
}

// Reaching gives the payout periods that the days bear on, themselves or through a
// measurement window, whoever uses them, in no order.
func (e *Engine) Reaching(days model.Interval) []model.ID {
	var found []model.ID
	for id, reach := range e.reaches {
		if reach.Overlaps(days) {
			found = append(found, id)
		}
	}
	return found
}

// Window gives the days whose credits a calculation of the period reads: from
// the first day of the longest window that it settles to its own last day; no
// days where the book has no such period.
func (e *Engine) Window(period model.ID) model.Interval {
	if p := e.periods[period]; p != nil {
		return e.reach(p)
	}
	return model.Interval{}
}

// PayoutPeriodsWithin gives the periods of the period's calendar that are in it,
// itself included: what a run over it calculates. A shorter one is in the one in
// which its last day lies. They are ordered by first day, the shortest first.
func (e *Engine) PayoutPeriodsWithin(period model.ID) []model.ID {
	whole := e.periods[period]
	if whole == nil {
		return nil
	}
	var within []*model.Period
	for _, p := range e.periodsOf[whole.CalendarID] {
		if !p.Type.LongerThan(whole.Type) && whole.Days.Contains(p.Days.Last()) {
			within = append(within, p)
		}
	}
	return idsOf(within)
}

// PayPeriods gives the open pay periods of all calendars, by their end and the
// calendar's external id, and for each the payout periods that belong to it: those
// of its calendar whose last day lies in it.
func (e *Engine) PayPeriods() ([]*model.Period, map[model.ID][]*model.Period) {
	var out []*model.Period
	within := map[model.ID][]*model.Period{}
	for calendar, all := range e.periodsOf {
		kind := e.calendars[calendar].PayPeriodGiven()
		for _, p := range all {
			if p.Type != kind || !p.IsOpen() {
				continue
			}
			out = append(out, p)
			for _, payout := range all {
				if len(e.settled[payout.ID]) > 0 && p.Days.Contains(payout.Days.Last()) {
					within[p.ID] = append(within[p.ID], payout)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b *model.Period) int {
		return cmp.Or(cmp.Compare(a.Days.To, b.Days.To), strings.Compare(e.calendars[a.CalendarID].ExternalID, e.calendars[b.CalendarID].ExternalID), comparePeriods(a, b))
	})
	return out, within
}

// Uses tells whether a plan pays the payee in a payout period.
func (e *Engine) Uses(payee, period model.ID) bool {
	node, p := e.hierarchy.payee(&payee), e.periods[period]
	if node == nil || p == nil || len(e.settled[period]) == 0 {
		return false
	}
	for _, co := range e.courses(node, p) {
		for i := range co.spans {
			for _, l := range co.spans[i].legs {
				if l.seated && l.days.Overlaps(p.Days) {
					return true
				}
			}
		}
	}
	return false
}

// Open tells whether a period's results still change.
func (e *Engine) Open(period model.ID) bool {
	p := e.periods[period]
	return p != nil && p.IsOpen()
}

// Period gives a period of the book, nil where there is none.
func (e *Engine) Period(id model.ID) *model.Period { return e.periods[id] }

// Watches tells whether ledgers must know the deals behind some component's
// earnings.
func (e *Engine) Watches() bool { return len(e.watching) > 0 }

// Promises tells whether some version has guarantees or draws.
func (e *Engine) Promises() bool { return e.promising }

func idsOf(periods []*model.Period) []model.ID {
	ids := make([]model.ID, len(periods))
	for i, p := range periods {
		ids[i] = p.ID
	}
	return ids
}

// Calculate gives what the payee earned in the period: an earning for each
// position that they held, plan that was assigned to it and component with
// that payout period. Of the credits it reads those of the payee in the
// period's window, in any order; the others may be there.
//
// A credit counts on a day on which the payee held its position, the plan was
// assigned and a version of it was in force; a reversal also after the payee
// has left the position. It never panics and never fails: what cannot be
// calculated is a problem of its own component, whose earning is 0.
//
// Of other payees, whom overrides on earnings and pools read, and whose totals go
// on in a position, it knows nothing: that takes a Run.
func (e *Engine) Calculate(payee, period model.ID, credits []CreditFact) Result {
	return e.Begin(Alone{}).Calculate(payee, period, credits)
}

// results works out all courses, rounds those of a statement together, and holds
// what they earn to the caps and floors over them.
func (c *calculation) results() Result {
	out := Result{Earnings: make([]Earning, 0, len(c.courses))}
	for i := range c.courses {
		c.turnTo(c.courses[i].position)
		r := c.outcome(i)
		if r.earning == nil {
			continue
		}
		out.Earnings = append(out.Earnings, *r.earning)
		last := &out.Earnings[len(out.Earnings)-1]
		last.Trace = last.Trace.packed()
		if r.fault != nil {
			out.Problems = append(out.Problems, problem(r.earning, r.fault))
		}
	}
	c.state(&out)
	c.together(&out)
	return out
}

// outcome is what a course came to.
type outcome struct {
	begun, done bool
	by          *calculation
	circular    bool // it depends on itself
	earning     *Earning
	fault       *fault
}

// outcome gives what a course comes to, worked out when first asked: so that a
// component which reads another's earning finds it, in whatever order they
// stand. Components that wait for each other are at fault.
func (c *calculation) outcome(i int) *outcome {
	r := &c.outcomes[i]
	switch {
	case r.done:
	case r.begun:
		c.run.circle(func(o *outcome) bool { return o == r })
		return &outcome{fault: faultf(model.ProblemCycle, "the earning of %s depends on itself", c.courses[i].key)}
	default:
		r.begun, r.by = true, c
		c.run.waiting = append(c.run.waiting, r)
		r.earning, r.fault = c.earn(&c.courses[i])
		c.run.waiting = c.run.waiting[:len(c.run.waiting)-1]
		r.done = true
	}
	return r
}

// courseNamed finds the course of a component beside another one, -1 where
// there is none.
func (c *calculation) courseNamed(beside *course, key string) int {
	return slices.IndexFunc(c.courses, func(co course) bool {
		return co.key == key && co.position == beside.position && co.plan == beside.plan
	})
}

// calculation is one call of Calculate.
type calculation struct {
	*index
	run      *Run
	of       *Payee
	payee    *payeeNode
	period   *model.Period
	within   model.Interval // the days that are read
	position *positionNode  // whose facts and columns are at hand
	place    *place
	facts    []*CreditFact // of the position, on those days, in order
	first    int           // of them, among those of the place
	row      CreditRow
	courses  []course
	outcomes []outcome
	capped   map[*course]map[stepKey]capStep // what caps over components have met
	then     map[model.ID]*calculation       // of earlier periods
	sold     map[soldKey]*soldThen           // how sales of earlier windows were paid that are returned
	others   map[model.ID]*calculation       // of who had a position before
	due      map[*course]decimal.Decimal     // what each has earned by its statement, where a version rounds statements
	met      map[capKey]capMet               // by caps over plans and payee; nil before they are asked
}

// fault is why a component of a payee could not be calculated.
type fault struct {
	code   model.ProblemCode
	detail string
}

func faultf(code model.ProblemCode, format string, args ...any) *fault {
	return &fault{code, fmt.Sprintf(format, args...)}
}

func problem(e *Earning, f *fault) model.Problem {
	return model.Problem{
		ID:           model.UUIDs(model.KindProblem, e.Payee.UUID(), e.Position.UUID(), e.Period.UUID(), e.Component.UUID()),
		PayeeID:      e.Payee,
		PositionID:   e.Position,
		PeriodID:     e.Period,
		ComponentID:  e.Component,
		ComponentKey: e.Key,
		Code:         f.code,
		Detail:       f.detail,
	}
}
