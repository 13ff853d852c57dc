package service

import (
	"context"
	"errors"
	"slices"

	"spm/model"
	"spm/store"
)

// publish makes a run visible, in one transaction, and gives it.
func (s *Service) publish(ctx context.Context, t task) (xid int64, err error) {
	ctx, end := s.observer.Step(ctx, t.work(StepPublish, 0, 0))
	defer func() { end(err) }()
	err = s.Store.InTx(ctx, s.workerTx(t.tenant, "publish"), func(tx *store.Tx) error {
		xid = tx.XID
		return s.show(ctx, tx, t)
	})
	return xid, err
}

// show flips all pointers of the run in its one transaction: of open periods what
// readers see, of closed ones what they would have earned. Where a period was
// closed or opened meanwhile it shows nothing: errMoved.
func (s *Service) show(ctx context.Context, tx *store.Tx, t task) error {
	var days []model.Interval
	for _, p := range t.pairs {
		if window := t.engine.Window(p.Period); !slices.Contains(days, window) {
			days = append(days, window)
		}
	}
	payPeriods, _ := t.engine.PayPeriods()
	for _, p := range payPeriods {
		days = append(days, p.Days)
	}
	closed, err := tx.SharePeriods(ctx, days)
	if err != nil {
		return err
	}
	isClosed := make(map[model.ID]bool, len(closed))
	for i := range closed {
		if isClosed[closed[i].ID] = true; t.engine.Open(closed[i].ID) {
			return errMoved
		}
	}
	var open, restated []model.PayeePeriod
	for _, p := range t.pairs {
		if t.engine.Open(p.Period) {
			open = append(open, p)
		} else if restated = append(restated, p); !isClosed[p.Period] {
			return errMoved
		}
	}
	if err := tx.Publish(ctx, t.run, open); err != nil {
		return err
	}
	if err := tx.Restate(ctx, t.run, restated); err != nil {
		return err
	}
	if err := tx.Strike(ctx, t.run); err != nil {
		return err
	}
	if t.clears {
		if err := tx.ClearDirty(ctx, t.at.Horizon); err != nil {
			return err
		}
	}
	return tx.FinishRun(ctx, t.run, "")
}

// errMoved ends a run whose periods were closed or opened while it calculated;
// what it was for is taken up by the next.
var errMoved = errors.New("a period was closed or opened meanwhile")
