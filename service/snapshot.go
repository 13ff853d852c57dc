package service

import (
	"context"
	"maps"
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/calc"
	"spm/model"
)

// DefaultSnapshotBytes is what the facts held in memory for what-ifs may take, of all
// tenants together, where the operator sets nothing.
const DefaultSnapshotBytes = 256 << 20

const (
	factBytes      = 1100             // of memory that a fact takes with its transaction, about
	attributeBytes = 100              // and each of its attributes
	resultBytes    = 400              // and what somebody earns of a component in a period
	snapshotPayees = 256              // whose facts are read at once
	tooLargePause  = 10 * time.Minute // until a tenant whose facts do not fit is tried again

	maxSnapshotPlaces = 1000 // tenants that are remembered, those whose facts are held apart
)

// Snapshots holds facts in memory for what-ifs: of a tenant those of whole fiscal
// years, read once, and brought up to the read point of each what-if by reading what
// changed since. Together they take no more than Most; the tenant that was asked for
// the longest ago gives way.
type Snapshots struct {
	// Most is how many bytes they may take; 0 holds none. It is set before anything
	// is served.
	Most int64

	mu   sync.Mutex
	kept map[uuid.UUID]*snapshotPlace
	uses int64
}

// snapshotPlace is a tenant's.
type snapshotPlace struct {
	reading chan struct{} // has room while nobody reads facts: others wait for them
	held    *snapshot     // nil: none; as what follows, guarded by Snapshots.mu
	used    int64
	refused time.Time // when they did not fit
}

// snapshot is the facts of a tenant on some days, as they were at a horizon. It
// never changes.
type snapshot struct {
	horizon int64
	days    model.Interval
	facts   map[model.ID][]model.CreditFact // by payee, in the order of their days
	bytes   int64
	now     earnedNow
}

// earnedNow is what payees earn in some periods as things are, by a snapshot: it is
// worked out once for all what-ifs of the same moment.
type earnedNow struct {
	mu      sync.Mutex
	engine  *calc.Engine
	periods []model.ID
	by      map[model.ID]sidePart
	bytes   int64
}

// of gives what was worked out of payees; false where that of one is missing.
func (n *earnedNow) of(engine *calc.Engine, periods []model.ID, payees []model.Payee) (out sidePart, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.engine != engine || !slices.Equal(n.periods, periods) {
		return sidePart{}, false
	}
	for i := range payees {
		one, is := n.by[payees[i].ID]
		if !is {
			return sidePart{}, false
		}
		out.results, out.problems = append(out.results, one.results...), append(out.problems, one.problems...)
	}
	return out, true
}

// keep keeps what was worked out of payees, in place of what is of another set-up or
// of other periods.
func (n *earnedNow) keep(engine *calc.Engine, periods []model.ID, payees []model.Payee, part sidePart) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.engine != engine || !slices.Equal(n.periods, periods) {
		n.engine, n.periods, n.by, n.bytes = engine, periods, map[model.ID]sidePart{}, 0
	}
	fresh := map[model.ID]sidePart{} // others may have worked out the same meanwhile
	for i := range payees {
		if _, known := n.by[payees[i].ID]; !known {
			fresh[payees[i].ID] = sidePart{}
		}
	}
	for _, r := range part.results {
		if one, is := fresh[r.payee]; is {
			one.results = append(one.results, r)
			fresh[r.payee] = one
			n.bytes += resultBytes
		}
	}
	for _, p := range part.problems {
		if one, is := fresh[p.PayeeID]; is {
			one.problems = append(one.problems, p)
			fresh[p.PayeeID] = one
			n.bytes += resultBytes
		}
	}
	maps.Copy(n.by, fresh)
}

func (n *earnedNow) size() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bytes
}

// covers tells whether it has the facts of the days.
func (s *snapshot) covers(days model.Interval) bool {
	return s != nil && s.days.From <= days.From && s.days.To >= days.To
}

// on gives the facts of payees on days that it covers. They are shared: whoever
// changes one copies it.
func (s *snapshot) on(payees []model.ID, days model.Interval) map[model.ID][]model.CreditFact {
	out := make(map[model.ID][]model.CreditFact, len(payees))
	for _, payee := range payees {
		all := s.facts[payee]
		from := sort.Search(len(all), func(i int) bool { return all[i].Credit.Date >= days.From })
		to := sort.Search(len(all), func(i int) bool { return all[i].Credit.Date >= days.To })
		if from < to {
			out[payee] = all[from:to:to]
		}
	}
	return out
}

// with gives the snapshot at a later horizon, with the facts of some payees in place
// of what it had of them.
func (s *snapshot) with(horizon int64, payees []model.ID, facts map[model.ID][]model.CreditFact) *snapshot {
	out := &snapshot{horizon: horizon, days: s.days, facts: s.facts, bytes: s.bytes}
	if len(payees) == 0 {
		return out
	}
	out.facts = make(map[model.ID][]model.CreditFact, len(s.facts)+len(payees))
	maps.Copy(out.facts, s.facts)
	for _, payee := range payees {
		out.bytes -= weight(out.facts[payee])
		delete(out.facts, payee)
		if all := facts[payee]; len(all) > 0 {
			slices.SortStableFunc(all, func(a, b model.CreditFact) int { return int(a.Credit.Date) - int(b.Credit.Date) })
			out.facts[payee] = all
			out.bytes += weight(all)
		}
	}
	return out
}

func weight(facts []model.CreditFact) (bytes int64) {
	for i := range facts {
		bytes += factBytes + attributeBytes*int64(len(facts[i].Transaction.Attributes))
	}
	return bytes
}

func (s *Snapshots) place(tenant uuid.UUID) *snapshotPlace {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		s.kept = map[uuid.UUID]*snapshotPlace{}
	}
	place := s.kept[tenant]
	if place == nil {
		if len(s.kept) >= maxSnapshotPlaces {
			maps.DeleteFunc(s.kept, func(_ uuid.UUID, p *snapshotPlace) bool { return p.held == nil })
		}
		place = &snapshotPlace{reading: make(chan struct{}, 1)}
		s.kept[tenant] = place
	}
	s.uses++
	place.used = s.uses
	return place
}

// put keeps a tenant's snapshot, and drops those used the longest ago until all fit.
func (s *Snapshots) put(place *snapshotPlace, held *snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place.held = held
	s.trim()
}

// fit drops what was used the longest ago until all fits.
func (s *Snapshots) fit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trim()
}

// trim is fit; s.mu is held.
func (s *Snapshots) trim() {
	for {
		var total int64
		var last *snapshotPlace
		for _, one := range s.kept {
			if one.held == nil {
				continue
			}
			total += one.held.bytes + one.held.now.size()
			if last == nil || one.used < last.used {
				last = one
			}
		}
		if total <= s.Most || last == nil {
			return
		}
		last.held = nil
	}
}

// Held is how many bytes the facts take that are held now, about.
func (s *Snapshots) Held() (bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.kept {
		if one.held != nil {
			bytes += one.held.bytes + one.held.now.size()
		}
	}
	return bytes
}

func (s *Snapshots) state(place *snapshotPlace) (*snapshot, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return place.held, place.refused
}

func (s *Snapshots) refuse(place *snapshotPlace, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place.refused, place.held = at, nil
}

// snapshot gives the tenant's facts of the fiscal years that the periods are in, as
// they were at the scope's read point; nil where they are not held: they do not fit,
// or others hold a later state of them. Then they are read as they are needed.
func (s *Service) snapshot(ctx context.Context, scope model.Scope, book *calc.Book, periods []model.ID) (*snapshot, error) {
	if s.Snapshots.Most <= 0 {
		return nil, nil
	}
	days := fiscalYears(book, periods)
	place := s.Snapshots.place(scope.Tenant)
	select {
	case place.reading <- struct{}{}:
		defer func() { <-place.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	held, refused := s.Snapshots.state(place)
	switch {
	case held != nil && held.horizon > scope.Read.Horizon, held == nil && s.Now().Sub(refused) < tooLargePause:
		return nil, nil
	case held.covers(days) && held.horizon == scope.Read.Horizon:
		return held, nil
	}
	next, err := s.refreshed(ctx, scope, held, days)
	if err != nil {
		return nil, err
	}
	if next == nil {
		if held != nil { // both years at once
			days = model.Interval{From: min(days.From, held.days.From), To: max(days.To, held.days.To)}
		}
		if next, err = s.readSnapshot(ctx, scope, book, days); err != nil {
			return nil, err
		}
	}
	if next == nil || next.bytes > s.Snapshots.Most {
		s.Snapshots.refuse(place, s.Now())
		return nil, nil
	}
	s.Snapshots.put(place, next)
	return next, nil
}

// refreshed brings a snapshot up to the scope's read point; nil where it lacks days,
// or where what changed may have changed any fact.
func (s *Service) refreshed(ctx context.Context, scope model.Scope, held *snapshot, days model.Interval) (*snapshot, error) {
	if !held.covers(days) {
		return nil, nil
	}
	whole := model.Unbounded(scope.Tenant, scope.Read)
	setup, err := s.Store.SetupObjects(ctx, whole, held.horizon)
	if err != nil {
		return nil, err
	}
	for _, kind := range []model.Kind{model.KindTransactionKind, model.KindCreditingRule} { // facts say the role of the one and the key of the other
		if _, changed := setup[kind]; changed {
			return nil, nil
		}
	}
	touched, err := s.Store.FactsTouched(ctx, whole, held.horizon, held.days)
	if err != nil {
		return nil, err
	}
	out := held.with(scope.Read.Horizon, nil, nil)
	for some := range slices.Chunk(touched, snapshotPayees) {
		facts, err := s.Store.CreditFacts(ctx, whole, some, held.days)
		if err != nil {
			return nil, err
		}
		out = out.with(scope.Read.Horizon, some, facts)
	}
	return out, nil
}

// readSnapshot reads all facts of the days; nil where they do not fit.
func (s *Service) readSnapshot(ctx context.Context, scope model.Scope, book *calc.Book, days model.Interval) (*snapshot, error) {
	out := &snapshot{horizon: scope.Read.Horizon, days: days, facts: map[model.ID][]model.CreditFact{}}
	payees := make([]model.ID, len(book.Payees))
	for i := range book.Payees {
		payees[i] = book.Payees[i].ID
	}
	for some := range slices.Chunk(payees, snapshotPayees) {
		facts, err := s.Store.CreditFacts(ctx, model.Unbounded(scope.Tenant, scope.Read), some, days)
		if err != nil {
			return nil, err
		}
		for payee, all := range facts {
			slices.SortStableFunc(all, func(a, b model.CreditFact) int { return int(a.Credit.Date) - int(b.Credit.Date) })
			out.facts[payee] = all
			out.bytes += weight(all)
		}
		if out.bytes > s.Snapshots.Most {
			return nil, nil
		}
	}
	return out, nil
}

// fiscalYears are the days of the fiscal years that the periods lie in.
func fiscalYears(book *calc.Book, periods []model.ID) model.Interval {
	days := model.Interval{From: model.MaxDate, To: model.MinDate}
	for i := range book.Periods {
		p := &book.Periods[i]
		if !slices.Contains(periods, p.ID) {
			continue
		}
		days = model.Interval{From: min(days.From, p.Days.From), To: max(days.To, p.Days.To)}
		for j := range book.Periods {
			if y := &book.Periods[j]; y.Type == model.PeriodYear && y.CalendarID == p.CalendarID && y.Days.From <= p.Days.From && y.Days.To >= p.Days.To {
				days = model.Interval{From: min(days.From, y.Days.From), To: max(days.To, y.Days.To)}
			}
		}
	}
	return days
}
