package service

import (
	"context"
	"time"

	"github.com/google/uuid"

	"spm/model"
)

// Observer is told what the service does behind the operations. It is called by
// many goroutines at once, and must not block.
type Observer interface {
	// SealAwaited is told how long a writer has waited for its change to be sealed,
	// and whether it was in time.
	SealAwaited(ctx context.Context, took time.Duration, sealed bool)
	// Chained is told how old sealed changes were when they entered an audit trail.
	Chained(age time.Duration)
	// KeyRefused is told of each API key that was not let in, by its reason.
	KeyRefused(reason string)
	// RunAsked is told of a run that an operation asks for.
	RunAsked(ctx context.Context, run model.ID)
	// Calculate is told of a run that begins; the function that it gives, of its end.
	// What the run does, it does below the context that it gives.
	Calculate(ctx context.Context, work Work) (context.Context, func(err error))
	// Facts is told how many credits and activities a calculation has read.
	Facts(ctx context.Context, number int)
	// Step is told of a piece of work as Calculate is of a run.
	Step(ctx context.Context, work Work) (context.Context, func(err error))
}

// Work says what is done, for whom, and how much of it there is.
type Work struct {
	Step   string // one of the steps; "" for a run
	Tenant uuid.UUID
	Run    model.ID // that a run or a step of one is
	Payees int
	Pairs  int // of payee and period
}

// The steps of the work behind the writers: crediting anew; calculating a chunk of
// payees, and in it what they earn, by the engine alone, and their balances; saving
// it, showing a run's results, and chaining a tenant's audit trail.
const (
	StepCredit    = "credit"
	StepCalculate = "calculate"
	StepEarn      = "earn"
	StepStrike    = "strike"
	StepSave      = "save"
	StepPublish   = "publish"
	StepChain     = "chain"
)

// Observe makes the service tell an observer. Call it before Run, and before
// anything is served.
func (s *Service) Observe(o Observer) { s.observer, s.Sealer.observer = o, o }

// unobserved is the observer of those who have none.
type unobserved struct{}

func (unobserved) SealAwaited(context.Context, time.Duration, bool) {}
func (unobserved) Chained(time.Duration)                            {}
func (unobserved) KeyRefused(string)                                {}
func (unobserved) RunAsked(context.Context, model.ID)               {}
func (unobserved) Facts(context.Context, int)                       {}

// Calculate observes nothing.
func (unobserved) Calculate(ctx context.Context, _ Work) (context.Context, func(error)) {
	return ctx, func(error) {}
}

// Step observes nothing.
func (unobserved) Step(ctx context.Context, _ Work) (context.Context, func(error)) {
	return ctx, func(error) {}
}
