package service

import (
	"context"
	"slices"
	"strings"

	"spm/calc"
	"spm/model"
)

// PlanVersionImpact is what payees would have earned in some periods with a plan
// version in force, beside what they do earn.
type PlanVersionImpact struct {
	VersionID  model.ID
	Sequence   int64 // the read point that both are of
	PeriodIDs  []model.ID
	Payees     []*PayeeImpact   // a page, by external id
	ImpactSums                  // of the page
	Problems   []*ImpactProblem // of the page
	TotalCount int              // payees in all
	PageInfo   *model.PageInfo
}

// PayeeImpact is what one payee would have earned.
type PayeeImpact struct {
	PayeeID model.ID
	Change  ImpactChange
	Lines   []*ImpactLine
	Totals  []*ImpactTotal
}

// ImpactChange is how somebody comes off.
type ImpactChange string

// How payees come off.
const (
	ImpactGains ImpactChange = "GAINS"
	ImpactLoses ImpactChange = "LOSES"
	ImpactStays ImpactChange = "STAYS"
)

// ImpactLine is what a component would have earned a payee in a period.
type ImpactLine struct {
	PeriodID      model.ID
	PositionID    model.ID
	PlanID        model.ID
	ComponentKey  string
	ComponentName string
	Now           *model.Money // nil where there is no such earning
	Then          *model.Money
	Difference    model.Money // then - now
}

// ImpactTotal is a sum in one currency.
type ImpactTotal struct {
	Now        model.Money
	Then       model.Money
	Difference model.Money
}

// ImpactProblem is what could not be calculated.
type ImpactProblem struct {
	model.Problem
	Then bool // with the version in force; false: as it is
}

// The bounds of an impact: what is asked for, and what that comes to.
const (
	maxImpactPeriods = 12
	maxImpactPayouts = 100
)

// PlanVersionImpact calculates, in memory, what a page of those who have the plan,
// and of those whose pay depends on theirs, earn in the periods and in the payout
// periods within them, as things are and with the version in force on its days:
// published versions of the plan before it end where it begins, and what else it
// overlaps gives way. nil where the version is not to be seen. Only who reaches
// all rows may ask.
func (s *Service) PlanVersionImpact(ctx context.Context, scope model.Scope, id model.ID, periods []model.ID, page model.PageArgs) (*PlanVersionImpact, error) {
	if len(periods) == 0 || len(periods) > maxImpactPeriods {
		return nil, model.Errorf(model.BadUserInput, "periodIds has 1 to %d periods", maxImpactPeriods)
	}
	found, err := s.Store.PlanVersionsByID(ctx, scope, []model.ID{id})
	if err != nil || found[id] == nil || !scope.Reach.All {
		return nil, err
	}
	now, book, err := s.engine(ctx, scope.Tenant, scope.Read)
	if err != nil {
		return nil, err
	}
	changed := inForce(book, found[id])
	then, err := calc.NewEngine(*changed)
	if err != nil {
		return nil, err
	}
	out := &PlanVersionImpact{VersionID: id, Sequence: scope.Read.Sequence}
	if out.PeriodIDs, err = payoutsWithin(periods, then); err != nil {
		return nil, err
	}
	payees := affected(book, then, found[id].PlanID, out.PeriodIDs)
	out.TotalCount = len(payees)
	if payees, out.PageInfo, err = cutPayees(payees, page); err != nil {
		return nil, err
	}
	shows := func(line *ImpactLine) bool {
		return line.PlanID == found[id].PlanID || !line.Difference.Amount.IsZero()
	}
	out.Payees, out.Problems, err = s.compareAll(ctx, &comparison{scope: scope, now: now, then: then, periods: out.PeriodIDs, shows: shows}, payees)
	out.ImpactSums = sumOf(out.Payees)
	return out, err
}

// inForce gives the book with the version published on its days.
func inForce(book *calc.Book, v *model.PlanVersion) *calc.Book {
	out := *book
	out.Versions = make([]model.PlanVersion, 0, len(book.Versions)+1)
	for i := range book.Versions {
		other := book.Versions[i]
		switch {
		case other.ID == v.ID:
			continue
		case other.PlanID != v.PlanID || !other.Pays() || !other.Days.Overlaps(v.Days):
		case other.Days.From < v.Days.From:
			other.Days.To = v.Days.From
		case other.Days.To > v.Days.To:
			other.Days.From = v.Days.To
		default:
			continue
		}
		out.Versions = append(out.Versions, other)
	}
	own := *v
	if !own.Pays() {
		own.State = model.VersionPublished
	}
	out.Versions = append(out.Versions, own)
	return &out
}

// affected lists who has the plan in the periods, or had, and whose pay depends
// on theirs, by external id.
func affected(book *calc.Book, engine *calc.Engine, plan model.ID, periods []model.ID) []model.Payee {
	last := model.MinDate
	for _, period := range periods {
		last = max(last, engine.Window(period).To)
	}
	has := map[model.ID]bool{}
	for i := range book.PlanAssignments {
		if a := &book.PlanAssignments[i]; a.PlanID == plan && a.Days.From < last {
			holdersOf(book, a, last, has)
		}
	}
	for next := has; engine.Interdependent() && len(next) > 0; {
		more := map[model.ID]bool{}
		for payee := range next {
			for _, period := range periods {
				for _, reader := range engine.Dependents(payee, period) {
					if !has[reader.Payee] {
						more[reader.Payee] = true
					}
				}
			}
		}
		for payee := range more {
			has[payee] = true
		}
		next = more
	}
	var out []model.Payee
	for _, p := range book.Payees {
		if has[p.ID] {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b model.Payee) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	return out
}

// holdersOf adds whom an assignment gives its plan to before a day.
func holdersOf(book *calc.Book, a *model.PlanAssignment, last model.Date, has map[model.ID]bool) {
	if a.PayeeID != nil {
		has[*a.PayeeID] = true
		return
	}
	spans := map[model.ID][]model.Interval{}
	for i := range book.Positions {
		p := &book.Positions[i]
		if a.PositionID != nil && *a.PositionID == p.ID {
			spans[p.ID] = []model.Interval{a.Days}
		}
		for _, span := range p.TitleSpans() {
			if a.TitleID != nil && *a.TitleID == span.Title && span.Days.Overlaps(a.Days) {
				spans[p.ID] = append(spans[p.ID], span.Days.Intersect(a.Days))
			}
		}
	}
	for i := range book.Seats {
		seat := &book.Seats[i]
		if seat.Days.From < last && slices.ContainsFunc(spans[seat.PositionID], seat.Days.Overlaps) {
			has[seat.PayeeID] = true
		}
	}
}
