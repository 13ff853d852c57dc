package model

import "github.com/shopspring/decimal"

// GroupKey is what the rows of a list may be put in groups by, as the list's own
// enum has it.
type GroupKey string

// MaxGroupKeys bounds what rows may be put in groups by at once.
const MaxGroupKeys = 6

// GroupArgs say what groups are made of, and which of them a page has.
type GroupArgs struct {
	PageArgs
	By []GroupKey
	// CalendarID says whose periods days are put in; the tenant's only calendar
	// where it is nil.
	CalendarID *ID
	// Wanted are the aggregates to work out, such as sum.amount; count comes by
	// itself.
	Wanted []string
}

// Group is what rows with the same keys come to. A key is nil where rows are not
// in groups by it, and where they have none.
type Group struct {
	PayeeID, PositionID, TitleID, PlanID, PeriodID, MeasureID, CreditTypeID *ID
	// The periods of the fiscal calendar that the rows lie in.
	MonthID, QuarterID, HalfID *ID
	FiscalYear, Level          *int
	Date                       *Date

	ComponentKey, EarningCode, Source, Kind, Product, Account *string
	CreditKind                                                *CreditKind
	Currency                                                  CurrencyCode

	Count                  int
	Sum, Average, Min, Max GroupNumbers
	CountDistinct          GroupCounts
}

// GroupNumbers are an aggregate of the numbers of a group's rows; nil where none
// of them has a value.
type GroupNumbers struct {
	Amount, Margin               *Money
	Number, Quantity, Attainment *decimal.Decimal
}

// GroupCounts say how many there are of something among a group's rows.
type GroupCounts struct {
	Payees, Positions, Titles, Plans, Periods, Components, Transactions, Orders, Accounts, Products int
}

// Conditions on the groups of earnings.
type (
	// EarningGroupWhere filters groups by what they come to.
	EarningGroupWhere struct {
		And, Or       []*EarningGroupWhere
		Not           *EarningGroupWhere
		Count         *IntFilter
		Sum           *EarningGroupSumsFilter
		Avg, Min, Max *EarningGroupMeasuresFilter
		CountDistinct *EarningGroupCountsFilter
	}

	// EarningGroupSumsFilter filters groups by sums.
	EarningGroupSumsFilter struct{ Amount *DecimalFilter }

	// EarningGroupMeasuresFilter filters groups by their numbers.
	EarningGroupMeasuresFilter struct{ Amount, Attainment *DecimalFilter }

	// EarningGroupCountsFilter filters groups by how many different ones there are.
	EarningGroupCountsFilter struct{ Payees, Positions, Plans, Periods, Components *IntFilter }
)

// Conditions on the groups of credits.
type (
	// CreditGroupWhere filters groups by what they come to.
	CreditGroupWhere struct {
		And, Or            []*CreditGroupWhere
		Not                *CreditGroupWhere
		Count              *IntFilter
		Sum, Avg, Min, Max *CreditGroupMeasuresFilter
		CountDistinct      *CreditGroupCountsFilter
	}

	// CreditGroupMeasuresFilter filters groups by their numbers.
	CreditGroupMeasuresFilter struct{ Amount, Margin, Quantity *DecimalFilter }

	// CreditGroupCountsFilter filters groups by how many different ones there are.
	CreditGroupCountsFilter struct{ Payees, Positions, Transactions *IntFilter }
)

// Conditions on the groups of transactions.
type (
	// TransactionGroupWhere filters groups by what they come to.
	TransactionGroupWhere struct {
		And, Or            []*TransactionGroupWhere
		Not                *TransactionGroupWhere
		Count              *IntFilter
		Sum, Avg, Min, Max *TransactionGroupMeasuresFilter
		CountDistinct      *TransactionGroupCountsFilter
	}

	// TransactionGroupMeasuresFilter filters groups by their numbers.
	TransactionGroupMeasuresFilter struct{ Amount, Margin, Quantity *DecimalFilter }

	// TransactionGroupCountsFilter filters groups by how many different ones there are.
	TransactionGroupCountsFilter struct{ Orders, Accounts, Products *IntFilter }
)

// Conditions on the groups of quotas.
type (
	// QuotaGroupWhere filters groups by what they come to.
	QuotaGroupWhere struct {
		And, Or            []*QuotaGroupWhere
		Not                *QuotaGroupWhere
		Count              *IntFilter
		Sum, Avg, Min, Max *QuotaGroupMeasuresFilter
		CountDistinct      *QuotaGroupCountsFilter
	}

	// QuotaGroupMeasuresFilter filters groups by their numbers.
	QuotaGroupMeasuresFilter struct{ Amount *DecimalFilter }

	// QuotaGroupCountsFilter filters groups by how many different ones there are.
	QuotaGroupCountsFilter struct{ Positions, Titles, Periods *IntFilter }
)

// Groups, their keys and their orders by their names in the graph.
type (
	EarningGroup               = Group
	EarningGroupEdge           = Edge[Group]
	EarningGroupConnection     = Connection[Group]
	EarningGroupKey            = GroupKey
	EarningGroupOrder          = Order
	EarningGroupOrderKey       = OrderKey
	EarningGroupSums           = GroupNumbers
	EarningGroupMeasures       = GroupNumbers
	EarningGroupCounts         = GroupCounts
	CreditGroup                = Group
	CreditGroupEdge            = Edge[Group]
	CreditGroupConnection      = Connection[Group]
	CreditGroupKey             = GroupKey
	CreditGroupOrder           = Order
	CreditGroupOrderKey        = OrderKey
	CreditGroupMeasures        = GroupNumbers
	CreditGroupCounts          = GroupCounts
	TransactionGroup           = Group
	TransactionGroupEdge       = Edge[Group]
	TransactionGroupConnection = Connection[Group]
	TransactionGroupKey        = GroupKey
	TransactionGroupOrder      = Order
	TransactionGroupOrderKey   = OrderKey
	TransactionGroupMeasures   = GroupNumbers
	TransactionGroupCounts     = GroupCounts
	QuotaGroup                 = Group
	QuotaGroupEdge             = Edge[Group]
	QuotaGroupConnection       = Connection[Group]
	QuotaGroupKey              = GroupKey
	QuotaGroupOrder            = Order
	QuotaGroupOrderKey         = OrderKey
	QuotaGroupMeasures         = GroupNumbers
	QuotaGroupCounts           = GroupCounts
)
