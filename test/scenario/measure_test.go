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
