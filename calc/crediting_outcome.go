package calc

import (
	"cmp"
	"slices"
	"strings"

	"spm/model"
)

// outcome puts what was given into its canonical order.
func (w *crediting) outcome() Outcome {
	var out Outcome
	var few [16]*creditEntry
	ordered := few[:0]
	for i := range w.entries {
		ordered = append(ordered, &w.entries[i])
	}
	slices.SortStableFunc(ordered, w.compareEntries)
	if len(ordered) > 0 {
		out.Credits = make([]model.Credit, len(ordered))
	}
	for i, e := range ordered {
		out.Credits[i] = e.Credit
		out.Credits[i].TransactionID = w.t.ID
	}
	slices.SortFunc(w.exceptions, func(a, b exceptionEntry) int {
		return cmp.Or(cmp.Compare(w.typePlace(a.typeID), w.typePlace(b.typeID)), strings.Compare(string(a.code), string(b.code)))
	})
	for _, e := range w.exceptions {
		exception := model.CreditingException{TransactionID: w.t.ID, Code: e.code, Detail: e.detail}
		if e.typeID != nil {
			id := *e.typeID
			exception.CreditTypeID = &id
		}
		out.Exceptions = append(out.Exceptions, exception)
	}
	return out
}

// typePlace is the place of a credit type in the order of keys, -1 for every
// type.
func (w *crediting) typePlace(id *model.ID) int {
	if id == nil {
		return -1
	}
	return slices.IndexFunc(w.kind.types, func(t typeRules) bool { return *t.id == *id })
}

func (w *crediting) compareEntries(a, b *creditEntry) int {
	if a.CreditTypeID != b.CreditTypeID {
		return cmp.Compare(w.typePlace(&a.CreditTypeID), w.typePlace(&b.CreditTypeID))
	}
	return cmp.Or(
		cmp.Compare(kindPlace(a.Kind), kindPlace(b.Kind)),
		strings.Compare(a.position.name(), b.position.name()),
		strings.Compare(a.via.name(), b.via.name()),
		cmp.Compare(a.Level, b.Level),
		cmp.Compare(a.rulePlace(), b.rulePlace()),
		compareHolders(a.holder, b.holder),
		compareHolders(a.viaHolder, b.viaHolder),
	)
}

// kindPlace is the place of a credit kind in the order of credits.
func kindPlace(kind model.CreditKind) int {
	switch kind {
	case model.CreditDirect:
		return 0
	case model.CreditRollup:
		return 1
	case model.CreditOverlay:
		return 2
	}
	return 3
}

// rulePlace is the place of the credit's rule, -1 where it was given by hand.
func (e *creditEntry) rulePlace() int {
	if e.rule == nil {
		return -1
	}
	return e.rule.rank
}

func compareHolders(a, b *seat) int {
	switch {
	case a.is(b):
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return compareSeats(*a, *b)
}
