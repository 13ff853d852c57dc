package resolver

import (
	"context"
	"sync"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// corrections keeps, for one response, what adjustments of closed periods are
// about, so that entries of one period are replayed together.
type corrections struct {
	guard sync.Mutex
	known map[correctedPeriod]func() ([]*model.Correction, error)
}

type correctedPeriod struct {
	payee, ledger, run, origin model.ID
}

func (c *corrections) of(key correctedPeriod, read func() ([]*model.Correction, error)) ([]*model.Correction, error) {
	c.guard.Lock()
	if c.known == nil {
		c.known = map[correctedPeriod]func() ([]*model.Correction, error){}
	}
	if c.known[key] == nil {
		c.known[key] = sync.OnceValues(read)
	}
	once := c.known[key]
	c.guard.Unlock()
	return once()
}

// correction tells what an adjustment of a closed period is about, null for other
// entries.
func (r *Resolver) correction(ctx context.Context, entry *model.LedgerEntry) (*model.Correction, error) {
	if entry.Movement != model.MovePrior || entry.Ledger == nil || entry.OriginID == nil {
		return nil, nil
	}
	within, err := scope(ctx, auth.EarningRead)
	if err != nil {
		return nil, err
	}
	b := entry.Ledger
	all, err := from(ctx).corrections.of(correctedPeriod{b.PayeeID, b.PeriodID, b.RunID, *entry.OriginID}, func() ([]*model.Correction, error) {
		return r.Service.Corrections(ctx, within, b, *entry.OriginID)
	})
	return service.CorrectionOf(entry, all), err
}
