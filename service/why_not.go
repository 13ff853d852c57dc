package service

import (
	"context"
	"slices"
	"strings"

	"spm/calc"
	"spm/model"
)

// WhyNotInput is one of three questions.
type WhyNotInput struct {
	Transaction *WhyNotTransactionInput
	Activity    *WhyNotActivityInput
	Component   *WhyNotComponentInput
}

// WhyNotTransactionInput asks why a transaction did not pay a payee.
type WhyNotTransactionInput struct {
	PayeeID       *model.ID // nil: the caller's own
	TransactionID *model.ID // or the source's key
	Source        *string
	ExternalID    *string
	ComponentKey  *string
	PlanID        *model.ID
}

// WhyNotActivityInput asks why an activity did not pay a payee.
type WhyNotActivityInput struct {
	PayeeID      *model.ID // nil: the caller's own
	ActivityID   *model.ID // or the source's key
	Source       *string
	ExternalID   *string
	ComponentKey *string
	PlanID       *model.ID
}

// WhyNotComponentInput asks why a component did not pay a payee in a period.
type WhyNotComponentInput struct {
	PayeeID      *model.ID // nil: the caller's own
	PeriodID     model.ID
	ComponentKey string
	PlanID       *model.ID
}

// WhyNotScope is what who asks may see: earnings, credits, and whether the words
// of crediting rules and of exceptions.
type WhyNotScope struct {
	Earnings   model.Scope
	Credits    model.Scope
	Activities model.Scope
	Plans      *model.Scope // nil: none but those that the payee is given
	Own        *model.ID    // the caller's payee
	Rules      bool
	Exceptions bool
}

// maxReasons bounds the reasons of an answer.
const maxReasons = model.MaxPage

// asked gives whom a question is about, and whether it is just one.
func (in *WhyNotInput) asked(own *model.ID) (payee *model.ID, one bool) {
	n := 0
	is := func(given *model.ID) {
		if n++; given != nil {
			own = given
		}
	}
	if in.Transaction != nil {
		is(in.Transaction.PayeeID)
	}
	if in.Activity != nil {
		is(in.Activity.PayeeID)
	}
	if in.Component != nil {
		is(in.Component.PayeeID)
	}
	return own, n == 1
}

// WhyNot answers why a transaction, an activity or a component did not pay a payee; nil where
// who asks may see no such thing.
func (s *Service) WhyNot(ctx context.Context, may WhyNotScope, in WhyNotInput) (*model.WhyNot, error) {
	payee, one := in.asked(may.Own)
	if !one {
		return nil, model.Errorf(model.BadUserInput, "give one of transaction, activity and component")
	}
	w := &whyNot{s: s, may: may, at: may.Earnings.Read, out: &model.WhyNot{Complete: true, Payments: []*model.WhyNotPayment{}, Reasons: []*model.WhyNotReason{}}}
	if payee == nil || payee.Kind != model.KindPayee {
		return nil, nil
	}
	known, err := s.Store.PayeesByID(ctx, may.Earnings, []model.ID{*payee})
	if err != nil || known[*payee] == nil {
		return nil, err
	}
	w.payee, w.out.PayeeID = known[*payee], *payee
	if w.engine, w.book, err = s.engine(ctx, may.Earnings.Tenant, w.at); err != nil {
		return nil, err
	}
	switch {
	case in.Transaction != nil:
		return w.transaction(ctx, in.Transaction)
	case in.Activity != nil:
		return w.activity(ctx, in.Activity)
	}
	return w.component(ctx, in.Component)
}

// whyNot is the work on one question.
type whyNot struct {
	s      *Service
	may    WhyNotScope
	at     model.ReadPoint
	payee  *model.Payee
	engine *calc.Engine
	book   *calc.Book
	out    *model.WhyNot
	stands map[model.ID]*model.Earning // by id, of the payee in the periods concerned
	seen   map[model.ID]bool           // those that who asks may see
	traces map[model.ID]*model.FlatTrace
	dues   *dues
}

func (w *whyNot) unbounded() model.Scope { return model.Unbounded(w.may.Earnings.Tenant, w.at) }

// askedOf narrows the question. Of plans that the payee was never given the answer
// speaks only to who may see them.
func (w *whyNot) askedOf(ctx context.Context, key *string, plan *model.ID) (calc.AskedOf, error) {
	asked := calc.AskedOf{Plan: plan}
	if key != nil {
		asked.Key = *key
	}
	if asked.Key == "" && plan == nil || w.may.Plans != nil && w.may.Plans.Reach.All {
		return asked, nil
	}
	var seen map[model.ID]*model.Plan
	if w.may.Plans != nil {
		all := make([]model.ID, len(w.book.Plans))
		for i := range w.book.Plans {
			all[i] = w.book.Plans[i].ID
		}
		var err error
		if seen, err = w.s.Store.PlansByID(ctx, *w.may.Plans, all); err != nil {
			return asked, err
		}
	}
	asked.Tells = func(plan model.ID) bool { return seen[plan] != nil }
	return asked, nil
}

// transaction answers for a transaction: by its credits of the payee, or by why
// there are none.
func (w *whyNot) transaction(ctx context.Context, in *WhyNotTransactionInput) (*model.WhyNot, error) {
	key, err := keyOf("transaction", in.TransactionID, in.Source, in.ExternalID)
	if err != nil {
		return nil, err
	}
	t, err := w.s.Store.TransactionOfSeller(ctx, w.may.Credits, in.TransactionID, key)
	if err != nil || t == nil {
		return nil, err
	}
	w.out.TransactionID = &t.ID
	all, err := w.ownCredits(ctx, w.unbounded(), t)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return w.out, w.uncredited(ctx, t)
	}
	seen, err := w.ownCredits(ctx, w.may.Credits, t)
	if err != nil || len(seen) == 0 {
		return nil, err
	}
	w.out.Complete = len(seen) == len(all)
	asked, err := w.askedOf(ctx, in.ComponentKey, in.PlanID)
	if err != nil {
		return nil, err
	}
	return w.out, w.credited(ctx, seen, asked)
}

// ownCredits reads the payee's credits of a transaction.
func (w *whyNot) ownCredits(ctx context.Context, scope model.Scope, t *model.Transaction) ([]*model.Credit, error) {
	found, err := w.s.Store.CreditsOfTransactions(ctx, scope, []int64{t.ID.Int()})
	return slices.DeleteFunc(found, func(c *model.Credit) bool { return c.PayeeID == nil || *c.PayeeID != w.payee.ID }), err
}

// keyOf gives the source's key by which something is named, nothing where it is
// named by its id.
func keyOf(what string, id *model.ID, source, externalID *string) (model.TransactionKey, error) {
	switch {
	case id != nil && source == nil && externalID == nil:
		return model.TransactionKey{}, nil
	case id == nil && source != nil && externalID != nil:
		return model.TransactionKey{Source: *source, ExternalID: *externalID}, nil
	}
	return model.TransactionKey{}, model.Errorf(model.BadUserInput, "name the %[1]s by %[1]sId, or by source and externalId", what)
}

// credited answers by how each credit fares.
func (w *whyNot) credited(ctx context.Context, credits []*model.Credit, asked calc.AskedOf) error {
	known := make(map[model.ID]bool, len(credits))
	dates := make([]model.Date, len(credits))
	for i, c := range credits {
		known[c.ID], dates[i] = true, c.Date
	}
	_, err := w.counted(ctx, dates, func(f *calc.CreditFact) bool { return known[f.Credit.ID] && !f.Activity }, asked)
	return err
}

// counted answers by how some of the payee's facts on days fare; it tells whether
// there are any.
func (w *whyNot) counted(ctx context.Context, dates []model.Date, some func(*calc.CreditFact) bool, asked calc.AskedOf) (found bool, err error) {
	var periods []model.ID
	days := model.Interval{From: dates[0], To: dates[0] + 1}
	for _, date := range dates {
		days = model.Interval{From: min(days.From, date), To: max(days.To, date+1)}
		for _, period := range w.engine.Periods(w.payee.ID, model.Interval{From: date, To: date + 1}) {
			if !slices.Contains(periods, period) {
				periods = append(periods, period)
			}
		}
	}
	facts, err := w.laidOut(ctx, periods, days)
	if err != nil {
		return false, err
	}
	run := w.engine.Begin(calc.Alone{}).Payee(w.payee.ID, facts)
	defer run.Free()
	for i := range facts {
		if !some(&facts[i]) {
			continue
		}
		found = true
		fates := run.WhyNot(&facts[i], asked, w.standing)
		if len(w.dues.late) > 0 {
			w.closed(&facts[i], fates, run.WhyNot(&facts[i], asked, w.standingLater))
		}
		w.owe(fates, false)
		w.add(fates)
	}
	w.addWhole()
	return found, nil
}

// component answers for a component in a period.
func (w *whyNot) component(ctx context.Context, in *WhyNotComponentInput) (*model.WhyNot, error) {
	if !slices.ContainsFunc(w.book.Periods, func(p model.Period) bool { return p.ID == in.PeriodID }) {
		return nil, nil
	}
	w.out.PeriodID = &in.PeriodID
	asked, err := w.askedOf(ctx, &in.ComponentKey, in.PlanID)
	if err != nil {
		return nil, err
	}
	facts, err := w.laidOut(ctx, []model.ID{in.PeriodID}, w.engine.Window(in.PeriodID))
	if err != nil {
		return nil, err
	}
	run := w.engine.Begin(calc.Alone{}).Payee(w.payee.ID, facts)
	defer run.Free()
	fates := run.WhyNotEarned(in.PeriodID, asked, w.standing)
	w.owe(fates, true)
	w.add(fates)
	w.addWhole()
	if len(w.out.Reasons) == 0 && !w.out.Paid {
		return nil, nil // all that there is lies in positions that are not for who asks
	}
	return w.out, nil
}

// laidOut reads the payee's facts that bear on periods, and what stands in them.
func (w *whyNot) laidOut(ctx context.Context, periods []model.ID, days model.Interval) ([]calc.CreditFact, error) {
	for _, period := range periods {
		window := w.engine.Window(period)
		days = model.Interval{From: min(days.From, window.From), To: max(days.To, window.To)}
	}
	if err := w.readStanding(ctx, periods); err != nil {
		return nil, err
	}
	payee := []model.ID{w.payee.ID}
	facts, err := w.s.facts(ctx, task{tenant: w.may.Earnings.Tenant, at: w.at, engine: w.engine}, payee, days)
	if err != nil || w.out.ActivityID == nil || w.engine.ReadsActivities() {
		return calcFacts(facts[w.payee.ID]), err
	}
	// No plan counts activities: each says so of the one that is asked about.
	activities, err := w.s.Store.ActivityFacts(ctx, w.unbounded(), payee, days)
	return calcFacts(append(facts[w.payee.ID], activities[w.payee.ID]...)), err
}

// readStanding reads the payee's earnings of periods with their traces, and which
// of them who asks may see.
func (w *whyNot) readStanding(ctx context.Context, periods []model.ID) error {
	w.stands, w.seen = map[model.ID]*model.Earning{}, map[model.ID]bool{}
	if len(periods) == 0 {
		return w.readDues(ctx, nil)
	}
	where := &model.EarningWhere{PayeeID: &model.IDFilter{Eq: &w.payee.ID}, PeriodID: &model.IDFilter{In: periods}}
	all, err := w.s.Store.Earnings(ctx, w.unbounded(), where)
	if err != nil {
		return err
	}
	seen, err := w.s.Store.Earnings(ctx, w.may.Earnings, where)
	if err != nil {
		return err
	}
	var ids []model.ID
	for _, e := range all {
		w.stands[e.ID], ids = e, append(ids, e.ID)
	}
	for _, e := range seen {
		w.seen[e.ID] = true
	}
	if len(ids) > 0 {
		if w.traces, err = w.s.Store.TracesByID(ctx, w.unbounded(), ids); err != nil {
			return err
		}
	}
	return w.readDues(ctx, periods)
}

func (w *whyNot) earningID(position, period, component model.ID) model.ID {
	return model.UUIDs(model.KindEarning, w.payee.ID.UUID(), position.UUID(), period.UUID(), component.UUID())
}

// standing gives calc what readers see of a component.
func (w *whyNot) standing(position, period, component model.ID) *calc.Earning {
	e := w.stands[w.earningID(position, period, component)]
	if e == nil || w.traces[e.ID] == nil {
		return nil
	}
	return earningOf(e, w.traces[e.ID])
}

// earningOf gives calc's earning of what is kept of one.
func earningOf(e *model.Earning, kept *model.FlatTrace) *calc.Earning {
	return &calc.Earning{
		Payee: e.PayeeID, Position: e.PositionID, Period: e.PeriodID, Component: e.ComponentID, Plan: e.PlanID, Version: e.PlanVersionID,
		Key: e.ComponentKey, Name: e.ComponentName, EarningCode: e.EarningCode, Amount: e.Amount, Measure: e.Measure, Quota: e.Quota,
		Attainment: e.Attainment, Why: e.Why, Provisional: e.Provisional, Trace: unflatten(kept),
	}
}

// add takes the fates into the answer that are for who asks.
func (w *whyNot) add(fates []calc.Fate) {
	for i := range fates {
		f := &fates[i]
		if !w.mayHear(f) {
			w.out.Complete = false
			continue
		}
		if f.Paid {
			id := w.earningID(f.Position, f.Period, f.Component)
			w.out.Paid = true
			w.out.Payments = append(w.out.Payments, &model.WhyNotPayment{EarningID: id, Lines: f.Lines, Amount: model.Money{Amount: f.Amount, Currency: w.stands[id].Amount.Currency}})
		}
		for _, r := range f.Reasons {
			w.hideOthers(r)
			w.reason(r)
		}
	}
}

// addWhole takes into the answer what was said of pay as a whole.
func (w *whyNot) addWhole() {
	for _, r := range w.dues.whole {
		w.reason(r)
	}
}

// hideOthers leaves out of a problem's words who else is concerned.
func (w *whyNot) hideOthers(r *model.WhyNotReason) {
	code, detail, _ := strings.Cut(r.Text, ": ")
	if r.Code != model.WhyNotProblem || w.may.Earnings.Reach.All {
		return
	}
	switch model.ProblemCode(code) {
	case model.ProblemNoQuota:
		if !strings.Contains(detail, " before ") { // which names an earlier holder
			return
		}
	case model.ProblemDependsOn, model.ProblemCycle, model.ProblemNoWeight:
	default:
		return
	}
	r.Text = code
}

func (w *whyNot) reason(r *model.WhyNotReason) {
	if len(w.out.Reasons) == maxReasons {
		w.out.Complete = false
		return
	}
	w.out.Reasons = append(w.out.Reasons, r)
}

// mayHear tells whether a fate is for who asks: by its earning where there is one,
// otherwise by its position today.
func (w *whyNot) mayHear(f *calc.Fate) bool {
	reach := w.may.Earnings.Reach
	if reach.All || reach.Payee != nil && *reach.Payee == w.payee.ID.UUID() || f.Position.IsZero() {
		return true
	}
	if id := w.earningID(f.Position, f.Period, f.Component); !f.Period.IsZero() && !f.Component.IsZero() && w.stands[id] != nil {
		return w.seen[id]
	}
	return slices.ContainsFunc(reach.Subtree, func(s model.PositionSpan) bool {
		return s.Position == f.Position.UUID() && s.Days.Contains(reach.Today)
	})
}
