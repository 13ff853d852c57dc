package calc

import (
	"encoding/json"
	"fmt"
	"strings"

	"spm/model"
)

// told writes a scene down, for who looks for what differs.
func (s *balanceScene) told() string {
	var out strings.Builder
	say := func(format string, all ...any) { fmt.Fprintf(&out, format+"\n", all...) }
	js := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	say("pay periods of %s, pays %v", s.Pay, s.Pays)
	say("seats %s\nstatuses %s", js(s.Seats), js(s.Statuses))
	for _, p := range s.Plans {
		say("plan %s %s %s", p.Key, p.id(), js(p.Given))
		for _, v := range p.Versions {
			say(" version %d %v rules %s", v.Number, v.Days, js(v.Rules))
			say("  guarantees %s", js(v.Guarantees))
			say("  draws %s", js(v.Draws))
			for _, c := range v.Components {
				say("  %s %s %s gate %q\n   release %s\n   clawbacks %s", c.Key, c.Code, c.Payout, c.Gate, js(c.Release), js(c.Clawbacks))
			}
		}
	}
	for i := range s.Steps {
		at := &s.Steps[i]
		say("== %s", at.Period.Name)
		for key, d := range at.Deals {
			say(" deal %s of %s %s: paid %v returned %v", key.ExternalID, d.Sale.EventDate, d.Amount, d.Paid, d.Returned)
		}
		s.tellAll(say, "earned", at.Earnings)
		for _, p := range at.Late {
			for _, was := range p.Booked {
				s.tellAll(say, "booked", was)
			}
			s.tellAll(say, "now", p.Now)
		}
		say(" adjustments %s\n openings %s\n released %v", js(at.Adjustments), js(at.Openings), at.Released)
	}
	return out.String()
}

func (s *balanceScene) tellAll(say func(string, ...any), what string, all []Accrual) {
	for _, a := range all {
		position := "north"
		if a.Position == keyed(model.KindPosition, "south") {
			position = "south"
		}
		say(" %s %s %s %s: %s %s failed %t, %s waits for %q, met %v", what, periodOf(a.Period).Name, position, a.Key, a.Amount.Amount, a.Amount.Currency, a.Failed, a.Deferred, a.Gate, a.Met)
		for _, l := range a.Lines {
			say("   %s %s %s: %s at rate %s", l.Deal.ExternalID, l.Credit, l.Date, l.Amount, l.AtRate)
		}
	}
}
