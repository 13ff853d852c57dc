package calc

import (
	"cmp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// CreditFact is a credit in force with its transaction, or an activity laid out
// as one: what a calculation reads. The engine keeps pointers to the facts it was given for as long as
// the earnings that cite them live, and never writes to them.
type CreditFact struct {
	Credit      model.Credit       // the number in its ID is what lines and traces cite
	Transaction *model.Transaction // the revision in force, shared by its credits; sellers are not read
	Reversal    bool               // the role of the transaction's kind is REVERSAL
	Activity    bool               // it is no credit but an activity, as model.Activity.Fact lays it out
	Rule        string             // key of the crediting rule; "" where credited by hand
}

// citation is the number by which lines and traces cite the credit, below 0 for
// an activity.
func (f *CreditFact) citation() int64 {
	switch {
	case f.Credit.ID.IsZero():
		return 0 // a value that is no credit
	case f.Activity:
		return -f.Credit.ID.Int()
	}
	return f.Credit.ID.Int()
}

// Cited gives the credit or the activity that lines and traces cite by a
// number; nil where it cites none.
func Cited(number int64) (credit, activity *model.ID) {
	switch {
	case number > 0:
		id := model.IntID(model.KindCredit, number)
		return &id, nil
	case number < 0:
		id := model.IntID(model.KindActivity, -number)
		return nil, &id
	}
	return nil, nil
}

// transaction gives the fact's transaction, an empty one where it has none.
func (f *CreditFact) transaction() *model.Transaction {
	if f.Transaction == nil {
		return &noTransaction
	}
	return f.Transaction
}

// noTransaction is read only.
var noTransaction model.Transaction

// compareFacts is the one order of facts: day, activities before credits, the
// source's sequence, a sale before its reversal, bytes of source, external id and line; then what tells
// the credits of one transaction apart. Nothing in it is an id of ours, an
// arrival or a clock; facts that it calls equal are interchangeable.
func (x *index) compareFacts(a, b *CreditFact) int {
	if c := cmp.Compare(a.Credit.Date, b.Credit.Date); c != 0 {
		return c
	}
	if a.Activity != b.Activity {
		if a.Activity {
			return -1
		}
		return 1
	}
	t, u := a.transaction(), b.transaction()
	if c := cmp.Compare(t.Sequence, u.Sequence); c != 0 {
		return c
	}
	if a.Reversal != b.Reversal {
		if b.Reversal {
			return -1
		}
		return 1
	}
	switch { // equal strings are found so without reading them, mostly
	case t.Source != u.Source:
		return strings.Compare(t.Source, u.Source)
	case t.ExternalID != u.ExternalID:
		return strings.Compare(t.ExternalID, u.ExternalID)
	case t.Line != u.Line:
		return strings.Compare(t.Line, u.Line)
	}
	return cmp.Or(
		strings.Compare(x.creditTypeKey(a.Credit.CreditTypeID), x.creditTypeKey(b.Credit.CreditTypeID)),
		strings.Compare(string(a.Credit.Kind), string(b.Credit.Kind)),
		strings.Compare(x.positionKey(a.Credit.ViaPositionID), x.positionKey(b.Credit.ViaPositionID)),
		strings.Compare(x.positionKey(&a.Credit.PositionID), x.positionKey(&b.Credit.PositionID)),
		strings.Compare(a.Rule, b.Rule),
		compareCredits(&a.Credit, &b.Credit),
		compareTransactions(t, u),
	)
}

// compareCredits orders credits that share every key, which crediting does not
// make, by what they say, so that even those cannot depend on arrival.
func compareCredits(a, b *model.Credit) int {
	return cmp.Or(
		cmp.Compare(a.Level, b.Level),
		cmp.Compare(a.FXDate, b.FXDate),
		strings.Compare(string(a.Currency), string(b.Currency)),
		a.Amount.Cmp(b.Amount),
		orZero(a.Quantity).Cmp(orZero(b.Quantity)),
		orZero(a.Margin).Cmp(orZero(b.Margin)),
		a.Share.Cmp(b.Share),
	)
}

// compareTransactions is compareCredits for what a condition can read of the
// transaction.
func compareTransactions(a, b *model.Transaction) int {
	return cmp.Or(
		cmp.Compare(a.EventDate, b.EventDate),
		strings.Compare(a.Kind, b.Kind),
		strings.Compare(a.OrderID, b.OrderID),
		strings.Compare(a.Product, b.Product),
		strings.Compare(a.Account, b.Account),
		strings.Compare(string(a.Currency), string(b.Currency)),
		a.Amount.Cmp(b.Amount),
		slices.CompareFunc(a.Attributes, b.Attributes, func(p, q model.Attribute) int {
			return cmp.Or(strings.Compare(p.Name, q.Name), strings.Compare(p.Value, q.Value))
		}),
	)
}

func orZero(d *decimal.Decimal) decimal.Decimal {
	if d == nil {
		return decimal.Zero
	}
	return *d
}
