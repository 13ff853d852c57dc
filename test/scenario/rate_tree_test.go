package scenario

import (
	"fmt"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestRateTableByTree: a table's rows name products by their external ids, which
// must be there; it is read as it was written.
func TestRateTableByTree(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	product := func(id string) vars {
		return vars{"input": vars{"externalId": id, "name": id}}
	}
	f.do(createProduct, product("SOFTWARE"))
	f.do(`mutation { createAccount(input: {externalId: "ACME", name: "ACME"}) { account { id } userErrors { path code message } } }`, nil)
	version := func(dimension vars, keys ...vars) vars {
		rows := []vars{}
		for _, key := range keys {
			rows = append(rows, vars{"keys": []vars{key}, "cell": "0.1"})
		}
		return vars{"dimensions": []vars{dimension}, "rows": rows}
	}
	tree := vars{"name": "product", "expression": "product", "match": "TREE", "tree": "PRODUCT"}
	refused := func(version vars, want ...string) {
		t.Helper()
		errs, _ := f.refused(f.admin, createRateTable, vars{"i": vars{"key": "T", "name": "T", "version": version}})
		harness.Same(t, "errors", errs, want...)
	}
	refused(version(tree, vars{"under": "SOFTWARE"}, vars{"under": "HARDWARE"}, vars{}, vars{"under": "ACME"}), "input.version.rows.1.keys.0.under NOT_FOUND", "input.version.rows.3.keys.0.under NOT_FOUND")
	refused(version(vars{"name": "account", "expression": "account", "match": "TREE", "tree": "ACCOUNT"}, vars{"under": "SOFTWARE"}), "input.version.rows.0.keys.0.under NOT_FOUND")
	refused(version(vars{"name": "product", "expression": "product", "match": "TREE"}, vars{}), "input.version.dimensions.0.tree REQUIRED")
	refused(version(vars{"name": "product", "expression": "product", "match": "EQUALS", "tree": "PRODUCT"}, vars{"under": "SOFTWARE"}), "input.version.dimensions.0.tree INVALID", "input.version.rows.0.keys.0.under INVALID")

	id := f.rateTable("BY-PRODUCT", version(tree, vars{"under": "SOFTWARE"}, vars{}))
	const read = `query($id: ID!) { node(id: $id) { ... on RateTable { versionOn { dimensions { name match tree } rows { keys { from to equals under } } } } } }`
	got := fmt.Sprint(f.do(read, vars{"id": id}).At("node", "versionOn").V)
	want := "map[dimensions:[map[match:TREE name:product tree:PRODUCT]] rows:[map[keys:[map[equals:<nil> from:<nil> to:<nil> under:SOFTWARE]]] map[keys:[map[equals:<nil> from:<nil> to:<nil> under:<nil>]]]]]"
	if got != want {
		t.Errorf("reads\n%s, want\n%s", got, want)
	}
	errs, _ := f.refused(f.admin, setRateTableVersion, vars{"i": vars{"id": id, "ifVersion": 1, "version": version(tree, vars{"under": "HARDWARE"})}})
	harness.Same(t, "a later version", errs, "input.version.rows.0.keys.0.under NOT_FOUND")
	if seen := f.Do(f.Token(&f.ann, model.RoleRep), read, vars{"id": id}); seen.At("node").V != nil {
		t.Errorf("who has no plan that looks it up reads %v", seen.V)
	}
}
