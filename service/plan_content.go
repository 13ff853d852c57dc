package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// PlanRulesInput are the choices of a plan version as given; what is empty is
// its default.
type PlanRulesInput = model.PlanRules

// PlanRateInput is a rate that a version states itself.
type PlanRateInput = model.PlanRate

// StatusRuleInput says what days of a status count for.
type StatusRuleInput = model.StatusRule

// RampInput is a ramp as given; RampStepInput one of its steps.
type (
	RampInput     = model.Ramp
	RampStepInput = model.RampStep
)

// BonusLevelInput is a level of a bonus as given.
type BonusLevelInput = model.BonusLevel

// AdjustmentInput is a step between rate and rounding as given.
type AdjustmentInput struct {
	Kind      model.AdjustmentKind
	Name      string
	Over      *model.AdjustmentOver
	Condition *string
	Factor    *decimal.Decimal
	Amount    *decimal.Decimal
	Per       *model.CapPer
	Excess    *model.CapExcess
	Deferred  *bool
}

// GoalInput is a goal of a component as given.
type GoalInput struct {
	Key         string
	MeasureID   model.ID
	Weight      decimal.Decimal
	RateTableID *model.ID
}

// OverrideLevelInput is the rate of an override at a level as given.
type OverrideLevelInput = model.OverrideLevel

// EarningSourceInput names a component whose earnings an override reads.
type EarningSourceInput struct {
	PlanID       *model.ID
	ComponentKey string
}

// ComponentInput is one way of earning as given.
type ComponentInput struct {
	Key         string
	Name        *string
	MeasureID   *model.ID
	Condition   *string
	Eligibility *string
	StartDate   *model.Date
	EndDate     *model.Date
	Payout      model.PeriodType
	Window      *model.PeriodType
	Settlement  *model.Settlement
	RateKind    model.RateKind
	Rate        *decimal.Decimal
	RateTableID *model.ID
	TierMode    *model.TierMode

	LookedUpByID *model.ID

	RateMoment *model.RateMoment
	Accumulate *model.Accumulation
	Event      *model.EventOf
	Goals      []*GoalInput
	Formula    *string

	OverrideBasis  *model.OverrideBasis
	OverrideLevels []*OverrideLevelInput
	Sources        []*EarningSourceInput
	Compress       *bool
	TeamID         *model.ID
	Fund           *string
	Weight         *string

	Ramp        *RampInput
	TargetShare *decimal.Decimal
	Target      *decimal.Decimal

	AttainmentCap *decimal.Decimal

	Bonus       []*BonusLevelInput
	BonusLevels *model.BonusLevels
	Adjustments []*AdjustmentInput
	EarningCode *string
	Restart     *bool
	Release     []*ReleasePartInput
	Clawbacks   []*ClawbackInput
}

// ParameterDeclarationInput is a parameter as a version declares it.
type ParameterDeclarationInput struct {
	Key     string
	Name    *string
	Default *decimal.Decimal
}

// GuaranteeInput and its kin are what stands in a version's balances, as given.
type (
	GuaranteeInput    = model.Guarantee
	DrawInput         = model.Draw
	ReleasePartInput  = model.ReleasePart
	ClawbackInput     = model.Clawback
	LeaverPolicyInput = model.LeaverPolicy
)

// PlanCapInput is a cap or floor over a plan or a payee as given.
type PlanCapInput struct {
	Kind   model.PlanCapKind
	Name   string
	Over   model.PlanCapOver
	Per    *model.CapPer
	Amount decimal.Decimal
	Excess *model.CapExcess
	Except []string
}

const (
	maxComponents = 50
	maxParameters = 50
	maxVersions   = 1_000_000 // the highest number of a version
)

// components makes components of what is given: numbers in their shortest
// form, so that equal content has one hash.
func components(given []*ComponentInput) []model.Component {
	out := make([]model.Component, len(given))
	for i, c := range given {
		out[i] = model.Component{
			Key: c.Key, Name: or(c.Name, c.Key), MeasureID: or(c.MeasureID, model.ID{}), Condition: or(c.Condition, ""), Eligibility: or(c.Eligibility, ""), StartDate: c.StartDate, EndDate: c.EndDate, Payout: c.Payout, RateKind: c.RateKind, Rate: normal(c.Rate),
			Settlement: or(c.Settlement, ""), RateMoment: or(c.RateMoment, ""), Accumulate: or(c.Accumulate, ""), Event: or(c.Event, ""),
			Basis: or(c.OverrideBasis, ""), Compress: or(c.Compress, false), TeamID: c.TeamID, Fund: or(c.Fund, ""), Weight: or(c.Weight, ""),
			Formula: or(c.Formula, ""), Ramp: c.Ramp.Normal(), TargetShare: normal(c.TargetShare), Target: normal(c.Target), AttainmentCap: normal(c.AttainmentCap),
			RateTableID: c.RateTableID, TierMode: or(c.TierMode, ""), LookedUpByID: c.LookedUpByID, BonusLevels: or(c.BonusLevels, ""),
			EarningCode: or(c.EarningCode, c.Key), Restart: or(c.Restart, false),
		}
		if window := or(c.Window, c.Payout); window != c.Payout {
			out[i].Window = window
		}
		for _, g := range c.Goals {
			out[i].Goals = append(out[i].Goals, model.Goal{Key: g.Key, MeasureID: g.MeasureID, Weight: g.Weight.Normalize(), RateTableID: g.RateTableID})
		}
		for _, level := range c.OverrideLevels {
			out[i].Levels = append(out[i].Levels, model.OverrideLevel{Level: level.Level, Rate: level.Rate.Normalize()})
		}
		for _, source := range c.Sources {
			out[i].Sources = append(out[i].Sources, model.EarningSource{PlanID: source.PlanID, ComponentKey: source.ComponentKey})
		}
		out[i].Release, out[i].Clawbacks = releaseOf(c.Release), clawbacksOf(c.Clawbacks)
		for _, level := range c.Bonus {
			out[i].Bonus = append(out[i].Bonus, model.BonusLevel{At: level.At.Normalize(), Amount: level.Amount.Normalize()})
		}
		for _, a := range c.Adjustments {
			out[i].Adjustments = append(out[i].Adjustments, adjustmentOf(&out[i], a))
		}
	}
	return out
}

// adjustmentOf makes an adjustment of what is given. A cap or floor over the
// component is per period unless its window is another.
func adjustmentOf(c *model.Component, a *AdjustmentInput) model.Adjustment {
	out := model.Adjustment{
		Kind: a.Kind, Name: a.Name, Over: or(a.Over, model.OverComponent), Condition: or(a.Condition, ""),
		Factor: normal(a.Factor), Amount: normal(a.Amount), Per: or(a.Per, ""), Excess: or(a.Excess, ""), Deferred: or(a.Deferred, false),
	}
	settlePer(c, &out)
	return out
}

func settlePer(c *model.Component, a *model.Adjustment) {
	if a.Per == "" && a.Over == model.OverComponent && a.Bounds() && c.MeasurementWindow() == c.Payout {
		a.Per = model.PerPeriod
	}
}

// declarations makes parameter declarations of what is given.
func declarations(given []*ParameterDeclarationInput) []model.ParameterDeclaration {
	var out []model.ParameterDeclaration
	for _, p := range given {
		out = append(out, model.ParameterDeclaration{Key: p.Key, Name: or(p.Name, p.Key), Default: normal(p.Default)})
	}
	return out
}

// planCaps makes caps and floors of what is given; those that do not say are per
// period.
func planCaps(given []*PlanCapInput) []model.PlanCap {
	var out []model.PlanCap
	for _, c := range given {
		out = append(out, model.PlanCap{
			Kind: c.Kind, Name: c.Name, Over: c.Over, Per: or(c.Per, model.PerPeriod), Amount: c.Amount.Normalize(), Excess: or(c.Excess, ""), Except: c.Except,
		})
	}
	return out
}

// normal is a number in its shortest form; nil stays nil.
func normal(d *decimal.Decimal) *decimal.Decimal {
	if d == nil {
		return nil
	}
	short := d.Normalize()
	return &short
}

// checkContent gives what is wrong with a draft, with what was found before,
// and fills in its hash.
func checkContent(ctx context.Context, tx *store.Tx, errs *model.UserErrors, v *model.PlanVersion) error {
	calendars, err := tx.FiscalCalendarsByID(ctx, tx.Scope(), ids(&v.CalendarID))
	if err != nil {
		return err
	}
	checkPeriods(errs, v, needed(errs, "input.calendarId", &v.CalendarID, calendars))
	checkScale(errs, "input.rules.roundScale", v.Rules.RoundScale)
	checkScale(errs, "input.rules.prorationUnit", v.Rules.ProrationUnit)
	*errs = append(*errs, calc.ValidateRules("input.rules", v.Rules)...)
	*errs = append(*errs, calc.ValidatePlanRates("input.rules", v.Rules, v.Currency)...)
	v.Rules.PlanRates = v.Rules.NormalPlanRates()
	v.Rules.StatusPolicy, v.Rules.Ramp = v.Rules.NormalStatusPolicy(), v.Rules.Ramp.Normal()
	if len(v.Components) > maxComponents {
		errs.Add(model.UserTooMany, "input.components", "at most %d components", maxComponents)
		return errs.OrNil()
	}
	measures, err := tx.MeasuresByID(ctx, tx.Scope(), v.MeasureIDs())
	if err != nil {
		return err
	}
	tables, err := tx.RateTablesByID(ctx, tx.Scope(), v.RateTableIDs())
	if err != nil {
		return err
	}
	if err := checkOthers(ctx, tx, errs, v); err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, c := range v.Components {
		path := fmt.Sprintf("input.components.%d", i)
		checkText(errs, path+".key", c.Key, maxKey)
		checkText(errs, path+".name", c.Name, maxName)
		checkText(errs, path+".earningCode", c.EarningCode, maxKey)
		if seen[c.Key] {
			errs.Add(model.UserDuplicateInput, path+".key", "a component before has this key")
		}
		seen[c.Key] = true
		needed(errs, path+".measureId", c.MeasureGiven(), measures)
		needed(errs, path+".rateTableId", c.RateTableID, tables)
		needed(errs, path+".lookedUpById", c.LookedUpByID, measures)
		for j := range c.Goals {
			at, goal := fmt.Sprintf("%s.goals.%d", path, j), &c.Goals[j]
			checkText(errs, at+".key", goal.Key, maxKey)
			needed(errs, at+".measureId", &goal.MeasureID, measures)
			needed(errs, at+".rateTableId", goal.RateTableID, tables)
		}
		for j := range c.Adjustments {
			checkText(errs, fmt.Sprintf("%s.adjustments.%d.name", path, j), c.Adjustments[j].Name, maxName)
		}
		*errs = append(*errs, calc.ValidateComponentOf(path, c, measures[c.MeasureID])...)
	}
	checkOfValues(errs, "input", v, measures)
	*errs = append(*errs, calc.ValidateComponents("input.components", v.Components)...)
	*errs = append(*errs, calc.ValidateCaps("input.caps", v)...)
	for i := range v.Caps {
		checkText(errs, indexed("input.caps", i)+".name", v.Caps[i].Name, maxName)
	}
	if calendar := calendars[v.CalendarID]; calendar != nil {
		*errs = append(*errs, calc.ValidateBalances("input", v, calendar.PeriodTypes)...)
	}
	checkDeclarations(errs, v.Parameters)
	if err := checkTests(ctx, tx, errs, v); err != nil {
		return err
	}
	if v.ContentHash, err = contentHash(v); err != nil {
		return err
	}
	return errs.OrNil()
}

// checkScale checks a number of decimals, where one is given.
func checkScale(errs *model.UserErrors, path string, scale *int) {
	if scale != nil && (*scale < 0 || *scale > model.Scale) {
		errs.Add(model.UserInvalid, path, "a scale is 0 to %d", model.Scale)
	}
}

// checkPeriods checks that the calendar, if it is there, has the periods by which
// components measure and pay.
func checkPeriods(errs *model.UserErrors, v *model.PlanVersion, calendar *model.FiscalCalendar) {
	if calendar == nil {
		return
	}
	for i := range v.Components {
		c, path := &v.Components[i], indexed("input.components", i)
		if !slices.Contains(calendar.PeriodTypes, c.Payout) {
			errs.Add(model.UserInvalid, path+".payout", "the calendar %s has no periods of %s", calendar.ExternalID, c.Payout)
		} else if w := c.MeasurementWindow(); !slices.Contains(calendar.PeriodTypes, w) {
			errs.Add(model.UserInvalid, path+".window", "the calendar %s has no periods of %s", calendar.ExternalID, w)
		}
	}
}

// checkOthers checks that the teams and plans that components name are there.
func checkOthers(ctx context.Context, tx *store.Tx, errs *model.UserErrors, v *model.PlanVersion) error {
	var teamIDs, planIDs []model.ID
	for i := range v.Components {
		teamIDs = append(teamIDs, ids(v.Components[i].TeamID)...)
		for j := range v.Components[i].Sources {
			planIDs = append(planIDs, ids(v.Components[i].Sources[j].PlanID)...)
		}
	}
	teams, err := tx.TeamsByID(ctx, tx.Scope(), teamIDs)
	if err != nil {
		return err
	}
	plans, err := tx.PlansByID(ctx, tx.Scope(), planIDs)
	if err != nil {
		return err
	}
	for i := range v.Components {
		c, path := &v.Components[i], indexed("input.components", i)
		needed(errs, path+".teamId", c.TeamID, teams)
		for j := range c.Sources {
			needed(errs, fmt.Sprintf("%s.sources.%d.planId", path, j), c.Sources[j].PlanID, plans)
		}
	}
	return nil
}

// checkOfValues refuses conditions on credits where what is measured are values,
// to look up by another measure where one of both is of them, and to go on from a
// total of what does not add up.
func checkOfValues(errs *model.UserErrors, path string, v *model.PlanVersion, measures map[model.ID]*model.Measure) {
	for i, c := range v.Components {
		if m := measures[c.MeasureID]; m != nil && m.OfValues() && c.Condition != "" {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.components.%d.condition", path, i), "the measure %s is of values: there are no credits for a condition", m.Key)
		}
		if m := measures[c.MeasureID]; m != nil && !m.Sums() && (v.Rules.Continuity == model.ContinuePayee || v.Rules.Continuity == model.ContinuePosition) {
			errs.Add(model.UserNotSupported, fmt.Sprintf("%s.components.%d.measureId", path, i), "%s: the %s of values of %s does not go on", v.Rules.Continuity, m.Aggregation, m.Key)
		}
		if c.LookedUpByID == nil {
			continue
		}
		for _, m := range []*model.Measure{measures[c.MeasureID], measures[*c.LookedUpByID]} {
			if m != nil && m.OfValues() {
				errs.Add(model.UserInvalid, fmt.Sprintf("%s.components.%d.lookedUpById", path, i), "the measure %s is of values, which have no place among credits", m.Key)
			}
		}
	}
}

func checkDeclarations(errs *model.UserErrors, parameters []model.ParameterDeclaration) {
	if len(parameters) > maxParameters {
		errs.Add(model.UserTooMany, "input.parameters", "at most %d parameters", maxParameters)
		return
	}
	seen := map[string]bool{}
	for i, p := range parameters {
		path := indexed("input.parameters", i)
		checkText(errs, path+".key", p.Key, maxKey)
		checkText(errs, path+".name", p.Name, maxName)
		if seen[p.Key] {
			errs.Add(model.UserDuplicateInput, path+".key", "a parameter before has this key")
		}
		seen[p.Key] = true
	}
}

// contentHash is the SHA-256, in hex, of rules, components, and parameters,
// caps and tests, if any, as canonical JSON: names in order, no white space, nothing escaped that
// need not be.
func contentHash(v *model.PlanVersion) (string, error) {
	all := map[string]any{"rules": v.Rules, "components": v.Components}
	if len(v.Parameters) > 0 {
		all["parameters"] = v.Parameters
	}
	if len(v.Caps) > 0 {
		all["caps"] = v.Caps
	}
	if len(v.Guarantees) > 0 {
		all["guarantees"] = v.Guarantees
	}
	if len(v.Draws) > 0 {
		all["draws"] = v.Draws
	}
	if len(v.Tests) > 0 {
		all["tests"] = v.Tests
	}
	raw, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var content any
	if err := decoder.Decode(&content); err != nil {
		return "", err
	}
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return "", err
	}
	sum := sha256.Sum256(bytes.TrimSpace(canonical.Bytes()))
	return hex.EncodeToString(sum[:]), nil
}
