package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// treesSeen gives all labels of the explanations that somebody sees.
func treesSeen(c seats, token, period string) string {
	c.Settle()
	answer := c.Do(token, `query($p: ID!) { earnings(where: {periodId: {eq: $p}}) { nodes { payee { externalId } position { externalId } amount { amount } measure quota explanation { verified root { kind label value children { kind label value children { kind label value rate children { kind label value rate children { kind label value rate } } } } } } } } }`,
		harness.Input{"p": c.Period(period)})
	return fmt.Sprint(answer.At("earnings", "nodes").V)
}

// TestReliefOfEarlierHolder: "A successor sees of those before them the
// sums alone": not why their quota was relieved, nor how long they were there.
func TestReliefOfEarlierHolder(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.hire("ann")
	c.hire("bob")
	c.open("North", "max", "90000")
	c.sit("bob", "North", "2026-01-01", "2026-01-31")
	c.sit("ann", "North", "2026-02-01", "")
	c.pays("FOLLOW_POSITION", "ann", "bob")
	c.Do(c.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path code message } } }`, harness.Input{"q": []harness.Input{
		{"positionId": c.Positions["North"], "measureId": c.Own, "periodId": c.Period("2026-Q1"), "amount": "90000", "relief": harness.Input{"share": "0.2", "reason": "Bob is in treatment"}},
		{"positionId": c.Positions["North"], "measureId": c.Own, "periodId": c.Period("2026-Q1"), "amount": "90000", "startDate": "2026-02-01"},
	}})
	c.Record(won("bob", "B-1", "2026-01-10", "40000"), won("ann", "A-1", "2026-02-10", "60000"))
	ann := c.Payees["ann"]
	token := c.Token(&ann, model.RoleRep)
	got := treesSeen(c, token, "2026-Q1")
	if strings.Contains(got, "treatment") {
		t.Errorf("Ann sees %s", got)
	}
}

// TestReliefOfEarlierPosition: who manages the new position sees of the
// old one the sum alone.
func TestReliefOfEarlierPosition(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.Hire("wes", "Wes", "USD", "")
	c.hire("ann")
	c.open("West", "wes", "90000")
	c.open("East", "max", "180000")
	c.sit("ann", "West", "2026-01-01", "2026-01-31")
	c.sit("ann", "East", "2026-02-01", "")
	c.pays("FOLLOW_PAYEE", "ann")
	c.Do(c.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { path code message } } }`, harness.Input{"q": []harness.Input{
		{"positionId": c.Positions["West"], "measureId": c.Own, "periodId": c.Period("2026-Q1"), "amount": "90000", "relief": harness.Input{"share": "0.2", "reason": "Ann was in treatment"}},
	}})
	c.Record(won("ann", "A-1", "2026-01-10", "40000"), won("ann", "A-2", "2026-02-10", "100000"))
	manager := c.Payees["max"]
	token := c.Token(&manager, model.RoleManager)
	got := treesSeen(c, token, "2026-Q1")
	if strings.Contains(got, "treatment") {
		t.Errorf("Max sees %s", got)
	}
}
