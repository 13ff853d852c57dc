package resolver

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
)

var update = flag.Bool("update", false, "accept the schema as it is into testdata/schema.graphql")

const snapshot = "testdata/schema.graphql"

// TestSchemaSnapshot is the gate for changes that break clients: the schema as
// it was last accepted stands in testdata, and what differs is named.
func TestSchemaSnapshot(t *testing.T) {
	now := (&Resolver{}).Schema().Schema()
	var text bytes.Buffer
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema(now)
	if *update {
		if err := os.WriteFile(snapshot, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	accepted, err := os.ReadFile(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(accepted, text.Bytes()) {
		return
	}
	before, err := gqlparser.LoadSchema(&ast.Source{Name: snapshot, Input: string(accepted)})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range breaks(before, now) {
		t.Errorf("breaks clients: %s. Deprecate it first, or say so in CHANGELOG.md", what)
	}
	t.Errorf("the schema differs from its snapshot; `make accept` takes it as it is:\n%s", cmp.Diff(string(accepted), text.String()))
}

// breaks lists what a document that was valid before may trip over now.
func breaks(before, now *ast.Schema) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(before.Types)) {
		was, is := before.Types[name], now.Types[name]
		switch {
		case was.BuiltIn:
		case is == nil:
			found = append(found, name+" is gone")
		case was.Kind != is.Kind:
			found = append(found, fmt.Sprintf("%s is no %s any more", name, strings.ToLower(string(was.Kind))))
		default:
			found = append(found, breaksType(was, is)...)
		}
	}
	return found
}

func breaksType(was, is *ast.Definition) []string {
	var found []string
	for _, one := range append(slices.Clone(was.Interfaces), was.Types...) {
		if !slices.Contains(is.Interfaces, one) && !slices.Contains(is.Types, one) {
			found = append(found, was.Name+" is not joined to "+one+" any more")
		}
	}
	for _, value := range was.EnumValues {
		if is.EnumValues.ForName(value.Name) == nil {
			found = append(found, was.Name+"."+value.Name+" is gone")
		}
	}
	for _, field := range was.Fields {
		where, at := was.Name+"."+field.Name, is.Fields.ForName(field.Name)
		switch {
		case strings.HasPrefix(field.Name, "__"):
		case at == nil:
			found = append(found, where+" is gone")
		case was.Kind == ast.InputObject:
			found = append(found, breaksInput(where, field.Type, at.Type)...)
		default:
			if !fits(at.Type, field.Type) {
				found = append(found, fmt.Sprintf("%s was %s and is %s", where, field.Type, at.Type))
			}
			if needed, needs := permission(field.Directives), permission(at.Directives); needed != needs {
				found = append(found, fmt.Sprintf("%s needed %q and needs %q", where, needed, needs))
			}
			found = append(found, breaksArguments(where, field.Arguments, at.Arguments)...)
		}
	}
	for _, field := range is.Fields {
		if is.Kind == ast.InputObject && was.Fields.ForName(field.Name) == nil && field.Type.NonNull && field.DefaultValue == nil {
			found = append(found, is.Name+"."+field.Name+" is new and required")
		}
	}
	return found
}

func breaksArguments(where string, was, is ast.ArgumentDefinitionList) []string {
	var found []string
	for _, arg := range was {
		if at := is.ForName(arg.Name); at == nil {
			found = append(found, fmt.Sprintf("%s(%s:) is gone", where, arg.Name))
		} else {
			found = append(found, breaksInput(fmt.Sprintf("%s(%s:)", where, arg.Name), arg.Type, at.Type)...)
		}
	}
	for _, arg := range is {
		if was.ForName(arg.Name) == nil && arg.Type.NonNull && arg.DefaultValue == nil {
			found = append(found, fmt.Sprintf("%s(%s:) is new and required", where, arg.Name))
		}
	}
	return found
}

func breaksInput(where string, was, is *ast.Type) []string {
	if fits(was, is) {
		return nil
	}
	return []string{fmt.Sprintf("%s took %s and takes %s", where, was, is)}
}

// fits tells whether a value of one type is always one of another: the same,
// with null or without.
func fits(value, into *ast.Type) bool {
	switch {
	case into.NonNull && !value.NonNull:
		return false
	case (value.Elem == nil) != (into.Elem == nil):
		return false
	case value.Elem != nil:
		return fits(value.Elem, into.Elem)
	}
	return value.NamedType == into.NamedType
}

// TestBreakingChangesAreNamed shows that the gate sees what it is there for.
func TestBreakingChangesAreNamed(t *testing.T) {
	load := func(text string) *ast.Schema { return gqlparser.MustLoadSchema(&ast.Source{Input: text}) }
	before := load(`interface N { id: ID! } type Query implements N { id: ID! a(x: Int): String! b: [E!]! c: Int } enum E { F G } input I { p: Int q: Int! } union U = V | W type V { a: Int } type W { a: Int } type Z { a: Int }`)
	now := load(`interface N { id: ID! } type Query { id: ID! a(x: Int!, y: Int!): String b: [E]! d: Int } enum E { F H } input I { p: Int! q: Int r: Int! } union U = V type V { a: Int! } type W { a: Int } input Z { a: Int }`)
	want := []string{
		"E.G is gone", "I.p took Int and takes Int!", "I.r is new and required", "Query is not joined to N any more",
		"Query.a was String! and is String", "Query.a(x:) took Int and takes Int!", "Query.a(y:) is new and required",
		"Query.b was [E!]! and is [E]!", "Query.c is gone", "U is not joined to W any more", "Z is no object any more",
	}
	if diff := cmp.Diff(want, breaks(before, now)); diff != "" {
		t.Error(diff)
	}
}
