package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"spm/model"
	"spm/test/harness"
)

const runFields = `run { id status priority chunksTotal chunksDone payeesDone finishedAt retryOf { id } }`

// runs asks for calculations in a company whose worker the test holds up.
type runs struct {
	*small
	admin string
}

func newRuns(t *testing.T) *runs {
	t.Helper()
	h := harness.New(t)
	r := &runs{newSmall(h), h.Admin()}
	h.Settle()
	return r
}

// workers takes, or gives back, the right to work for the tenant.
func (r *runs) workers(function string) {
	r.h.Strings("SELECT "+function+"(hashtextextended($1, 3))::text", r.h.Tenant.String())
}

// chunk takes, or gives back, the right to a run's first chunk.
func (r *runs) chunk(function, run string) {
	r.h.Strings("SELECT "+function+"(hashtextextended($1, 4))::text", uuidOf(r.h, run).String())
}

func (r *runs) run(period, priority string) harness.Value {
	return r.h.Do(r.admin, `mutation($input: RunCalculationInput!) { runCalculation(input: $input) { `+runFields+` userErrors { path code } } }`,
		input("periodId", r.period(period), "priority", priority)).At("runCalculation")
}

func (r *runs) end(verb, run string) harness.Value {
	return r.h.Do(r.admin, fmt.Sprintf(`mutation($id: ID!) { %sCalculation(input: {id: $id}) { %s userErrors { path code } } }`, verb, runFields), map[string]any{"id": run}).
		At(verb + "Calculation")
}

func (r *runs) refused(verb, run string) string {
	return strings.Join(r.h.Refused(r.admin, fmt.Sprintf(`mutation($id: ID!) { %sCalculation(input: {id: $id}) { run { id } userErrors { path code } } }`, verb), map[string]any{"id": run}), "; ")
}

func (r *runs) status(run string) string {
	return r.h.Do(r.admin, `query($id: ID!) { node(id: $id) { ... on CalculationRun { status } } }`, map[string]any{"id": run}).String("node", "status")
}

// TestRunsWaitTheirTurn: runs that wait begin by priority; two requests for a period
// are one run, however close they come; who waits can be cancelled and asked for
// anew, by those who may ask for runs.
func TestRunsWaitTheirTurn(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	h := r.h
	r.workers("pg_advisory_lock")
	low, normal, high := r.run("2017-03", "LOW"), r.run("2017-02", "NORMAL"), r.run("2017-01", "HIGH")
	harness.Same(t, "queued", []string{low.String("run", "status"), low.String("run", "priority"), high.String("run", "priority")}, "QUEUED", "LOW", "HIGH")
	isText(t, "asked for twice", r.run("2017-01", "LOW").String("run", "id"), high.String("run", "id"))

	var asking sync.WaitGroup
	answers := make([]string, 8)
	for i := range answers {
		asking.Go(func() { answers[i] = r.run("2017-04", "NORMAL").String("run", "id") })
	}
	asking.Wait()
	if slices.Sort(answers); answers[0] != answers[7] {
		t.Errorf("asked for at once: %v", answers)
	}
	april := answers[0]

	ann := r.payees["ann"]
	for _, verb := range []string{"cancel", "retry"} {
		for name, token := range map[string]string{"a rep": h.Token(&ann, model.RoleRep), "an auditor": h.Token(nil, model.RoleAuditor)} {
			got := h.Denied(token, fmt.Sprintf(`mutation($id: ID!) { %sCalculation(input: {id: $id}) { userErrors { code } } }`, verb), map[string]any{"id": april})
			isText(t, verb+" by "+name, got, "FORBIDDEN")
		}
		isText(t, verb+" what another tenant has", strings.Join(h.Refused(h.Beside("other"+verb).Admin(),
			fmt.Sprintf(`mutation($id: ID!) { %sCalculation(input: {id: $id}) { run { id } userErrors { path code } } }`, verb), map[string]any{"id": april}), ""), "input.id NOT_FOUND")
	}
	isText(t, "anew what waits", r.refused("retry", april), "input.id INVALID_STATE")
	followed := h.Follow(h.URL, r.admin, `subscription($r: ID!) { calculationRun(id: $r) { status } }`, map[string]any{"r": april}, "")
	_, _ = followed.Next()
	for range 2 {
		cancelled := r.end("cancel", april)
		harness.Same(t, "cancelled", []string{cancelled.String("run", "id"), cancelled.String("run", "status")}, april, "CANCELLED")
	}
	e, _ := followed.Next()
	isText(t, "who follows it", h.Decode(e.Answer).String("calculationRun", "status"), "CANCELLED")
	again := r.end("retry", april)
	harness.Same(t, "anew", []string{again.String("run", "status"), again.String("run", "retryOf", "id")}, "QUEUED", april)
	isText(t, "anew twice", r.end("retry", april).String("run", "id"), again.String("run", "id"))

	r.workers("pg_advisory_unlock")
	h.Settle()
	var order []string
	for _, one := range h.Do(r.admin, `{ calculationRuns(where: {kind: {eq: REQUESTED}}) { nodes { id status startedAt chunksTotal chunksDone } } }`, nil).List("calculationRuns", "nodes") {
		if one.String("id") != april {
			isText(t, "in the end", fmt.Sprint(one.String("status"), one.At("chunksTotal").V, one.At("chunksDone").V), "SUCCEEDED1 1")
			order = append(order, one.String("startedAt")+" "+one.String("id"))
		}
	}
	slices.Sort(order)
	for i, want := range []harness.Value{high, normal, again, low} {
		if !strings.HasSuffix(order[i], want.String("run", "id")) {
			t.Errorf("begun in the order %v", order)
		}
	}
	isText(t, "cancelled for good", r.status(april), "CANCELLED")
	isText(t, "ending what has ended", r.refused("cancel", high.String("run", "id")), "input.id INVALID_STATE")
	isText(t, "anew what succeeded", r.refused("retry", high.String("run", "id")), "input.id INVALID_STATE")
	incremental := h.Do(r.admin, `{ calculationRuns(where: {kind: {eq: INCREMENTAL}}, first: 1) { nodes { id } } }`, nil).String("calculationRuns", "nodes", 0, "id")
	isText(t, "ending what changes called for", r.refused("cancel", incremental), "input.id INVALID_STATE")
}

// TestCancelledUnderWay: of a run that is cancelled while it calculates nothing
// becomes visible, and the next work is not held up.
func TestCancelledUnderWay(t *testing.T) {
	t.Parallel()
	r := newRuns(t)
	r.workers("pg_advisory_lock")
	run := r.run("2017", "NORMAL").String("run", "id")
	r.chunk("pg_advisory_lock", run)
	r.workers("pg_advisory_unlock")
	r.h.Eventually("the run begins", func() bool { return r.status(run) == "RUNNING" })
	isText(t, "under way", r.end("cancel", run).String("run", "status"), "CANCELLED")
	record(r.h, []map[string]any{r.sell("ann", "2017-05-03", "500")}, 1)
	r.h.Settle()
	r.chunk("pg_advisory_unlock", run)
	isText(t, "what readers see of it", strings.Join(r.h.Strings("SELECT count(*)::text FROM published WHERE run_id = $1", uuidOf(r.h, run)), ""), "0")
	isText(t, "and of the next", r.earned("ann", "2017-05"), "commission 50.00")
	isText(t, "it stays so", r.status(run), "CANCELLED")
}

func isText(t *testing.T, what, got, want string) {
	t.Helper()
	harness.Same(t, what, []string{got}, want)
}

func uuidOf(h *harness.Harness, id string) uuid.UUID {
	parsed, err := model.ParseID(id)
	if err != nil {
		h.Fatalf("%v", err)
	}
	return parsed.UUID()
}

// TestLocksLeaveConnections: however many tenants are at work at once, those who
// hold their locks find connections to work by.
func TestLocksLeaveConnections(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var working sync.WaitGroup
	for range 64 {
		working.Go(func() {
			_, err := h.Service.Store.AsTenantWorker(ctx, uuid.New(), func() error {
				_, err := h.Service.Store.UnfinishedRuns(ctx, h.Tenant)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	working.Wait()
}
