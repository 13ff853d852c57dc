package service

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
)

// FollowEarningsInput says whose earnings somebody follows; at most one of
// payee, position and subtree. Without any it is all that the caller may see.
type FollowEarningsInput struct {
	Payee     *model.ID
	Position  *model.ID
	SubtreeOf *model.ID // the payee whose positions' subtree, and whose own earnings, are meant
	After     *int64    // the sequence that the caller has heard of last; now where nil
}

// EarningsFollower reads one event after the other.
type EarningsFollower struct {
	watch  *watch
	input  FollowEarningsInput
	wanted model.Reach // what the input asks for
	waits  *Interest
	asOf   int // the watch's lookups when these were made
}

// watch is what every follower in the graph has: a place in the feed, and a
// session that is looked up anew where rights may have changed.
type watch struct {
	service  *Service
	follower *Follower
	session  *auth.Session
	do       auth.Permission
	asked    time.Time // when the caller's rights were looked up last
	rights   int64     // the sequence that they were looked up at
	lookups  int
}

// rightsPatience is how long rights are taken to be what they were where no
// change of them was sealed: the business day moves on without one.
const rightsPatience = time.Minute

func (s *Service) watch(ctx context.Context, do auth.Permission, after *int64) (*watch, error) {
	session := auth.SessionOf(ctx)
	if err := session.Allow(do); err != nil {
		return nil, err
	}
	now, tenant := session.ReadPoint(), session.Principal.Tenant
	from := now
	if after != nil {
		point, err := s.Store.SealOf(ctx, tenant, *after)
		if err != nil {
			return nil, err
		}
		if point == nil {
			return nil, model.Errorf(model.BadUserInput, "after: there is no sequence %d", *after)
		}
		from = *point
	}
	return &watch{service: s, follower: s.Feed.Follow(ctx, tenant, from, now), session: session, do: do, asked: s.Now(), rights: now.Sequence}, nil
}

// next waits for the next batch, and gives a session that reads it. Where the
// caller's token or right has ended it fails with UNAUTHENTICATED or FORBIDDEN.
func (w *watch) next(ctx context.Context, interest *Interest) (*Batch, *auth.Session, error) {
	batch, err := w.batch(ctx, interest)
	if err != nil {
		return nil, nil, err
	}
	session, err := again(ctx, w, func(ctx context.Context) (*auth.Session, error) {
		if err := w.ask(ctx); err != nil {
			return nil, err
		}
		return w.session.At(ctx, batch.Read)
	})
	return batch, session, err
}

// batch waits for the next batch, of an API key or by a delegation no longer than
// it is let in:
// that may be shorter than it was at first, and nothing happen meanwhile.
func (w *watch) batch(ctx context.Context, interest *Interest) (*Batch, error) {
	waiting := ctx
	if who := w.session.Principal; who.Key != nil || who.For != nil {
		var done context.CancelFunc
		waiting, done = context.WithDeadline(ctx, who.Expires)
		defer done()
	}
	batch, err := again(waiting, w, func(ctx context.Context) (*Batch, error) { return w.follower.Next(ctx, interest) })
	if err != nil && ctx.Err() == nil && waiting.Err() != nil {
		return nil, expired(w.session.Principal)
	}
	return batch, err
}

// expired says that the time of whoever follows is over.
func expired(who *auth.Principal) error {
	if who.For != nil {
		return model.Errorf(model.Unauthenticated, "the token or the delegation has expired")
	}
	return model.Errorf(model.Unauthenticated, "the token has expired")
}

// again reads until it succeeds, is refused for a reason that stays, or ctx ends, so that a
// database that restarts ends no subscription.
func again[T any](ctx context.Context, w *watch, read func(context.Context) (T, error)) (T, error) {
	for {
		found, err := read(ctx)
		refused := slices.Contains([]model.ErrorCode{model.Unauthenticated, model.Forbidden, model.BadUserInput}, model.CodeOf(err))
		if err == nil || refused || ctx.Err() != nil {
			return found, err
		}
		w.service.Log.WarnContext(ctx, "reading for a subscription failed, trying again", "error", err)
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-time.After(feedPoll):
		}
	}
}

// stale tells that the caller's rights are to be looked up anew, whatever was sealed,
// or have ended.
func (w *watch) stale() bool {
	now, expires := w.service.Now(), w.session.Principal.Expires
	return now.Sub(w.asked) >= rightsPatience || !expires.IsZero() && now.After(expires)
}

// ask looks the caller's rights up where they may have changed. They are those
// of now, however far behind the follower is.
func (w *watch) ask(ctx context.Context) error {
	who, now := w.session.Principal, w.service.Now()
	if !who.Expires.IsZero() && now.After(who.Expires) {
		return expired(who)
	}
	if w.follower.Rights() <= w.rights && !w.stale() {
		return nil
	}
	session, err := w.service.sessionOf(ctx, *who)
	if err != nil {
		return err
	}
	w.session, w.asked, w.rights = session, now, session.ReadPoint().Sequence
	w.lookups++
	return w.session.Allow(w.do)
}

// FollowEarnings follows what recalculation makes of earnings, until ctx ends.
func (s *Service) FollowEarnings(ctx context.Context, input FollowEarningsInput) (*EarningsFollower, error) {
	given := 0
	for _, one := range []struct {
		name string
		id   *model.ID
		kind model.Kind
	}{{"payeeId", input.Payee, model.KindPayee}, {"positionId", input.Position, model.KindPosition}, {"subtreeOf", input.SubtreeOf, model.KindPayee}} {
		if one.id == nil {
			continue
		}
		if one.id.Kind != one.kind {
			return nil, model.Errorf(model.BadUserInput, "%s: this is not the id of a %s", one.name, one.kind)
		}
		given++
	}
	if given > 1 {
		return nil, model.Errorf(model.BadUserInput, "give one of payeeId, positionId and subtreeOf")
	}
	watch, err := s.watch(ctx, auth.EarningRead, input.After)
	return &EarningsFollower{watch: watch, input: input, asOf: -1}, err
}

// Next waits for the next event that has something for the caller, and gives
// a session that reads the moment of the event.
func (f *EarningsFollower) Next(ctx context.Context) (*model.EarningsChangedEvent, *auth.Session, error) {
	for {
		if _, err := again(ctx, f.watch, f.look); err != nil {
			return nil, nil, err
		}
		batch, session, err := f.watch.next(ctx, f.waits)
		if err != nil {
			return nil, nil, err
		}
		if len(batch.Earnings) == 0 {
			continue
		}
		changes, err := again(ctx, f.watch, func(ctx context.Context) ([]*model.EarningChange, error) {
			return f.within(ctx, batch.Earnings)
		})
		if err != nil {
			return nil, nil, err
		}
		if len(changes) > 0 {
			return &model.EarningsChangedEvent{Sequence: batch.Read.Sequence, At: batch.Read.At, Changes: changes}, session, nil
		}
	}
}

// look finds out what the caller wants, and gives the caller's reach, by the rights
// that were looked up last.
func (f *EarningsFollower) look(ctx context.Context) (model.Reach, error) {
	session := f.watch.session
	scope, err := session.Scope(ctx, auth.EarningRead)
	if err != nil || f.asOf == f.watch.lookups {
		return scope.Reach, err
	}
	wanted := model.Reach{}
	switch in := f.input; {
	case in.Payee != nil:
		payee := in.Payee.UUID()
		wanted.Payee = &payee
	case in.Position != nil:
		wanted.Subtree = []model.PositionSpan{{Position: in.Position.UUID(), Days: model.Always}}
	case in.SubtreeOf != nil:
		payee := in.SubtreeOf.UUID()
		wanted.Payee = &payee
		if wanted.Subtree, err = f.watch.service.Subtree(ctx, model.Unbounded(scope.Tenant, session.ReadPoint()), *in.SubtreeOf, scope.Reach.Today); err != nil {
			return scope.Reach, fmt.Errorf("the subtree: %w", err)
		}
	default:
		wanted.All = true
	}
	waits := wanted
	if wanted.All {
		waits = scope.Reach
	}
	f.wanted, f.waits, f.asOf = wanted, &Interest{Earnings: waits.All, Payee: waits.Payee, Positions: map[uuid.UUID]bool{}, Stale: f.watch.stale}, f.watch.lookups
	for _, span := range waits.Subtree {
		f.waits.Positions[span.Position] = true
	}
	return scope.Reach, nil
}

// within keeps the changes that the caller follows and may see.
func (f *EarningsFollower) within(ctx context.Context, changes []*model.EarningChange) ([]*model.EarningChange, error) {
	reach, err := f.look(ctx)
	if err != nil {
		return nil, err
	}
	wanted := f.wanted
	wanted.Today = reach.Today
	var kept []*model.EarningChange
	for _, c := range changes {
		if wanted.SeesPay(c.Place) && reach.SeesPay(c.Place) {
			kept = append(kept, c)
		}
	}
	return kept, nil
}

// RunFollower reads a calculation run as it goes on.
type RunFollower struct {
	watch *watch
	run   model.ID
	first bool // what the run is now was not given yet
	ended bool
}

// FollowRun follows a calculation run until it has ended. After nil, or where
// there is no such run to see, what it is now comes first.
func (s *Service) FollowRun(ctx context.Context, run model.ID, after *int64) (*RunFollower, error) {
	w, err := s.watch(ctx, auth.CalculationRead, after)
	return &RunFollower{watch: w, run: run, first: after == nil}, err
}

// Next waits until the run has moved on. It gives nil after the run's end, and
// where there is no such run.
func (f *RunFollower) Next(ctx context.Context) (*model.CalculationRun, *auth.Session, error) {
	if f.ended {
		return nil, nil, nil
	}
	if f.first {
		f.first = false
		return f.read(ctx, f.watch.session)
	}
	waits := &Interest{Run: &f.run, Stale: f.watch.stale}
	for {
		batch, session, err := f.watch.next(ctx, waits)
		if err != nil {
			return nil, nil, err
		}
		if slices.Contains(batch.Runs, f.run) {
			return f.read(ctx, session)
		}
	}
}

func (f *RunFollower) read(ctx context.Context, session *auth.Session) (*model.CalculationRun, *auth.Session, error) {
	scope, err := session.Scope(ctx, auth.CalculationRead)
	if err != nil {
		return nil, nil, err
	}
	found, err := again(ctx, f.watch, func(ctx context.Context) (map[model.ID]*model.CalculationRun, error) {
		return f.watch.service.Store.RunsByID(ctx, scope, []model.ID{f.run})
	})
	if err != nil {
		return nil, nil, err
	}
	run := found[f.run]
	f.ended = run == nil || run.FinishedAt != nil
	return run, session, nil
}
