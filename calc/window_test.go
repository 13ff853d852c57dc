package calc

import (
	"testing"

	"spm/model"
)

// earned finds the earning of a component of a position.
func earned(t testing.TB, r Result, position, key string) Earning {
	t.Helper()
	for _, e := range r.Earnings {
		if e.Cites.Position == position && e.Key == key {
			return e
		}
	}
	t.Fatalf("no earning of %s for %s", key, position)
	return Earning{}
}

// TestSeats: a credit counts on days on which the position was held and the
// plan assigned; quotas and bonuses shrink with the days.
func TestSeats(t *testing.T) {
	t.Parallel()
	half := []sceneSeat{{"ana", "north", date("2026-02-15"), date("2027-01-01")}} // 45 of 90 days
	attained := []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.1"}, {"1", "", "0.2"}}}}
	dated := func(days ...string) []sceneCredit {
		out := sold("100", "100", "100", "100", "100")[:len(days)]
		for i := range out {
			out[i].Date = date(days[i])
		}
		return out
	}
	flat := &sceneComponent{Rate: "0.1"}
	for _, c := range []struct {
		name              string
		scene             scene
		amount            string
		quota, attainment string
	}{
		{"only the days held", scene{Seats: half, Component: flat, Credits: dated("2026-02-14", "2026-02-15", "2026-03-31", "2026-04-01")}, "20", "", ""},
		{"the quota is prorated by days", scene{Seats: half, Quota: "1000", Component: &sceneComponent{Table: "t"}, Tables: attained, Credits: dated("2026-02-15", "2026-02-16", "2026-02-17", "2026-02-18", "2026-02-19")}, "50", "500", "1"},
		{"or not", scene{Seats: half, Quota: "1000", Component: &sceneComponent{Table: "t"}, Tables: attained, Rules: model.PlanRules{QuotaProration: model.ProrateNone}, Credits: dated("2026-02-15")}, "10", "1000", "0.1"},
		{"a quota prorated to 16 decimals is cut as bound x quota", scene{Seats: []sceneSeat{{"ana", "north", date("2026-03-01"), date("2027-01-01")}}, Quota: "1000", Component: &sceneComponent{Table: "t"}, Tables: attained, Credits: []sceneCredit{{ID: "T1", Date: date("2026-03-01"), Amount: "344.4444444444"}}}, "34.44", "344.4444444444444444", "0.999999999999871"},
		{"the bonus is prorated", scene{Seats: half, Quota: "100", Component: &sceneComponent{Bonus: [][2]string{{"1", "500"}}}, Credits: dated("2026-02-15")}, "250", "50", "2"},
		{"a prorated quota can be reached exactly", scene{Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-03-01")}}, Quota: "90000", Component: &sceneComponent{Bonus: [][2]string{{"1", "900"}}}, Credits: []sceneCredit{{ID: "T1", Date: date("2026-02-28"), Amount: "59000"}}}, "590", "59000", "1"},
		{"or not", scene{Seats: half, Quota: "100", Component: &sceneComponent{Bonus: [][2]string{{"1", "500"}}}, Rules: model.PlanRules{BonusProration: model.ProrateNone}, Credits: dated("2026-02-15")}, "500", "50", "2"},
		{"two seats of one position are one tenure", scene{Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-01-16")}, {"ana", "north", date("2026-03-02"), date("2026-04-01")}}, Quota: "1000", Component: &sceneComponent{Table: "t"}, Tables: attained,
			Credits: dated("2026-01-02", "2026-01-20", "2026-03-05")}, "20", "500", "0.4"},
		{"a reversal finds who made the sale", scene{Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}, {"bob", "north", date("2026-02-01"), date("2027-01-01")}}, Component: flat,
			Credits: []sceneCredit{{ID: "S", Date: date("2026-01-10"), Amount: "100"}, {ID: "R", Date: date("2026-03-10"), Amount: "-30", Reversal: true}, {ID: "X", Date: date("2026-03-11"), Amount: "50"}}}, "7", "", ""},
		{"even in a later window", scene{Period: "2026-Q2", Seats: []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}}, Quota: "1000", Component: &sceneComponent{Table: "t"}, Tables: attained,
			Credits: []sceneCredit{{ID: "R", Date: date("2026-04-10"), Amount: "-30", Reversal: true}}}, "-3", "1000", "-0.03"},
		{"returns ignored", scene{Component: flat, Rules: model.PlanRules{Returns: model.ReturnsIgnore}, Credits: sold("100", "-40")}, "10", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := c.scene.only(t)
			if got := e.Amount.Amount.String(); got != c.amount {
				t.Errorf("earned %s, want %s", got, c.amount)
			}
			shown := func(what string, got interface{ String() string }, is bool, want string) {
				if (want != "") != is || is && got.String() != want {
					t.Errorf("%s %v, want %q", what, got, want)
				}
			}
			shown("quota", e.Quota, e.Quota != nil, c.quota)
			shown("attainment", e.Attainment, e.Attainment != nil, c.attainment)
		})
	}
}

func TestNoSeatNoEarning(t *testing.T) {
	t.Parallel()
	s := scene{Seats: []sceneSeat{{"ana", "north", date("2026-05-01"), date("2027-01-01")}}, Component: &sceneComponent{Rate: "1"}, Credits: sold("5")}
	if r := s.run(t); len(r.Earnings)+len(r.Problems) > 0 {
		t.Errorf("got %+v", r)
	}
	left := scene{Seats: []sceneSeat{{"ana", "north", date("2025-05-01"), date("2025-06-01")}}, Component: &sceneComponent{Rate: "1"}, Credits: sold("5")}
	if r := left.run(t); len(r.Earnings)+len(r.Problems) > 0 {
		t.Errorf("who has left: got %+v", r)
	}
}

// TestTransfer: each position has its own quota, totals and earning.
func TestTransfer(t *testing.T) {
	t.Parallel()
	s := scene{
		Seats:     []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-02-01")}, {"ana", "south", date("2026-02-01"), date("2027-01-01")}},
		Tables:    halves,
		Component: &sceneComponent{Table: "t"},
		Credits:   sold("150000", "60000"),
	}
	s.Credits[1].Date, s.Credits[1].Position = date("2026-02-10"), "south"
	r := s.run(t)
	if got := earned(t, r, "north", "commission").Amount.Amount.String() + " " + earned(t, r, "south", "commission").Amount.Amount.String(); got != "80000 30000" {
		t.Errorf("got %s, want 80000 30000: running totals do not follow the payee", got)
	}
	s.Payee, s.Seats[1] = "bob", sceneSeat{"bob", "north", date("2026-02-01"), date("2027-01-01")}
	s.Credits[1].Position, s.Credits[0].Payee = "north", "ana"
	if got := s.only(t).Amount.Amount.String(); got != "30000" {
		t.Errorf("got %s, want 30000: nor the position", got)
	}
}

// TestAssignments: a plan reaches a payee by title, position or by name, and
// several plans add.
func TestAssignments(t *testing.T) {
	t.Parallel()
	flat := []sceneVersion{{Components: []sceneComponent{{Rate: "0.1"}}}, {Plan: "spif", Components: []sceneComponent{{Rate: "1"}}}}
	base := scene{Versions: flat, Credits: sold("100", "100")}
	base.Credits[1].Date = date("2026-03-01")
	for _, c := range []struct {
		name     string
		assigned []sceneAssigned
		want     map[string]string // by plan
	}{
		{"by title", []sceneAssigned{{Title: "rep"}}, map[string]string{"plan": "20"}},
		{"by position", []sceneAssigned{{Position: "north"}}, map[string]string{"plan": "20"}},
		{"by payee", []sceneAssigned{{Payee: "ana"}}, map[string]string{"plan": "20"}},
		{"by all at once, it counts once", []sceneAssigned{{Title: "rep"}, {Position: "north"}, {Payee: "ana"}}, map[string]string{"plan": "20"}},
		{"one day after another", []sceneAssigned{{Title: "rep", To: datep("2026-02-01")}, {Payee: "ana", From: datep("2026-02-01")}}, map[string]string{"plan": "20"}},
		{"plans add", []sceneAssigned{{Title: "rep"}, {Plan: "spif", Payee: "ana", From: datep("2026-02-01")}}, map[string]string{"plan": "20", "spif": "100"}},
		{"to somebody else", []sceneAssigned{{Position: "south"}, {Title: "boss"}, {Payee: "bob"}}, nil},
		{"outside the window", []sceneAssigned{{Title: "rep", To: datep("2026-01-01")}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := base
			s.Assigned = c.assigned
			got := map[string]string{}
			for _, e := range s.run(t).Earnings {
				got[e.Cites.Plan] = e.Amount.Amount.String()
			}
			if len(got) != len(c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			for plan, want := range c.want {
				if got[plan] != want {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

// TestVersions: a credit is rated by the version in force on its day; running
// totals go on from version to version unless the later one begins anew.
func TestVersions(t *testing.T) {
	t.Parallel()
	march := datep("2026-03-01")
	tables := []sceneTable{
		{Key: "t", Rows: halves[0].Rows},
		{Key: "u", Rows: [][3]string{{"0", "100000", "0.1"}, {"100000", "", "0.2"}}},
		{Key: "a", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "1", "0.1"}, {"1", "", "0.2"}}},
	}
	two := func(first, second sceneComponent) []sceneVersion {
		return []sceneVersion{{To: march, Components: []sceneComponent{first}}, {From: march, Components: []sceneComponent{second}}}
	}
	credits := sold("80000", "80000")
	credits[1].Date = date("2026-03-10")
	for _, c := range []struct {
		name  string
		scene scene
		want  string
		cites int
	}{
		{"each by its own rate", scene{Versions: two(sceneComponent{Rate: "0.1"}, sceneComponent{Rate: "0.2"})}, "24000", 2},
		{"the running total is carried", scene{Versions: two(sceneComponent{Table: "t"}, sceneComponent{Table: "u"})}, "54000", 2}, // 40,000 + 2,000 + 12,000
		{"or begins anew", scene{Versions: two(sceneComponent{Table: "t"}, sceneComponent{Table: "u", Restart: true})}, "48000", 2},
		{"retroactive re-prices its own", scene{Versions: two(sceneComponent{Table: "t", Mode: model.TierRetroactive}, sceneComponent{Table: "u", Mode: model.TierRetroactive})}, "56000", 2}, // 80,000 x 0.5 + 80,000 x 0.2
		{"another currency begins anew", scene{FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "1"}, {"EUR", "USD", date("2026-01-01"), "1"}}, Versions: []sceneVersion{
			{To: march, Components: []sceneComponent{{Table: "t"}}}, {From: march, Currency: "EUR", Components: []sceneComponent{{Table: "t"}}}}}, "80000", 2},
		{"a component that ends keeps what it earned", scene{Versions: two(sceneComponent{Rate: "0.1"}, sceneComponent{Key: "other", Payout: model.PeriodMonth, Rate: "0.2"})}, "8000", 1},
		{"no version on a day", scene{Versions: []sceneVersion{{To: march, Components: []sceneComponent{{Rate: "0.1"}}}}}, "8000", 1},
		{"a retired version pays within its days", scene{Versions: []sceneVersion{{State: model.VersionRetired, To: march, Components: []sceneComponent{{Rate: "0.1"}}}}}, "8000", 1},
		{"a quota meets the days of its own totals", scene{Quota: "90000", Versions: two(sceneComponent{Table: "a"}, sceneComponent{Table: "a", Restart: true})}, "23000", 2}, // 59,000 x .1 + 21,000 x .2; 31,000 x .1 + 49,000 x .2
		{"the last bonus counts, by the whole measure", scene{Quota: "100000", Versions: two(sceneComponent{Bonus: [][2]string{{"1", "500"}}}, sceneComponent{Bonus: [][2]string{{"1.6", "900"}}})}, "900", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.scene
			s.Tables, s.Credits = tables, credits
			e := earned(t, s.run(t), "north", "commission")
			if got := e.Amount.Amount.String(); got != c.want || e.Cites.Version != c.cites {
				t.Errorf("earned %s by version %d, want %s by %d", got, e.Cites.Version, c.want, c.cites)
			}
		})
	}
	for _, state := range []model.PlanVersionState{model.VersionDraft, model.VersionInReview, model.VersionApproved} {
		s := scene{Versions: []sceneVersion{{State: state, Components: []sceneComponent{{Rate: "1"}}}}, Credits: credits}
		if r := s.run(t); len(r.Earnings) > 0 {
			t.Errorf("a version that is %s pays", state)
		}
	}
}

// TestTableVersions: a marginal rate is the table's of the credit's day, a
// retroactive one that of the assignment's last day.
func TestTableVersions(t *testing.T) {
	t.Parallel()
	tables := []sceneTable{
		{Key: "t", To: datep("2026-02-01"), Rows: [][3]string{{"0", "100", "0.1"}, {"100", "", "0.2"}}},
		{Key: "t", From: datep("2026-02-01"), Rows: [][3]string{{"0", "150", "1"}, {"150", "", "2"}}},
	}
	s := scene{Tables: tables, Component: &sceneComponent{Table: "t"}, Credits: sold("120", "50")}
	s.Credits[1].Date = date("2026-02-10")
	if got := s.only(t).Amount.Amount.String(); got != "84" { // 10 + 4 + 30 + 40
		t.Errorf("marginal: earned %s, want 84", got)
	}
	s.Component = &sceneComponent{Table: "t", Mode: model.TierRetroactive}
	if got := s.only(t).Amount.Amount.String(); got != "340" {
		t.Errorf("retroactive: earned %s, want 340", got)
	}
}

// TestQuotas: the position's own, else its title's.
func TestQuotas(t *testing.T) {
	t.Parallel()
	s := scene{Component: &sceneComponent{Rate: "0"}, Credits: sold("50"), Quotas: []sceneQuota{
		{Title: "rep", Period: "2026-Q1", Amount: "100"}, {Position: "north", Period: "2026-01", Amount: "7"},
	}}
	if e := s.only(t); e.Quota.String() != "100" || e.Attainment.String() != "0.5" {
		t.Errorf("quota %s, attainment %s", e.Quota, e.Attainment)
	}
	s.Quotas = append(s.Quotas, sceneQuota{Position: "north", Period: "2026-Q1", Amount: "30"})
	if e := s.only(t); e.Quota.String() != "30" || e.Attainment.String() != "1.6666666666666667" {
		t.Errorf("quota %s, attainment %s", e.Quota, e.Attainment)
	}
	s.Quotas = []sceneQuota{{Position: "north", Period: "2026-Q1", Amount: "0"}}
	if e := s.only(t); e.Attainment != nil || e.Why == model.WhyProblem {
		t.Errorf("a component that needs no quota minds that it is 0: %+v", e)
	}
}
