package calc

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Moment is a company as it was known at one moment: its set-up, and whom to ask
// for credits and activities.
type Moment struct {
	Book  Book
	Facts Company
}

// Increment is what one cause makes of a payee's earnings of a period.
type Increment struct {
	Cause model.DiffCause
	Parts []*model.DiffPart // those that are not 0, in order
}

// Replay splits the change of what a payee earns in a period between two moments
// by cause: it begins with the old moment, takes over what has changed group by
// group in the order of model.DiffCauses, and calculates after each, so that the
// increments sum to the change exactly. Of says to which cause a fact belongs
// that is not the same at both moments, "" of one that is. A group that the rest
// contradicts is taken over with the next.
//
// It gives what is earned at both moments, too.
func Replay(old, now Moment, of func(*CreditFact) model.DiffCause, payee, period model.ID) (before, after []*model.DiffPart, steps []Increment, err error) {
	r := &replay{old: &old, now: &now, of: of, payee: payee, period: period, taken: map[model.DiffCause]bool{}}
	first, err := r.earned(&old.Book)
	if err != nil {
		return nil, nil, nil, err
	}
	book := widened(&old.Book, &now.Book)
	r.engine = nil
	last, known := first, *book
	for _, cause := range model.DiffCauses {
		take := takes[cause]
		if cause == model.DiffEngine {
			break
		}
		r.taken[cause] = true
		take(book, &now.Book)
		same := reflect.DeepEqual(*book, known)
		if same && !r.moves(cause) {
			continue
		}
		if known = *book; !same {
			r.engine = nil
		}
		next, failed := r.earned(book)
		if failed != nil {
			if cause == model.DiffOther {
				return nil, nil, nil, failed
			}
			continue
		}
		if parts := less(next, last); len(parts) > 0 {
			steps = append(steps, Increment{cause, parts})
		}
		last = next
	}
	return partsOf(first), partsOf(last), steps, nil
}

// replay is one call of Replay.
type replay struct {
	old, now *Moment
	of       func(*CreditFact) model.DiffCause
	payee    model.ID
	period   model.ID
	taken    map[model.DiffCause]bool // whose facts are those of now
	engine   *Engine                  // of the book at hand
}

// moves tells whether facts may change with a cause.
func (r *replay) moves(cause model.DiffCause) bool {
	return cause == model.DiffHierarchy || cause == model.DiffDeal || cause == model.DiffCredit || cause == model.DiffOther
}

// Credits gives those of now of the causes that are taken over, otherwise the
// old ones.
func (r *replay) Credits(payees []model.ID, days model.Interval) []CreditFact {
	var out []CreditFact
	old, now := r.old.Facts.Credits(payees, days), r.now.Facts.Credits(payees, days)
	if r.taken[model.DiffOther] {
		return now
	}
	for i := range old {
		if !r.taken[r.of(&old[i])] {
			out = append(out, old[i])
		}
	}
	for i := range now {
		if r.taken[r.of(&now[i])] {
			out = append(out, now[i])
		}
	}
	return out
}

// Earned knows nothing: others are calculated from the same book and facts.
func (r *replay) Earned([]model.ID, model.ID) map[model.ID][]Earned { return nil }

// earned calculates what the payee earns by a book.
func (r *replay) earned(book *Book) (map[partKey]model.DiffPart, error) {
	if r.engine == nil {
		made, err := NewEngine(*book)
		if err != nil {
			return nil, err
		}
		r.engine = made
	}
	engine := r.engine
	credits := r.Credits([]model.ID{r.payee}, engine.Window(r.period))
	if engine.TakesBack() {
		window := engine.Window(r.period)
		if from := engine.SalesBefore(credits); from < window.From {
			credits = append(credits, r.Credits([]model.ID{r.payee}, model.Interval{From: from, To: window.From})...)
		}
	}
	result := engine.Begin(r).Calculate(r.payee, r.period, credits)
	out := make(map[partKey]model.DiffPart, len(result.Earnings))
	for i := range result.Earnings {
		e := &result.Earnings[i]
		key := partKey{e.Position.Key, e.Plan.Key, e.Key, e.Amount.Currency}
		out[key] = model.DiffPart{PositionID: e.Position, PlanID: e.Plan, ComponentKey: e.Key, ComponentName: e.Name, Amount: e.Amount}
	}
	return out, nil
}

// partKey tells components apart, in each currency.
type partKey struct {
	position, plan, key string
	currency            model.CurrencyCode
}

func partsOf(all map[partKey]model.DiffPart) []*model.DiffPart {
	out := make([]*model.DiffPart, 0, len(all))
	for _, p := range all {
		if !p.Amount.Amount.IsZero() {
			out = append(out, &p)
		}
	}
	slices.SortFunc(out, CompareParts)
	return out
}

// CompareParts orders parts by plan, component, position and currency.
func CompareParts(a, b *model.DiffPart) int {
	return cmp.Or(
		strings.Compare(a.ComponentKey, b.ComponentKey), strings.Compare(a.PlanID.Key, b.PlanID.Key),
		strings.Compare(a.PositionID.Key, b.PositionID.Key), strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency)),
	)
}

// less gives by how much parts differ from those before, where they do.
func less(now, before map[partKey]model.DiffPart) []*model.DiffPart {
	diff := make(map[partKey]model.DiffPart, len(now))
	for key, p := range now {
		p.Amount.Amount = p.Amount.Amount.Sub(partAmount(before, key))
		diff[key] = p
	}
	for key, p := range before {
		if _, still := now[key]; !still {
			p.Amount.Amount = p.Amount.Amount.Neg()
			diff[key] = p
		}
	}
	return partsOf(diff)
}

func partAmount(all map[partKey]model.DiffPart, key partKey) decimal.Decimal {
	p, known := all[key]
	if !known {
		return decimal.Zero
	}
	return p.Amount.Amount
}

// widened is an old book with those rows of now that others may refer to and
// that change nothing by themselves.
func widened(old, now *Book) *Book {
	out := *old
	out.Calendars = withNew(old.Calendars, now.Calendars, func(m *model.FiscalCalendar) model.ID { return m.ID })
	out.Periods = withNew(old.Periods, now.Periods, func(m *model.Period) model.ID { return m.ID })
	out.CreditTypes = withNew(old.CreditTypes, now.CreditTypes, func(m *model.CreditType) model.ID { return m.ID })
	out.Titles = withNew(old.Titles, now.Titles, func(m *model.Title) model.ID { return m.ID })
	out.Measures = withNew(old.Measures, now.Measures, func(m *model.Measure) model.ID { return m.ID })
	out.RateTables = withNew(old.RateTables, now.RateTables, func(m *model.RateTable) model.ID { return m.ID })
	out.Plans = withNew(old.Plans, now.Plans, func(m *model.Plan) model.ID { return m.ID })
	return &out
}

// withNew gives the old rows and, after them, those that are new.
func withNew[M any](old, now []M, id func(*M) model.ID) []M {
	known := make(map[model.ID]bool, len(old))
	for i := range old {
		known[id(&old[i])] = true
	}
	out := slices.Clip(old)
	for i := range now {
		if !known[id(&now[i])] {
			out = append(out, now[i])
		}
	}
	return out
}

// takes takes a group of what has changed over into a book.
var takes = map[model.DiffCause]func(book, now *Book){
	model.DiffFX: func(b, now *Book) { b.FXRates = now.FXRates },
	model.DiffHierarchy: func(b, now *Book) {
		b.Titles, b.Positions, b.Payees, b.Seats, b.Teams = now.Titles, now.Positions, now.Payees, now.Seats, now.Teams
	},
	model.DiffDeal:   func(*Book, *Book) {},
	model.DiffCredit: func(b, now *Book) { b.CreditTypes = now.CreditTypes },
	model.DiffQuota: func(b, now *Book) {
		b.Quotas, b.Values, b.PlanAssignments = now.Quotas, now.Values, retargeted(b.PlanAssignments, now.PlanAssignments)
	},
	model.DiffRate: func(b, now *Book) { b.RateTables, b.Parameters = now.RateTables, now.Parameters },
	model.DiffPlan: func(b, now *Book) {
		b.Plans, b.Versions, b.PlanAssignments, b.Measures = now.Plans, now.Versions, now.PlanAssignments, now.Measures
	},
	model.DiffOther: func(b, now *Book) { *b = *now },
}

// retargeted gives the old assignments with the target incentives of now.
func retargeted(old, now []model.PlanAssignment) []model.PlanAssignment {
	targets := make(map[model.ID]*model.Money, len(now))
	for i := range now {
		targets[now[i].ID] = now[i].TargetIncentive
	}
	out := slices.Clone(old)
	for i := range out {
		if target, still := targets[out[i].ID]; still {
			out[i].TargetIncentive = target
		}
	}
	return out
}
