package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// EarningsDiffInput is one of two questions.
type EarningsDiffInput struct {
	Moments *EarningsDiffMomentsInput
	Periods *EarningsDiffPeriodsInput
}

// EarningsDiffMomentsInput asks what has changed a period's earnings between two
// moments of what was known.
type EarningsDiffMomentsInput struct {
	PayeeID  *model.ID // nil: the caller's own
	PeriodID model.ID
	From     MomentInput
	To       *MomentInput // nil: now
}

// MomentInput names a moment in one of two ways.
type MomentInput struct {
	AsOf     *time.Time
	Sequence *int64
}

// EarningsDiffPeriodsInput asks why a period's earnings are others than those of
// an earlier one.
type EarningsDiffPeriodsInput struct {
	PayeeID        *model.ID // nil: the caller's own
	PeriodID       model.ID
	ComparedWithID model.ID
}

// EarningsDiff answers by how much, and why, what a payee earns differs between
// two moments or two periods, as far as the scope reaches; nil where it reaches
// nothing of either.
func (s *Service) EarningsDiff(ctx context.Context, scope model.Scope, own *model.ID, in EarningsDiffInput) (*model.EarningsDiff, error) {
	if (in.Moments == nil) == (in.Periods == nil) {
		return nil, model.Errorf(model.BadUserInput, "give one of moments and periods")
	}
	payee := own
	if in.Moments != nil && in.Moments.PayeeID != nil {
		payee = in.Moments.PayeeID
	}
	if in.Periods != nil && in.Periods.PayeeID != nil {
		payee = in.Periods.PayeeID
	}
	if payee == nil || payee.Kind != model.KindPayee {
		return nil, nil
	}
	known, err := s.Store.PayeesByID(ctx, scope, []model.ID{*payee})
	if err != nil || known[*payee] == nil {
		return nil, err
	}
	d := &earningsDiff{s: s, scope: scope, payee: *payee}
	if in.Moments != nil {
		return d.moments(ctx, in.Moments)
	}
	return d.periods(ctx, in.Periods)
}

// earningsDiff is the work on one question.
type earningsDiff struct {
	s       *Service
	scope   model.Scope
	payee   model.ID
	visible map[model.ID]bool // positions whose pay who asks may see; nil: all
}

// side is a result with the moment that it is read at, and that of its inputs.
type side struct {
	period   model.ID
	read     model.ReadPoint
	inputs   model.ReadPoint
	earnings []*model.Earning
}

// readSide reads the payee's earnings of a period at a moment, and adds to what
// is visible.
func (d *earningsDiff) readSide(ctx context.Context, period model.ID, at model.ReadPoint) (*side, error) {
	out := &side{period: period, read: at, inputs: at}
	where := &model.EarningWhere{PayeeID: &model.IDFilter{Eq: &d.payee}, PeriodID: &model.IDFilter{Eq: &period}}
	all, err := d.s.Store.Earnings(ctx, model.Unbounded(d.scope.Tenant, at), where)
	if err != nil {
		return nil, err
	}
	out.earnings = all
	if len(all) > 0 {
		runs, err := d.s.Store.RunsByID(ctx, model.Unbounded(d.scope.Tenant, at), []model.ID{all[0].RunID})
		if err != nil {
			return nil, err
		}
		if run := runs[all[0].RunID]; run != nil {
			out.inputs = model.ReadPoint{Horizon: run.Horizon, Sequence: run.Sequence}
		}
	}
	if d.scope.Reach.All {
		return out, nil
	}
	scope := d.scope
	scope.Read = at
	seen, err := d.s.Store.Earnings(ctx, scope, where)
	if d.visible == nil {
		d.visible = map[model.ID]bool{}
	}
	for _, e := range seen {
		d.visible[e.PositionID] = true
	}
	return out, err
}

func (d *earningsDiff) sees(position model.ID) bool {
	return d.scope.Reach.All || d.visible[position]
}

// seen keeps the parts that who asks may see.
func (d *earningsDiff) seen(parts []*model.DiffPart) []*model.DiffPart {
	return slices.DeleteFunc(parts, func(p *model.DiffPart) bool { return !d.sees(p.PositionID) })
}

func partsOf(earnings []*model.Earning) []*model.DiffPart {
	out := make([]*model.DiffPart, len(earnings))
	for i, e := range earnings {
		out[i] = &model.DiffPart{PositionID: e.PositionID, PlanID: e.PlanID, ComponentKey: e.ComponentKey, ComponentName: e.ComponentName, Amount: e.Amount}
	}
	return out
}

// answer lays out two sides and the causes of their difference.
func (d *earningsDiff) answer(from, to *side, causes []*model.DiffOfCause) *model.EarningsDiff {
	now, before := d.seen(partsOf(to.earnings)), d.seen(partsOf(from.earnings))
	out := &model.EarningsDiff{PayeeID: d.payee, From: sideOf(from, before), To: sideOf(to, now), Change: model.ChangeOf(minus(now, before)), Causes: causes}
	return out
}

func sideOf(s *side, parts []*model.DiffPart) model.DiffSide {
	out := model.DiffSide{PeriodID: s.period, Sequence: s.read.Sequence, Totals: model.ChangeOf(parts)}
	if !s.read.At.IsZero() {
		at := s.read.At.UTC()
		out.At = &at
	}
	return out
}

// minus gives parts with those before taken off, a part for each.
func minus(now, before []*model.DiffPart) []*model.DiffPart {
	out := slices.Clone(now)
	for _, p := range before {
		taken := *p
		taken.Amount.Amount = taken.Amount.Amount.Neg()
		out = append(out, &taken)
	}
	return out
}

// merged sums parts of one component, position and currency, and leaves out what
// comes to 0.
func merged(parts []*model.DiffPart) []*model.DiffPart {
	type key struct {
		position, plan model.ID
		component      string
		currency       model.CurrencyCode
	}
	sums := map[key]*model.DiffPart{}
	for _, p := range parts {
		k := key{p.PositionID, p.PlanID, p.ComponentKey, p.Amount.Currency}
		if sums[k] == nil {
			sum := *p
			sum.Amount.Amount = decimal.Zero
			sums[k] = &sum
		}
		sums[k].Amount.Amount = sums[k].Amount.Amount.Add(p.Amount.Amount)
	}
	out := make([]*model.DiffPart, 0, len(sums))
	for _, p := range sums {
		if !p.Amount.Amount.IsZero() {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, calc.CompareParts)
	return out
}

// moments splits the change between two moments by replaying it.
func (d *earningsDiff) moments(ctx context.Context, in *EarningsDiffMomentsInput) (*model.EarningsDiff, error) {
	from, err := d.moment(ctx, &in.From)
	if err != nil {
		return nil, err
	}
	to := d.scope.Read
	if in.To != nil {
		if to, err = d.moment(ctx, in.To); err != nil {
			return nil, err
		}
	}
	before, err := d.readSide(ctx, in.PeriodID, from)
	if err != nil {
		return nil, err
	}
	now, err := d.readSide(ctx, in.PeriodID, to)
	if err != nil || len(d.visible) == 0 && !d.scope.Reach.All || len(before.earnings)+len(now.earnings) == 0 {
		return nil, err
	}
	causes, err := d.replayed(ctx, before, now)
	if err != nil {
		return nil, err
	}
	return d.answer(before, now, causes), nil
}

// moment gives the read point that is named.
func (d *earningsDiff) moment(ctx context.Context, in *MomentInput) (model.ReadPoint, error) {
	switch {
	case (in.AsOf == nil) == (in.Sequence == nil):
		return model.ReadPoint{}, model.Errorf(model.BadUserInput, "give one of asOf and sequence")
	case in.AsOf != nil:
		return d.s.Store.ReadPoint(ctx, d.scope.Tenant, in.AsOf)
	}
	return d.s.Store.ReadPointAt(ctx, d.scope.Tenant, *in.Sequence)
}

// replayed gives the causes of the change between two results of one period. What
// the results differ by from what this engine gives is of the cause ENGINE.
func (d *earningsDiff) replayed(ctx context.Context, before, now *side) ([]*model.DiffOfCause, error) {
	books, err := d.books(ctx, before.inputs, now.inputs)
	if err != nil {
		return nil, err
	}
	f := &replayFacts{ctx: ctx, d: d, old: before.inputs, now: now.inputs, classes: map[int64]model.DiffCause{}, kept: map[string][2][]calc.CreditFact{}}
	if err := f.readRules(); err != nil {
		return nil, err
	}
	was, is, steps, err := calc.Replay(calc.Moment{Book: *books[0], Facts: oldFacts{f}}, calc.Moment{Book: *books[1], Facts: newFacts{f}}, f.of, d.payee, before.period)
	if err = cmp.Or(f.err, err); err != nil {
		return nil, err
	}
	engine := append(minus(partsOf(now.earnings), partsOf(before.earnings)), minus(was, is)...)
	if rest := merged(engine); len(rest) > 0 {
		steps = append(steps, calc.Increment{Cause: model.DiffEngine, Parts: rest})
	}
	evidence := &diffEvidence{d: d, old: books[0], now: books[1], facts: f}
	var out []*model.DiffOfCause
	for _, step := range steps {
		if parts := d.seen(step.Parts); len(parts) > 0 {
			out = append(out, &model.DiffOfCause{Cause: step.Cause, Totals: model.ChangeOf(parts), Parts: parts, Changes: evidence.of(step.Cause)})
		}
	}
	return out, nil
}

// books gives the set-up at both moments: the newest one, taken back by what has
// changed since.
func (d *earningsDiff) books(ctx context.Context, old, now model.ReadPoint) (out [2]*calc.Book, err error) {
	newest := d.scope.Read
	_, book, err := d.s.engine(ctx, d.scope.Tenant, newest)
	if err != nil {
		return out, err
	}
	for i, at := range []model.ReadPoint{old, now} {
		if out[i], err = d.s.bookBack(ctx, model.Unbounded(d.scope.Tenant, newest), book, at); err != nil {
			return out, err
		}
	}
	return out, nil
}

// bookBack gives the set-up of an earlier moment, by that of a later one.
func (s *Service) bookBack(ctx context.Context, later model.Scope, book *calc.Book, at model.ReadPoint) (*calc.Book, error) {
	if at.Horizon >= later.Read.Horizon {
		return book, nil
	}
	changed, err := s.Store.SetupObjects(ctx, later, at.Horizon)
	if err != nil {
		return nil, err
	}
	return s.readDelta(ctx, book, &delta{scope: model.Unbounded(later.Tenant, at), known: true, changed: changed})
}
