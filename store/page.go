package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"spm/model"
)

// window is a checked set of paging arguments.
type window struct {
	size     int
	backward bool
	after    []string // order key values, nil where absent
	before   []string
}

type cursorBody struct {
	Hash string   `json:"h"`
	Keys []string `json:"k"`
}

// checkPage refuses sizes out of bounds and cursors of another list. list
// names the list: its where and order.
func checkPage(args model.PageArgs, list string, keys int) (window, error) {
	w := window{size: model.DefaultPage}
	if args.First != nil && args.Last != nil {
		return w, model.Errorf(model.BadUserInput, "give first or last, not both")
	}
	if args.First != nil {
		w.size = *args.First
	}
	if args.Last != nil {
		w.size, w.backward = *args.Last, true
	}
	if w.size < 0 || w.size > model.MaxPage {
		return w, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", model.MaxPage)
	}
	var err error
	if w.after, err = openCursor(args.After, list, keys); err != nil {
		return w, err
	}
	w.before, err = openCursor(args.Before, list, keys)
	return w, err
}

func openCursor(c *model.Cursor, list string, keys int) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	var body cursorBody
	raw, err := base64.RawURLEncoding.DecodeString(string(*c))
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil || len(body.Keys) != keys || slices.ContainsFunc(body.Keys, func(k string) bool { return strings.ContainsRune(k, 0) }) {
		return nil, model.Errorf(model.BadUserInput, "not a cursor of this list")
	}
	if body.Hash != list {
		return nil, model.Errorf(model.BadUserInput, "the cursor belongs to another where or order: start again without it")
	}
	return body.Keys, nil
}

func makeCursor(list string, keys []string) model.Cursor {
	raw, _ := json.Marshal(cursorBody{Hash: list, Keys: keys})
	return model.Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// listHash names a list by its statement and arguments less the read point.
func listHash(name string, where any, order []orderKey) string {
	raw, _ := json.Marshal(where)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", name, raw, order))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// list is what page needs to know of a list beside its rows.
type list[R any, M any] struct {
	name    string
	columns string
	from    func(selected string) *builder // "SELECT selected FROM ... WHERE ..."
	where   any                            // for the cursor's hash
	order   []orderKey
	model   func(*R) *M
}

// page reads one page of a list by its order keys.
func page[R any, M any](ctx context.Context, r reads, scope model.Scope, l list[R, M], args model.PageArgs) (*model.Connection[M], error) {
	hash := listHash(l.name, l.where, l.order)
	w, err := checkPage(args, hash, len(l.order))
	if err != nil {
		return nil, err
	}
	exprs := make([]string, len(l.order))
	for i, k := range l.order {
		exprs[i] = "(" + k.expr + ")::text"
	}
	b := l.from(l.columns + ", ARRAY[" + strings.Join(exprs, ", ") + "]")
	bound(b, l.order, w.after, false)
	bound(b, l.order, w.before, true)
	b.add(" ORDER BY " + orderBy(l.order, w.backward))
	b.add(" LIMIT ?", w.size+1)

	var edges []*model.Edge[M]
	err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		row, keys := new(R), []string(nil)
		if err := rows.Scan(append(pointers(reflect.ValueOf(row).Elem(), nil), &keys)...); err != nil {
			return err
		}
		edges = append(edges, &model.Edge[M]{Node: l.model(row), Cursor: makeCursor(hash, keys)})
		return nil
	})
	if err != nil {
		return nil, badCast(err)
	}
	c := connection(edges, w)
	c.Count = func(ctx context.Context) (int, error) {
		var n int
		b := l.from("count(*)")
		err := r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error { return rows.Scan(&n) })
		return n, err
	}
	return c, nil
}

func connection[M any](edges []*model.Edge[M], w window) *model.Connection[M] {
	more := len(edges) > w.size
	if more {
		edges = edges[:w.size]
	}
	info := &model.PageInfo{HasNextPage: more, HasPreviousPage: w.after != nil}
	if w.backward {
		slices.Reverse(edges)
		info.HasPreviousPage, info.HasNextPage = more, w.before != nil
	}
	if len(edges) > 0 {
		info.StartCursor, info.EndCursor = &edges[0].Cursor, &edges[len(edges)-1].Cursor
	}
	return &model.Connection[M]{Edges: edges, PageInfo: info}
}

// bound keeps the rows after (or before) the place that the key values name.
func bound(b *builder, order []orderKey, values []string, before bool) {
	if values == nil {
		return
	}
	b.add(" AND (")
	for i, k := range order {
		if i > 0 {
			b.add(" OR (")
			for j, equal := range order[:i] {
				b.add("("+equal.expr+") = (?::text)::"+equal.cast+" AND ", values[j])
			}
		}
		op := " > "
		if k.desc != before {
			op = " < "
		}
		b.add("("+k.expr+")"+op+"(?::text)::"+k.cast, values[i])
		if i > 0 {
			b.add(")")
		}
	}
	b.add(")")
}

func orderBy(order []orderKey, backward bool) string {
	parts := make([]string, len(order))
	for i, k := range order {
		parts[i] = k.expr
		if k.desc != backward {
			parts[i] += " DESC"
		}
	}
	return strings.Join(parts, ", ")
}

// page reads one page of a noun's list.
func (t *table[R, M, P]) page(ctx context.Context, r reads, scope model.Scope, where any, filter func(*builder), args model.PageArgs) (*model.Connection[M], error) {
	return page(ctx, r, scope, list[R, M]{
		name: t.name, columns: t.columns(), where: where, order: t.order, model: t.model,
		from: func(selected string) *builder {
			b := t.from(selected, scope)
			if filter != nil {
				filter(b)
			}
			return b
		},
	}, args)
}
