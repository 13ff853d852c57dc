package plantext

import (
	"fmt"
	"strings"

	"spm/model"
)

// Section is a part of how a plan works, in sentences.
type Section struct {
	Heading   string
	Sentences []string
}

func (s *Section) say(format string, args ...any) {
	s.Sentences = append(s.Sentences, upper(fmt.Sprintf(format, args...)))
}

// Known is what a version's own data do not say: what its references are called,
// and what the engine has worked out.
type Known struct {
	Key      func(model.ID) string
	Name     func(model.ID) string // of a measure, table, team or plan
	Examples map[string]string     // by component: a sentence
	Values   map[string][]string   // by parameter: sentences of what it is for somebody
}

// How tells how a version works, from its data: the plan, who is eligible, each
// component in order, caps over several, parameters, and what holds for all.
func How(v *Version, known Known) []*Section {
	h := how{teller{v, known.Key}, known}
	out := []*Section{h.plan(), h.eligible()}
	for i := range v.Components {
		out = append(out, h.component(&v.Components[i]))
	}
	if len(v.Caps) > 0 {
		out = append(out, h.caps())
	}
	if len(v.Guarantees)+len(v.Draws) > 0 {
		out = append(out, h.minimums())
	}
	if len(v.Parameters) > 0 {
		out = append(out, h.parameters())
	}
	return append(out, h.rules())
}

type how struct {
	teller
	known Known
}

func (h how) plan() *Section {
	s := &Section{Heading: "The plan"}
	if h.v.EndDate != nil {
		s.say("%s is in force from %s to %s.", h.v.Name, h.v.StartDate, h.v.EndDate)
	} else {
		s.say("%s is in force from %s on.", h.v.Name, h.v.StartDate)
	}
	s.say("It calculates in %s, by the periods of the calendar %s.", h.v.Currency, h.key(h.v.CalendarID))
	rates := "at the exchange rate "
	s.say("Sales in another currency are converted to %s %s%s.", h.v.Currency, rates, phrase("fxCreditToPlan", string(h.v.Rules.FXCreditToPlan)))
	s.say("Who is paid in another currency is paid %s%s.", rates, phrase("fxPlanToPay", string(h.v.Rules.FXPlanToPay)))
	for _, r := range h.v.Rules.PlanRates {
		s.say("The plan states that 1 %s is %s %s.", r.FromCurrency, grouped(r.Rate), r.ToCurrency)
	}
	return s
}

func (h how) eligible() *Section {
	s := &Section{Heading: "Who is eligible"}
	if e := h.v.Rules.Eligibility; e != "" {
		s.say("Days count on which this holds for the payee: %s.", e)
	} else {
		s.say("Everybody who has the plan is eligible.")
	}
	for _, r := range h.v.Rules.StatusPolicyGiven() {
		var says []string
		if !r.Accrues {
			says = append(says, "sales do not count")
		}
		if r.Prorates {
			says = append(says, "quotas, target incentives, bonuses, caps and floors are for fewer days")
		}
		if len(says) > 0 {
			s.say("On days of the status %s %s.", r.Status, strings.Join(says, ", and "))
		}
		if !r.Pays {
			s.say("Who has the status %s on the last day of the payout period is not paid.", r.Status)
		}
	}
	return s
}

func (h how) caps() *Section {
	s := &Section{Heading: "Caps and floors over several components"}
	for i := range h.v.Caps {
		c := &h.v.Caps[i]
		bound, per := "at most", "in each payout period"
		if c.Kind == model.PlanCapFloor {
			bound = "at least"
		}
		if c.Per == model.PerYear {
			per = "in the fiscal year"
		}
		what := "all components of the plan together pay"
		if c.Over == model.OverPayee {
			what = "all that the payee earns comes to"
		}
		tail := ""
		if c.Kind == model.PlanCapCap {
			tail = "; what lies above is lost"
			if c.Excess == model.ExcessCarried {
				tail = "; what lies above is carried on"
			}
		}
		if len(c.Except) > 0 {
			tail += "; left out: " + strings.Join(c.Except, ", ")
		}
		s.say("%s: %s %s %s %s%s.", c.Name, what, bound, h.money(c.Amount), per, tail)
	}
	return s
}

func (h how) parameters() *Section {
	s := &Section{Heading: "Parameters"}
	for _, p := range h.v.Parameters {
		preset := "has no value where none is set"
		if p.Default != nil {
			preset = "is " + grouped(*p.Default) + " where nothing else is set"
		}
		s.say("%s (%s) %s.", p.Name, p.Key, preset)
		s.Sentences = append(s.Sentences, h.known.Values[p.Key]...)
	}
	return s
}

func (h how) rules() *Section {
	s, r := &Section{Heading: "For all components"}, &h.v.Rules
	switch r.Returns {
	case model.ReturnsIgnore:
		s.say("Returns do not count.")
	case model.ReturnsClawback:
		s.say("Returns are clawed back.")
	default:
		s.say("A return counts as a negative sale at its own date.")
	}
	scale := "the minor unit of the currency of pay"
	if r.RoundScale != nil {
		scale = fmt.Sprintf("%d decimals", *r.RoundScale)
	}
	s.say("Of the money %s is rounded to %s, %s.", phrase("roundStage", string(r.RoundStage)), scale, phrase("roundMode", string(r.RoundMode)))
	s.say("After a transfer %s.", phrase("continuity", string(r.Continuity)))
	if r.NegativePay == model.NegativeCollected {
		s.say("Pay below zero is collected.")
	} else {
		s.say("Pay below zero is carried into the next period.")
	}
	h.leaving(s)
	return s
}
