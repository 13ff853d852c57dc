package scenario

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

const replayDoc = `query($r: ID!, $p: ID) { replay(runId: $r, payeeId: $p) { equal causes payees results inputHash resultHash storedHash differenceCount
	run { inputHash resultHash engine } engine differences { payee { externalId } period { name } position { externalId } componentKey stored { amount } replayed { amount } } } }`

// replayAll replays runs of a company that succeeded, a dozen or so from the newest
// to the oldest, and gives how many.
func replayAll(t *testing.T, h *harness.Harness) (number int) {
	t.Helper()
	after := any(nil)
	for {
		page := h.Do(h.Admin(), `query($a: Cursor) { calculationRuns(first: 250, after: $a, where: {statuses: [SUCCEEDED, SUCCEEDED_WITH_PROBLEMS]}) { nodes { id kind } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"a": after}).At("calculationRuns")
		for i, run := range page.List("nodes") {
			if step := max(1, len(page.List("nodes"))/12); i%step != 0 {
				continue
			}
			number++
			got := h.Do(h.Admin(), replayDoc, map[string]any{"r": run.String("id")}).At("replay")
			if got.At("equal").V != true || got.String("inputHash") != got.String("run", "inputHash") || got.String("resultHash") != got.String("run", "resultHash") || got.String("storedHash") != got.String("resultHash") {
				t.Errorf("run %d from the newest, %s: %v", number, run.String("kind"), got.V)
			}
		}
		if page.At("pageInfo", "hasNextPage").V != true {
			return number
		}
		after = page.String("pageInfo", "endCursor")
	}
}

// TestReplay: runs are proved to come to what they came to after what they were
// calculated from has changed; what was changed behind the product's back shows; and
// only those who may see all pay can ask.
func TestReplay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000"), s.sell("bob", "2017-02-10", "2000")}, 2)
	h.Settle()
	year := h.Do(h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": s.period("2017")}).
		String("runCalculation", "run", "id")
	h.Settle()
	record(h, []map[string]any{s.sell("ann", "2017-01-11", "500")}, 1)
	h.Settle()

	replay := func(payee any) harness.Value {
		return h.Do(h.Admin(), replayDoc, map[string]any{"r": year, "p": payee}).At("replay")
	}
	whole := replay(nil)
	isText(t, "the year's run", fmt.Sprint(whole.At("equal").V, whole.At("payees").V, whole.At("results").V, whole.List("causes")), "true 3 36 []")
	ann := s.payees["ann"]
	isText(t, "by payee", fmt.Sprint(replay(ann.String()).At("equal").V), "true")
	if n := replayAll(t, h); n < 3 {
		t.Errorf("%d runs", n)
	}

	refused := func(token, run string, payee any) string {
		answer := h.Post(token, replayDoc, map[string]any{"r": run, "p": payee})
		if len(answer.Errors) == 0 {
			return string(answer.Data)
		}
		return fmt.Sprint(answer.Errors[0].Extensions["code"])
	}
	for _, role := range []model.Role{model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleTenantAdmin} {
		isText(t, "replayed by "+string(role), refused(h.Token(&ann, role), year, nil), "FORBIDDEN")
	}
	isText(t, "by another tenant", refused(h.Beside("other").Admin(), year, nil), `{"replay":null}`)
	other := h.Do(h.Admin(), `mutation { createPayee(input: {externalId: "new", name: "New", currency: "USD"}) { payee { id } userErrors { message } } }`, nil).String("createPayee", "payee", "id")
	isText(t, "of a payee whom it does not cover", fmt.Sprint(replay(other).At("equal").V, replay(other).At("payees").V), "true 0")
	if got := refused(h.Token(nil, model.RoleAuditor), year, nil); !strings.Contains(got, `"equal": true`) && !strings.Contains(got, `"equal":true`) {
		t.Errorf("by an auditor: %s", got)
	}

	// Behind the product's back.
	behind := func(sql string) {
		h.Owner(func(conn *pgx.Conn) {
			for _, one := range []string{"SET session_replication_role = replica", sql, "RESET session_replication_role"} {
				if _, err := conn.Exec(t.Context(), one); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	mine := fmt.Sprintf("run_id = '%s' AND payee_id = '%s' AND amount = 100", uuidOf(h, year), ann.UUID())
	behind("UPDATE result SET amount = 101 WHERE " + mine)
	got := replay(nil)
	isText(t, "a changed result", fmt.Sprint(got.At("equal").V, got.At("causes").V, got.At("differenceCount").V), "false [STORED] 1")
	d := got.At("differences", 0)
	harness.Same(t, "is named", []string{d.String("payee", "externalId"), d.String("period", "name"), d.String("componentKey"), d.String("stored", "amount"), d.String("replayed", "amount")},
		"ann", "2017-01", "commission", "101.00", "100.00")
	behind("UPDATE result SET amount = 100 WHERE " + strings.Replace(mine, "= 100", "= 101", 1))
	isText(t, "mended", fmt.Sprint(replay(nil).At("equal").V), "true")
	behind("UPDATE credit SET amount = amount + 1 WHERE amount = 1000")
	got = replay(nil)
	isText(t, "a changed fact", fmt.Sprint(got.At("equal").V, got.At("causes").V), "false [INPUTS]")
}
