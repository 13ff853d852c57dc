package service

import (
	"context"
	"slices"
	"strings"

	"spm/calc"
	"spm/model"
)

// SimulateInput is a what-if: changes, in their order, and the periods to
// calculate with them.
type SimulateInput struct {
	Changes     []*SimulatedChangeInput // 1 to 50
	PeriodIds   []*model.ID             // the schema's field is periodIds
	OnlyChanged *bool                   // list only payees of whom some earning would be another
}

// SimulatedChangeInput is one change, of the set-up or of the facts.
type SimulatedChangeInput struct {
	PlanVersionID         *model.ID // in force on its days
	Quota                 *QuotaInput
	RateTable             *SimulatedRateTableInput
	AssignPlan            *AssignPlanInput
	EndPlanAssignment     *SimulatedEndInput
	AssignPosition        *AssignPositionInput
	EndPositionAssignment *SimulatedEndInput
	Parameter             *ParameterValueInput
	Credit                *SimulatedCreditInput
	Deal                  *TransactionInput // that nobody has made
}

// SimulatedRateTableInput is what a rate table would say from a day on.
type SimulatedRateTableInput struct {
	ID      model.ID
	Version RateTableVersionInput
}

// SimulatedEndInput is when an assignment, of a plan or a position, would end.
type SimulatedEndInput struct {
	ID      model.ID
	EndDate *model.Date
}

// Simulation is what the company would earn in some periods with changes, beside
// what it does earn.
type Simulation struct {
	Sequence     int64 // the read point that both are of
	PeriodIDs    []model.ID
	Payees       []*PayeeImpact   // a page, by external id
	ImpactSums                    // of all payees
	Problems     []*ImpactProblem // of the page
	ProblemCount int              // of all payees, of both sides
	TotalCount   int              // payees that are listed in all
	PageInfo     *model.PageInfo
	UserErrors   []*model.UserError
}

// maxSimulated bounds the changes of one what-if.
const maxSimulated = 50

// Simulate calculates, in memory, what everybody earns in the periods and in the
// payout periods within them, as things are and with the changes made. Only who
// reaches all rows may ask; nil for others.
func (s *Service) Simulate(ctx context.Context, scope model.Scope, input SimulateInput, page model.PageArgs) (*Simulation, error) {
	if !scope.Reach.All {
		return nil, nil
	}
	if size := or(page.First, model.DefaultPage); size < 0 || size > model.MaxPage {
		return nil, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", model.MaxPage)
	}
	now, book, err := s.engine(ctx, scope.Tenant, scope.Read)
	if err != nil {
		return nil, err
	}
	out := &Simulation{Sequence: scope.Read.Sequence, PeriodIDs: []model.ID{}, Payees: []*PayeeImpact{}, Problems: []*ImpactProblem{}, PageInfo: &model.PageInfo{}}
	changed, err := s.changed(ctx, scope, book, input)
	if err != nil {
		return nil, err
	}
	if out.UserErrors = changed.errs; len(changed.errs) > 0 {
		return out, nil
	}
	out.UserErrors = []*model.UserError{}
	then, err := calc.NewEngine(changed.book)
	if err != nil {
		return nil, err
	}
	if out.PeriodIDs, err = payoutsWithin(values(input.PeriodIds), now, then); err != nil {
		return nil, err
	}
	memory, err := s.snapshot(ctx, scope, book, out.PeriodIDs)
	if err != nil {
		return nil, err
	}
	defer s.Snapshots.fit()
	return out, s.simulate(ctx, &comparison{memory: memory, scope: scope, now: now, then: then, facts: &changed.facts, periods: out.PeriodIDs}, book, or(input.OnlyChanged, false), page, out)
}

// simulate sums up everybody, and then lists the payees of the page.
func (s *Service) simulate(ctx context.Context, c *comparison, book *calc.Book, onlyChanged bool, page model.PageArgs, out *Simulation) error {
	payees := slices.Clone(book.Payees)
	slices.SortFunc(payees, func(a, b model.Payee) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	out.Totals = []*ImpactTotal{}
	var listed []model.Payee
	at := 0
	err := s.compareChunks(ctx, c, payees, func(some []*PayeeImpact, problems []*ImpactProblem) {
		for _, p := range some {
			out.take(p)
			if !onlyChanged || p.differs() {
				listed = append(listed, payees[at])
			}
			at++
		}
		out.ProblemCount += len(problems)
	})
	if err != nil {
		return err
	}
	out.TotalCount = len(listed)
	if listed, out.PageInfo, err = cutPayees(listed, page); err != nil {
		return err
	}
	out.Payees, out.Problems, err = s.compareAll(ctx, c, listed)
	return err
}

// changed gives the set-up and the facts with the changes made, in their order.
func (s *Service) changed(ctx context.Context, scope model.Scope, book *calc.Book, input SimulateInput) (*whatIf, error) {
	out := &whatIf{s: s, scope: scope, book: *book}
	checkSimulated(&out.errs, book, input)
	for i := 0; i < len(input.Changes) && len(out.errs) == 0; i++ { // what comes after a mistake may build on it
		if err := out.change(ctx, indexed("input.changes", i), input.Changes[i]); err != nil {
			return nil, err
		}
	}
	if len(out.errs) == 0 {
		if err := out.creditAnew(ctx); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func checkSimulated(errs *model.UserErrors, book *calc.Book, input SimulateInput) {
	switch n := len(input.Changes); {
	case n == 0:
		errs.Add(model.UserRequired, "input.changes", "give at least one change")
	case n > maxSimulated:
		errs.Add(model.UserTooMany, "input.changes", "at most %d changes at a time", maxSimulated)
	}
	switch n := len(input.PeriodIds); {
	case n == 0:
		errs.Add(model.UserRequired, "input.periodIds", "give at least one period")
	case n > maxImpactPeriods:
		errs.Add(model.UserTooMany, "input.periodIds", "at most %d periods at a time", maxImpactPeriods)
	}
	periods := byID(book.Periods, func(p *model.Period) model.ID { return p.ID })
	for i, id := range input.PeriodIds {
		needed(errs, indexed("input.periodIds", i), id, periods)
	}
}

// change makes one change in the book, which shares what is not changed with
// others, or of the facts.
func (w *whatIf) change(ctx context.Context, path string, c *SimulatedChangeInput) error {
	book, errs := &w.book, &w.errs
	switch {
	case c.PlanVersionID != nil:
		found, err := w.s.Store.PlanVersionsByID(ctx, w.scope, ids(c.PlanVersionID))
		if v := needed(errs, path+".planVersionId", c.PlanVersionID, found); err == nil && v != nil {
			*book = *inForce(book, v)
		}
		return err
	case c.Quota != nil:
		return simulateQuota(book, errs, path+".quota", c.Quota)
	case c.RateTable != nil:
		return w.s.simulateRateTable(ctx, w.scope, book, errs, path+".rateTable", c.RateTable)
	case c.AssignPlan != nil:
		return simulatePlan(book, errs, path+".assignPlan", c.AssignPlan)
	case c.AssignPosition != nil:
		return w.assignPosition(path+".assignPosition", c.AssignPosition)
	case c.EndPositionAssignment != nil:
		w.endSeat(path+".endPositionAssignment", c.EndPositionAssignment)
		return nil
	case c.Parameter != nil:
		return simulateParameter(book, errs, path+".parameter", c.Parameter)
	case c.Credit != nil:
		return w.credit(ctx, path+".credit", c.Credit)
	case c.Deal != nil:
		return w.deal(ctx, path+".deal", c.Deal)
	default:
		simulatePlanEnd(book, errs, path+".endPlanAssignment", c.EndPlanAssignment)
		return nil
	}
}

// simulateQuota sets a quota as setQuotas does.
func simulateQuota(book *calc.Book, errs *model.UserErrors, path string, given *QuotaInput) error {
	refs := &quotaRefs{
		positions: byID(book.Positions, func(p *model.Position) model.ID { return p.ID }), titles: byID(book.Titles, func(t *model.Title) model.ID { return t.ID }),
		measures: byID(book.Measures, func(m *model.Measure) model.ID { return m.ID }), periods: byID(book.Periods, func(p *model.Period) model.ID { return p.ID }),
		there: map[quotaKey]*model.Quota{}, seen: map[quotaKey]bool{},
	}
	for i := range book.Quotas {
		refs.there[keyOfQuota(&book.Quotas[i])] = &book.Quotas[i]
	}
	before := len(*errs)
	quota := refs.check(errs, path, given, &SetQuotasPayload{})
	if len(*errs) > before {
		return nil
	}
	if quota.ID.IsZero() {
		var err error
		if quota.ID, err = newID(model.KindQuota); err != nil {
			return err
		}
	}
	book.Quotas = append(slices.DeleteFunc(slices.Clone(book.Quotas), func(q model.Quota) bool { return q.ID == quota.ID }), *quota)
	return nil
}

// simulateRateTable replaces what a table says as setRateTableVersion does.
func (s *Service) simulateRateTable(ctx context.Context, scope model.Scope, book *calc.Book, errs *model.UserErrors, path string, given *SimulatedRateTableInput) error {
	before := len(*errs)
	table := needed(errs, path+".id", &given.ID, byID(book.RateTables, func(t *model.RateTable) model.ID { return t.ID }))
	next := checkRateTable(errs, path+".version", given.Version)
	if err := checkTrees(ctx, s.Store, model.Unbounded(scope.Tenant, scope.Read), errs, path+".version", &next); err != nil || len(*errs) > before {
		return err
	}
	own := *table
	own.Versions = replaceFrom(table.Versions, next.Days.From, rateDays, func(model.RateTableVersion) model.RateTableVersion { return next })
	var users []*model.PlanVersion
	for i := range book.Versions {
		if book.Versions[i].Pays() {
			users = append(users, &book.Versions[i])
		}
	}
	if refuseUnusable(errs, path+".version", users, &own); len(*errs) > before {
		return nil
	}
	book.RateTables = append(slices.DeleteFunc(slices.Clone(book.RateTables), func(t model.RateTable) bool { return t.ID == own.ID }), own)
	return nil
}

// simulatePlan gives a plan as assignPlan does.
func simulatePlan(book *calc.Book, errs *model.UserErrors, path string, input *AssignPlanInput) error {
	id, err := newID(model.KindPlanAssignment)
	if err != nil {
		return err
	}
	before := len(*errs)
	given := &model.PlanAssignment{
		ID: id, ExternalID: or(input.ExternalID, id.String()), PlanID: input.PlanID, TitleID: input.TitleID, PositionID: input.PositionID, PayeeID: input.PayeeID,
		Days: checkDays(errs, path+".endDate", &input.StartDate, input.EndDate), TargetIncentive: input.TargetIncentive,
	}
	to := assignable{
		plans: byID(book.Plans, func(p *model.Plan) model.ID { return p.ID }), titles: byID(book.Titles, func(t *model.Title) model.ID { return t.ID }),
		positions: byID(book.Positions, func(p *model.Position) model.ID { return p.ID }), payees: byID(book.Payees, func(p *model.Payee) model.ID { return p.ID }),
	}
	if to.check(errs, path, given); len(*errs) > before {
		return nil
	}
	if checkSecondPlan(errs, path+".startDate", given, book.PlanAssignments); len(*errs) == before {
		book.PlanAssignments = append(slices.Clone(book.PlanAssignments), *given)
	}
	return nil
}

// simulatePlanEnd ends a plan assignment as endPlanAssignment does.
func simulatePlanEnd(book *calc.Book, errs *model.UserErrors, path string, given *SimulatedEndInput) {
	found := needed(errs, path+".id", &given.ID, byID(book.PlanAssignments, func(a *model.PlanAssignment) model.ID { return a.ID }))
	if found == nil {
		return
	}
	own := *found
	own.Days.To = model.MaxDate
	if given.EndDate != nil {
		own.Days.To = min(given.EndDate.AddDays(1), model.MaxDate)
	}
	others := slices.DeleteFunc(slices.Clone(book.PlanAssignments), func(a model.PlanAssignment) bool { return a.ID == own.ID })
	if !own.Days.Empty() {
		before := len(*errs)
		if checkSecondPlan(errs, path+".endDate", &own, others); len(*errs) > before {
			return
		}
		others = append(others, own)
	}
	book.PlanAssignments = others
}

// byID indexes rows of a book, which stay the book's own.
func byID[M any](rows []M, id func(*M) model.ID) map[model.ID]*M {
	out := make(map[model.ID]*M, len(rows))
	for i := range rows {
		out[id(&rows[i])] = &rows[i]
	}
	return out
}
