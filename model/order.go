package model

// OrderKey is what a list may be put in order by, as the list's own enum has
// it.
type OrderKey string

// OrderDirection is from low to high, or from high to low.
type OrderDirection string

// The directions of an order.
const (
	Ascending  OrderDirection = "ASC"
	Descending OrderDirection = "DESC"
)

// NullsOrder says where rows stand that have no value to be put in order by.
type NullsOrder string

// The places of rows without a value.
const (
	NullsFirst NullsOrder = "FIRST"
	NullsLast  NullsOrder = "LAST"
)

// Order is one key of an order. Where Direction is nil it is from low to high,
// where Nulls is nil rows without a value come last.
type Order struct {
	By        OrderKey
	Direction *OrderDirection
	Nulls     *NullsOrder
}

// The keys of orders, and conditions on related rows, by their names in the
// graph.
type (
	TitleOrder                   = Order
	TitleOrderKey                = OrderKey
	PositionOrder                = Order
	PositionOrderKey             = OrderKey
	PayeeOrder                   = Order
	PayeeOrderKey                = OrderKey
	PositionAssignmentOrder      = Order
	PositionAssignmentOrderKey   = OrderKey
	TeamOrder                    = Order
	TeamOrderKey                 = OrderKey
	UserOrder                    = Order
	UserOrderKey                 = OrderKey
	FiscalCalendarOrder          = Order
	FiscalCalendarOrderKey       = OrderKey
	PeriodOrder                  = Order
	PeriodOrderKey               = OrderKey
	FXRateOrder                  = Order
	FXRateOrderKey               = OrderKey
	ProductOrder                 = Order
	ProductOrderKey              = OrderKey
	AccountOrder                 = Order
	AccountOrderKey              = OrderKey
	TransactionKindOrder         = Order
	TransactionKindOrderKey      = OrderKey
	CreditTypeOrder              = Order
	CreditTypeOrderKey           = OrderKey
	CreditingRuleOrder           = Order
	CreditingRuleOrderKey        = OrderKey
	TransactionOrder             = Order
	TransactionOrderKey          = OrderKey
	CreditOrder                  = Order
	CreditOrderKey               = OrderKey
	CreditingExceptionOrder      = Order
	CreditingExceptionOrderKey   = OrderKey
	MeasureOrder                 = Order
	MeasureOrderKey              = OrderKey
	MeasureValueOrder            = Order
	MeasureValueOrderKey         = OrderKey
	QuotaOrder                   = Order
	QuotaOrderKey                = OrderKey
	RateTableOrder               = Order
	RateTableOrderKey            = OrderKey
	PlanOrder                    = Order
	PlanOrderKey                 = OrderKey
	PlanVersionOrder             = Order
	PlanVersionOrderKey          = OrderKey
	PlanAssignmentOrder          = Order
	PlanAssignmentOrderKey       = OrderKey
	ParameterValueOrder          = Order
	ParameterValueOrderKey       = OrderKey
	ActivityOrder                = Order
	ActivityOrderKey             = OrderKey
	EarningOrder                 = Order
	EarningOrderKey              = OrderKey
	ProblemOrder                 = Order
	ProblemOrderKey              = OrderKey
	CalculationRunOrder          = Order
	CalculationRunOrderKey       = OrderKey
	EarningCodeOrder             = Order
	EarningCodeOrderKey          = OrderKey
	AuditEntryOrder              = Order
	AuditEntryOrderKey           = OrderKey
	ClientApplicationOrder       = Order
	ClientApplicationOrderKey    = OrderKey
	TrustedDocumentOrder         = Order
	TrustedDocumentOrderKey      = OrderKey
	APIKeyOrder                  = Order
	APIKeyOrderKey               = OrderKey
	DelegationOrder              = Order
	DelegationOrderKey           = OrderKey
	IssuerOrder                  = Order
	IssuerOrderKey               = OrderKey
	PayAdjustmentOrder           = Order
	PayAdjustmentOrderKey        = OrderKey
	OpeningEntryOrder            = Order
	OpeningEntryOrderKey         = OrderKey
	PaymentOrder                 = Order
	PaymentOrderKey              = OrderKey
	ManyCreditFilter             = Many[CreditWhere]
	OneCreditTypeFilter          = One[CreditTypeWhere]
	OneMeasureFilter             = One[MeasureWhere]
	OnePayeeFilter               = One[PayeeWhere]
	OnePeriodFilter              = One[PeriodWhere]
	OnePlanFilter                = One[PlanWhere]
	ManyPlanAssignmentFilter     = Many[PlanAssignmentWhere]
	OnePositionFilter            = One[PositionWhere]
	ManyPositionAssignmentFilter = Many[PositionAssignmentWhere]
	ManyTitleFilter              = Many[TitleWhere]
	OneTitleFilter               = One[TitleWhere]
	OneTransactionFilter         = One[TransactionWhere]
)
