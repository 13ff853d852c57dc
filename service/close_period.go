package service

import (
	"context"
	"fmt"
	"slices"

	"spm/model"
	"spm/store"
)

// ClosePeriodInput is a pay period to close.
type ClosePeriodInput struct {
	ID               model.ID
	IfVersion        int
	Acknowledge      []model.ClosingCode // what is known and does not hold it up
	ClientMutationID *string
}

// ClosePeriodPayload is what closing did.
type ClosePeriodPayload struct {
	Outcome
	PeriodID *model.ID
}

// ClosePeriod closes a pay period in review, with the payout periods that end in
// it: its results and balances stay from here on, and what comes later is booked
// in the earliest open one. What speaks against it refuses it with NOT_READY, one
// error for each; who has approved it cannot close it: SAME_PERSON.
func (s *Service) ClosePeriod(ctx context.Context, input ClosePeriodInput) (*ClosePeriodPayload, error) {
	return mutate(ctx, s, "closePeriod", input, func(tx *store.Tx, p *ClosePeriodPayload) error {
		period, within, err := s.payPeriodIn(ctx, tx, input.ID, input.IfVersion, &p.PeriodID, model.PeriodOpen, model.PeriodInReview)
		if err != nil {
			return err
		}
		checks, err := s.checklist(ctx, tx, period, within)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		for _, c := range checks {
			if c.Blocking || !slices.Contains(input.Acknowledge, c.Code) {
				errs.Add(model.UserNotReady, "input.id", "%s", c.Text)
				errs.With("code", string(c.Code))
				errs.With("count", fmt.Sprint(c.Count))
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := notApprover(ctx, tx, period, "close"); err != nil {
			return err
		}
		if err := setStatus(ctx, tx, within, model.PeriodClosed); err != nil {
			return err
		}
		return markWithheld(ctx, tx, period, within)
	})
}

// markWithheld marks whose pay waits for what could not be calculated in a period
// that is closed, or in one closed before: what is payable to them stays withheld in
// the next one until it is mended.
func markWithheld(ctx context.Context, tx *store.Tx, period *model.Period, within []*model.Period) error {
	payouts := make([]model.ID, len(within))
	for i, p := range within {
		payouts[i] = p.ID
	}
	payees, err := tx.Withheld(ctx, tx.Scope(), period.ID, payouts)
	if err != nil {
		return err
	}
	marks := make([]store.Dirty, len(payees))
	for i := range payees {
		marks[i] = store.Dirty{Payee: &payees[i], Days: period.Days}
	}
	return tx.MarkDirty(ctx, marks...)
}

// notApprover refuses who has approved the period in its present review.
func notApprover(ctx context.Context, tx *store.Tx, period *model.Period, what string) error {
	steps, err := tx.PeriodStepsOf(ctx, tx.Scope(), []model.ID{period.ID})
	if err != nil {
		return err
	}
	for _, step := range steps {
		if step.Kind != model.StepApproval {
			continue
		}
		same, err := wrote(ctx, tx, step.AuthorID, step.AuthorFor)
		if err != nil {
			return err
		}
		if same {
			return model.Refuse(model.UserSamePerson, "input.id", "who has approved a period cannot %s it", what)
		}
	}
	return nil
}

// payPeriodIn finds a pay period in one of some states, with the periods of its
// calendar that end in it, itself among them; it keeps their rows until the
// transaction ends.
func (s *Service) payPeriodIn(ctx context.Context, tx *store.Tx, id model.ID, ifVersion int, named **model.ID, states ...model.PeriodStatus) (*model.Period, []*model.Period, error) {
	if err := tx.LockPeriods(ctx); err != nil {
		return nil, nil, err
	}
	found, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return nil, nil, err
	}
	var errs model.UserErrors
	period := needed(&errs, "input.id", &id, found)
	if period == nil {
		return nil, nil, errs
	}
	*named = &period.ID
	if period.Version != ifVersion {
		return nil, nil, model.Refuse(model.UserConflict, "input.ifVersion", "the period has version %d: read it again and repeat the change on that", period.Version)
	}
	calendars, err := tx.FiscalCalendarsByID(ctx, tx.Scope(), ids(&period.CalendarID))
	if err != nil {
		return nil, nil, err
	}
	calendar := calendars[period.CalendarID]
	if pay := calendar.PayPeriodGiven(); period.Type != pay {
		return nil, nil, model.Refuse(model.UserInvalid, "input.id", "%s is closed and paid by %s: a %s follows the one in which it ends", calendar.Name, pay, period.Type)
	}
	if !slices.Contains(states, period.Status) {
		return nil, nil, model.Refuse(model.UserState, "input.id", "%s is %s", period.Name, period.Status)
	}
	touching, err := tx.PeriodsTouching(ctx, tx.Scope(), []model.Interval{period.Days})
	if err != nil {
		return nil, nil, err
	}
	within := slices.DeleteFunc(touching, func(o *model.Period) bool {
		return o.CalendarID != period.CalendarID || !period.Days.Contains(o.Days.Last())
	})
	return period, within, nil
}

// setStatus moves periods to a state.
func setStatus(ctx context.Context, tx *store.Tx, periods []*model.Period, status model.PeriodStatus) error {
	for _, p := range periods {
		if p.Status == status {
			continue
		}
		switch p.Status = status; status {
		case model.PeriodClosed:
			p.ClosedXID = &tx.XID
		case model.PeriodOpen, model.PeriodInReview:
			p.ClosedXID = nil
		}
		if _, err := tx.SavePeriod(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Checklist gives what speaks against closing a period: nothing for one that is
// no pay period, or is closed.
func (s *Service) Checklist(ctx context.Context, scope model.Scope, period *model.Period) ([]*model.ClosingCheck, error) {
	all := model.Unbounded(scope.Tenant, scope.Read)
	calendars, err := s.Store.FiscalCalendarsByID(ctx, all, ids(&period.CalendarID))
	if err != nil || calendars[period.CalendarID] == nil || calendars[period.CalendarID].PayPeriodGiven() != period.Type || !period.IsOpen() {
		return []*model.ClosingCheck{}, err
	}
	touching, err := s.Store.PeriodsTouching(ctx, all, []model.Interval{period.Days})
	if err != nil {
		return nil, err
	}
	within := slices.DeleteFunc(touching, func(o *model.Period) bool {
		return o.CalendarID != period.CalendarID || !period.Days.Contains(o.Days.Last())
	})
	return s.checks(ctx, closingReads{s.Store, all}, period, within)
}

func (s *Service) checklist(ctx context.Context, tx *store.Tx, period *model.Period, within []*model.Period) ([]*model.ClosingCheck, error) {
	return s.checks(ctx, closingReads{tx, tx.Scope()}, period, within)
}

// closingReads reads what closing asks, inside a transaction or outside.
type closingReads struct {
	closingStore
	scope model.Scope
}

type closingStore interface {
	UnfitFor(ctx context.Context, scope model.Scope, period model.ID, days model.Interval, payouts []model.ID) (store.Unfit, error)
	PeriodStepsOf(ctx context.Context, scope model.Scope, periods []model.ID) ([]*model.PeriodStep, error)
	PeriodPage(ctx context.Context, scope model.Scope, where *model.PeriodWhere, page model.PageArgs) (*model.Connection[model.Period], error)
	PublishedTo(ctx context.Context, scope model.Scope, periods []model.ID) (map[model.PayeePeriod]bool, error)
}

func (s *Service) checks(ctx context.Context, r closingReads, period *model.Period, within []*model.Period) ([]*model.ClosingCheck, error) {
	out := []*model.ClosingCheck{}
	add := func(code model.ClosingCode, blocking bool, count int, format string, args ...any) {
		if count > 0 {
			out = append(out, &model.ClosingCheck{Code: code, Blocking: blocking, Count: count, Text: fmt.Sprintf(format, args...)})
		}
	}
	var payouts []model.ID
	for _, p := range within {
		payouts = append(payouts, p.ID)
	}
	unfit, err := r.UnfitFor(ctx, r.scope, period.ID, period.Days, payouts)
	if err != nil {
		return nil, err
	}
	earlier, err := s.openBefore(ctx, r, period)
	if err != nil {
		return nil, err
	}
	missing, err := s.notCalculated(ctx, r, payouts)
	if err != nil {
		return nil, err
	}
	approved, err := approvedSince(ctx, r, period, unfit.Changed)
	if err != nil {
		return nil, err
	}
	add(model.ClosingEarlierOpen, true, earlier, "%d earlier periods are not closed yet", earlier)
	add(model.ClosingNotCalculated, true, unfit.Waiting, "changes are still being calculated: try again in a moment")
	add(model.ClosingNotCalculated, true, missing, "%d payees are not calculated for the period: run its calculation", missing)
	if !approved {
		add(model.ClosingNotApproved, true, 1, "nobody has approved the period as it is now")
	}
	add(model.ClosingProvisional, true, unfit.Provisional, "%d earnings use an exchange rate of another day: set the rates", unfit.Provisional)
	add(model.ClosingPending, true, unfit.Pending, "%d adjustments wait for approval", unfit.Pending)
	add(model.ClosingOpenProblem, false, unfit.Problems, "%d components have a problem: their payees are not paid of this period, and what they are due goes on", unfit.Problems)
	add(model.ClosingOpenException, false, unfit.Exceptions, "%d transactions of the period are not credited", unfit.Exceptions)
	add(model.ClosingContested, false, unfit.Contested, "%d payees contest their statements", unfit.Contested)
	return out, nil
}

// openBefore counts the earlier pay periods of the calendar that are not closed
// though somebody has a ledger or result in one.
func (s *Service) openBefore(ctx context.Context, r closingReads, period *model.Period) (int, error) {
	size := model.MaxPage
	page, err := r.PeriodPage(ctx, r.scope, &model.PeriodWhere{
		CalendarID: &model.IDFilter{Eq: &period.CalendarID}, Types: []model.PeriodType{period.Type}, Statuses: []model.PeriodStatus{model.PeriodOpen, model.PeriodInReview},
	}, model.PageArgs{First: &size})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, p := range page.Nodes() {
		if p.Days.To <= period.Days.From {
			n++
		}
	}
	return n, nil
}

// notCalculated counts the payees that have a plan in one of the payout periods
// and no result in it.
func (s *Service) notCalculated(ctx context.Context, r closingReads, payouts []model.ID) (int, error) {
	point, err := s.Store.ReadPoint(ctx, r.scope.Tenant, nil)
	if err != nil {
		return 0, err
	}
	engine, book, err := s.engine(ctx, r.scope.Tenant, point)
	if err != nil {
		return 0, err
	}
	has, err := r.PublishedTo(ctx, r.scope, payouts)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range book.Payees {
		for _, payout := range payouts {
			pair := model.PayeePeriod{Payee: book.Payees[i].ID, Period: payout}
			if !has[pair] && engine.Uses(pair.Payee, payout) {
				n++
				break
			}
		}
	}
	return n, nil
}

// approvedSince tells whether the period was approved after the last change of a
// ledger of it.
func approvedSince(ctx context.Context, r closingReads, period *model.Period, changed int64) (bool, error) {
	steps, err := r.PeriodStepsOf(ctx, r.scope, []model.ID{period.ID})
	if err != nil || period.Status != model.PeriodInReview {
		return false, err
	}
	return slices.ContainsFunc(steps, func(step *model.PeriodStep) bool { return step.Kind == model.StepApproval && step.Horizon == changed }), nil
}
