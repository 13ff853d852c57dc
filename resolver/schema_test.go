package resolver

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
)

// types gives the product's own types, by name.
func types() []*ast.Definition {
	schema := (&Resolver{}).Schema().Schema()
	var own []*ast.Definition
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		if def := schema.Types[name]; !def.BuiltIn && !strings.HasPrefix(name, "__") {
			own = append(own, def)
		}
	}
	return own
}

// eachField calls check with every field of the product's objects, interfaces and
// inputs.
func eachField(check func(parent *ast.Definition, field *ast.FieldDefinition)) {
	for _, def := range types() {
		for _, field := range def.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				check(def, field)
			}
		}
	}
}

func TestEverythingInTheSchemaIsDescribed(t *testing.T) {
	described := func(where, text string) {
		switch {
		case strings.TrimSpace(text) == "":
			t.Errorf("%s has no description", where)
		case !strings.ContainsAny(text[len(text)-1:], ".?"):
			t.Errorf("%s: a description is a sentence: %q", where, text)
		}
	}
	for _, def := range types() {
		described(def.Name, def.Description)
		for _, value := range def.EnumValues {
			described(def.Name+"."+value.Name, value.Description)
		}
	}
	eachField(func(parent *ast.Definition, field *ast.FieldDefinition) {
		described(parent.Name+"."+field.Name, field.Description)
		for _, arg := range field.Arguments {
			described(parent.Name+"."+field.Name+"("+arg.Name+":)", arg.Description)
		}
	})
	for name, directive := range (&Resolver{}).Schema().Schema().Directives {
		if directive.Position == nil || directive.Position.Src.BuiltIn {
			continue
		}
		described("@"+name, directive.Description)
		for _, arg := range directive.Arguments {
			described("@"+name+"("+arg.Name+":)", arg.Description)
		}
	}
}

// permission gives what a type or field asks for, "" where it says nothing.
func permission(list ast.DirectiveList) auth.Permission {
	can := list.ForName("can")
	if can == nil {
		return ""
	}
	return auth.Permission(can.Arguments.ForName("do").Value.Raw)
}

func isRoot(def *ast.Definition) bool {
	return def.Name == "Query" || def.Name == "Mutation" || def.Name == "Subscription"
}

func isOutput(def *ast.Definition) bool {
	return def.Kind == ast.Object || def.Kind == ast.Interface || def.Kind == ast.Union
}

// TestPermissionsOfTheSchemaAreThePolicys: what the schema can name is what
// auth knows, and somebody has each.
func TestPermissionsOfTheSchemaAreThePolicys(t *testing.T) {
	roles := []model.Role{
		model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor, model.RoleTenantAdmin,
	}
	schema := (&Resolver{}).Schema().Schema()
	for _, value := range schema.Types["Permission"].EnumValues {
		if auth.RowsOf(roles, auth.Permission(value.Name)) == auth.NoRows {
			t.Errorf("no role has %s", value.Name)
		}
	}
	if enum := schema.Types["Role"]; enum != nil && len(enum.EnumValues) != len(roles) {
		t.Errorf("the schema has %d roles, the policy %d", len(enum.EnumValues), len(roles))
	}
	eachField(func(parent *ast.Definition, field *ast.FieldDefinition) {
		if do := permission(field.Directives); do != "" && parent.Name == "Mutation" && strings.HasSuffix(string(do), "_READ") {
			t.Errorf("%s writes with %s", field.Name, do)
		}
		if do := permission(field.Directives); do != "" && parent.Name == "Query" && strings.HasSuffix(string(do), "_WRITE") {
			t.Errorf("%s reads with %s", field.Name, do)
		}
	})
}

// TestEveryNodeIsFoundByItsID: what implements Node, node(id) finds. A
// statement has no loader: it is put together when it is asked for.
func TestEveryNodeIsFoundByItsID(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	if found, declared := len(nodes)+1, len(schema.GetPossibleTypes(schema.Types["Node"])); found < declared {
		t.Errorf("%d types implement Node, node(id) finds %d kinds", declared, found)
	}
}

// verbs begin the names of mutations. Use one of these before adding one.
var verbs = []string{
	"add", "answer", "approve", "assign", "cancel", "claim", "close", "create", "delete", "end", "import", "open", "pay", "publish", "reassign", "record", "reject", "release",
	"remove", "reopen", "replace", "request", "resolve", "retire", "return", "reverse", "revise", "revoke", "retry", "rotate", "run", "set", "submit", "unassign", "undo", "update", "upsert",
	"withdraw",
}

func TestMutationsHaveOneShape(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	for _, field := range schema.Mutation.Fields {
		verb := field.Name[:max(0, strings.IndexFunc(field.Name, func(r rune) bool { return r >= 'A' && r <= 'Z' }))]
		if !slices.Contains(verbs, verb) {
			t.Errorf("%s: a mutation is a verb and a noun", field.Name)
		}
		name := strings.ToUpper(field.Name[:1]) + field.Name[1:]
		if len(field.Arguments) != 1 || field.Arguments[0].Name != "input" || field.Arguments[0].Type.String() != name+"Input!" {
			t.Errorf("%s does not take one input: %sInput!", field.Name, name)
			continue
		}
		if field.Type.String() != name+"Payload" {
			t.Errorf("%s answers %s, not %sPayload", field.Name, field.Type, name)
			continue
		}
		fieldsAre(t, schema, name+"Input", map[string]string{"clientMutationId": "String"})
		fieldsAre(t, schema, name+"Payload", map[string]string{
			"userErrors": "[UserError!]!", "clientMutationId": "String", "sequence": "BigInt", "replayed": "Boolean!", "query": "Query!",
		})
		input := schema.Types[name+"Input"]
		if verb == "update" && input.Fields.ForName("ifVersion") == nil {
			t.Errorf("%s takes no ifVersion: an update would be lost", field.Name)
		}
		for _, entity := range schema.Types[name+"Payload"].Fields {
			if isOutput(schema.Types[entity.Type.Name()]) && entity.Type.NonNull && entity.Name != "query" && entity.Name != "userErrors" {
				t.Errorf("%sPayload.%s is null where there are userErrors", name, entity.Name)
			}
		}
	}
}

// fieldsAre checks that a type has these fields with these types.
func fieldsAre(t *testing.T, schema *ast.Schema, name string, want map[string]string) {
	t.Helper()
	def := schema.Types[name]
	if def == nil {
		t.Errorf("%s is missing", name)
		return
	}
	for field, kind := range want {
		if at := def.Fields.ForName(field); at == nil || at.Type.String() != kind {
			t.Errorf("%s has no %s: %s", name, field, kind)
		}
	}
}

func TestListsArePagedAlike(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	for _, def := range types() {
		noun, is := strings.CutSuffix(def.Name, "Connection")
		if !is {
			continue
		}
		fieldsAre(t, schema, def.Name, map[string]string{
			"edges": "[" + noun + "Edge!]!", "nodes": "[" + noun + "!]!", "pageInfo": "PageInfo!", "totalCount": "Int!",
		})
		fieldsAre(t, schema, noun+"Edge", map[string]string{"node": noun + "!", "cursor": "Cursor!"})
		asked, edge, row := permission(def.Directives), permission(schema.Types[noun+"Edge"].Directives), permission(schema.Types[noun].Directives)
		if asked != row || edge != row {
			t.Errorf("%s, its edge and its row ask for different permissions", def.Name)
		}
	}
	eachField(func(parent *ast.Definition, field *ast.FieldDefinition) {
		if !strings.HasSuffix(field.Type.Name(), "Connection") {
			return
		}
		where := parent.Name + "." + field.Name
		want := map[string]string{"first": "Int", "after": "Cursor", "last": "Int", "before": "Cursor"}
		if parent.Name == "Query" {
			want["where"], want["asOf"] = strings.TrimSuffix(strings.TrimSuffix(field.Type.Name(), "Connection"), "Group")+"Where", "DateTime"
		}
		if strings.HasPrefix(field.Name, "calculationRun") {
			delete(want, "asOf") // a run is read as it is now
		}
		for name, kind := range want {
			if arg := field.Arguments.ForName(name); arg == nil || arg.Type.String() != kind {
				t.Errorf("%s has no argument %s: %s", where, name, kind)
			}
		}
		if field.Type.NonNull {
			t.Errorf("%s: a page that fails blanks itself alone: it is nullable", where)
		}
	})
}

var (
	typeName  = regexp.MustCompile(`^[A-Z][A-Za-z0-9]*$`)
	fieldName = regexp.MustCompile(`^[a-z][a-z0-9]*([A-Z]+[a-z0-9]*)*$`)
	enumName  = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$`)
)

// scalarsByName says which type a name promises, by its ending.
var scalarsByName = map[string]string{"Id": "ID", "Ids": "ID", "Date": "Date", "At": "DateTime", "asOf": "DateTime", "effectiveOn": "Date", "effectiveFrom": "Date"}

func TestNamesAndTypesFollowTheConventions(t *testing.T) {
	schema := (&Resolver{}).Schema().Schema()
	used := func(where, name string, kind *ast.Type) {
		if !fieldName.MatchString(name) {
			t.Errorf("%s is not in camelCase", where)
		}
		if kind.Name() == "Float" {
			t.Errorf("%s is a Float: an amount or rate is a Decimal", where)
		}
		for at := kind; at.Elem != nil; at = at.Elem {
			if !at.Elem.NonNull && where != "Query.nodes" {
				t.Errorf("%s: items of a list are not null", where)
			}
		}
		for ending, scalar := range scalarsByName {
			theirs := name == "clientMutationId" || strings.Contains(name, "xternalId") || name == "orderId" // the caller's own keys are texts
			leaf := schema.Types[kind.Name()].Kind == ast.Scalar
			if strings.HasSuffix(name, ending) && leaf && kind.Name() != scalar && kind.Name() != "RowText" && !theirs {
				t.Errorf("%s is a %s, its name promises a %s", where, kind.Name(), scalar)
			}
		}
	}
	for _, def := range types() {
		if !typeName.MatchString(def.Name) {
			t.Errorf("%s is not in PascalCase", def.Name)
		}
		for _, value := range def.EnumValues {
			if !enumName.MatchString(value.Name) {
				t.Errorf("%s.%s is not in UPPER_CASE", def.Name, value.Name)
			}
		}
		known := slices.ContainsFunc([]string{"Input", "Where", "Filter", "Order"}, func(end string) bool { return strings.HasSuffix(def.Name, end) })
		if def.Kind == ast.InputObject && !known {
			t.Errorf("the input %s ends with none of Input, Where, Filter, Order", def.Name)
		}
	}
	eachField(func(parent *ast.Definition, field *ast.FieldDefinition) {
		used(parent.Name+"."+field.Name, field.Name, field.Type)
		for _, arg := range field.Arguments {
			used(parent.Name+"."+field.Name+"("+arg.Name+":)", arg.Name, arg.Type)
		}
		if parent.Name == "Query" && field.Type.NonNull && field.Name != "nodes" {
			t.Errorf("Query.%s: one root that fails must not blank the others: it is nullable", field.Name)
		}
		if d := field.Directives.ForName("deprecated"); d != nil && !strings.Contains(d.Arguments.ForName("reason").Value.Raw, "Removal ") {
			t.Errorf("%s.%s is deprecated without a date of removal", parent.Name, field.Name)
		}
	})
}
