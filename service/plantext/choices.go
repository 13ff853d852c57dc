package plantext

import (
	"reflect"

	"spm/model"
)

// choices lists the words that a choice of the model may be. A test holds it to
// the model's constants.
var choices = map[reflect.Type][]string{
	reflect.TypeFor[model.RoundStage]():     words(model.RoundComponent, model.RoundLine, model.RoundStatement),
	reflect.TypeFor[model.RoundMode]():      words(model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn),
	reflect.TypeFor[model.FXDate]():         words(model.FXEvent, model.FXPeriodEnd, model.FXPayDate, model.FXPlanRate),
	reflect.TypeFor[model.Returns]():        words(model.ReturnsNegative, model.ReturnsClawback, model.ReturnsIgnore),
	reflect.TypeFor[model.Continuity]():     words(model.ContinueAssignment, model.ContinuePayee, model.ContinuePosition),
	reflect.TypeFor[model.Proration]():      words(model.ProrateDays, model.ProrateWorkingDays, model.ProrateMonths, model.ProrateNone),
	reflect.TypeFor[model.MultiplierRule](): words(model.MultiplyProduct, model.MultiplySum),
	reflect.TypeFor[model.QuotaChange]():    words(model.QuotaLastDay, model.QuotaDayWeighted),
	reflect.TypeFor[model.QuotaBasis]():     words(model.QuotaWindow, model.QuotaToDate),
	reflect.TypeFor[model.QuotaCarry]():     words(model.CarryNone, model.CarryShortfall, model.CarrySurplus),
	reflect.TypeFor[model.NegativePay]():    words(model.NegativeCarried, model.NegativeCollected),
	reflect.TypeFor[model.RampSince]():      words(model.RampAssignment, model.RampPayee),
	reflect.TypeFor[model.PayeeStatus]():    words(model.PayeeActive, model.PayeeLeavePaid, model.PayeeLeaveUnpaid, model.PayeeNotice, model.PayeeTerminated),
	reflect.TypeFor[model.PeriodType]():     words(model.PeriodDay, model.PeriodWeek, model.PeriodSemiMonthly, model.PeriodFourWeeks, model.PeriodMonth, model.PeriodQuarter, model.PeriodHalf, model.PeriodYear),
	reflect.TypeFor[model.Settlement]():     words(model.SettleTrueUp, model.SettleWindowEnd),
	reflect.TypeFor[model.RateKind]():       words(model.RateOnValue, model.RateUnit, model.RatePerEvent, model.RateTiered, model.RatePayCurve, model.RateBonus, model.RateMatrix, model.RateObjectives, model.RateFormula, model.RateOverride, model.RatePool),
	reflect.TypeFor[model.TierMode]():       words(model.TierMarginal, model.TierRetroactive, model.TierWholeCredit),
	reflect.TypeFor[model.RateMoment]():     words(model.RateAfter, model.RateBefore),
	reflect.TypeFor[model.Accumulation]():   words(model.OverWindow, model.OverPeriod, model.OverOrder, model.OverEvent),
	reflect.TypeFor[model.EventOf]():        words(model.EventCredit, model.EventOrder),
	reflect.TypeFor[model.OverrideBasis]():  words(model.OverrideCredits, model.OverrideEarnings),
	reflect.TypeFor[model.BonusLevels]():    words(model.BonusHighest, model.BonusEach),
	reflect.TypeFor[model.AdjustmentKind](): words(model.AdjustMultiplier, model.AdjustGate, model.AdjustCap, model.AdjustFloor),
	reflect.TypeFor[model.AdjustmentOver](): words(model.OverLine, model.OverOrders, model.OverComponent),
	reflect.TypeFor[model.CapPer]():         words(model.PerPeriod, model.PerWindow, model.PerYear),
	reflect.TypeFor[model.CapExcess]():      words(model.ExcessForfeited, model.ExcessCarried),
	reflect.TypeFor[model.PlanCapKind]():    words(model.PlanCapCap, model.PlanCapFloor),
	reflect.TypeFor[model.PlanCapOver]():    words(model.OverPlan, model.OverPayee),
	reflect.TypeFor[model.DimensionOf]():    words(model.ByAttainment, model.ByMeasure, model.ByExpression),
	reflect.TypeFor[model.CellKind]():       words(model.CellRate, model.CellMoney, model.CellPerUnit, model.CellTarget, model.CellTargetRate),
	reflect.TypeFor[model.BoundsRule]():     words(model.LowerInclusive, model.UpperInclusive),
	reflect.TypeFor[model.Lookup]():         words(model.LookupStep, model.LookupLinear),
	reflect.TypeFor[model.Match]():          words(model.MatchRange, model.MatchEquals, model.MatchTree),
	reflect.TypeFor[model.TableTree]():      words(model.TreeProduct, model.TreeAccount),
	reflect.TypeFor[model.Precedence]():     words(model.PrecedenceFirst, model.PrecedenceMostSpecific),
	reflect.TypeFor[model.CreditKind]():     words(model.CreditDirect, model.CreditRollup, model.CreditOverlay, model.CreditManual),
	reflect.TypeFor[model.DrawMethod]():     words(model.DrawShortfall, model.DrawUpFront),
	reflect.TypeFor[model.DrawFate]():       words(model.DrawRecover, model.DrawCollect, model.DrawWriteOff),
	reflect.TypeFor[model.ReleaseTrigger](): words(model.ReleaseDate, model.ReleaseOffset, model.ReleaseCash, model.ReleaseCondition, model.ReleasePerson),
	reflect.TypeFor[model.ReleaseFrom]():    words(model.FromEvent, model.FromPeriod),
	reflect.TypeFor[model.CashMode]():       words(model.CashWhole, model.CashProportion),
	reflect.TypeFor[model.ClawbackCause]():  words(model.ClawReturn, model.ClawNonPayment, model.ClawLeaving),
	reflect.TypeFor[model.ClawbackBasis]():  words(model.ClawPaid, model.ClawAtRate),
	reflect.TypeFor[model.ClawbackMethod](): words(model.ClawFull, model.ClawPercent, model.ClawUnearned),
	reflect.TypeFor[model.OpenWindow]():     words(model.OpenProrate, model.OpenForfeit, model.OpenFull),
	reflect.TypeFor[model.LeaverHolds]():    words(model.HoldsContinue, model.HoldsRelease, model.HoldsForfeit),
	reflect.TypeFor[model.LeaverDebt]():     words(model.DebtCarry, model.DebtCollect, model.DebtWriteOff),
	reflect.TypeFor[model.Why]():            words(model.WhyPaid, model.WhyNoCredits, model.WhyBelowThreshold, model.WhyNetZero, model.WhyGateNotMet, model.WhyCapped, model.WhyIneligible, model.WhyNothingNew, model.WhyProblem),
}

func words[T ~string](all ...T) []string {
	out := make([]string, len(all))
	for i, word := range all {
		out[i] = string(word)
	}
	return out
}
