package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// reverse credits a transaction of a REVERSAL kind: what the original was
// credited as, with the reversal's own amounts, types settled by hand apart.
func (w *crediting) reverse(cs Case) {
	if cs.Original == nil {
		if !w.settledByHand() {
			w.except(nil, model.ExceptionUnlinkedReversal, unlinkedDetail(w.t))
		}
		return
	}
	outcome := cs.OriginalOutcome
	if outcome == nil {
		alone := w.c.Credit(Case{Transaction: *cs.Original})
		outcome = &alone
	}
	w.entries = make([]creditEntry, 0, len(outcome.Credits))
	byHand := false
	for i := range w.kind.types {
		types := &w.kind.types[i]
		credits := creditsOfType(outcome.Credits, *types.id)
		hand := w.resolution(types.id, len(credits) > 0 || len(outcome.Credits) == 0 || withholds(outcome.Exceptions, *types.id))
		byHand = byHand || hand != nil
		if hand != nil {
			w.creditByHand(types, directMatch{}, hand, true)
		}
		w.reverseType(cs.Original, credits, hand != nil)
		if hand == nil {
			w.withhold(types.id, cs.Original, outcome.Exceptions)
		}
	}
	if !byHand {
		w.withhold(nil, cs.Original, outcome.Exceptions)
	}
}

func unlinkedDetail(t *model.Transaction) string {
	if t.RelatesTo == nil {
		return "it names no sale"
	}
	return fmt.Sprintf("there is no sale %s from %s", quoted(t.RelatesTo.ExternalID), quoted(t.Source))
}

func creditsOfType(credits []model.Credit, typeID model.ID) []model.Credit {
	var out []model.Credit
	for i := range credits {
		if credits[i].CreditTypeID == typeID {
			out = append(out, credits[i])
		}
	}
	return out
}

// withholds tells whether one of the exceptions is of the type.
func withholds(exceptions []model.CreditingException, typeID model.ID) bool {
	return slices.ContainsFunc(exceptions, func(e model.CreditingException) bool { return e.CreditTypeID != nil && *e.CreditTypeID == typeID })
}

// withhold notes the original's exceptions of a type (nil: those of every
// type) as the reversal's.
func (w *crediting) withhold(typeID *model.ID, original *model.Transaction, exceptions []model.CreditingException) {
	for i := range exceptions {
		e := &exceptions[i]
		if (typeID == nil) != (e.CreditTypeID == nil) || (typeID != nil && *typeID != *e.CreditTypeID) {
			continue
		}
		w.except(typeID, model.ExceptionWithheldByOriginal, strings.TrimSpace(fmt.Sprintf("%s: %s %s", original.ExternalID, e.Code, e.Detail)))
	}
}

// reverseType reverses the original's credits of one type; only its overlays
// where the direct ones were settled by hand.
func (w *crediting) reverseType(original *model.Transaction, credits []model.Credit, overlaysOnly bool) {
	r := newReversalParts(original, w.t, credits)
	for i := range credits {
		if overlaysOnly && credits[i].Kind != model.CreditOverlay {
			continue
		}
		w.copyCredit(&credits[i], r.part(w.c, i))
	}
}

// copyCredit gives the original credit's position, payee and share a part of
// the reversal, on the reversal's own date by the original credit's rule.
func (w *crediting) copyCredit(from *model.Credit, p part) {
	e := creditEntry{Credit: *from, position: w.c.hierarchy.position(from.PositionID)}
	e.ID = model.ID{}
	e.Amount, e.Quantity, e.Margin, e.Currency = p.amount, p.quantity, p.margin, w.t.Currency
	e.Date = w.t.EventDate
	if from.RuleID != nil {
		if e.rule = w.c.rules[*from.RuleID]; e.rule != nil {
			e.Date, _ = e.rule.counting(w.t)
		}
	}
	if from.ViaPositionID != nil {
		e.via = w.c.hierarchy.position(*from.ViaPositionID)
	}
	w.entries = append(w.entries, e)
}

// reversalParts says how much of a reversal falls on each credit of the sale.
// A number that is exactly the sale's with the other sign mirrors each credit,
// so that a full return leaves nothing; any other is split by the shares of
// the direct credits, the rollups and overlays being shares of that.
type reversalParts struct {
	t                        *model.Transaction
	credits                  []model.Credit
	direct                   []*part // of each credit that is DIRECT
	amount, quantity, margin bool    // is mirrored
}

func newReversalParts(original, t *model.Transaction, credits []model.Credit) *reversalParts {
	r := &reversalParts{t: t, credits: credits, direct: make([]*part, len(credits))}
	sameCurrency := original.Currency == t.Currency
	r.amount = sameCurrency && opposite(&original.Amount, &t.Amount)
	r.quantity = opposite(original.Quantity, t.Quantity)
	r.margin = sameCurrency && opposite(original.Margin, t.Margin)
	var shares []decimal.Decimal
	var indexes []int
	for i := range credits {
		if credits[i].Kind == model.CreditDirect {
			shares, indexes = append(shares, credits[i].Share), append(indexes, i)
		}
	}
	parts := partsByShare(t, shares)
	if _, isWhole := sumsToWhole(shares); isWhole {
		if exact, err := partsOfWhole(t, shares); err == nil {
			parts = exact
		}
	}
	for i := range parts {
		r.direct[indexes[i]] = &parts[i]
	}
	return r
}

func opposite(a, b *decimal.Decimal) bool {
	return a != nil && b != nil && a.Equal(b.Neg())
}

// part gives the part of the credit at index i.
func (r *reversalParts) part(c *Crediter, i int) part {
	credit := &r.credits[i]
	var p part
	if r.direct[i] != nil {
		p = *r.direct[i]
	} else {
		p = r.indirect(c, credit)
	}
	if r.amount {
		p.amount = credit.Amount.Neg()
	}
	if r.quantity && credit.Quantity != nil {
		p.quantity = negated(credit.Quantity)
	}
	if r.margin && credit.Margin != nil {
		p.margin = negated(credit.Margin)
	}
	return p
}

func negated(d *decimal.Decimal) *decimal.Decimal {
	n := d.Neg()
	return &n
}

// indirect gives a rollup its level's share of the one direct credit that it
// comes from, and an overlay (or a rollup without its rule) its own share of
// the whole.
func (r *reversalParts) indirect(c *Crediter, credit *model.Credit) part {
	if credit.Kind == model.CreditRollup && credit.RuleID != nil && c.rules[*credit.RuleID] != nil {
		if via, found := r.via(credit.ViaPositionID); found {
			share := c.rules[*credit.RuleID].levelShare(credit.Level)
			return part{credit.Share, partOf(via.amount, share), partOfOptional(via.quantity, share), partOfOptional(via.margin, share)}
		}
	}
	return partsByShare(r.t, []decimal.Decimal{credit.Share})[0]
}

// via finds the part of the only direct credit of a position.
func (r *reversalParts) via(position *model.ID) (out part, found bool) {
	for i, p := range r.direct {
		if p == nil || position == nil || r.credits[i].PositionID != *position {
			continue
		}
		if found {
			return part{}, false
		}
		out, found = *p, true
	}
	return out, found
}
