package calc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// chain is a company of four: "ana" in "north" below "ben" in "east", below
// "cyd" in "west", below "dee" in "south". Ana earns 10% of what she sells.
func chain(override sceneComponent, credits ...sceneCredit) scene {
	override.Key = "override"
	if override.Measure == "" {
		override.Measure = "none"
	}
	return scene{
		Seats: []sceneSeat{
			{"ana", "north", model.MinDate, model.MaxDate}, {"ben", "east", model.MinDate, model.MaxDate},
			{"cyd", "west", model.MinDate, model.MaxDate}, {"dee", "south", model.MinDate, model.MaxDate},
		},
		Under: []sceneUnder{{Position: "north", Parent: "east"}, {Position: "east", Parent: "west"}, {Position: "west", Parent: "south"}},
		Versions: []sceneVersion{
			{Plan: "plan", Components: []sceneComponent{{Rate: "0.1"}}},
			{Plan: "managers", Components: []sceneComponent{override}},
		},
		Assigned: []sceneAssigned{
			{Plan: "plan", Position: "north"}, {Plan: "plan", Position: "east"},
			{Plan: "managers", Position: "east"}, {Plan: "managers", Position: "west"}, {Plan: "managers", Position: "south"},
		},
		Credits: credits,
	}
}

// acting has cyd stand in for ana, below ben who is below her.
func acting(s scene) scene {
	s.Seats = append([]sceneSeat{{"cyd", "north", model.MinDate, model.MaxDate}}, s.Seats[1:]...)
	s.Credits = slices.Clone(s.Credits)
	for i := range s.Credits {
		s.Credits[i].Payee = "cyd"
	}
	return s
}

func soldBy(c sceneCredit, payee, position string) sceneCredit {
	c.Payee, c.Position = payee, position
	return c
}

// TestOverrides are worked by hand.
func TestOverrides(t *testing.T) {
	t.Parallel()
	sale := func(id, amount string) sceneCredit { return soldBy(deal(id, "2026-01-05", amount), "ana", "north") }
	benSale := soldBy(deal("B1", "2026-02-05", "500"), "ben", "east")
	earnings := func(levels []string, sources ...string) sceneComponent {
		return sceneComponent{Basis: model.OverrideEarnings, ByLevel: levels, Sources: sources}
	}
	vacant := func(s scene) scene {
		s.Seats = append(s.Seats[:1:1], s.Seats[2:]...) // nobody holds "east"
		return s
	}
	of := func(payee string, s scene) scene {
		s.Payee = payee
		return s
	}
	reps := earnings([]string{"0.5", "0.2", "0.1"}, "plan/commission")
	compressed := reps
	compressed.Compress = true
	cascade := earnings([]string{"0.5"}, "plan/commission", "managers/override")
	quarterly := reps
	quarterly.Payout = model.PeriodQuarter
	for _, c := range []struct {
		about, payee string
		scene        scene
		key, want    string
	}{
		// ana earns 10 % of 1,000 + 200 = 120 (both lines, rounded); ben 10 % of his own 500 = 50.
		{"the next below", "ben", chain(reps, sale("A1", "1000"), sale("A2", "200"), benSale), "override", "60"},                                                  // 0.5 x 120; his own 50 are not below him
		{"each level at its rate", "cyd", chain(reps, sale("A1", "1000"), sale("A2", "200"), benSale), "override", "25 24"},                                       // level 1: ben's 50 x 0.5; level 2: 120 x 0.2
		{"three levels", "dee", chain(reps, sale("A1", "1000"), benSale), "override", "10 10"},                                                                    // level 2: 50 x 0.2; level 3: 100 x 0.1
		{"a level that is not listed is not paid", "dee", chain(earnings([]string{"", "0.2"}, "plan/commission"), sale("A1", "1000"), benSale), "override", "10"}, // level 2 only
		{"a vacant level counts", "cyd", vacant(chain(reps, sale("A1", "1000"))), "override", "20"},                                                               // ana is still two levels down
		{"a vacant level is compressed", "cyd", vacant(chain(compressed, sale("A1", "1000"))), "override", "50"},                                                  // ana moves up to level 1
		{"on the level below", "cyd", chain(cascade, sale("A1", "1000")), "override", "25"},                                                                       // ben: 0.5 x 100 = 50; cyd: 0.5 x 50
		{"on the level below, two up", "dee", chain(cascade, sale("A1", "1000"), benSale), "override", "25"},                                                      // ben 50 + 50 below him; cyd 0.5 x (50 + 50) = 50; dee 25
		{"a return lowers it", "ben", chain(reps, sale("A1", "1000"), sale("A2", "-200")), "override", "40"},                                                      // 0.5 x (100 - 20)
		{"nobody below has earned", "ben", chain(reps, benSale), "override", ""},
		{"above who stands in below", "cyd", acting(chain(cascade, sale("A1", "1000"))), "override", "25"}, // as "north" cyd earns 100, of which ben has 50, of which she has 25 as "west"; nothing of her own
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			s := of(c.payee, c.scene)
			if got := linesOf(t, &s, c.key); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// linesOf gives the rounded lines of a component's earning, which its trace
// proves.
func linesOf(t *testing.T, s *scene, key string) string {
	t.Helper()
	result := s.run(t)
	for _, p := range result.Problems {
		t.Errorf("%s: %s %s", p.ComponentKey, p.Code, p.Detail)
	}
	for _, e := range result.Earnings {
		if e.Key != key {
			continue
		}
		if amount, err := Verify(e.Trace); err != nil || !amount.Equal(e.Amount.Amount) {
			t.Errorf("the trace comes to %s: %v\n%s", amount, err, outline(e.Trace.Explain(), ""))
		}
		return amountsOf(e.Lines())
	}
	t.Fatalf("no earning of %s", key)
	return ""
}

// TestOverrideOnCredits pays rollup credits by the level that they come from.
func TestOverrideOnCredits(t *testing.T) {
	t.Parallel()
	rollup := func(id, amount, via string, level int) sceneCredit {
		return sceneCredit{ID: id, Date: date("2026-01-05"), Amount: amount, Kind: model.CreditRollup, Payee: "dee", Position: "south", Via: via, Level: level}
	}
	credits := []sceneCredit{
		rollup("A1", "1000", "north", 3), rollup("B1", "500", "east", 2), rollup("C1", "300", "west", 1), rollup("A2", "-100", "north", 3),
		{ID: "D1", Date: date("2026-01-05"), Amount: "70", Payee: "dee", Position: "south"}, // her own sale is no override
	}
	s := chain(sceneComponent{ByLevel: []string{"0.03", "0.02", "0.01"}, Measure: "revenue"}, credits...)
	s.Payee = "dee"
	if got := linesOf(t, &s, "override"); got != "10 -1 10 9 0" { // by external id: A1 1 %, A2 1 %, B1 2 %, C1 3 %, D1 none
		t.Errorf("got %q", got)
	}
	s = chain(sceneComponent{ByLevel: []string{"0.03", "0.02", "0.01"}, Measure: "revenue", Compress: true}, credits...)
	s.Seats = append(s.Seats[:1:1], s.Seats[2:]...) // nobody holds "east": north is two levels down, east itself too
	s.Payee = "dee"
	if got := linesOf(t, &s, "override"); got != "20 -2 10 9 0" {
		t.Errorf("compressed: got %q", got)
	}
	s.Seats = append(s.Seats, sceneSeat{"ben", "east", date("2026-02-01"), model.MaxDate}) // the level is there again when some of A1 comes back: that goes by the day of the sale
	s.Credits = append(slices.Clone(s.Credits), rollup("A3", "-200", "north", 3))
	back := &s.Credits[len(s.Credits)-1]
	back.Date, back.FXDate, back.Reversal = date("2026-03-02"), datep("2026-01-05"), true
	if got := linesOf(t, &s, "override"); got != "20 -2 10 9 0 -4" { // 2 % again, not 1 %
		t.Errorf("a return: got %q", got)
	}
}

// TestOverrideDates: what counts is who stood above on the last day that the
// payee below had of the period.
func TestOverrideDates(t *testing.T) {
	t.Parallel()
	base := func() scene {
		s := chain(sceneComponent{Basis: model.OverrideEarnings, ByLevel: []string{"0.5"}, Sources: []string{"plan/commission"}}, soldBy(deal("A1", "2026-01-05", "1000"), "ana", "north"))
		s.Under = []sceneUnder{{Position: "north", Parent: "east", To: datep("2026-03-01")}, {Position: "north", Parent: "west", From: datep("2026-03-01")}}
		return s
	}
	s := base()
	s.Payee = "cyd"
	if got := linesOf(t, &s, "override"); got != "50" {
		t.Errorf("who has her at the quarter's end: got %q", got)
	}
	s = base()
	s.Payee = "ben"
	if got := linesOf(t, &s, "override"); got != "" {
		t.Errorf("who had her before: got %q", got)
	}
	s = base()
	s.Seats[0].To = date("2026-02-01") // ana leaves while she reports to ben
	s.Payee = "ben"
	if got := linesOf(t, &s, "override"); got != "50" {
		t.Errorf("who had her when she left: got %q", got)
	}
	s = base()
	s.Versions[1].Components[0].Payout = model.PeriodMonth
	s.Seats[0].To = date("2026-02-01") // what the quarter has earned her counts in March, when she has left
	for month, want := range map[string]string{"2026-01": "", "2026-02": "", "2026-03": "50"} {
		if s.Payee, s.Period = "cyd", month; linesOf(t, &s, "override") != want {
			t.Errorf("who is above her position in %s: got %q", month, linesOf(t, &s, "override"))
		}
	}
}

// TestOverrideProblems: an override depends on what failed below, and one that
// depends on itself is a problem of those in the circle alone.
func TestOverrideProblems(t *testing.T) {
	t.Parallel()
	s := chain(sceneComponent{Basis: model.OverrideEarnings, ByLevel: []string{"0.5"}, Sources: []string{"plan/commission"}}, soldBy(deal("A1", "2026-01-05", "1000"), "ana", "north"))
	s.Versions[0].Components[0] = sceneComponent{Formula: `parameter("none")`}
	s.Payee = "ben"
	if got := problems(&s, t); got != "override DEPENDS_ON_FAILED,commission EXPRESSION" {
		t.Errorf("got %s", got)
	}
	s = chain(sceneComponent{Basis: model.OverrideEarnings, ByLevel: []string{"0.5"}, Sources: []string{"managers/override", "plan/commission"}}, soldBy(deal("A1", "2026-01-05", "1000"), "ana", "north"))
	s.Under = []sceneUnder{{Position: "east", Parent: "west"}, {Position: "west", Parent: "east"}, {Position: "north", Parent: "east"}}
	for payee, want := range map[string]string{"ben": "override CYCLE", "cyd": "override CYCLE", "dee": "", "ana": ""} {
		if s.Payee = payee; strings.TrimPrefix(problems(&s, t), ",") != want {
			t.Errorf("%s: got %s, want %s", payee, problems(&s, t), want)
		}
	}
}

// TestRunInAnyOrder: what a payee earns does not depend on whom a run has
// calculated before, nor on what is known of others already.
func TestRunInAnyOrder(t *testing.T) {
	t.Parallel()
	circle := chain(sceneComponent{Basis: model.OverrideEarnings, ByLevel: []string{"0.5", "0.1"}, Sources: []string{"managers/override", "plan/commission"}},
		soldBy(deal("A1", "2026-01-05", "1000"), "ana", "north"), soldBy(deal("B1", "2026-01-05", "700"), "ben", "east"))
	straight := circle
	circle.Under = []sceneUnder{{Position: "east", Parent: "west"}, {Position: "west", Parent: "east"}, {Position: "north", Parent: "east"}}
	for name, s := range map[string]scene{"straight": straight, "circle": circle, "acting": acting(straight), "acting in a circle": acting(circle)} {
		engine, err := NewEngine(s.book())
		if err != nil {
			t.Fatal(err)
		}
		all, period := everybody(s.facts()), keyed(model.KindPeriod, "2026-Q1")
		calculate := func(r *Run, name string) string {
			payee := keyed(model.KindPayee, name)
			said := ""
			for _, e := range r.Calculate(payee, period, all.Credits([]model.ID{payee}, model.Always)).Earnings {
				said += string(e.Canonical()) + outline(e.Trace.Explain(), "")
			}
			return said
		}
		alone := map[string]string{}
		for _, payee := range []string{"ana", "ben", "cyd", "dee"} {
			alone[payee] = calculate(engine.Begin(all), payee)
		}
		for _, order := range [][]string{{"dee", "cyd", "ben", "ana"}, {"ana", "ben", "cyd", "dee"}, {"cyd", "ana", "dee", "ben"}, {"ben", "dee", "ana", "cyd"}} {
			run := engine.Begin(all)
			for _, payee := range order {
				if got := calculate(run, payee); got != alone[payee] {
					t.Errorf("%s, %v: %s has\n%s\nand alone\n%s", name, order, payee, got, alone[payee])
				}
			}
		}
	}
}

func problems(s *scene, t *testing.T) string {
	t.Helper()
	out := ""
	for _, p := range s.run(t).Problems {
		if out != "" {
			out += ","
		}
		out += fmt.Sprintf("%s %s", p.ComponentKey, p.Code)
	}
	return out
}

// TestPools are worked by hand; the shares of all members sum to the fund.
func TestPools(t *testing.T) {
	t.Parallel()
	team := func(weights ...string) []sceneTeamMember {
		var out []sceneTeamMember
		for i, position := range []string{"east", "north", "south"} {
			out = append(out, sceneTeamMember{Team: "crew", Position: position, Weight: weights[i]})
		}
		return out
	}
	crew := func(c sceneComponent, members []sceneTeamMember, credits ...sceneCredit) scene {
		c.Team = "crew"
		return scene{
			Seats: []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}, {"ben", "east", model.MinDate, model.MaxDate}, {"cyd", "south", model.MinDate, model.MaxDate}},
			Teams: members, Component: &c, Credits: credits,
			Measures: []sceneMeasure{{Key: "fund", Source: model.SourceValues}, {Key: "hours", Source: model.SourceValues}},
			Values:   []sceneValue{{Measure: "fund", Date: date("2026-01-31"), Value: "100"}},
		}
	}
	hours := func(position, hours string) sceneValue {
		return sceneValue{Measure: "hours", Position: position, Date: date("2026-01-31"), Value: hours}
	}
	equal := crew(sceneComponent{Fund: `measureOf("fund")`, Measure: "none"}, team("1", "1", "1"))
	byHours := crew(sceneComponent{Fund: `measureOf("fund")`, Weight: `measure`, Measure: "hours"}, team("1", "1", "1"))
	byHours.Values = append(byHours.Values, hours("east", "1"), hours("north", "2"), hours("south", "4"))
	sales := crew(sceneComponent{Fund: `measure * 0.1`, Measure: "revenue"}, team("2", "1", "1"),
		soldBy(deal("A", "2026-01-05", "1000"), "ana", "north"), soldBy(deal("B", "2026-01-06", "500.05"), "ben", "east"))
	late := crew(sceneComponent{Fund: `measureOf("fund")`, Measure: "none"}, team("1", "1", "1"))
	late.Teams[0].From = datep("2026-03-02") // 30 of the quarter's 90 days
	left := crew(sceneComponent{Fund: `measure * 0.1`, Measure: "revenue"}, team("1", "1", "1"),
		soldBy(deal("A", "2026-01-05", "1000"), "ana", "north"), soldBy(deal("A2", "2026-03-05", "1000"), "ana", "north"))
	left.Teams[1].To = datep("2026-02-01") // north: 31 days; what ana sells later is not the team's
	none := crew(sceneComponent{Fund: `measureOf("fund") - 100`, Measure: "none"}, team("1", "1", "1"))
	changed, moved := equal, equal
	inVersions := func(s *scene, first, second sceneComponent) {
		s.Component, s.Versions = nil, []sceneVersion{{To: datep("2026-02-01"), Components: []sceneComponent{first}}, {From: datep("2026-02-01"), Components: []sceneComponent{second}}}
	}
	hourly, squad := *equal.Component, *equal.Component
	hourly.Weight, squad.Team = `measureOf("hours")`, "squad"
	inVersions(&changed, hourly, *equal.Component)
	changed.Teams = team("1", "1", "1")
	changed.Teams[1].To = datep("2026-02-01") // north is in it under the first version alone
	inVersions(&moved, *equal.Component, squad)
	moved.Teams = slices.Concat(team("1", "1", "1")[:2], []sceneTeamMember{{Team: "squad", Position: "east"}, {Team: "squad", Position: "south"}})
	for _, c := range []struct {
		about string
		scene scene
		want  [3]string // ben in east, ana in north, cyd in south
	}{
		{"a cent is left over", equal, [3]string{"33.34", "33.33", "33.33"}},              // 33.33 each, the cent to the first of equals
		{"by hours", byHours, [3]string{"14.29", "28.57", "57.14"}},                       // 14.2857.., 28.5714.., 57.1428..: one unit, to the largest remainder
		{"by weights, of what the team sells", sales, [3]string{"75.01", "37.5", "37.5"}}, // 1,500.05 x 10 % = 150.005 = 150.01; 75.005, 37.5025, 37.5025
		{"a member for a part of it", late, [3]string{"14.28", "42.86", "42.86"}},         // 30, 90 and 90 days of 210: 14.2857, 42.857, 42.857: two units, to the larger remainders
		{"nothing to share", none, [3]string{"0", "0", "0"}},
		{"the last version says how", changed, [3]string{"42.66", "14.69", "42.65"}},       // days, as above, and not the hours of January
		{"a team for another", moved, [3]string{"50", "100", "50"}},                        // each of the two teams has 100: "crew" is north alone at the end, "squad" east and south with 59 days each
		{"what is sold outside is not shared", left, [3]string{"42.66", "14.69", "42.65"}}, // 100 by 90, 31 and 90 days of 211: 42.654, 14.691, 42.654: one unit, to the first of the largest
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			for i, payee := range []string{"ben", "ana", "cyd"} {
				s := c.scene
				s.Payee = payee
				if got := linesOf(t, &s, "commission"); got != c.want[i] {
					t.Errorf("%s: got %q, want %q", payee, got, c.want[i])
				}
			}
		})
	}
	idle := crew(sceneComponent{Fund: `measure * 0.1`, Measure: "revenue"}, team("1", "1", "1"))
	if got := linesOf(t, &idle, "commission"); got != "0" {
		t.Errorf("a fund of nothing: got %q", got)
	}
	nothing := crew(sceneComponent{Fund: `measureOf("fund")`, Measure: "none"}, team("0", "0", "0"))
	if got := problems(&nothing, t); got != "commission NO_WEIGHT" {
		t.Errorf("weights of 0: got %s", got)
	}
}
