package model

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"
)

// The choices of calculation.md that a plan version makes; each type's first
// value is its default.

// RoundStage is what is rounded.
type RoundStage string

// The stages of rounding.
const (
	RoundComponent RoundStage = "COMPONENT"
	RoundLine      RoundStage = "LINE"
	RoundStatement RoundStage = "STATEMENT"
)

// RoundMode is how a tie or rest is rounded; each mirrors for negatives.
type RoundMode string

// The modes of rounding.
const (
	HalfUp   RoundMode = "HALF_UP"   // half away from zero
	HalfEven RoundMode = "HALF_EVEN" // half to the even digit
	RoundUp  RoundMode = "UP"        // away from zero
	RoundDn  RoundMode = "DOWN"      // toward zero
)

// FXDate is which date's rate a currency step takes.
type FXDate string

// The date rules of currency steps.
const (
	FXEvent     FXDate = "EVENT"
	FXPeriodEnd FXDate = "PERIOD_END"
	FXPayDate   FXDate = "PAY_DATE"
	FXPlanRate  FXDate = "PLAN_RATE" // no date's: the version states the rate itself
)

// PlanRate says that by a plan version one unit of FromCurrency is Rate units of
// ToCurrency, whatever the day.
type PlanRate struct {
	FromCurrency CurrencyCode    `json:"from"`
	ToCurrency   CurrencyCode    `json:"to"`
	Rate         decimal.Decimal `json:"rate"` // above 0, at most 10 decimals
}

// NormalPlanRates are the stated rates ordered by currencies, each in its
// shortest form, so that equal content has one hash.
func (r *PlanRules) NormalPlanRates() []PlanRate {
	out := slices.Clone(r.PlanRates)
	for i := range out {
		out[i].Rate = out[i].Rate.Normalize()
	}
	slices.SortFunc(out, func(a, b PlanRate) int {
		return cmp.Or(cmp.Compare(a.FromCurrency, b.FromCurrency), cmp.Compare(a.ToCurrency, b.ToCurrency))
	})
	return out
}

// Returns is how a return acts on the measure and the pay.
type Returns string

// The rules of returns.
const (
	ReturnsNegative Returns = "NEGATIVE_CREDIT"
	ReturnsClawback Returns = "CLAWBACK"
	ReturnsIgnore   Returns = "IGNORE"
)

// Continuity is what a transferred payee's running totals follow.
type Continuity string

// The rules of continuity.
const (
	ContinueAssignment Continuity = "ASSIGNMENT"
	ContinuePayee      Continuity = "FOLLOW_PAYEE"    // what was reached in positions that the payee has left counts in the next
	ContinuePosition   Continuity = "FOLLOW_POSITION" // what its earlier holders have reached counts for who takes it
)

// Proration is how a part of a window counts.
type Proration string

// The methods of proration.
const (
	ProrateDays        Proration = "DAYS"
	ProrateWorkingDays Proration = "WORKING_DAYS"
	ProrateMonths      Proration = "MONTHS"
	ProrateNone        Proration = "NONE"
)

// QuotaChange is which value of a quota changed within a window counts.
type QuotaChange string

// The rules of changed quotas.
const (
	QuotaLastDay     QuotaChange = "LAST_DAY"
	QuotaDayWeighted QuotaChange = "DAY_WEIGHTED"
)

// QuotaBasis is what attainment is measured against.
type QuotaBasis string

// The bases of quota.
const (
	QuotaWindow QuotaBasis = "WINDOW"
	QuotaToDate QuotaBasis = "TO_DATE"
)

// QuotaCarry is what of a missed or exceeded quota moves to the next window.
type QuotaCarry string

// The rules of quota carry.
const (
	CarryNone      QuotaCarry = "NONE"
	CarryShortfall QuotaCarry = "SHORTFALL"
	CarrySurplus   QuotaCarry = "SURPLUS"
)

// NegativePay is what happens to pay below zero.
type NegativePay string

// The rules of negative pay.
const (
	NegativeCarried   NegativePay = "CARRIED"
	NegativeCollected NegativePay = "COLLECTED"
)

// PlanRules are a version's choices, with a format number. The zero value of a
// field is its documented default, filled in by WithDefaults.
type PlanRules struct {
	Format          int            `json:"format"`
	RoundStage      RoundStage     `json:"roundStage"`
	RoundMode       RoundMode      `json:"roundMode"`
	RoundScale      *int           `json:"roundScale"` // nil: the currency's minor units
	FXCreditToPlan  FXDate         `json:"fxCreditToPlan"`
	FXPlanToPay     FXDate         `json:"fxPlanToPay"`
	PlanRates       []PlanRate     `json:"planRates,omitempty"` // for steps by PLAN_RATE
	Returns         Returns        `json:"returns"`
	Continuity      Continuity     `json:"continuity"`
	QuotaProration  Proration      `json:"quotaProration"`
	TargetProration Proration      `json:"targetProration"`
	BonusProration  Proration      `json:"bonusProration"`
	CapProration    Proration      `json:"capProration,omitempty"`
	FloorProration  Proration      `json:"floorProration,omitempty"`
	Multipliers     MultiplierRule `json:"multipliers,omitempty"`
	ProrationUnit   *int           `json:"prorationUnit,omitempty"` // decimals to which a unit's rate is rounded first; nil: not
	QuotaChange     QuotaChange    `json:"quotaChange"`
	QuotaBasis      QuotaBasis     `json:"quotaBasis"`
	QuotaCarry      QuotaCarry     `json:"quotaCarry"`
	NegativePay     NegativePay    `json:"negativePay"`
	Ramp            *Ramp          `json:"ramp,omitempty"`         // of quotas, where a component has none of its own
	StatusPolicy    []StatusRule   `json:"statusPolicy,omitempty"` // what is not said of a status is its default
	Leaver          *LeaverPolicy  `json:"leaver,omitempty"`       // nil: its defaults
	Eligibility     string         `json:"eligibility,omitempty"`  // on a day, of all components; empty: always
}

// RulesFormat is the format that this program writes.
const RulesFormat = 1

// WithDefaults fills each choice that was not made.
func (r PlanRules) WithDefaults() PlanRules {
	r.Format = RulesFormat
	fill(&r.RoundStage, RoundComponent)
	fill(&r.RoundMode, HalfUp)
	fill(&r.FXCreditToPlan, FXEvent)
	fill(&r.FXPlanToPay, FXEvent)
	fill(&r.Returns, ReturnsNegative)
	fill(&r.Continuity, ContinueAssignment)
	fill(&r.QuotaProration, ProrateDays)
	fill(&r.TargetProration, ProrateDays)
	fill(&r.BonusProration, ProrateDays)
	fill(&r.CapProration, ProrateDays)
	fill(&r.FloorProration, ProrateDays)
	fill(&r.Multipliers, MultiplyProduct)
	fill(&r.QuotaChange, QuotaLastDay)
	fill(&r.QuotaBasis, QuotaWindow)
	fill(&r.QuotaCarry, CarryNone)
	fill(&r.NegativePay, NegativeCarried)
	return r
}

func fill[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}
