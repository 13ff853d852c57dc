package service

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"spm/calc"
	"spm/model"
)

// diffEvidence says which objects changed between two moments, in words.
type diffEvidence struct {
	d        *earningsDiff
	old, now *calc.Book
	facts    *replayFacts
}

// maxEvidence bounds the objects that are named for a cause.
const maxEvidence = 1000

// of lists what changed of a cause: set-up that may be the payee's, and the
// payee's own deals.
func (e *diffEvidence) of(cause model.DiffCause) []*model.DiffChange {
	out := []*model.DiffChange{}
	switch a, b := e.old, e.now; cause {
	case model.DiffFX:
		out = changesOf(out, a.FXRates, b.FXRates, func(m *model.FXRate) (model.ID, string, string) {
			return m.ID, fmt.Sprintf("%s to %s on %s", m.From, m.To, m.Date), m.Rate.String()
		})
	case model.DiffHierarchy:
		out = e.hierarchy(out)
	case model.DiffQuota:
		out = e.quota(out)
	case model.DiffRate:
		out = e.rate(out)
	case model.DiffPlan:
		out = e.plan(out)
	case model.DiffOther:
		out = changesOf(out, a.Products, b.Products, func(m *model.Product) (model.ID, string, string) { return m.ID, m.ExternalID, "a product" })
		out = changesOf(out, a.Accounts, b.Accounts, func(m *model.Account) (model.ID, string, string) { return m.ID, m.ExternalID, "an account" })
		out = changesOf(out, a.Calendars, b.Calendars, func(m *model.FiscalCalendar) (model.ID, string, string) { return m.ID, m.ExternalID, "a calendar" })
		out = changesOf(out, a.Periods, b.Periods, func(m *model.Period) (model.ID, string, string) { return m.ID, m.Name, string(m.Status) })
	}
	for _, c := range e.facts.differs {
		if c.cause == cause {
			out = e.deal(out, c)
		}
	}
	return out[:min(len(out), maxEvidence)]
}

// deal adds a transaction, or an activity, as far as its positions are for who
// asks.
func (e *diffEvidence) deal(out []*model.DiffChange, c *factChange) []*model.DiffChange {
	seen := func(facts []calc.CreditFact) []calc.CreditFact {
		return slices.DeleteFunc(slices.Clone(facts), func(f calc.CreditFact) bool { return !e.d.sees(f.Credit.PositionID) })
	}
	was, is := seen(c.old), seen(c.now)
	if len(was)+len(is) == 0 {
		return out
	}
	fact := append(slices.Clone(was), is...)[0]
	id := fact.Credit.TransactionID
	if fact.Activity {
		id = model.IntID(model.KindActivity, -c.number)
	}
	return append(out, &model.DiffChange{ObjectID: id, Name: fact.Transaction.ExternalID, Before: c.words(was), After: c.words(is), Own: true})
}

// mine tells whether a row for a position, payee or title, or for all, may be the
// payee's.
func (e *diffEvidence) mine(position, payee *model.ID) bool {
	switch {
	case payee != nil:
		return *payee == e.d.payee
	case position == nil:
		return true
	}
	holds := func(seats []model.PositionAssignment) bool {
		return slices.ContainsFunc(seats, func(s model.PositionAssignment) bool {
			return s.PositionID == *position && s.PayeeID == e.d.payee
		})
	}
	return holds(e.old.Seats) || holds(e.now.Seats)
}

func (e *diffEvidence) hierarchy(out []*model.DiffChange) []*model.DiffChange {
	a, b := e.old, e.now
	days := func(d model.Interval) string {
		text := "from the start"
		if d.From > model.MinDate {
			text = "from " + d.From.String()
		}
		if d.To < model.MaxDate {
			text += " to " + d.Last().String()
		}
		return text
	}
	out = changesOf(out, a.Payees, b.Payees, func(m *model.Payee) (model.ID, string, string) {
		var parts []string
		for i := range m.Slices {
			parts = append(parts, fmt.Sprintf("%s %s in %s", days(m.Slices[i].Days), m.Slices[i].StatusGiven(), m.Slices[i].Currency))
		}
		return m.ID, m.ExternalID, strings.Join(parts, "; ")
	})
	out = changesOf(out, a.Seats, b.Seats, func(m *model.PositionAssignment) (model.ID, string, string) { return m.ID, m.ExternalID, days(m.Days) })
	out = changesOf(out, a.Positions, b.Positions, func(m *model.Position) (model.ID, string, string) {
		var parts []string
		for i := range m.Slices {
			parts = append(parts, days(m.Slices[i].Days))
		}
		return m.ID, m.ExternalID, strings.Join(parts, "; ")
	})
	return changesOf(out, a.Teams, b.Teams, func(m *model.Team) (model.ID, string, string) {
		return m.ID, m.ExternalID, fmt.Sprintf("%d memberships", len(m.Members))
	})
}

func (e *diffEvidence) quota(out []*model.DiffChange) []*model.DiffChange {
	a, b := e.old, e.now
	names := map[model.ID]string{}
	for _, book := range []*calc.Book{a, b} {
		for i := range book.Measures {
			names[book.Measures[i].ID] = book.Measures[i].Key
		}
		for i := range book.Periods {
			names[book.Periods[i].ID] = book.Periods[i].Name
		}
	}
	out = changesOf(out, a.Quotas, b.Quotas, func(m *model.Quota) (model.ID, string, string) {
		if !e.mine(m.PositionID, nil) {
			return model.ID{}, "", ""
		}
		words := m.Amount.String()
		if m.Relief != nil {
			words += " with relief of " + m.Relief.Share.String()
		}
		return m.ID, fmt.Sprintf("quota of %s in %s", names[m.MeasureID], names[m.PeriodID]), words
	})
	out = changesOf(out, a.Values, b.Values, func(m *model.MeasureValue) (model.ID, string, string) {
		if !e.mine(m.PositionID, nil) {
			return model.ID{}, "", ""
		}
		return m.ID, fmt.Sprintf("%s on %s", names[m.MeasureID], m.Date), m.Value.String()
	})
	return e.assignments(out, true)
}

// assignments adds those of the payee's whose target incentive, or whose days and
// plan have changed.
func (e *diffEvidence) assignments(out []*model.DiffChange, targets bool) []*model.DiffChange {
	return changesOf(out, e.old.PlanAssignments, e.now.PlanAssignments, func(m *model.PlanAssignment) (model.ID, string, string) {
		if !e.mine(m.PositionID, m.PayeeID) {
			return model.ID{}, "", ""
		}
		if targets {
			if m.TargetIncentive == nil {
				return m.ID, m.ExternalID, "no target incentive"
			}
			return m.ID, m.ExternalID, fmt.Sprintf("target incentive of %s %s a year", m.TargetIncentive.Amount, m.TargetIncentive.Currency)
		}
		return m.ID, m.ExternalID, fmt.Sprintf("from %s until before %s", m.Days.From, m.Days.To)
	})
}

func (e *diffEvidence) rate(out []*model.DiffChange) []*model.DiffChange {
	a, b := e.old, e.now
	out = changesOf(out, a.RateTables, b.RateTables, func(m *model.RateTable) (model.ID, string, string) {
		var cells []string
		for i := range m.Versions {
			for j := range m.Versions[i].Rows {
				cells = append(cells, m.Versions[i].Rows[j].Cell.String())
			}
		}
		return m.ID, m.Key, fmt.Sprintf("%d versions with the cells %s", len(m.Versions), strings.Join(cells[:min(len(cells), 20)], ", "))
	})
	return changesOf(out, a.Parameters, b.Parameters, func(m *model.ParameterValue) (model.ID, string, string) {
		if !e.mine(m.PositionID, m.PayeeID) {
			return model.ID{}, "", ""
		}
		return m.ID, m.Key, m.Value.String()
	})
}

func (e *diffEvidence) plan(out []*model.DiffChange) []*model.DiffChange {
	a, b := e.old, e.now
	names := map[model.ID]string{}
	for _, book := range []*calc.Book{a, b} {
		for i := range book.Plans {
			names[book.Plans[i].ID] = book.Plans[i].ExternalID
		}
	}
	out = changesOf(out, a.Versions, b.Versions, func(m *model.PlanVersion) (model.ID, string, string) {
		until := ""
		if m.Days.To < model.MaxDate {
			until = " to " + m.Days.Last().String()
		}
		return m.ID, fmt.Sprintf("version %d of %s", m.Number, names[m.PlanID]), fmt.Sprintf("%s from %s%s", m.State, m.Days.From, until)
	})
	out = e.assignments(out, false)
	return changesOf(out, a.Measures, b.Measures, func(m *model.Measure) (model.ID, string, string) {
		return m.ID, m.Key, cmp.Or(m.Condition, "all that counts")
	})
}

// changesOf adds the rows that are new, gone, or say something else, by name; the
// words say what they are. A row without an id is not for who asks.
func changesOf[M any](out []*model.DiffChange, old, now []M, words func(*M) (model.ID, string, string)) []*model.DiffChange {
	type row struct {
		at   *M
		name string
		says string
	}
	was := make(map[model.ID]row, len(old))
	for i := range old {
		id, name, says := words(&old[i])
		was[id] = row{&old[i], name, says}
	}
	first := len(out)
	for i := range now {
		id, name, says := words(&now[i])
		before, known := was[id]
		delete(was, id)
		if id.IsZero() || known && reflect.DeepEqual(*before.at, now[i]) {
			continue
		}
		change := &model.DiffChange{ObjectID: id, Name: name, After: &says}
		if known {
			change.Before = &before.says
		}
		out = append(out, change)
	}
	for id, gone := range was {
		if !id.IsZero() {
			out = append(out, &model.DiffChange{ObjectID: id, Name: gone.name, Before: &gone.says})
		}
	}
	slices.SortFunc(out[first:], func(x, y *model.DiffChange) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.ObjectID.Key, y.ObjectID.Key))
	})
	return out
}
