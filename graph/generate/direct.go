package main

import (
	_ "embed"
	"fmt"
	"go/format"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/99designs/gqlgen/codegen"
	"github.com/99designs/gqlgen/codegen/config"
	"github.com/99designs/gqlgen/codegen/templates"
	"github.com/99designs/gqlgen/plugin"
	"github.com/vektah/gqlparser/v2/ast"
)

//go:embed direct.gotpl
var template string

// directly writes graph/generated/direct.generated.go: how objects are written
// without a context for each field.
type directly struct {
	ways  map[string]way
	types map[string]bool // that can be written
}

var _ plugin.CodeGenerator = (*directly)(nil)

// Name names the plugin.
func (*directly) Name() string { return "directly" }

// object is what the template needs of a type.
type object struct {
	Name, Satisfies         string
	Go                      types.Type
	Fields                  []field
	Each, Load, UsesContext bool
}

// field is what the template needs of a field.
type field struct {
	Name  string
	At    int
	Below string
	Loads bool
	Can   []string
	Args  string // the function that reads them
	Fails bool   // the expression that gives its value gives an error too
	// Refuses tells that nil is not allowed and has to be looked for.
	Refuses bool
	Put     string // the expression that writes v
	Each    string // the statement that gives the objects of v

	source *codegen.Field
}

// Get is the expression that gives the field's value of obj.
func (f field) Get() string {
	get := "obj." + f.source.GoFieldName
	switch {
	case f.source.IsResolver:
		get = "ec.Resolvers." + f.source.ShortInvocation()
	case f.source.IsMethod():
		get = fmt.Sprintf("%s(%s)", get, f.source.CallArgs())
	}
	return strings.ReplaceAll(get, "fc.Args", "e.Args")
}

// GenerateCode writes the file.
func (d *directly) GenerateCode(data *codegen.Data) error {
	d.types = map[string]bool{}
	var objects []object
	for _, o := range data.Objects {
		if o.Root || o.Stream || o.BuiltIn {
			continue
		}
		made := object{Name: o.Name, Satisfies: lowerFirst(o.Name) + "Implementors", Go: o.Reference()}
		for _, f := range o.Fields {
			if entry, can := d.field(o, f); can {
				entry.At = len(made.Fields) + 1
				made.Fields = append(made.Fields, entry)
				made.Each = made.Each || entry.Each != ""
				made.Load = made.Load || entry.Loads
				made.UsesContext = made.UsesContext || f.IsResolver || entry.Below == ""
			}
		}
		if len(made.Fields) > 0 {
			d.types[o.Name] = true
			objects = append(objects, made)
		}
	}
	for i := range objects { // what lies below is a type that is written at all
		objects[i].Fields = slices.DeleteFunc(objects[i].Fields, func(f field) bool { return f.Below != "" && !d.types[f.Below] })
	}
	return templates.Render(templates.Options{
		PackageName: data.Config.Exec.Package, Filename: filepath.Join(data.Config.Exec.DirName, "direct.generated.go"),
		Template: template, Data: map[string]any{"Types": objects}, GeneratedHeader: true, Packages: data.Config.Packages,
	})
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// field tells how a field is written, if it can be.
func (d *directly) field(o *codegen.Object, f *codegen.Field) (field, bool) {
	out := field{Name: f.Name, source: f}
	for _, asked := range f.ImplDirectives() {
		if asked.Name != "can" || len(asked.Args) != 1 {
			return out, false
		}
		if permission := fmt.Sprint(asked.Args[0].Value); !slices.Contains(out.Can, permission) {
			out.Can = append(out.Can, permission)
		}
	}
	if len(f.Args) > 0 {
		out.Args = f.ArgsFunc()
	}
	if !d.reachable(o, f, &out) {
		return out, false
	}
	return out, put(f.TypeReference, &out)
}

// reachable tells whether the value is had without asking anything.
func (d *directly) reachable(o *codegen.Object, f *codegen.Field, out *field) bool {
	if f.VOkFunc || f.HasHaser || f.Batch || f.IsMap() {
		return false
	}
	if !f.IsResolver {
		out.Fails = f.IsMethod() && !f.NoErr
		return f.IsVariable() || f.IsMethod() && !f.MethodHasContext
	}
	way := d.ways[lowerFirst(o.Name)+"Resolver."+f.GoFieldName]
	out.Fails, out.Loads = true, way == loads
	return way != asks
}

// put finds the expression that writes the value v.
func put(ref *config.TypeReference, out *field) bool {
	required := ref.GQL.NonNull
	if ref.IsOmittable || ref.IsPtrToSlice() || ref.IsPtrToPtr() {
		return false
	}
	switch ref.Definition.Kind {
	case ast.Scalar, ast.Enum:
		if ref.IsSlice() && ref.GQL.Elem.NonNull && ref.Elem().IsNilable() || ref.IsSlice() && ref.Elem().IsSlice() {
			return false
		}
		out.Refuses = required && ref.IsNilable() && !ref.IsSlice()
		out.Put = fmt.Sprintf("w.Leaf(%s(ctx, ec, nil, v), %t)", ref.MarshalFunc(), required)
		return true
	case ast.Object:
	default:
		return false
	}
	out.Below = ref.Definition.Name
	switch {
	case out.Loads:
		out.Put = fmt.Sprintf("direct.Loaded(ctx, w, e.Below, v, err, %t)", required)
		return ref.IsPtr()
	case ref.IsSlice() && !ref.Elem().IsSlice():
		write, each, required := "Values(ctx, w, e.Below, v)", "EachValue", ref.GQL.Elem.NonNull
		if ref.Elem().IsPtr() {
			write, each = fmt.Sprintf("Pointers(ctx, w, e.Below, v, %t)", required), "EachPointer"
		}
		out.Put, out.Each = "direct."+write, fmt.Sprintf("direct.%s(v, yield)", each)
		if !ref.GQL.NonNull {
			out.Put = "v == nil && w.Null(false) || v != nil && " + out.Put
		}
	case ref.IsPtr():
		out.Put, out.Each = fmt.Sprintf("direct.Pointer(ctx, w, e.Below, v, %t)", required), "if v != nil {\nyield(v)\n}"
	case ref.IsStruct():
		out.Put, out.Each = "w.Object(ctx, e.Below, &v)", "yield(&v)"
	default:
		return false
	}
	if out.source.IsResolver || out.Fails || out.Args != "" {
		out.Each = "" // nothing is gathered below what has to be asked
	}
	return true
}

var (
	oneHead  = regexp.MustCompile(`(?m)^func _(\w+)\(ctx context\.Context, ec \*executionContext, sel ast\.SelectionSet, obj \*[\w.\[\]]+\) graphql\.Marshaler \{$`)
	listHead = regexp.MustCompile(`(?m)^func marshal[NO](\w+)2ᚕ(\S+)\(ctx context\.Context, ec \*executionContext, sel ast\.SelectionSet, v \[\](\*?)[\w.\[\]]+\) graphql\.Marshaler \{$`)
	state    = regexp.MustCompile(`(?m)^type executionContext struct \{$`)
)

// enter puts the direct way in front of the common one, where gqlgen writes objects
// and lists of them.
func (d *directly) enter(dir string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.generated.go"))
	if err != nil {
		return err
	}
	entered := map[string]bool{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Clean(name))
		if err != nil {
			return err
		}
		after := oneHead.ReplaceAllStringFunc(string(text), func(head string) string {
			object := oneHead.FindStringSubmatch(head)[1]
			if !d.types[object] {
				return head
			}
			entered[object] = true
			return head + fmt.Sprintf("\n\tif out := direct.One(ctx, ec.asked(%q, sel), obj); out != nil {\n\t\treturn out\n\t}", object)
		})
		after = listHead.ReplaceAllStringFunc(after, func(head string) string {
			found := listHead.FindStringSubmatch(head)
			if !d.types[found[1]] {
				return head
			}
			call := fmt.Sprintf("direct.ListOfValues(ctx, ec.asked(%q, sel), v)", found[1])
			if found[3] == "*" {
				call = fmt.Sprintf("direct.ListOfPointers(ctx, ec.asked(%q, sel), v, %t)", found[1], strings.HasSuffix(found[2], "ᚄ"))
			}
			return head + fmt.Sprintf("\n\tif len(v) > 0 {\n\t\tif out := %s; out != nil {\n\t\t\treturn out\n\t\t}\n\t}", call)
		})
		after = state.ReplaceAllString(after, "$0\n\tplans direct.Plans[*executionContext]")
		if after == string(text) || strings.HasSuffix(name, "direct.generated.go") {
			continue
		}
		after = strings.Replace(after, "\nimport (\n", "\nimport (\n\t\"spm/graph/direct\"\n", 1)
		formatted, err := format.Source([]byte(after))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Clean(name), formatted, 0o600); err != nil {
			return err
		}
	}
	for object := range d.types {
		if !entered[object] {
			return fmt.Errorf("the function that writes %s is not where it is looked for", object)
		}
	}
	return nil
}
