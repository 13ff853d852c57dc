package scenario

import (
	"strings"
	"testing"

	"spm/model"
)

const (
	resolve = `mutation($input: ResolveCreditingExceptionInput!) { resolveCreditingException(input: $input) {
		transaction { id credits { nodes { position { externalId } amount { amount } share rule { key } } } exceptions { code } resolutions { reason creditType { key } shares { share position { externalId } } } }
		exception { id version } userErrors { path code } } }`

	withdraw = `mutation($input: WithdrawExceptionResolutionInput!) { withdrawExceptionResolution(input: $input) { transaction { exceptions { code } } userErrors { path code } } }`

	assign = `mutation($input: AssignCreditingExceptionInput!) { assignCreditingException(input: $input) { exception { id version owner { name } } userErrors { path code } } }`
)

func TestExceptionsAreSettledByHand(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	c.record(sale("s1", "2026-01-10", "100", "zoe"), reversal("r1", "2026-01-20", "-30", "s1"), sale("s2", "2026-01-11", "5", "yan"))
	c.wantExceptions(`s1 REVENUE UNKNOWN_SELLER payee "zoe"`, `s2 REVENUE UNKNOWN_SELLER payee "yan"`, `r1 REVENUE WITHHELD_BY_ORIGINAL s1: UNKNOWN_SELLER payee "zoe"`)
	v := c.Do(c.admin, `{ creditingExceptions(where: {codes: [UNKNOWN_SELLER]}) { totalCount nodes { id version transaction { id externalId } } } }`, nil)
	if v.At("creditingExceptions", "totalCount").V != float64(2) {
		t.Fatalf("the queue is %v", v.V)
	}
	first, second := v.At("creditingExceptions", "nodes", 0), v.At("creditingExceptions", "nodes", 1)
	share := func(position, share string) row { return row{"positionId": position, "share": share} }
	base := row{"id": first.String("id"), "ifVersion": 1, "reason": "Zoe is Ann's maiden name"}

	for name, bad := range map[string]struct {
		input      row
		path, code string
	}{
		"neither":     {base, "input.shares", "REQUIRED"},
		"both":        {with(base, "noCredit", true, "shares", []row{share(c.annID, "1")}), "input.shares", "REQUIRED"},
		"part":        {with(base, "shares", []row{share(c.annID, "0.5")}), "input.shares", "SHARES_NOT_WHOLE"},
		"no position": {with(base, "shares", []row{share(c.ann.String(), "1")}), "input.shares.0.positionId", "NOT_FOUND"},
		"no reason":   {with(base, "noCredit", true, "reason", ""), "input.reason", "REQUIRED"},
		"stale":       {with(base, "noCredit", true, "ifVersion", 7), "input.ifVersion", "CONFLICT"},
		"nowhere":     {with(base, "noCredit", true, "id", c.boss), "input.id", "NOT_FOUND"},
	} {
		answer := c.Post(c.admin, resolve, row{"input": bad.input})
		want := `{"path":["` + strings.ReplaceAll(bad.path, ".", `","`) + `"],"code":"` + bad.code + `"`
		if !strings.Contains(string(answer.Data), want) {
			t.Errorf("%s: answered %s %v", name, answer.Data, answer.Errors)
		}
	}

	done := c.Do(c.admin, resolve, row{"input": with(base, "shares", []row{share(c.annID, "0.75"), share(c.bobID, "0.25")})}).At("resolveCreditingException")
	if done.At("exception").V != nil || len(done.List("transaction", "exceptions")) != 0 || done.String("transaction", "resolutions", 0, "reason") != "Zoe is Ann's maiden name" {
		t.Errorf("resolved: %v", done.V)
	}
	c.wantCredits("s1 DIRECT ann 75", "s1 DIRECT bob 25", "s1 ROLLUP boss 75", "s1 ROLLUP boss 25",
		"r1 DIRECT ann -22.5", "r1 DIRECT bob -7.5", "r1 ROLLUP boss -22.5", "r1 ROLLUP boss -7.5")
	c.Do(c.admin, resolve, row{"input": row{"id": second.String("id"), "ifVersion": 1, "noCredit": true, "reason": "a test"}})
	c.wantExceptions()

	t.Run("mending the cause leaves what was settled; withdrawing it follows the rules", func(t *testing.T) {
		c.hire("zoe", c.boss)
		c.Settle()
		if !strings.Contains(brief(c.credits()), "s1 DIRECT ann 75") {
			t.Errorf("credits are\n%s", brief(c.credits()))
		}
		undo := row{"input": row{"transactionId": first.String("transaction", "id"), "creditTypeId": c.creditType()}}
		c.Do(c.admin, withdraw, undo)
		c.wantCredits("s1 DIRECT zoe 100", "s1 ROLLUP boss 100", "r1 DIRECT zoe -30", "r1 ROLLUP boss -30")
		answer := c.Post(c.admin, withdraw, undo)
		if !strings.Contains(string(answer.Data), `"NOT_FOUND"`) {
			t.Errorf("the second time answered %s", answer.Data)
		}
		again := c.Do(c.admin, withdraw, row{"input": row{"transactionId": second.String("transaction", "id"), "creditTypeId": c.creditType()}})
		if again.String("withdrawExceptionResolution", "transaction", "exceptions", 0, "code") != "UNKNOWN_SELLER" {
			t.Errorf("answered %v", again.V)
		}
	})
}

func TestExceptionsHaveOwners(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	c.record(sale("s1", "2026-01-10", "100", "zoe"), sale("s2", "2026-01-10", "100", "yan"))
	c.Token(nil, model.RoleSalesOps)
	user := c.Do(c.admin, `{ users { nodes { id name roles } } }`, nil).List("users", "nodes")[0].String("id")
	id := c.Do(c.admin, `{ creditingExceptions { nodes { id } } }`, nil).String("creditingExceptions", "nodes", 0, "id")
	owned := c.Do(c.admin, assign, row{"input": row{"id": id, "ifVersion": 1, "ownerId": user}}).At("assignCreditingException", "exception")
	if owned.At("version").V != float64(2) || owned.At("owner").V == nil {
		t.Errorf("assigned: %v", owned.V)
	}
	stale := c.Post(c.admin, assign, row{"input": row{"id": id, "ifVersion": 1}})
	if !strings.Contains(string(stale.Data), `"CONFLICT"`) || !strings.Contains(string(stale.Data), id) {
		t.Errorf("a stale version answered %s", stale.Data)
	}
	nobody := c.Post(c.admin, assign, row{"input": row{"id": id, "ifVersion": 2, "ownerId": c.boss}})
	if !strings.Contains(string(nobody.Data), `"path":["input","ownerId"],"code":"NOT_FOUND"`) {
		t.Errorf("a foreign owner answered %s", nobody.Data)
	}
	v := c.Do(c.admin, `query($user: ID!) { mine: creditingExceptions(where: {ownerId: {eq: $user}}) { totalCount } free: creditingExceptions(where: {owned: false}) { totalCount } }`, row{"user": user})
	if v.At("mine", "totalCount").V != float64(1) || v.At("free", "totalCount").V != float64(1) {
		t.Errorf("the queues are %v", v.V)
	}

	t.Run("an exception that stays keeps its owner and age though its words change", func(t *testing.T) {
		c.record(with(sale("s1", "2026-01-10", "100", "zed"), "sourceRevision", "1"))
		still := c.Do(c.admin, `query($user: ID!) { creditingExceptions(where: {ownerId: {eq: $user}}) { nodes { id version detail } } }`, row{"user": user}).At("creditingExceptions", "nodes", 0)
		if still.String("id") != id || still.String("detail") != `payee "zed"` || still.At("version").V != float64(3) {
			t.Errorf("the exception is %v", still.V)
		}
	})
	denied := c.Post(c.Token(nil, model.RoleFinance), assign, row{"input": row{"id": id, "ifVersion": 3}})
	if len(denied.Errors) != 1 || denied.Errors[0].Extensions["code"] != "FORBIDDEN" {
		t.Errorf("finance's assignment answered %v", denied.Errors)
	}
}

func TestMendingTheCauseClosesExceptions(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.record(sale("s1", "2026-01-10", "100", "ann"), with(sale("s2", "2026-01-10", "100", "ann"), "product", "GTXPro"), with(sale("s3", "2026-01-10", "7", "ann"), "kind", "UPSELL"))
	c.wantExceptions("s1 * NO_RULE kind \"BOOKING\"", "s2 * UNKNOWN_PRODUCT \"GTXPro\"", "s3 * UNKNOWN_KIND \"UPSELL\"")
	c.usualRules()
	c.Settle()
	c.wantExceptions("s2 * UNKNOWN_PRODUCT \"GTXPro\"", "s3 * UNKNOWN_KIND \"UPSELL\"")
	c.Do(c.admin, `mutation { createTransactionKind(input: {key: "UPSELL", name: "Upsell", role: CREDITABLE}) { userErrors { message } }
		createProducts(input: {products: [{externalId: "gtx-pro", name: "GTX Pro", aliases: ["GTXPro"]}]}) { userErrors { message } } }`, nil)
	c.Settle()
	c.wantExceptions()
	c.wantCredits("s1 DIRECT ann 100", "s1 ROLLUP boss 100", "s2 DIRECT ann 100", "s2 ROLLUP boss 100", "s3 DIRECT ann 7", "s3 ROLLUP boss 7")
}
