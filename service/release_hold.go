package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// ReleaseHoldInput is what to release of an earning that is held.
type ReleaseHoldInput struct {
	EarningID        model.ID
	Source           *string // of a deal, with ExternalID; all of the earning where absent
	ExternalID       *string
	Part             *string // name of the part; all that wait for a person where absent
	Date             model.Date
	Reason           string
	ClientMutationID *string
}

// ReleaseHoldPayload is what releasing did.
type ReleaseHoldPayload struct {
	Outcome
	HoldReleaseID *model.ID
}

// ReleaseHold makes parts of an earning payable that wait for a person, from a day
// of an open period on. Where none does it is refused: INVALID_STATE. Nobody
// releases their own: SAME_PERSON.
func (s *Service) ReleaseHold(ctx context.Context, input ReleaseHoldInput) (*ReleaseHoldPayload, error) {
	return mutate(ctx, s, "releaseHold", input, func(tx *store.Tx, p *ReleaseHoldPayload) error {
		var errs model.UserErrors
		found, err := tx.EarningsByID(ctx, tx.Scope(), ids(&input.EarningID))
		if err != nil {
			return err
		}
		e := needed(&errs, "input.earningId", &input.EarningID, found)
		if e == nil {
			return errs
		}
		checkText(&errs, "input.reason", input.Reason, maxReason)
		if (input.Source == nil) != (input.ExternalID == nil) {
			errs.Add(model.UserRequired, "input.externalId", "a deal is named by its source and external id")
		}
		closed, err := tx.SharePeriods(ctx, []model.Interval{{From: input.Date, To: input.Date.AddDays(1)}})
		if err != nil {
			return err
		}
		for i := range closed {
			errs.Add(model.UserPeriodClosed, "input.date", "%s is %s: release on a day of an open period", closed[i].Name, closed[i].Status)
			break
		}
		if err := checkReleasable(ctx, tx, &errs, e, or(input.Part, "")); err != nil {
			return err
		}
		own, err := payeesOf(ctx, tx)
		if err != nil {
			return err
		}
		if slices.Contains(own, e.PayeeID) {
			errs.Add(model.UserSamePerson, "input.earningId", "nobody releases their own pay")
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		id, err := newID(model.KindHoldRelease)
		if err != nil {
			return err
		}
		p.HoldReleaseID = &id
		_, err = tx.SaveHoldRelease(ctx, &model.HoldRelease{
			ID: id, PayeeID: e.PayeeID, PositionID: e.PositionID, PeriodID: e.PeriodID, ComponentID: e.ComponentID, Source: or(input.Source, ""), ExternalID: or(input.ExternalID, ""),
			Part: or(input.Part, ""), Date: input.Date, Reason: input.Reason, AuthorID: actorOf(tx), CreatedAt: s.Now().UTC(),
		})
		if err != nil {
			return err
		}
		return tx.MarkDirty(ctx, store.Dirty{Payee: &e.PayeeID, Days: model.Interval{From: input.Date, To: input.Date.AddDays(1)}})
	})
}

// checkReleasable checks that a part of an earning waits for a person: the part
// that is named, or any.
func checkReleasable(ctx context.Context, tx *store.Tx, errs *model.UserErrors, e *model.Earning, part string) error {
	versions, err := tx.PlanVersionsByID(ctx, model.Unbounded(tx.Scope().Tenant, tx.Scope().Read), ids(&e.PlanVersionID))
	if err != nil || versions[e.PlanVersionID] == nil {
		return err
	}
	byHand := 0
	for _, c := range versions[e.PlanVersionID].Components {
		if c.Key != e.ComponentKey {
			continue
		}
		for i := range c.Release {
			if p := &c.Release[i]; p.Trigger == model.ReleasePerson {
				byHand++
				if part == "" || p.Name == part {
					return nil
				}
			}
		}
	}
	if byHand > 0 {
		errs.Add(model.UserNotFound, "input.part", "no part %q of component %s waits for a person", part, e.ComponentKey)
		return nil
	}
	errs.Add(model.UserState, "input.earningId", "no part of component %s waits for a person", e.ComponentKey)
	return nil
}
