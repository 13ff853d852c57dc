package calc

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

func names(t testing.TB, b Book, ids []model.ID) string {
	t.Helper()
	byID := map[model.ID]string{}
	for _, p := range b.Periods {
		byID[p.ID] = p.Name
	}
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = byID[id]
	}
	return strings.Join(out, " ")
}

func engineOf(t testing.TB, b Book) *Engine {
	t.Helper()
	e, err := NewEngine(b)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestPeriods: a change makes dirty the payout periods that it can reach, of
// the types that the payee's plans use.
func TestPeriods(t *testing.T) {
	t.Parallel()
	monthly := sceneVersion{Plan: "monthly", Components: []sceneComponent{{Payout: model.PeriodMonth, Rate: "1"}, {Key: "year", Payout: model.PeriodYear, Rate: "1"}}}
	quarterly := sceneVersion{Components: []sceneComponent{{Rate: "1"}}}
	held := func(from, to string) []sceneSeat {
		return []sceneSeat{{"ana", "north", date(from), date(to)}}
	}
	between := func(from, to string) model.Interval { return model.Interval{From: date(from), To: date(to)} }
	for _, c := range []struct {
		name  string
		scene scene
		days  model.Interval
		want  string
	}{
		{"one day", scene{Versions: []sceneVersion{quarterly}}, between("2026-02-03", "2026-02-04"), "2026-Q1"},
		{"two types", scene{Versions: []sceneVersion{quarterly, monthly}}, between("2026-02-03", "2026-02-04"), "2026-Q1 2026 2026-02"},
		{"over a bound", scene{Versions: []sceneVersion{quarterly}}, between("2026-03-31", "2026-04-02"), "2026-Q1 2026-Q2"},
		{"no day", scene{Versions: []sceneVersion{quarterly}}, between("2026-03-31", "2026-03-31"), ""},
		{"before the seat", scene{Seats: held("2026-04-01", "2027-01-01"), Versions: []sceneVersion{quarterly}}, between("2026-03-31", "2026-04-02"), "2026-Q2"},
		{"after it, for late reversals", scene{Seats: held("2025-04-01", "2026-01-01"), Versions: []sceneVersion{quarterly}}, between("2026-03-31", "2026-04-02"), "2026-Q1 2026-Q2"},
		{"where the plan is assigned", scene{Assigned: []sceneAssigned{{Title: "rep", To: datep("2026-04-01")}}, Versions: []sceneVersion{quarterly}}, between("2026-03-31", "2026-04-02"), "2026-Q1"},
		{"where a version is in force", scene{Versions: []sceneVersion{{To: datep("2026-02-01"), Components: quarterly.Components}}}, between("2026-03-31", "2026-04-02"), "2026-Q1"},
		{"that read the month before, or two", scene{Versions: []sceneVersion{{Components: []sceneComponent{{Payout: model.PeriodMonth, Formula: "prior(1) + priorOf('revenue', 2)"}}}}}, between("2026-12-03", "2026-12-04"), "2026-12 2027-01 2027-02"},
		{"that read the year so far", scene{Versions: []sceneVersion{{Components: []sceneComponent{{Payout: model.PeriodMonth, Rate: "1", Adjustments: gateOf("earnedBefore('commission') < 5")}}}}}, between("2026-10-03", "2026-10-04"), "2026-10 2026-11 2026-12"},
		{"that read what read the month before", scene{Versions: []sceneVersion{{Components: []sceneComponent{{Payout: model.PeriodMonth, Formula: "prior(1)"}, {Key: "more", Payout: model.PeriodMonth, Formula: "priorEarningOf('commission', 1)"}}}}}, between("2025-12-03", "2025-12-04"),
			"2025-12 2026-01 2026-02 2026-03 2026-04 2026-05 2026-06 2026-07 2026-08 2026-09 2026-10 2026-11 2026-12"},
		{"by no draft", scene{Versions: []sceneVersion{{State: model.VersionDraft, Components: quarterly.Components}}}, between("2026-03-31", "2026-04-02"), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := c.scene.book()
			if got := names(t, b, engineOf(t, b).Periods(keyed(model.KindPayee, "ana"), c.days)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPayoutPeriodsWithin(t *testing.T) {
	t.Parallel()
	b := (&scene{}).book()
	e := engineOf(t, b)
	for period, want := range map[string]string{
		"2026-02": "2026-02",
		"2026-Q1": "2026-01 2026-Q1 2026-02 2026-03",
		"2026-H2": "2026-07 2026-Q3 2026-H2 2026-08 2026-09 2026-10 2026-Q4 2026-11 2026-12",
	} {
		id := keyed(model.KindPeriod, period)
		if got := names(t, b, e.PayoutPeriodsWithin(id)); got != want {
			t.Errorf("%s: got %q, want %q", period, got, want)
		}
	}
	if got := e.Window(keyed(model.KindPeriod, "2026-Q1")); got != (model.Interval{From: date("2026-01-01"), To: date("2026-04-01")}) {
		t.Errorf("the window is %v", got)
	}
}

func TestContradictions(t *testing.T) {
	t.Parallel()
	whole := scene{Quota: "5", Tables: halves, Component: &sceneComponent{Table: "t"}}
	unknown := keyed(model.KindPayee, "unknown")
	for name, change := range map[string]func(*Book){
		"two periods of an id":        func(b *Book) { b.Periods = append(b.Periods, b.Periods[0]) },
		"a period of no calendar":     func(b *Book) { b.Periods[0].CalendarID = unknown },
		"two measures of an id":       func(b *Book) { b.Measures = append(b.Measures, b.Measures[0]) },
		"two quotas for one":          func(b *Book) { b.Quotas = append(b.Quotas, b.Quotas[0]) },
		"a quota of nobody":           func(b *Book) { b.Quotas[0].PositionID = nil },
		"a version of no plan":        func(b *Book) { b.Versions[0].PlanID = unknown },
		"a version of no calendar":    func(b *Book) { b.Versions[0].CalendarID = unknown },
		"a component of no measure":   func(b *Book) { b.Versions[0].Components[0].MeasureID = unknown },
		"a component of no table":     func(b *Book) { b.Versions[0].Components[0].RateTableID = &unknown },
		"a component without a table": func(b *Book) { b.Versions[0].Components[0].RateTableID = nil },
		"an assignment of no plan":    func(b *Book) { b.PlanAssignments[0].PlanID = unknown },
		"a seat of nobody":            func(b *Book) { b.Seats[0].PayeeID = unknown },
		"two teams of an id":          func(b *Book) { b.Teams = []model.Team{{ExternalID: "a"}, {ExternalID: "b"}} },
		"two teams of an external id": func(b *Book) {
			b.Teams = []model.Team{{ID: keyed(model.KindTeam, "a")}, {ID: keyed(model.KindTeam, "b")}}
		},
		"a team of an unknown position": func(b *Book) { b.Teams = []model.Team{{Members: []model.TeamMember{{PositionID: unknown}}}} },
		"two credit types of an id":     func(b *Book) { b.CreditTypes = append(b.CreditTypes, b.CreditTypes[0]) },
		"two rates of a day":            func(b *Book) { b.FXRates = []model.FXRate{{Rate: dec("1")}, {Rate: dec("1")}} },
		"two products of an id":         func(b *Book) { b.Products = []model.Product{{}, {}} },
		"two plans of an id":            func(b *Book) { b.Plans = append(b.Plans, b.Plans[0]) },
		"two rate tables of an id":      func(b *Book) { b.RateTables = append(b.RateTables, b.RateTables[0]) },
		"two fiscal calendars of an id": func(b *Book) { b.Calendars = append(b.Calendars, b.Calendars[0]) },
	} {
		b := whole.book()
		change(&b)
		if _, err := NewEngine(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// busy is a scene with several of everything whose order might matter.
func busy() scene {
	s := scene{
		Period: "2026-Q1", Quota: "20000", Pay: "EUR",
		Seats:  []sceneSeat{{"ana", "north", date("2026-01-01"), date("2026-03-01")}, {"ana", "south", date("2026-01-20"), date("2027-01-01")}, {"bob", "north", date("2026-03-01"), date("2027-01-01")}},
		Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.3", "0.01"}, {"0.3", "0.7", "0.02"}, {"0.7", "", "0.035"}}}, halves[0]},
		FX: []sceneFX{{"USD", "EUR", date("2026-01-01"), "0.9"}, {"USD", "EUR", date("2026-02-01"), "0.91"}, {"USD", "EUR", date("2026-02-11"), "0.925"},
			{"GBP", "USD", date("2026-01-01"), "1.25"}, {"GBP", "USD", date("2026-02-03"), "1.27"}},
		Quotas:   []sceneQuota{{Title: "rep", Period: "2026-Q1", Amount: "9000"}},
		Measures: []sceneMeasure{{Key: "deals", Value: model.ValueCount}},
		Versions: []sceneVersion{
			{To: datep("2026-02-10"), Components: []sceneComponent{{Table: "t"}, {Key: "bonus", Bonus: [][2]string{{"0.5", "100"}, {"1", "300"}}, Levels: model.BonusEach}, {Key: "flat", Rate: "0.005", Condition: "amount > 100"}}},
			{From: datep("2026-02-10"), Components: []sceneComponent{{Key: "flat", Rate: "0.007"}, {Table: "t"}, {Key: "bonus", Bonus: [][2]string{{"0.6", "150"}}}}},
			{Plan: "spif", Rules: &model.PlanRules{RoundStage: model.RoundLine}, Components: []sceneComponent{{Key: "per-deal", Measure: "deals", Rate: "12.345"}}},
		},
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 120 {
		c := sceneCredit{ID: string(rune('A'+i%26)) + strings.Repeat("x", i/26), Date: date("2026-01-01").AddDays(random.IntN(90)), Amount: money(random, 100000), Sequence: int64(random.IntN(3))}
		c.Position = []string{"north", "south"}[random.IntN(2)]
		c.Payee = []string{"ana", "ana", "bob"}[random.IntN(3)]
		c.Currency = []model.CurrencyCode{"USD", "GBP"}[random.IntN(2)]
		if random.IntN(5) == 0 {
			c.Reversal, c.Amount = true, "-"+c.Amount
		}
		s.Credits = append(s.Credits, c)
	}
	return s
}

func money(random *rand.Rand, limit int64) string {
	return decimal.New(random.Int64N(limit), -2).String()
}

// bytesOf is the whole of a result in canonical bytes.
func bytesOf(r Result) []byte {
	var out bytes.Buffer
	for _, e := range r.Earnings {
		out.Write(e.Canonical())
	}
	for _, p := range r.Problems {
		out.WriteString(string(p.Code) + p.ComponentKey + p.Detail)
	}
	return out.Bytes()
}

// shuffled is a book with every slice in another order.
func shuffled(b Book, random *rand.Rand) Book {
	shuffle(random, b.Periods)
	shuffle(random, b.FXRates)
	shuffle(random, b.Positions)
	shuffle(random, b.Payees)
	shuffle(random, b.Seats)
	shuffle(random, b.Measures)
	shuffle(random, b.Quotas)
	shuffle(random, b.RateTables)
	shuffle(random, b.Plans)
	shuffle(random, b.Versions)
	shuffle(random, b.PlanAssignments)
	shuffle(random, b.Teams)
	shuffle(random, b.Values)
	shuffle(random, b.Parameters)
	for i := range b.Teams {
		shuffle(random, b.Teams[i].Members)
	}
	for i := range b.Positions {
		shuffle(random, b.Positions[i].Slices)
	}
	for i := range b.Versions {
		shuffle(random, b.Versions[i].Components)
	}
	return b
}

func shuffle[T any](random *rand.Rand, all []T) {
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
}

// TestOrderDoesNotMatter: neither that of the facts, nor that of the book, nor
// the numbers that the credits happen to have.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	s := busy()
	want := bytesOf(s.run(t))
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 7))
		facts := s.facts()
		shuffle(random, facts)
		for i, number := range random.Perm(len(facts)) {
			facts[i].Credit.ID = model.IntID(model.KindCredit, int64(1000+number))
		}
		r := engineOf(t, shuffled(s.book(), random)).Calculate(keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, "2026-Q1"), facts)
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(bytesOf(r), want) {
			t.Fatalf("seed %d gives other bytes", seed)
		}
	}
}

// TestConcurrentUse runs under -race.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := busy()
	e, facts, want := engineOf(t, s.book()), s.facts(), bytesOf(s.run(t))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			r := e.Calculate(keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, "2026-Q1"), facts)
			e.Periods(keyed(model.KindPayee, "ana"), model.Always)
			if !bytes.Equal(bytesOf(r), want) {
				t.Error("other bytes")
			}
		})
	}
	wait.Wait()
}

// TestFactOrder: the day, the source's sequence, a sale before its reversal,
// and then bytes of keys.
func TestFactOrder(t *testing.T) {
	t.Parallel()
	s := scene{Component: &sceneComponent{Rate: "1"}, Credits: []sceneCredit{
		{ID: "B", Date: date("2026-01-02"), Amount: "1"},
		{ID: "A", Date: date("2026-01-02"), Amount: "-2", Reversal: true},
		{ID: "Z", Date: date("2026-01-01"), Amount: "3"},
		{ID: "a", Date: date("2026-01-02"), Amount: "4"},
		{ID: "C", Date: date("2026-01-02"), Amount: "5", Sequence: -1},
		{ID: "B", Date: date("2026-01-02"), Amount: "6", Kind: model.CreditRollup},
	}}
	if got := amountsOf(s.only(t).Lines()); got != "3 5 1 6 4 -2" {
		t.Errorf("got %s", got)
	}
}

// TestCanonicalSeesEverything: each field that an earning says changes its
// bytes; its ids do not.
func TestCanonicalSeesEverything(t *testing.T) {
	t.Parallel()
	s := traced()["marginal over a bound, in three currencies, part of the window"]
	e := s.only(t)
	want := string(e.Canonical())
	for name, change := range map[string]func(*Earning){
		"amount":      func(e *Earning) { e.Amount.Amount = dec("1") },
		"currency":    func(e *Earning) { e.Amount.Currency = "CHF" },
		"measure":     func(e *Earning) { e.Measure = dec("1") },
		"quota":       func(e *Earning) { e.Quota = nil },
		"attainment":  func(e *Earning) { e.Attainment = nil },
		"why":         func(e *Earning) { e.Why = model.WhyNetZero },
		"provisional": func(e *Earning) { e.Provisional = false },
		"version":     func(e *Earning) { e.Cites.Version = 9 },
		"plan":        func(e *Earning) { e.Cites.Plan = "x" },
		"keys":        func(e *Earning) { e.Cites.Key = func(int64) CreditKey { return CreditKey{} } },
		"values":      func(e *Earning) { e.Trace = copied(e.Trace); e.Trace.Values.Set(1, dec("9")) },
		"terms":       func(e *Earning) { e.Trace = copied(e.Trace); e.Trace.Terms[1].Label = "" },
		"paid":        func(e *Earning) { e.Trace = copied(e.Trace); e.Trace.Paid.Set(0, dec("9")) },
	} {
		changed := e
		change(&changed)
		if string(changed.Canonical()) == want {
			t.Errorf("%s does not show", name)
		}
	}
	same := e
	same.Payee, same.Position, same.Version, same.Component = model.ID{}, model.ID{}, model.ID{}, model.ID{}
	same.Measure = dec(e.Measure.String() + "000")
	if string(same.Canonical()) != want {
		t.Error("ids, or trailing zeros, show")
	}
	if key := newKeyring(&index{}, nil).key(7); key != (CreditKey{Credit: 7}) {
		t.Errorf("an unknown credit is %+v", key)
	}
}

// TestCheck refuses what does not add up.
func TestCheck(t *testing.T) {
	t.Parallel()
	s := scene{Component: &sceneComponent{Rate: "0.1"}, Credits: sold("10")}
	for name, change := range map[string]func(*Result){
		"another amount":       func(r *Result) { r.Earnings[0].Amount.Amount = dec("2") },
		"a problem that pays":  func(r *Result) { r.Earnings[0].Why = model.WhyProblem },
		"a problem of nothing": func(r *Result) { r.Problems = append(r.Problems, model.Problem{}) },
		"another trace":        func(r *Result) { r.Earnings[0].Trace = Trace{} },
	} {
		r := s.run(t)
		change(&r)
		if err := r.Check(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
