package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
	"golang.org/x/sync/errgroup"

	"spm/calc"
	"spm/model"
)

// ImpactSums is what some payees earn in all, by currency, and how many of them
// come off how.
type ImpactSums struct {
	Totals []*ImpactTotal
	Gain   int
	Lose   int
	Stay   int
}

// impactWorkers is how many goroutines calculate one what-if.
const impactWorkers = 2

// comparison is what is earned in some payout periods as things are, beside what
// would be. Both sides are calculated by the engine, of the same facts.
type comparison struct {
	scope     model.Scope
	now, then *calc.Engine
	facts     *overlay  // laid over those of then
	memory    *snapshot // of facts; nil: they are read
	periods   []model.ID
	shows     func(*ImpactLine) bool // nil: all lines
}

// payoutsWithin lists the payout periods within some periods, in the set-up of any
// of the engines.
func payoutsWithin(periods []model.ID, engines ...*calc.Engine) ([]model.ID, error) {
	var out []model.ID
	for _, period := range periods {
		for _, engine := range engines {
			for _, within := range engine.PayoutPeriodsWithin(period) {
				if !slices.Contains(out, within) {
					out = append(out, within)
				}
			}
		}
	}
	if len(out) > maxImpactPayouts {
		return nil, model.Errorf(model.BadUserInput, "the periods have %d payout periods within them, over %d: ask for shorter ones", len(out), maxImpactPayouts)
	}
	return out, nil
}

// cutPayees keeps a page's payees.
func cutPayees(payees []model.Payee, page model.PageArgs) ([]model.Payee, *model.PageInfo, error) {
	size := or(page.First, model.DefaultPage)
	if size < 0 || size > model.MaxPage {
		return nil, nil, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", model.MaxPage)
	}
	from := 0
	if page.After != nil {
		id, err := model.ParseID(string(*page.After))
		at := slices.IndexFunc(payees, func(p model.Payee) bool { return p.ID == id })
		if err != nil || at < 0 {
			return nil, nil, model.Errorf(model.BadUserInput, "not a cursor of this list")
		}
		from = at + 1
	}
	to := min(from+size, len(payees))
	info := &model.PageInfo{HasPreviousPage: from > 0, HasNextPage: to < len(payees)}
	if payees = payees[from:to]; len(payees) > 0 {
		start, end := model.Cursor(payees[0].ID.String()), model.Cursor(payees[len(payees)-1].ID.String())
		info.StartCursor, info.EndCursor = &start, &end
	}
	return payees, info, nil
}

// everyone is a company whose members are all calculated, none read as readers
// see them.
type everyone struct{ *company }

// Earned knows nobody's.
func (everyone) Earned([]model.ID, model.ID) map[model.ID][]calc.Earned { return nil }

// oneSide calculates one side of a comparison, in one goroutine. It remembers what
// others than the payees in hand have earned.
type oneSide struct {
	engine *calc.Engine
	task   task
	others *company
	run    *calc.Run
}

func (s *Service) side(ctx context.Context, c *comparison, engine *calc.Engine, facts *overlay) *oneSide {
	out := &oneSide{engine: engine, task: task{tenant: c.scope.Tenant, at: c.scope.Read, engine: engine, facts: facts, memory: c.memory, trial: true}}
	out.others = s.company(ctx, out.task)
	out.run = engine.Begin(everyone{out.others})
	return out
}

// earnSide calculates some payees on one side.
func (s *Service) earnSide(ctx context.Context, side *oneSide, periods []model.ID, payees []model.Payee) (sidePart, error) {
	memory := side.task.memory
	kept := memory != nil && side.task.facts == nil // as things are
	if kept {
		if known, is := memory.now.of(side.engine, periods, payees); is {
			return known, nil
		}
	}
	pairs := make([]model.PayeePeriod, 0, len(payees)*len(periods))
	for i := range payees {
		for _, period := range periods {
			pairs = append(pairs, model.PayeePeriod{Payee: payees[i].ID, Period: period})
		}
	}
	earned, _, err := s.earn(ctx, side.task, side.run, groupByPayee(inOrder(side.engine, pairs)))
	if err = cmp.Or(side.others.err, err); err != nil {
		return sidePart{}, err
	}
	out := sidePart{results: make([]sideResult, len(earned.results)), problems: earned.problems}
	for i := range earned.results {
		r := &earned.results[i]
		out.results[i] = sideResult{r.PayeeID, r.PeriodID, r.PositionID, r.PlanID, r.ComponentKey, r.ComponentName, r.Amount}
	}
	if kept {
		memory.now.keep(side.engine, periods, payees, out)
	}
	return out, nil
}

// sidePart is what some payees earn on one side of a comparison.
type sidePart struct {
	results  []sideResult
	problems []model.Problem
}

// sideResult is an earning without its explanation.
type sideResult struct {
	payee, period, position, plan model.ID
	key, name                     string
	amount                        model.Money
}

// compareAll compares payees, and gives them in their order.
func (s *Service) compareAll(ctx context.Context, c *comparison, payees []model.Payee) ([]*PayeeImpact, []*ImpactProblem, error) {
	out, problems := make([]*PayeeImpact, 0, len(payees)), []*ImpactProblem{}
	err := s.compareChunks(ctx, c, payees, func(some []*PayeeImpact, wrong []*ImpactProblem) {
		out, problems = append(out, some...), append(problems, wrong...)
	})
	return out, problems, err
}

// compareChunks compares payees a chunk at a time, and gives each chunk to take,
// in order.
func (s *Service) compareChunks(ctx context.Context, c *comparison, payees []model.Payee, take func([]*PayeeImpact, []*ImpactProblem)) error {
	chunks := slices.Collect(slices.Chunk(payees, chunkPayees))
	type done struct {
		payees   []*PayeeImpact
		problems []*ImpactProblem
	}
	for len(chunks) > 0 {
		const round = 16 * impactWorkers // chunks that are held at once
		some := chunks[:min(round, len(chunks))]
		chunks = chunks[len(some):]
		results := make([]done, len(some))
		group, working := errgroup.WithContext(ctx)
		for worker := range impactWorkers {
			group.Go(func() error {
				sides := []*oneSide{s.side(working, c, c.now, nil), s.side(working, c, c.then, c.facts)}
				for i := worker; i < len(some); i += impactWorkers {
					var err error
					if results[i].payees, results[i].problems, err = s.compare(working, c, sides, some[i]); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return err
		}
		for _, r := range results {
			take(r.payees, r.problems)
		}
	}
	return nil
}

type impactKey struct {
	payee, period, position, plan model.ID
	component                     string
	currency                      model.CurrencyCode // what is paid in another is another line: currencies are never netted
}

// compare calculates some payees both ways.
func (s *Service) compare(ctx context.Context, c *comparison, sides []*oneSide, payees []model.Payee) ([]*PayeeImpact, []*ImpactProblem, error) {
	lines, of, problems := map[impactKey]*ImpactLine{}, map[model.ID][]*ImpactLine{}, []*ImpactProblem(nil)
	for at, side := range sides {
		earned, err := s.earnSide(ctx, side, c.periods, payees)
		if err != nil {
			return nil, nil, err
		}
		for i := range earned.results {
			r := &earned.results[i]
			key := impactKey{r.payee, r.period, r.position, r.plan, r.key, r.amount.Currency}
			line := lines[key]
			if line == nil {
				line = &ImpactLine{
					PeriodID: r.period, PositionID: r.position, PlanID: r.plan, ComponentKey: r.key,
					Difference: model.Money{Currency: r.amount.Currency},
				}
				lines[key], of[r.payee] = line, append(of[r.payee], line)
			}
			line.ComponentName = r.name
			if at == 0 {
				line.Now, line.Difference.Amount = &r.amount, line.Difference.Amount.Sub(r.amount.Amount)
			} else {
				line.Then, line.Difference.Amount = &r.amount, line.Difference.Amount.Add(r.amount.Amount)
			}
		}
		for _, p := range earned.problems {
			problems = append(problems, &ImpactProblem{p, at == 1})
		}
	}
	places := map[model.ID]int{}
	for at, period := range c.periods {
		places[period] = at
	}
	out := make([]*PayeeImpact, len(payees))
	for i := range payees {
		own := &PayeeImpact{PayeeID: payees[i].ID, Lines: []*ImpactLine{}}
		for _, line := range of[own.PayeeID] {
			if c.shows == nil || c.shows(line) {
				own.Lines = append(own.Lines, line)
			}
		}
		slices.SortStableFunc(own.Lines, func(a, b *ImpactLine) int {
			return cmp.Or(cmp.Compare(places[a.PeriodID], places[b.PeriodID]), strings.Compare(a.ComponentKey, b.ComponentKey))
		})
		own.sum()
		out[i] = own
	}
	return out, problems, nil
}

// sum fills in the totals of a payee. Who earns less in some currency loses.
func (p *PayeeImpact) sum() {
	p.Totals, p.Change = []*ImpactTotal{}, ImpactStays
	for _, line := range p.Lines {
		p.Totals = add(p.Totals, line.Now, line.Then, line.Difference)
	}
	for _, total := range p.Totals {
		switch total.Difference.Amount.Sign() {
		case -1:
			p.Change = ImpactLoses
		case 1:
			if p.Change == ImpactStays {
				p.Change = ImpactGains
			}
		}
	}
}

// differs tells whether some line would be another.
func (p *PayeeImpact) differs() bool {
	return slices.ContainsFunc(p.Lines, func(line *ImpactLine) bool {
		return (line.Now == nil) != (line.Then == nil) || !line.Difference.Amount.IsZero()
	})
}

// sumOf sums up payees.
func sumOf(payees []*PayeeImpact) ImpactSums {
	out := ImpactSums{Totals: []*ImpactTotal{}}
	for _, p := range payees {
		out.take(p)
	}
	return out
}

// take adds a payee.
func (s *ImpactSums) take(p *PayeeImpact) {
	for _, t := range p.Totals {
		s.Totals = add(s.Totals, &t.Now, &t.Then, t.Difference)
	}
	switch p.Change {
	case ImpactGains:
		s.Gain++
	case ImpactLoses:
		s.Lose++
	default:
		s.Stay++
	}
}

func add(totals []*ImpactTotal, now, then *model.Money, difference model.Money) []*ImpactTotal {
	at := slices.IndexFunc(totals, func(t *ImpactTotal) bool { return t.Now.Currency == difference.Currency })
	if at < 0 {
		none := model.Money{Amount: decimal.Zero, Currency: difference.Currency}
		at, totals = len(totals), append(totals, &ImpactTotal{none, none, none})
	}
	t := totals[at]
	if now != nil {
		t.Now.Amount = t.Now.Amount.Add(now.Amount)
	}
	if then != nil {
		t.Then.Amount = t.Then.Amount.Add(then.Amount)
	}
	t.Difference.Amount = t.Difference.Amount.Add(difference.Amount)
	return totals
}
