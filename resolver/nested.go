package resolver

import (
	"context"
	"reflect"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
	"spm/model"
)

// nests are the lists below the rows of an answer. Rows that one statement gave
// are asked for what is below them together, so that the number of statements
// follows from the query and not from the number of rows.
type nests struct {
	mu     sync.Mutex
	beside map[model.Node][]model.Node // by the object itself: a row's fellows
	begun  map[nestKey]any             // the *nest that has, or is to have, a parent's page
}

// nestKey is a field's place in the document, which has one set of arguments,
// with a parent at a read point.
type nestKey struct {
	field  *ast.Field
	parent place
}

// nest is one statement for several parents.
type nest[M any] struct {
	once sync.Once
	ids  []model.ID
	page *model.Connection[M]
	err  error
}

// loadedTogether notes which objects one statement gave.
func loadedTogether[M any](ctx context.Context, found []*M) {
	l, is := ctx.Value(gatheringKey{}).(*gathering)
	if !is {
		return
	}
	var all []model.Node
	for _, m := range found {
		switch x := any(m).(type) {
		case model.Node:
			all = append(all, x)
		case *[]*model.Transaction: // the revisions of one
			for _, t := range *x {
				all = append(all, t)
			}
		}
	}
	l.nests.mu.Lock()
	defer l.nests.mu.Unlock()
	if l.nests.beside == nil {
		l.nests.beside = map[model.Node][]model.Node{}
	}
	for _, m := range all {
		l.nests.beside[m] = all
	}
}

// below gives the page of what is below an object. The list's field names the
// objects that it is below.
func below[W, M any](ctx context.Context, do auth.Permission, read pageRead[W, M], where W, args model.PageArgs, field string, of model.Node) (*model.Connection[M], error) {
	s, err := scope(ctx, do)
	if err != nil {
		return nil, err
	}
	n := nestOf[M](from(ctx), graphql.GetFieldContext(ctx).Field.Field, s, of)
	n.once.Do(func() {
		args.Parents = &model.Parents{Field: field, IDs: n.ids}
		args.Within, args.Export = within, auth.SessionOf(ctx).Principal.Exports()
		if n.page, n.err = read(ctx, s, where, args); n.err != nil {
			return
		}
		var nodes []*M
		for _, page := range n.page.Below {
			if page.Page != nil {
				nodes = append(nodes, page.Page.Nodes()...)
			}
		}
		loadedTogether(ctx, nodes)
	})
	if n.err != nil {
		return nil, n.err
	}
	page := n.page.Below[idOf(of)]
	return page.Page, page.Err
}

// nestOf is the statement that an object's page comes with: one begun already,
// or a new one for it and its fellows.
func nestOf[M any](l *gathering, field *ast.Field, s model.Scope, of model.Node) *nest[M] {
	l.nests.mu.Lock()
	defer l.nests.mu.Unlock()
	key := func(m model.Node) nestKey {
		return nestKey{field, place{idOf(m), s.Read.Horizon, s.Read.Sequence}}
	}
	if known, is := l.nests.begun[key(of)]; is {
		return known.(*nest[M])
	}
	if l.nests.begun == nil {
		l.nests.begun = map[nestKey]any{}
	}
	n := &nest[M]{}
	for _, m := range append([]model.Node{of}, l.nests.beside[of]...) {
		if _, is := l.nests.begun[key(m)]; !is {
			l.nests.begun[key(m)], n.ids = n, append(n.ids, idOf(m))
		}
	}
	return n
}

// idOf is the id of an object.
func idOf(m model.Node) model.ID {
	return reflect.Indirect(reflect.ValueOf(m)).FieldByName("ID").Interface().(model.ID)
}
