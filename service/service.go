// Package service holds the use cases: one file each, verb_noun.go. All writes
// go through it, and only it knows both store and calc.
package service

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"spm/auth"
	"spm/model"
	"spm/store"
)

// Service is the product without its transport.
type Service struct {
	Store    *store.Store
	Sealer   *Sealer
	Worker   *Worker
	Feed     *Feed
	Auditor  *Auditor
	Jobs     *store.Jobs
	Budget   *Budget
	Verifier *auth.Verifier
	KeySets  *auth.KeySets
	Now      func() time.Time
	Log      *slog.Logger

	// UserDocuments says which documents are taken of those who are no API key;
	// any where empty.
	UserDocuments model.DocumentMode

	observer  Observer
	uses      *keyUses
	documents *documents
	crediters crediters
	books     books
	ongoing   ongoing
	Snapshots *Snapshots // of what-ifs
	auditKey  *auth.SigningKey
}

// New makes a service over a store. Nothing runs until Run is called.
func New(st *store.Store, verifier *auth.Verifier, now func() time.Time, log *slog.Logger) (*Service, error) {
	s := &Service{Store: st, Sealer: NewSealer(st, log), Budget: NewBudget(st, now, log), Verifier: verifier, Now: now, Log: log, observer: unobserved{}, uses: newKeyUses(), documents: newDocuments(), Snapshots: &Snapshots{Most: DefaultSnapshotBytes}}
	s.KeySets = &auth.KeySets{Now: now, Log: log}
	s.Worker = NewWorker(s, log)
	s.Feed = NewFeed(st, log)
	s.Auditor = NewAuditor(s, log)
	s.Sealer.OnSeal(func(sealed store.Sealed) { s.Worker.Wake(sealed.Tenant) })
	s.Sealer.OnSeal(s.Feed.Announce)
	s.Sealer.OnSeal(func(sealed store.Sealed) { s.Auditor.Wake(sealed.Tenant) })
	var err error
	if s.Jobs, err = newJobs(s); err != nil {
		return nil, fmt.Errorf("the job queue: %w", err)
	}
	return s, nil
}

// Run seals, listens and works until ctx ends. It returns once all that has
// stopped.
func (s *Service) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { s.Sealer.Run(ctx) })
	running.Go(func() { s.Worker.Run(ctx) })
	running.Go(func() { s.uses.run(ctx, s.Store, s.Log) })
	running.Go(func() { s.Auditor.Run(ctx) })
	running.Go(func() { s.Budget.Run(ctx) })
	running.Go(func() { s.workOnJobs(ctx) })
	running.Wait()
}

// workOnJobs works on the queue's jobs until ctx ends. A queue that cannot start,
// as where the database is away or its disk is full, is tried again: a process
// that has begun to answer must not end for it.
func (s *Service) workOnJobs(ctx context.Context) {
	for {
		err := s.Jobs.Start(ctx)
		if err == nil {
			<-s.Jobs.Stopped()
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.Log.WarnContext(ctx, "starting the job queue failed, trying again", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}
