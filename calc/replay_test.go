package calc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

func momentOf(s *scene) Moment { return Moment{s.book(), everybody(s.facts())} }

// classed says to which cause a fact of two scenes belongs: by its transaction.
func classed(old, now *scene) func(*CreditFact) model.DiffCause {
	was, is := map[string]sceneCredit{}, map[string]sceneCredit{}
	for _, c := range old.Credits {
		was[c.ID+c.Payee] = c
	}
	for _, c := range now.Credits {
		is[c.ID+c.Payee] = c
	}
	return func(f *CreditFact) model.DiffCause {
		for _, payee := range []string{"", "ana"} {
			a, before := was[f.Transaction.ExternalID+payee]
			b, after := is[f.Transaction.ExternalID+payee]
			switch {
			case !before && !after:
			case before != after || a.Amount != b.Amount || a.Date != b.Date:
				return model.DiffDeal
			case a.Type != b.Type || a.Kind != b.Kind:
				return model.DiffCredit
			}
		}
		return ""
	}
}

// replayed splits the change between two scenes and checks that it sums.
func replayed(t testing.TB, old, now *scene) []Increment {
	t.Helper()
	payee, period := keyed(model.KindPayee, old.payee()), keyed(model.KindPeriod, old.period())
	before, after, steps, err := Replay(momentOf(old), momentOf(now), classed(old, now), payee, period)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]decimal.Decimal{}
	sum := func(parts []*model.DiffPart, sign int64) {
		for _, p := range parts {
			key := p.ComponentKey + string(p.Amount.Currency)
			want[key] = want[key].Add(p.Amount.Amount.Mul(decimal.NewFromInt(sign)))
		}
	}
	sum(after, 1)
	sum(before, -1)
	for _, step := range steps {
		sum(step.Parts, -1)
	}
	for key, rest := range want {
		if !rest.IsZero() {
			t.Fatalf("of %s %s is not explained: %s", key, rest, stepped(steps))
		}
	}
	for _, side := range []struct {
		s     *scene
		parts []*model.DiffPart
	}{{old, before}, {now, after}} {
		for _, e := range side.s.run(t).Earnings {
			i := slices.IndexFunc(side.parts, func(p *model.DiffPart) bool { return p.ComponentKey == e.Key && p.PositionID == e.Position })
			if e.Amount.Amount.IsZero() != (i < 0) || i >= 0 && !side.parts[i].Amount.Amount.Equal(e.Amount.Amount) {
				t.Fatalf("%s is %s", e.Key, e.Amount.Amount)
			}
		}
	}
	return steps
}

func stepped(steps []Increment) string {
	out := ""
	for _, step := range steps {
		out += string(step.Cause)
		for _, p := range step.Parts {
			out += fmt.Sprintf(" %s %s", p.ComponentKey, p.Amount.Amount)
		}
		out += "; "
	}
	return out
}

// TestReplay: a deal of 1,000 EUR at 2 USD, 10% of it, 200 USD; then everything
// changes, one thing for each cause:
//
//	FX         1,000 EUR at 3 is 3,000, x 10%                     300, +100
//	DEAL       2,000 EUR                                          600, +300
//	QUOTA      of 4,000 instead of 10,000: the bonus at quota     600 + 500
//	RATE       the parameter is 20% instead of 10%               1,200 + 500
//	PLAN       the bonus is 700                                  1,200 + 700
func TestReplay(t *testing.T) {
	t.Parallel()
	begin := func() scene {
		return scene{
			Versions: []sceneVersion{{Currency: "USD", Parameters: []model.ParameterDeclaration{{Key: "rate"}}, Components: []sceneComponent{
				{Key: "deals", Formula: "measure * parameter('rate')"}, {Key: "bonus", Bonus: [][2]string{{"1", "500"}}},
			}}},
			Parameters: []sceneParameter{{Key: "rate", Value: "0.1"}}, FX: []sceneFX{{"EUR", "USD", date("2026-01-01"), "2"}}, Quota: "10000",
			Credits: []sceneCredit{{ID: "T1", Date: date("2026-02-01"), Amount: "1000", Currency: "EUR"}},
		}
	}
	changes := []struct {
		want   string
		change func(*scene)
	}{
		{"FX deals 100; ", func(s *scene) { s.FX[0].Rate = "3" }},
		{"DEAL deals 300; ", func(s *scene) { s.Credits[0].Amount = "2000" }},
		{"QUOTA bonus 500; ", func(s *scene) { s.Quota = "4000" }},
		{"RATE deals 600; ", func(s *scene) { s.Parameters[0].Value = "0.2" }},
		{"PLAN bonus 200; ", func(s *scene) { s.Versions[0].Components[1].Bonus = [][2]string{{"1", "700"}} }},
	}
	old, now, want := begin(), begin(), ""
	for _, c := range changes {
		c.change(&now)
		want += c.want
		if got := stepped(replayed(t, &old, &now)); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	away := begin()
	away.Seats = []sceneSeat{{"ana", "north", date("2026-02-02"), model.MaxDate}}
	if got := stepped(replayed(t, &old, &away)); got != "HIERARCHY deals -200; " {
		t.Error(got)
	}
	gone := begin()
	gone.Credits = nil
	if got := stepped(replayed(t, &old, &gone)); got != "DEAL deals -200; " {
		t.Error(got)
	}
}

// TestReplaySums: whatever changes between two generated moments, the causes sum
// to the change; and nothing has no cause.
func TestReplaySums(t *testing.T) {
	t.Parallel()
	met := map[model.DiffCause]int{}
	for seed := range uint64(200) {
		old, now := generated(rand.New(rand.NewPCG(seed, 5))), generated(rand.New(rand.NewPCG(seed, 5)))
		if steps := replayed(t, &old, &now); len(steps) > 0 {
			t.Fatalf("nothing has changed, and %s", stepped(steps))
		}
		changed(rand.New(rand.NewPCG(seed, 6)), &now)
		for _, step := range replayed(t, &old, &now) {
			met[step.Cause]++
		}
	}
	t.Log(met)
	for _, cause := range []model.DiffCause{model.DiffFX, model.DiffHierarchy, model.DiffDeal, model.DiffQuota, model.DiffRate, model.DiffPlan} {
		if met[cause] == 0 {
			t.Errorf("%s was not met", cause)
		}
	}
}

// TestReplayOfOthers: overrides and pools read what others earn, after each cause
// by the same set-up and facts; the causes sum to what is earned in the end.
func TestReplayOfOthers(t *testing.T) {
	t.Parallel()
	moved := 0
	for seed := range uint64(40) {
		old, now := generatedCompany(rand.New(rand.NewPCG(seed, 15))), generatedCompany(rand.New(rand.NewPCG(seed, 15)))
		r := rand.New(rand.NewPCG(seed, 16))
		for i := range now.Credits {
			if c := &now.Credits[i]; c.Kind == "" && oneIn(r, 2) {
				c.Amount = hundredths(r.IntN(1000000))
			}
		}
		now.Versions[0].Components[0].Rate, now.Versions[0].Components[0].Formula = tenThousandths(r.IntN(3000)), ""
		for i := range now.FX {
			now.FX[i].Rate = tenThousandths(5000 + r.IntN(10000))
		}
		for _, a := range old.everyone() {
			payee, period := keyed(model.KindPayee, a.payee), keyed(model.KindPeriod, a.period)
			_, after, steps, err := Replay(momentOf(&old), momentOf(&now), classed(&old, &now), payee, period)
			if err != nil {
				t.Fatal(err)
			}
			moved += len(steps)
			want := calculated(engineOf(t, now.book()), now.facts(), []asked{a})[a]
			total := decimal.Zero
			for _, e := range want.Earnings {
				total = total.Add(e.Amount.Amount)
			}
			for _, p := range after {
				total = total.Sub(p.Amount.Amount)
			}
			if !total.IsZero() {
				t.Fatalf("seed %d: %v earns %s more than is replayed", seed, a, total)
			}
		}
	}
	if moved == 0 {
		t.Error("nothing moved")
	}
}

// changed changes some things of a scene.
func changed(r source, s *scene) {
	for i := range s.FX {
		if oneIn(r, 3) {
			s.FX[i].Rate = tenThousandths(5000 + r.IntN(10000))
		}
	}
	if oneIn(r, 3) {
		s.Seats = []sceneSeat{{"ana", "north", date("2026-01-01").AddDays(r.IntN(60)), model.MaxDate}}
	}
	for i := range s.Credits {
		if oneIn(r, 3) {
			s.Credits[i].Date = s.Credits[i].Date.AddDays(r.IntN(20) - 10)
		}
	}
	for i := range s.Quotas {
		if oneIn(r, 2) {
			s.Quotas[i].Amount = hundredths(100000 + r.IntN(900000))
		}
	}
	for i := range s.Tables {
		if rows := s.Tables[i].Rows; len(rows) > 0 && oneIn(r, 2) {
			rows[0][2] = hundredths(r.IntN(20))
		}
	}
	if c := &s.Versions[0].Components[0]; oneIn(r, 3) {
		c.Adjustments = append(slices.Clone(c.Adjustments), model.Adjustment{Kind: model.AdjustMultiplier, Name: "more", Over: model.OverComponent, Factor: optional("1.5")})
	}
}

// TestComparePeriodsSums: whatever two months were, the causes sum to the
// difference, component by component.
func TestComparePeriodsSums(t *testing.T) {
	t.Parallel()
	met := map[model.DiffCause]int{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 9))
		a, b := generated(r), generated(r)
		if seed%2 == 0 {
			b = generated(rand.New(rand.NewPCG(seed, 5)))
			a = generated(rand.New(rand.NewPCG(seed, 5)))
			changed(r, &b)
		}
		before, now := pointers(a.run(t)), pointers(b.run(t))
		rest := map[string]decimal.Decimal{}
		for _, e := range now {
			key := e.Key + string(e.Amount.Currency)
			rest[key] = rest[key].Add(e.Amount.Amount)
		}
		for _, e := range before {
			key := e.Key + string(e.Amount.Currency)
			rest[key] = rest[key].Sub(e.Amount.Amount)
		}
		steps := ComparePeriods(before, now)
		for _, step := range steps {
			met[step.Cause]++
			for _, p := range step.Parts {
				key := p.ComponentKey + string(p.Amount.Currency)
				rest[key] = rest[key].Sub(p.Amount.Amount)
			}
		}
		for key, left := range rest {
			if !left.IsZero() {
				t.Fatalf("seed %d: of %s %s is not explained: %s", seed, key, left, stepped(steps))
			}
		}
	}
	for _, cause := range model.PeriodCauses {
		if met[cause] == 0 {
			t.Errorf("%s was not met: %v", cause, met)
		}
	}
}

func pointers(r Result) []*Earning {
	out := make([]*Earning, len(r.Earnings))
	for i := range r.Earnings {
		out[i] = &r.Earnings[i]
	}
	return out
}

// TestComparePeriods: January sold 4,000 against a quota of 5,000 at 5%, 200;
// February 6,000 against 4,000 at 8%, 480, capped at 400.
//
//	VOLUME      2,000 more at 200 / 4,000                  +100
//	left of the rate: 480 - 300                             180
//	  the attainment went from 0.8 to 1.2 by the measure, from 1.2 to 1.5 by
//	  the quota: 0.3 of 0.7 is the quota's
//	QUOTA       180 x 0.4285714286                          +77.1428571429 or so
//	RATE        the rest                                   +102.857142857
//	ADJUSTMENT                                              -80
func TestComparePeriods(t *testing.T) {
	t.Parallel()
	month := func(rate, quota, sale string) Earning {
		s := scene{
			Quota: quota, Credits: sold(sale), Component: &sceneComponent{Rate: rate, Adjustments: []model.Adjustment{{Kind: model.AdjustCap, Name: "most", Over: model.OverComponent, Amount: optional("400")}}},
		}
		return s.only(t)
	}
	january, february := month("0.05", "5000", "4000"), month("0.08", "4000", "6000")
	got := stepped(ComparePeriods([]*Earning{&january}, []*Earning{&february}))
	if want := "VOLUME commission 100; QUOTA commission 77.1428571429; RATE commission 102.8571428571; ADJUSTMENT commission -80; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := stepped(ComparePeriods(nil, []*Earning{&february})); got != "COMPONENT commission 400; " {
		t.Error(got)
	}
	if got := stepped(ComparePeriods([]*Earning{&february}, []*Earning{&february})); got != "" {
		t.Error(got)
	}
}

// TestCompareBonuses: of a bonus nothing is in proportion to what is measured. The
// same level paid 1,000 and then 1,500: RATE. 4,000 missed a quota of 5,000 that 6,000
// reached: VOLUME; that 4,000 of a quota of 4,000 reached: QUOTA. And 6,000 of 4,000
// against 4,000 of 5,000 moved the attainment from 0.8 to 1.2 by itself and to 1.5 by
// the quota, which has 3 parts of 7.
func TestCompareBonuses(t *testing.T) {
	t.Parallel()
	month := func(quota, sale, money string) *Earning {
		s := scene{Quota: quota, Credits: sold(sale), Component: &sceneComponent{Kind: model.RateBonus, Bonus: [][2]string{{"1", money}}}}
		e := s.only(t)
		return &e
	}
	for _, c := range []struct {
		about       string
		before, now *Earning
		want        string
	}{
		{"as before with other deals", month("5000", "5000", "1000"), month("5000", "6000", "1000"), ""},
		{"the level pays more", month("5000", "5000", "1000"), month("5000", "6000", "1500"), "RATE commission 500; "},
		{"sold enough", month("5000", "4000", "1000"), month("5000", "6000", "1000"), "VOLUME commission 1000; "},
		{"sold too little", month("5000", "6000", "1000"), month("5000", "4000", "1000"), "VOLUME commission -1000; "},
		{"a smaller quota", month("5000", "4000", "1000"), month("4000", "4000", "1000"), "QUOTA commission 1000; "},
		{"both", month("5000", "4000", "1000"), month("4000", "6000", "1000"), "VOLUME commission 571.4285714286; QUOTA commission 428.5714285714; "},
	} {
		if got := stepped(ComparePeriods([]*Earning{c.before}, []*Earning{c.now})); got != c.want {
			t.Errorf("%s: %q, want %q", c.about, got, c.want)
		}
	}
}
