package service

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// Feed tells those who follow a tenant what each sealed batch of changes made
// of earnings and runs. What was sealed last is read once for all followers
// and kept; who is further behind reads for itself. Nothing is queued for
// anybody: a follower asks for what comes after the place at which it is, so a
// slow one costs no memory and misses nothing.
type Feed struct {
	store *store.Store
	log   *slog.Logger

	mu      sync.Mutex
	streams map[uuid.UUID]*stream
}

const (
	feedPoll    = time.Second // for seals whose announcement was lost
	feedSeals   = 64          // seals read at once
	feedBatches = 256         // kept for followers of a tenant
	feedChanges = 20_000      // kept in those batches
)

// Batch is what one seal changed that followers hear of.
type Batch struct {
	Read     model.ReadPoint
	Earnings []*model.EarningChange
	Runs     []model.ID
	Rights   bool // who may see what may have changed

	payees, positions map[uuid.UUID]bool // of the earnings
}

func (b *Batch) empty() bool { return len(b.Earnings) == 0 && len(b.Runs) == 0 && !b.Rights }

// Interest is what a follower waits for. It may take in more than the follower
// then tells of, never less.
type Interest struct {
	Earnings  bool               // all of them
	Payee     *uuid.UUID         // the earnings of a payee
	Positions map[uuid.UUID]bool // those of positions
	Run       *model.ID          // a run
	Stale     func() bool        // tells that what it was made from is to be looked up anew
}

// in tells whether there is something for the follower in a batch.
func (i *Interest) in(b *Batch) bool {
	switch {
	case b.Rights || i.Stale != nil && i.Stale():
		return true
	case i.Run != nil && slices.Contains(b.Runs, *i.Run):
		return true
	case i.Earnings && len(b.Earnings) > 0, i.Payee != nil && b.payees[*i.Payee]:
		return true
	}
	few, many := i.Positions, b.positions
	if len(few) > len(many) {
		few, many = many, few
	}
	for position := range few {
		if many[position] {
			return true
		}
	}
	return false
}

// stream is what followers of a tenant share.
type stream struct {
	stop context.CancelFunc // ends its reader
	wake chan struct{}      // asks the reader to look at what was sealed

	mu        sync.Mutex
	followers int
	from      int64           // batches hold all that was sealed after this sequence
	upto      model.ReadPoint // and up to this
	batches   []*Batch        // with content, by sequence
	changes   int             // earnings in them
	rights    int64           // the last sequence at which who may see what may have changed

	waiting map[*Follower]*Interest // have heard of all that is here for them
}

// NewFeed makes a feed. It reads only while somebody follows.
func NewFeed(st *store.Store, log *slog.Logger) *Feed {
	return &Feed{store: st, log: log, streams: map[uuid.UUID]*stream{}}
}

// Announce says that a batch of the tenant was sealed. It does not block.
func (f *Feed) Announce(sealed store.Sealed) {
	f.mu.Lock()
	s := f.streams[sealed.Tenant]
	f.mu.Unlock()
	if s != nil {
		s.look()
	}
}

func (s *stream) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Follower reads a tenant's batches one after the other. It is not for use by
// several goroutines at once.
type Follower struct {
	feed   *Feed
	tenant uuid.UUID
	stream *stream
	at     model.ReadPoint // what it has heard of; under the stream's lock while it waits
	behind []*Batch        // read by itself, in order
	wake   chan struct{}   // has a token once there is something for it
}

// Follow follows the tenant from after a read point, until ctx ends; now is the
// caller's, which may be later.
func (f *Feed) Follow(ctx context.Context, tenant uuid.UUID, after, now model.ReadPoint) *Follower {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.streams[tenant]
	if s == nil {
		reading, stop := context.WithCancel(context.Background())
		s = &stream{stop: stop, wake: make(chan struct{}, 1), waiting: map[*Follower]*Interest{}, from: now.Sequence, upto: now}
		f.streams[tenant] = s
		go f.read(reading, tenant, s) //nolint:contextcheck // it serves all followers, and ends with the last of them
	}
	s.followers++
	context.AfterFunc(ctx, func() { f.leave(tenant, s) })
	return &Follower{feed: f, tenant: tenant, stream: s, at: after, wake: make(chan struct{}, 1)}
}

func (f *Feed) leave(tenant uuid.UUID, s *stream) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s.followers--; s.followers == 0 {
		delete(f.streams, tenant)
		s.stop()
	}
}

// read keeps a stream up to date until ctx ends.
func (f *Feed) read(ctx context.Context, tenant uuid.UUID, s *stream) {
	for {
		more, err := f.grow(ctx, tenant, s)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			f.log.WarnContext(ctx, "reading what was sealed failed, trying again", "tenant", tenant, "error", err)
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-time.After(feedPoll):
		}
	}
}

// grow reads what was sealed since, and tells whether there may be more.
func (f *Feed) grow(ctx context.Context, tenant uuid.UUID, s *stream) (more bool, err error) {
	s.mu.Lock()
	since := s.upto
	s.mu.Unlock()
	batches, upto, err := f.batches(ctx, tenant, since)
	if err != nil || upto.Sequence == since.Sequence {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches, s.upto = append(s.batches, batches...), upto
	for _, b := range batches {
		s.changes += len(b.Earnings)
		if b.Rights {
			s.rights = b.Read.Sequence
		}
	}
	// The last one is kept however large it is: all followers read it now.
	for len(s.batches) > 1 && (len(s.batches) > feedBatches || s.changes > feedChanges) {
		s.from = s.batches[0].Read.Sequence
		s.changes -= len(s.batches[0].Earnings)
		s.batches[0] = nil
		s.batches = s.batches[1:]
	}
	s.rouse(batches)
	return upto.Sequence-since.Sequence >= feedSeals, nil
}

// rouse wakes those who wait for something in new batches; the others have heard of
// them. It is called under the lock.
func (s *stream) rouse(batches []*Batch) {
	for f, interest := range s.waiting {
		if slices.ContainsFunc(batches, interest.in) {
			delete(s.waiting, f)
			f.wake <- struct{}{}
		} else {
			f.at = s.upto
		}
	}
}

// batches reads what up to feedSeals seals after a read point changed, and up
// to which of them.
func (f *Feed) batches(ctx context.Context, tenant uuid.UUID, since model.ReadPoint) ([]*Batch, model.ReadPoint, error) {
	seals, err := f.store.SealsAfter(ctx, tenant, since.Sequence, feedSeals)
	if err != nil || len(seals) == 0 {
		return nil, since, err
	}
	upto := seals[len(seals)-1]
	touched, err := f.store.TouchedBetween(ctx, tenant, since.Horizon, upto.Horizon)
	if err != nil {
		return nil, since, err
	}
	var found []*Batch
	before := since.Horizon
	for _, seal := range seals {
		batch, published := &Batch{Read: seal}, false
		for ; len(touched) > 0 && touched[0].XID < seal.Horizon; touched = touched[1:] {
			switch t := touched[0]; t.Object.Kind {
			case model.KindCalculationRun:
				batch.Runs = append(batch.Runs, t.Object)
				published = published || t.Publish
			default:
				batch.Rights = true
			}
		}
		if published {
			if batch.Earnings, err = f.store.EarningChanges(ctx, model.Unbounded(tenant, seal), before); err != nil {
				return nil, since, err
			}
			batch.payees, batch.positions = map[uuid.UUID]bool{}, map[uuid.UUID]bool{}
			for _, c := range batch.Earnings {
				batch.payees[c.Place.Payee], batch.positions[c.Place.Position] = true, true
			}
		}
		before = seal.Horizon
		if !batch.empty() {
			found = append(found, batch)
		}
	}
	return found, upto, nil
}

// Next waits for the batch after the one before in which there is something for the
// follower. It fails where ctx ends.
func (f *Follower) Next(ctx context.Context, interest *Interest) (*Batch, error) {
	for {
		if len(f.behind) > 0 {
			batch := f.behind[0]
			f.behind = f.behind[1:]
			f.at = batch.Read
			return batch, nil
		}
		batch, kept := f.stream.after(f, interest)
		if batch != nil {
			return batch, nil
		}
		if !kept {
			behind, upto, err := f.feed.batches(ctx, f.tenant, f.at)
			if err != nil {
				return nil, err
			}
			f.behind = behind
			if len(behind) == 0 {
				f.at = upto
			}
			continue
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			f.stream.forget(f)
			return nil, ctx.Err()
		}
	}
}

// Rights is the last sequence at which who may see what may have changed,
// however far the follower itself is.
func (f *Follower) Rights() int64 {
	f.stream.mu.Lock()
	defer f.stream.mu.Unlock()
	return f.stream.rights
}

// after gives the first batch after where the follower is in which there is something
// for it. Where there is none yet the follower waits, and is woken; kept is false
// where it may be one that is no longer, or never was, kept.
func (s *stream) after(f *Follower, interest *Interest) (batch *Batch, kept bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.at.Sequence < s.from {
		return nil, false
	}
	at, _ := slices.BinarySearchFunc(s.batches, f.at.Sequence+1, func(b *Batch, want int64) int { return cmp.Compare(b.Read.Sequence, want) })
	for _, b := range s.batches[at:] {
		if interest.in(b) {
			f.at = b.Read
			return b, true
		}
	}
	if f.at.Sequence < s.upto.Sequence {
		f.at = s.upto
	}
	s.waiting[f] = interest
	return nil, true
}

// forget takes a follower that has given up out of those that are woken.
func (s *stream) forget(f *Follower) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, waits := s.waiting[f]; !waits {
		<-f.wake // it was woken meanwhile: what it was woken for is still there
		return
	}
	delete(s.waiting, f)
}
