package scenario

import (
	"fmt"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const createRateTable = `mutation($i: CreateRateTableInput!) { createRateTable(input: $i) { rateTable { id version
	versions { startDate endDate dimension expression cellKind bounds gaps default rows { from to cell } } } userErrors { path code message } } }`

const setRateTableVersion = `mutation($i: SetRateTableVersionInput!) { setRateTableVersion(input: $i) { rateTable { version
	versions { startDate endDate rows { cell } } } userErrors { path code message } } }`

// tiers gives a rate table version by attainment.
func tiers(start string, rows ...vars) vars {
	return vars{"startDate": start, "dimension": "ATTAINMENT", "rows": rows}
}

func (f *firm) rateTable(key string, version vars) string {
	f.tb.Helper()
	return f.do(createRateTable, vars{"i": vars{"key": key, "name": key, "version": version}}).String("createRateTable", "rateTable", "id")
}

func TestRateTables(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	first := tiers("2026-01-01", vars{"to": "1", "cell": "0.04"}, vars{"from": "1", "to": "1.25", "cell": "0.06"}, vars{"from": "1.25", "cell": "0.09"})
	made := f.do(createRateTable, vars{"i": vars{"key": "T1", "name": "Tiers", "version": first}}).At("createRateTable", "rateTable")
	want := "map[bounds:LOWER_INCLUSIVE cellKind:RATE default:0 dimension:ATTAINMENT endDate:<nil> expression: gaps:false rows:[map[cell:0.04 from:<nil> to:1] map[cell:0.06 from:1 to:1.25] map[cell:0.09 from:1.25 to:<nil>]] startDate:2026-01-01]"
	if got := fmt.Sprint(made.At("versions", 0).V); got != want {
		t.Errorf("made\n%s, want\n%s", got, want)
	}
	id := made.String("id")
	f.rateTable("T2", first)
	f.rateTable("T3", first)
	f.pages(f.admin, "rateTables", "key", "T1", "T2", "T3")

	t.Run("what is wrong is told at its place", func(t *testing.T) {
		bad := vars{"dimension": "EXPRESSION", "expression": "amount +", "rows": []vars{
			{"from": "0", "to": "1", "cell": "0.1"}, {"from": "0.5", "to": "0.4", "cell": "0.2"}, {"from": "3", "cell": "0.3"},
		}}
		errs, _ := f.refused(f.admin, createRateTable, vars{"i": vars{"key": "T1", "name": " x", "version": bad}})
		harness.Same(t, "errors", errs, "input.name INVALID", "input.version.expression EXPRESSION", "input.version.rows.1.to INVALID",
			"input.version.rows.1.from OVERLAP", "input.version.rows.2.from INVALID")
		errs, _ = f.refused(f.admin, createRateTable, vars{"i": vars{"key": "T1", "name": "x", "version": first}})
		harness.Same(t, "twice", errs, "input.key TAKEN")
		errs, _ = f.refused(f.admin, createRateTable, vars{"i": vars{"key": "T4", "name": "x", "version": vars{"dimension": "MEASURE", "expression": "1", "rows": []vars{}}}})
		harness.Same(t, "empty", errs, "input.version.expression INVALID", "input.version.rows REQUIRED")
	})
	t.Run("a version holds from its day on", func(t *testing.T) {
		next := tiers("2026-07-01", vars{"cell": "0.05"})
		set := f.do(setRateTableVersion, vars{"i": vars{"id": id, "ifVersion": 1, "version": next}}).At("setRateTableVersion", "rateTable")
		harness.Same(t, "starts", harness.Texts(set.List("versions"), "startDate"), "2026-01-01", "2026-07-01")
		if got := set.String("versions", 0, "endDate"); got != "2026-06-30" {
			t.Errorf("the first ends on %s", got)
		}
		errs, payload := f.refused(f.admin, setRateTableVersion, vars{"i": vars{"id": id, "ifVersion": 1, "version": next}})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if payload["rateTable"] == nil {
			t.Error("the conflict shows nothing")
		}
		errs, _ = f.refused(f.admin, setRateTableVersion, vars{"i": vars{"id": f.ae, "ifVersion": 1, "version": next}})
		harness.Same(t, "none", errs, "input.id NOT_FOUND")
		on := f.do(`query($id: ID!) { node(id: $id) { ... on RateTable { a: versionOn(effectiveOn: "2026-06-30") { rows { cell } } b: versionOn(effectiveOn: "2026-07-01") { rows { cell } } c: versionOn(effectiveOn: "2025-12-31") { rows { cell } } } } }`, vars{"id": id}).At("node")
		if len(on.List("a", "rows")) != 3 || len(on.List("b", "rows")) != 1 || on.At("c").V != nil {
			t.Errorf("on the days it says %v", on.V)
		}
	})
	t.Run("who may not", func(t *testing.T) {
		rep := f.Token(&f.ann, model.RoleRep)
		f.forbidden(rep, createRateTable, vars{"i": vars{"key": "Z", "name": "Z", "version": first}})
		f.pages(rep, "rateTables", "key")
		f.forbidden(f.Token(nil, model.RoleSalesOps), `{ rateTables { nodes { key } } }`, nil)
	})
}
