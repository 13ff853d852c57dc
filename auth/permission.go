// Package auth says who asks, what they may do, and which rows that opens.
package auth

// Permission is what a field or mutation needs; `@can` on the schema names it
// and policy.go says who has it.
type Permission string

// The permissions.
const (
	Public           Permission = "PUBLIC" // whoever is signed in to the tenant
	TenantRead       Permission = "TENANT_READ"
	UserRead         Permission = "USER_READ"
	UserWrite        Permission = "USER_WRITE"
	APIKeyRead       Permission = "API_KEY_READ"  //nolint:gosec // the name of a permission
	APIKeyWrite      Permission = "API_KEY_WRITE" //nolint:gosec // the name of a permission
	DocumentRead     Permission = "DOCUMENT_READ"
	DocumentWrite    Permission = "DOCUMENT_WRITE"
	SchemaRead       Permission = "SCHEMA_READ"
	IssuerRead       Permission = "ISSUER_READ"
	IssuerWrite      Permission = "ISSUER_WRITE"
	DelegationRead   Permission = "DELEGATION_READ"
	DelegationWrite  Permission = "DELEGATION_WRITE"
	PositionRead     Permission = "POSITION_READ"
	PayeeRead        Permission = "PAYEE_READ"
	OrganisationEdit Permission = "ORGANISATION_WRITE"
	CalendarRead     Permission = "CALENDAR_READ"
	CalendarWrite    Permission = "CALENDAR_WRITE"
	CurrencyRead     Permission = "CURRENCY_READ"
	CurrencyWrite    Permission = "CURRENCY_WRITE"
	CatalogueRead    Permission = "CATALOGUE_READ"
	CatalogueWrite   Permission = "CATALOGUE_WRITE"
	CreditingRead    Permission = "CREDITING_READ"
	CreditingWrite   Permission = "CREDITING_WRITE"
	TransactionRead  Permission = "TRANSACTION_READ"
	TransactionWrite Permission = "TRANSACTION_WRITE"
	CreditRead       Permission = "CREDIT_READ"
	ExceptionRead    Permission = "EXCEPTION_READ"
	ExceptionWrite   Permission = "EXCEPTION_WRITE"
	QuotaRead        Permission = "QUOTA_READ"
	QuotaWrite       Permission = "QUOTA_WRITE"
	PlanRead         Permission = "PLAN_READ"
	PlanWrite        Permission = "PLAN_WRITE"
	PlanApprove      Permission = "PLAN_APPROVE"
	PlanAssign       Permission = "PLAN_ASSIGN"
	CalculationRead  Permission = "CALCULATION_READ"
	CalculationRun   Permission = "CALCULATION_RUN"
	EarningRead      Permission = "EARNING_READ"
	ProblemRead      Permission = "PROBLEM_READ"
	ChangeRead       Permission = "CHANGE_READ"

	AdjustmentWrite   Permission = "ADJUSTMENT_WRITE"
	AdjustmentApprove Permission = "ADJUSTMENT_APPROVE"
	HoldRelease       Permission = "HOLD_RELEASE"
	PeriodClose       Permission = "PERIOD_CLOSE"
	PeriodApprove     Permission = "PERIOD_APPROVE"
	PeriodPay         Permission = "PERIOD_PAY"
	StatementAnswer   Permission = "STATEMENT_ANSWER"
)
