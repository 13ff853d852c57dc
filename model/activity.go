package model

import (
	"slices"

	"github.com/shopspring/decimal"
)

// ActivityStatus says whether an activity counts.
type ActivityStatus string

// The statuses of activities.
const (
	ActivityDone      ActivityStatus = "DONE"
	ActivityWithdrawn ActivityStatus = "WITHDRAWN" // it counts for nothing
)

// Activity is a call, meeting, demo, proposal or milestone: a fact that is
// tied to a position and perhaps to an opportunity. Source and ExternalID name
// it. Sent again with a change it gets its next version.
type Activity struct {
	ID             ID
	Source         string
	ExternalID     string
	Kind           string // the source's own word, such as "MEETING"
	PositionID     ID
	Date           Date
	Opportunity    string           // the source's id of it, or empty
	Quantity       *decimal.Decimal // as sent, such as minutes; nil where not given
	Attributes     []Attribute      // ordered by name
	Status         ActivityStatus
	SourceRevision int64 // the source's own number of this version, 0 where not given
	Version        int
}

// Key is how the source knows the activity.
func (a *Activity) Key() TransactionKey { return TransactionKey{a.Source, a.ExternalID} }

// Withdrawn tells whether it counts for nothing.
func (a *Activity) Withdrawn() bool { return a.Status == ActivityWithdrawn }

// Says tells whether both say the same, whatever their ids and numbers are.
func (a *Activity) Says(b *Activity) bool {
	return a.Key() == b.Key() && a.Kind == b.Kind && a.PositionID == b.PositionID && a.Date == b.Date && a.Opportunity == b.Opportunity &&
		a.Status == b.Status && equalDecimals(a.Quantity, b.Quantity) && slices.Equal(a.Attributes, b.Attributes)
}

func equalDecimals(a, b *decimal.Decimal) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// Fact lays the activity out as a calculation reads it, for the payee that held
// its position on its date: as a credit of no amount whose order is the
// opportunity.
func (a *Activity) Fact(payee *ID) CreditFact {
	return CreditFact{
		Credit: Credit{ID: a.ID, PositionID: a.PositionID, PayeeID: payee, Date: a.Date, FXDate: a.Date, Quantity: a.Quantity},
		Transaction: &Transaction{
			ID: a.ID, Source: a.Source, ExternalID: a.ExternalID, OrderID: a.Opportunity, Kind: a.Kind, EventDate: a.Date,
			Quantity: a.Quantity, Attributes: a.Attributes,
		},
		Activity: true,
	}
}

// ActivityWhere filters activities.
type ActivityWhere struct {
	And, Or     []*ActivityWhere
	Not         *ActivityWhere
	ID          *IDFilter
	Source      *StringFilter
	ExternalID  *StringFilter
	Kind        *StringFilter
	PositionID  *IDFilter
	Opportunity *StringFilter
	Date        *DateFilter
	Statuses    []ActivityStatus
	Status      *ActivityStatusFilter
	Quantity    *DecimalFilter
	Position    *One[PositionWhere]
}
