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
		if noun, is := strings.CutSuffix(f.Type.Name(), "Connection"); is {
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
