package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
)

func TestCreditingRules(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	c.record(sale("jan", "2026-01-10", "100", "ann"), sale("jun", "2026-06-10", "100", "ann"))
	rollup := c.Do(c.admin, `{ creditingRules(where: {key: {eq: "rollup"}}) { nodes { id version creditKind receivers dateRule levels levelShares startDate endDate } } }`, nil).At("creditingRules", "nodes", 0)
	if rollup.String("dateRule") != "EVENT" || rollup.At("endDate").V != nil {
		t.Errorf("the rule is %v", rollup.V)
	}

	const update = `mutation($input: UpdateCreditingRuleInput!) { updateCreditingRule(input: $input) { rule { id key startDate endDate levelShares version } userErrors { path code } } }`
	changed := c.Do(c.admin, update, row{"input": row{"id": rollup.String("id"), "ifVersion": 1, "effectiveFrom": "2026-03-01", "levelShares": []string{"0.5"}}}).At("updateCreditingRule", "rule")
	if changed.String("id") == rollup.String("id") || changed.String("startDate") != "2026-03-01" || changed.String("key") != "rollup" {
		t.Errorf("the next version is %v", changed.V)
	}
	c.Settle()
	c.wantCredits("jan DIRECT ann 100", "jan ROLLUP boss 100", "jun DIRECT ann 100", "jun ROLLUP boss 50")
	old := c.Do(c.admin, `query($id: ID!) { node(id: $id) { ... on CreditingRule { endDate version } } }`, row{"id": rollup.String("id")}).At("node")
	if old.String("endDate") != "2026-02-28" || old.At("version").V != float64(2) {
		t.Errorf("the old version is %v", old.V)
	}

	t.Run("a stale version is a conflict, and shows the rule", func(t *testing.T) {
		answer := c.Post(c.admin, update, row{"input": row{"id": rollup.String("id"), "ifVersion": 1, "effectiveFrom": "2026-02-01", "name": "x"}})
		if s := string(answer.Data); !strings.Contains(s, "CONFLICT") || !strings.Contains(s, rollup.String("id")) {
			t.Errorf("answered %s", s)
		}
	})

	const end = `mutation($input: EndCreditingRuleInput!) { endCreditingRule(input: $input) { rule { id endDate } userErrors { path code } } }`
	t.Run("a rule ends, opens again only where no other follows, and goes", func(t *testing.T) {
		c.Do(c.admin, end, row{"input": row{"id": changed.String("id"), "ifVersion": 1, "endDate": "2026-05-31"}})
		c.Settle()
		c.wantCredits("jan DIRECT ann 100", "jan ROLLUP boss 100", "jun DIRECT ann 100")
		answer := c.Post(c.admin, end, row{"input": row{"id": rollup.String("id"), "ifVersion": 2}})
		if !strings.Contains(string(answer.Data), `"OVERLAP"`) {
			t.Errorf("opening the old version answered %s", answer.Data)
		}
		gone := c.Do(c.admin, end, row{"input": row{"id": changed.String("id"), "ifVersion": 2, "endDate": "2026-01-01"}})
		if gone.At("endCreditingRule", "rule").V != nil {
			t.Errorf("the rule is still %v", gone.V)
		}
		c.Do(c.admin, end, row{"input": row{"id": rollup.String("id"), "ifVersion": 2}})
		c.Settle()
		c.wantCredits("jan DIRECT ann 100", "jan ROLLUP boss 100", "jun DIRECT ann 100", "jun ROLLUP boss 100")
	})
}

func TestCreditingRulesAreChecked(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	good := row{"key": "k", "name": "K", "creditTypeId": c.creditType(), "creditKind": "DIRECT", "receivers": "SELLERS"}
	share := func(position, share string) row { return row{"positionId": position, "share": share} }
	positions := with(good, "receivers", "POSITIONS")
	for name, bad := range map[string]struct {
		input      row
		path, code string
	}{
		"no name":         {with(good, "name", ""), "input.name", "REQUIRED"},
		"overlap":         {with(good, "key", "direct"), "input.startDate", "OVERLAP"},
		"days":            {with(good, "startDate", "2026-02-01", "endDate", "2026-01-01"), "input.endDate", "INVALID"},
		"type":            {with(good, "creditTypeId", c.boss), "input.creditTypeId", "NOT_FOUND"},
		"kind":            {with(good, "transactionKinds", []string{"BOOKING", "NOPE"}), "input.transactionKinds.1", "NOT_FOUND"},
		"reversal":        {with(good, "transactionKinds", []string{"RETURN"}), "input.transactionKinds.0", "INVALID"},
		"condition":       {with(good, "condition", "amount >"), "input.condition", "EXPRESSION"},
		"value":           {with(good, "condition", "amount + 1"), "input.condition", "EXPRESSION"},
		"receivers":       {with(good, "receivers", "MANAGERS"), "input.receivers", "INVALID"},
		"manual":          {with(good, "creditKind", "MANUAL"), "input.creditKind", "INVALID"},
		"levels":          {with(good, "creditKind", "ROLLUP", "receivers", "MANAGERS", "levels", 99), "input.levels", "INVALID"},
		"no positions":    {positions, "input.positions", "REQUIRED"},
		"part":            {with(positions, "positions", []row{share(c.boss, "0.9")}), "input.positions", "SHARES_NOT_WHOLE"},
		"position":        {with(positions, "positions", []row{share(c.ann.String(), "1")}), "input.positions.0.positionId", "NOT_FOUND"},
		"position twice":  {with(positions, "positions", []row{share(c.boss, "0.5"), share(c.boss, "0.5")}), "input.positions.1.positionId", "DUPLICATE_INPUT"},
		"share":           {with(positions, "positions", []row{share(c.boss, "0"), share(c.annID, "1")}), "input.positions.0.share", "INVALID"},
		"needless levels": {with(good, "levelShares", []string{"1"}), "input.levels", "INVALID"},
	} {
		answer := c.Post(c.admin, createRule, row{"input": bad.input})
		want := fmt.Sprintf(`{"path":["%s"],"code":"%s"`, strings.ReplaceAll(bad.path, ".", `","`), bad.code)
		if !strings.Contains(string(answer.Data), want) || !strings.Contains(string(answer.Data), `"rule":null`) {
			t.Errorf("%s: answered %s %v, want %s", name, answer.Data, answer.Errors, want)
		}
	}
	denied := c.Post(c.Token(nil, model.RoleAuditor), createRule, row{"input": good})
	if len(denied.Errors) != 1 || denied.Errors[0].Extensions["code"] != "FORBIDDEN" {
		t.Errorf("an auditor's rule answered %v", denied.Errors)
	}
	next := c.rule("direct2", row{"creditKind": "DIRECT", "receivers": "SELLERS", "startDate": "2026-01-01", "endDate": "2026-01-31"})
	if next.String("endDate") != "2026-01-31" {
		t.Errorf("the rule is %v", next.V)
	}
	c.rule("direct2", row{"creditKind": "DIRECT", "receivers": "SELLERS", "startDate": "2026-02-01"})
	if n := c.Do(c.admin, `{ creditingRules(where: {on: "2026-03-01"}) { totalCount } }`, nil).At("creditingRules", "totalCount").V; n != float64(3) {
		t.Errorf("%v rules in force in March", n)
	}
}

func TestRulesWithConditionsPositionsAndDates(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.rule("big", row{"creditKind": "DIRECT", "receivers": "POSITIONS", "condition": `amount >= 1000 and attr("region") == "west"`, "dateRule": "BOOKED",
		"positions": []row{{"positionId": c.annID, "share": "0.75"}, {"positionId": c.boss, "share": "0.25"}}})
	c.rule("rest", row{"creditKind": "DIRECT", "receivers": "SELLERS", "priority": 1})
	c.rule("help", row{"creditKind": "OVERLAY", "receivers": "POSITIONS", "transactionKinds": []string{"INVOICE"}, "positions": []row{{"positionId": c.bobID, "share": "0.1"}}})
	west := []row{{"name": "region", "value": "west"}}
	c.record(
		with(sale("big", "2026-01-10", "1000", "bob"), "attributes", west, "bookedDate", "2026-01-20"),
		with(sale("undated", "2026-01-10", "1000", "bob"), "attributes", west),
		with(sale("small", "2026-01-10", "999", "bob"), "attributes", west),
		with(sale("invoice", "2026-01-10", "10", "bob"), "kind", "INVOICE"),
	)
	c.wantCredits("big DIRECT ann 750", "big DIRECT boss 250", "small DIRECT bob 999", "invoice DIRECT bob 10", "invoice OVERLAY bob 1")
	c.wantExceptions("undated REVENUE MISSING_DATE rule big: no BOOKED date")
	if !strings.Contains(c.credits(), "big REVENUE DIRECT ann ann 0.75 750 USD 2026-01-20") {
		t.Errorf("credits are\n%s", c.credits())
	}
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	v := c.Do(c.admin, `{
		condition: validateExpression(environment: TRANSACTION, text: "amount > 10 and productIn(\"x\")") { type error { message } }
		value: validateExpression(environment: CREDIT, text: "amount * share") { type error { message } }
		wrong: validateExpression(environment: TRANSACTION, text: "amount >\n nope") { type error { message line column offset } }
		expressionVariables(environment: TRANSACTION) { variables { name type unit mayBeNil meaning } functions { name parameters variadic result meaning } }
	}`, nil)
	if v.String("condition", "type") != "BOOLEAN" || v.String("value", "type") != "NUMBER" || v.At("value", "error").V != nil {
		t.Errorf("answered %v", v.V)
	}
	if wrong := v.At("wrong", "error"); wrong.At("line").V != float64(2) || wrong.At("column").V != float64(2) || v.At("wrong", "type").V != nil {
		t.Errorf("the error is %v", wrong.V)
	}
	if n := len(v.List("expressionVariables", "variables")); n < 10 {
		t.Errorf("%d variables", n)
	}
}
