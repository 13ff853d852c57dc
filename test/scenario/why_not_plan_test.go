package scenario

import (
	"maps"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestWhyNotTellsOfNoOthersPlans: of a plan that is given to others only, by its id
// or by the key of its component, who may not see it hears what is said of one that
// there is not; who may, that it is not assigned.
func TestWhyNotTellsOfNoOthersPlans(t *testing.T) {
	t.Parallel()
	c := asked(t)
	h := c.Harness
	secret := c.Plan("SECRET", harness.Input{"currency": "USD", "components": []harness.Input{
		{"key": "hush", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
	}}, "eve")
	c.Settle()
	ann := c.Payees["ann"]
	rep := h.Token(&ann, model.RoleRep)
	component := func(key string, more harness.Input) harness.Input {
		in := harness.Input{"payeeId": ann.String(), "periodId": c.Period("2026-01"), "componentKey": key}
		maps.Copy(in, more)
		return harness.Input{"component": in}
	}
	plan := harness.Input{"planId": secret}
	for _, q := range []struct {
		what     string
		question harness.Input
		admins   string
	}{
		{"a deal, by the plan", ofTransaction("LOW", ofPayee(ann), plan), "NOT_ASSIGNED Plan"},
		{"a deal, by the component", ofTransaction("LOW", ofPayee(ann), harness.Input{"componentKey": "hush"}), "NOT_ASSIGNED Plan"},
		{"a component, by the plan", component("hush", plan), "NOT_ASSIGNED Plan"},
		{"a component, by its key", component("hush", nil), "NOT_ASSIGNED Plan"},
	} {
		got, answer := asks(h, rep, q.question)
		if reason := answer.At("reasons", 0); got != "NO_SUCH_COMPONENT" || contains(reason.String("text"), "SECRET") || reason.At("plan").V != nil {
			t.Errorf("%s: the rep hears %s: %v", q.what, got, answer.V)
		}
		if got, _ := asks(h, h.Admin(), q.question); got != q.admins {
			t.Errorf("%s: the admin hears %s", q.what, got)
		}
	}
	if got, answer := asks(h, rep, component("deals", nil)); got != "GATE_NOT_MET Earning" {
		t.Errorf("of her own plan the rep hears %v", answer.V)
	}
}

// TestWhyNotOfActivitiesThatNothingCounts: where no plan counts activities, each
// component says so of one; nobody says that the position is another's.
func TestWhyNotOfActivitiesThatNothingCounts(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	h.Do(h.Admin(), recordActivities, vars{"a": []any{activity("CALL", "CALL", "ann", "2017-02-15")}})
	h.Settle()
	ann, bob := s.payees["ann"], s.payees["bob"]
	of := func(payee model.ID) harness.Input {
		return harness.Input{"activity": harness.Input{"source": "crm", "externalId": "CALL", "payeeId": payee.String()}}
	}
	for who, token := range map[string]string{"ann": h.Token(&ann, model.RoleRep), "the admin": h.Admin()} {
		if got, answer := asks(h, token, of(ann)); got != "NOT_MEASURED Measure" {
			t.Errorf("%s hears %s: %v", who, got, answer.V)
		}
	}
	if got, _ := asks(h, h.Admin(), of(bob)); got != "NOT_HELD Position" {
		t.Errorf("of bob the admin hears %s", got)
	}
}
