package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// AttributeNamed gives the value of the attribute with a name, nil where there is
// none.
func AttributeNamed(attributes []Attribute, name string) *string {
	for i := range attributes {
		if attributes[i].Name == name {
			return &attributes[i].Value
		}
	}
	return nil
}

// Attribute is a named text that a condition can read with attr("name").
type Attribute struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Tenant is one customer organisation. Every row belongs to one.
type Tenant struct {
	ID       ID
	Key      string
	Name     string
	TimeZone string // IANA name; it only says what today is
	Currency CurrencyCode
	Version  int
}

// Role is what a user may do; auth/policy.go says what that is.
type Role string

// The roles of users.
const (
	RoleRep         Role = "REP"
	RoleManager     Role = "MANAGER"
	RoleSalesOps    Role = "SALES_OPS"
	RoleCompAdmin   Role = "COMP_ADMIN"
	RoleFinance     Role = "FINANCE"
	RoleAuditor     Role = "AUDITOR"
	RoleTenantAdmin Role = "TENANT_ADMIN"
)

// User is who signs in: an issuer and a subject, with roles; it may be a
// payee.
type User struct {
	ID      ID
	Issuer  string
	Subject string
	Name    string
	Roles   []Role
	PayeeID *ID
	Active  bool
	Version int
}

// Title is a kind of position.
type Title struct {
	ID         ID
	ExternalID string
	Name       string
	Version    int
}

// Position is a seat with a title and a parent. Credits, quotas and plans
// belong to positions. What is dated stands in Slices.
type Position struct {
	ID         ID
	ExternalID string
	Name       string
	Slices     []PositionSlice // ordered by From, without overlap
	Version    int
}

// PositionSlice is what a position was on a span of days.
type PositionSlice struct {
	Days       Interval    `json:"days"`
	TitleID    *ID         `json:"title"`
	ParentID   *ID         `json:"parent"`
	Attributes []Attribute `json:"attributes"`
}

// TitleSpan is a title that a position had, on the days on which it had it.
type TitleSpan struct {
	Title ID
	Days  Interval
}

// Payee is a person or firm that is paid. What is dated stands in Slices.
type Payee struct {
	ID         ID
	ExternalID string
	Name       string
	Slices     []PayeeSlice // ordered by From, without overlap
	Version    int
}

// PayeeSlice is what a payee was on a span of days.
type PayeeSlice struct {
	Days       Interval     `json:"days"`
	Currency   CurrencyCode `json:"currency"` // of pay
	Attributes []Attribute  `json:"attributes"`
	Status     PayeeStatus  `json:"status,omitempty"` // empty: ACTIVE
}

// PositionAssignment says that a payee holds a position on a span of days.
type PositionAssignment struct {
	ID         ID
	ExternalID string
	PayeeID    ID
	PositionID ID
	Days       Interval
	Version    int
}

// PeriodStatus is where a period stands in its life.
type PeriodStatus string

// The states of a period.
const (
	PeriodOpen     PeriodStatus = "OPEN"
	PeriodInReview PeriodStatus = "IN_REVIEW"
	PeriodClosed   PeriodStatus = "CLOSED"
	PeriodPaid     PeriodStatus = "PAID"
)

// FiscalCalendar divides days into fiscal periods. A fiscal year is named by
// the calendar year in which it ends.
type FiscalCalendar struct {
	ID         ID
	ExternalID string
	Name       string
	StartMonth int // 1 to 12: the month in which the fiscal year starts
	StartDay   int // 1 to 28
	// PeriodTypes are those of its periods, the shortest first; YEAR is among them.
	PeriodTypes []PeriodType
	PayPeriod   PeriodType      // the type whose periods are closed and paid; empty: see PayPeriodGiven
	WeekStart   *Weekday        // the first day of its weeks; nil: the weekday of each fiscal year's first day
	Pattern     CalendarPattern // of whole weeks: the fiscal year starts on the WeekStart nearest to its start
	Version     int
}

// Period is one span of a fiscal calendar, such as "2026-Q1".
type Period struct {
	ID         ID
	CalendarID ID
	Type       PeriodType
	Name       string
	FiscalYear int
	Number     int // 1-based within its fiscal year and type
	Days       Interval
	PaidOn     *Date // when it is paid out; nil: on its last day
	Status     PeriodStatus
	ClosedXID  *int64 // the transaction that closed it, while it is closed or paid; not in the graph
	Version    int
}

// PayDate is the day on which the period is paid out: its last where none was
// set.
func (p *Period) PayDate() Date {
	if p.PaidOn != nil {
		return *p.PaidOn
	}
	return p.EndDate()
}

// StartDate is the first day of the period.
func (p *Period) StartDate() Date { return p.Days.From }

// EndDate is the last day of the period, inclusive.
func (p *Period) EndDate() Date { return p.Days.Last() }

// IsOpen tells whether results of the period still change.
func (p *Period) IsOpen() bool { return p.Status == PeriodOpen || p.Status == PeriodInReview }

// FXRate says that on Date one unit of From is Rate units of To.
type FXRate struct {
	ID      ID
	From    CurrencyCode
	To      CurrencyCode
	Date    Date
	Rate    decimal.Decimal
	Version int
}

// FromCurrency is From, as the graph calls it.
func (r *FXRate) FromCurrency() CurrencyCode { return r.From }

// ToCurrency is To, as the graph calls it.
func (r *FXRate) ToCurrency() CurrencyCode { return r.To }

// TreeNode is a node of a dated tree: a product or an account.
type TreeNode struct {
	ID         ID
	ExternalID string
	Name       string
	Aliases    []string    // other spellings that source systems send
	Slices     []TreeSlice // ordered by From, without overlap
	Version    int
}

// Product is a node of the dated catalogue tree.
type Product TreeNode

// Account is a customer: a node of the dated account tree.
type Account TreeNode

// TreeSlice is where a product or account stood, and with what attributes, on
// a span of days.
type TreeSlice struct {
	Days       Interval    `json:"days"`
	ParentID   *ID         `json:"parent"`
	Attributes []Attribute `json:"attributes"`
}

// ProductSlice and AccountSlice are a TreeSlice of either tree.
type (
	ProductSlice = TreeSlice
	AccountSlice = TreeSlice
)

// Spellings lists what transactions may write for the node: its external id,
// its name and its aliases.
func (n *TreeNode) Spellings() []string {
	return append([]string{n.ExternalID, n.Name}, n.Aliases...)
}

// Change is one row of the tenant's change stream.
type Change struct {
	Sequence int64
	At       time.Time
	Actor    string
	Kind     string
	Object   ID
}
