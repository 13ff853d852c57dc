package store

import (
	"context"
	"reflect"
	"strings"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// nested is a list below several rows: the page of each is read in one statement
// for all, by the conditions, order and scope of the noun's own list.
type nested[R any, M any] struct {
	list[R, M]
	args    model.PageArgs
	order   []orderKey
	parents []model.ID
}

// pages reads one page of a list for each of the parents in args.
func pages[R any, M any](ctx context.Context, r reads, scope model.Scope, l list[R, M], args model.PageArgs) (*model.Connection[M], error) {
	order, err := l.orderBy(l.order, l.where, args.OrderBy)
	if err != nil {
		return nil, err
	}
	n := nested[R, M]{list: l, args: args, order: order}
	out := &model.Connection[M]{Below: map[model.ID]model.Below[M]{}}
	var w window
	for _, id := range args.Parents.IDs {
		of, err := checkPage(args, n.hash(id), len(order)) // a cursor is of one parent
		if err != nil {
			out.Below[id] = model.Below[M]{Err: err}
			continue
		}
		w, n.parents = of, append(n.parents, id)
	}
	if len(n.parents) == 0 {
		return out, nil
	}
	edges, err := n.read(ctx, r, scope, w)
	if err != nil {
		return nil, badCast(err)
	}
	count := n.counts(r, scope)
	for _, id := range n.parents {
		c := connection(edges[id], w)
		c.Count = func(ctx context.Context) (int, error) { return count(ctx, id) }
		out.Below[id] = model.Below[M]{Page: c}
	}
	return out, nil
}

func (n *nested[R, M]) hash(parent model.ID) string {
	return listHash(n.noun+" "+n.args.Parents.Field+" "+parent.String(), n.where, n.args.UpdatedSince, n.order)
}

// read gives the rows of each parent's page, and one more where there are more.
func (n *nested[R, M]) read(ctx context.Context, r reads, scope model.Scope, w window) (map[model.ID][]*model.Edge[M], error) {
	exprs := make([]string, len(n.order))
	for i, k := range n.order {
		exprs[i] = "(" + k.expr + ")::text"
	}
	by := orderBy(n.order, w.backward)
	rows, err := n.below(ctx, scope, n.columns+", ARRAY["+strings.Join(exprs, ", ")+"], row_number() OVER (ORDER BY "+by+") AS place_in_page")
	if err != nil {
		return nil, err
	}
	bound(rows, n.order, w.after, false)
	bound(rows, n.order, w.before, true)
	rows.add(" ORDER BY "+by+" LIMIT ?", w.size+1)
	if w.offset > 0 {
		rows.add(" OFFSET ?", w.offset)
	}
	edges := map[model.ID][]*model.Edge[M]{}
	b := n.each(rows).add(" ORDER BY parent.key, below.place_in_page")
	err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var at, place int64
		row, keys := new(R), []*string(nil)
		if err := rows.Scan(append(append([]any{&at}, pointers(reflect.ValueOf(row).Elem(), nil)...), &keys, &place)...); err != nil {
			return err
		}
		id := n.parents[at-1]
		edges[id] = append(edges[id], &model.Edge[M]{Node: n.model(row), Cursor: makeCursor(n.hash(id), keys)})
		return nil
	})
	return edges, err
}

// counts counts the rows of all parents when the first is asked for.
func (n *nested[R, M]) counts(r reads, scope model.Scope) func(context.Context, model.ID) (int, error) {
	var once sync.Once
	var counted map[model.ID]int
	var failed error
	return func(ctx context.Context, id model.ID) (int, error) {
		once.Do(func() { counted, failed = n.count(ctx, r, scope) })
		return counted[id], failed
	}
}

func (n *nested[R, M]) count(ctx context.Context, r reads, scope model.Scope) (map[model.ID]int, error) {
	rows, err := n.below(ctx, scope, "count(*) AS n")
	if err != nil {
		return nil, err
	}
	counted := map[model.ID]int{}
	b := n.each(rows)
	err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var at int64
		var of int
		if err := rows.Scan(&at, &of); err != nil {
			return err
		}
		counted[n.parents[at-1]] = of
		return nil
	})
	return counted, err
}

// below begins the selection of the rows of one parent.
func (n *nested[R, M]) below(ctx context.Context, scope model.Scope, selected string) (*builder, error) {
	f, is := n.fields[n.args.Parents.Field]
	if !is || f.expr == "" {
		panic("the list of " + n.noun + " does not declare " + n.args.Parents.Field)
	}
	b, err := n.selection(ctx, scope, selected, n.where, n.args)
	if err != nil {
		return nil, err
	}
	if f.many {
		return b.add(" AND " + f.expr + " @> ARRAY[parent.id]"), nil
	}
	return b.add(" AND " + f.expr + " = parent.id"), nil
}

// each begins "SELECT which parent, its rows ... FROM the parents".
func (n *nested[R, M]) each(rows *builder) *builder {
	var keys any
	kind := casts[n.fields[n.args.Parents.Field].is]
	if kind == "bigint" {
		keys = keysOf(n.parents, model.ID.Int)
	} else {
		keys = keysOf(n.parents, model.ID.UUID)
	}
	b := (&builder{}).add("SELECT parent.key, below.* FROM unnest(?::"+kind+"[]) WITH ORDINALITY parent(id, key) CROSS JOIN LATERAL (", keys)
	return b.join(rows).add(") below")
}

func keysOf[K int64 | uuid.UUID](ids []model.ID, key func(model.ID) K) []K {
	out := make([]K, 0, len(ids))
	for _, id := range ids {
		out = append(out, key(id))
	}
	return out
}
