package direct

import (
	"context"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// Written is a part of an answer.
type Written []byte

// MarshalGQL writes it.
func (t Written) MarshalGQL(w io.Writer) { _, _ = w.Write(t) }

// Writer gathers the text of an object or a list.
type Writer[E any] struct {
	Executing E

	text []byte
}

// Write appends text, as an io.Writer.
func (w *Writer[E]) Write(text []byte) (int, error) {
	w.text = append(w.text, text...)
	return len(text), nil
}

// WriteString appends text, as an io.StringWriter.
func (w *Writer[E]) WriteString(text string) (int, error) {
	w.text = append(w.text, text...)
	return len(text), nil
}

// Leaf writes a scalar, an enum or a list of them.
func (w *Writer[E]) Leaf(m graphql.Marshaler, required bool) bool {
	if m == graphql.Null {
		return w.Null(required)
	}
	m.MarshalGQL(w)
	return true
}

// Null writes null, if the schema allows it.
func (w *Writer[E]) Null(required bool) bool {
	w.text = append(w.text, "null"...)
	return !required
}

// Object writes an object, a pointer that is not nil.
func (w *Writer[E]) Object(ctx context.Context, plan *Plan[E], object any) bool {
	w.text = append(w.text, '{')
	for i := range plan.entries {
		e := &plan.entries[i]
		if i > 0 {
			w.text = append(w.text, ',')
		}
		w.text = append(w.text, e.key...)
		if e.text != "" {
			w.text = append(w.text, e.text...)
		} else if !plan.of.Write(ctx, w, e, object) {
			return false
		}
	}
	w.text = append(w.text, '}')
	return true
}

// Loaded writes the object that a loader gives, nil where there is none.
func Loaded[E, T any](ctx context.Context, w *Writer[E], plan *Plan[E], object *T, err error, required bool) bool {
	if err != nil {
		return false
	}
	return Pointer(ctx, w, plan, object, required)
}

// Pointer writes an object that may be nil.
func Pointer[E, T any](ctx context.Context, w *Writer[E], plan *Plan[E], object *T, required bool) bool {
	if object == nil {
		return w.Null(required)
	}
	return w.Object(ctx, plan, object)
}

// Pointers writes a list of objects.
func Pointers[E, T any](ctx context.Context, w *Writer[E], plan *Plan[E], list []*T, required bool) bool {
	w.text = append(w.text, '[')
	for i, object := range list {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		if !Pointer(ctx, w, plan, object, required) {
			return false
		}
	}
	w.text = append(w.text, ']')
	return true
}

// Values writes a list of objects.
func Values[E, T any](ctx context.Context, w *Writer[E], plan *Plan[E], list []T) bool {
	w.text = append(w.text, '[')
	for i := range list {
		if i > 0 {
			w.text = append(w.text, ',')
		}
		if !w.Object(ctx, plan, &list[i]) {
			return false
		}
	}
	w.text = append(w.text, ']')
	return true
}

// EachPointer gives the objects of a list but for what is nil.
func EachPointer[T any](list []*T, yield func(any)) {
	for _, object := range list {
		if object != nil {
			yield(object)
		}
	}
}

// EachValue gives the objects of a list.
func EachValue[T any](list []T, yield func(any)) {
	for i := range list {
		yield(&list[i])
	}
}

// Asked is an object or a list of a type with the selection that is asked of it.
type Asked[E any] struct {
	Types     *Types[E]
	Plans     *Plans[E]
	Executing E
	Operation *graphql.OperationContext
	Name      string
	Selected  ast.SelectionSet
}

// One writes an object; nil leaves it to the common way.
func One[E, T any](ctx context.Context, asked Asked[E], object *T) graphql.Marshaler {
	return asked.write(ctx, func(w *Writer[E], plan *Plan[E]) bool { return Pointer(ctx, w, plan, object, true) },
		func(yield func(any)) { EachPointer([]*T{object}, yield) })
}

// ListOfPointers writes a list; nil leaves it to the common way. required tells that
// no object may be nil.
func ListOfPointers[E, T any](ctx context.Context, asked Asked[E], list []*T, required bool) graphql.Marshaler {
	return asked.write(ctx, func(w *Writer[E], plan *Plan[E]) bool { return Pointers(ctx, w, plan, list, required) },
		func(yield func(any)) { EachPointer(list, yield) })
}

// ListOfValues writes a list; nil leaves it to the common way.
func ListOfValues[E, T any](ctx context.Context, asked Asked[E], list []T) graphql.Marshaler {
	return asked.write(ctx, func(w *Writer[E], plan *Plan[E]) bool { return Values(ctx, w, plan, list) },
		func(yield func(any)) { EachValue(list, yield) })
}

func (a Asked[E]) write(ctx context.Context, what func(*Writer[E], *Plan[E]) bool, each func(func(any))) (out graphql.Marshaler) {
	plan := a.Plans.of(ctx, a.Executing, a.Types, a.Operation, a.Name, a.Selected)
	if plan == nil {
		return nil
	}
	defer func() {
		if recover() != nil {
			out = nil // the common way meets it again, and reports it
		}
	}()
	if plan.loads {
		var objects []any
		each(func(object any) { objects = append(objects, object) })
		if !ahead(ctx, a.Executing, plan, objects) {
			return nil
		}
	}
	w := &Writer[E]{Executing: a.Executing, text: make([]byte, 0, 512)}
	if !what(w, plan) {
		return nil
	}
	return Written(w.text)
}

// ahead loads what objects lead to, level by level: all that one field of them needs
// is asked for at once, however many they are.
func ahead[E any](ctx context.Context, executing E, plan *Plan[E], objects []any) bool {
	beginning := Beginning(ctx)
	for i := range plan.entries {
		if e := &plan.entries[i]; e.loads {
			for _, object := range objects {
				if _, err := plan.of.Load(beginning, executing, e, object); err != nil {
					return false
				}
			}
		}
	}
	for i := range plan.entries {
		e := &plan.entries[i]
		if e.Below == nil || !e.Below.loads {
			continue
		}
		var below []any
		for _, object := range objects {
			if !e.loads {
				plan.of.Each(e, object, func(child any) { below = append(below, child) })
				continue
			}
			child, err := plan.of.Load(ctx, executing, e, object)
			if err != nil {
				return false
			}
			if child != nil {
				below = append(below, child)
			}
		}
		if len(below) > 0 && !ahead(ctx, executing, e.Below, below) {
			return false
		}
	}
	return true
}
