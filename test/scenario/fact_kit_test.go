package scenario

import (
	"fmt"
	"maps"
	"sort"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// company is a small tenant: a boss above ann and bob, and rules for REVENUE.
type company struct {
	*harness.Harness
	t                   *testing.T
	admin, revenue      string
	boss, annID, bobID  string // positions
	ann, bob, bossPayee model.ID
}

const recordTransactions = `mutation($rows: [TransactionInput!]!) { recordTransactions(input: {transactions: $rows}) {
	rows { index externalId status exceptionCount transaction { id revision } errors { path code message } }
	created revised unchanged superseded rejected userErrors { path code message } sequence replayed } }`

type row = map[string]any

// sale is a booking by sellers, named by payee.
func sale(id, day, amount string, sellers ...string) row {
	named := []row{}
	for _, s := range sellers {
		named = append(named, row{"payee": s})
	}
	return row{"source": "crm", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": named}
}

func with(r row, pairs ...any) row {
	out := row{}
	maps.Copy(out, r)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

func pairsOf(r row) (pairs []any) {
	for k, v := range r {
		pairs = append(pairs, k, v)
	}
	return pairs
}

// reversal is a return of a sale.
func reversal(id, day, amount, of string) row {
	return row{"source": "crm", "externalId": id, "kind": "RETURN", "eventDate": day, "amount": amount, "currency": "USD",
		"relatesTo": row{"type": "REVERSES", "externalId": of}}
}

func newCompany(t *testing.T) *company {
	t.Helper()
	h := harness.New(t)
	c := &company{Harness: h, t: t, admin: h.Admin()}
	v := h.Do(c.admin, `mutation { createPayee(input: {externalId: "boss", name: "Boss", currency: "USD", ownPosition: {}}) { payee { id } position { id } userErrors { message } } }`, nil)
	c.boss, c.bossPayee = v.String("createPayee", "position", "id"), v.ID("createPayee", "payee", "id")
	c.ann, c.annID = c.hire("ann", c.boss)
	c.bob, c.bobID = c.hire("bob", c.boss)
	return c
}

// hire adds a payee with its own position below another.
func (c *company) hire(name, parent string) (payee model.ID, position string) {
	c.t.Helper()
	v := c.Do(c.admin, `mutation($name: String!, $parent: ID) { createPayee(input: {externalId: $name, name: $name, currency: "USD", ownPosition: {parentId: $parent}}) {
		payee { id } position { id } userErrors { message } } }`, row{"name": name, "parent": parent})
	return v.ID("createPayee", "payee", "id"), v.String("createPayee", "position", "id")
}

// creditType gives the id of REVENUE.
func (c *company) creditType() string {
	c.t.Helper()
	if c.revenue == "" {
		c.revenue = c.Do(c.admin, `{ creditTypes(where: {key: {eq: "REVENUE"}}) { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	}
	return c.revenue
}

const createRule = `mutation($input: CreateCreditingRuleInput!) { createCreditingRule(input: $input) { rule { id version startDate endDate condition } userErrors { path code message } } }`

// rule adds a crediting rule; input need not name key, name and type.
func (c *company) rule(key string, input row) harness.Value {
	c.t.Helper()
	input = with(row{"key": key, "name": key, "creditTypeId": c.creditType()}, pairsOf(input)...)
	return c.Do(c.admin, createRule, row{"input": input}).At("createCreditingRule", "rule")
}

// usualRules credit the sellers and roll up to all managers.
func (c *company) usualRules() {
	c.t.Helper()
	c.rule("direct", row{"creditKind": "DIRECT", "receivers": "SELLERS"})
	c.rule("rollup", row{"creditKind": "ROLLUP", "receivers": "MANAGERS"})
}

func (c *company) record(rows ...row) harness.Value {
	c.t.Helper()
	return c.Do(c.admin, recordTransactions, row{"rows": rows}).At("recordTransactions")
}

// changes counts the rows of the tenant's change stream.
func (c *company) changes() (n int) {
	c.t.Helper()
	c.Owner(func(conn *pgx.Conn) {
		if err := conn.QueryRow(c.t.Context(), "SELECT count(*) FROM change").Scan(&n); err != nil {
			c.t.Fatal(err)
		}
	})
	return n
}

// credits lists what is in force in a canonical form without ids of ours,
// sorted.
func (c *company) credits() string {
	c.t.Helper()
	var lines []string
	after := any(nil)
	for {
		v := c.Do(c.admin, `query($after: Cursor) { credits(first: 250, after: $after) { pageInfo { hasNextPage endCursor } nodes {
			transaction { source externalId } creditType { key } kind position { externalId } payee { externalId } assignment { externalId } rule { key startDate }
			level share amount { amount currency } quantity margin { amount } date fxDate viaPosition { externalId } } } }`, row{"after": after}).At("credits")
		for _, n := range v.List("nodes") {
			lines = append(lines, canonical(n))
		}
		if more, _ := v.At("pageInfo", "hasNextPage").V.(bool); !more {
			break
		}
		after = v.At("pageInfo", "endCursor").V
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// canonical writes a node's leaves in the order of the query.
func canonical(n harness.Value) string {
	get := func(path ...any) string {
		at := n.V
		for _, step := range path {
			fields, ok := at.(map[string]any)
			if !ok {
				return "-"
			}
			at = fields[step.(string)]
		}
		if at == nil {
			return "-"
		}
		text := fmt.Sprint(at)
		if last := path[len(path)-1]; strings.Contains(text, ".") && (last == "amount" || last == "quantity") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
		return text
	}
	return strings.Join([]string{
		get("transaction", "externalId"), get("creditType", "key"), get("kind"), get("position", "externalId"), get("payee", "externalId"),
		get("share"), get("amount", "amount"), get("amount", "currency"), get("date"), get("level"), get("viaPosition", "externalId"),
		get("rule", "key"), get("rule", "startDate"), get("assignment", "externalId"), get("quantity"), get("margin", "amount"), get("fxDate"),
	}, " ")
}

// exceptions lists the queue in a canonical form, sorted.
func (c *company) exceptions() string {
	c.t.Helper()
	v := c.Do(c.admin, `{ creditingExceptions(first: 250) { totalCount nodes { transaction { externalId } creditType { key } code detail } } }`, nil)
	var lines []string
	for _, n := range v.List("creditingExceptions", "nodes") {
		creditType := "*"
		if n.At("creditType").V != nil {
			creditType = n.String("creditType", "key")
		}
		lines = append(lines, strings.Join([]string{n.String("transaction", "externalId"), creditType, n.String("code"), n.String("detail")}, " "))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

// brief shortens canonical credits to transaction, kind, position and amount.
func brief(credits string) string {
	var lines []string
	for line := range strings.Lines(credits) {
		f := strings.Fields(line)
		lines = append(lines, strings.Join([]string{f[0], f[2], f[3], f[6]}, " "))
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n")
}

func (c *company) wantCredits(want ...string) {
	c.t.Helper()
	sort.Strings(want)
	if got := brief(c.credits()); got != strings.Join(want, "\n") {
		c.t.Errorf("credits are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func (c *company) wantExceptions(want ...string) {
	c.t.Helper()
	sort.Strings(want)
	if got := c.exceptions(); got != strings.Join(want, "\n") {
		c.t.Errorf("exceptions are\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}
