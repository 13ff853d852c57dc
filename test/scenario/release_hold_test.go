package scenario

import (
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestReleaseHold: what waits for a person is released by one, of the part that is
// named; an earning of which nothing does is refused, and so is one's own.
func TestReleaseHold(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "")
	rate := func(key string, more ...any) harness.Input {
		return with(harness.Input{"key": key, "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}, more...)
	}
	c.Plan("REPS", harness.Input{"currency": "USD", "components": []harness.Input{
		rate("plain"), rate("dated", "release", []harness.Input{{"name": "June", "share": "1", "trigger": "DATE", "date": "2026-06-10"}}),
		rate("by hand", "release", []harness.Input{{"name": "half", "share": "0.5", "trigger": "OFFSET"}, {"name": "rest", "share": "0.5", "trigger": "PERSON"}}),
	}}, "ann")
	b := newBooks(h, c)
	c.Record(b.sale("D1", "ann", "2026-01-10", "1000"))
	h.Settle()
	release := func(token, key, part string) string {
		t.Helper()
		earning := h.Do(h.Admin(), `query($p: ID!, $k: String!) { earnings(where: {periodId: {eq: $p}, componentKey: {eq: $k}}) { nodes { id } } }`,
			harness.Input{"p": c.Period("2026-01"), "k": key}).String("earnings", "nodes", 0, "id")
		in := harness.Input{"earningId": earning, "date": "2026-02-10", "reason": "signed"}
		if part != "" {
			in["part"] = part
		}
		return strings.Join(h.Refused(token, `mutation($i: ReleaseHoldInput!) { releaseHold(input: $i) { released userErrors { path code message } } }`, harness.Input{"i": in}), "; ")
	}
	finance := h.Token(nil, model.RoleFinance)
	for _, q := range []struct{ key, part, want string }{
		{"plain", "", "input.earningId INVALID_STATE"}, {"dated", "", "input.earningId INVALID_STATE"}, {"dated", "June", "input.earningId INVALID_STATE"}, {"by hand", "half", "input.part NOT_FOUND"},
	} {
		if got := release(finance, q.key, q.part); !strings.HasPrefix(got, q.want) {
			t.Errorf("%s %s: %q, want %s", q.key, q.part, got, q.want)
		}
	}
	ann := c.Payees["ann"]
	if got := release(h.Token(&ann, model.RoleFinance), "by hand", ""); !strings.Contains(got, "SAME_PERSON") {
		t.Errorf("her own: %q", got)
	}
	if got := release(finance, "by hand", "rest"); got != "" {
		t.Errorf("refused: %s", got)
	}
	reads(t, "February", b.ledger("ann", "2026-02"), "RELEASE 50.00 = 50.00; HELD 100.00")
	b.verify(t)
}
