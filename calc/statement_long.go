package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// stated tells whether a version of the course rounds the statement: then what
// its earlier periods have earned is what their statements made of it.
func (c *course) stated() bool {
	return slices.ContainsFunc(c.spans, func(s stretch) bool {
		return slices.ContainsFunc(s.legs, func(l leg) bool { return l.component.version.rules.RoundStage == model.RoundStatement })
	})
}

// dues notes what a course has earned in the period as its statement rounds it,
// before anything is withheld, and before caps over several earnings.
func (c *calculation) dues(co *course, amount decimal.Decimal) {
	if !c.stating[c.period.CalendarID] {
		return
	}
	if c.due == nil {
		c.due = map[*course]decimal.Decimal{}
	}
	c.due[co] = amount
}

// statedBefore gives what the earlier payout periods of the course's windows have
// earned by their statements, each worked out with all that stood on it; not where
// they were paid in another currency, or have earned of other windows too.
func (c *calculation) statedBefore(co *course, pay model.CurrencyCode) (total decimal.Decimal, known bool) {
	begins := co.begins(c.period)
	for _, p := range c.periodsOf[c.period.CalendarID] {
		if p.Type != c.period.Type || p.Days.From < begins || p.Days.To > c.period.Days.From {
			continue
		}
		then := c.before(p)
		at := then.courseNamed(co, co.key)
		if at < 0 {
			continue
		}
		r := &then.finished().outcomes[at]
		switch {
		case r.earning == nil || r.fault != nil:
			continue
		case r.earning.Amount.Currency != pay || !then.courses[at].of(co, p.Days.To):
			return total, false
		}
		total = total.Add(then.due[&then.courses[at]])
	}
	return total, true
}

// begins is the first day of the earliest window that the course settles in a
// payout period.
func (c *course) begins(period *model.Period) model.Date {
	first := period.Days.From
	for i := range c.spans {
		first = min(first, c.spans[i].window.Days.From)
	}
	return first
}

// of tells whether all windows that the course has had by a day are those of
// another.
func (c *course) of(other *course, until model.Date) bool {
	return !slices.ContainsFunc(c.spans, func(s stretch) bool {
		return len(before(s.legs, until)) > 0 && !slices.ContainsFunc(other.spans, func(o stretch) bool { return o.window == s.window })
	})
}

// tookEarlier is what a trace takes off, after its rounding, for what earlier
// periods of the window have earned.
func tookEarlier(t *Trace, rounding int) decimal.Decimal {
	for i := rounding + 1; i < t.Len(); i++ {
		if t.Kinds[i] == NodeEarlier && t.Parents[i] == 0 {
			return t.Values.At(i)
		}
	}
	return decimal.Zero
}
