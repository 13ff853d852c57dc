// Package direct writes the answer for objects whose fields need nothing but the
// objects: text into one buffer, field by field, in the order that the query asks.
//
// The common way, that of gqlgen, gives each field a context, a resolver, a value
// that knows how to write itself, and each element of a list a goroutine. That is
// right where a field asks the database, and most of the work of an answer where it
// only reads a member of a struct. What is written directly is the same, byte for
// byte. Whatever is not ordinary (a null where none is allowed, an error, a refusal,
// a field that has to be resolved) is left to the common way, whole: nothing here
// reports an error.
//
// graph/generate finds out which fields can be written so, and writes the functions
// that do it to graph/generated/direct.generated.go.
package direct

import (
	"context"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Field tells how a field of a type is written.
type Field[E any] struct {
	// At is the field's number in its type's Write.
	At int
	// Below names the type of the objects that the field gives; "" is a leaf.
	Below string
	// Loads tells that the field's object comes from a loader, which gathers what is
	// asked of it.
	Loads bool
	// Can are the permissions that the schema asks for the field.
	Can []string
	// Args reads the field's arguments; nil where it has none.
	Args func(context.Context, E, map[string]any) (map[string]any, error)
}

// Type tells how the objects of a type are written.
type Type[E any] struct {
	Satisfies []string // the type and its interfaces
	Fields    map[string]Field[E]
	// Write writes a field of an object, a pointer; false leaves it to the common way.
	Write func(ctx context.Context, w *Writer[E], e *Entry[E], object any) bool
	// Each gives the objects that a field holds, which must not be one that loads.
	Each func(e *Entry[E], object any, yield func(any))
	// Load gives the object of a field that loads. With a context of Beginning it
	// only tells the loader what will be asked and gives nothing.
	Load func(ctx context.Context, executing E, e *Entry[E], object any) (any, error)
}

// Types are the types by their names.
type Types[E any] struct {
	All map[string]*Type[E]
	// May tells whether the caller has a permission.
	May func(ctx context.Context, executing E, permission string) bool
}

// Entry is a field of a selection.
type Entry[E any] struct {
	At    int
	Args  map[string]any
	Below *Plan[E]

	key   string // with its quotes and the colon
	loads bool
	text  string // all there is to write, for __typename
}

// Plan is a selection of fields that can be written directly.
type Plan[E any] struct {
	of      *Type[E]
	entries []Entry[E]
	loads   bool // a field at any depth loads
}

// Plans are those of one operation. Permissions are asked as a plan is made, so
// they must not outlive the moment that an answer is true at: a subscription has none.
type Plans[E any] struct {
	mu      sync.Mutex
	made    map[place]*Plan[E]
	without bool
}

type place struct {
	first *ast.Selection
	count int
	name  string
}

// of gives the plan of a selection, nil where it has to go the common way.
func (p *Plans[E]) of(ctx context.Context, executing E, types *Types[E], operation *graphql.OperationContext, name string, selected ast.SelectionSet) *Plan[E] {
	if len(selected) == 0 || operation.Operation.Operation == ast.Subscription {
		return nil
	}
	at := place{&selected[0], len(selected), name}
	p.mu.Lock()
	defer p.mu.Unlock()
	plan, known := p.made[at]
	if !known {
		if p.made == nil {
			p.made, p.without = map[place]*Plan[E]{}, ctx.Value(without{}) != nil
		}
		if p.without {
			return nil
		}
		m := making[E]{executing: executing, types: types, operation: operation, may: map[string]bool{}}
		plan = m.plan(ctx, name, selected)
		p.made[at] = plan
	}
	return plan
}

// making makes plans.
type making[E any] struct {
	executing E
	types     *Types[E]
	operation *graphql.OperationContext
	may       map[string]bool
}

func (m making[E]) plan(ctx context.Context, name string, selected ast.SelectionSet) *Plan[E] {
	of := m.types.All[name]
	if of == nil {
		return nil
	}
	fields := graphql.CollectFields(m.operation, selected, of.Satisfies)
	plan, seen := &Plan[E]{of: of, entries: make([]Entry[E], 0, len(fields))}, map[string]bool{}
	for _, asked := range fields {
		if len(asked.Deferrables) > 0 || seen[asked.Alias] {
			return nil
		}
		seen[asked.Alias] = true
		entry := Entry[E]{key: strconv.Quote(asked.Alias) + ":"}
		if asked.Name == "__typename" {
			entry.text = strconv.Quote(name)
		} else if !m.enter(ctx, &entry, of, asked) {
			return nil
		}
		plan.loads = plan.loads || entry.loads || entry.Below != nil && entry.Below.loads
		plan.entries = append(plan.entries, entry)
	}
	return plan
}

// enter fills the entry of a field, if it can be written directly.
func (m making[E]) enter(ctx context.Context, entry *Entry[E], of *Type[E], asked graphql.CollectedField) bool {
	field, known := of.Fields[asked.Name]
	if !known {
		return false
	}
	for _, permission := range field.Can {
		may, asked := m.may[permission]
		if !asked {
			may = m.types.May(ctx, m.executing, permission)
			m.may[permission] = may
		}
		if !may {
			return false
		}
	}
	entry.At, entry.loads = field.At, field.Loads
	if field.Args != nil {
		var err error
		if entry.Args, err = field.Args(ctx, m.executing, asked.ArgumentMap(m.operation.Variables)); err != nil {
			return false
		}
	}
	if field.Below != "" {
		entry.Below = m.plan(ctx, field.Below, asked.Selections)
		return entry.Below != nil
	}
	return true
}
