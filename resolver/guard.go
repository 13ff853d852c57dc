package resolver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"spm/model"
)

// Limits bound what a document may ask for. Fields, depth and root fields are
// counted with fragments expanded, whatever @skip and @include say; aliases and
// directives as they stand in the document.
type Limits struct {
	Bytes      int // of the document
	Tokens     int
	Fields     int // __typename and those of introspection among them
	RootFields int
	// Depth counts levels of fields from the root; below __schema and __type
	// IntrospectionDepth counts instead.
	Depth              int
	IntrospectionDepth int
	Aliases            int
	Directives         int
	Variables          int
}

// DefaultLimits are those of the product: several times what its own portal
// asks for, and enough for the introspection of common tools.
func DefaultLimits() Limits {
	return Limits{
		Bytes: 16 << 10, Tokens: 1000, Fields: 300, RootFields: 20, Depth: 12, IntrospectionDepth: 20,
		Aliases: 30, Directives: 20, Variables: 50,
	}
}

// Guard refuses documents that cost too much before anything looks at them
// twice, and variables of the wrong type before they are coerced. It works for
// every transport. Its work grows with the length of the document only: each
// fragment is measured once.
type Guard struct {
	Limits Limits
	// Introspection tells who may read the schema; nobody if nil. __typename
	// is not introspection.
	Introspection func(context.Context) bool
	// Documents holds documents that passed already; nil holds none.
	Documents *DocumentCache

	schema *ast.Schema
}

var (
	_ graphql.HandlerExtension          = (*Guard)(nil)
	_ graphql.OperationParameterMutator = (*Guard)(nil)
	_ graphql.OperationContextMutator   = (*Guard)(nil)
)

// ExtensionName names the extension.
func (*Guard) ExtensionName() string { return "Guard" }

// Validate takes the schema that variables are checked against.
func (g *Guard) Validate(schema graphql.ExecutableSchema) error {
	if g.Limits == (Limits{}) {
		g.Limits = DefaultLimits()
	}
	g.schema = schema.Schema()
	return nil
}

// MutateOperationParameters lets a request pass or tells why not. Variables
// leave it in the shape that their types ask for.
func (g *Guard) MutateOperationParameters(ctx context.Context, params *graphql.RawParams) *gqlerror.Error {
	document, introspects, err := g.document(ctx, params.Query)
	if err != nil {
		return err
	}
	operation := document.Operations[0]
	if params.OperationName != "" && params.OperationName != operation.Name {
		return refused("The document has no operation of the name in operationName.")
	}
	if introspects && !g.mayIntrospect(ctx) {
		return refused("Introspection is not available to you.")
	}
	return coerceVariables(g.schema, operation, params.Variables)
}

// MutateOperationContext checks the literals of the document, which is validated
// by now, and tells the executable schema who may read it.
func (g *Guard) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	operation.DisableIntrospection = !g.mayIntrospect(ctx)
	return checkLiterals(operation.Doc)
}

func (g *Guard) mayIntrospect(ctx context.Context) bool {
	return g.Introspection != nil && g.Introspection(ctx)
}

// document gives a document that has exactly one operation and keeps the
// limits, and whether it reads the schema.
func (g *Guard) document(ctx context.Context, query string) (*ast.QueryDocument, bool, *gqlerror.Error) {
	if g.Documents != nil {
		if document, known := g.Documents.Get(ctx, query); known {
			return document, strings.Contains(query, "__") && g.introspects(document), nil
		}
	}
	if len(query) > g.Limits.Bytes {
		return nil, false, refused("The document is longer than %d bytes.", g.Limits.Bytes)
	}
	if !utf8.ValidString(query) || loneSurrogate([]byte(query)) {
		return nil, false, refused("The document must be valid Unicode.")
	}
	document, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: query}, g.Limits.Tokens)
	if err != nil {
		return nil, false, parseError(err)
	}
	if n := len(document.Operations); n != 1 {
		return nil, false, refused("The document must hold one operation, not %d.", n)
	}
	total, refusal := newWalk(g.Limits, document).measure()
	return document, total.introspects, refusal
}

func (g *Guard) introspects(document *ast.QueryDocument) bool {
	total, _ := newWalk(g.Limits, document).measure()
	return total.introspects
}

// refused makes an error that transports count among those of the protocol; the
// presenter gives it the code BAD_USER_INPUT.
func refused(format string, args ...any) *gqlerror.Error {
	return refusedAt(nil, format, args...)
}

func refusedAt(position *ast.Position, format string, args ...any) *gqlerror.Error {
	err := gqlerror.Wrap(model.Errorf(model.BadUserInput, format, args...))
	errcode.Set(err, errcode.ValidationFailed)
	if position != nil && position.Line > 0 {
		err.Locations = []gqlerror.Location{{Line: position.Line, Column: position.Column}}
	}
	return err
}

func parseError(err error) *gqlerror.Error {
	var parsed *gqlerror.Error
	if !errors.As(err, &parsed) {
		parsed = gqlerror.Wrap(model.Errorf(model.BadUserInput, "The document could not be parsed."))
	}
	errcode.Set(parsed, errcode.ParseFailed)
	return parsed
}

// size is what a selection set comes to with its fragments expanded.
type size struct {
	fields, roots, depth int
	// introspection is how deep fields lie below __schema or __type.
	introspection int
	introspects   bool
}

// saturated is more than any limit, and its double still fits an int.
const saturated = 1 << 24

func add(a, b int) int { return min(a+b, saturated) }

// walk measures one document. Each fragment is measured once, so that its work
// is linear in the nodes of the document.
type walk struct {
	limits     Limits
	document   *ast.QueryDocument
	fragments  map[string]*ast.FragmentDefinition
	measured   map[string]size
	open       map[string]bool
	aliases    int
	directives int
	work       int // selections seen, for tests
}

func newWalk(limits Limits, document *ast.QueryDocument) *walk {
	return &walk{
		limits: limits, document: document, measured: map[string]size{}, open: map[string]bool{},
		fragments: make(map[string]*ast.FragmentDefinition, len(document.Fragments)),
	}
}

// measure gives the size of the operation, or the limit that the document
// breaks. Fragments that nothing spreads count too, since validation walks them.
func (w *walk) measure() (size, *gqlerror.Error) {
	operation := w.document.Operations[0]
	for _, fragment := range w.document.Fragments {
		if w.fragments[fragment.Name] != nil {
			return size{}, refusedAt(fragment.Position, "Two fragments have the same name.")
		}
		w.fragments[fragment.Name] = fragment
	}
	for _, fragment := range w.document.Fragments {
		if _, err := w.fragment(fragment.Name, fragment.Position); err != nil {
			return size{}, err
		}
	}
	total, err := w.set(operation.SelectionSet)
	if err != nil {
		return size{}, err
	}
	if err := w.decorations(operation.Directives); err != nil {
		return size{}, err
	}
	for _, variable := range operation.VariableDefinitions {
		if err := w.decorations(variable.Directives); err != nil {
			return size{}, err
		}
	}
	return total, w.check(total, len(operation.VariableDefinitions))
}

func (w *walk) check(total size, variables int) *gqlerror.Error {
	for _, c := range []struct {
		what       string
		got, limit int
	}{
		{"fields, with its fragments expanded,", total.fields, w.limits.Fields},
		{"root fields", total.roots, w.limits.RootFields},
		{"levels of fields", total.depth, w.limits.Depth},
		{"levels of introspection", total.introspection, w.limits.IntrospectionDepth},
		{"aliases", w.aliases, w.limits.Aliases},
		{"directives", w.directives, w.limits.Directives},
		{"variables", variables, w.limits.Variables},
	} {
		if c.got > c.limit {
			return refused("The document has more than %d %s.", c.limit, c.what)
		}
	}
	return nil
}

func (w *walk) set(selections ast.SelectionSet) (size, *gqlerror.Error) {
	var total size
	for _, selection := range selections {
		w.work++
		var part size
		var err *gqlerror.Error
		switch selection := selection.(type) {
		case *ast.Field:
			part, err = w.field(selection)
		case *ast.InlineFragment:
			if err = w.decorations(selection.Directives); err == nil {
				part, err = w.set(selection.SelectionSet)
			}
		case *ast.FragmentSpread:
			if err = w.decorations(selection.Directives); err == nil {
				part, err = w.fragment(selection.Name, selection.Position)
			}
		default:
			err = refused("The document holds a selection of an unknown kind: %s.", fmt.Sprintf("%T", selection))
		}
		if err != nil {
			return size{}, err
		}
		total.fields, total.roots = add(total.fields, part.fields), add(total.roots, part.roots)
		total.depth, total.introspection = max(total.depth, part.depth), max(total.introspection, part.introspection)
		total.introspects = total.introspects || part.introspects
	}
	return total, nil
}

func (w *walk) field(field *ast.Field) (size, *gqlerror.Error) {
	if field.Alias != field.Name {
		w.aliases++
	}
	if err := w.decorations(field.Directives); err != nil {
		return size{}, err
	}
	below, err := w.set(field.SelectionSet)
	if err != nil {
		return size{}, err
	}
	below.fields, below.roots = add(below.fields, 1), 1
	if field.Name == "__schema" || field.Name == "__type" {
		// The whole subtree is measured by the other limit.
		below.introspection = add(max(below.depth, below.introspection), 1)
		below.depth, below.introspects = 1, true
		return below, nil
	}
	below.depth = add(below.depth, 1)
	return below, nil
}

// fragment measures a named fragment once. An unknown one is left to validation.
func (w *walk) fragment(name string, at *ast.Position) (size, *gqlerror.Error) {
	if known, done := w.measured[name]; done {
		return known, nil
	}
	fragment := w.fragments[name]
	switch {
	case fragment == nil:
		return size{}, nil
	case w.open[name]:
		return size{}, refusedAt(at, "A fragment spreads itself.")
	}
	w.open[name] = true
	total, err := w.set(fragment.SelectionSet)
	if err == nil {
		err = w.decorations(fragment.Directives)
	}
	if err != nil {
		return size{}, err
	}
	w.open[name] = false
	w.measured[name] = total
	return total, nil
}

// decorations counts directives and refuses those whose results would never
// arrive over a transport that answers once.
func (w *walk) decorations(directives ast.DirectiveList) *gqlerror.Error {
	w.directives += len(directives)
	for _, directive := range directives {
		if directive.Name == "defer" || directive.Name == "stream" {
			return refusedAt(directive.Position, "@%s is not supported.", directive.Name)
		}
	}
	return nil
}
