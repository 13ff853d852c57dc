package calc

import "spm/model"

// Book is everything but the credits that earnings depend on: one tenant's
// set-up, every slice as of one read point, dated slices whole. The order of
// the slices does not matter.
type Book struct {
	Tenant          model.Tenant
	Calendars       []model.FiscalCalendar
	Periods         []model.Period
	FXRates         []model.FXRate
	CreditTypes     []model.CreditType
	Titles          []model.Title
	Positions       []model.Position
	Payees          []model.Payee
	Seats           []model.PositionAssignment
	Products        []model.Product
	Accounts        []model.Account
	Measures        []model.Measure
	Values          []model.MeasureValue
	Quotas          []model.Quota
	RateTables      []model.RateTable
	Plans           []model.Plan
	Versions        []model.PlanVersion // of any state; only PUBLISHED and RETIRED ones pay
	PlanAssignments []model.PlanAssignment
	Parameters      []model.ParameterValue
	Teams           []model.Team
	EarningCodes    []model.EarningCode
}
