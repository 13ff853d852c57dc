package service

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// Replay is what a run comes to when it is calculated anew from its inputs as
// they were, beside what it came to.
type Replay struct {
	RunID           model.ID
	Equal           bool
	Causes          []ReplayCause // why it is not
	Engine          string        // that calculates now
	Payees          int
	Results         int // earnings, of 0 too
	InputHash       string
	ResultHash      string
	StoredHash      string
	Differences     []*ReplayDifference // the first of them
	DifferenceCount int
}

// ReplayCause is why a replay differs.
type ReplayCause string

// The causes.
const (
	ReplayEngine  ReplayCause = "ENGINE"
	ReplayInputs  ReplayCause = "INPUTS"
	ReplayStored  ReplayCause = "STORED"
	ReplayResults ReplayCause = "RESULTS"
)

// ReplayDifference is an earning that a replay gives otherwise than it is kept.
type ReplayDifference struct {
	PayeeID      model.ID
	PeriodID     model.ID
	PositionID   model.ID
	ComponentKey string
	Stored       *model.Money // nil where none is kept
	Replayed     *model.Money // nil where none comes out
}

// maxReplayed bounds the differences that are told.
const maxReplayed = 100

// Replay calculates a run anew, at the moment of its inputs, by the engine as it
// is, and compares the hashes of inputs and results with those that were kept, and
// what is kept of the results with them. With a payee only the chunk that it is in
// is calculated, nobody where there is none. nil where there is no such run or payee. Only who reaches all rows may ask.
func (s *Service) Replay(ctx context.Context, scope model.Scope, id model.ID, payee *model.ID) (*Replay, error) {
	if !scope.Reach.All || scope.Reach.Except != nil {
		return nil, model.Errorf(model.Forbidden, "a run is replayed by who may see the pay of all whom it covers")
	}
	found, err := s.Store.RunsByID(ctx, scope, []model.ID{id})
	if err != nil || found[id] == nil {
		return nil, err
	}
	run := found[id]
	if run.ResultHash == nil || run.InputHash == nil {
		return nil, model.Errorf(model.BadUserInput, "runId: the run is %s: nothing was kept to compare with", run.Status)
	}
	r, err := s.replaying(ctx, scope, run)
	if err != nil {
		return nil, err
	}
	chunks := r.plan.Chunks
	if payee != nil {
		payees, err := s.Store.PayeesByID(ctx, scope, []model.ID{*payee})
		if err != nil || payees[*payee] == nil {
			return nil, err
		}
		chunks = slices.DeleteFunc(slices.Clone(chunks), func(c model.RunChunk) bool {
			return !slices.ContainsFunc(c.Payees, func(p model.PayeePeriods) bool { return p.Payee == *payee })
		})
	}
	for i := range chunks {
		if err := r.chunk(ctx, &chunks[i]); err != nil {
			return nil, err
		}
	}
	return r.end(run), nil
}

// replaying is a replay under way.
type replaying struct {
	s       *Service
	scope   model.Scope
	task    task
	plan    *model.RunPlan
	by      *calculator
	setup   []byte
	out     *Replay
	inputs  bool // all hashes of inputs are those that were kept
	results bool
	stored  bool
	hashes  [3][]byte // of the chunks' inputs, results and kept results, one after the other
}

func (s *Service) replaying(ctx context.Context, scope model.Scope, run *model.CalculationRun) (*replaying, error) {
	plan, err := s.Store.RunPlanOf(ctx, scope.Tenant, run.ID)
	if err != nil {
		return nil, err
	}
	at := model.ReadPoint{Horizon: run.Horizon, Sequence: run.Sequence}
	engine, book, err := s.engine(ctx, scope.Tenant, at)
	if err != nil {
		return nil, err
	}
	r := &replaying{s: s, scope: model.Unbounded(scope.Tenant, at), plan: plan, inputs: true, results: true, stored: true}
	r.task = task{run: run.ID, tenant: scope.Tenant, at: at, engine: engine, pairs: plan.Pairs()}
	others := s.company(ctx, r.task)
	r.by = &calculator{run: engine.Begin(others), others: others}
	if r.setup, err = s.setupHash(scope.Tenant, book); err != nil {
		return nil, err
	}
	r.inputs = bytes.Equal(r.setup, plan.Setup)
	r.out = &Replay{RunID: run.ID, Engine: calc.EngineVersion, Differences: []*ReplayDifference{}, Causes: []ReplayCause{}}
	return r, nil
}

// chunk replays a chunk.
func (r *replaying) chunk(ctx context.Context, chunk *model.RunChunk) error {
	p, err := r.s.calculate(ctx, r.task, r.by.run, chunk.Payees)
	if err = cmp.Or(r.by.others.err, err); err != nil {
		return err
	}
	kept, err := r.kept(ctx, chunk)
	if err != nil {
		return err
	}
	results, err := resultHash(&p)
	if err != nil {
		return err
	}
	stored, err := resultHash(kept)
	if err != nil {
		return err
	}
	for i, hash := range [][]byte{p.inputs, results, stored} {
		r.hashes[i] = append(r.hashes[i], hash...)
	}
	r.inputs = r.inputs && bytes.Equal(p.inputs, chunk.Inputs)
	r.results = r.results && bytes.Equal(results, chunk.Results)
	r.stored = r.stored && bytes.Equal(stored, chunk.Results)
	r.out.Payees, r.out.Results = r.out.Payees+len(chunk.Payees), r.out.Results+len(p.results)
	if !bytes.Equal(results, stored) {
		r.compare(kept.results, p.results)
	}
	return nil
}

// kept reads what is kept of a chunk's results.
func (r *replaying) kept(ctx context.Context, chunk *model.RunChunk) (*part, error) {
	payees := make([]model.ID, len(chunk.Payees))
	var pairs []store.RunPair
	for i, payee := range chunk.Payees {
		payees[i] = payee.Payee
		for _, period := range payee.Periods {
			pairs = append(pairs, store.RunPair{Run: r.task.run, Payee: payee.Payee, Period: period})
		}
	}
	var out part
	results, err := r.s.Store.ResultsOf(ctx, r.scope, pairs)
	if err != nil {
		return nil, err
	}
	for _, one := range results {
		out.results = append(out.results, *one)
	}
	problems, err := r.s.Store.ProblemsOf(ctx, r.scope, r.task.run, payees)
	if err != nil {
		return nil, err
	}
	for _, one := range problems {
		out.problems = append(out.problems, *one)
	}
	out.balances, err = r.s.Store.LedgersOf(ctx, r.scope, r.task.run, payees)
	return &out, err
}

// compare notes which earnings differ.
func (r *replaying) compare(stored, replayed []model.Result) {
	type key struct{ payee, period, position, component model.ID }
	of := func(r *model.Result) key { return key{r.PayeeID, r.PeriodID, r.PositionID, r.ComponentID} }
	known := map[key]*model.Result{}
	for i := range stored {
		known[of(&stored[i])] = &stored[i]
	}
	note := func(of, was, is *model.Result) {
		if r.out.DifferenceCount++; r.out.DifferenceCount > maxReplayed {
			return
		}
		d := &ReplayDifference{PayeeID: of.PayeeID, PeriodID: of.PeriodID, PositionID: of.PositionID, ComponentKey: of.ComponentKey}
		if was != nil {
			d.Stored = &was.Amount
		}
		if is != nil {
			d.Replayed = &is.Amount
		}
		r.out.Differences = append(r.out.Differences, d)
	}
	for i := range replayed {
		is := &replayed[i]
		was := known[of(is)]
		delete(known, of(is))
		if was == nil || !bytes.Equal(hashOf(was), hashOf(is)) {
			note(is, was, is)
		}
	}
	for i := range stored {
		if was := &stored[i]; known[of(was)] != nil {
			note(was, was, nil)
		}
	}
}

func hashOf(r *model.Result) []byte {
	d := newDigest()
	d.result(r)
	return d.sum()
}

// end tells what the replay came to.
func (r *replaying) end(run *model.CalculationRun) *Replay {
	text := func(before, hashes []byte) string {
		all := sha256.Sum256(append(slices.Clone(before), hashes...))
		return hex.EncodeToString(all[:])
	}
	r.out.InputHash, r.out.ResultHash, r.out.StoredHash = text(r.setup, r.hashes[0]), text(nil, r.hashes[1]), text(nil, r.hashes[2])
	r.out.Equal = r.inputs && r.results && r.stored
	for _, cause := range []struct {
		is   bool
		name ReplayCause
	}{{!r.inputs, ReplayInputs}, {!r.stored, ReplayStored}, {!r.results && run.Engine != calc.EngineVersion, ReplayEngine}, {!r.results && r.inputs && run.Engine == calc.EngineVersion, ReplayResults}} {
		if cause.is {
			r.out.Causes = append(r.out.Causes, cause.name)
		}
	}
	return r.out
}
