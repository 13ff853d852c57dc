package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// DiffCause is why what a payee earns differs between two moments, or two periods.
type DiffCause string

// The causes between two moments of one period, in the order in which they are
// replayed.
const (
	DiffFX        DiffCause = "FX"        // exchange rates
	DiffHierarchy DiffCause = "HIERARCHY" // titles, positions, payees, who held what, teams
	DiffDeal      DiffCause = "DEAL"      // transactions
	DiffCredit    DiffCause = "CREDIT"    // rules, resolutions, activities
	DiffQuota     DiffCause = "QUOTA"     // quotas, target incentives, values of measures
	DiffRate      DiffCause = "RATE"      // rate tables, parameters
	DiffPlan      DiffCause = "PLAN"      // measures, plan versions, who is given which
	DiffOther     DiffCause = "OTHER"     // what is left: catalogues, calendars, the tenant
	DiffEngine    DiffCause = "ENGINE"    // results that are not what this engine gives
)

// DiffCauses are the causes between two moments, in their order.
var DiffCauses = []DiffCause{DiffFX, DiffHierarchy, DiffDeal, DiffCredit, DiffQuota, DiffRate, DiffPlan, DiffOther, DiffEngine}

// The causes between two periods, in their order; DiffQuota and DiffRate are
// among them.
const (
	DiffComponent  DiffCause = "COMPONENT"  // a component that only one of the periods has
	DiffVolume     DiffCause = "VOLUME"     // what is measured
	DiffCurrency   DiffCause = "CURRENCY"   // the step to pay currency
	DiffAdjustment DiffCause = "ADJUSTMENT" // multipliers, gates, caps, floors, earlier periods, rounding
)

// PeriodCauses are the causes between two periods, in their order.
var PeriodCauses = []DiffCause{DiffComponent, DiffVolume, DiffQuota, DiffRate, DiffCurrency, DiffAdjustment}

// DiffPart is what a cause makes of one component's earning.
type DiffPart struct {
	PositionID    ID
	PlanID        ID
	ComponentKey  string
	ComponentName string
	Amount        Money
}

// DiffChange is an object that changed, in words before and after; "" where it
// was not there. Of two periods it is a deal of one of them.
type DiffChange struct {
	ObjectID ID
	Name     string
	Before   *string
	After    *string
	Own      bool   // it is a deal of the payee's
	Amount   *Money // of a deal: what its lines come to, less where it is of the earlier period
}

// DiffOfCause is what one cause makes of the earnings.
type DiffOfCause struct {
	Cause   DiffCause
	Totals  []Money // one per currency
	Parts   []*DiffPart
	Changes []*DiffChange
}

// DiffSide is one of the two results that are compared.
type DiffSide struct {
	PeriodID ID
	Sequence int64      // of the moment
	At       *time.Time // when it was sealed
	Totals   []Money
}

// EarningsDiff is the change between two results, by cause.
type EarningsDiff struct {
	PayeeID ID
	From    DiffSide
	To      DiffSide
	Change  []Money
	Causes  []*DiffOfCause
}

// ChangeOf sums parts by currency, in the order in which currencies come.
func ChangeOf(parts []*DiffPart) []Money {
	out := []Money{}
	at := map[CurrencyCode]int{}
	for _, p := range parts {
		i, known := at[p.Amount.Currency]
		if !known {
			i = len(out)
			at[p.Amount.Currency], out = i, append(out, Money{Amount: decimal.Zero, Currency: p.Amount.Currency})
		}
		out[i].Amount = out[i].Amount.Add(p.Amount.Amount)
	}
	return out
}
