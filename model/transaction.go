package model

import (
	"time"

	"github.com/shopspring/decimal"
)

// KindRole is what transactions of a kind do.
type KindRole string

// The roles of transaction kinds.
const (
	RoleCreditable KindRole = "CREDITABLE" // makes credits
	RoleReversal   KindRole = "REVERSAL"   // reverses the credits of the sale it relates to
	RoleCash       KindRole = "CASH"       // releases holds, makes no credit
)

// TransactionKind is an entry of the tenant's own list of kinds.
type TransactionKind struct {
	ID      ID
	Key     string // such as "BOOKING"
	Name    string
	Role    KindRole
	Version int
}

// LinkType is how a transaction relates to another.
type LinkType string

// The links between transactions.
const (
	LinkReverses LinkType = "REVERSES"
	LinkPays     LinkType = "PAYS"
	LinkReplaces LinkType = "REPLACES"
)

// TransactionLink points at another transaction of the same source.
type TransactionLink struct {
	Type       LinkType
	ExternalID string
}

// Seller is somebody named on a transaction, by the external id of a payee or
// of a position, with a share (a fraction) or a weight. Where neither is given
// on any seller the weights are equal.
type Seller struct {
	Payee    string // external id; empty where Position is given
	Position string // external id
	Share    *decimal.Decimal
	Weight   *decimal.Decimal
}

// Transaction is the revision in force of one line of a compensable fact.
// Dates that are not known are nil. A reversal is negative.
type Transaction struct {
	ID             ID
	Source         string
	ExternalID     string
	OrderID        string
	Line           string
	Kind           string // key of the TransactionKind
	EventDate      Date
	BookedDate     *Date
	InvoicedDate   *Date
	PaidDate       *Date
	GoLiveDate     *Date
	Amount         decimal.Decimal
	Currency       CurrencyCode
	Quantity       *decimal.Decimal
	Margin         *decimal.Decimal
	Product        string // as the source spelt it; empty where not given
	Account        string
	Sellers        []Seller
	RelatesTo      *TransactionLink
	Attributes     []Attribute
	Sequence       int64 // order within a day, 0 where not given
	SourceRevision int64 // the source's own revision number, 0 where not given
	Revision       int   // ours: 1, 2 ... in the order of arrival
	ContentHash    [32]byte
	RecordedAt     time.Time
}

// DateRule says which date of a transaction counts.
type DateRule string

// The dates of a transaction that a crediting rule can go by.
const (
	DateEvent    DateRule = "EVENT"
	DateBooked   DateRule = "BOOKED"
	DateInvoiced DateRule = "INVOICED"
	DatePaid     DateRule = "PAID"
	DateGoLive   DateRule = "GO_LIVE"
)

// CreditType is a tenant-named type of credit with its unit.
type CreditType struct {
	ID      ID
	Key     string // such as "REVENUE"
	Name    string
	Unit    string // "MONEY", or what is counted, such as "POINTS"
	Version int
}

// CreditKind is how a position came by a credit.
type CreditKind string

// The kinds of credit.
const (
	CreditDirect  CreditKind = "DIRECT"
	CreditRollup  CreditKind = "ROLLUP"
	CreditOverlay CreditKind = "OVERLAY"
	CreditManual  CreditKind = "MANUAL"
)

// Receivers says who gets the credits of a rule.
type Receivers string

// The receivers of a crediting rule.
const (
	ReceiveSellers   Receivers = "SELLERS"   // those named on the transaction, by their shares
	ReceiveManagers  Receivers = "MANAGERS"  // up the hierarchy from each direct credit
	ReceivePositions Receivers = "POSITIONS" // the positions that the rule names
)

// RuleShare is a position that a rule names, with its share as a fraction.
type RuleShare struct {
	PositionID ID              `json:"position"`
	Share      decimal.Decimal `json:"share"`
}

// CreditingRule is one immutable version of a dated, ordered rule. Per credit
// type the first matching DIRECT rule (by Priority, then Key) credits; every
// matching ROLLUP and OVERLAY rule applies.
type CreditingRule struct {
	ID               ID
	Key              string
	Name             string
	Priority         int
	CreditKind       CreditKind // DIRECT, ROLLUP or OVERLAY
	CreditTypeID     ID
	TransactionKinds []string // keys; empty takes every CREDITABLE kind
	DateRule         DateRule
	Condition        string // an expression; empty takes all
	Receivers        Receivers
	Levels           int               // MANAGERS: how many levels up at most; 0 is all
	LevelShares      []decimal.Decimal // MANAGERS: share at level 1, 2 ...; the last repeats; empty is 1
	Positions        []RuleShare       // POSITIONS
	OverAllocate     bool              // DIRECT shares need not sum to 1
	Days             Interval          // transactions whose counting date lies here
	Version          int
}

// Credit is a position's share of a transaction, in force or closed.
type Credit struct {
	ID            ID
	TransactionID ID
	CreditTypeID  ID
	Kind          CreditKind
	PositionID    ID
	PayeeID       *ID // nil where the position was vacant
	AssignmentID  *ID
	RuleID        *ID
	Level         int // ROLLUP: levels above the direct credit
	Share         decimal.Decimal
	Date          Date // the counting date
	Amount        decimal.Decimal
	Currency      CurrencyCode
	Quantity      *decimal.Decimal
	Margin        *decimal.Decimal
	FXDate        Date // whose rate converts it: Date, or that of the sale it reverses
	ViaPositionID *ID  // ROLLUP: the position whose direct credit it comes from
}

// ExceptionCode says why a transaction could not be credited cleanly.
type ExceptionCode string

// The codes of crediting exceptions.
const (
	ExceptionNoRule             ExceptionCode = "NO_RULE"
	ExceptionNoSeller           ExceptionCode = "NO_SELLER"
	ExceptionUnknownSeller      ExceptionCode = "UNKNOWN_SELLER"
	ExceptionNoPosition         ExceptionCode = "NO_POSITION"
	ExceptionSeveralPositions   ExceptionCode = "SEVERAL_POSITIONS"
	ExceptionSharesNotWhole     ExceptionCode = "SHARES_NOT_WHOLE"
	ExceptionUnknownProduct     ExceptionCode = "UNKNOWN_PRODUCT"
	ExceptionUnlinkedReversal   ExceptionCode = "UNLINKED_REVERSAL"
	ExceptionMissingDate        ExceptionCode = "MISSING_DATE"
	ExceptionConditionFailed    ExceptionCode = "CONDITION_FAILED"
	ExceptionUnknownKind        ExceptionCode = "UNKNOWN_KIND"
	ExceptionWithheldByOriginal ExceptionCode = "WITHHELD_BY_ORIGINAL"
)

// CreditingException is a transaction in the queue of those that could not be
// credited; it withholds the DIRECT and ROLLUP credits of its credit type.
type CreditingException struct {
	ID            ID
	TransactionID ID
	CreditTypeID  *ID // nil where it concerns every type
	Code          ExceptionCode
	Detail        string // the spelling, seller or date concerned
	OwnerID       *ID
	Since         time.Time
	Version       int
}

// ExceptionResolution is the dated fact by which somebody settled an exception
// by hand: explicit shares, or no credit at all where Shares is empty.
type ExceptionResolution struct {
	TransactionID ID
	CreditTypeID  *ID
	Shares        []RuleShare
	Reason        string
	RecordedAt    time.Time
}
