package service

import (
	"context"
	"time"
)

// Observer is told what the service does behind the operations. It is called by
// many goroutines at once, and must not block.
type Observer interface {
	// SealAwaited is told how long a writer waited for its change to be sealed,
	// and whether it was in time.
	SealAwaited(took time.Duration, sealed bool)
	// Chained is told how old sealed changes were when they entered an audit trail.
	Chained(age time.Duration)
	// KeyRefused is told of each API key that was not let in, by its reason.
	KeyRefused(reason string)
	// Calculate is told of a run that begins, of so many payees and pairs of payee
	// and period; the function that it gives, of its end. What the run does, it does
	// below the context that it gives.
	Calculate(ctx context.Context, payees, pairs int) (context.Context, func(err error))
	// Facts is told how many credits and activities a calculation reads.
	Facts(number int)
	// Step is told of a piece of work as Calculate is of a run: StepCredit,
	// StepCalculate, StepSave, StepPublish or StepChain.
	Step(ctx context.Context, name string) (context.Context, func(err error))
}

// The steps of the work behind the writers: crediting anew, calculating a chunk of
// payees, saving it, showing a run's results, and chaining a tenant's audit trail.
const (
	StepCredit    = "credit"
	StepCalculate = "calculate"
	StepSave      = "save"
	StepPublish   = "publish"
	StepChain     = "chain"
)

// Observe makes the service tell an observer. Call it before Run, and before
// anything is served.
func (s *Service) Observe(o Observer) { s.observer, s.Sealer.observer = o, o }

// unobserved is the observer of those who have none.
type unobserved struct{}

func (unobserved) SealAwaited(time.Duration, bool) {}
func (unobserved) Chained(time.Duration)           {}
func (unobserved) KeyRefused(string)               {}

// Calculate observes nothing.
func (unobserved) Calculate(ctx context.Context, _, _ int) (context.Context, func(error)) {
	return ctx, func(error) {}
}

func (unobserved) Facts(int) {}

// Step observes nothing.
func (unobserved) Step(ctx context.Context, _ string) (context.Context, func(error)) {
	return ctx, func(error) {}
}
