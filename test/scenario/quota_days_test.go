package scenario

import (
	"fmt"
	"maps"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const setDatedQuotas = `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { written quotas { id startDate amount version relief { share reason } } userErrors { path code } } }`

// TestQuotasFromADay sets a quota that changes within its period, relieves it,
// and reads what that makes of attainment.
func TestQuotasFromADay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	c := h.NewCompany()
	c.Hire("ann", "Ann", "USD", "", harness.Input{"startDate": "2026-01-16"})
	component := func(key string, more harness.Input) harness.Input {
		out := harness.Input{"key": key, "payout": "QUARTER", "measureId": c.Own, "rateKind": "RATE_ON_VALUE", "rate": "0.1"}
		maps.Copy(out, more)
		return out
	}
	ramp := harness.Input{"steps": []harness.Input{{"month": 1, "share": "0.50", "targetShare": "0.250"}, {"month": 2, "share": "1.0"}}}
	c.Plan("LAST", harness.Input{"currency": "USD", "components": []harness.Input{component("last", nil), component("ramped", harness.Input{"ramp": ramp})}}, "ann")
	c.Plan("WEIGHTED", harness.Input{"currency": "USD", "rules": harness.Input{"quotaChange": "DAY_WEIGHTED"}, "components": []harness.Input{component("weighted", nil)}}, "ann")
	quota := func(start any, amount string, more ...any) harness.Input {
		out := harness.Input{"positionId": c.Positions["ann"], "measureId": c.Own, "periodId": c.Period("2026-Q1"), "amount": amount}
		if start != nil {
			out["startDate"] = start
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	relief := harness.Input{"share": "0.10", "reason": "parental leave of the team"}
	all := []harness.Input{quota("2026-01-01", "90000"), quota("2026-03-01", "180000", "relief", relief)}
	set := h.Do(h.Admin(), setDatedQuotas, harness.Input{"q": all}).At("setQuotas")
	if got, want := fmt.Sprint(set.At("quotas", 0, "startDate").V, set.At("quotas", 0, "relief").V, set.At("quotas", 1, "startDate").V, set.At("quotas", 1, "relief").V),
		"<nil> <nil>2026-03-01map[reason:parental leave of the team share:0.1]"; got != want {
		t.Errorf("set are %s, want %s", got, want)
	}
	reached := func() string {
		t.Helper()
		h.Settle()
		out := map[string]any{}
		for _, e := range h.Do(h.Admin(), `query($period: ID!) { earnings(where: {periodId: {eq: $period}}) { nodes { componentKey quota explanation { verified } } } }`, harness.Input{"period": c.Period("2026-Q1")}).List("earnings", "nodes") {
			if e.At("explanation", "verified").V != true {
				t.Errorf("%s does not recompute", e.String("componentKey"))
			}
			out[e.String("componentKey")] = e.At("quota").V
		}
		return fmt.Sprint(out)
	}
	// 75 of 90 days: 162,000 x 75/90; 1,800 x (31 x 0.5 + 44); 1,000 x 44 + 1,800 x 31
	if got, want := reached(), "map[last:135000 ramped:107100 weighted:99800]"; got != want {
		t.Errorf("quotas %s, want %s", got, want)
	}

	t.Run("each is found by its first day", func(t *testing.T) {
		again := h.Do(h.Admin(), setDatedQuotas, harness.Input{"q": all}).At("setQuotas")
		if again.At("written").V != 0.0 || again.At("quotas").V == nil {
			t.Errorf("again: %v", again.V)
		}
		without := h.Do(h.Admin(), setDatedQuotas, harness.Input{"q": []harness.Input{quota("2026-03-01", "180000")}}).At("setQuotas")
		if without.At("written").V != 1.0 || without.At("quotas", 0, "relief").V != nil || without.String("quotas", 0, "id") != set.String("quotas", 1, "id") {
			t.Errorf("without relief: %v", without.V)
		}
		if got, want := reached(), "map[last:150000 ramped:119000 weighted:106000]"; got != want {
			t.Errorf("quotas %s, want %s", got, want)
		}
	})
	t.Run("a filter by the first day", func(t *testing.T) {
		got := h.Do(h.Admin(), `{ quotas(where: {startDate: {gte: "2026-02-01"}}) { totalCount nodes { amount } } }`, nil).At("quotas")
		if got.At("totalCount").V != 1.0 || got.String("nodes", 0, "amount") != "180000" {
			t.Errorf("found %v", got.V)
		}
	})
	t.Run("what is wrong is refused", func(t *testing.T) {
		bad := []harness.Input{
			quota("2026-04-01", "1"), quota("2026-02-01", "1"), quota("2026-02-01", "2"), quota(nil, "1"), quota("2026-01-01", "2"),
			quota("2026-02-02", "1", "relief", harness.Input{"share": "1.5", "reason": "x"}), quota("2026-02-03", "1", "relief", harness.Input{"share": "0.5", "reason": ""}),
		}
		harness.Same(t, "refused", h.Refused(h.Admin(), setDatedQuotas, harness.Input{"q": bad}),
			"input.quotas.0.startDate INVALID", "input.quotas.2 DUPLICATE_INPUT", "input.quotas.4 DUPLICATE_INPUT", "input.quotas.5.relief.share INVALID", "input.quotas.6.relief.reason REQUIRED")
	})
	t.Run("a rep sees its own, and sets none", func(t *testing.T) {
		ann := c.Payees["ann"]
		rep := h.Token(&ann, model.RoleRep)
		harness.Same(t, "first days", harness.Texts(h.Do(rep, `{ quotas { nodes { amount } } }`, nil).List("quotas", "nodes"), "amount"), "90000", "180000")
		if code := h.Denied(rep, setDatedQuotas, harness.Input{"q": all}); code != "FORBIDDEN" {
			t.Errorf("a rep sets quotas: %s", code)
		}
	})
	t.Run("removed, what held before holds on", func(t *testing.T) {
		h.Do(h.Admin(), `mutation($id: ID!) { removeQuota(input: {id: $id, ifVersion: 2}) { userErrors { code } } }`, harness.Input{"id": set.String("quotas", 1, "id")})
		if got, want := reached(), "map[last:75000 ramped:59500 weighted:75000]"; got != want {
			t.Errorf("quotas %s, want %s", got, want)
		}
	})
	t.Run("a ramp is content", func(t *testing.T) {
		read := h.Do(h.Admin(), `{ planVersions { nodes { rules { ramp { since } } components { key ramp { since steps { month share targetShare } } } } } }`, nil).List("planVersions", "nodes")
		for _, v := range read {
			for _, component := range v.List("components") {
				want := map[string]string{"last": "<nil>", "weighted": "<nil>", "ramped": "map[since:ASSIGNMENT steps:[map[month:1 share:0.5 targetShare:0.25] map[month:2 share:1 targetShare:<nil>]]]"}[component.String("key")]
				if got := fmt.Sprint(component.At("ramp").V); got != want || v.At("rules", "ramp").V != nil {
					t.Errorf("%s: %s", component.String("key"), got)
				}
			}
		}
	})
}
