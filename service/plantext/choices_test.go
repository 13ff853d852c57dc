package plantext

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"spm/model"
)

// TestChoicesAreTheModels reads the model's source: each choice that a version
// makes has all of its words here, and no other.
func TestChoicesAreTheModels(t *testing.T) {
	constants := map[string][]string{}
	names, err := filepath.Glob("../../model/*.go")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			block, is := d.(*ast.GenDecl)
			if !is || block.Tok != token.CONST {
				continue
			}
			for _, spec := range block.Specs {
				value := spec.(*ast.ValueSpec)
				of, typed := value.Type.(*ast.Ident)
				if !typed || len(value.Values) != 1 {
					continue
				}
				if literal, is := value.Values[0].(*ast.BasicLit); is && literal.Kind == token.STRING {
					word, _ := strconv.Unquote(literal.Value)
					constants[of.Name] = append(constants[of.Name], word)
				}
			}
		}
	}
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(at reflect.Type) {
		if seen[at] {
			return
		}
		seen[at] = true
		switch at.Kind() {
		case reflect.Pointer, reflect.Slice:
			walk(at.Elem())
		case reflect.Struct:
			for f := range at.Fields() {
				if f.IsExported() {
					walk(f.Type)
				}
			}
		case reflect.String:
			want := slices.Sorted(slices.Values(constants[at.Name()]))
			got := slices.Sorted(slices.Values(choices[at]))
			if at != reflect.TypeFor[string]() && at != reflect.TypeFor[model.CurrencyCode]() && at != reflect.TypeFor[model.Kind]() && !slices.Equal(got, want) {
				t.Errorf("choices of %s are %v, the model has %v", at, got, want)
			}
		}
	}
	walk(reflect.TypeFor[Version]())
}
