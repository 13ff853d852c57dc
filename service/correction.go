package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// Corrections tells of a ledger's adjustments of one closed payout period what was
// booked before, what is booked with them, line by line, and why: one for each
// component that the scope reaches.
func (s *Service) Corrections(ctx context.Context, scope model.Scope, ledger *model.Balance, origin model.ID) ([]*model.Correction, error) {
	c := &correcting{s: s, all: model.Unbounded(scope.Tenant, scope.Read), d: &earningsDiff{s: s, scope: scope, payee: ledger.PayeeID}}
	before, now, err := c.sides(ctx, ledger, origin)
	if err != nil || before == nil {
		return nil, err
	}
	if err := c.see(ctx, origin, before, now); err != nil {
		return nil, err
	}
	causes, err := c.d.replayed(ctx, before, now)
	if err != nil {
		return nil, err
	}
	return c.each(causes), nil
}

// correcting is the work on the adjustments of one period.
type correcting struct {
	s       *Service
	all     model.Scope
	d       *earningsDiff
	results [2][]*model.Result // as booked before, and now
	cited   map[int64]*model.CreditFact
}

// sides reads what was booked of a period before a ledger, and what is with it;
// nil where nothing is adjusted.
func (c *correcting) sides(ctx context.Context, ledger *model.Balance, origin model.ID) (before, now *side, err error) {
	st := c.s.Store
	periods, err := st.PeriodsByID(ctx, c.all, []model.ID{ledger.PeriodID, origin})
	if err != nil || periods[ledger.PeriodID] == nil || periods[origin] == nil {
		return nil, nil, err
	}
	then := c.all
	if closed := periods[ledger.PeriodID].ClosedXID; closed != nil {
		then.Read.Horizon = *closed
	}
	restated, err := st.Restatements(ctx, then, ids(&ledger.PayeeID))
	at := slices.IndexFunc(restated, func(r store.Restatement) bool { return r.Period == origin })
	if err != nil || at < 0 {
		return nil, nil, err
	}
	r := restated[at]
	pairs := []store.RunPair{{Run: r.Now, Payee: r.Payee, Period: origin}}
	for _, run := range r.Booked {
		pairs = append(pairs, store.RunPair{Run: run, Payee: r.Payee, Period: origin})
	}
	found, err := st.ResultsOf(ctx, c.all, pairs)
	if err != nil {
		return nil, nil, err
	}
	byRun := map[model.ID][]*model.Result{}
	for _, one := range found {
		byRun[one.RunID] = append(byRun[one.RunID], one)
	}
	c.results = [2][]*model.Result{bookedResults(r.Booked, byRun), byRun[r.Now]}
	runs, err := st.RunsByID(ctx, c.all, append(slices.Clone(r.Booked), r.Now))
	if err != nil || runs[r.Now] == nil {
		return nil, nil, err
	}
	sides := [2]*side{}
	for i, results := range c.results {
		run := runs[r.Now]
		if i == 0 && len(r.Booked) > 0 {
			run = runs[r.Booked[0]]
		}
		sides[i] = &side{period: origin, inputs: model.ReadPoint{Horizon: run.Horizon, Sequence: run.Sequence}}
		if i == 0 && len(r.Booked) == 0 && periods[origin].ClosedXID != nil {
			sides[i].inputs = model.ReadPoint{Horizon: *periods[origin].ClosedXID}
		}
		sides[i].read = sides[i].inputs
		for _, one := range results {
			sides[i].earnings = append(sides[i].earnings, &model.Earning{
				PayeeID: one.PayeeID, PositionID: one.PositionID, PeriodID: one.PeriodID, ComponentID: one.ComponentID, PlanID: one.PlanID,
				ComponentKey: one.ComponentKey, ComponentName: one.ComponentName, Amount: one.Amount,
			})
		}
	}
	return sides[0], sides[1], c.readCited(ctx)
}

// bookedResults gives what was booked last, as calc.Booked does: of a component
// that had a problem in one run, what the run before says.
func bookedResults(newestFirst []model.ID, byRun map[model.ID][]*model.Result) []*model.Result {
	var out []*model.Result
	if len(newestFirst) == 0 {
		return nil
	}
	for _, r := range byRun[newestFirst[0]] {
		for _, older := range newestFirst[1:] {
			if r.Why != model.WhyProblem {
				break
			}
			at := slices.IndexFunc(byRun[older], func(o *model.Result) bool { return o.PositionID == r.PositionID && o.ComponentID == r.ComponentID })
			if at < 0 {
				break
			}
			r = byRun[older][at]
		}
		out = append(out, r)
	}
	return out
}

// readCited reads the facts that lines of both sides cite.
func (c *correcting) readCited(ctx context.Context) error {
	var numbers []int64
	for _, results := range c.results {
		for _, r := range results {
			for _, n := range r.Trace.Credits {
				if n > 0 {
					numbers = append(numbers, n)
				}
			}
		}
	}
	slices.Sort(numbers)
	found, err := c.s.Store.CreditFactsByID(ctx, c.all, slices.Compact(numbers))
	c.cited = map[int64]*model.CreditFact{}
	for _, some := range found {
		for i := range some {
			c.cited[some[i].Credit.ID.Int()] = &some[i]
		}
	}
	return err
}

// see finds the positions whose pay of the period who asks may see: the payee all.
func (c *correcting) see(ctx context.Context, origin model.ID, sides ...*side) error {
	d := c.d
	if d.scope.Reach.All {
		return nil
	}
	d.visible = map[model.ID]bool{}
	if d.scope.Reach.Payee != nil && *d.scope.Reach.Payee == d.payee.UUID() {
		for _, s := range sides {
			for _, e := range s.earnings {
				d.visible[e.PositionID] = true
			}
		}
		return nil
	}
	seen, err := c.s.Store.Earnings(ctx, d.scope, &model.EarningWhere{PayeeID: &model.IDFilter{Eq: &d.payee}, PeriodID: &model.IDFilter{Eq: &origin}})
	for _, e := range seen {
		d.visible[e.PositionID] = true
	}
	return err
}

// each lays out a correction for each component that is not what it was.
func (c *correcting) each(causes []*model.DiffOfCause) []*model.Correction {
	type of struct {
		position, plan model.ID
		key            string
		currency       model.CurrencyCode
	}
	found := map[of]*model.Correction{}
	out := []*model.Correction{}
	for i, results := range c.results {
		for _, r := range results {
			at := of{r.PositionID, r.PlanID, r.ComponentKey, r.Amount.Currency}
			if !c.d.sees(r.PositionID) {
				continue
			}
			if found[at] == nil {
				zero := model.Money{Currency: r.Amount.Currency}
				found[at] = &model.Correction{PositionID: r.PositionID, PlanID: r.PlanID, ComponentKey: r.ComponentKey, Before: zero, After: zero, Lines: []*model.CorrectionLine{}, Causes: []*model.DiffOfCause{}}
				out = append(out, found[at])
			}
			side := &found[at].Before
			if i == 1 {
				side = &found[at].After
			}
			side.Amount = side.Amount.Add(r.Amount.Amount)
			c.addLines(found[at], r, i == 1)
		}
	}
	for _, one := range out {
		one.Lines = slices.DeleteFunc(one.Lines, func(l *model.CorrectionLine) bool {
			return l.Before != nil && l.After != nil && l.Before.Amount.Equal(l.After.Amount)
		})
		slices.SortFunc(one.Lines, func(a, b *model.CorrectionLine) int {
			return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.ExternalID, b.ExternalID), cmp.Compare(activityNumber(a), activityNumber(b)))
		})
		for _, cause := range causes {
			parts := slices.DeleteFunc(slices.Clone(cause.Parts), func(p *model.DiffPart) bool {
				return p.PositionID != one.PositionID || p.PlanID != one.PlanID || p.ComponentKey != one.ComponentKey || p.Amount.Currency != one.Before.Currency
			})
			if len(parts) > 0 {
				one.Causes = append(one.Causes, &model.DiffOfCause{Cause: cause.Cause, Totals: model.ChangeOf(parts), Parts: parts, Changes: cause.Changes})
			}
		}
	}
	return out
}

func activityNumber(l *model.CorrectionLine) int64 {
	if l.ActivityID == nil {
		return 0
	}
	return l.ActivityID.Int()
}

// addLines adds a result's lines to a correction, summed by what they cite.
func (c *correcting) addLines(to *model.Correction, r *model.Result, now bool) {
	e := calc.Earning{Trace: unflatten(&r.Trace)}
	for _, line := range e.Lines() {
		next := &model.CorrectionLine{}
		switch fact := c.cited[line.Credit]; {
		case line.Credit < 0:
			_, next.ActivityID = calc.Cited(line.Credit)
		case fact != nil:
			next.TransactionID, next.Source, next.ExternalID = &fact.Transaction.ID, fact.Transaction.Source, fact.Transaction.ExternalID
		}
		at := slices.IndexFunc(to.Lines, func(l *model.CorrectionLine) bool {
			return l.Source == next.Source && l.ExternalID == next.ExternalID && activityNumber(l) == activityNumber(next)
		})
		if at < 0 {
			at, to.Lines = len(to.Lines), append(to.Lines, next)
		}
		side := &to.Lines[at].Before
		if now {
			side = &to.Lines[at].After
		}
		if *side == nil {
			*side = &model.Money{Amount: decimal.Zero, Currency: r.Amount.Currency}
		}
		(*side).Amount = (*side).Amount.Add(line.Amount)
	}
}

// maxCorrected bounds the closed periods whose adjustments a document gives causes
// for.
const maxCorrected = 12

// corrected tells of each closed period that a ledger adjusts what it is about; of
// none where there are too many.
func (s *Service) corrected(ctx context.Context, scope model.Scope, ledger *model.Balance) (map[model.ID][]*model.Correction, error) {
	var origins []model.ID
	for i := range ledger.Entries {
		if e := &ledger.Entries[i]; e.Movement == model.MovePrior && e.OriginID != nil && !slices.Contains(origins, *e.OriginID) {
			origins = append(origins, *e.OriginID)
		}
	}
	if len(origins) > maxCorrected {
		return nil, nil
	}
	out := map[model.ID][]*model.Correction{}
	for _, origin := range origins {
		all, err := s.Corrections(ctx, scope, ledger, origin)
		if err != nil {
			return nil, err
		}
		out[origin] = all
	}
	return out, nil
}

// causesInShort names the causes of a correction, with their amounts where there
// are several.
func causesInShort(c *model.Correction) string {
	if c == nil {
		return ""
	}
	var out []string
	for _, cause := range c.Causes {
		for _, m := range cause.Totals {
			text := causeWords[cause.Cause]
			if len(c.Causes) > 1 {
				text += " " + words(model.Money{Amount: m.Amount.Round(model.MinorUnits(m.Currency)), Currency: m.Currency})
			}
			out = append(out, text)
		}
	}
	return strings.Join(out, ", ")
}

// causeWords names causes of what comes late, on a statement.
var causeWords = map[model.DiffCause]string{
	model.DiffFX: "exchange rates", model.DiffHierarchy: "organisation", model.DiffDeal: "deals", model.DiffCredit: "crediting", model.DiffQuota: "quotas and targets",
	model.DiffRate: "rates", model.DiffPlan: "plan", model.DiffOther: "other set-up", model.DiffEngine: "recalculation",
}

// CorrectionOf finds what an entry of an adjustment is about.
func CorrectionOf(e *model.LedgerEntry, all []*model.Correction) *model.Correction {
	at := slices.IndexFunc(all, func(c *model.Correction) bool {
		return e.PositionID != nil && c.PositionID == *e.PositionID && e.PlanID != nil && c.PlanID == *e.PlanID && c.ComponentKey == e.Key && c.Before.Currency == e.Amount.Currency
	})
	if at < 0 {
		return nil
	}
	return all[at]
}
