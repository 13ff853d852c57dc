package scenario

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const createMeasure = `mutation($i: CreateMeasureInput!) { createMeasure(input: $i) {
	measure { id key value condition version creditTypes { key } creditKinds } userErrors { path code message params { name value } } } }`

func (f *firm) measure(key string) string {
	f.tb.Helper()
	return f.do(createMeasure, vars{"i": vars{"key": key, "name": key}}).String("createMeasure", "measure", "id")
}

func TestMeasures(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	revenue := f.do(`{ creditTypes(where: {key: {eq: "REVENUE"}}) { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")

	made := f.do(createMeasure, vars{"i": vars{
		"key": "ARR", "name": "New ARR", "creditTypeIds": []string{revenue}, "creditKinds": []string{"DIRECT"}, "condition": `product == "P1"`,
	}}).At("createMeasure", "measure")
	id := made.String("id")
	harness.Same(t, "credit types", harness.Texts(made.List("creditTypes"), "key"), "REVENUE")
	if made.String("value") != "AMOUNT" {
		t.Errorf("the value is %s", made.String("value"))
	}
	f.measure("BETA")
	f.measure("GAMMA")
	f.pages(f.admin, "measures", "key", "ARR", "BETA", "GAMMA")

	t.Run("what is wrong is told at its place, all at once", func(t *testing.T) {
		errs, payload := f.refused(f.admin, createMeasure, vars{"i": vars{
			"key": "", "name": "X", "value": "EXPRESSION", "condition": "amount >", "expression": "true", "creditTypeIds": []string{id, revenue, revenue},
		}})
		harness.Same(t, "errors", errs, "input.key REQUIRED", "input.creditTypeIds.0 NOT_FOUND", "input.creditTypeIds.2 DUPLICATE_INPUT",
			"input.condition EXPRESSION", "input.expression EXPRESSION")
		params := fmt.Sprint(payload["userErrors"].([]any)[3].(map[string]any)["params"])
		for _, name := range []string{"line", "column", "message"} {
			if !strings.Contains(params, "name:"+name) {
				t.Errorf("no %s in %s", name, params)
			}
		}
		errs, _ = f.refused(f.admin, createMeasure, vars{"i": vars{"key": "ARR", "name": "again"}})
		harness.Same(t, "twice", errs, "input.key TAKEN")
		errs, _ = f.refused(f.admin, createMeasure, vars{"i": vars{"key": "Y", "name": "Y", "expression": "amount"}})
		harness.Same(t, "expression without use", errs, "input.expression INVALID")
	})
	t.Run("a change needs the version that was read", func(t *testing.T) {
		const update = `mutation($i: UpdateMeasureInput!) { updateMeasure(input: $i) { measure { version name condition } userErrors { path code } } }`
		changed := f.do(update, vars{"i": vars{"id": id, "ifVersion": 1, "name": "ARR", "condition": nil}}).At("updateMeasure", "measure")
		if changed.String("condition") != "" || changed.At("version").V != 2.0 {
			t.Errorf("changed to %v", changed.V)
		}
		errs, payload := f.refused(f.admin, update, vars{"i": vars{"id": id, "ifVersion": 1, "name": "Old"}})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if fmt.Sprint(payload["measure"]) != "map[condition: name:ARR version:2]" {
			t.Errorf("the conflict shows %v", payload["measure"])
		}
		errs, _ = f.refused(f.admin, update, vars{"i": vars{"id": f.ae, "ifVersion": 1, "name": nil}})
		harness.Same(t, "no measure", errs, "input.id NOT_FOUND")
	})
	t.Run("a rep writes none and sees none that nothing of its own refers to", func(t *testing.T) {
		rep := f.Token(&f.ann, model.RoleRep)
		f.forbidden(rep, createMeasure, vars{"i": vars{"key": "Z", "name": "Z"}})
		f.pages(rep, "measures", "key")
		if got := f.Do(rep, `query($id: ID!) { node(id: $id) { id } }`, vars{"id": id}).At("node").V; got != nil {
			t.Errorf("a rep sees %v", got)
		}
	})
}

// TestMeasureSource: what a measure reads is told when it is made, and stays
// while it is in use.
func TestMeasureSource(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	const create = `mutation($i: CreateMeasureInput!) { createMeasure(input: $i) { measure { id source aggregation value } userErrors { path code message } } }`
	made := func(i vars) harness.Value { return f.do(create, vars{"i": i}).At("createMeasure", "measure") }
	shown := func(v harness.Value) string {
		return v.String("source") + " " + v.String("aggregation") + " " + v.String("value")
	}
	if got := shown(made(vars{"key": "ARR", "name": "ARR"})); got != "CREDITS SUM AMOUNT" {
		t.Errorf("a measure is %s", got)
	}
	nps := made(vars{"key": "NPS", "name": "NPS", "source": "VALUES", "aggregation": "AVERAGE"})
	if got := shown(nps); got != "VALUES AVERAGE AMOUNT" {
		t.Errorf("a measure of values is %s", got)
	}
	errs, _ := f.refused(f.admin, create, vars{"i": vars{"key": "X", "name": "X", "source": "VALUES", "value": "COUNT", "creditKinds": []string{"DIRECT"}, "condition": "amount > 1"}})
	harness.Same(t, "about credits", errs, "input.creditKinds INVALID", "input.condition INVALID", "input.value INVALID")
	errs, _ = f.refused(f.admin, create, vars{"i": vars{"key": "X", "name": "X", "aggregation": "LAST"}})
	harness.Same(t, "the last credit", errs, "input.aggregation INVALID")

	change := func(id string, version int, pairs ...any) vars {
		i := vars{"id": id, "ifVersion": version}
		for at := 0; at < len(pairs); at += 2 {
			i[pairs[at].(string)] = pairs[at+1]
		}
		return vars{"i": i}
	}
	id := nps.String("id")
	t.Run("not from VALUES while it has any", func(t *testing.T) {
		value := f.do(setValues, vars{"v": []vars{{"measureId": id, "date": "2026-01-31", "value": "8.5"}}}).String("setMeasureValues", "values", 0, "id")
		errs, _ := f.refused(f.admin, updateMeasure, change(id, 1, "source", "CREDITS", "aggregation", "SUM"))
		harness.Same(t, "with a value", errs, "input.source INVALID_STATE")
		errs, _ = f.refused(f.admin, updateMeasure, change(id, 1, "source", nil))
		harness.Same(t, "without source", errs, "input.source REQUIRED")
		f.do(removeValue, vars{"id": value, "v": 1})
		errs, _ = f.refused(f.admin, updateMeasure, change(id, 1, "source", "CREDITS"))
		harness.Same(t, "an average of credits", errs, "input.aggregation INVALID")
		f.do(updateMeasure, change(id, 1, "source", "CREDITS", "aggregation", "SUM"))
		f.do(updateMeasure, change(id, 2, "source", "VALUES", "aggregation", "LAST"))
	})
	t.Run("not while a published plan measures by it, by its id or by its key", func(t *testing.T) {
		gated, other := f.measure("GATED"), f.measure("GATE")
		plan := f.do(`mutation { createPlan(input: {externalId: "P", name: "P"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
		publish(f.Harness, plan, f.calendar, []any{vars{"key": "c", "measureId": gated, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.1",
			"adjustments": []any{vars{"kind": "GATE", "name": "satisfied", "condition": `measureOf("NPS") >= 8`}}}}, vars{"titleId": f.ae})
		errs, _ := f.refused(f.admin, updateMeasure, change(gated, 1, "source", "VALUES"))
		harness.Same(t, "by its id", errs, "input.source INVALID_STATE")
		errs, _ = f.refused(f.admin, updateMeasure, change(id, 3, "source", "CREDITS", "aggregation", "SUM"))
		harness.Same(t, "by its key", errs, "input.source INVALID_STATE")
		f.do(updateMeasure, change(id, 3, "aggregation", "AVERAGE"))
		f.do(updateMeasure, change(other, 1, "source", "VALUES"))
	})
	t.Run("a component of values has no condition on credits", func(t *testing.T) {
		plan := f.do(`mutation { createPlan(input: {externalId: "Q", name: "Q"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
		errs, _ := f.refused(f.admin, `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { userErrors { path code } } }`, vars{"i": vars{
			"planId": plan, "number": 1, "startDate": "2026-01-01", "calendarId": f.calendar, "currency": "USD",
			"components": []vars{{"key": "c", "measureId": id, "condition": "amount > 1", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "1"}},
		}})
		harness.Same(t, "errors", errs, "input.components.0.condition INVALID")
	})
}

// TestMeasureNamedByKey: a measure that only an expression names is as much in
// use as one that a component names.
func TestMeasureNamedByKey(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	plan := h.Do(h.Admin(), `mutation { createPlan(input: {externalId: "GATED", name: "Gated"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{vars{"key": "gated", "measureId": s.own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.2",
		"adjustments": []any{vars{"kind": "GATE", "name": "late", "condition": `measureOf("LATE") >= 100`}}}}, vars{"titleId": s.repTitle})
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "100")}, 1)
	why := func() string {
		h.Settle()
		found := h.Do(h.Admin(), `query($p: ID!, $q: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $q}}) { nodes { componentKey amount { amount } why } } }`,
			vars{"p": s.payees["ann"].String(), "q": s.period("2017-01")})
		for _, e := range found.List("earnings", "nodes") {
			if e.String("componentKey") == "gated" {
				return e.String("amount", "amount") + " " + e.String("why")
			}
		}
		return "none"
	}
	if got := why(); got != "0.00 PROBLEM" {
		t.Errorf("without the measure ann has %s", got)
	}
	late := h.Do(h.Admin(), createMeasure, vars{"i": vars{"key": "LATE", "name": "Late"}}).String("createMeasure", "measure", "id")
	if got := why(); got != "20.00 PAID" {
		t.Errorf("with the measure ann has %s", got)
	}
	h.Do(h.Admin(), updateMeasure, vars{"i": vars{"id": late, "ifVersion": 1, "creditKinds": []string{"ROLLUP"}}})
	if got := why(); got == "20.00 PAID" {
		t.Errorf("with another measure ann has %s", got)
	}
	harness.Same(t, "broken laws", broken(t, h))
}

// TestNamedInTables: a rate table that only a formula names, and a measure that
// only a rate table's dimension names, are in use as well: what changes them is
// seen in the pay.
func TestNamedInTables(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	create := `mutation($i: CreateRateTableInput!) { createRateTable(input: $i) { rateTable { id } userErrors { path message } } }`
	table := func(key string, version vars) string {
		return h.Do(h.Admin(), create, vars{"i": vars{"key": key, "name": key, "version": version}}).String("createRateTable", "rateTable", "id")
	}
	hours := createdMeasure(h, "HOURS")
	h.Do(h.Admin(), setValues, vars{"v": []any{vars{"measureId": hours, "date": "2017-01-12", "value": "4"}, vars{"measureId": hours, "date": "2017-01-13", "value": "8"}}})
	matrix := table("BY_HOURS", vars{"cellKind": "MONEY", "dimensions": []any{vars{"name": "hours", "expression": "measureOf('HOURS')"}}, "rows": []any{
		vars{"keys": []any{vars{"to": "10"}}, "cell": "7"}, vars{"keys": []any{vars{"from": "10"}}, "cell": "70"},
	}})
	plan := h.Do(h.Admin(), `mutation { createPlan(input: {externalId: "NAMED", name: "Named"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{
		vars{"key": "looks up", "measureId": s.own, "payout": "MONTH", "rateKind": "FORMULA", "formula": "lookup('RATES', measure) * measure"},
		vars{"key": "by hours", "measureId": s.own, "payout": "MONTH", "rateKind": "MATRIX", "rateTableId": matrix},
	}, vars{"titleId": s.repTitle})
	record(h, []map[string]any{s.sell("ann", "2017-01-10", "100")}, 1)
	pays := func(want map[string]string) {
		t.Helper()
		h.Settle()
		found := h.Do(h.Admin(), `query($p: ID!, $q: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $q}}, first: 50) { nodes { componentKey amount { amount } why } } }`,
			vars{"p": s.payees["ann"].String(), "q": s.period("2017-01")})
		for _, e := range found.List("earnings", "nodes") {
			key := e.String("componentKey")
			if got := e.String("amount", "amount") + " " + e.String("why"); want[key] != "" && got != want[key] {
				t.Errorf("%s: %s, want %s", key, got, want[key])
			}
			delete(want, key)
		}
		if len(want) > 0 {
			t.Errorf("no earnings of %v", want)
		}
	}
	pays(map[string]string{"looks up": "0.00 PROBLEM", "by hours": "70.00 PAID"})
	rates := table("RATES", vars{"dimension": "MEASURE", "rows": []any{vars{"from": "0", "cell": "0.1"}}})
	pays(map[string]string{"looks up": "10.00 PAID"})
	h.Do(h.Admin(), `mutation($i: SetRateTableVersionInput!) { setRateTableVersion(input: $i) { userErrors { path message } } }`,
		vars{"i": vars{"id": rates, "ifVersion": 1, "version": vars{"dimension": "MEASURE", "rows": []any{vars{"from": "0", "cell": "0.3"}}}}})
	pays(map[string]string{"looks up": "30.00 PAID"})
	oneDimension := vars{"dimension": "MEASURE", "rows": []any{vars{"from": "0", "cell": "0.3"}}}
	harness.Same(t, "what its plan could not calculate with", h.Refused(h.Admin(), `mutation($i: SetRateTableVersionInput!) { setRateTableVersion(input: $i) { userErrors { path code message } } }`,
		vars{"i": vars{"id": matrix, "ifVersion": 1, "version": oneDimension}}), "input.version NOT_SUPPORTED")
	harness.Same(t, "simulated", h.Refused(h.Admin(), simulate,
		vars{"i": vars{"periodIds": []any{s.period("2017-01")}, "changes": []any{vars{"rateTable": vars{"id": matrix, "version": oneDimension}}}}}), "input.changes.0.rateTable.version NOT_SUPPORTED")
	h.Do(h.Admin(), updateMeasure, vars{"i": vars{"id": hours, "ifVersion": 1, "aggregation": "AVERAGE"}})
	pays(map[string]string{"by hours": "7.00 PAID"})
}
