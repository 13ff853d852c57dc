package calc

import (
	"cmp"
	"math/big"
	"strings"

	"spm/model"
)

// ofActivities tells whether the first measure, "m", is of activities.
func (s *scene) ofActivities() bool { return s.Measures[0].Source == model.SourceActivities }

// activityConditions are conditions over an activity, of measures, components
// and adjustments.
var activityConditions = []struct {
	text string
	is   func(c *sceneCredit) bool
}{
	{"kind in ['MEETING', 'DEMO']", func(c *sceneCredit) bool { return c.Activity != "CALL" }},
	{"opportunity != 'B'", func(c *sceneCredit) bool { return c.Order != "B" }},
	{"quantity != nil && quantity > 1", func(c *sceneCredit) bool { return c.Quantity == "12.5" }},
	{"activityDate >= date('2026-01-15') && payee == 'ana'", func(c *sceneCredit) bool { return c.Date >= date("2026-01-15") && cmp.Or(c.Payee, "ana") == "ana" }},
}

func activityHolds(text string, c *sceneCredit) bool {
	for _, known := range activityConditions {
		if known.text == text {
			return known.is(c)
		}
	}
	return text == ""
}

// activityNumber is what activities add by EXPRESSION.
const activityNumber = "kind == 'DEMO' ? 250.5 : quantity != nil ? quantity * 10 : 1"

// ofActivity gives what an activity adds to the measure, and whether it counts.
func (x *reference) ofActivity(c *sceneCredit) (*big.Rat, bool) {
	m := x.s.Measures[0]
	if !activityHolds(m.Condition, c) {
		x.hit("an activity that does not count")
		return nil, false
	}
	x.hit("activities " + string(m.Value))
	switch {
	case m.Value == model.ValueCount:
		return fraction("1"), true
	case m.Value == model.ValueQuantity:
		return fraction(c.Quantity), true
	case c.Activity == "DEMO":
		return fraction("250.5"), true
	case c.Quantity != "":
		return refTimes(fraction(c.Quantity), fraction("10")), true
	}
	return fraction("1"), true
}

// generatedActivities lets one in some companies measure by activities, and puts
// some that do not count among the credits of others.
func generatedActivities(r source, s *scene) {
	c := &s.Versions[0].Components[0]
	scarce := strings.Contains(c.Formula, "earningOf") || s.Rules.Multipliers == model.MultiplySum && len(c.Adjustments) > 1 ||
		s.Rules.QuotaBasis == model.QuotaToDate && c.TargetShare+c.Target != "" // what else is had seldom
	if scarce || !oneIn(r, 5) {
		for i := range r.IntN(8) / 5 {
			a := generatedCredit(r, 20+i)
			s.Credits = append(s.Credits, asActivity(r, a))
		}
		return
	}
	if c.LookedUpBy != "" || c.Kind == model.RateMatrix && c.Accumulate == model.OverEvent {
		return
	}
	m := &s.Measures[0]
	m.Source, m.Value = model.SourceActivities, pick(r, model.ValueCount, model.ValueQuantity, model.ValueExpression)
	if m.Value == model.ValueExpression {
		m.Expression = activityNumber
	}
	if oneIn(r, 2) {
		m.Condition = activityConditions[r.IntN(len(activityConditions))].text
	}
	for i := range s.Versions {
		for j := range s.Versions[i].Components {
			if s.Versions[i].Components[j].Measure != "m" {
				continue
			}
			for k := range s.Versions[i].Components[j].Adjustments {
				if a := &s.Versions[i].Components[j].Adjustments[k]; a.Over == model.OverLine && a.Condition != "" {
					a.Condition = activityConditions[k%len(activityConditions)].text
				}
			}
		}
	}
	for i := range s.Credits {
		if !s.Credits[i].Reversal && !oneIn(r, 6) {
			s.Credits[i] = asActivity(r, s.Credits[i])
		}
	}
}

func asActivity(r source, c sceneCredit) sceneCredit {
	if dec(c.Amount).IsNegative() { // a return would not be one
		c.Quantity = ""
	}
	return sceneCredit{ID: c.ID, Date: c.Date, Amount: "0", Order: c.Order, Quantity: c.Quantity, Payee: c.Payee, Position: c.Position, Activity: pick(r, "CALL", "MEETING", "DEMO")}
}
