package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// Filters say what a value must satisfy; nil means absent. All that is given
// must hold.
type (
	// IDFilter is of an id.
	IDFilter struct {
		Eq, Ne    *ID
		In, NotIn []ID
		IsNull    *bool
	}

	// StringFilter is of a text, byte by byte but for IContains and IStartsWith.
	StringFilter struct {
		Eq, Ne                 *string
		In, NotIn              []string
		Contains, StartsWith   *string
		IContains, IStartsWith *string
		IsNull                 *bool
	}

	// OrderedFilter is of a number, a day or an instant.
	OrderedFilter[T any] struct {
		Eq, Ne           *T
		In, NotIn        []T
		Gt, Gte, Lt, Lte *T
		Between          *Range[T]
		IsNull           *bool
	}

	// Range is from a value to another, both inclusive.
	Range[T any] struct{ From, To T }

	// EnumFilter is of one of a closed set of words.
	EnumFilter[T ~string] struct {
		Eq, Ne    *T
		In, NotIn []T
	}

	// BooleanFilter is of a yes or no.
	BooleanFilter struct{ Eq *bool }
)

// The filters of numbers, days and instants by their names in the graph.
type (
	DateFilter          = OrderedFilter[Date]
	DateTimeFilter      = OrderedFilter[time.Time]
	DecimalFilter       = OrderedFilter[decimal.Decimal]
	IntFilter           = OrderedFilter[int]
	DateRangeFilter     = Range[Date]
	DateTimeRangeFilter = Range[time.Time]
	DecimalRangeFilter  = Range[decimal.Decimal]
	IntRangeFilter      = Range[int]
)

// The filters of enums by their names in the graph.
type (
	CreditKindFilter       = EnumFilter[CreditKind]
	KindRoleFilter         = EnumFilter[KindRole]
	PeriodTypeFilter       = EnumFilter[PeriodType]
	PeriodStatusFilter     = EnumFilter[PeriodStatus]
	ExceptionCodeFilter    = EnumFilter[ExceptionCode]
	PlanVersionStateFilter = EnumFilter[PlanVersionState]
	ActivityStatusFilter   = EnumFilter[ActivityStatus]
	ProblemCodeFilter      = EnumFilter[ProblemCode]
	RunKindFilter          = EnumFilter[RunKind]
	RunStatusFilter        = EnumFilter[RunStatus]
	AdjustmentStateFilter  = EnumFilter[AdjustmentState]
	CurrencyFilter         = EnumFilter[CurrencyCode]
)

// One is a condition on the one row that a reference leads to.
type One[W any] struct{ Is *W }

// Many is a condition on the rows that lead to a row: some of them satisfy it,
// all do, or none does.
type Many[W any] struct{ Some, Every, None *W }
