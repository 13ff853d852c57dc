package service

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"spm/calc"
	"spm/model"
)

// replayFacts reads credits and activities of two moments and says to which cause
// what differs between them belongs. The first error stays.
type replayFacts struct {
	ctx      context.Context //nolint:containedctx // it lives as long as one call of replayed
	d        *earningsDiff
	old, now model.ReadPoint
	changed  map[model.ID]bool               // crediting rules that are not the same
	classes  map[int64]model.DiffCause       // by transaction, below 0 by activity
	differs  []*factChange                   // of the payee in hand
	kept     map[string][2][]calc.CreditFact // what was read already
	err      error
}

// factChange is a transaction or activity whose credits of the payee are not the
// same.
type factChange struct {
	number   int64
	cause    model.DiffCause
	old, now []calc.CreditFact
}

type (
	oldFacts struct{ *replayFacts }
	newFacts struct{ *replayFacts }
)

// Credits gives those of the earlier moment.
func (f oldFacts) Credits(payees []model.ID, days model.Interval) []calc.CreditFact {
	return f.both(payees, days)[0]
}

// Credits gives those of the later moment.
func (f newFacts) Credits(payees []model.ID, days model.Interval) []calc.CreditFact {
	return f.both(payees, days)[1]
}

// Earned knows nothing: all are calculated.
func (f *replayFacts) Earned([]model.ID, model.ID) map[model.ID][]calc.Earned { return nil }

func numberOf(f *calc.CreditFact) int64 {
	if f.Activity {
		return -f.Credit.ID.Int()
	}
	return f.Credit.TransactionID.Int()
}

// of says to which cause a fact belongs.
func (f *replayFacts) of(fact *calc.CreditFact) model.DiffCause { return f.classes[numberOf(fact)] }

// readRules finds the crediting rules that have changed.
func (f *replayFacts) readRules() error {
	was, err := f.d.s.Store.CreditingRules(f.ctx, model.Unbounded(f.d.scope.Tenant, f.old))
	if err != nil {
		return err
	}
	is, err := f.d.s.Store.CreditingRules(f.ctx, model.Unbounded(f.d.scope.Tenant, f.now))
	byID := map[model.ID]*model.CreditingRule{}
	f.changed = map[model.ID]bool{}
	for _, r := range was {
		byID[r.ID], f.changed[r.ID] = r, true
	}
	for _, r := range is {
		f.changed[r.ID] = byID[r.ID] == nil || !reflect.DeepEqual(*byID[r.ID], *r)
	}
	return err
}

// both reads the facts of both moments and classes what differs.
func (f *replayFacts) both(payees []model.ID, days model.Interval) [2][]calc.CreditFact {
	key := fmt.Sprint(payees, days)
	if known, is := f.kept[key]; is || f.err != nil || len(payees) == 0 {
		return known
	}
	var out [2][]calc.CreditFact
	for i, at := range []model.ReadPoint{f.old, f.now} {
		scope := model.Unbounded(f.d.scope.Tenant, at)
		credits, err := f.d.s.Store.CreditFacts(f.ctx, scope, payees, days)
		if err != nil {
			f.err = err
			return out
		}
		activities, err := f.d.s.Store.ActivityFacts(f.ctx, scope, payees, days)
		if err != nil {
			f.err = err
			return out
		}
		for _, payee := range payees {
			out[i] = append(append(out[i], calcFacts(credits[payee])...), calcFacts(activities[payee])...)
		}
	}
	f.kept[key] = out
	f.err = f.class(out, slices.Equal(payees, []model.ID{f.d.payee}))
	return out
}

// class says to which cause each transaction and activity belongs whose facts are
// not the same: to DEAL where it, or the sale that it takes back, was revised; to
// CREDIT where other rules gave its credits, or these have changed; otherwise to
// HIERARCHY.
func (f *replayFacts) class(both [2][]calc.CreditFact, own bool) error {
	changes := map[int64]*factChange{}
	for i, facts := range both {
		for j := range facts {
			n := numberOf(&facts[j])
			if changes[n] == nil {
				changes[n] = &factChange{number: n}
			}
			if c := changes[n]; i == 0 {
				c.old = append(c.old, facts[j])
			} else {
				c.now = append(c.now, facts[j])
			}
		}
	}
	var ids []int64
	var sales []model.TransactionKey
	for _, n := range slices.Sorted(maps.Keys(changes)) {
		c := changes[n]
		if sameFacts(c.old, c.now) {
			delete(changes, n)
			continue
		}
		t := append(slices.Clone(c.old), c.now...)[0].Transaction
		ids = append(ids, n)
		if t.RelatesTo != nil {
			sales = append(sales, model.TransactionKey{Source: t.Source, ExternalID: t.RelatesTo.ExternalID})
		}
	}
	if len(ids) == 0 {
		return nil
	}
	revised, revisedSales, err := f.d.s.Store.RevisedTransactions(f.ctx, model.Unbounded(f.d.scope.Tenant, f.now), ids, sales, min(f.old.Horizon, f.now.Horizon), max(f.old.Horizon, f.now.Horizon))
	for _, n := range ids {
		c := changes[n]
		t := append(slices.Clone(c.old), c.now...)[0].Transaction
		sale := model.TransactionKey{Source: t.Source}
		if t.RelatesTo != nil {
			sale.ExternalID = t.RelatesTo.ExternalID
		}
		switch {
		case n < 0:
			c.cause = model.DiffCredit
		case revised[n] || revisedSales[sale] || len(c.old) > 0 && len(c.now) > 0 && !reflect.DeepEqual(*c.old[0].Transaction, *c.now[0].Transaction):
			c.cause = model.DiffDeal
		case f.otherRules(c):
			c.cause = model.DiffCredit
		default:
			c.cause = model.DiffHierarchy
		}
		if f.classes[n] == "" {
			f.classes[n] = c.cause
			if own {
				f.differs = append(f.differs, c)
			}
		}
	}
	return err
}

// sameFacts tells whether a transaction's credits, and what is read of it, are
// the same.
func sameFacts(a, b []calc.CreditFact) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		j := slices.IndexFunc(b, func(o calc.CreditFact) bool { return o.Credit.ID == a[i].Credit.ID })
		if j < 0 || !reflect.DeepEqual(*a[i].Transaction, *b[j].Transaction) || a[i].Reversal != b[j].Reversal || a[i].Activity && !reflect.DeepEqual(a[i].Credit, b[j].Credit) {
			return false
		}
	}
	return true
}

// otherRules tells whether credits were given by hand, by other rules, or by rules
// that have changed.
func (f *replayFacts) otherRules(c *factChange) bool {
	rules := func(facts []calc.CreditFact) (ids []string, by bool) {
		for i := range facts {
			id := facts[i].Credit.RuleID
			if id == nil || f.changed[*id] {
				return nil, true
			}
			ids = append(ids, id.Key)
		}
		slices.Sort(ids)
		return slices.Compact(ids), false
	}
	was, hand := rules(c.old)
	is, byHand := rules(c.now)
	return hand || byHand || len(was) > 0 && len(is) > 0 && !slices.Equal(was, is)
}

// words says what a transaction credits the payee with.
func (c *factChange) words(facts []calc.CreditFact) *string {
	if len(facts) == 0 {
		return nil
	}
	var out []string
	for i := range facts {
		credit := &facts[i].Credit
		if facts[i].Activity {
			out = append(out, fmt.Sprintf("an activity on %s", credit.Date))
			continue
		}
		out = append(out, fmt.Sprintf("%s credit of %s %s on %s", credit.Kind, credit.Amount, credit.Currency, credit.Date))
	}
	text := strings.Join(out, "; ")
	return &text
}
