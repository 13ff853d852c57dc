package calc

import (
	"flag"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"spm/model"
)

// reference is a second calculator of what generated makes, in big.Rat, that
// shares no arithmetic with the engine: it integrates the tiers instead of
// walking them, says of each line what it is instead of keeping state, settles
// longer windows by their definition, and knows nothing of traces.
type reference struct {
	s        *scene
	at       int // which component of the versions
	seat     int // which of the seats, where the payee comes from another position
	features map[string]int
	problems map[model.ProblemCode]bool
	maybe    map[model.ProblemCode]bool
	stopped  bool     // a gate has stopped what the component earns
	depth    int      // above 0: features are not counted
	exact    *big.Rat // what was rounded last
	took     *big.Rat // of what is trued up, what earlier months have earned by their statements; nil: nothing
	due      *big.Rat // what the month earns by its statement
	moved    bool     // it would earn something else by itself
	seen     []refCap // what each adjustment over the component has met in the window at hand
}

// refLine is a part of an earning in pay currency; posting is nil where it is
// of the window.
type refLine struct {
	posting *refPosting
	raw     *big.Rat // before it is quantised to 10 decimals
	exact   *big.Rat
}

// refSpan is a window, what of it was held, and what counts in it until a day.
type refSpan struct {
	from, to       model.Date
	until          model.Date // of the payout period that it is calculated for
	held           int        // days of the window
	lastDay        model.Date // the assignment's last day in the window so far
	postings       []*refPosting
	measure, quota *big.Rat
	begun, own     *big.Rat                // of the measure what was brought along, of the quota the position's own
	sold           map[model.Date]*refSold // earlier windows whose sales are returned
	replay         bool                    // it is such a window
	into           *refSold                // what it finds
}

func (w *refSpan) days() int { return int(w.to - w.from) }

// last is the assignment's last day in the window so far.
func (w *refSpan) last() model.Date { return w.lastDay }

// refOutcome is what the reference says of an earning.
type refOutcome struct {
	some     bool // whether there is one
	amount   *big.Rat
	problems map[model.ProblemCode]bool // it is one of these; empty where there is none
	maybe    map[model.ProblemCode]bool // or one of these, where the specification is silent
	lines    map[int]*big.Rat           // exact parts by credit, 0: of the window; nil where they are not compared
}

func (x *reference) component() *sceneComponent { return &x.s.Versions[0].Components[x.at] }

func (x *reference) fail(code model.ProblemCode) *big.Rat {
	x.problems[code] = true
	return new(big.Rat)
}

func (x *reference) hit(feature string) {
	if x.depth == 0 && x.features != nil {
		x.features[feature]++
	}
}

// outcome works out what the payee earns in the scene's period, before caps and
// floors over several earnings.
func (x *reference) outcome() refOutcome {
	x.took = nil
	out := x.computed()
	x.due = out.amount
	return x.withheld(out, refPeriod(x.s.Period))
}

// computed is outcome for whom every version pays.
func (x *reference) computed() refOutcome {
	x.problems, x.maybe = map[model.ProblemCode]bool{}, map[model.ProblemCode]bool{}
	c := x.component()
	period := refPeriod(x.s.Period)
	switch {
	case c.Window == model.PeriodQuarter && c.Settlement == model.SettleTrueUp:
		return x.trueUp(c, period)
	case c.Window == model.PeriodQuarter:
		x.hit("WINDOW_END")
		if x.s.Period != "2026-03" {
			return refOutcome{}
		}
		return x.settled([]*refSpan{x.span(refPeriod("2026-Q1"), period[1])}, refPeriod("2026-Q1"))
	case c.Window == model.PeriodMonth:
		x.hit("short windows")
		var all []*refSpan
		for _, month := range refMonths {
			all = append(all, x.span(refPeriod(month), period[1]))
		}
		return x.settled(all, period)
	}
	return x.settled([]*refSpan{x.span(period, period[1])}, period)
}

var refMonths = []string{"2026-01", "2026-02", "2026-03"}

// refPeriod gives the first day of a period and the day after its last.
func refPeriod(name string) [2]model.Date {
	return map[string][2]model.Date{
		"2026-01": {date("2026-01-01"), date("2026-02-01")}, "2026-02": {date("2026-02-01"), date("2026-03-01")},
		"2026-03": {date("2026-03-01"), date("2026-04-01")}, "2026-Q1": {date("2026-01-01"), date("2026-04-01")},
		"2025-12": {date("2025-12-01"), date("2026-01-01")}, "2025-Q4": {date("2025-10-01"), date("2026-01-01")},
	}[name]
}

// settled earns what windows come to that a period settles as wholes.
func (x *reference) settled(spans []*refSpan, period [2]model.Date) refOutcome {
	out := refOutcome{lines: map[int]*big.Rat{}}
	var lines []refLine
	for _, w := range spans {
		if !x.active(w, period) {
			continue
		}
		out.some = true
		lines = append(lines, x.earned(w)...)
	}
	out.problems, out.maybe, out.amount = x.problems, x.maybe, x.round(lines)
	x.stopped = x.stopped && out.amount.Sign() == 0
	for _, l := range lines {
		n := 0
		if l.posting != nil {
			n = l.posting.number
		}
		if out.lines[n] == nil {
			out.lines[n] = new(big.Rat)
		}
		out.lines[n].Add(out.lines[n], l.exact)
	}
	return out
}

// active tells whether anything was held or counted in the days.
func (x *reference) active(w *refSpan, days [2]model.Date) bool {
	if x.days(max(w.from, days[0]), min(w.to, days[1]), func(d refDay) bool { return d.seated }) > 0 {
		return true
	}
	return slices.ContainsFunc(w.postings, func(p *refPosting) bool { return p.date >= days[0] && p.date < days[1] })
}

// trueUp pays what the window has earned to date, rounded, less what it had
// earned to the end of the period before.
func (x *reference) trueUp(c *sceneComponent, period [2]model.Date) refOutcome {
	x.hit("TRUE_UP")
	window := refPeriod("2026-Q1")
	w := x.span(window, period[1])
	if !x.active(w, [2]model.Date{window[0], period[1]}) {
		return refOutcome{}
	}
	if refReadsEarnings(c.Formula) && !x.barred(w) {
		return refOutcome{some: true, problems: map[model.ProblemCode]bool{model.ProblemNotSupported: true}}
	}
	amount := x.round(x.earned(w))
	exact, same := x.exact, false
	defer func() { x.exact = exact }()
	stopped := x.stopped && amount.Sign() == 0
	defer func() { x.stopped = stopped }()
	problems := x.problems
	x.depth++
	for end := period[0]; end > window[0]; end = refPeriod(refMonths[end.Time().Month()-2])[0] {
		x.problems = map[model.ProblemCode]bool{}
		w := x.span(window, end)
		if !x.active(w, [2]model.Date{window[0], end}) {
			break
		}
		before := x.round(x.earned(w))
		if len(x.problems) == 0 {
			same = x.s.Rules.RoundStage == model.RoundStatement && x.exact.Cmp(exact) == 0
			if x.s.Rules.RoundStage == model.RoundStatement {
				before = x.statedBefore()
			}
			amount.Sub(amount, before)
			x.took = before
			break
		}
		x.features["an earlier period with a problem"]++
	}
	x.depth--
	x.problems = problems
	some := x.active(w, period) || len(problems) > 0 || amount.Sign() != 0 && !same // what was earned may change later
	return refOutcome{some: some, amount: amount, problems: x.problems, maybe: x.maybe}
}

// earned gives the lines of a window.
func (x *reference) earned(w *refSpan) []refLine {
	if x.barred(w) {
		x.hit("barred")
		return nil
	}
	x.limited(w)
	return x.adjusted(w, x.rated(w))
}

var (
	references       = flag.Int("references", 2500, "how many generated companies TestReference compares")
	explainReference = flag.Int("explain-reference", -1, "one company alone, by its seed: show it where it differs")
)

// rare are what comes about by chance alone.
var rare = []string{"nothing", string(model.ProblemDependsOn), string(model.ProblemNoFXRate), string(model.ProblemNotSupported), "an earlier period with a problem", "trued up after a statement that moved it", "a window before with a problem", "an earlier earning with a problem"}

// TestReference compares the engine with the reference on generated plans and
// facts, and counts what they had.
func TestReference(t *testing.T) {
	t.Parallel()
	n := *references
	features := map[string]int{}
	wrong := 0
	for seed := range uint64(n) {
		if *explainReference >= 0 && *explainReference != int(seed) {
			continue
		}
		s := generated(rand.New(rand.NewPCG(seed, 2026)))
		x := &reference{s: &s, features: features}
		want := x.together()
		r, err := s.tried()
		what := want.differs(&s, r)
		if err != nil {
			what = err.Error()
		}
		if what != "" {
			if wrong++; wrong < 20 {
				t.Errorf("seed %d: %s", seed, what)
			}
			if *explainReference == int(seed) {
				t.Fatalf("%s", told(&s, r))
			}
		}
		if !want.some {
			features["nothing"]++
		}
		for code := range want.problems {
			features[string(code)]++
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, n)
	}
	enough(t, n, features)
}

// enough tells whether each feature was had often enough by so many companies.
func enough(t *testing.T, n int, features map[string]int) {
	t.Helper()
	least := 200
	if n < 10000 {
		least = n / 100 // of few, less by chance
	}
	names := slices.Sorted(mapKeys(features))
	for _, feature := range names {
		t.Logf("%6d %s", features[feature], feature)
		if n >= 2500 && features[feature] < least && !slices.Contains(rare, feature) {
			t.Errorf("only %d had %s", features[feature], feature)
		}
	}
}
