package service

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// AddPayAdjustmentInput is an amount to add to, or take off, a payee's pay by hand.
type AddPayAdjustmentInput struct {
	ExternalID       *string
	PayeeID          model.ID
	PeriodID         model.ID // an open pay period
	Amount           MoneyInput
	ReasonCode       string
	Reason           string
	EarningCode      *string
	ClientMutationID *string
}

// AddPayAdjustmentPayload is what adding did.
type AddPayAdjustmentPayload struct {
	Outcome
	PayAdjustmentID *model.ID
}

// defaultAdjustmentCode is the earning code of adjustments that name none.
const defaultAdjustmentCode = "ADJUSTMENT"

// AddPayAdjustment adds an amount by hand. It counts once another person has
// approved it.
func (s *Service) AddPayAdjustment(ctx context.Context, input AddPayAdjustmentInput) (*AddPayAdjustmentPayload, error) {
	return mutate(ctx, s, "addPayAdjustment", input, func(tx *store.Tx, p *AddPayAdjustmentPayload) error {
		id, err := newID(model.KindPayAdjustment)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		a := &model.PayAdjustment{
			ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), PayeeID: input.PayeeID, PeriodID: input.PeriodID, Amount: input.Amount,
			ReasonCode: input.ReasonCode, Reason: input.Reason, EarningCode: or(input.EarningCode, defaultAdjustmentCode), State: model.AdjustmentPending,
			AuthorID: actorOf(tx), AuthorFor: behalfOf(tx), CreatedAt: s.Now().UTC(),
		}
		checkText(&errs, "input.reasonCode", input.ReasonCode, maxKey)
		checkText(&errs, "input.reason", input.Reason, maxReason)
		checkText(&errs, "input.earningCode", a.EarningCode, maxKey)
		checkMinor(&errs, "input.amount", input.Amount)
		if input.Amount.Amount.IsZero() {
			errs.Add(model.UserInvalid, "input.amount.amount", "an adjustment is not 0")
		}
		if err := s.checkPayeePeriod(ctx, tx, &errs, "input", input.PayeeID, input.PeriodID); err != nil {
			return err
		}
		taken, err := tx.PayAdjustmentsByKey(ctx, tx.Scope(), []string{a.ExternalID})
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			errs.Add(model.UserTaken, "input.externalId", "there is an adjustment with this key already")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.PayAdjustmentID = &id
		_, err = tx.SavePayAdjustment(ctx, a)
		return err
	})
}

// checkMinor refuses amounts finer than the currency's minor units.
func checkMinor(errs *model.UserErrors, path string, m model.Money) {
	if !m.Amount.Equal(m.Amount.Round(model.MinorUnits(m.Currency))) {
		errs.Add(model.UserInvalid, path+".amount", "%s has %d decimals", m.Currency, model.MinorUnits(m.Currency))
	}
	if m.Amount.Abs().GreaterThanOrEqual(decimal.New(1, 15)) {
		errs.Add(model.UserInvalid, path+".amount", "the amount is out of bounds")
	}
}

// checkPayeePeriod checks that the payee is there and the pay period open, and
// keeps it so until the transaction ends.
func (s *Service) checkPayeePeriod(ctx context.Context, tx *store.Tx, errs *model.UserErrors, path string, payee, period model.ID) error {
	payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(&payee))
	if err != nil {
		return err
	}
	needed(errs, path+".payeeId", &payee, payees)
	_, err = s.openPayPeriod(ctx, tx, errs, path+".periodId", period)
	return err
}

// openPayPeriod gives a pay period that is open, and keeps it so.
func (s *Service) openPayPeriod(ctx context.Context, tx *store.Tx, errs *model.UserErrors, path string, id model.ID) (*model.Period, error) {
	if err := tx.LockPeriods(ctx); err != nil {
		return nil, err
	}
	periods, err := tx.PeriodsByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return nil, err
	}
	period := needed(errs, path, &id, periods)
	if period == nil {
		return nil, nil
	}
	calendars, err := tx.FiscalCalendarsByID(ctx, tx.Scope(), ids(&period.CalendarID))
	if err != nil {
		return nil, err
	}
	switch pay := calendars[period.CalendarID].PayPeriodGiven(); {
	case period.Type != pay:
		errs.Add(model.UserInvalid, path, "balances are struck by %s", pay)
	case !period.IsOpen():
		errs.Add(model.UserPeriodClosed, path, "%s is %s: its balances stay", period.Name, period.Status)
	default:
		return period, nil
	}
	return nil, nil
}

// ReversePayAdjustmentInput is an adjustment to reverse.
type ReversePayAdjustmentInput struct {
	ID               model.ID
	ExternalID       *string
	PeriodID         model.ID // an open pay period
	Reason           string
	ClientMutationID *string
}

// ReversePayAdjustmentPayload is what reversing did.
type ReversePayAdjustmentPayload struct {
	Outcome
	PayAdjustmentID *model.ID // the reversing one
}

// ReversePayAdjustment adds an adjustment of the opposite amount, which waits for
// approval as any other. An adjustment is reversed once.
func (s *Service) ReversePayAdjustment(ctx context.Context, input ReversePayAdjustmentInput) (*ReversePayAdjustmentPayload, error) {
	return mutate(ctx, s, "reversePayAdjustment", input, func(tx *store.Tx, p *ReversePayAdjustmentPayload) error {
		var errs model.UserErrors
		found, err := tx.PayAdjustmentsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		was := needed(&errs, "input.id", &input.ID, found)
		if was == nil {
			return errs
		}
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if was.State != model.AdjustmentApproved {
			errs.Add(model.UserState, "input.id", "it is %s: only what counts is reversed", was.State)
		}
		if _, err := s.openPayPeriod(ctx, tx, &errs, "input.periodId", input.PeriodID); err != nil {
			return err
		}
		reversals, err := tx.ReversalsOf(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		if len(reversals) > 0 {
			errs.Add(model.UserState, "input.id", "it is reversed already, by %s", reversals[0].ExternalID)
		}
		id, err := newID(model.KindPayAdjustment)
		if err != nil {
			return err
		}
		next := *was
		next.ID, next.Version, next.ReversesID, next.Amount.Amount = id, 0, &was.ID, was.Amount.Amount.Neg()
		next.ExternalID, next.PeriodID, next.Reason = checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), input.PeriodID, input.Reason
		next.AuthorFor = behalfOf(tx)
		next.State, next.AuthorID, next.ApproverID, next.ApprovedAt, next.CreatedAt = model.AdjustmentPending, actorOf(tx), nil, nil, s.Now().UTC()
		taken, err := tx.PayAdjustmentsByKey(ctx, tx.Scope(), []string{next.ExternalID})
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			errs.Add(model.UserTaken, "input.externalId", "there is an adjustment with this key already")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		p.PayAdjustmentID = &id
		_, err = tx.SavePayAdjustment(ctx, &next)
		return err
	})
}

// ApprovePayAdjustmentInput is an adjustment to approve.
type ApprovePayAdjustmentInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// ApprovePayAdjustmentPayload is what approving did.
type ApprovePayAdjustmentPayload struct {
	Outcome
	PayAdjustmentID *model.ID
}

// RejectPayAdjustmentInput is an adjustment to reject.
type RejectPayAdjustmentInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// RejectPayAdjustmentPayload is what rejecting did.
type RejectPayAdjustmentPayload struct {
	Outcome
	PayAdjustmentID *model.ID
}

// ApprovePayAdjustment lets an adjustment count. Neither its author nor its payee
// can: SAME_PERSON.
func (s *Service) ApprovePayAdjustment(ctx context.Context, input ApprovePayAdjustmentInput) (*ApprovePayAdjustmentPayload, error) {
	return mutate(ctx, s, "approvePayAdjustment", input, func(tx *store.Tx, p *ApprovePayAdjustmentPayload) error {
		return s.decideAdjustment(ctx, tx, input.ID, input.IfVersion, &p.PayAdjustmentID, model.AdjustmentApproved)
	})
}

// RejectPayAdjustment ends an adjustment that waits: it never counts.
func (s *Service) RejectPayAdjustment(ctx context.Context, input RejectPayAdjustmentInput) (*RejectPayAdjustmentPayload, error) {
	return mutate(ctx, s, "rejectPayAdjustment", input, func(tx *store.Tx, p *RejectPayAdjustmentPayload) error {
		return s.decideAdjustment(ctx, tx, input.ID, input.IfVersion, &p.PayAdjustmentID, model.AdjustmentRejected)
	})
}

func (s *Service) decideAdjustment(ctx context.Context, tx *store.Tx, id model.ID, ifVersion int, named **model.ID, state model.AdjustmentState) error {
	var errs model.UserErrors
	found, err := tx.PayAdjustmentsByID(ctx, tx.Scope(), ids(&id))
	if err != nil {
		return err
	}
	a := needed(&errs, "input.id", &id, found)
	if a == nil {
		return errs
	}
	*named = &a.ID
	switch {
	case a.Version != ifVersion:
		return model.Refuse(model.UserConflict, "input.ifVersion", "the adjustment has version %d: read it again and repeat the change on that", a.Version)
	case a.State != model.AdjustmentPending:
		return model.Refuse(model.UserState, "input.id", "it is %s already", a.State)
	}
	if state == model.AdjustmentRejected {
		a.State = state
		_, err = tx.SavePayAdjustment(ctx, a)
		return err
	}
	period, err := s.openPayPeriod(ctx, tx, &errs, "input.id", a.PeriodID)
	if err = firstError(err, errs); err != nil {
		return err
	}
	caller := actorOf(tx)
	same, err := wrote(ctx, tx, a.AuthorID, a.AuthorFor)
	if err != nil {
		return err
	}
	own, err := payeesOf(ctx, tx)
	if err != nil {
		return err
	}
	if same || slices.Contains(own, a.PayeeID) {
		return model.Refuse(model.UserSamePerson, "input.id", "neither who added an adjustment nor its payee can approve it")
	}
	now := s.Now().UTC()
	a.State, a.ApproverID, a.ApprovedAt = state, &caller, &now
	if _, err := tx.SavePayAdjustment(ctx, a); err != nil {
		return err
	}
	return tx.MarkDirty(ctx, store.Dirty{Payee: &a.PayeeID, Days: period.Days})
}

func firstError(err error, errs model.UserErrors) error {
	if err != nil {
		return err
	}
	return errs.OrNil()
}

// SetOpeningEntriesInput is balances that payees bring at go-live.
type SetOpeningEntriesInput struct {
	Entries          []*OpeningEntryInput // 1 to 250
	ClientMutationID *string
}

// OpeningEntryInput is one of them, found by its key.
type OpeningEntryInput struct {
	ExternalID string
	PayeeID    model.ID
	PeriodID   model.ID
	Account    model.LedgerAccount
	Amount     MoneyInput
	PlanID     *model.ID
	DrawKey    *string
	ReleaseOn  *model.Date
	IfVersion  *int
}

// SetOpeningEntriesPayload is what setting did.
type SetOpeningEntriesPayload struct {
	Outcome
	OpeningEntryIDs []model.ID
	Written         int
}

// SetOpeningEntries sets balances at go-live by their keys, all or none, in open
// pay periods; those that are so already are not written.
func (s *Service) SetOpeningEntries(ctx context.Context, input SetOpeningEntriesInput) (*SetOpeningEntriesPayload, error) {
	return mutate(ctx, s, "setOpeningEntries", input, func(tx *store.Tx, p *SetOpeningEntriesPayload) error {
		var errs model.UserErrors
		checkCount(&errs, "input.entries", len(input.Entries))
		if err := errs.OrNil(); err != nil {
			return err
		}
		keys := make([]string, len(input.Entries))
		for i, e := range input.Entries {
			keys[i] = e.ExternalID
		}
		onlyOnce(&errs, "input.entries", keys)
		found, err := tx.OpeningEntriesByKey(ctx, tx.Scope(), keys)
		if err != nil {
			return err
		}
		there := map[string]*model.OpeningEntry{}
		for _, e := range found {
			there[e.ExternalID] = e
		}
		var wanted []*model.OpeningEntry
		var marks []store.Dirty
		for i, given := range input.Entries {
			e, period, err := s.openingOf(ctx, tx, &errs, indexed("input.entries", i), given, there[given.ExternalID])
			if err != nil {
				return err
			}
			wanted = append(wanted, e)
			if period != nil {
				marks = append(marks, store.Dirty{Payee: &e.PayeeID, Days: period.Days})
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := saveOpenings(ctx, tx, p, wanted, there); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, marks...)
	})
}

// saveOpenings writes the entries that are not so already.
func saveOpenings(ctx context.Context, tx *store.Tx, p *SetOpeningEntriesPayload, wanted []*model.OpeningEntry, there map[string]*model.OpeningEntry) (err error) {
	for _, e := range wanted {
		if was := there[e.ExternalID]; was != nil && sameOpening(was, e) {
			p.OpeningEntryIDs = append(p.OpeningEntryIDs, was.ID)
			continue
		}
		if e.Version == 0 {
			if e.ID, err = newID(model.KindOpeningEntry); err != nil {
				return err
			}
		}
		if _, err := tx.SaveOpeningEntry(ctx, e); err != nil {
			return err
		}
		p.Written++
		p.OpeningEntryIDs = append(p.OpeningEntryIDs, e.ID)
	}
	return nil
}

func (s *Service) openingOf(ctx context.Context, tx *store.Tx, errs *model.UserErrors, path string, given *OpeningEntryInput, was *model.OpeningEntry) (*model.OpeningEntry, *model.Period, error) {
	e := &model.OpeningEntry{
		ExternalID: given.ExternalID, PayeeID: given.PayeeID, PeriodID: given.PeriodID, Account: given.Account, Amount: given.Amount, PlanID: given.PlanID,
		Key: or(given.DrawKey, ""), ReleaseOn: given.ReleaseOn, AuthorID: actorOf(tx),
	}
	checkText(errs, path+".externalId", given.ExternalID, maxKey)
	checkMinor(errs, path+".amount", given.Amount)
	if !given.Amount.Amount.IsPositive() {
		errs.Add(model.UserInvalid, path+".amount.amount", "a balance is above 0; its account says who owes it")
	}
	if !slices.Contains([]model.LedgerAccount{model.AccountHeld, model.AccountPayable, model.AccountCarried, model.AccountDraw, model.AccountEarned}, given.Account) {
		errs.Add(model.UserInvalid, path+".account", "balances are brought in HELD, PAYABLE, CARRIED, DRAW and EARNED")
	}
	draw := given.Account == model.AccountDraw
	if draw != (given.PlanID != nil) || draw != (given.DrawKey != nil) {
		errs.Add(model.UserInvalid, path+".drawKey", "DRAW names its plan and draw, the others do not")
	}
	if given.ReleaseOn != nil && given.Account != model.AccountHeld {
		errs.Add(model.UserInvalid, path+".releaseOn", "it is for HELD")
	}
	if given.ReleaseOn == nil && given.Account == model.AccountHeld {
		errs.Add(model.UserRequired, path+".releaseOn", "say from which day on what is held is payable")
	}
	if given.PlanID != nil {
		plans, err := tx.PlansByID(ctx, tx.Scope(), ids(given.PlanID))
		if err != nil {
			return nil, nil, err
		}
		needed(errs, path+".planId", given.PlanID, plans)
	}
	payees, err := tx.PayeesByID(ctx, tx.Scope(), ids(&given.PayeeID))
	if err != nil {
		return nil, nil, err
	}
	needed(errs, path+".payeeId", &given.PayeeID, payees)
	period, err := s.openPayPeriod(ctx, tx, errs, path+".periodId", given.PeriodID)
	if err != nil {
		return nil, nil, err
	}
	if was != nil {
		e.ID, e.Version = was.ID, was.Version
		if was.PeriodID != given.PeriodID || was.PayeeID != given.PayeeID {
			errs.Add(model.UserInvalid, path+".periodId", "an entry stays with its payee and period: remove it, and set another")
		}
	}
	if version := e.Version; given.IfVersion != nil && *given.IfVersion != version {
		errs.Add(model.UserConflict, path+".ifVersion", "the entry has version %d: read it again and repeat the change on that", version)
	}
	return e, period, nil
}

func sameOpening(a, b *model.OpeningEntry) bool {
	return a.Account == b.Account && a.Amount.Currency == b.Amount.Currency && a.Amount.Amount.Equal(b.Amount.Amount) && a.Key == b.Key &&
		jsonEqual(a.PlanID, b.PlanID) && jsonEqual(a.ReleaseOn, b.ReleaseOn)
}

// RemoveOpeningEntryInput is an opening entry to remove.
type RemoveOpeningEntryInput struct {
	ID               model.ID
	IfVersion        int
	ClientMutationID *string
}

// RemoveOpeningEntryPayload is what removing did.
type RemoveOpeningEntryPayload struct {
	Outcome
	OpeningEntryID *model.ID
}

// RemoveOpeningEntry removes a balance that was brought in an open period.
func (s *Service) RemoveOpeningEntry(ctx context.Context, input RemoveOpeningEntryInput) (*RemoveOpeningEntryPayload, error) {
	return mutate(ctx, s, "removeOpeningEntry", input, func(tx *store.Tx, p *RemoveOpeningEntryPayload) error {
		var errs model.UserErrors
		found, err := tx.OpeningEntriesByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		e := needed(&errs, "input.id", &input.ID, found)
		if e == nil {
			return errs
		}
		p.OpeningEntryID = &e.ID
		period, err := s.openPayPeriod(ctx, tx, &errs, "input.id", e.PeriodID)
		if err = firstError(err, errs); err != nil {
			return err
		}
		if err := tx.RemoveOpeningEntry(ctx, e.ID, input.IfVersion); err != nil {
			return err
		}
		return tx.MarkDirty(ctx, store.Dirty{Payee: &e.PayeeID, Days: period.Days})
	})
}
