package calc

import "spm/model"

// Engine calculates earnings by one Book. It is immutable and safe for
// concurrent use.
type Engine struct{ index index }

type index struct{}

func (x *index) creditTypeKey(id model.ID) string { return id.Key }
func (x *index) positionKey(id *model.ID) string  { return "" }

// NewEngine indexes a book. Rows that contradict each other are an error: two
// of one id, a reference to a row that is not there. A plan that cannot be
// calculated is not: its earnings get a problem.
func NewEngine(book Book) (*Engine, error) { return &Engine{}, nil }

// Periods gives the payout periods that overlap the days, of each type and
// calendar that a component assigned to the payee in that period uses: what a
// change of the payee's facts on those days makes dirty.
func (e *Engine) Periods(payee model.ID, days model.Interval) []model.ID { return nil }

// Window gives the days whose credits a calculation of the period reads.
func (e *Engine) Window(period model.ID) model.Interval { return model.Interval{} }

// PayoutPeriodsWithin gives the periods of the period's calendar that lie
// within it, itself included: what a run over it calculates.
func (e *Engine) PayoutPeriodsWithin(period model.ID) []model.ID { return nil }

// Calculate gives what the payee earned in the period: an earning for each
// position, plan and component with that payout period.
func (e *Engine) Calculate(payee, period model.ID, credits []CreditFact) Result { return Result{} }

// Lines gives the earning's lines, in the order of the facts.
func (e Earning) Lines() []Line { return nil }

// Canonical is the earning in bytes without any id: two calculations agree
// where it is equal.
func (e Earning) Canonical() []byte { return nil }

// Explain gives the trace as a tree whose leaves' amounts sum to the earning's.
func (t Trace) Explain() *model.ExplanationNode { return nil }
