package plantext

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// countWords are the numbers that sentences spell out.
var countWords = []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"}

// counted tells how many of something there are: "two months", "90 days".
func counted(n int, noun string) string {
	number := fmt.Sprint(n)
	if n < len(countWords) {
		number = countWords[n]
	}
	if n != 1 {
		noun += "s"
	}
	return number + " " + noun
}

// spanOf tells a time of months and days.
func spanOf(months, days int) string {
	var parts []string
	if months > 0 {
		parts = append(parts, counted(months, "month"))
	}
	if days > 0 {
		parts = append(parts, counted(days, "day"))
	}
	return strings.Join(parts, " and ")
}

// when tells what makes a part payable.
func when(p *model.ReleasePart) string {
	switch p.Trigger {
	case model.ReleaseDate:
		if p.Date == nil {
			return "on its day"
		}
		return "on " + p.Date.String()
	case model.ReleaseOffset:
		span, period := spanOf(p.Months, p.Days), or(p.From, model.FromEvent) == model.FromPeriod
		switch {
		case span == "" && period:
			return "at the end of the payout period"
		case span == "":
			return "at once"
		case period:
			return span + " after the end of the payout period"
		}
		return span + " after the sale"
	case model.ReleaseCash:
		if p.Cash == model.CashProportion {
			return "as the customer pays, in proportion to what is paid of the sale"
		}
		return "once the customer has paid the sale in full"
	case model.ReleaseCondition:
		return "once this holds for the sale: " + p.Condition
	}
	return "once somebody releases it"
}

// released tells when what a component earns is payable.
func (h how) released(s *Section, c *model.Component) {
	if len(c.Release) == 1 {
		s.say("What it earns is payable %s.", when(&c.Release[0]))
	}
	if len(c.Release) > 1 {
		var parts []string
		for i := range c.Release {
			p := &c.Release[i]
			is := ""
			if i == 0 {
				is = " of it is payable"
			}
			parts = append(parts, percent(p.Share)+is+" "+when(p))
		}
		last := len(parts) - 1
		s.say("%s, and %s.", strings.Join(parts[:last], ", "), parts[last])
	}
	if len(c.Release) > 0 {
		s.say("Until then it is held.")
	}
	for i := range c.Clawbacks {
		s.say("%s.", upper(clawed(&c.Clawbacks[i])))
		if c.Clawbacks[i].OnlyDirect {
			s.say("What managers and overlays have earned by the sale stays.")
		}
	}
}

// clawed tells a rule by which earnings are taken back.
func clawed(c *model.Clawback) string {
	var cause string
	of := "what was paid for it"
	switch c.Cause {
	case model.ClawReturn:
		cause = "if the customer returns the sale"
		if c.Months > 0 {
			cause += " within " + counted(c.Months, "month")
		}
	case model.ClawNonPayment:
		cause = "if the customer has not paid the sale within " + counted(c.Days, "day")
	default:
		cause = "if the payee leaves"
		if c.Months > 0 {
			cause += " within " + counted(c.Months, "month") + " of the sale"
		}
		of = "what was paid for the sale"
	}
	if c.BasisGiven() == model.ClawAtRate {
		of += " at the rate alone"
	}
	switch c.MethodGiven() {
	case model.ClawPercent:
		share := decimal.Zero
		if c.Share != nil {
			share = *c.Share
		}
		return cause + ", " + percent(share) + " of " + of + " is taken back"
	case model.ClawUnearned:
		month := "that in which it happens is taken back too"
		if c.EventMonth {
			month = "that in which it happens is earned"
		}
		return cause + ", " + of + " is taken back for those of " + counted(c.Months, "month") + " that are left; " + month
	}
	return cause + ", " + of + " is taken back"
}

// deferred tells a gate that holds what it stops.
func deferredGate(a *model.Adjustment) string {
	what := "what it earns is held"
	if a.Factor != nil && !a.Factor.IsZero() {
		what = percent(*a.Factor) + " of it is paid, and the rest is held"
	}
	return fmt.Sprintf("%s: unless this holds, %s until it holds in a later period: %s.", a.Name, what, a.Condition)
}

// minimums tells the guarantees and draws.
func (h how) minimums() *Section {
	s := &Section{Heading: "Guarantees and advances"}
	for i := range h.v.Guarantees {
		g := &h.v.Guarantees[i]
		s.say("%s: %s.", g.Name, h.guarantee(g))
		if g.Amount != nil && !g.Whole {
			s.say("For a part of the %s the guarantee counts by days.", phrase("payout", string(g.Per)))
		}
		if g.Besides != "" {
			s.say("What this gives, in %s, is paid elsewhere and counts toward it too: %s.", h.v.Currency, g.Besides)
		}
	}
	for i := range h.v.Draws {
		h.draw(s, &h.v.Draws[i])
	}
	return s
}

// sum tells an amount, or the formula that gives it.
func (h how) sum(amount *decimal.Decimal, formula string) string {
	if amount != nil {
		return h.money(*amount)
	}
	return "what, in " + string(h.v.Currency) + ", this formula gives (" + formula + ")"
}

func (h how) guarantee(g *model.Guarantee) string {
	counts := "all that the payee earns"
	if len(g.Counts) > 0 {
		var names []string
		for _, key := range g.Counts {
			name := key
			if c := h.teller.component(key); c != nil {
				name = c.Name
			}
			names = append(names, name)
		}
		counts = "what " + strings.Join(names, " and ") + " earn"
		if len(names) == 1 {
			counts = "what " + names[0] + " earns"
		}
	}
	return fmt.Sprintf("in each %s %s is topped up to %s, and the top-up is not paid back", phrase("payout", string(g.Per)), counts, h.sum(g.Amount, g.Formula))
}

func (h how) draw(s *Section, d *model.Draw) {
	sum := h.sum(d.Amount, d.Formula)
	if d.MethodGiven() == model.DrawUpFront {
		s.say("%s: in each pay period payroll advances %s, which is taken off the period's pay; what pay misses of it is owed.", d.Name, sum)
	} else {
		s.say("%s: in each pay period what pay misses of %s is advanced.", d.Name, sum)
	}
	if d.Amount != nil && !d.Whole {
		s.say("For a part of the pay period the advance counts by days.")
	}
	switch {
	case d.StartDate != nil && d.EndDate != nil:
		s.say("It stands from %s to %s.", d.StartDate, d.EndDate)
	case d.StartDate != nil:
		s.say("It stands from %s on.", d.StartDate)
	case d.EndDate != nil:
		s.say("It stands to %s.", d.EndDate)
	}
	share, after := "", ""
	if d.RecoverShare != nil && !d.RecoverShare.Equal(decimal.NewFromInt(1)) {
		share = percent(*d.RecoverShare) + " of "
	}
	if d.RecoverAfter > 0 {
		after = ", but in the first " + counted(d.RecoverAfter, "pay period") + " after the first advance nothing"
	}
	s.say("An advance is paid back from %swhat later pay exceeds that by%s.", share, after)
	switch d.AtEndGiven() {
	case model.DrawCollect:
		s.say("What is still owed at its end is collected.")
	case model.DrawWriteOff:
		s.say("What is still owed at its end is forgiven.")
	default:
		s.say("What is still owed at its end is paid back from later pay.")
	}
}

// The fates of what a leaver has and owes, in words.
var (
	leaverHolds = map[model.LeaverHolds]string{
		model.HoldsContinue: "is released as its schedule says", model.HoldsRelease: "is released at once", model.HoldsForfeit: "is lost",
	}
	leaverDebts = map[model.LeaverDebt]string{
		model.DebtCarry: "is set against what is still paid", model.DebtCollect: "is collected", model.DebtWriteOff: "is forgiven",
	}
)

// leaving tells what happens once the payee leaves, as far as it concerns what the
// version has.
func (h how) leaving(s *Section) {
	policy := h.v.Rules.LeaverGiven()
	given := h.v.Rules.Leaver != nil
	if given || h.holds() {
		s.say("When the payee leaves, what is held %s.", leaverHolds[policy.Holds])
	}
	if given || len(h.v.Draws) > 0 {
		s.say("When the payee leaves, what is owed of advances %s.", leaverDebts[policy.Draw])
	}
	if given {
		s.say("When the payee leaves, pay below zero %s.", leaverDebts[policy.Debit])
	}
	switch policy.OpenWindow {
	case model.OpenForfeit:
		s.say("What a window earns that is open when the payee leaves is lost, beyond what was paid of it.")
	case model.OpenFull:
		s.say("A window that is open when the payee leaves is measured until then against its whole quota.")
	}
	if policy.LastPayAfter > 0 {
		s.say("All this happens with the last pay, %s after the one of leaving.", counted(policy.LastPayAfter, "pay period"))
	}
}

// holds tells whether something of the version may be held.
func (h how) holds() bool {
	for i := range h.v.Components {
		c := &h.v.Components[i]
		if len(c.Release) > 0 {
			return true
		}
		for j := range c.Adjustments {
			if c.Adjustments[j].Deferred {
				return true
			}
		}
	}
	return false
}

// balance tells an item of a release schedule, a clawback, a guarantee or a draw in
// the words of How; "" where it is not to be found.
func (t teller) balance(way []step) string {
	h, last := how{teller: t}, way[len(way)-1]
	c := t.component(way[0].item)
	if c == nil {
		c = &model.Component{}
	}
	s := &Section{}
	switch last.field {
	case "release":
		for i := range c.Release {
			if p := &c.Release[i]; p.Name == last.item {
				return percent(p.Share) + " is payable " + when(p)
			}
		}
	case "clawbacks":
		for i := range c.Clawbacks {
			if string(c.Clawbacks[i].Cause) == last.item {
				return clawed(&c.Clawbacks[i])
			}
		}
	case "guarantees":
		for i := range t.v.Guarantees {
			if g := &t.v.Guarantees[i]; g.Key == last.item {
				return h.guarantee(g)
			}
		}
	default:
		for i := range t.v.Draws {
			if d := t.v.Draws[i]; d.Key == last.item {
				d.Name = "x"
				h.draw(s, &d)
				first := strings.TrimPrefix(strings.Join(s.Sentences, " "), "x: ")
				return strings.TrimSuffix(first, ".")
			}
		}
	}
	return ""
}
