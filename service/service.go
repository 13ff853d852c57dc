// Package service holds the use cases: one file each, verb_noun.go. All writes
// go through it, and only it knows both store and calc.
package service

import (
	"context"
	"log/slog"
	"time"

	"spm/auth"
	"spm/store"
)

// Service is the product without its transport.
type Service struct {
	Store    *store.Store
	Sealer   *Sealer
	Verifier *auth.Verifier
	Now      func() time.Time
	Log      *slog.Logger

	crediters crediters
}

// New makes a service over a store. Nothing runs until Sealer.Run and
// Worker.Run are called.
func New(st *store.Store, verifier *auth.Verifier, now func() time.Time, log *slog.Logger) *Service {
	return &Service{Store: st, Sealer: NewSealer(st, log), Verifier: verifier, Now: now, Log: log}
}

// Run seals, listens and works until ctx ends.
func (s *Service) Run(ctx context.Context) {
	s.Sealer.Run(ctx)
}
