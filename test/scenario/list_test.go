package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/test/harness"
)

// manyDeals is a company with deals that are told apart in many ways.
func manyDeals(t *testing.T) *company {
	t.Helper()
	c := newCompany(t)
	c.usualRules()
	c.record(
		with(sale("d1", "2026-01-10", "100.00", "ann"), "orderId", "50%_off", "paidDate", "2026-03-01"),
		with(sale("d2", "2026-01-20", "250.00", "bob"), "orderId", "50 off"),
		with(sale("d3", "2026-02-05", "75.50", "ann"), "orderId", `50\off`, "quantity", "3"),
		with(sale("d4", "2026-02-06", "250.00", "ann", "bob"), "orderId", "Zürich", "paidDate", "2026-02-20"),
		with(sale("d5", "2026-03-01", "12.00", "boss"), "orderId", "zürich"),
	)
	c.Settle()
	return c
}

// keys asks for the external ids of transactions, in order.
func (c *company) keys(token, args string) []string {
	c.t.Helper()
	var out []string
	for _, n := range c.Do(token, "{ transactions("+args+") { totalCount nodes { externalId } } }", nil).List("transactions", "nodes") {
		out = append(out, n.String("externalId"))
	}
	return out
}

// message gives the code and text of the only top-level error.
func (c *company) message(token, query string) string {
	c.t.Helper()
	answer := c.Post(token, query, nil)
	if len(answer.Errors) != 1 {
		c.t.Fatalf("%s\nanswered %v", query, answer.Errors)
	}
	return fmt.Sprint(answer.Errors[0].Extensions["code"], " ", answer.Errors[0].Message)
}

func TestWhereOperators(t *testing.T) {
	t.Parallel()
	c := manyDeals(t)
	for where, want := range map[string]string{
		``:                                                            "d1 d2 d3 d4 d5",
		`externalId: {ne: "d1"}`:                                      "d2 d3 d4 d5",
		`externalId: {notIn: ["d1", "d2"]}`:                           "d3 d4 d5",
		`externalId: {in: []}`:                                        "",
		`externalId: {isNull: true}`:                                  "",
		`externalId: {eq: null}`:                                      "d1 d2 d3 d4 d5",
		`orderId: {contains: "%_"}`:                                   "d1",
		`orderId: {contains: "\\"}`:                                   "d3",
		`orderId: {startsWith: "50"}`:                                 "d1 d2 d3",
		`orderId: {startsWith: "50_"}`:                                "",
		`orderId: {startsWith: "z"}`:                                  "d5",
		`orderId: {iStartsWith: "Z"}`:                                 "d4 d5",
		`orderId: {iContains: "RICH"}`:                                "d4 d5",
		`orderId: {contains: "' OR 1=1 --"}`:                          "",
		`amount: {eq: "250"}`:                                         "d2 d4",
		`amount: {ne: "250"}`:                                         "d1 d3 d5",
		`amount: {in: ["12", "75.50"]}`:                               "d3 d5",
		`amount: {notIn: ["12", "75.50"]}`:                            "d1 d2 d4",
		`amount: {gt: "75.5", lte: "100"}`:                            "d1",
		`amount: {between: {from: "12", to: "100"}}`:                  "d1 d3 d5",
		`amount: {between: {from: "100", to: "12"}}`:                  "",
		`quantity: {isNull: true}`:                                    "d1 d2 d4 d5",
		`quantity: {ne: "4"}`:                                         "d1 d2 d3 d4 d5",
		`quantity: {notIn: ["3"]}`:                                    "d1 d2 d4 d5",
		`quantity: {lt: "4"}`:                                         "d3",
		`not: {quantity: {lt: "4"}}`:                                  "d1 d2 d4 d5",
		`paidDate: {isNull: false}`:                                   "d1 d4",
		`paidDate: {between: {from: "2026-02-20", to: "2026-02-28"}}`: "d4",
		`eventDate: {ne: "2026-01-10"}`:                               "d2 d3 d4 d5",
		`eventDate: {in: ["2026-01-10", "2026-03-01"]}`:               "d1 d5",
		`currency: {eq: USD}`:                                         "",
		`currency: {ne: "EUR"}`:                                       "d1 d2 d3 d4 d5",
		`currency: {notIn: ["USD"]}`:                                  "",
		`or: []`:                                                      "",
		`and: []`:                                                     "d1 d2 d3 d4 d5",
		`not: {}`:                                                     "",
		`or: [{externalId: {eq: "d1"}}, {amount: {gt: "200"}, eventDate: {gt: "2026-02-01"}}]`:                 "d1 d4",
		`and: [{not: {externalId: {eq: "d1"}}}, {or: [{amount: {lt: "20"}}, {orderId: {eq: "50 off"}}]}]`:      "d2 d5",
		`credits: {some: {payee: {is: {name: {eq: "bob"}}}}}`:                                                  "d2 d4",
		`credits: {none: {payee: {is: {externalId: {eq: "bob"}}}}}`:                                            "d1 d3 d5",
		`credits: {every: {amount: {gt: "125"}}}`:                                                              "d2",
		`credits: {some: {kind: {eq: ROLLUP}, level: {gte: 1}}}`:                                               "d1 d2 d3 d4",
		`credits: {some: {kind: {notIn: [ROLLUP, MANUAL]}, position: {is: {externalId: {startsWith: "bo"}}}}}`: "d2 d4 d5",
	} {
		if strings.Contains(where, "{eq: USD}") { // an enum is no currency code
			if code := c.Denied(c.admin, "{ transactions(where: {"+where+"}) { totalCount } }", nil); code != "BAD_USER_INPUT" {
				t.Errorf("{%s} answered %q", where, code)
			}
			continue
		}
		if got := strings.Join(c.keys(c.admin, "where: {"+where+"}"), " "); got != want {
			t.Errorf("{%s}: %q, want %q", where, got, want)
		}
		n := int(c.Do(c.admin, "{ transactions(where: {"+where+"}) { totalCount } }", nil).At("transactions", "totalCount").V.(float64))
		if n != len(strings.Fields(want)) {
			t.Errorf("{%s}: totalCount %d", where, n)
		}
	}
	for list, want := range map[string]int{
		`positions(where: {assignments: {some: {payee: {is: {name: {in: ["ann", "bob"]}}}}}})`:            2,
		`positions(where: {assignments: {none: {}}})`:                                                     0,
		`positions(where: {titles: {some: {}}})`:                                                          0,
		`positionAssignments(where: {position: {is: {name: {iContains: "ANN"}}}})`:                        1,
		`credits(where: {transaction: {is: {eventDate: {lt: "2026-02-01"}}}, not: {kind: {eq: ROLLUP}}})`: 2,
		`credits(where: {kinds: [ROLLUP], kind: {ne: DIRECT}})`:                                           5,
		`creditTypes(where: {name: {isNull: false}, key: {in: ["REVENUE"]}})`:                             1,
		`users(where: {active: true, roles: [TENANT_ADMIN]})`:                                             1,
	} {
		if got := int(c.Do(c.admin, "{ "+list+" { totalCount nodes { id } } }", nil).At(strings.SplitN(list, "(", 2)[0], "totalCount").V.(float64)); got != want {
			t.Errorf("%s: %d, want %d", list, got, want)
		}
	}
}

func TestWhereIsBounded(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	nest := func(n int) string {
		return strings.Repeat("not: {", n) + `externalId: {eq: "x"}` + strings.Repeat("}", n)
	}
	many := func(n int) string { return "or: [" + strings.Repeat(`{externalId: {eq: "x"}}, `, n) + "]" }
	values := func(n int) string { return "externalId: {notIn: [" + strings.Repeat(`"x", `, n) + "]}" }
	ask := func(where string) string { return "{ titles(where: {" + where + "}) { totalCount } }" }
	for _, fine := range []string{nest(4), many(20), values(250)} {
		c.Do(c.admin, ask(fine), nil)
	}
	for where, want := range map[string]string{
		nest(5):     "BAD_USER_INPUT where.not.not.not.not.not: conditions nest at most 4 deep",
		many(21):    "BAD_USER_INPUT where.or: a where has at most 20 and, or, not and related conditions in all",
		values(251): "BAD_USER_INPUT where.externalId.notIn: a list has at most 250 values",
	} {
		if got := c.message(c.admin, ask(where)); got != want {
			t.Errorf("%.60s: %s, want %s", where, got, want)
		}
	}
}

// TestOrderAndCursors walks lists in several orders, in pages of two both
// ways, and finds what one page of all has.
func TestOrderAndCursors(t *testing.T) {
	t.Parallel()
	c := manyDeals(t)
	payee := c.ann.String()
	for _, list := range []struct{ name, args string }{
		{"transactions", `orderBy: [{by: EVENT_DATE, direction: DESC}]`},
		{"transactions", `orderBy: [{by: SOURCE}, {by: EXTERNAL_ID, direction: DESC}]`},
		{"credits", `where: {payeeId: {eq: "` + payee + `"}}, orderBy: [{by: AMOUNT}, {by: DATE, direction: DESC}]`},
		{"payees", `orderBy: [{by: NAME, direction: DESC}]`},
		{"positions", `where: {not: {name: {eq: "x"}}}, orderBy: [{by: NAME}, {by: EXTERNAL_ID}, {by: ID}]`},
		{"transactionKinds", `orderBy: [{by: ROLE, direction: DESC}, {by: NAME}]`},
	} {
		testPaging(t, c.Harness, c.admin, list.name, "id", list.args)
	}
	want := []string{"d5", "d4", "d3", "d2", "d1"}
	if got := c.keys(c.admin, "orderBy: [{by: EVENT_DATE, direction: DESC}]"); !slices.Equal(got, want) {
		t.Errorf("from the latest on: %v", got)
	}
	if got := c.keys(c.admin, "orderBy: [{by: EVENT_DATE, direction: DESC}], first: 2, offset: 1"); !slices.Equal(got, want[1:3]) {
		t.Errorf("with an offset: %v", got)
	}
	cursor := c.Do(c.admin, "{ transactions(first: 1) { pageInfo { endCursor } } }", nil).String("transactions", "pageInfo", "endCursor")
	const other = "BAD_USER_INPUT the cursor belongs to another where or order: start again without it"
	for args, want := range map[string]string{
		`after: "` + cursor + `", orderBy: [{by: EVENT_DATE, direction: DESC}]`: other,
		`after: "` + cursor + `", where: {amount: {gt: "1"}}`:                   other,
		`after: "` + cursor + `", updatedSince: "2026-01-01T00:00:00Z"`:         other,
		`after: "` + cursor + `", offset: 1`:                                    "BAD_USER_INPUT offset goes with first, not with after, last or before",
		`last: 1, offset: 1`:                                                    "BAD_USER_INPUT offset goes with first, not with after, last or before",
		`offset: 10001`:                                                         "BAD_USER_INPUT an offset is 0 to 10000: go on with after",
		`offset: -1`:                                                            "BAD_USER_INPUT an offset is 0 to 10000: go on with after",
		`first: 251`:                                                            "BAD_USER_INPUT a page has 0 to 250 rows",
		`orderBy: [{by: ID}, {by: SOURCE}, {by: EVENT_DATE}, {by: EXTERNAL_ID}]`: "BAD_USER_INPUT orderBy: at most 3 keys",
		`orderBy: [{by: SOURCE}, {by: SOURCE, direction: DESC}]`:                 "BAD_USER_INPUT orderBy.1.by: SOURCE stands there already",
	} {
		if got := c.message(c.admin, "{ transactions("+args+") { totalCount } }"); got != want {
			t.Errorf("(%s): %s, want %s", args, got, want)
		}
	}
	wide := c.message(c.admin, "{ credits(orderBy: [{by: AMOUNT}]) { totalCount } }")
	if wide != "BAD_USER_INPUT orderBy.0.by: by AMOUNT only with eq or in of one of transactionId, payeeId, positionId in where" {
		t.Errorf("all credits by amount: %s", wide)
	}
}

// TestNullsInOrder: quotas without a first day of their own stand where the
// order says, and pages go on across them.
func TestNullsInOrder(t *testing.T) {
	t.Parallel()
	s := newSecrets(harness.New(t), "1")
	admin := s.h.Admin()
	for _, nulls := range []string{"FIRST", "LAST"} {
		for _, direction := range []string{"ASC", "DESC"} {
			order := fmt.Sprintf("orderBy: [{by: ATTAINMENT, direction: %s, nulls: %s}, {by: AMOUNT}]", direction, nulls)
			testPaging(t, s.h, admin, "earnings", "id", order)
			var got []string
			for _, n := range s.h.Do(admin, "{ earnings("+order+", first: 250) { nodes { attainment } } }", nil).List("earnings", "nodes") {
				text, _ := n.At("attainment").V.(string)
				got = append(got, text)
			}
			without := slices.Index(got, "")
			if without < 0 || !slices.ContainsFunc(got, func(text string) bool { return text != "" }) {
				t.Fatalf("earnings with and without an attainment are needed: %q", got)
			}
			if (without == 0) != (nulls == "FIRST") {
				t.Errorf("%s: %q", order, got)
			}
		}
	}
}

// TestPagesHoldWhileRowsComeAndGo pages through credits while others are
// written and taken back: none that stayed is missed or comes twice.
func TestPagesHoldWhileRowsComeAndGo(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	var rows []row
	for i := range 12 {
		rows = append(rows, sale(fmt.Sprint("s", i), "2026-01-10", fmt.Sprint(10*(i%5)+1), "ann"))
	}
	c.record(rows...)
	c.Settle()
	ids := func() (out []string) {
		for _, n := range c.Do(c.admin, `{ credits(where: {payeeId: {eq: "`+c.ann.String()+`"}}, first: 250) { nodes { id } } }`, nil).List("credits", "nodes") {
			out = append(out, n.String("id"))
		}
		return out
	}
	before, seen, after := ids(), map[string]int{}, "null"
	for turn := 0; ; turn++ {
		page := c.Do(c.admin, `{ credits(where: {payeeId: {eq: "`+c.ann.String()+`"}}, orderBy: [{by: AMOUNT, direction: DESC}], first: 2, after: `+after+`) { nodes { id } pageInfo { hasNextPage endCursor } } }`, nil).At("credits")
		for _, n := range page.List("nodes") {
			seen[n.String("id")]++
		}
		if more, _ := page.At("pageInfo", "hasNextPage").V.(bool); !more {
			break
		}
		after = fmt.Sprintf("%q", page.String("pageInfo", "endCursor"))
		if turn < 4 { // one goes to bob, and one comes above and one below the place
			c.record(with(sale(fmt.Sprint("s", turn), "2026-01-10", "5", "bob"), "sourceRevision", "2"), sale(fmt.Sprint("high", turn), "2026-01-10", "99", "ann"), sale(fmt.Sprint("low", turn), "2026-01-10", "1", "ann"))
			c.Settle()
		}
	}
	left := ids()
	stayed := 0
	for _, id := range before {
		if !slices.Contains(left, id) {
			continue
		}
		if stayed++; seen[id] != 1 {
			t.Errorf("%s stayed and was seen %d times", id, seen[id])
		}
	}
	if stayed != 8 || len(left) != 16 {
		t.Errorf("%d stayed, %d are left", stayed, len(left))
	}
	for id, n := range seen {
		if n > 1 {
			t.Errorf("%s came %d times", id, n)
		}
	}
}

func TestUpdatedSince(t *testing.T) {
	t.Parallel()
	c := manyDeals(t)
	at := c.Strings("SELECT to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM seal WHERE tenant_id = '" + c.Tenant.String() + "'")[0]
	if got := c.keys(c.admin, `updatedSince: "`+at+`"`); len(got) != 0 {
		t.Errorf("nothing is written since %s: %v", at, got)
	}
	c.record(with(sale("d2", "2026-01-20", "251.00", "bob"), "sourceRevision", "2"), sale("d6", "2026-03-02", "1", "ann"))
	c.Do(c.admin, `mutation { createTitle(input: {externalId: "T", name: "T"}) { title { id } } }`, nil)
	c.Settle()
	if got := c.keys(c.admin, `updatedSince: "`+at+`"`); !slices.Equal(got, []string{"d2", "d6"}) {
		t.Errorf("written since %s: %v", at, got)
	}
	if got := c.keys(c.admin, `updatedSince: "2000-01-01T00:00:00Z", where: {amount: {gt: "100"}}`); !slices.Equal(got, []string{"d2", "d4"}) {
		t.Errorf("written ever, above 100: %v", got)
	}
	if got := c.keys(c.Token(&c.ann, "REP"), `updatedSince: "`+at+`"`); !slices.Equal(got, []string{"d6"}) {
		t.Errorf("ann's written since: %v", got)
	}
	for list, want := range map[string]int{"titles": 1, "payees": 0, "credits": 4} {
		if got := len(c.Do(c.admin, "{ "+list+`(updatedSince: "`+at+`") { nodes { id } } }`, nil).List(list, "nodes")); got != want {
			t.Errorf("%s since: %d, want %d", list, got, want)
		}
	}
}

// TestRelationsShowNothingOfOthers: who filters by what they may not see finds
// what they would where it did not exist.
func TestRelationsShowNothingOfOthers(t *testing.T) {
	t.Parallel()
	c := manyDeals(t)
	ann, boss := c.Token(&c.ann, "REP"), c.Token(&c.bossPayee, "MANAGER")
	for where, want := range map[string]string{
		`credits: {some: {payee: {is: {name: {eq: "bob"}}}}}`:                                         " | d2 d4",
		`credits: {some: {payee: {is: {name: {iContains: "BO"}}}}}`:                                   " | d1 d2 d3 d4 d5",
		`credits: {some: {payeeId: {eq: "` + c.bob.String() + `"}}}`:                                  " | d2 d4",
		`credits: {some: {amount: {eq: "125"}, kind: {eq: ROLLUP}}}`:                                  " | d4",
		`credits: {some: {amount: {eq: "125"}}}`:                                                      "d4 | d4",
		`credits: {none: {payee: {is: {name: {eq: "bob"}}}}}`:                                         "d1 d3 d4 | d1 d3 d5",
		`credits: {every: {payee: {is: {name: {eq: "ann"}}}}}`:                                        "d1 d3 d4 | ",
		`credits: {some: {position: {is: {externalId: {eq: "bob"}}}}}`:                                " | d2 d4",
		`credits: {some: {transaction: {is: {credits: {some: {payee: {is: {name: {ne: "ann"}}}}}}}}}`: " | d1 d2 d3 d4 d5",
	} {
		got := strings.Join(c.keys(ann, "where: {"+where+"}"), " ") + " | " + strings.Join(c.keys(boss, "where: {"+where+"}"), " ")
		if got != want {
			t.Errorf("{%s}: %q, want %q", where, got, want)
		}
	}
	tenantAdmin := c.Token(nil, "TENANT_ADMIN")
	if got := c.message(tenantAdmin, `{ payees(where: {assignments: {some: {payee: {is: {name: {eq: "x"}}}}}}) { totalCount } credits { totalCount } }`); got != "FORBIDDEN this needs the permission CREDIT_READ" {
		t.Errorf("answered %s", got)
	}
	ops := c.Token(nil, "SALES_OPS")
	if got := c.message(ops, `{ quotas(where: {period: {is: {name: {eq: "x"}}}}) { totalCount } plans { totalCount } }`); got != "FORBIDDEN this needs the permission PLAN_READ" {
		t.Errorf("answered %s", got)
	}
}
