package calc

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"spm/model"
)

// year is a company's year in memory: payees that share five plans of two to
// three components, with their credits.
type year struct {
	engine  *Engine
	payees  []model.ID
	credits [][]CreditFact // of each payee
	periods []model.ID
	n       int
}

// yearOfSales makes it deterministically: flat rates, marginal tiers with an
// accelerator, retroactive tiers, bonuses and caps; 2 % returns.
func yearOfSales(b *testing.B, payees, credits int) *year {
	b.Helper()
	quarterBook := scene{Payout: model.PeriodMonth, Tables: []sceneTable{
		{Key: "marginal", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0.03"}, {"0.5", "1", "0.05"}, {"1", "", "0.08"}}},
		{Key: "retro", Dimension: model.ByMeasure, Rows: [][3]string{{"0", "20000", "0.01"}, {"20000", "50000", "0.02"}, {"50000", "", "0.03"}}},
	}}
	limit := []model.Adjustment{{Kind: model.AdjustCap, Name: "cap", Over: model.OverComponent, Amount: optional("5000")}}
	bonus := [][2]string{{"0.8", "200"}, {"1", "500"}}
	plans := [5][]sceneComponent{
		{{Key: "flat", Rate: "0.04"}, {Key: "product", Rate: "0.01", Condition: "amount > 1000"}},
		{{Key: "tiers", Table: "marginal"}, {Key: "bonus", Bonus: bonus}},
		{{Key: "retro", Table: "retro", Mode: model.TierRetroactive}, {Key: "flat", Rate: "0.005"}},
		{{Key: "tiers", Table: "marginal", Adjustments: limit}, {Key: "flat", Rate: "0.01"}, {Key: "bonus", Bonus: bonus}},
		{{Key: "flat", Rate: "0.03"}, {Key: "retro", Table: "retro", Mode: model.TierRetroactive}, {Key: "bonus", Bonus: bonus}},
	}
	y := &year{n: credits}
	for i := range payees {
		name := fmt.Sprintf("p%04d", i)
		quarterBook.Seats = append(quarterBook.Seats, sceneSeat{name, name, model.MinDate, model.MaxDate})
		quarterBook.Assigned = append(quarterBook.Assigned, sceneAssigned{Plan: fmt.Sprintf("plan%d", i%5), Position: name})
		y.payees = append(y.payees, keyed(model.KindPayee, name))
		for month := 1; month <= 12; month++ {
			quarterBook.Quotas = append(quarterBook.Quotas, sceneQuota{Position: name, Period: fmt.Sprintf("2026-%02d", month), Amount: strconv.Itoa(20000 + i%40*1000)})
		}
	}
	for i, components := range plans {
		quarterBook.Versions = append(quarterBook.Versions, sceneVersion{Plan: fmt.Sprintf("plan%d", i), Components: components})
	}
	for month := 1; month <= 12; month++ {
		y.periods = append(y.periods, keyed(model.KindPeriod, fmt.Sprintf("2026-%02d", month)))
	}
	y.engine = engineOf(b, quarterBook.book())
	random := rand.New(rand.NewPCG(20, 26))
	sold, numbers := make([]scene, payees), make([][]int64, payees)
	for i := range credits {
		at := i % payees
		c := sceneCredit{ID: fmt.Sprintf("T%07d", i), Date: date("2026-01-01").AddDays(int(int64(i) * 365 / int64(credits))), Amount: money(random, 200000), Payee: quarterBook.Seats[at].Payee, Position: quarterBook.Seats[at].Position}
		if random.IntN(50) == 0 {
			c.Reversal, c.Amount = true, "-"+c.Amount
		}
		sold[at].Credits, numbers[at] = append(sold[at].Credits, c), append(numbers[at], int64(i+1))
	}
	y.credits = make([][]CreditFact, payees)
	for at := range sold { // payee by payee, with shared ids, as the store reads them
		facts := sold[at].facts()
		for i := range facts {
			c := &facts[i].Credit
			c.ID = model.IntID(model.KindCredit, numbers[at][i])
			c.PayeeID, c.AssignmentID = facts[0].Credit.PayeeID, facts[0].Credit.AssignmentID
			c.PositionID, c.CreditTypeID = facts[0].Credit.PositionID, facts[0].Credit.CreditTypeID
		}
		y.credits[at], sold[at].Credits = facts, nil
	}
	return y
}

// calculate works the year out with so many workers, and gives how many
// earnings there are.
func (y *year) calculate(workers int) (earnings int64) {
	var group sync.WaitGroup
	counts := make([]int64, workers)
	for w := range workers {
		group.Go(func() {
			run := y.engine.Begin(Alone{})
			for i := w; i < len(y.payees); i += workers {
				payee := run.Payee(y.payees[i], y.credits[i])
				for _, period := range y.periods {
					counts[w] += int64(len(payee.Calculate(period).Earnings))
				}
				payee.Free()
			}
		})
	}
	group.Wait()
	for _, n := range counts {
		earnings += n
	}
	return earnings
}

// loop is the limit of performance.md's W2 on the same credits: order them, and
// cut their running totals at the tiers, in int64, for as many components as pay
// by credit, without lines, traces, or anything but the sums.
func (y *year) loop(rows []loopRow) (total int64) {
	slices.SortFunc(rows, func(a, b loopRow) int {
		return cmp.Or(cmp.Compare(a.payee, b.payee), cmp.Compare(a.day, b.day), cmp.Compare(a.id, b.id))
	})
	bounds, rates := [3]int64{1500000, 3000000, 1 << 62}, [3]int64{300, 500, 800}
	payee, month, running, tier := int32(-1), int32(-1), int64(0), 0
	for i := range rows {
		r := &rows[i]
		if r.payee != payee || r.day/31 != month {
			payee, month, running, tier = r.payee, r.day/31, 0, 0
		}
		for c := r.cents; c != 0; {
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
			total, running, c = total+part*rates[tier], running+part, c-part
		}
	}
	return total
}

type loopRow struct {
	payee, day int32
	id, cents  int64
}

func (y *year) rows() []loopRow {
	rows := make([]loopRow, 0, y.n)
	for i, credits := range y.credits {
		for j := range credits {
			c := &credits[j].Credit
			rows = append(rows, loopRow{int32(i), int32(c.Date - date("2026-01-01")), c.ID.Int(), c.Amount.Shift(2).IntPart()})
		}
	}
	return rows
}

// cpuTime is what the process has used so far, which other programs on the
// machine disturb less than the clock.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// median of what was measured in each round.
func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkYear is 1,000,000 credits (CREDITS), 2,000 payees (PAYEES) and 12
// periods, in memory, beside the plain loop over the same credits in the same
// run: the median of the rounds. The ratio is of time on one core. Each part
// begins with the garbage of the parts before collected.
func BenchmarkYear(b *testing.B) {
	size := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
			return n
		}
		return otherwise
	}
	y := yearOfSales(b, size("PAYEES", 2000), size("CREDITS", 1000000))
	rows := y.rows()
	random := rand.New(rand.NewPCG(1, 1))
	rounds := map[string][]float64{}
	note := func(unit string, value float64) { rounds[unit] = append(rounds[unit], value) }
	var before, after runtime.MemStats
	b.ResetTimer()
	for b.Loop() {
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		runtime.GC()
		begin, busy := time.Now(), cpuTime()
		if y.loop(rows) == 0 {
			b.Fatal("nothing")
		}
		loop, loopBusy := time.Since(begin), cpuTime()-busy
		runtime.GC()
		runtime.ReadMemStats(&before)
		begin, busy = time.Now(), cpuTime()
		earnings := y.calculate(1)
		one, oneBusy := time.Since(begin), cpuTime()-busy
		runtime.ReadMemStats(&after)
		runtime.GC()
		begin = time.Now()
		y.calculate(2)
		two := time.Since(begin)
		per := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(y.n) }
		note("loop-ns/credit", per(loop))
		note("ns/credit", per(one))
		note("2-cores-ns/credit", per(two))
		note("x-loop", one.Seconds()/loop.Seconds())
		note("x-loop-2-cores", two.Seconds()/loop.Seconds())
		note("x-loop-cpu", oneBusy.Seconds()/loopBusy.Seconds())
		note("B/credit", float64(after.TotalAlloc-before.TotalAlloc)/float64(y.n))
		note("allocs/credit", float64(after.Mallocs-before.Mallocs)/float64(y.n))
		note("collections", float64(after.NumGC-before.NumGC))
		note("earnings", float64(earnings))
	}
	for unit, all := range rounds {
		b.ReportMetric(median(all), unit)
	}
}
