package resolver

import (
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/store"
)

// TestListsAreWhatTheSchemaSays holds the schema's where and orderBy against
// what store declares, both ways.
func TestListsAreWhatTheSchemaSays(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	declared := store.Lists()
	for noun, fields := range declared {
		where, keys := schema.Types[noun+"Where"], schema.Types[noun+"OrderKey"]
		if where == nil || keys == nil {
			t.Errorf("%s has a list in store, and no where or order in the schema", noun)
			continue
		}
		var names, sortable []string
		for _, f := range fields {
			names = append(names, f.Name)
			if f.Sortable {
				sortable = append(sortable, string(f.OrderKey))
			}
			if f.Big && f.Relation == "" && f.Served == "" {
				t.Errorf("%s.%s: what serves it?", noun, f.Name)
			}
			asked := where.Fields.ForName(f.Name)
			switch {
			case asked == nil:
				t.Errorf("%sWhere has no %s", noun, f.Name)
			case f.Relation != "" && asked.Type.Name() != map[bool]string{true: "Many", false: "One"}[f.Many]+f.Relation+"Filter":
				t.Errorf("%sWhere.%s is a %s", noun, f.Name, asked.Type.Name())
			case f.Relation != "" && permission(schema.Types[f.Relation].Directives) == "":
				t.Errorf("%sWhere.%s leads to a type without a permission", noun, f.Name)
			}
		}
		for _, f := range where.Fields {
			if !slices.Contains(append(names, "and", "or", "not"), f.Name) {
				t.Errorf("%sWhere.%s is not declared in store", noun, f.Name)
			}
		}
		for _, v := range keys.EnumValues {
			if !slices.Contains(sortable, v.Name) {
				t.Errorf("%sOrderKey.%s is not declared in store", noun, v.Name)
			}
		}
		if len(sortable) != len(keys.EnumValues) {
			t.Errorf("%s is put in order by %v in store", noun, sortable)
		}
	}
	for _, f := range schema.Query.Fields {
		if noun, is := strings.CutSuffix(f.Type.Name(), "Connection"); is && !strings.HasSuffix(noun, "Group") {
			listArguments(t, f, noun, declared[noun] != nil)
		}
	}
}

func listArguments(t *testing.T, f *ast.FieldDefinition, noun string, declared bool) {
	t.Helper()
	if !declared {
		t.Errorf("%s has no declaration in store", f.Name)
	}
	want := map[string]string{"where": noun + "Where", "orderBy": "[" + noun + "Order!]", "offset": "Int", "updatedSince": "DateTime"}
	if noun == "CalculationRun" {
		delete(want, "updatedSince") // it has no history
	}
	for name, kind := range want {
		if arg := f.Arguments.ForName(name); arg == nil || arg.Type.String() != kind {
			t.Errorf("%s has no argument %s: %s", f.Name, name, kind)
		}
	}
}

// TestGroupsAreWhatTheSchemaSays holds keys, aggregates, conditions and orders of
// groups in the schema against what store declares, both ways.
func TestGroupsAreWhatTheSchemaSays(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	values := func(enum string) (out []string) {
		for _, v := range schema.Types[enum].EnumValues {
			out = append(out, v.Name)
		}
		slices.Sort(out)
		return out
	}
	aggregates := func(root string) (out []string) {
		for _, f := range schema.Types[root].Fields {
			if f.Name == "count" {
				out = append(out, f.Name)
			}
			if !slices.Contains(groupFunctions, f.Name) {
				continue
			}
			for _, of := range schema.Types[f.Type.Name()].Fields {
				out = append(out, f.Name+"."+of.Name)
			}
		}
		slices.Sort(out)
		return out
	}
	declared := store.Groups()
	for noun, groups := range declared {
		var keys, orders []string
		for _, key := range groups.Keys {
			keys = append(keys, string(key))
		}
		for _, key := range groups.OrderKeys {
			orders = append(orders, string(key))
		}
		slices.Sort(keys)
		slices.Sort(orders)
		slices.Sort(groups.Aggregates)
		for name, both := range map[string][2][]string{
			"GroupKey": {values(noun + "GroupKey"), keys}, "GroupOrderKey": {values(noun + "GroupOrderKey"), orders},
			"Group": {aggregates(noun + "Group"), groups.Aggregates}, "GroupWhere": {aggregates(noun + "GroupWhere"), groups.Aggregates},
		} {
			if !slices.Equal(both[0], both[1]) {
				t.Errorf("%s%s has %v, store declares %v", noun, name, both[0], both[1])
			}
		}
		root := schema.Query.Fields.ForName(strings.ToLower(noun) + "sAggregate")
		for name, kind := range map[string]string{
			"where": noun + "Where", "groupBy": "[" + noun + "GroupKey!]", "having": noun + "GroupWhere", "orderBy": "[" + noun + "GroupOrder!]", "offset": "Int",
		} {
			if arg := root.Arguments.ForName(name); arg == nil || arg.Type.String() != kind {
				t.Errorf("%s has no argument %s: %s", root.Name, name, kind)
			}
		}
	}
	if len(declared) < 4 {
		t.Errorf("only %d lists have groups", len(declared))
	}
}
