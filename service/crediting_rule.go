package service

import (
	"context"
	"errors"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// RuleShareInput is a position with its share as given.
type RuleShareInput = model.RuleShare

// The bounds of a rule's lists.
const (
	maxLevels   = 50
	maxPriority = 1_000_000
)

// checkRule refuses a rule that crediting could not go by. The rule's key and
// days are checked elsewhere.
func checkRule(ctx context.Context, tx *store.Tx, errs *model.UserErrors, rule *model.CreditingRule) error {
	checkText(errs, "input.name", rule.Name, maxName)
	if rule.Priority < -maxPriority || rule.Priority > maxPriority {
		errs.Add(model.UserInvalid, "input.priority", "a priority lies between -%d and %d", maxPriority, maxPriority)
	}
	checkCondition(errs, "input.condition", rule.Condition)
	checkReceivers(errs, rule)
	types, err := tx.CreditTypesByID(ctx, tx.Scope(), ids(&rule.CreditTypeID))
	if err != nil {
		return err
	}
	needed(errs, "input.creditTypeId", &rule.CreditTypeID, types)
	if err := checkKinds(ctx, tx, errs, rule.TransactionKinds); err != nil {
		return err
	}
	return checkShares(ctx, tx, errs, "input.positions", rule.Positions)
}

func checkCondition(errs *model.UserErrors, path, condition string) {
	_, err := calc.Compile(calc.TransactionEnv, condition, calc.ResultBool)
	if wrong, is := errors.AsType[*calc.ExpressionError](err); is {
		errs.Add(model.UserExpression, path, "%s", wrong)
	}
}

func checkReceivers(errs *model.UserErrors, rule *model.CreditingRule) {
	fits := map[model.CreditKind][]model.Receivers{
		model.CreditDirect:  {model.ReceiveSellers, model.ReceivePositions},
		model.CreditRollup:  {model.ReceiveManagers},
		model.CreditOverlay: {model.ReceivePositions},
	}
	if allowed, known := fits[rule.CreditKind]; !known {
		errs.Add(model.UserInvalid, "input.creditKind", "a rule gives DIRECT, ROLLUP or OVERLAY credits")
	} else if !slices.Contains(allowed, rule.Receivers) {
		errs.Add(model.UserInvalid, "input.receivers", "%s credits go to %s", rule.CreditKind, joined(allowed))
	}
	if rule.Levels < 0 || rule.Levels > maxLevels {
		errs.Add(model.UserInvalid, "input.levels", "0 to %d levels", maxLevels)
	}
	if len(rule.LevelShares) > maxLevels {
		errs.Add(model.UserTooMany, "input.levelShares", "at most %d levels", maxLevels)
	}
	for i, share := range rule.LevelShares {
		if share.IsNegative() {
			errs.Add(model.UserInvalid, indexed("input.levelShares", i), "a share is not negative")
		}
	}
	managers, positions := rule.Receivers == model.ReceiveManagers, rule.Receivers == model.ReceivePositions
	if !managers && (rule.Levels != 0 || len(rule.LevelShares) > 0) {
		errs.Add(model.UserInvalid, "input.levels", "levels and their shares are for MANAGERS")
	}
	switch {
	case positions && len(rule.Positions) == 0:
		errs.Add(model.UserRequired, "input.positions", "name who gets the credits")
	case !positions && len(rule.Positions) > 0:
		errs.Add(model.UserInvalid, "input.positions", "positions are for the receivers POSITIONS")
	case positions && rule.CreditKind == model.CreditDirect && !rule.OverAllocate:
		checkWhole(errs, "input.positions", rule.Positions)
	}
	if rule.OverAllocate && rule.CreditKind != model.CreditDirect {
		errs.Add(model.UserInvalid, "input.overAllocate", "only DIRECT shares are held to a sum")
	}
}

func joined[T ~string](words []T) (out string) {
	for i, w := range words {
		if i > 0 {
			out += " or "
		}
		out += string(w)
	}
	return out
}

func checkWhole(errs *model.UserErrors, path string, shares []model.RuleShare) {
	var total decimal.Decimal
	for _, s := range shares {
		total = total.Add(s.Share)
	}
	if !total.Equal(decimal.NewFromInt(1)) {
		errs.Add(model.UserShares, path, "the shares sum to %s, not to 1", total)
	}
}

func checkKinds(ctx context.Context, tx *store.Tx, errs *model.UserErrors, keys []string) error {
	if len(keys) > maxList {
		errs.Add(model.UserTooMany, "input.transactionKinds", "at most %d kinds", maxList)
		return nil
	}
	kinds, err := tx.TransactionKinds(ctx, tx.Scope())
	for i, key := range keys {
		switch at := slices.IndexFunc(kinds, func(k *model.TransactionKind) bool { return k.Key == key }); {
		case at < 0:
			errs.Add(model.UserNotFound, indexed("input.transactionKinds", i), "there is no kind %q", key)
		case kinds[at].Role != model.RoleCreditable:
			errs.Add(model.UserInvalid, indexed("input.transactionKinds", i), "transactions of kind %q make no credits by rules: a reversal's follow its sale's", key)
		case slices.Contains(keys[:i], key):
			errs.Add(model.UserDuplicateInput, indexed("input.transactionKinds", i), "the kind stands twice")
		}
	}
	return err
}

// checkShares refuses positions that are not there or stand twice, and shares
// that are not above 0.
func checkShares(ctx context.Context, tx *store.Tx, errs *model.UserErrors, path string, shares []model.RuleShare) error {
	if len(shares) > maxList {
		errs.Add(model.UserTooMany, path, "at most %d positions", maxList)
		return nil
	}
	wanted := make([]model.ID, len(shares))
	for i, s := range shares {
		wanted[i] = s.PositionID
	}
	found, err := tx.PositionsByID(ctx, tx.Scope(), wanted)
	for i, s := range shares {
		at := indexed(path, i)
		needed(errs, at+".positionId", &s.PositionID, found)
		if !s.Share.IsPositive() {
			errs.Add(model.UserInvalid, at+".share", "a share is above 0")
		}
		if slices.Contains(wanted[:i], s.PositionID) {
			errs.Add(model.UserDuplicateInput, at+".positionId", "the position stands twice")
		}
	}
	return err
}

// refuseRuleOverlap refuses days on which another version of the key is in
// force.
func refuseRuleOverlap(ctx context.Context, tx *store.Tx, rule *model.CreditingRule, path string) error {
	others, err := tx.CreditingRulesByKey(ctx, tx.Scope(), rule.Key)
	if err != nil {
		return err
	}
	for _, other := range others {
		if other.ID != rule.ID && other.Days.Overlaps(rule.Days) {
			return model.Refuse(model.UserOverlap, path, "a version of this key is in force from %s on", other.Days.From)
		}
	}
	return nil
}

// markRule marks the transactions that any of the rule's versions takes or
// took on the days.
func markRule(ctx context.Context, tx *store.Tx, days model.Interval, versions ...*model.CreditingRule) error {
	what := store.Recredit{Days: days}
	for _, rule := range versions {
		what.All = what.All || len(rule.TransactionKinds) == 0
		what.Kinds = append(what.Kinds, rule.TransactionKinds...)
	}
	if what.All {
		what.Kinds = nil
	}
	return tx.MarkRecredit(ctx, what)
}

// markRulesOf marks the transactions that rules give to the position.
func markRulesOf(ctx context.Context, tx *store.Tx, position model.ID, days model.Interval) error {
	rules, err := tx.CreditingRules(ctx, tx.Scope())
	if err != nil {
		return err
	}
	naming := slices.DeleteFunc(rules, func(r *model.CreditingRule) bool {
		return !r.Days.Overlaps(days) || !slices.ContainsFunc(r.Positions, func(s model.RuleShare) bool { return s.PositionID == position })
	})
	if len(naming) == 0 {
		return nil
	}
	return markRule(ctx, tx, days, naming...)
}

// sharesOf gives the shares as values.
func sharesOf(given []*RuleShareInput) []model.RuleShare {
	out := make([]model.RuleShare, len(given))
	for i, s := range given {
		out[i] = *s
	}
	return out
}
