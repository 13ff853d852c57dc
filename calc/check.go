package calc

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Check tells whether the result may be saved: the lines of each earning sum
// to it, and its trace recomputes to what it says. An error is a mistake of
// the program; it names the earning.
func (r Result) Check() error {
	var errs []error
	failed := map[model.ID]bool{}
	for _, p := range r.Problems {
		failed[p.ID] = true
	}
	for i := range r.Earnings {
		e := &r.Earnings[i]
		id := problem(e, &fault{}).ID
		if err := e.check(failed[id]); err != nil {
			errs = append(errs, fmt.Errorf("payee %s, position %s, component %s: %w", e.Cites.Payee, e.Cites.Position, e.Key, err))
		}
		delete(failed, id)
	}
	if len(failed) > 0 {
		errs = append(errs, errors.New("there is a problem without its earning"))
	}
	return errors.Join(errs...)
}

// check is Check for one earning.
func (e *Earning) check(failed bool) error {
	amount, err := Verify(e.Trace)
	if err != nil {
		return err
	}
	total := decimal.Zero
	for _, line := range e.Lines() {
		total = total.Add(line.Amount)
	}
	switch {
	case !e.shows():
		return errors.New("its measure, quota or attainment is not that of the trace")
	case !amount.Equal(e.Amount.Amount):
		return fmt.Errorf("the trace comes to %s, the earning is %s", amount, e.Amount.Amount)
	case !total.Equal(e.Amount.Amount):
		return fmt.Errorf("the lines sum to %s, the earning is %s", total, e.Amount.Amount)
	case failed != (e.Why == model.WhyProblem) || failed && !e.Amount.Amount.IsZero():
		return errors.New("an earning with a problem is 0, and says so")
	}
	return nil
}

// shows tells whether measure, quota and attainment are those of the trace's
// last group, those of goals and of what is looked up by apart.
func (e *Earning) shows() bool {
	var measure decimal.Decimal
	var quota, attainment *decimal.Decimal
	apart := false
	valueAt := func(i int) *decimal.Decimal {
		d := e.Trace.Values.At(i)
		return &d
	}
	for i, kind := range e.Trace.Kinds {
		switch {
		case e.Trace.Parents[i] != 0:
		case kind == NodeMeasure && e.Trace.termAt(i).apart():
			apart = true
		case kind == NodeMeasure:
			apart = false
			measure, quota, attainment = e.Trace.Values.At(i), nil, nil
		case kind == NodeQuota && !apart:
			quota = valueAt(i)
		case kind == NodeAttainment && !apart:
			attainment = valueAt(i)
		}
	}
	equal := func(a, b *decimal.Decimal) bool { return a == nil && b == nil || a != nil && b != nil && a.Equal(*b) }
	return measure.Equal(e.Measure) && equal(quota, e.Quota) && equal(attainment, e.Attainment)
}

// apart tells whether a measure is not what its earning is paid on.
func (t *Term) apart() bool {
	return t != nil && (strings.HasPrefix(t.Label, goalPrefix) || strings.HasPrefix(t.Label, lookupPrefix))
}
