package calc

import (
	"slices"
	"strings"

	"spm/model"
)

// CreditingSetup is what crediting goes by, whole: every row in force of the
// tenant, dated slices included. The order of the slices does not matter.
type CreditingSetup struct {
	Kinds       []model.TransactionKind
	CreditTypes []model.CreditType
	Rules       []model.CreditingRule
	Titles      []model.Title
	Positions   []model.Position
	Payees      []model.Payee
	Seats       []model.PositionAssignment
	Products    []model.Product
	Accounts    []model.Account
}

// Case is one transaction to be credited, with what else its credits depend
// on.
type Case struct {
	Transaction model.Transaction

	// Original is the sale in force that a REVERSES link of the transaction
	// points at (same source, its external id); nil where there is none.
	Original *model.Transaction

	// OriginalOutcome is what the original is credited as now, by the same
	// Crediter. Where it is nil the original is credited without a case of
	// its own: no resolutions, no original.
	OriginalOutcome *Outcome

	// Resolutions are those in force of this transaction. Should two be of
	// one credit type (or of none) the last counts. One of no type is of each
	// type that a DIRECT rule credits or an exception withholds, or of every
	// type where there is none such. A resolution goes on counting when the
	// cause of the exception is gone: it is a fact in force.
	Resolutions []model.ExceptionResolution
}

// Outcome is what a transaction is credited as. The ids of credits and
// exceptions are left zero.
//
// Credits are ordered by the key of their type, then kind (DIRECT, ROLLUP,
// OVERLAY), external id of the position, external id of the position they come
// via, level, and priority and key of their rule. Exceptions by the key of
// their type (those of every type first), then code. There is at most one
// exception per type and code, and one DIRECT credit per type, position and
// holder.
type Outcome struct {
	Credits    []model.Credit
	Exceptions []model.CreditingException
}

// Credit says what a transaction is credited as. The outcome depends on
// nothing but the set-up and the case; the amounts of its DIRECT credits of a
// type sum to the transaction's exactly unless their rule over-allocates.
func (c *Crediter) Credit(cs Case) Outcome {
	w := &crediting{c: c, t: &cs.Transaction, resolutions: cs.Resolutions}
	w.row = TransactionRow{Transaction: w.t, Products: c.products, Accounts: c.accounts}
	kind, known := c.kinds[w.t.Kind]
	switch {
	case !known:
		if w.kind = c.otherKind; !w.settledByHand() {
			w.except(nil, model.ExceptionUnknownKind, quoted(w.t.Kind))
		}
	case kind.role == model.RoleReversal:
		w.kind = kind
		w.reverse(cs)
	case kind.role == model.RoleCreditable:
		w.kind = kind
		w.creditAll()
	}
	return w.outcome()
}

// crediting is the work on one transaction.
type crediting struct {
	c           *Crediter
	kind        *kindRules
	t           *model.Transaction
	row         TransactionRow
	resolutions []model.ExceptionResolution
	entries     []creditEntry
	exceptions  []exceptionEntry
}

// creditEntry is a credit with what it is ordered by.
type creditEntry struct {
	model.Credit
	position, via *positionNode
	holder        *seat
	viaHolder     *seat
	rule          *ruleEntry // nil: by hand
	ids           *creditIDs
}

// creditIDs are what the credit's optional ids point at, in one allocation.
type creditIDs struct{ payee, assignment, rule, via model.ID }

type exceptionEntry struct {
	typeID *model.ID
	code   model.ExceptionCode
	detail string
}

// creditFault is why a type's credits are withheld.
type creditFault struct {
	code   model.ExceptionCode
	detail string
}

// directMatch is the DIRECT rule that takes the transaction, or why that
// cannot be said; both nil where none does.
type directMatch struct {
	rule  *ruleEntry
	date  model.Date
	fault *creditFault
}

func (m directMatch) concerns() bool { return m.rule != nil || m.fault != nil }

// creditAll credits a transaction of a CREDITABLE kind, type by type.
func (w *crediting) creditAll() {
	var few [4]directMatch
	matches, concerned := few[:0], false
	for i := range w.kind.types {
		m := w.firstDirect(w.kind.types[i].direct)
		matches, concerned = append(matches, m), concerned || m.concerns()
	}
	_, known := w.c.products.Resolve(w.t.Product)
	unknownProduct := w.t.Product != "" && !known
	byHand := false
	var withheld []*model.ID
	for i := range w.kind.types {
		types, m := &w.kind.types[i], matches[i]
		overlaid := w.overlay(types)
		hand := w.resolution(types.id, m.concerns() || !concerned)
		switch {
		case hand != nil:
			byHand = true
			w.creditByHand(types, m, hand, overlaid)
		case unknownProduct && m.concerns():
			withheld = append(withheld, types.id)
		case m.fault != nil:
			w.except(types.id, m.fault.code, m.fault.detail)
		case m.rule != nil && overlaid:
			w.creditByRule(types, m)
		}
	}
	switch {
	case unknownProduct && !byHand:
		w.except(nil, model.ExceptionUnknownProduct, quoted(w.t.Product))
	case unknownProduct:
		for _, id := range withheld {
			w.except(id, model.ExceptionUnknownProduct, quoted(w.t.Product))
		}
	case !concerned && !byHand:
		w.except(nil, model.ExceptionNoRule, "kind "+quoted(w.t.Kind))
	}
}

// settledByHand credits a transaction that crediting has no rule for by what
// was resolved by hand, and tells whether anything was.
func (w *crediting) settledByHand() bool {
	settled := false
	for i := range w.kind.types {
		if hand := w.resolution(w.kind.types[i].id, true); hand != nil {
			settled = true
			w.creditByHand(&w.kind.types[i], directMatch{}, hand, true)
		}
	}
	return settled
}

// resolution gives the one in force for a credit type, or, where the type is
// concerned, the one of no type.
func (w *crediting) resolution(typeID *model.ID, concerned bool) *model.ExceptionResolution {
	var general *model.ExceptionResolution
	for i := len(w.resolutions) - 1; i >= 0; i-- {
		switch r := &w.resolutions[i]; {
		case r.CreditTypeID != nil && *r.CreditTypeID == *typeID:
			return r
		case r.CreditTypeID == nil && concerned && general == nil:
			general = r
		}
	}
	return general
}

// except notes an exception; those of one type and code become one.
func (w *crediting) except(typeID *model.ID, code model.ExceptionCode, detail string) {
	for i := range w.exceptions {
		if e := &w.exceptions[i]; e.typeID == typeID && e.code == code {
			if !slices.Contains(strings.Split(e.detail, "; "), detail) {
				e.detail += "; " + detail
			}
			return
		}
	}
	w.exceptions = append(w.exceptions, exceptionEntry{typeID, code, detail})
}
