package calc

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// What bounds the rules of a version's balances.
const (
	maxPromises  = 20
	maxParts     = 50
	maxClawbacks = 10
	maxMonths    = 120
	maxDays      = 3660
)

// ValidateBalances checks what a version says of balances: guarantees, draws,
// release schedules, clawbacks and the leaver policy. Periods are those that the
// version's calendar has. Paths begin with the given one, as in "input.draws.0.amount".
func ValidateBalances(path string, v *model.PlanVersion, periods []model.PeriodType) model.UserErrors {
	var errs model.UserErrors
	if len(v.Guarantees) > maxPromises || len(v.Draws) > maxPromises {
		errs.Add(model.UserTooMany, path+".guarantees", "a version has at most %d guarantees and %d draws", maxPromises, maxPromises)
		return errs
	}
	keys := map[string]bool{}
	for i := range v.Guarantees {
		g, at := &v.Guarantees[i], fmt.Sprintf("%s.guarantees.%d", path, i)
		validatePromise(&errs, at, g.Key, keys, g.Amount, g.Formula)
		validatePromised(&errs, at+".besides", g.Besides)
		if !slices.Contains(periods, g.Per) {
			errs.Add(model.UserInvalid, at+".per", "the calendar has no periods of %s", g.Per)
		}
		for j, key := range g.Counts {
			if !slices.ContainsFunc(v.Components, func(c model.Component) bool { return c.Key == key }) {
				errs.Add(model.UserNotFound, fmt.Sprintf("%s.counts.%d", at, j), "the version has no component %s", key)
			}
		}
		if len(g.Counts) > maxParts {
			errs.Add(model.UserTooMany, at+".counts", "at most %d", maxParts)
		}
	}
	clear(keys)
	for i := range v.Draws {
		d, at := &v.Draws[i], fmt.Sprintf("%s.draws.%d", path, i)
		validatePromise(&errs, at, d.Key, keys, d.Amount, d.Formula)
		validateDraw(&errs, at, d)
	}
	if l := v.Rules.Leaver; l != nil {
		oneOf(&errs, path+".rules.leaver.openWindow", l.OpenWindow, "", model.OpenProrate, model.OpenForfeit, model.OpenFull)
		oneOf(&errs, path+".rules.leaver.holds", l.Holds, "", model.HoldsContinue, model.HoldsRelease, model.HoldsForfeit)
		oneOf(&errs, path+".rules.leaver.draw", l.Draw, "", model.DebtCarry, model.DebtCollect, model.DebtWriteOff)
		oneOf(&errs, path+".rules.leaver.debit", l.Debit, "", model.DebtCarry, model.DebtCollect, model.DebtWriteOff)
		if l.LastPayAfter < 0 || l.LastPayAfter > maxMonths {
			errs.Add(model.UserInvalid, path+".rules.leaver.lastPayAfter", "it is 0 to %d", maxMonths)
		}
	}
	for i := range v.Components {
		at := fmt.Sprintf("%s.components.%d", path, i)
		validateRelease(&errs, at+".release", v.Components[i].Release)
		validateClawbacks(&errs, at+".clawbacks", &v.Rules, v.Components[i].Clawbacks)
		validateDeferred(&errs, at+".adjustments", v.Components[i].Adjustments)
	}
	return errs
}

// validateDeferred checks which gates hold what they take: one at most, as what is
// held waits for one.
func validateDeferred(errs *model.UserErrors, at string, adjustments []model.Adjustment) {
	deferring := 0
	for i := range adjustments {
		a := &adjustments[i]
		if !a.Deferred {
			continue
		}
		if deferring++; a.Kind != model.AdjustGate || a.Over != model.OverComponent {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.%d.deferred", at, i), "gates over the component defer")
		} else if deferring > 1 {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.%d.deferred", at, i), "one gate of a component defers: write both conditions into it")
		}
	}
}

func oneOf[T ~string](errs *model.UserErrors, path string, value T, have ...T) {
	if !slices.Contains(have, value) {
		errs.Add(model.UserInvalid, path, "%q is none of %v", value, have)
	}
}

// validatePromise checks what guarantees and draws have in common.
func validatePromise(errs *model.UserErrors, at, key string, keys map[string]bool, amount *decimal.Decimal, formula string) {
	switch {
	case key == "" || len(key) > 200:
		errs.Add(model.UserRequired, at+".key", "it needs a key of 1 to 200 characters")
	case keys[key]:
		errs.Add(model.UserDuplicateInput, at+".key", "one before has this key")
	}
	keys[key] = true
	validNumber(errs, at+".amount", amount)
	if (amount == nil) == (formula == "") {
		errs.Add(model.UserInvalid, at+".amount", "give an amount or a formula")
	}
	if amount != nil && amount.IsNegative() {
		errs.Add(model.UserInvalid, at+".amount", "it is at least 0")
	}
	validatePromised(errs, at+".formula", formula)
}

// validatePromised checks a formula that reads the window, but no component's
// earning: balances come after all of them.
func validatePromised(errs *model.UserErrors, at, formula string) {
	if formula == "" {
		return
	}
	ValidateExpression(errs, at, WindowEnv, formula, ResultNumber)
	if e, err := Compile(WindowEnv, formula, ResultNumber); err == nil && (len(e.earnings) > 0 || len(e.back.earnings) > 0) {
		errs.Add(model.UserInvalid, at, "it cannot read what components earn")
	}
}

func validateDraw(errs *model.UserErrors, at string, d *model.Draw) {
	oneOf(errs, at+".method", d.Method, "", model.DrawShortfall, model.DrawUpFront)
	oneOf(errs, at+".atEnd", d.AtEnd, "", model.DrawRecover, model.DrawCollect, model.DrawWriteOff)
	if d.Days().Empty() {
		errs.Add(model.UserInvalid, at+".endDate", "a draw ends on or after the day on which it begins")
	}
	if d.RecoverAfter < 0 || d.RecoverAfter > maxMonths {
		errs.Add(model.UserInvalid, at+".recoverAfter", "it is 0 to %d", maxMonths)
	}
	validateFraction(errs, at+".recoverShare", d.RecoverShare)
}

// validateFraction checks a fraction above 0 and at most 1, where one is given.
func validateFraction(errs *model.UserErrors, at string, d *decimal.Decimal) {
	validNumber(errs, at, d)
	if d != nil && (!d.IsPositive() || d.GreaterThan(oneDecimal)) {
		errs.Add(model.UserInvalid, at, "it is above 0 and at most 1")
	}
}

// validateRelease checks a schedule: parts that total 1, each with what its trigger
// needs and nothing of another.
func validateRelease(errs *model.UserErrors, path string, all []model.ReleasePart) {
	if len(all) > maxParts {
		errs.Add(model.UserTooMany, path, "a schedule has at most %d parts", maxParts)
		return
	}
	total, names := decimal.Zero, map[string]bool{}
	for i := range all {
		p, at := &all[i], fmt.Sprintf("%s.%d", path, i)
		if p.Name == "" || len(p.Name) > 200 || names[p.Name] {
			errs.Add(model.UserInvalid, at+".name", "a part has a name of its own, 1 to 200 characters")
		}
		names[p.Name] = true
		validateFraction(errs, at+".share", &p.Share)
		total = total.Add(p.Share)
		wants := func(field string, of model.ReleaseTrigger, given, needed bool) {
			if given && p.Trigger != of {
				errs.Add(model.UserInvalid, at+"."+field, "%s has no use for it", p.Trigger)
			}
			if needed && !given && p.Trigger == of {
				errs.Add(model.UserRequired, at+"."+field, "%s needs it", p.Trigger)
			}
		}
		oneOf(errs, at+".trigger", p.Trigger, model.ReleaseDate, model.ReleaseOffset, model.ReleaseCash, model.ReleaseCondition, model.ReleasePerson)
		wants("date", model.ReleaseDate, p.Date != nil, true)
		wants("from", model.ReleaseOffset, p.From != "", false)
		wants("months", model.ReleaseOffset, p.Months != 0, false)
		wants("days", model.ReleaseOffset, p.Days != 0, false)
		wants("cash", model.ReleaseCash, p.Cash != "", false)
		wants("condition", model.ReleaseCondition, p.Condition != "", true)
		oneOf(errs, at+".from", p.From, "", model.FromEvent, model.FromPeriod)
		oneOf(errs, at+".cash", p.Cash, "", model.CashWhole, model.CashProportion)
		if p.Months < 0 || p.Months > maxMonths {
			errs.Add(model.UserInvalid, at+".months", "it is 0 to %d", maxMonths)
		}
		if p.Days < 0 || p.Days > maxDays {
			errs.Add(model.UserInvalid, at+".days", "it is 0 to %d", maxDays)
		}
		ValidateExpression(errs, at+".condition", TransactionEnv, p.Condition, ResultBool)
	}
	if len(all) > 0 && !total.Equal(oneDecimal) {
		errs.Add(model.UserShares, path, "the shares total %s, not 1", total)
	}
}

// validateClawbacks checks clawbacks: each with what its cause and method need and
// nothing of another.
func validateClawbacks(errs *model.UserErrors, path string, rules *model.PlanRules, all []model.Clawback) {
	if len(all) > maxClawbacks {
		errs.Add(model.UserTooMany, path, "a component has at most %d clawbacks", maxClawbacks)
		return
	}
	for i := range all {
		c, at := &all[i], fmt.Sprintf("%s.%d", path, i)
		oneOf(errs, at+".cause", c.Cause, model.ClawReturn, model.ClawNonPayment, model.ClawLeaving)
		oneOf(errs, at+".basis", c.Basis, "", model.ClawPaid, model.ClawAtRate)
		oneOf(errs, at+".method", c.Method, "", model.ClawFull, model.ClawPercent, model.ClawUnearned)
		validateFraction(errs, at+".share", c.Share)
		if percent := c.MethodGiven() == model.ClawPercent; percent != (c.Share != nil) {
			errs.Add(model.UserInvalid, at+".share", "PERCENT has a share, the others none")
		}
		months := c.Cause != model.ClawNonPayment || c.MethodGiven() == model.ClawUnearned
		if months && (c.Months < 1 || c.Months > maxMonths) || !months && c.Months != 0 {
			errs.Add(model.UserInvalid, at+".months", "RETURN, LEAVING and UNEARNED_MONTHS have 1 to %d months, the others none", maxMonths)
		}
		if late := c.Cause == model.ClawNonPayment; late && (c.Days < 1 || c.Days > maxDays) || !late && c.Days != 0 {
			errs.Add(model.UserInvalid, at+".days", "NON_PAYMENT has 1 to %d days, the others none", maxDays)
		}
		if c.EventMonth && c.MethodGiven() != model.ClawUnearned {
			errs.Add(model.UserInvalid, at+".eventMonth", "it is for UNEARNED_MONTHS")
		}
		if c.Cause == model.ClawReturn && rules.Returns != model.ReturnsClawback {
			errs.Add(model.UserInvalid, at+".cause", "RETURN takes back where the version's returns are %s; otherwise they are paid as negative credits, or ignored", model.ReturnsClawback)
		}
	}
}
