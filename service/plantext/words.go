package plantext

import (
	"strings"
	"unicode"

	"github.com/shopspring/decimal"

	"spm/model"
)

// unit is how a number is told.
type unit int

// The units of numbers.
const (
	asNumber  unit = iota
	asPercent      // a fraction
	asMoney        // in the plan's currency
	asFactor
	ofQuota  // a fraction of quota
	byKind   // a component's rate: a fraction of value, or money
	asCell   // by the table's cells
	asAmount // by the parameter, which is of any unit
)

// called says what a field is called in a sentence, where its name in the text
// does not say it, and what its number is.
var called = map[string]struct {
	noun string
	unit unit
}{
	"startDate": {"first day", 0}, "endDate": {"last day", 0}, "lookedUpBy": {"measure that its table is looked up by", 0}, "condition": {"condition", 0},
	"eligibility": {"eligibility", 0}, "payout": {"payout period", 0}, "window": {"measurement window", 0}, "rateKind": {"way of earning", 0},
	"rate": {"rate", byKind}, "tierMode": {"way in which tiers apply", 0}, "rateMoment": {"moment at which a credit is looked up", 0},
	"accumulate": {"span of the running total", 0}, "event": {"event that is paid", 0}, "overrideBasis": {"basis of the override", 0},
	"compress": {"skipping of vacant levels", 0}, "team": {"team that shares", 0}, "weight": {"weight", 0}, "targetShare": {"share of the target incentive", asPercent},
	"target": {"target incentive", asMoney}, "attainmentCap": {"attainment cap", ofQuota}, "bonusLevels": {"bonus levels that are paid", 0},
	"earningCode": {"earning code", 0}, "restart": {"new beginning of running totals", 0}, "amount": {"amount", asMoney}, "factor": {"factor", asFactor},
	"per": {"span", 0}, "excess": {"fate of what lies above", 0}, "except": {"components left out", 0}, "over": {"reach", 0}, "default": {"default", asAmount},
	"roundStage": {"stage of rounding", 0}, "roundMode": {"mode of rounding", 0}, "roundScale": {"number of decimals", 0},
	"fxCreditToPlan": {"exchange rate from credit to plan", 0}, "fxPlanToPay": {"exchange rate from plan to pay", 0}, "planRates": {"stated exchange rate", 0},
	"returns": {"treatment of returns", 0}, "continuity": {"continuity after a transfer", 0}, "quotaProration": {"proration of quotas", 0},
	"targetProration": {"proration of target incentives", 0}, "bonusProration": {"proration of bonuses", 0}, "capProration": {"proration of caps", 0},
	"floorProration": {"proration of floors", 0}, "multipliers": {"combination of multipliers", 0}, "prorationUnit": {"rounding of a day's rate", 0},
	"quotaChange": {"value of a quota that changes within a window", 0}, "quotaBasis": {"basis of attainment", 0}, "quotaCarry": {"carrying of quotas", 0},
	"negativePay": {"treatment of pay below zero", 0}, "statusPolicy": {"status", 0}, "accrues": {"accruing", 0}, "pays": {"paying", 0}, "prorates": {"prorating", 0},
	"release": {"release", 0}, "trigger": {"trigger", 0}, "months": {"months", 0}, "days": {"days", 0}, "cash": {"effect of payments", 0}, "from": {"beginning", 0},
	"clawbacks": {"clawback", 0}, "cause": {"cause", 0}, "basis": {"basis", 0}, "method": {"method", 0}, "eventMonth": {"counting of the month in which it happens as earned", 0},
	"onlyDirect": {"sparing of managers and overlays", 0}, "guarantees": {"guarantee", 0}, "draws": {"draw", 0}, "counts": {"components that count", 0},
	"besides": {"formula of what is paid elsewhere", 0}, "whole": {"paying in full for a part of the period", 0}, "recoverAfter": {"number of pay periods before it is paid back", 0},
	"recoverShare": {"share of later pay that pays it back", asPercent}, "atEnd": {"fate of what is owed at its end", 0}, "leaver": {"policy for who leaves", 0},
	"holds": {"fate of what is held when the payee leaves", 0}, "draw": {"fate of advances when the payee leaves", 0}, "debit": {"fate of pay below zero when the payee leaves", 0},
	"deferred": {"holding of what the gate stops", 0}, "openWindow": {"treatment of open windows", 0}, "lastPayAfter": {"number of pay periods until the last pay", 0},
	"goals": {"goal", 0}, "share": {"share", asPercent}, "cell": {"cell", asCell}, "at": {"attainment", ofQuota}, "gaps": {"gaps between rows", 0},
	"cellKind": {"kind of cells", 0}, "rows": {"tier", 0}, "bonus": {"bonus level", 0}, "overrideLevels": {"level", 0}, "steps": {"month of the ramp", 0},
	"components": {"component", 0}, "caps": {"cap or floor", 0}, "parameters": {"parameter", 0}, "adjustments": {"step", 0}, "rateTables": {"rate table", 0},
	"sources": {"source", 0}, "dimensions": {"dimension", 0}, "tests": {"worked test", 0}, "facts": {"fact", 0}, "expect": {"expectation", 0}, "quotas": {"quota", 0},
}

// nounOf gives what a field is called in a sentence: its own words, where the
// table has none.
func nounOf(name string) string {
	if own := called[name].noun; own != "" {
		return own
	}
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// phrases says what a choice means, where its word alone does not.
var phrases = map[string]string{ //nolint:gosec // CREDIT is no credential
	"roundStage=COMPONENT": "each component", "roundStage=LINE": "each line", "roundStage=STATEMENT": "the whole statement",
	"roundMode=HALF_UP": "half away from zero", "roundMode=HALF_EVEN": "half to the even digit", "roundMode=UP": "away from zero", "roundMode=DOWN": "toward zero",
	"fx=EVENT": "of the credit's date", "fx=PERIOD_END": "of the period's last day", "fx=PAY_DATE": "of the pay date", "fx=PLAN_RATE": "stated by the plan",
	"returns=NEGATIVE_CREDIT": "negative credits at their own date", "returns=CLAWBACK": "clawback", "returns=IGNORE": "not counted",
	"continuity=ASSIGNMENT": "totals begin anew in each position", "continuity=FOLLOW_PAYEE": "totals go along with the payee", "continuity=FOLLOW_POSITION": "totals stay with the position",
	"proration=DAYS": "by days", "proration=WORKING_DAYS": "by working days", "proration=MONTHS": "by months", "proration=NONE": "in full",
	"multipliers=PRODUCT": "one after the other", "multipliers=SUM": "by the sum of what each adds",
	"quotaChange=LAST_DAY": "the one of the last day", "quotaChange=DAY_WEIGHTED": "the average by days",
	"quotaBasis=WINDOW": "the window's quota", "quotaBasis=TO_DATE": "the quota to date",
	"quotaCarry=NONE": "nothing moves on", "quotaCarry=SHORTFALL": "what was missed moves on", "quotaCarry=SURPLUS": "what was exceeded moves on",
	"negativePay=CARRIED": "carried into the next period", "negativePay=COLLECTED": "collected",
	"period=DAY": "day", "period=WEEK": "week", "period=FOUR_WEEKS": "four weeks", "period=SEMI_MONTHLY": "half month", "period=MONTH": "month", "period=QUARTER": "quarter", "period=HALF": "half year", "period=YEAR": "year",
	"settlement=TRUE_UP": "trued up each period", "settlement=WINDOW_END": "paid when the window ends",
	"rateKind=RATE_ON_VALUE": "a rate on value", "rateKind=UNIT": "money per unit", "rateKind=PER_EVENT": "money per event", "rateKind=TIERED": "tiers", "rateKind=PAY_CURVE": "a pay curve",
	"rateKind=BONUS": "a bonus", "rateKind=MATRIX": "a matrix", "rateKind=OBJECTIVES": "weighted objectives", "rateKind=FORMULA": "a formula", "rateKind=OVERRIDE": "an override", "rateKind=POOL": "a pool",
	"tierMode=MARGINAL": "each tier's rate on what lies in it", "tierMode=RETROACTIVE": "the rate reached on everything", "tierMode=WHOLE_CREDIT": "one rate for each credit",
	"rateMoment=AFTER": "with the credit counted in", "rateMoment=BEFORE": "before the credit counts",
	"accumulate=WINDOW": "the window", "accumulate=PERIOD": "the payout period", "accumulate=ORDER": "the order", "accumulate=EVENT": "the sale",
	"event=CREDIT": "each credit", "event=ORDER": "each order", "overrideBasis=CREDITS": "what those below sell", "overrideBasis=EARNINGS": "what those below earn",
	"bonusLevels=HIGHEST": "the highest one reached", "bonusLevels=EACH": "each one reached",
	"per=PERIOD": "the payout period", "per=WINDOW": "the measurement window", "per=YEAR": "the fiscal year", "excess=FORFEITED": "lost", "excess=CARRIED": "carried on",
	"over=LINE": "each line", "over=ORDER": "each order", "over=COMPONENT": "the component", "over=PLAN": "the plan", "over=PAYEE": "all that the payee earns",
	"trigger=DATE": "a day", "trigger=OFFSET": "a time after the sale or period", "trigger=CASH": "the customer's payments", "trigger=CONDITION": "a condition on the sale", "trigger=PERSON": "a person",
	"from=EVENT": "the sale", "from=PERIOD": "the end of the payout period", "cash=WHOLE": "all once the sale is paid in full", "cash=PROPORTION": "as much as is paid of the sale",
	"cause=RETURN": "the sale is returned", "cause=NON_PAYMENT": "the sale is not paid in time", "cause=LEAVING": "the payee leaves",
	"basis=PAID": "what was paid", "basis=AT_RATE": "what the rate alone gave", "method=FULL": "all of it", "method=PERCENT": "a share of it", "method=UNEARNED_MONTHS": "by the months that are left",
	"method=SHORTFALL": "what pay misses is advanced", "method=UP_FRONT": "payroll has advanced it",
	"atEnd=RECOVER": "paid back from later pay", "atEnd=COLLECT": "collected", "atEnd=WRITE_OFF": "forgiven",
	"holds=CONTINUE": "released as its schedule says", "holds=RELEASE": "released at once", "holds=FORFEIT": "lost", "debt=CARRY": "set against what is still paid", "debt=COLLECT": "collected", "debt=WRITE_OFF": "forgiven",
	"true": "yes", "false": "no",
}

// families say under which name of phrases the words of a field stand.
var families = map[string]string{
	"fxCreditToPlan": "fx", "fxPlanToPay": "fx", "quotaProration": "proration", "targetProration": "proration", "bonusProration": "proration",
	"capProration": "proration", "floorProration": "proration", "payout": "period", "window": "period",
	"draw": "debt", "debit": "debt",
}

// phrase tells a word of a field.
func phrase(name, word string) string {
	if own := families[name]; own != "" {
		name = own
	}
	if own := phrases[name+"="+word]; own != "" {
		return own
	}
	if own := phrases[word]; own != "" {
		return own
	}
	return word
}

// grouped writes a number with commas: 1,234.5.
func grouped(d decimal.Decimal) string {
	text := d.Normalize().String()
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	before, after, pointed := strings.Cut(text, ".")
	for at := len(before) - 3; at > 0; at -= 3 {
		before = before[:at] + "," + before[at:]
	}
	if pointed {
		return sign + before + "." + after
	}
	return sign + before
}

// percent writes a fraction as percent.
func percent(d decimal.Decimal) string { return grouped(d.Shift(2)) + "%" }

// Grouped writes an amount with commas, and with its currency's minor units where
// it has one: 6,600.00.
func Grouped(m model.Money) string {
	if m.Currency == "" {
		return grouped(m.Amount)
	}
	before, after, pointed := strings.Cut(m.AmountText(), ".")
	whole, _ := decimal.NewFromString(before)
	if pointed {
		after = "." + after
	}
	return grouped(whole) + after
}

// Percent writes a fraction as percent: 5%.
func Percent(d decimal.Decimal) string { return percent(d) }
