package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// PlanVersionImpact is what payees would have earned in some periods with a plan
// version in force, beside what they do earn.
type PlanVersionImpact struct {
	VersionID  model.ID
	Sequence   int64 // the read point that both are of
	PeriodIDs  []model.ID
	Payees     []*PayeeImpact // a page, by external id
	Totals     []*ImpactTotal // of the page, by currency
	Gain       int            // payees of the page
	Lose       int
	Stay       int
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
	out := &PlanVersionImpact{VersionID: id, Sequence: scope.Read.Sequence, PageInfo: &model.PageInfo{}}
	for _, period := range periods {
		for _, within := range then.PayoutPeriodsWithin(period) {
			if !slices.Contains(out.PeriodIDs, within) {
				out.PeriodIDs = append(out.PeriodIDs, within)
			}
		}
	}
	if len(out.PeriodIDs) > maxImpactPayouts {
		return nil, model.Errorf(model.BadUserInput, "the periods have %d payout periods within them, over %d: ask for shorter ones", len(out.PeriodIDs), maxImpactPayouts)
	}
	payees := affected(book, then, found[id].PlanID, out.PeriodIDs)
	if payees, err = out.cut(payees, page); err != nil {
		return nil, err
	}
	for chunk := range slices.Chunk(payees, chunkPayees) {
		if err := s.compare(ctx, scope, found[id].PlanID, out, now, then, chunk); err != nil {
			return nil, err
		}
	}
	out.sum()
	return out, nil
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

// cut keeps the page's payees.
func (p *PlanVersionImpact) cut(payees []model.Payee, page model.PageArgs) ([]model.Payee, error) {
	p.TotalCount = len(payees)
	size := or(page.First, model.DefaultPage)
	if size < 0 || size > model.MaxPage {
		return nil, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", model.MaxPage)
	}
	from := 0
	if page.After != nil {
		id, err := model.ParseID(string(*page.After))
		at := slices.IndexFunc(payees, func(p model.Payee) bool { return p.ID == id })
		if err != nil || at < 0 {
			return nil, model.Errorf(model.BadUserInput, "not a cursor of this list")
		}
		from = at + 1
	}
	to := min(from+size, len(payees))
	p.PageInfo.HasPreviousPage, p.PageInfo.HasNextPage = from > 0, to < len(payees)
	if payees = payees[from:to]; len(payees) > 0 {
		start, end := model.Cursor(payees[0].ID.String()), model.Cursor(payees[len(payees)-1].ID.String())
		p.PageInfo.StartCursor, p.PageInfo.EndCursor = &start, &end
	}
	return payees, nil
}

// everyone is a company whose members are all calculated, none read as readers
// see them.
type everyone struct{ *company }

// Earned knows nobody's.
func (everyone) Earned([]model.ID, model.ID) map[model.ID][]calc.Earned { return nil }

type impactKey struct {
	payee, period, position, plan model.ID
	component                     string
}

// compare calculates some payees both ways.
func (s *Service) compare(ctx context.Context, scope model.Scope, plan model.ID, out *PlanVersionImpact, now, then *calc.Engine, payees []model.Payee) error {
	lines, order := map[impactKey]*ImpactLine{}, []impactKey{}
	for _, engine := range []*calc.Engine{now, then} {
		var pairs []model.PayeePeriod
		for i := range payees {
			for _, period := range out.PeriodIDs {
				pairs = append(pairs, model.PayeePeriod{Payee: payees[i].ID, Period: period})
			}
		}
		pairs = inOrder(engine, pairs)
		t := task{tenant: scope.Tenant, at: scope.Read, engine: engine, pairs: pairs}
		others := s.company(ctx, t)
		earned, _, err := s.earn(ctx, t, engine.Begin(everyone{others}), groupByPayee(pairs))
		if err = cmp.Or(others.err, err); err != nil {
			return err
		}
		for i := range earned.results {
			r := &earned.results[i]
			key := impactKey{r.PayeeID, r.PeriodID, r.PositionID, r.PlanID, r.ComponentKey}
			line := lines[key]
			if line == nil {
				line = &ImpactLine{
					PeriodID: r.PeriodID, PositionID: r.PositionID, PlanID: r.PlanID, ComponentKey: r.ComponentKey, ComponentName: r.ComponentName,
					Difference: model.Money{Currency: r.Amount.Currency},
				}
				lines[key], order = line, append(order, key)
			}
			if engine == now {
				line.Now, line.Difference.Amount = &r.Amount, line.Difference.Amount.Sub(r.Amount.Amount)
			} else {
				line.Then, line.Difference.Amount, line.ComponentName = &r.Amount, line.Difference.Amount.Add(r.Amount.Amount), r.ComponentName
			}
		}
		for _, p := range earned.problems {
			out.Problems = append(out.Problems, &ImpactProblem{p, engine == then})
		}
	}
	for i := range payees {
		own := &PayeeImpact{PayeeID: payees[i].ID, Lines: []*ImpactLine{}}
		for _, key := range order {
			if line := lines[key]; key.payee == payees[i].ID && (key.plan == plan || !line.Difference.Amount.IsZero()) {
				own.Lines = append(own.Lines, line)
			}
		}
		places := map[model.ID]int{}
		for at, period := range out.PeriodIDs {
			places[period] = at
		}
		slices.SortStableFunc(own.Lines, func(a, b *ImpactLine) int {
			return cmp.Or(cmp.Compare(places[a.PeriodID], places[b.PeriodID]), strings.Compare(a.ComponentKey, b.ComponentKey))
		})
		out.Payees = append(out.Payees, own)
	}
	return nil
}

// sum fills in the totals of each payee and of the page. Who earns less in some
// currency loses.
func (p *PlanVersionImpact) sum() {
	p.Totals = []*ImpactTotal{}
	for _, own := range p.Payees {
		own.Totals, own.Change = []*ImpactTotal{}, ImpactStays
		for _, line := range own.Lines {
			own.Totals = add(own.Totals, line)
			p.Totals = add(p.Totals, line)
		}
		for _, total := range own.Totals {
			switch total.Difference.Amount.Sign() {
			case -1:
				own.Change = ImpactLoses
			case 1:
				if own.Change == ImpactStays {
					own.Change = ImpactGains
				}
			}
		}
		switch own.Change {
		case ImpactGains:
			p.Gain++
		case ImpactLoses:
			p.Lose++
		default:
			p.Stay++
		}
	}
}

func add(totals []*ImpactTotal, line *ImpactLine) []*ImpactTotal {
	at := slices.IndexFunc(totals, func(t *ImpactTotal) bool { return t.Now.Currency == line.Difference.Currency })
	if at < 0 {
		none := model.Money{Amount: decimal.Zero, Currency: line.Difference.Currency}
		at, totals = len(totals), append(totals, &ImpactTotal{none, none, none})
	}
	t := totals[at]
	if line.Now != nil {
		t.Now.Amount = t.Now.Amount.Add(line.Now.Amount)
	}
	if line.Then != nil {
		t.Then.Amount = t.Then.Amount.Add(line.Then.Amount)
	}
	t.Difference.Amount = t.Difference.Amount.Add(line.Difference.Amount)
	return totals
}
