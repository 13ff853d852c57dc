package service

import (
	"context"
	"time"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// creditChanges is the difference between what is in force and what ought to
// be.
type creditChanges struct {
	credits          []*model.Credit
	closedCredits    []int64
	exceptions       []*model.CreditingException
	closedExceptions []int64
	exceptionCount   map[model.ID]int
	touched          []*model.Credit // added, closed, or of a revised transaction
	written          []*model.Credit // added or closed
}

// compare credits the targets and compares the outcomes with what is in force.
func (w *creditWork) compare(ctx context.Context, revised map[model.ID]bool, now time.Time) (*creditChanges, error) {
	var old []int64
	for _, t := range w.targets {
		if !w.fresh[t.ID] {
			old = append(old, t.ID.Int())
		}
	}
	credits, err := w.reads.CreditsOfTransactions(ctx, w.scope, old)
	if err != nil {
		return nil, err
	}
	exceptions, err := w.reads.ExceptionsOfTransactions(ctx, w.scope, old)
	if err != nil {
		return nil, err
	}
	creditsOf := groupBy(credits, func(c *model.Credit) model.ID { return c.TransactionID })
	exceptionsOf := groupBy(exceptions, func(e *model.CreditingException) model.ID { return e.TransactionID })
	d := &creditChanges{exceptionCount: map[model.ID]int{}}
	for _, t := range w.targets {
		out := w.outcome(t)
		d.compareCredits(creditsOf[t.ID], out.Credits, revised[t.ID])
		d.compareExceptions(exceptionsOf[t.ID], out.Exceptions, now)
		if n := len(out.Exceptions); n > 0 {
			d.exceptionCount[t.ID] = n
		}
	}
	return d, nil
}

func groupBy[M any](all []*M, of func(*M) model.ID) map[model.ID][]*M {
	out := map[model.ID][]*M{}
	for _, m := range all {
		out[of(m)] = append(out[of(m)], m)
	}
	return out
}

// creditContent is all that a credit says but its id; two of one content are
// the same credit.
type creditContent struct {
	creditType, position, payee, assignment, rule, via model.ID
	kind                                               model.CreditKind
	level                                              int
	date, fxDate                                       model.Date
	currency                                           model.CurrencyCode
	share, amount, quantity, margin                    string
}

func contentOf(c *model.Credit) creditContent {
	return creditContent{
		creditType: c.CreditTypeID, position: c.PositionID, payee: orZero(c.PayeeID), assignment: orZero(c.AssignmentID), rule: orZero(c.RuleID),
		via: orZero(c.ViaPositionID), kind: c.Kind, level: c.Level, date: c.Date, fxDate: c.FXDate, currency: c.Currency,
		share: c.Share.String(), amount: c.Amount.String(), quantity: optional(c.Quantity), margin: optional(c.Margin),
	}
}

func orZero(id *model.ID) model.ID {
	if id == nil {
		return model.ID{}
	}
	return *id
}

func optional(d *decimal.Decimal) string {
	if d == nil {
		return ""
	}
	return d.String()
}

func (d *creditChanges) compareCredits(old []*model.Credit, now []model.Credit, revised bool) {
	var kept map[creditContent][]*model.Credit
	if len(old) > 0 {
		kept = make(map[creditContent][]*model.Credit, len(old))
		for _, c := range old {
			kept[contentOf(c)] = append(kept[contentOf(c)], c)
		}
	}
	for i := range now {
		c := &now[i]
		if same := kept[contentOf(c)]; len(same) > 0 {
			kept[contentOf(c)] = same[1:]
			if revised {
				d.touched = append(d.touched, c)
			}
			continue
		}
		d.credits, d.touched, d.written = append(d.credits, c), append(d.touched, c), append(d.written, c)
	}
	for _, c := range old {
		if rest := kept[contentOf(c)]; len(rest) > 0 {
			kept[contentOf(c)] = rest[1:]
			d.closedCredits = append(d.closedCredits, c.ID.Int())
			d.touched, d.written = append(d.touched, c), append(d.written, c)
		}
	}
}

// compareExceptions keeps an exception's id, owner and age as long as its code
// and type stay.
func (d *creditChanges) compareExceptions(old []*model.CreditingException, now []model.CreditingException, at time.Time) {
	type cause struct {
		creditType model.ID
		code       model.ExceptionCode
	}
	before := make(map[cause]*model.CreditingException, len(old))
	for _, e := range old {
		before[cause{orZero(e.CreditTypeID), e.Code}] = e
	}
	for i := range now {
		e := &now[i]
		why := cause{orZero(e.CreditTypeID), e.Code}
		was := before[why]
		delete(before, why)
		switch {
		case was == nil:
			e.Since = at
			d.exceptions = append(d.exceptions, e)
		case was.Detail != e.Detail:
			next := *was
			next.Detail = e.Detail
			d.exceptions, d.closedExceptions = append(d.exceptions, &next), append(d.closedExceptions, was.ID.Int())
		}
	}
	for _, e := range old {
		if before[cause{orZero(e.CreditTypeID), e.Code}] != nil {
			d.closedExceptions = append(d.closedExceptions, e.ID.Int())
		}
	}
}

// save writes the difference and marks the earnings that it may alter.
func (d *creditChanges) save(ctx context.Context, tx *store.Tx) error {
	if len(d.written) > 0 {
		days := make([]model.Interval, len(d.written))
		for i, c := range d.written {
			days[i] = model.Interval{From: c.Date, To: c.Date.AddDays(1)}
		}
		if _, err := tx.SharePeriods(ctx, days); err != nil {
			return err
		}
	}
	if err := tx.SaveCredits(ctx, d.credits, d.closedCredits); err != nil {
		return err
	}
	if err := tx.SaveExceptions(ctx, d.exceptions, d.closedExceptions); err != nil {
		return err
	}
	return tx.MarkDirty(ctx, dirtyMarks(d.touched)...)
}

// dirtyMarks gives one mark per payee and calendar month: the days from its
// first credit in it to its last. A vacant position earns nothing.
func dirtyMarks(credits []*model.Credit) []store.Dirty {
	type place struct {
		payee       model.ID
		year, month int
	}
	at := map[place]int{}
	var marks []store.Dirty
	for _, c := range credits {
		if c.PayeeID == nil {
			continue
		}
		year, month, _ := c.Date.Civil()
		here := place{*c.PayeeID, year, month}
		i, seen := at[here]
		if !seen {
			i = len(marks)
			at[here] = i
			marks = append(marks, store.Dirty{Payee: c.PayeeID, Days: model.Interval{From: c.Date, To: c.Date.AddDays(1)}})
		}
		marks[i].Days.From, marks[i].Days.To = min(marks[i].Days.From, c.Date), max(marks[i].Days.To, c.Date.AddDays(1))
	}
	return marks
}
