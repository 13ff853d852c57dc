package service

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// task is one run's work: which payees and periods it calculates, in a fixed
// order, at which moment.
type task struct {
	run    model.ID
	tenant uuid.UUID
	at     model.ReadPoint
	engine *calc.Engine
	pairs  []model.PayeePeriod // ordered by payee
	also   []model.ID          // payees whose balances alone are struck
	clears bool                // its publishing settles the dirty marks below its horizon
	setup  []byte              // the hash of what it is set up by
	facts  *overlay            // laid over what is read; nil where nothing is made up
	memory *snapshot           // of facts; nil: they are read from the store
	trial  bool                // nothing is kept of it, and nothing explained
}

const (
	chunkPayees  = 32  // calculated at once, by one process
	chunkPairs   = 384 // a year of each: a chunk ends before it has more
	chunkResults = 250 // saved in one transaction, which stays under 200 ms
	savers       = 2   // such transactions at a time
)

// part is what the payees of a chunk came to.
type part struct {
	results  []model.Result
	problems []model.Problem
	balances []*model.Balance
	inputs   []byte // the hash of the facts
}

// work is what the observer is told of the task, or of a step of it.
func (t *task) work(step string, payees, pairs int) Work {
	return Work{Step: step, Tenant: t.tenant, Run: t.run, Payees: payees, Pairs: pairs}
}

func pairsIn(chunk []model.PayeePeriods) (number int) {
	for _, c := range chunk {
		number += len(c.Periods)
	}
	return number
}

// byPayee lists the payees of a task: those whose periods are calculated, then
// those whose balances alone are struck.
func (t *task) byPayee() []model.PayeePeriods {
	out := groupByPayee(t.pairs)
	for _, payee := range t.also {
		out = append(out, model.PayeePeriods{Payee: payee})
	}
	return out
}

func groupByPayee(pairs []model.PayeePeriod) []model.PayeePeriods {
	var out []model.PayeePeriods
	for _, p := range pairs {
		if len(out) == 0 || out[len(out)-1].Payee != p.Payee {
			out = append(out, model.PayeePeriods{Payee: p.Payee})
		}
		last := &out[len(out)-1]
		last.Periods = append(last.Periods, p.Period)
	}
	return out
}

// calculate runs the engine over the payees of a chunk, and strikes their
// balances.
func (s *Service) calculate(ctx context.Context, t task, run *calc.Run, chunk []model.PayeePeriods) (out part, err error) {
	ctx, end := s.observer.Step(ctx, t.work(StepCalculate, len(chunk), pairsIn(chunk)))
	defer func() { end(err) }()
	out, facts, err := s.earn(ctx, t, run, chunk)
	if err != nil {
		return part{}, err
	}
	out.inputs = inputHash(facts)
	payees := make([]model.ID, len(chunk))
	for i, c := range chunk {
		payees[i] = c.Payee
	}
	striking, struck := s.observer.Step(ctx, t.work(StepStrike, len(chunk), 0))
	out.balances, err = s.strike(striking, t, run, payees, out.results, facts)
	struck(err)
	return out, err
}

// earn is calculate without the balances; it gives the facts that it has read,
// too.
func (s *Service) earn(ctx context.Context, t task, run *calc.Run, chunk []model.PayeePeriods) (out part, facts map[model.ID][]model.CreditFact, err error) {
	days := model.Interval{From: model.MaxDate, To: model.MinDate}
	widen := func(period model.ID) {
		window := t.engine.Window(period)
		days = model.Interval{From: min(days.From, window.From), To: max(days.To, window.To)}
	}
	if t.engine.Promises() {
		open, _ := t.engine.PayPeriods()
		for _, p := range open {
			widen(p.ID)
		}
	}
	payees := make([]model.ID, len(chunk))
	for i, c := range chunk {
		payees[i] = c.Payee
		for _, period := range c.Periods {
			widen(period)
		}
	}
	if facts, err = s.facts(ctx, t, payees, days); err != nil {
		return part{}, nil, fmt.Errorf("read facts: %w", err)
	}
	out, err = s.workOut(ctx, t, run, chunk, facts)
	return out, facts, err
}

// workOut is earn with the facts at hand: the engine's work alone.
func (s *Service) workOut(ctx context.Context, t task, run *calc.Run, chunk []model.PayeePeriods, facts map[model.ID][]model.CreditFact) (out part, err error) {
	ctx, end := s.observer.Step(ctx, t.work(StepEarn, len(chunk), pairsIn(chunk)))
	defer func() { end(err) }()
	number := 0
	for _, c := range chunk {
		number += len(facts[c.Payee])
	}
	s.observer.Facts(ctx, number)
	for _, c := range chunk {
		if len(c.Periods) == 0 {
			continue
		}
		payee := run.Payee(c.Payee, calcFacts(facts[c.Payee]))
		for _, period := range c.Periods {
			result := payee.Calculate(period)
			if !t.trial {
				if err := result.Check(); err != nil {
					return part{}, &brokenLawError{c.Payee, err}
				}
			}
			for i := range result.Earnings {
				out.results = append(out.results, flatten(t.run, &result.Earnings[i]))
			}
			out.problems = append(out.problems, result.Problems...)
		}
		payee.Free()
	}
	return out, nil
}

// facts reads the credits of payees on days and, where a measure is of them,
// their activities; with those of earlier days that say how the sales were paid
// which are returned on these.
func (s *Service) facts(ctx context.Context, t task, payees []model.ID, days model.Interval) (map[model.ID][]model.CreditFact, error) {
	facts, err := s.factsOn(ctx, t, payees, days)
	if err != nil || !t.engine.TakesBack() {
		return facts, err
	}
	var returning []model.ID
	first := days.From
	for payee, all := range facts {
		if from := t.engine.SalesBefore(calcFacts(all)); from < days.From {
			returning, first = append(returning, payee), min(first, from)
		}
	}
	if len(returning) == 0 {
		return facts, nil
	}
	earlier, err := s.factsOn(ctx, t, returning, model.Interval{From: first, To: days.From})
	for payee, more := range earlier {
		facts[payee] = append(facts[payee], more...)
	}
	return facts, err
}

func (s *Service) factsOn(ctx context.Context, t task, payees []model.ID, days model.Interval) (map[model.ID][]model.CreditFact, error) {
	scope := model.Unbounded(t.tenant, t.at)
	var facts map[model.ID][]model.CreditFact
	if t.memory.covers(days) {
		facts = t.memory.on(payees, days)
	} else {
		var err error
		if facts, err = s.Store.CreditFacts(ctx, scope, payees, days); err != nil {
			return nil, err
		}
	}
	t.facts.lay(facts, payees, days)
	if !t.engine.ReadsActivities() {
		return facts, nil
	}
	activities, err := s.Store.ActivityFacts(ctx, scope, payees, days)
	for payee, more := range activities {
		facts[payee] = append(facts[payee], more...)
	}
	return facts, err
}

// brokenLawError stops a run: what the engine gave for a payee does not add up.
type brokenLawError struct {
	payee model.ID
	err   error
}

// Error names the payee; it holds no amount.
func (b *brokenLawError) Error() string {
	return fmt.Sprintf("the results of %s do not add up, so nothing was saved", b.payee)
}

// Unwrap gives what does not add up.
func (b *brokenLawError) Unwrap() error { return b.err }

func calcFacts(facts []model.CreditFact) []calc.CreditFact {
	out := make([]calc.CreditFact, len(facts))
	for i, f := range facts {
		out[i] = calc.CreditFact{Credit: f.Credit, Transaction: f.Transaction, Reversal: f.Reversal, Activity: f.Activity, Rule: f.Rule}
	}
	return out
}

func (s *Service) workerTx(tenant uuid.UUID, operation string) store.TxOptions {
	return store.TxOptions{Tenant: tenant, Role: store.RoleWorker, ActorName: "spm worker", Operation: operation}
}

// pairsOf lists what a run over a period, or over marks, calculates: the
// payout periods that a component of each payee uses, and those that show a
// result already, with those of all whose pay depends on these. Of closed ones it
// takes those that show a result, to find what later facts change. They are
// ordered by height, payee and period: whose earnings others read comes first.
func (s *Service) pairsOf(ctx context.Context, engine *calc.Engine, book *calc.Book, scope model.Scope, marks []store.Dirty, within []model.ID) ([]model.PayeePeriod, error) {
	open, closed := map[model.ID]bool{}, map[model.ID]bool{}
	for _, p := range book.Periods {
		open[p.ID] = p.IsOpen() && (within == nil || slices.Contains(within, p.ID))
		closed[p.ID] = !p.IsOpen() && within == nil
	}
	seen, maybe := map[model.PayeePeriod]bool{}, map[model.PayeePeriod]bool{}
	add := func(payee, period model.ID) {
		if open[period] || closed[period] {
			seen[model.PayeePeriod{Payee: payee, Period: period}] = true
		}
	}
	var everybody, periods []model.ID
	for _, p := range book.Payees {
		everybody = append(everybody, p.ID)
	}
	for _, mark := range marks {
		reached := slices.DeleteFunc(engine.Reaching(mark.Days), func(id model.ID) bool { return !open[id] && !closed[id] })
		payees := everybody
		if mark.Payee != nil {
			payees = []model.ID{*mark.Payee}
			for _, period := range reached {
				maybe[model.PayeePeriod{Payee: *mark.Payee, Period: period}] = true
			}
		} else {
			periods = append(periods, reached...)
		}
		for _, payee := range payees {
			for _, period := range engine.Periods(payee, mark.Days) {
				add(payee, period)
			}
		}
	}
	later, err := s.returning(ctx, engine, scope, marks)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(maybe, func(pair model.PayeePeriod, _ bool) bool { return seen[pair] })
	shown, err := s.Store.PublishedPairs(ctx, scope, slices.Collect(maps.Keys(maybe)), periods)
	if err != nil {
		return nil, err
	}
	for _, pair := range append(later, shown...) {
		add(pair.Payee, pair.Period)
	}
	pairs, err := s.withDependents(ctx, engine, scope, seen, add)
	return inOrder(engine, pairs), err
}

// returning gives the periods in which sales of the marks' days are returned, which
// take back nothing if their sale did not count; and, where they are paid back as they
// were paid and as what is left of them, those of sales in a window that the days
// bear on, or of which some came back on the days.
func (s *Service) returning(ctx context.Context, engine *calc.Engine, scope model.Scope, marks []store.Dirty) ([]model.PayeePeriod, error) {
	sold := make([]store.Sold, len(marks))
	for i, mark := range marks {
		sold[i] = store.Sold{Payee: mark.Payee, Days: mark.Days}
		if engine.TakesBack() {
			sold[i].Windows = engine.SoldWith(mark.Days)
		}
	}
	returns, err := s.Store.Returns(ctx, scope, sold)
	var out []model.PayeePeriod
	for _, r := range returns {
		for _, period := range engine.Periods(r.Payee, model.Interval{From: r.Date, To: r.Date.AddDays(1)}) {
			out = append(out, model.PayeePeriod{Payee: r.Payee, Period: period})
		}
	}
	return out, err
}

// withDependents adds those whose pay depends on what is calculated, those who
// depend on them, and so on, and gives all.
func (s *Service) withDependents(ctx context.Context, engine *calc.Engine, scope model.Scope, seen map[model.PayeePeriod]bool, add func(payee, period model.ID)) ([]model.PayeePeriod, error) {
	pairs := slices.Collect(maps.Keys(seen))
	for next := pairs; engine.Interdependent() && len(next) > 0; {
		var more []model.PayeePeriod
		take := func(readers []model.PayeePeriod) {
			for _, reader := range readers {
				if !seen[reader] {
					if add(reader.Payee, reader.Period); seen[reader] {
						more = append(more, reader)
					}
				}
			}
		}
		var marks []store.Dirty
		marked := map[model.PayeePeriod]bool{}
		for _, pair := range next {
			readers := engine.Dependents(pair.Payee, pair.Period)
			take(readers)
			for _, reader := range readers {
				if !marked[reader] {
					marked[reader] = true
					marks = append(marks, store.Dirty{Payee: &reader.Payee, Days: engine.Window(reader.Period)})
				}
			}
		}
		later, err := s.returning(ctx, engine, scope, marks)
		if err != nil {
			return nil, err
		}
		take(later)
		pairs, next = append(pairs, more...), more
	}
	return pairs, nil
}

func inOrder(engine *calc.Engine, pairs []model.PayeePeriod) []model.PayeePeriod {
	heights := map[model.ID]int{}
	for _, pair := range pairs {
		if _, known := heights[pair.Payee]; !known {
			heights[pair.Payee] = engine.Height(pair.Payee)
		}
	}
	slices.SortFunc(pairs, func(a, b model.PayeePeriod) int {
		return cmp.Or(cmp.Compare(heights[a.Payee], heights[b.Payee]), cmp.Compare(a.Payee.Key, b.Payee.Key), cmp.Compare(a.Period.Key, b.Period.Key))
	})
	return pairs
}
