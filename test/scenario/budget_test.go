package scenario_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/resolver"
	"spm/store"
	"spm/test/harness"
)

// one is an operation that costs one point, and uses it.
const onePoint = "{ viewer { roles } }"

// reports gives what an answer says of its cost.
func reports(t *testing.T, a harness.Answer, name string) int {
	t.Helper()
	cost, _ := a.Extensions["cost"].(map[string]any)
	n, is := cost[name].(float64)
	if !is {
		t.Fatalf("the answer says nothing of %s: %v", name, a.Extensions)
	}
	return int(n)
}

// limited tells whether an answer is the refusal of a budget, and fails the test
// where it is one of another form, or another error.
func limited(t *testing.T, a harness.Answer) bool {
	t.Helper()
	if len(a.Errors) == 0 {
		return false
	}
	e := a.Errors[0]
	if e.Extensions["code"] != "RATE_LIMITED" || e.Extensions["retryable"] != true || a.Status != http.StatusTooManyRequests || a.Data != nil {
		t.Fatalf("%d %s %v", a.Status, a.Data, a.Errors)
	}
	return true
}

// TestBudgetIsOneOnEveryReplica sends one user's operations to two servers at once:
// what both serve together is the one budget, and what flows in meanwhile.
func TestBudgetIsOneOnEveryReplica(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	other, url := h.Start()
	const budget = 12
	h.Service.Budget.User, other.Budget.User = budget, budget
	token := h.Admin()
	began := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	served, refused := 0, 0
	for i := range 60 {
		to := []string{h.URL, url}[i%2]
		all.Go(func() {
			a := h.PostTo(to, token, onePoint, nil)
			mu.Lock()
			defer mu.Unlock()
			if limited(t, a) {
				refused++
			} else {
				served++
			}
		})
	}
	all.Wait()
	most := budget + int(time.Since(began).Seconds()*budget/60) + 1
	if served < budget || served > most || refused != 60-served {
		t.Errorf("%d served and %d refused, of a budget of %d", served, refused, budget)
	}
	if a := h.Post(h.Token(nil, model.RoleAuditor), onePoint, nil); limited(t, a) {
		t.Error("another user has no budget")
	}
}

// TestBudgetSaysWhatIsLeft reads the extension and the headers of an answer that was
// served, and of one that was not.
func TestBudgetSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	h.Service.Budget.User, h.Service.Budget.Tenant = 150, 1000
	token := h.Admin()
	payees := `{ payees(first: 100) { nodes { id } } }`
	for range 6 { // each asks for more than half, and uses little: what it did not use is there again
		a := h.Post(token, payees, nil)
		if limited(t, a) || reports(t, a, "asked") != 102 || reports(t, a, "actual") != 2 || reports(t, a, "left") < 150-6*2 || reports(t, a, "reset") > 6 {
			t.Fatalf("%v", a.Extensions)
		}
	}
	left := reports(t, h.Post(token, onePoint, nil), "left")
	product := httptest.NewServer(resolver.NewGraph(h.Service, resolver.Options{}))
	defer product.Close()
	a := h.PostTo(product.URL, token, `{ payees(first: 5000) { nodes { id } } }`, nil)
	if len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != "COST_EXCEEDED" || reports(t, a, "asked") != 5002 || reports(t, a, "actual") != 0 {
		t.Errorf("%v %v", a.Errors, a.Extensions)
	}
	if now := reports(t, h.Post(token, onePoint, nil), "left"); now < left-1 {
		t.Errorf("what was too dear was taken all the same: %d left of %d", now, left)
	}
	status, header := send(t, h.URL, token, onePoint)
	if got := header.Get("RateLimit-Policy"); got != `"caller";q=150;w=60, "tenant";q=1000;w=60` {
		t.Errorf("RateLimit-Policy: %s", got)
	}
	if got := header.Get("RateLimit"); !strings.HasPrefix(got, `"caller";r=1`) || header.Get("Retry-After") != "" {
		t.Errorf("RateLimit: %s", got)
	}
	h.Service.Budget.User = 1
	for range 3 {
		if status, header = send(t, h.URL, token, onePoint); status == http.StatusTooManyRequests {
			break
		}
	}
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || header.Get("RateLimit") == "" {
		t.Errorf("%d %v", status, header)
	}
}

func send(t *testing.T, url, token, query string) (status int, header http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(`{"query":"`+query+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode, res.Header
}

// TestTenantsHaveBudgetsOfTheirOwn spends one tenant's: its other users wait, without
// having spent theirs; another tenant does not notice.
func TestTenantsHaveBudgetsOfTheirOwn(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	beside := h.Beside("beside")
	h.Service.Budget.User, h.Service.Budget.Tenant = 1000, 6
	ann, ben := h.Admin(), h.Token(nil, model.RoleAuditor)
	served := 0
	began := time.Now()
	for range 20 {
		if !limited(t, h.Post(ann, onePoint, nil)) {
			served++
		}
	}
	if most := 6 + int(time.Since(began).Seconds()/10) + 1; served < 6 || served > most {
		t.Errorf("%d served of a tenant's budget of 6", served)
	}
	refused := false
	for range 5 {
		refused = limited(t, h.Post(ben, onePoint, nil)) || refused
	}
	if !refused {
		t.Error("a tenant's budget bound one of its users only")
	}
	if limited(t, beside.Post(beside.Admin(), onePoint, nil)) {
		t.Error("another tenant was refused")
	}
	// Who was refused for the tenant has spent what was served, and no more.
	for _, level := range h.Strings(`SELECT round(level)::text FROM budget WHERE actor_id <> '00000000-0000-0000-0000-000000000000'`) {
		if len(level) < 3 {
			t.Errorf("a user of 1000 has %s left", level)
		}
	}
}

// TestBudgetStandsIn holds the bucket's row locked: whoever asks is served by the
// process's own bucket, which is no larger.
func TestBudgetStandsIn(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	h.Service.Budget.User = 3
	token := h.Admin()
	if limited(t, h.Post(token, onePoint, nil)) {
		t.Fatal("the first was refused")
	}
	release := hold(t, h, "UPDATE budget SET level = level")
	defer release()
	began := time.Now()
	served := 0
	for range 8 {
		if !limited(t, h.Post(token, onePoint, nil)) {
			served++
		}
	}
	if most := 3 + int(time.Since(began).Seconds()*3/60) + 1; served < 3 || served > most {
		t.Errorf("%d served while the bucket did not answer, of 3", served)
	}
}

// hold keeps a statement's transaction of the database's owner open until it is released.
func hold(t *testing.T, h *harness.Harness, sql string) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "BEGIN; SELECT set_config('app.tenant', '"+h.Tenant.String()+"', true); "+sql); err != nil {
		t.Fatal(err)
	}
	return func() { _ = conn.Close(context.WithoutCancel(t.Context())) }
}

// TestBudgetIsExact takes from a store at once what a bucket has, in parts: no more is
// given than there is, and what is given back is there again.
func TestBudgetIsExact(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	st := h.Service.Store
	b := store.Buckets{Tenant: h.Tenant, Actor: uuid.New(), ActorMay: 100, TenantMay: 1e9, ActorSpends: 7, TenantSpends: 7}
	take := func(points float64, unconditional bool) store.Levels {
		b := b
		b.ActorSpends, b.TenantSpends, b.Unconditional = points, points, unconditional
		levels, err := st.TakeBudget(t.Context(), b)
		if err != nil {
			t.Error(err)
		}
		return levels
	}
	began := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	taken := 0
	for range 40 {
		all.Go(func() {
			if take(7, false).Taken {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	flowed := time.Since(began).Minutes() * 100
	if taken < 14 || float64(taken*7) > 100+flowed {
		t.Errorf("%d times 7 taken of 100", taken)
	}
	if back := take(-50, true); back.Actor < 50 || back.Actor > 52+time.Since(began).Minutes()*100 {
		t.Errorf("%v after 50 were given back", back)
	}
	if over := take(-1000, true); over.Actor != 100 {
		t.Errorf("a bucket of 100 holds %v", over.Actor)
	}
	if debt := take(500, true); debt.Actor != -400 {
		t.Errorf("%v after 500 were spent of 100", debt)
	}
	if poor := take(1, false); poor.Taken || poor.Actor < -400 || poor.Actor > -390+time.Since(began).Minutes()*100 {
		t.Errorf("%v in debt", poor)
	}
	fresh := b
	fresh.Actor = uuid.New()
	fresh.ActorSpends = 150
	if levels, err := st.TakeBudget(t.Context(), fresh); err != nil || !levels.Taken || levels.Actor != -50 {
		t.Errorf("%v %v: a full bucket serves what is more than it holds", levels, err)
	}
}
