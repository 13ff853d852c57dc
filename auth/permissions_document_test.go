package auth

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"spm/model"
)

var update = flag.Bool("update", false, "write docs/permissions.md anew")

const document = "../docs/permissions.md"

// TestPermissionsDocument keeps docs/permissions.md the policy's own table: it
// is written from policy.go and the schema, and a stale one fails.
func TestPermissionsDocument(t *testing.T) {
	files, err := filepath.Glob("../graph/schema/*.graphqls")
	if err != nil || len(files) == 0 {
		t.Fatal("no schema", err)
	}
	var sources []*ast.Source
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	schema, err := parser.ParseSchemas(sources...)
	if err != nil {
		t.Fatal(err)
	}
	text := permissionsDocument(schema)
	if *update {
		if err := os.WriteFile(document, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if written, _ := os.ReadFile(document); !bytes.Equal(written, text) {
		t.Error("docs/permissions.md is not what policy.go and the schema say: run `make accept`, and read the diff")
	}
}

// roles in the order of the document; one that is missing fails below.
var roles = []model.Role{
	model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor, model.RoleTenantAdmin,
}

func TestTheDocumentHasEveryRole(t *testing.T) {
	if len(roles) != len(policy) {
		t.Errorf("%d roles are documented, the policy has %d", len(roles), len(policy))
	}
}

func permissionsDocument(schema *ast.SchemaDocument) []byte {
	var b bytes.Buffer
	b.WriteString(`# Who may do what

Written from auth/policy.go and graph/schema by ` + "`make accept`" + `; a test fails when it is stale. Do not edit.

A field of the graph names its permission by ` + "`@can`" + `; a user's roles say which rows that opens:
**all** of the tenant's, the **subtree** below the positions that the user's payee holds today (and its own), or its **own**.
An empty cell is FORBIDDEN. A user with several roles has the widest of what they give. Rows that are not
opened are absent: not in lists, not in counts, and null by id, as if they were not there.

`)
	rows := map[Rows]string{NoRows: "", Self: "own", Subtree: "subtree", All: "all"}
	b.WriteString("| permission |")
	for _, role := range roles {
		fmt.Fprintf(&b, " %s |", role)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(roles)) + "\n")
	values := enum(schema, "Permission")
	for _, value := range values {
		fmt.Fprintf(&b, "| %s |", value.Name)
		for _, role := range roles {
			fmt.Fprintf(&b, " %s |", rows[RowsOf([]model.Role{role}, Permission(value.Name))])
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## The roles\n\n| role | |\n|---|---|\n")
	for _, value := range enum(schema, "Role") {
		fmt.Fprintf(&b, "| %s | %s |\n", value.Name, value.Description)
	}
	b.WriteString("\n## What each permission opens\n\n| permission | | queries and mutations | types |\n|---|---|---|---|\n")
	roots, types := uses(schema)
	for _, value := range values {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", value.Name, value.Description, strings.Join(roots[value.Name], ", "), strings.Join(types[value.Name], ", "))
	}
	scopesDocument(&b, schema)
	return b.Bytes()
}

// scopesDocument says what the scopes of API keys open, and who may give them.
func scopesDocument(b *bytes.Buffer, schema *ast.SchemaDocument) {
	b.WriteString("\n## The scopes of API keys\n\nA key has what its scopes open, as long as its creator has that for all rows. " +
		"A key whose view is limited to a position sees what a manager of it would see of what is below, and the position itself. One limited to a product sees the transactions and credits of its line.\n\n" +
		"| scope | permissions | with a position | with a product | who may give it |\n|---|---|---|---|---|\n")
	yes := map[bool]string{true: "yes"}
	for _, value := range enum(schema, "ApiKeyScope") {
		scope := model.APIKeyScope(value.Name)
		var opens, givers []string
		for _, do := range PermissionsOfScope(scope) {
			opens = append(opens, string(do))
		}
		for _, role := range roles {
			if Grants([]model.Role{role}, scope) {
				givers = append(givers, string(role))
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | TENANT_ADMIN with any of %s |\n", scope, strings.Join(opens, ", "), yes[Bounds(scope)], yes[BoundsByProduct(scope)], strings.Join(givers, ", "))
	}
}

func TestTheSchemaHasEveryScope(t *testing.T) {
	text, err := os.ReadFile("../graph/schema/api_key.graphqls")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := parser.ParseSchema(&ast.Source{Input: string(text)})
	if err != nil {
		t.Fatal(err)
	}
	var named []model.APIKeyScope
	for _, value := range enum(schema, "ApiKeyScope") {
		named = append(named, model.APIKeyScope(value.Name))
	}
	if slices.Sort(named); !slices.Equal(named, KeyScopes()) {
		t.Errorf("the schema has the scopes %q, the policy %q", named, KeyScopes())
	}
}

func enum(schema *ast.SchemaDocument, name string) ast.EnumValueList {
	if def := schema.Definitions.ForName(name); def != nil {
		return def.EnumValues
	}
	return nil
}

// groupType are the types of groups, which go with the nouns of their rows.
var groupType = regexp.MustCompile(`Group(Sums|Measures|Counts)?$`)

// uses lists by permission the root fields and the types that ask for it;
// connections, edges, payloads and groups go with their nouns.
func uses(schema *ast.SchemaDocument) (roots, types map[string][]string) {
	roots, types = map[string][]string{}, map[string][]string{}
	asked := func(list ast.DirectiveList) string {
		if can := list.ForName("can"); can != nil {
			return can.Arguments.ForName("do").Value.Raw
		}
		return ""
	}
	isRoot := map[string]bool{"Query": true, "Mutation": true, "Subscription": true}
	for _, def := range slices.Concat(schema.Definitions, schema.Extensions) {
		noun := !groupType.MatchString(def.Name) && !strings.HasSuffix(def.Name, "Connection") && !strings.HasSuffix(def.Name, "Edge") && !strings.HasSuffix(def.Name, "Payload")
		if do := asked(def.Directives); do != "" && noun && !isRoot[def.Name] {
			types[do] = append(types[do], def.Name)
		}
		for _, field := range def.Fields {
			if do := asked(field.Directives); do != "" && isRoot[def.Name] {
				roots[do] = append(roots[do], field.Name)
			}
		}
	}
	for _, list := range slices.Concat(slices.Collect(maps.Values(roots)), slices.Collect(maps.Values(types))) {
		slices.SortFunc(list, func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) })
	}
	return roots, types
}
