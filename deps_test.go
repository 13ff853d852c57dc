// Package main_test holds the tree to docs/adr and the rules that a reader of
// it may rely on: who imports whom, what calc may not touch, where SQL and
// generated code stand, and how long things are. It only reads source.
package main_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// mayImport says which packages of ours a package may import; it binds tests
// too, less what testsMayImport adds. What drives the server from outside
// (test/...) may import all, and is imported by nobody.
var mayImport = map[string][]string{
	"model": {}, "calc": {"model"},
	"auth":          {"model"},
	"store":         {"model"},
	"store/pgembed": {}, "service/plantext": {"model"}, "migrations": {}, "command/telemetry": {"model", "resolver", "service", "store"},
	"store/storetest": {"store/pgembed"},
	"service":         {"model", "calc", "auth", "store", "service/plantext", "service/document"},
	"graph/scalar":    {"model"}, "graph/direct": {}, "graph/generate": {},
	"graph/generated": {"model", "auth", "service", "graph/scalar", "graph/direct", "service/plantext"},
	"resolver":        {"model", "auth", "store", "service", "service/plantext", "graph/scalar", "graph/direct", "graph/generated"},
	"command":         {"model", "auth", "store", "store/pgembed", "service", "resolver", "migrations", "command/demo", "command/graphiql"},
	"command/demo":    {"model"}, "command/graphiql": {}, "service/document": {"model"},
	".": {"command", "command/telemetry", "auth", "resolver", "service", "store", "migrations"},
}

// testsMayImport adds to mayImport for _test.go files: a real database, and
// the whole server where only that shows what is promised.
var testsMayImport = []string{"migrations", "store/storetest", "store/pgembed", "test/harness"}

// libraries says which packages of ours may import a library, by the prefix of
// its path, so that each is behind one door. Tests are free, but of the libraries of one suite.
var libraries = map[string][]string{
	"codeberg.org/go-pdf/fpdf":         {"service/document"},
	"database/sql":                     {"migrations", "store"},
	"github.com/Khan/genqlient":        {"examples"},
	"github.com/99designs/gqlgen":      {"graph/scalar", "graph/direct", "graph/generate", "graph/generated", "resolver", "service"},
	"github.com/coder/websocket":       {"resolver"},
	"github.com/expr-lang/expr":        {"calc"},
	"github.com/goccy/go-yaml":         {"service/plantext"},
	"github.com/golang-jwt/jwt":        {"auth"},
	"github.com/MicahParks":            {"auth"},
	"github.com/jackc/pgx":             {"store", "store/pgembed", "store/storetest", "migrations", "test"},
	"github.com/prometheus":            {"command/telemetry"},
	"github.com/riverqueue/river":      {"store", "service", "migrations"},
	"github.com/rs/cors":               {"resolver"},
	"github.com/uptrace/bun":           {"store", "migrations"},
	"github.com/vektah/gqlparser":      {"graph/direct", "graph/generate", "graph/generated", "resolver", "examples"},
	"github.com/vikstrous/dataloadgen": {"resolver"},
	"golang.org/x/term":                {"command"}, "go.opentelemetry.io": {"command/telemetry"}, "github.com/Shopify/toxiproxy": {"test/fault"}, "github.com/rs/zerolog": {"test/fault"},
}

// calcBans are imports by which more than its input would decide what calc answers.
var calcBans = []string{"time", "math/rand", "math/rand/v2", "crypto/rand", "os", "io", "net", "net/http", "database/sql", "context", "log", "log/slog", "math", "unsafe"}

// source is a Go file of the tree, with its path from the root.
type source struct {
	path  string
	dir   string
	test  bool
	lines int
	set   *token.FileSet
	file  *ast.File
}

func (s source) at(n ast.Node) string {
	return s.path + ":" + strconv.Itoa(s.set.Position(n.Pos()).Line)
}

func (s source) generated() bool { return slices.Contains(generatedIn, s.dir) }

// imports gives where each package is imported.
func (s source) imports() map[string]string {
	all := map[string]string{}
	for _, spec := range s.file.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		all[imported] = s.at(spec)
	}
	return all
}

func (s source) linesOf(n ast.Node) int {
	return s.set.Position(n.End()).Line - s.set.Position(n.Pos()).Line + 1
}

// skipped folders are not the project's own source; generatedIn nobody edits.
var skipped, generatedIn = []string{".git", "node_modules", "bin", "testdata"}, []string{"graph/generated", "examples/go/api"}

// sources gives every Go file of the tree, parsed once.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsed()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var parsed = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains(skipped, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		name = filepath.ToSlash(name)
		s := source{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), set: token.NewFileSet()}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s.lines = strings.Count(string(text), "\n")
		mode := parser.ParseComments | parser.SkipObjectResolution
		if s.generated() {
			mode = parser.ImportsOnly | parser.ParseComments
		}
		s.file, err = parser.ParseFile(s.set, name, text, mode)
		all = append(all, s)
		return err
	})
	return all, err
})

func TestWhoMayImportWhom(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.dir, "test/") || strings.HasPrefix(s.dir, "examples/") {
			continue
		}
		allowed, known := mayImport[s.dir]
		if !known {
			t.Errorf("%s: the package %s is not in the import table", s.path, s.dir)
			continue
		}
		for imported, at := range s.imports() {
			pkg, ours := strings.CutPrefix(imported, "spm/")
			free := s.test && (pkg == s.dir || slices.Contains(testsMayImport, pkg))
			if ours && !free && !slices.Contains(allowed, pkg) {
				t.Errorf("%s: %s may not import %s", at, s.dir, pkg)
			}
		}
	}
}

func TestLibrariesStandBehindOneDoor(t *testing.T) {
	for _, s := range sources(t) {
		for imported, at := range s.imports() {
			for prefix, dirs := range libraries {
				if s.test && !strings.HasPrefix(dirs[0], "test/") {
					continue
				}
				inside := slices.ContainsFunc(dirs, func(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") })
				if strings.HasPrefix(imported+"/", prefix+"/") && !inside {
					t.Errorf("%s: %s is for %s only", at, prefix, strings.Join(dirs, ", "))
				}
			}
		}
	}
}

func TestCalcIsPure(t *testing.T) {
	for _, s := range sources(t) {
		if s.dir != "calc" || s.test {
			continue
		}
		for imported, at := range s.imports() {
			if slices.Contains(calcBans, imported) {
				t.Errorf("%s: calc may not import %s: its answer follows from its input alone", at, imported)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.SelectStmt:
				t.Errorf("%s: calc starts nothing that runs beside it", s.at(n))
			case *ast.Ident:
				if n.Name == "float32" || n.Name == "float64" {
					t.Errorf("%s: %s in calc", s.at(n), n.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s: the float %s in calc", s.at(n), n.Value)
				}
			}
			return true
		})
	}
}

// inexact are methods and functions of decimal that lose digits unsaid: Div
// rounds at a package variable, the others pass through floats.
var inexact = regexp.MustCompile(`^(Div|InexactFloat64|Float64|NewFromFloat|NewFromFloat32|NewFromFloatWithExponent|Avg|Pow|Ln|ExpTaylor)$`)

func TestDecimalsStayExact(t *testing.T) {
	for _, s := range sources(t) {
		if _, has := s.imports()["github.com/shopspring/decimal"]; !has || s.test || s.generated() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, is := n.(*ast.SelectorExpr); is && inexact.MatchString(call.Sel.Name) {
				t.Errorf("%s: %s: use DivRound, or stay in decimals", s.at(n), call.Sel.Name)
			}
			return true
		})
	}
}

// statement is how a text begins that is SQL.
var statement = regexp.MustCompile(`(?s)^\s*(SELECT\s|INSERT INTO\s|UPDATE\s.+\sSET\s|DELETE FROM\s|WITH\s.+\sAS\s)`)

func TestSQLStandsInStore(t *testing.T) {
	for _, s := range sources(t) {
		hasSQL := strings.HasPrefix(s.dir, "store") || s.dir == "migrations" || strings.HasPrefix(s.dir, "test/")
		if s.test || s.generated() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				text, err := strconv.Unquote(n.Value)
				if n.Kind != token.STRING || err != nil {
					return true
				}
				if !hasSQL && statement.MatchString(text) {
					t.Errorf("%s: SQL outside of store", s.at(n))
				}
				if hasSQL && strings.Contains(text, "-?") {
					t.Errorf("%s: -? with a negative argument begins a comment", s.at(n))
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "WhereOr" {
					t.Errorf("%s: WhereOr escapes the tenant predicate", s.at(n))
				}
			}
			return true
		})
	}
}

// TestReadsTakeAScope holds every exported read to say for whom it reads.
func TestReadsTakeAScope(t *testing.T) {
	count := 0
	for _, s := range sources(t) {
		if s.dir != "store" || s.test {
			continue
		}
		for _, fn := range functions(s.file) {
			if receiver(fn) != "reads" || !fn.Name.IsExported() {
				continue
			}
			count++
			scoped := slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
				at, is := p.Type.(*ast.SelectorExpr)
				named := slices.ContainsFunc(p.Names, func(n *ast.Ident) bool { return n.Name == "tenant" })
				return is && (at.Sel.Name == "Scope" || at.Sel.Name == "UUID" && named)
			})
			if !scoped {
				t.Errorf("%s: %s takes neither a model.Scope nor a tenant", s.at(fn), fn.Name.Name)
			}
		}
	}
	if count == 0 {
		t.Error("no reads found: has the type a new name?")
	}
}

func functions(file *ast.File) (all []*ast.FuncDecl) {
	for _, d := range file.Decls {
		if fn, is := d.(*ast.FuncDecl); is {
			all = append(all, fn)
		}
	}
	return all
}

// receiver names the type that a method hangs on, "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil {
		return ""
	}
	at := fn.Recv.List[0].Type
	for {
		switch x := at.(type) {
		case *ast.StarExpr:
			at = x.X
		case *ast.IndexExpr:
			at = x.X
		case *ast.IndexListExpr:
			at = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// entries are the top level of the tree; one more needs an ADR.
var entries = []string{
	"server.go", "deps_test.go", "gqlgen.yml", "go.mod", "go.sum", "README.md", "CHANGELOG.md", "LICENSE", "Makefile",
	".golangci.yml", ".ci", ".gitignore", ".git", "graph", "model", "calc", "auth", "store", "service", "resolver",
	"migrations", "command", "test", "docs", "examples",
}

// made by building and testing, and in .gitignore.
var made = []string{"spm", "bin", "*.test", "*.out", "*.prof", "node_modules"}

func TestTheTreeIsTheOneDescribed(t *testing.T) {
	top, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range top {
		ignored := slices.ContainsFunc(made, func(pattern string) bool { match, _ := path.Match(pattern, e.Name()); return match })
		if !ignored && !slices.Contains(entries, e.Name()) {
			t.Errorf("%s is no entry of the tree: it needs an ADR", e.Name())
		}
	}
	banned := []string{"pkg", "internal", "util", "utils", "common", "helper", "helpers", "mock", "mocks", "error", "errors", "misc", "shared"}
	err = filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(skipped, d.Name()) {
			return fs.SkipDir
		}
		if err == nil && d.IsDir() && slices.Contains(banned, d.Name()) {
			t.Errorf("%s: a folder is named after what is in it", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestGeneratedCodeStandsAlone(t *testing.T) {
	if _, err := os.Stat("model/unbound_gen.go"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("model/unbound_gen.go: a type of the schema has no struct of ours; write it in model or service")
	}
	for _, s := range sources(t) {
		if ast.IsGenerated(s.file) != s.generated() {
			t.Errorf("%s: generated code stands in graph/generated (a client's in examples/go/api), and nothing else does", s.path)
		}
	}
}

func TestResolversAreThin(t *testing.T) {
	for _, s := range sources(t) {
		if !strings.HasSuffix(s.path, ".resolvers.go") {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if !strings.HasSuffix(strings.ToLower(receiver(d)), "resolver") || !d.Name.IsExported() {
					t.Errorf("%s: %s is no resolver: gqlgen comments it out on its next run", s.at(d), d.Name.Name)
				}
				if n := max(1, s.linesOf(d.Body)-2); n > 15 {
					t.Errorf("%s: %s has %d lines: permission is on the schema; make one call, and return", s.at(d), d.Name.Name, n)
				}
			case *ast.GenDecl:
				if d.Tok != token.IMPORT && d.Tok != token.TYPE {
					t.Errorf("%s: gqlgen comments out what is no resolver", s.at(d))
				}
			}
		}
	}
}

// The bounds of style.md. A table of cases reads best in one piece, so tests
// have more room.
const (
	fileLines     = 500
	functionLines = 70
	testLines     = 120
)

// longer lists what is over a bound, with its length: a ratchet that only goes down.
var longer = map[string]int{}

func TestFilesAndFunctionsAreShort(t *testing.T) {
	seen := map[string]bool{}
	check := func(name string, lines, bound int) {
		allowed, known := longer[name]
		seen[name] = known && lines > bound
		switch {
		case lines > bound && !known:
			t.Errorf("%s has %d lines, over %d", name, lines, bound)
		case lines > bound && lines > allowed:
			t.Errorf("%s has grown from %d lines to %d; the bound is %d", name, allowed, lines, bound)
		case lines > bound && lines < allowed:
			t.Errorf("%s has shrunk to %d lines: write that into the list", name, lines)
		}
	}
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		check(s.path, s.lines, fileLines)
		bound := functionLines
		if s.test {
			bound = testLines
		}
		for _, fn := range functions(s.file) {
			check(s.path+" "+strings.TrimPrefix(receiver(fn)+"."+fn.Name.Name, "."), s.linesOf(fn), bound)
		}
	}
	for name := range longer {
		if !seen[name] {
			t.Errorf("%s fits, or is gone: take it out of the list", name)
		}
	}
}

func TestNothingIsSetBehindTheBack(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated() {
			continue
		}
		for _, fn := range functions(s.file) {
			if fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: dependencies are passed in, never set by init", s.at(fn))
			}
		}
		if s.dir != "service" || s.test {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, is := n.(*ast.SelectorExpr); is {
				if x, named := sel.X.(*ast.Ident); named && x.Name == "graphql" && sel.Sel.Name != "Omittable" {
					t.Errorf("%s: service knows graphql.Omittable only", s.at(n))
				}
			}
			return true
		})
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains([]string{"calc", "model", "service", "auth", "store"}, s.dir) {
			continue
		}
		spoken := 0 // the last line that a comment speaks for: one on the first of a run of one-line methods does for all
		for _, d := range s.file.Decls {
			line := s.set.Position(d.Pos()).Line
			switch d := d.(type) {
			case *ast.FuncDecl:
				open := d.Recv == nil || ast.IsExported(receiver(d))
				marker := len(d.Body.List) == 0 // IsNode and the like, which say what a type is
				if d.Doc != nil || line == spoken+1 && s.linesOf(d) == 1 {
					spoken = s.set.Position(d.End()).Line
				} else if open && !marker && d.Name.IsExported() {
					t.Errorf("%s: %s has no comment", s.at(d), d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					undocumented(t, s, d, spec)
				}
			}
		}
	}
}

// undocumented reports an exported name without a comment; one on a group of
// constants, variables or aliases speaks for all of them.
func undocumented(t *testing.T, s source, group *ast.GenDecl, spec ast.Spec) {
	t.Helper()
	var names []*ast.Ident
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		grouped := group.Lparen.IsValid() && !spec.Assign.IsValid()
		if spec.Doc == nil && (group.Doc == nil || grouped) {
			names = append(names, spec.Name)
		}
	case *ast.ValueSpec:
		if spec.Doc == nil && spec.Comment == nil && group.Doc == nil {
			names = spec.Names
		}
	}
	for _, name := range names {
		if name.IsExported() {
			t.Errorf("%s: %s has no comment", s.at(spec), name.Name)
		}
	}
}
