package scenario

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"spm/test/harness"
)

// grouped is how a test groups the rows of a list by itself.
type grouped struct {
	list, field, row string
	keys             map[string]string // the key's fields in a group, by the key
	always           string
	wheres           []string
	numbers          map[string]string // what is selected of a number
	distinct         map[string]string // the fields of a row that tell what is counted from others
}

// groupings are those of the product, and wheres that take parts of the company's rows.
var groupings = []grouped{
	{
		list: "earnings", field: "earningsAggregate", always: "CURRENCY",
		numbers:  map[string]string{"amount": "amount { amount currency }", "attainment": "attainment"},
		distinct: map[string]string{"payees": "payee.id", "positions": "position.id", "plans": "planVersion.plan.id", "periods": "period.id", "components": "planVersion.plan.id componentKey"},
		row:      "payee { id } position { id } period { id name fiscalYear } planVersion { plan { id } } componentKey earningCode attainment amount { amount currency }",
		keys: map[string]string{
			"PAYEE": "payee { id }", "POSITION": "position { id }", "PERIOD": "period { id }", "COMPONENT": "componentKey", "EARNING_CODE": "earningCode", "CURRENCY": "currency",
			"FISCAL_YEAR": "fiscalYear",
		},
		wheres: []string{
			``, `componentKey: {eq: "bonus"}`, `amount: {gt: "100"}`, `not: {amount: {gt: "100"}}`, `period: {is: {name: {startsWith: "2017-0"}}}`, `payee: {is: {name: {in: ["ann", "dan"]}}}`,
			`or: [{amount: {eq: "0"}}, {periodTypes: [QUARTER]}]`, `amount: {lt: "-1000000"}`,
		},
	},
	{
		list: "credits", field: "creditsAggregate", always: "CURRENCY",
		numbers:  map[string]string{"amount": "amount { amount currency }", "margin": "margin { amount }", "quantity": "quantity"},
		distinct: map[string]string{"payees": "payee.id", "positions": "position.id", "transactions": "transaction.id"},
		row:      "payee { id } position { id } creditType { id } transaction { id } kind level date amount { amount currency } margin { amount } quantity",
		keys: map[string]string{
			"PAYEE": "payee { id }", "POSITION": "position { id }", "CREDIT_TYPE": "creditType { id }", "KIND": "kind", "LEVEL": "level", "DATE": "date", "CURRENCY": "currency",
		},
		wheres: []string{
			``, `kind: {eq: DIRECT}`, `amount: {lt: "2000"}`, `date: {gte: "2017-03-01"}`, `not: {position: {is: {name: {eq: "ann"}}}}`, `transaction: {is: {kind: {ne: "RETURN"}}}`,
		},
	},
	{
		list: "transactions", field: "transactionsAggregate", always: "CURRENCY",
		numbers:  map[string]string{"amount": "amount { amount currency }", "margin": "margin { amount }", "quantity": "quantity"},
		distinct: map[string]string{"orders": "orderId", "accounts": "account", "products": "product"},
		row:      "source kind product account orderId date: eventDate amount { amount currency } margin { amount } quantity",
		keys: map[string]string{
			"SOURCE": "source", "KIND": "kind", "PRODUCT": "product", "ACCOUNT": "account", "DATE": "date", "CURRENCY": "currency",
		},
		wheres: []string{``, `kind: {ne: "RETURN"}`, `amount: {between: {from: "0", to: "4000"}}`, `credits: {some: {payee: {is: {name: {eq: "bob"}}}}}`, `product: {eq: "Zorp"}`},
	},
	{
		list: "quotas", field: "quotasAggregate", always: "MEASURE",
		numbers: map[string]string{"amount": "amount"}, distinct: map[string]string{"positions": "position.id", "titles": "title.id", "periods": "period.id"},
		row:    "position { id } title { id } measure { id } period { id fiscalYear } amount",
		keys:   map[string]string{"POSITION": "position { id }", "TITLE": "title { id }", "MEASURE": "measure { id }", "PERIOD": "period { id }", "FISCAL_YEAR": "fiscalYear"},
		wheres: []string{``, `amount: {gt: "19100"}`, `position: {is: {name: {ne: "bob"}}}`},
	},
}

// part is the value of a key in a row or a group as text.
func part(v harness.Value, key, field string) string {
	name := strings.Fields(field)[0]
	at := v.At(name)
	switch {
	case key == "FISCAL_YEAR" && at.V == nil:
		at = v.At("period", "fiscalYear")
	case key == "CURRENCY" && at.V == nil:
		at = v.At("amount", "currency")
	case strings.HasSuffix(field, "{ id }") && at.V != nil:
		at = at.At("id")
	}
	return fmt.Sprint(at.V)
}

func amountIn(v harness.Value) decimal.Decimal {
	if text, is := v.V.(string); is {
		return decimal.RequireFromString(text)
	}
	return decimal.RequireFromString(v.String("amount"))
}

// walkAll gives all rows of a connection, page by page.
func walkAll(h *harness.Harness, token, root, args, selected string, first int) (out []harness.Value) {
	for after := ""; ; {
		page := h.Do(token, fmt.Sprintf("{ %s(%s first: %d%s) { nodes { %s } pageInfo { hasNextPage endCursor } } }", root, args, first, after, selected), nil).At(root)
		out = append(out, page.List("nodes")...)
		if more, _ := page.At("pageInfo", "hasNextPage").V.(bool); !more {
			return out
		}
		after = fmt.Sprintf(", after: %q", page.String("pageInfo", "endCursor"))
	}
}

// leaf is the text of a field some way down, empty where there is none.
func leaf(v harness.Value, path string) string {
	for name := range strings.SplitSeq(path, ".") {
		if v = v.At(name); v.V == nil {
			return ""
		}
	}
	return fmt.Sprint(v.V)
}

// functionsOf are the aggregates of a number; sums of attainment mean nothing.
func functionsOf(number string) []string {
	if number == "attainment" {
		return []string{"avg", "min", "max"}
	}
	return []string{"sum", "avg", "min", "max"}
}

// comesTo is an aggregate by hand.
func comesTo(function string, values []decimal.Decimal) string {
	if len(values) == 0 {
		return "none"
	}
	switch sum := decimal.Sum(values[0], values[1:]...); function {
	case "sum":
		return sum.String()
	case "avg":
		ratio := new(big.Rat).Quo(sum.Rat(), big.NewRat(int64(len(values)), 1))
		return decimal.RequireFromString(ratio.FloatString(10)).String() // half away from zero
	case "min":
		return decimal.Min(values[0], values[1:]...).String()
	}
	return decimal.Max(values[0], values[1:]...).String()
}

// fold puts rows in groups by hand, and gives what each comes to as text.
func (g *grouped) fold(rows []harness.Value, by []string) map[string]string {
	groups, out := map[string][]harness.Value{}, map[string]string{}
	for _, row := range rows {
		groups[g.name(row, by)] = append(groups[g.name(row, by)], row)
	}
	for name, all := range groups {
		out[name] = fmt.Sprint(len(all))
		for _, number := range slices.Sorted(maps.Keys(g.numbers)) {
			var values []decimal.Decimal
			for _, row := range all {
				if row.At(number).V != nil {
					values = append(values, amountIn(row.At(number)))
				}
			}
			for _, function := range functionsOf(number) {
				out[name] += fmt.Sprintf(" %s.%s=%s", function, number, comesTo(function, values))
			}
		}
		for _, counted := range slices.Sorted(maps.Keys(g.distinct)) {
			different := map[string]bool{}
			for _, row := range all {
				var one string
				for field := range strings.FieldsSeq(g.distinct[counted]) {
					one += leaf(row, field)
				}
				different[one] = true
			}
			delete(different, "")
			out[name] += fmt.Sprintf(" %s=%d", counted, len(different))
		}
	}
	return out
}

func (g *grouped) name(v harness.Value, by []string) string {
	parts := make([]string, len(by))
	for i, key := range by {
		parts[i] = part(v, key, g.keys[key])
	}
	return strings.Join(parts, " | ")
}

// asked gives the groups of the product in the form of fold.
func (g *grouped) asked(h *harness.Harness, token, args string, by []string, first int) map[string]string {
	counted := slices.Sorted(maps.Keys(g.distinct))
	selected := "count countDistinct { " + strings.Join(counted, " ") + " }"
	numbers := slices.Sorted(maps.Keys(g.numbers))
	for _, number := range numbers {
		for _, function := range functionsOf(number) {
			selected += " " + function + " { " + g.numbers[number] + " }"
		}
	}
	for _, key := range by {
		selected += " " + g.keys[key]
	}
	out := map[string]string{}
	for _, group := range walkAll(h, token, g.field, args+" groupBy: ["+strings.Join(by, ", ")+"]", selected, first) {
		name := g.name(group, by)
		if out[name] != "" {
			out[name] = "twice: "
		}
		out[name] += fmt.Sprint(group.At("count").V)
		for _, number := range numbers {
			for _, function := range functionsOf(number) {
				value := "none"
				if at := group.At(function, number); at.V != nil {
					value = amountIn(at).String()
				}
				out[name] += fmt.Sprintf(" %s.%s=%s", function, number, value)
			}
		}
		for _, noun := range counted {
			out[name] += fmt.Sprintf(" %s=%v", noun, group.At("countDistinct", noun).V)
		}
	}
	return out
}

// TestGroupsAreWhatTheListComesTo: of any where, by any keys, for whoever asks, now
// and as it was, the groups are what the rows of the list come to.
func TestGroupsAreWhatTheListComesTo(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSecrets(h, "1")
	for day, more := range map[string][]string{"2017-02-20": {"ann", "3", "-12.35", "o-1"}, "2017-02-21": {"ann", "0.5", "100", "o-1"}, "2017-04-22": {"bob", "7.125", "0", "o-2"}} {
		sale := s.sell(more[0], day, "101.01")
		sale["quantity"], sale["margin"], sale["orderId"], sale["product"], sale["account"] = more[1], more[2], more[3], "P", "A"
		record(h, []map[string]any{sale}, 1000)
	}
	h.Settle()
	before := time.Now()
	record(h, []map[string]any{s.sell("ann", "2017-05-20", "1777.77"), s.sell("bob", "2017-06-21", "333.33")}, 1000)
	h.Settle()
	tokens := map[string]string{"admin": h.Admin(), "ann": s.rep("ann").token, "boss": s.manager("boss", "ann", "bob").token, "eve": s.manager("eve", "dan").token}
	random := rand.New(rand.NewPCG(7, uint64(len(tokens))))
	groupsSeen, differ := 0, map[string]bool{}
	for _, g := range groupings {
		for _, who := range slices.Sorted(maps.Keys(tokens)) {
			for turn := range 5 {
				args := "where: {" + g.wheres[random.IntN(len(g.wheres))] + "}"
				if turn == 0 {
					args = "where: {}"
				}
				if turn%2 == 1 {
					args += fmt.Sprintf(", asOf: %q", before.UTC().Format(time.RFC3339Nano))
				}
				by := slices.Sorted(maps.Keys(g.keys))
				random.Shuffle(len(by), func(i, j int) { by[i], by[j] = by[j], by[i] })
				by = by[:1+random.IntN(2)]
				if !slices.Contains(by, g.always) {
					by = append(by, g.always)
				}
				want := g.fold(walkAll(h, tokens[who], g.list, args, g.row, 250), by)
				got := g.asked(h, tokens[who], args, by, 3+random.IntN(4))
				if !maps.Equal(got, want) {
					t.Errorf("%s: %s(%s) by %v:\n%v, the list comes to\n%v", who, g.field, args, by, got, want)
				}
				groupsSeen += len(got)
				differ[fmt.Sprint(g.field, want)] = true
			}
		}
	}
	t.Logf("%d groups of %d different answers", groupsSeen, len(differ))
	if groupsSeen < 100 || len(differ) < 25 {
		t.Error("the company gives too little to group")
	}
}

// TestGroupsByTime puts credits and earnings in the quarters that their days are in.
func TestGroupsByTime(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSecrets(h, "1")
	admin := h.Admin()
	quarters := h.Do(admin, `{ periods(where: {type: {eq: QUARTER}}, first: 250) { nodes { name startDate endDate } } }`, nil).List("periods", "nodes")
	quarter := func(day string) string {
		for _, q := range quarters {
			if q.String("startDate") <= day && day <= q.String("endDate") {
				return q.String("name")
			}
		}
		return ""
	}
	for root, row := range map[string]string{"credits": "day: date amount { amount }", "transactions": "day: eventDate amount { amount }", "earnings": "period { endDate } amount { amount }"} {
		want := map[string]decimal.Decimal{}
		for _, n := range walkAll(h, admin, root, "", row, 250) {
			day, _ := n.At("day").V.(string)
			if root == "earnings" {
				day = n.String("period", "endDate")
			}
			want[quarter(day)+" 2017"] = want[quarter(day)+" 2017"].Add(amountIn(n.At("amount")))
		}
		got := map[string]decimal.Decimal{}
		var order []string
		for _, n := range walkAll(h, admin, root+"Aggregate", "groupBy: [QUARTER, FISCAL_YEAR],", "quarter { name } fiscalYear sum { amount { amount } }", 1) {
			order = append(order, n.String("quarter", "name"))
			got[fmt.Sprint(n.String("quarter", "name"), " ", n.At("fiscalYear").V)] = amountIn(n.At("sum", "amount"))
		}
		if !maps.EqualFunc(got, want, decimal.Decimal.Equal) || len(got) < 2 || !slices.IsSorted(order) {
			t.Errorf("%s: %v in order %v, want %v", root, got, order, want)
		}
	}
	key := newKey(h, []string{"EARNINGS_READ"})
	if code := h.Denied(key.secret, `{ earningsAggregate(groupBy: [QUARTER]) { nodes { count } } }`, nil); code != "FORBIDDEN" {
		t.Errorf("without CALENDAR_READ answered %q", code)
	}
	h.Do(key.secret, `{ earningsAggregate { nodes { count } } }`, nil)
	h.Do(admin, createCalendar, input("externalId", "second", "name", "Second"))
	for _, by := range []string{"MONTH", "FISCAL_YEAR"} {
		for _, selected := range []string{"nodes { count }", "totalCount"} {
			if code := h.Denied(admin, fmt.Sprintf(`{ creditsAggregate(groupBy: [%s]) { %s } }`, by, selected), nil); code != "BAD_USER_INPUT" {
				t.Errorf("by %s of several calendars, %s answered %q", by, selected, code)
			}
		}
		h.Do(admin, fmt.Sprintf(`{ earningsAggregate(groupBy: [%s]) { nodes { count } } creditsAggregate { nodes { count } } }`, by), nil)
	}
	of := func(calendar string) []harness.Value {
		return h.Do(admin, fmt.Sprintf(`{ creditsAggregate(groupBy: [QUARTER], calendarId: %q) { nodes { quarter { name } } } }`, calendar), nil).List("creditsAggregate", "nodes")
	}
	if got := of(s.calendar); len(got) < 2 {
		t.Errorf("%d quarters of the calendar that is named", len(got))
	}
}

// TestGroupsAreFilteredAndOrdered by what they come to.
func TestGroupsAreFilteredAndOrdered(t *testing.T) {
	t.Parallel()
	c := manyDeals(t)
	ask := func(args string) string {
		var out []string
		for _, n := range walkAll(c.Harness, c.admin, "creditsAggregate", "groupBy: [PAYEE], "+args+",", "payee { name } count sum { amount { amount } }", 1) {
			out = append(out, fmt.Sprint(n.String("payee", "name"), " ", n.At("count").V, " ", n.String("sum", "amount", "amount")))
		}
		return strings.Join(out, ", ")
	}
	const all = "Boss 6 687.50, bob 2 375.00, ann 3 300.50"
	for args, want := range map[string]string{
		`orderBy: [{by: SUM_AMOUNT, direction: DESC}]`: all,
		`orderBy: [{by: COUNT}, {by: PAYEE}]`:          "bob 2 375.00, ann 3 300.50, Boss 6 687.50",
		`orderBy: [{by: COUNT_DISTINCT_TRANSACTIONS, direction: DESC}, {by: AVG_AMOUNT}], having: {count: {lt: 5}}`:            "ann 3 300.50, bob 2 375.00",
		`orderBy: [{by: SUM_AMOUNT}], having: {sum: {amount: {between: {from: "300.5", to: "375"}}}}`:                          "ann 3 300.50, bob 2 375.00",
		`having: {or: [{avg: {amount: {eq: "187.5"}}}, {max: {amount: {gt: "1000"}}}]}`:                                        "bob 2 375.00",
		`having: {not: {countDistinct: {payees: {gte: 1}}}}`:                                                                   "",
		`having: {avg: {quantity: {gt: "0"}}}, orderBy: [{by: SUM_QUANTITY, direction: DESC, nulls: FIRST}, {by: SUM_AMOUNT}]`: "ann 3 300.50, Boss 6 687.50",
		`orderBy: [{by: MIN_MARGIN, nulls: FIRST}, {by: SUM_AMOUNT, direction: DESC}]`:                                         all,
		`where: {amount: {gt: "200"}}, orderBy: [{by: SUM_AMOUNT}]`:                                                            "Boss 1 250.00, bob 1 250.00",
	} {
		if got := ask(args); got != want {
			t.Errorf("(%s): %s, want %s", args, got, want)
		}
	}
	cursor := c.Do(c.admin, `{ creditsAggregate(groupBy: [PAYEE], first: 1) { totalCount pageInfo { endCursor } } }`, nil)
	if n := cursor.At("creditsAggregate", "totalCount").V; n != 3.0 {
		t.Errorf("totalCount %v", n)
	}
	after := fmt.Sprintf("after: %q", cursor.String("creditsAggregate", "pageInfo", "endCursor"))
	const other = "BAD_USER_INPUT the cursor belongs to another where or order: start again without it"
	for args, want := range map[string]string{
		after + `, groupBy: [POSITION]`:                                     other,
		after + `, groupBy: [PAYEE], having: {count: {gt: 1}}`:              other,
		`groupBy: [PAYEE, PAYEE]`:                                           "BAD_USER_INPUT groupBy.1: PAYEE stands there already",
		`groupBy: [PAYEE], orderBy: [{by: POSITION}]`:                       "BAD_USER_INPUT orderBy.0.by: by POSITION only where groupBy has it",
		`orderBy: [{by: COUNT}, {by: COUNT, direction: DESC}]`:              "BAD_USER_INPUT orderBy.1.by: COUNT stands there already",
		`groupBy: [PAYEE, POSITION, CREDIT_TYPE, KIND, LEVEL, DATE, MONTH]`: "BAD_USER_INPUT groupBy: at most 6 keys",
		`having: {not: {not: {not: {not: {not: {count: {eq: 1}}}}}}}`:       "BAD_USER_INPUT having.not.not.not.not.not: conditions nest at most 4 deep",
		`where: {not: {not: {not: {not: {not: {level: {eq: 1}}}}}}}`:        "BAD_USER_INPUT where.not.not.not.not.not: conditions nest at most 4 deep",
		`first: 251`: "BAD_USER_INPUT a page has 0 to 250 rows",
	} {
		if got := c.message(c.admin, "{ creditsAggregate("+args+") { nodes { count } } }"); got != want {
			t.Errorf("(%s): %s, want %s", args, got, want)
		}
	}
	for _, root := range []string{"earnings", "credits", "transactions", "quotas"} {
		if code := c.Denied(c.Token(nil, "TENANT_ADMIN"), "{ "+root+"Aggregate { nodes { count } } }", nil); code != "FORBIDDEN" {
			t.Errorf("%s: a tenant admin is answered %q", root, code)
		}
	}
}
