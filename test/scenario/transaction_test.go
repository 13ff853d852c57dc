package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

func TestTransactionsAreCredited(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	got := c.record(
		sale("s1", "2026-01-10", "100.00", "ann"),
		sale("s2", "2026-01-11", "100.00", "ann", "bob", "boss"),
		sale("s3", "2026-01-12", "50", "zoe"),
	)
	if n := len(got.List("rows")); n != 3 || got.String("rows", 2, "status") != "CREATED" {
		t.Errorf("answered %v", got.V)
	}
	c.wantCredits(
		"s1 DIRECT ann 100", "s1 ROLLUP boss 100",
		"s2 DIRECT ann 33.34", "s2 DIRECT bob 33.33", "s2 DIRECT boss 33.33", "s2 ROLLUP boss 33.34", "s2 ROLLUP boss 33.33",
	)
	c.wantExceptions(`s3 REVENUE UNKNOWN_SELLER payee "zoe"`)
	again := c.record(sale("s1", "2026-01-10", "100", "ann"))
	if again.String("rows", 0, "status") != "UNCHANGED" {
		t.Errorf("the same again answered %v", again.V)
	}
	c.hire("zoe", c.boss)
	c.Settle()
	c.wantExceptions()
}

func TestReturns(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	c.record(reversal("r1", "2026-02-01", "-40", "s1"))
	c.wantExceptions(`r1 * UNLINKED_REVERSAL there is no sale "s1" from "crm"`)
	c.record(sale("s1", "2026-01-10", "100", "ann"))
	c.wantExceptions()
	after := []string{"s1 DIRECT ann 100", "s1 ROLLUP boss 100", "r1 DIRECT ann -40", "r1 ROLLUP boss -40"}
	c.wantCredits(after...)

	t.Run("a revision of the sale moves its returns too", func(t *testing.T) {
		got := c.record(with(sale("s1", "2026-01-10", "100", "bob"), "sourceRevision", "2"))
		if got.String("rows", 0, "status") != "REVISED" {
			t.Errorf("answered %v", got.V)
		}
		c.wantCredits("s1 DIRECT bob 100", "s1 ROLLUP boss 100", "r1 DIRECT bob -40", "r1 ROLLUP boss -40")
	})
	t.Run("a revision that comes late changes nothing", func(t *testing.T) {
		late := with(sale("s1", "2026-01-10", "77", "ann"), "sourceRevision", "1")
		if got := c.record(late); got.String("rows", 0, "status") != "SUPERSEDED" {
			t.Errorf("answered %v", got.V)
		}
		if got := c.record(late); got.String("rows", 0, "status") != "UNCHANGED" {
			t.Errorf("the second time answered %v", got.V)
		}
		v := c.Do(c.admin, `{ transactions(where: {externalId: {eq: "s1"}}) { nodes { revision amount { amount } revisions { revision sourceRevision amount { amount } } } } }`, nil)
		if n := len(v.List("transactions", "nodes", 0, "revisions")); n != 3 {
			t.Errorf("the history has %d revisions", n)
		}
		c.wantCredits("s1 DIRECT bob 100", "s1 ROLLUP boss 100", "r1 DIRECT bob -40", "r1 ROLLUP boss -40")
	})
	t.Run("a return of a return", func(t *testing.T) {
		c.record(reversal("rr1", "2026-02-02", "40", "r1"))
		c.wantCredits("s1 DIRECT bob 100", "s1 ROLLUP boss 100", "r1 DIRECT bob -40", "r1 ROLLUP boss -40", "rr1 DIRECT bob 40", "rr1 ROLLUP boss 40")
	})
	t.Run("a circle of returns counts as unlinked", func(t *testing.T) {
		c.record(reversal("x1", "2026-02-02", "-1", "x2"), reversal("x2", "2026-02-02", "-1", "x1"))
		c.wantExceptions(`x1 * UNLINKED_REVERSAL there is no sale "x2" from "crm"`, `x2 * UNLINKED_REVERSAL there is no sale "x1" from "crm"`)
	})
}

func TestRowsAreJudgedOneByOne(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	bad := []struct {
		row  row
		path string
		code string
	}{
		{with(sale("b0", "2026-01-10", "1", "ann"), "amount", nil), "amount", "REQUIRED"},
		{with(sale("b1", "2026-01-10", "1", "ann"), "amount", "NaN"), "amount", "INVALID"},
		{with(sale("b2", "2026-01-10", "1", "ann"), "amount", "1e400"), "amount", "INVALID"},
		{with(sale("b3", "2026-01-10", "1", "ann"), "amount", 12), "amount", "INVALID"},
		{sale("b4", "2026-02-30", "1", "ann"), "eventDate", "INVALID"},
		{with(sale("b5", "2026-01-10", "1", "ann"), "currency", "ZZZ"), "currency", "INVALID"},
		{with(sale("b6", "2026-01-10", "1", "ann"), "kind", ""), "kind", "REQUIRED"},
		{with(sale("b7", "2026-01-10", "1", "ann"), "source", " crm"), "source", "INVALID"},
		{with(sale("b\x00", "2026-01-10", "1", "ann")), "externalId", "INVALID"},
		{with(sale("b9", "2026-01-10", "1", "ann"), "sellers", []row{{"payee": "ann"}, {"payee": "ann"}}), "sellers.1", "DUPLICATE_INPUT"},
		{with(sale("b10", "2026-01-10", "1"), "sellers", []row{{"payee": "ann", "share": "0.5"}, {"payee": "bob", "weight": "1"}}), "sellers", "INVALID"},
		{with(sale("b11", "2026-01-10", "1"), "sellers", []row{{"payee": "ann", "position": "ann"}}), "sellers.0", "REQUIRED"},
		{with(sale("b12", "2026-01-10", "1", "ann"), "sourceRevision", "-1"), "sourceRevision", "INVALID"},
		{with(sale("b13", "2026-01-10", "1", "ann"), "relatesTo", row{"type": "REVERSES", "externalId": "b13"}), "relatesTo.externalId", "CYCLE"},
		{with(sale("b14", "2026-01-10", "1", "ann"), "attributes", []row{{"name": "a", "value": "1"}, {"name": "a", "value": "2"}}), "attributes.1.name", "DUPLICATE_INPUT"},
		{with(sale("b15", "2026-01-10", "1", "ann"), "orderId", strings.Repeat("x", 201)), "orderId", "TOO_LONG"},
		{with(sale("b16", "2026-01-10", "1234567890123456", "ann")), "amount", "INVALID"},
	}
	var rows []row
	for i := range 1000 {
		if i%50 == 0 && i/50 < len(bad) {
			rows = append(rows, bad[i/50].row)
			continue
		}
		rows = append(rows, sale(fmt.Sprint("ok", i), "2026-01-10", "1.01", "ann"))
	}
	got := c.record(rows...)
	for i, b := range bad {
		r := got.At("rows", i*50)
		if r.String("status") != "REJECTED" || r.String("errors", 0, "code") != b.code {
			t.Errorf("row %d: %v", i, r.V)
			continue
		}
		want := fmt.Sprint("input.transactions.", i*50, ".", b.path)
		if path := joinPath(r.List("errors", 0, "path")); path != want {
			t.Errorf("row %d: path %s, want %s", i, path, want)
		}
	}
	if n := got.At("created").V; n != float64(1000-len(bad)) {
		t.Errorf("%v were created", n)
	}
	if n := c.Do(c.admin, `{ credits(where: {kinds: [DIRECT]}) { totalCount } }`, nil).At("credits", "totalCount").V; n != float64(1000-len(bad)) {
		t.Errorf("%v direct credits", n)
	}
	c.Settle()
	before := c.changes()
	again := c.record(rows...)
	if n := again.At("unchanged").V; n != float64(1000-len(bad)) {
		t.Errorf("the second time %v were unchanged", n)
	}
	if after := c.changes(); after != before {
		t.Errorf("the same batch again wrote %d change rows", after-before)
	}
}

func joinPath(steps []harness.Value) string {
	parts := make([]string, len(steps))
	for i, s := range steps {
		parts[i] = s.V.(string)
	}
	return strings.Join(parts, ".")
}

func TestDuplicatesInABatch(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	got := c.record(
		with(sale("s1", "2026-01-10", "1", "ann"), "sourceRevision", "1"),
		with(sale("s1", "2026-01-10", "3", "ann"), "sourceRevision", "3"),
		with(sale("s1", "2026-01-10", "2", "ann"), "sourceRevision", "2"),
		with(sale("s1", "2026-01-10", "3.00", "ann"), "sourceRevision", "3"),
	)
	var statuses []string
	for _, r := range got.List("rows") {
		statuses = append(statuses, r.String("status"))
	}
	if s := strings.Join(statuses, " "); s != "CREATED REVISED SUPERSEDED UNCHANGED" {
		t.Errorf("statuses are %s", s)
	}
	c.wantCredits("s1 DIRECT ann 3", "s1 ROLLUP boss 3")
}

func TestBatchBounds(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	var many []row
	for i := range 1001 {
		many = append(many, sale(fmt.Sprint(i), "2026-01-10", "1", "ann"))
	}
	for code, rows := range map[string][]row{"TOO_MANY": many, "REQUIRED": {}} {
		answer := c.Post(c.admin, recordTransactions, row{"rows": rows})
		if !strings.Contains(string(answer.Data), `"code":"`+code+`"`) {
			t.Errorf("%d rows answered %.300s %v", len(rows), answer.Data, answer.Errors)
		}
	}
}

func TestRecordingTwiceWithAKey(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	rows := row{"rows": []row{sale("s1", "2026-01-10", "1", "ann"), with(sale("s2", "2026-01-10", "1", "ann"), "amount", "x")}}
	first := c.Post(c.admin, recordTransactions, rows, "Idempotency-Key", "k")
	second := c.Post(c.admin, recordTransactions, rows, "Idempotency-Key", "k")
	strip := func(a harness.Answer) string {
		text := strings.Replace(string(a.Data), `"replayed":true`, `"replayed":false`, 1)
		before, _, _ := strings.Cut(text, `"sequence"`)
		return before
	}
	if len(second.Errors) > 0 || strip(first) != strip(second) || !strings.Contains(string(second.Data), `"replayed":true`) {
		t.Errorf("first %s\nsecond %s %v", first.Data, second.Data, second.Errors)
	}
	other := c.Post(c.admin, recordTransactions, row{"rows": []row{sale("s3", "2026-01-10", "1", "ann")}}, "Idempotency-Key", "k")
	if len(other.Errors) != 1 || other.Errors[0].Extensions["code"] != "IDEMPOTENCY_MISMATCH" {
		t.Errorf("other input answered %s %v", other.Data, other.Errors)
	}
}

func TestWhoSeesFacts(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	c.record(sale("s1", "2026-01-10", "100", "ann", "bob"), sale("s2", "2026-01-11", "50", "bob"), reversal("r2", "2026-01-12", "-5", "s2"), sale("s3", "2026-01-11", "50", "zoe"))
	const seen = `{ transactions { totalCount nodes { id externalId sellers { payeeExternalId payee { name } } credits { totalCount nodes { position { externalId } payee { externalId } } } } }
		credits { totalCount nodes { id kind position { externalId } transaction { externalId relatedTransaction { externalId } } } } }`
	ann := c.Do(c.Token(&c.ann, model.RoleRep), seen, nil)
	if n := ann.At("transactions", "totalCount").V; n != float64(1) {
		t.Errorf("ann sees %v transactions", n)
	}
	if s := ann.List("transactions", "nodes", 0, "sellers"); len(s) != 1 || s[0].String("payeeExternalId") != "ann" {
		t.Errorf("ann sees the sellers %v", ann.At("transactions", "nodes", 0, "sellers").V)
	}
	if n := ann.At("transactions", "nodes", 0, "credits", "totalCount").V; n != float64(1) {
		t.Errorf("ann sees %v credits of the shared sale", n)
	}
	bob := c.Do(c.Token(&c.bob, model.RoleRep), seen, nil)
	if n := bob.At("credits", "totalCount").V; n != float64(3) {
		t.Errorf("bob sees %v credits", n)
	}
	boss := c.Do(c.Token(&c.bossPayee, model.RoleManager), seen, nil)
	if n := boss.At("credits", "totalCount").V; n != float64(8) {
		t.Errorf("the boss sees %v credits", n)
	}
	if s := boss.List("transactions", "nodes", 0, "sellers"); len(s) != 2 {
		t.Errorf("the boss sees %d sellers", len(s))
	}
	foreign := bob.String("transactions", "nodes", 1, "id")
	hidden := c.Do(c.Token(&c.ann, model.RoleRep), `query($id: ID!) { node(id: $id) { id } }`, row{"id": foreign})
	if hidden.At("node").V != nil {
		t.Errorf("ann reaches %s", foreign)
	}
	for _, denied := range []string{`{ creditingExceptions { totalCount } }`, `{ creditingRules { totalCount } }`, `{ transactions { nodes { exceptions { id } } } }`,
		`mutation { recordTransactions(input: {transactions: [{source: "x"}]}) { created } }`} {
		answer := c.Post(c.Token(&c.ann, model.RoleRep), denied, nil)
		if len(answer.Errors) == 0 || answer.Errors[0].Extensions["code"] != "FORBIDDEN" {
			t.Errorf("%s answered %s %v", denied, answer.Data, answer.Errors)
		}
	}
}

func TestPagesOfFacts(t *testing.T) {
	t.Parallel()
	c := newCompany(t)
	c.usualRules()
	var rows []row
	for i := range 7 {
		rows = append(rows, sale(fmt.Sprint("s", i), fmt.Sprintf("2026-01-%02d", 10+i/2), "10", "ann"))
	}
	c.record(rows...)
	for _, list := range []string{"transactions", "credits"} {
		all := c.Do(c.admin, `{ `+list+` { nodes { id } } }`, nil).List(list, "nodes")
		var forwards, backwards []string
		page := `query($after: Cursor, $before: Cursor, $first: Int, $last: Int) { ` + list + `(first: $first, last: $last, after: $after, before: $before) {
			nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
		for vars := (row{"first": 3}); ; {
			v := c.Do(c.admin, page, vars).At(list)
			for _, n := range v.List("nodes") {
				forwards = append(forwards, n.String("id"))
			}
			if v.At("pageInfo", "hasNextPage").V == false {
				break
			}
			vars = row{"first": 3, "after": v.String("pageInfo", "endCursor")}
		}
		for vars := (row{"last": 3}); ; {
			v := c.Do(c.admin, page, vars).At(list)
			var ids []string
			for _, n := range v.List("nodes") {
				ids = append(ids, n.String("id"))
			}
			backwards = append(ids, backwards...)
			if v.At("pageInfo", "hasPreviousPage").V == false {
				break
			}
			vars = row{"last": 3, "before": v.String("pageInfo", "startCursor")}
		}
		if len(forwards) != len(all) || strings.Join(forwards, " ") != strings.Join(backwards, " ") {
			t.Errorf("%s: forwards %v, backwards %v", list, forwards, backwards)
		}
	}
	filtered := c.Do(c.admin, `{ transactions(where: {eventDate: {gte: "2026-01-11", lt: "2026-01-12"}, kind: {eq: "BOOKING"}}) { totalCount }
		credits(where: {kinds: [ROLLUP], date: {eq: "2026-01-10"}}) { totalCount } }`, nil)
	if filtered.At("transactions", "totalCount").V != float64(2) || filtered.At("credits", "totalCount").V != float64(2) {
		t.Errorf("filtered: %v", filtered.V)
	}
}
