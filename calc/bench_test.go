package calc

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"spm/model"
)

// workload is one payee's month of sales under one component.
func workload(n int, c *sceneComponent, change func(*scene)) *scene {
	s := &scene{
		Period: "2026-01", Payout: model.PeriodMonth, Quota: "500000", Component: c,
		Tables: []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0.03"}, {"0.5", "1", "0.05"}, {"1", "", "0.08"}}}},
	}
	random := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		c := sceneCredit{ID: fmt.Sprintf("T%06d", i), Date: date("2026-01-01").AddDays(31 * i / n), Amount: money(random, 200000)}
		if i%50 == 49 {
			c.Reversal, c.Amount = true, "-"+c.Amount
		}
		s.Credits = append(s.Credits, c)
	}
	if change != nil {
		change(s)
	}
	return s
}

// BenchmarkCalculate is one payee, one period and 1,000 credits.
func BenchmarkCalculate(b *testing.B) {
	for _, w := range []struct {
		name      string
		component *sceneComponent
		change    func(*scene)
	}{
		{"flat", &sceneComponent{Rate: "0.07"}, nil},
		{"marginal", &sceneComponent{Table: "t"}, nil},
		{"retroactive", &sceneComponent{Table: "t", Mode: model.TierRetroactive}, nil},
		{"bonus", &sceneComponent{Bonus: [][2]string{{"1", "500"}}}, nil},
		{"condition", &sceneComponent{Rate: "0.07", Condition: "amount > 100"}, nil},
		{"two currencies", &sceneComponent{Table: "t"}, func(s *scene) {
			s.Pay = "EUR"
			for d := range 31 {
				s.FX = append(s.FX, sceneFX{"USD", "EUR", date("2026-01-01").AddDays(d), "0.9123"}, sceneFX{"GBP", "USD", date("2026-01-01").AddDays(d), "1.2512"})
			}
			for i := range s.Credits {
				s.Credits[i].Currency = "GBP"
			}
		}},
		{"three components", nil, func(s *scene) {
			s.Versions = []sceneVersion{{Components: []sceneComponent{{Key: "a", Rate: "0.01"}, {Key: "b", Table: "t"}, {Key: "c", Bonus: [][2]string{{"1", "500"}}}}}}
		}},
	} {
		b.Run(w.name, func(b *testing.B) {
			s := workload(1000, w.component, w.change)
			e, facts := engineOf(b, s.book()), s.facts()
			payee, period := keyed(model.KindPayee, "ana"), keyed(model.KindPeriod, s.Period)
			b.ReportAllocs()
			for b.Loop() {
				if r := e.Calculate(payee, period, facts); len(r.Problems) > 0 {
					b.Fatal(r.Problems)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(facts)), "ns/credit")
		})
	}
}

// BenchmarkPlainLoop is the limit beside BenchmarkCalculate/marginal: the same
// credits in order, in int64, without lines, traces or anything but the sum.
func BenchmarkPlainLoop(b *testing.B) {
	s := workload(1000, &sceneComponent{Table: "t"}, nil)
	cents := make([]int64, len(s.Credits))
	for i := range cents {
		cents[i] = dec(s.Credits[i].Amount).Shift(2).IntPart()
	}
	bounds, rates := []int64{25000000, 50000000, 1 << 62}, []int64{300, 500, 800}
	for b.Loop() {
		running, earned, tier := int64(0), int64(0), 0
		for _, c := range cents {
			for c != 0 {
				for tier > 0 && c < 0 && running <= bounds[tier-1] {
					tier--
				}
				for c > 0 && running >= bounds[tier] {
					tier++
				}
				part := c
				if c > 0 {
					part = min(part, bounds[tier]-running)
				} else if tier > 0 {
					part = max(part, bounds[tier-1]-running)
				}
				earned, running, c = earned+part*rates[tier], running+part, c-part
			}
		}
		if earned == 0 {
			b.Fatal("nothing")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/credit")
}

// BenchmarkCheck, BenchmarkExplain and BenchmarkCanonical are of one marginal
// earning of 1,000 lines.
func BenchmarkCheck(b *testing.B) {
	r := workload(1000, &sceneComponent{Table: "t"}, nil).run(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Check(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExplain(b *testing.B) {
	r := workload(1000, &sceneComponent{Table: "t"}, nil).run(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Earnings[0].Trace.Explain()
	}
}

func BenchmarkCanonical(b *testing.B) {
	r := workload(1000, &sceneComponent{Table: "t"}, nil).run(b)
	b.ReportAllocs()
	for b.Loop() {
		r.Earnings[0].Canonical()
	}
}

// BenchmarkNewEngine is a company of one payee.
func BenchmarkNewEngine(b *testing.B) {
	book := workload(0, &sceneComponent{Table: "t"}, nil).book()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewEngine(book); err != nil {
			b.Fatal(err)
		}
	}
}
