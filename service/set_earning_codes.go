package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// SetEarningCodesInput is earning codes to set.
type SetEarningCodesInput struct {
	Codes            []*EarningCodeInput // 1 to 250
	ClientMutationID *string
}

// EarningCodeInput is a code, found by itself.
type EarningCodeInput struct {
	Code          string
	Name          *string
	Section       *string
	LedgerAccount *string
	Counts        *bool
	IfVersion     *int
}

// SetEarningCodesPayload is what setting did.
type SetEarningCodesPayload struct {
	Outcome
	EarningCodeIDs []model.ID
	Written        int
}

// defaultSection is the section of codes that name none.
const defaultSection = "Earnings"

// SetEarningCodes sets earning codes, all or none; those that are so already are
// not written. Where one counts toward draws otherwise than before, balances of
// open periods are struck anew.
func (s *Service) SetEarningCodes(ctx context.Context, input SetEarningCodesInput) (*SetEarningCodesPayload, error) {
	return mutate(ctx, s, "setEarningCodes", input, func(tx *store.Tx, p *SetEarningCodesPayload) error {
		var errs model.UserErrors
		checkCount(&errs, "input.codes", len(input.Codes))
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := tx.LockPlans(ctx); err != nil {
			return err
		}
		codes := make([]string, len(input.Codes))
		for i, c := range input.Codes {
			codes[i] = c.Code
		}
		onlyOnce(&errs, "input.codes", codes)
		found, err := tx.EarningCodesByKey(ctx, tx.Scope(), codes)
		if err != nil {
			return err
		}
		there := map[string]*model.EarningCode{}
		for _, c := range found {
			there[c.Code] = c
		}
		var wanted []*model.EarningCode
		moves := false
		for i, given := range input.Codes {
			next, moved := codeOf(&errs, indexed("input.codes", i), given, there[given.Code])
			wanted, moves = append(wanted, next), moves || moved
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if err := saveCodes(ctx, tx, p, wanted, there); err != nil {
			return err
		}
		if !moves {
			return nil
		}
		return tx.MarkDirty(ctx, store.Dirty{Days: model.Always})
	})
}

// codeOf makes a code of what is given over what is there, and tells whether it
// counts otherwise than before.
func codeOf(errs *model.UserErrors, at string, given *EarningCodeInput, was *model.EarningCode) (*model.EarningCode, bool) {
	next := &model.EarningCode{Code: given.Code, Name: or(given.Name, given.Code), Section: or(given.Section, defaultSection), LedgerAccount: or(given.LedgerAccount, ""), CountsNot: !or(given.Counts, true)}
	checkText(errs, at+".code", next.Code, maxKey)
	checkText(errs, at+".name", next.Name, maxName)
	checkText(errs, at+".section", next.Section, maxName)
	if next.LedgerAccount != "" {
		checkText(errs, at+".ledgerAccount", next.LedgerAccount, maxKey)
	}
	counted := false
	if was != nil {
		next.ID, next.Version, counted = was.ID, was.Version, was.CountsNot
	}
	if given.IfVersion != nil && *given.IfVersion != next.Version {
		errs.Add(model.UserConflict, at+".ifVersion", "the code has version %d: read it again and repeat the change on that", next.Version)
	}
	return next, counted != next.CountsNot
}

// saveCodes writes the codes that are not so already.
func saveCodes(ctx context.Context, tx *store.Tx, p *SetEarningCodesPayload, wanted []*model.EarningCode, there map[string]*model.EarningCode) (err error) {
	for _, c := range wanted {
		if was := there[c.Code]; was != nil && *was == *c {
			p.EarningCodeIDs = append(p.EarningCodeIDs, was.ID)
			continue
		}
		if c.Version == 0 {
			if c.ID, err = newID(model.KindEarningCode); err != nil {
				return err
			}
		}
		if _, err := tx.SaveEarningCode(ctx, c); err != nil {
			return err
		}
		p.Written++
		p.EarningCodeIDs = append(p.EarningCodeIDs, c.ID)
	}
	return nil
}
