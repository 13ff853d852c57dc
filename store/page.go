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
	"time"

	"github.com/jackc/pgx/v5"

	"spm/model"
)

// window is a checked set of paging arguments.
type window struct {
	size     int
	offset   int
	backward bool
	after    []*string // order key values, nil where absent
	before   []*string
}

type cursorBody struct {
	Hash string    `json:"h"`
	Keys []*string `json:"k"`
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
	if w.size < 0 || w.size > args.Most() {
		return w, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", args.Most())
	}
	if args.Offset != nil {
		w.offset = *args.Offset
		if args.Last != nil || args.After != nil || args.Before != nil {
			return w, model.Errorf(model.BadUserInput, "offset goes with first, not with after, last or before")
		}
		if w.offset < 0 || w.offset > model.MaxOffset {
			return w, model.Errorf(model.BadUserInput, "an offset is 0 to %d: go on with after", model.MaxOffset)
		}
	}
	var err error
	if w.after, err = openCursor(args.After, list, keys); err != nil {
		return w, err
	}
	w.before, err = openCursor(args.Before, list, keys)
	return w, err
}

func openCursor(c *model.Cursor, list string, keys int) ([]*string, error) {
	if c == nil {
		return nil, nil
	}
	var body cursorBody
	raw, err := base64.RawURLEncoding.DecodeString(string(*c))
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	if err != nil || body.Hash == "" || slices.ContainsFunc(body.Keys, func(k *string) bool { return k != nil && strings.ContainsRune(*k, 0) }) {
		return nil, model.Errorf(model.BadUserInput, "not a cursor of this list")
	}
	if body.Hash != list {
		return nil, model.Errorf(model.BadUserInput, "the cursor belongs to another where or order: start again without it")
	}
	if len(body.Keys) != keys {
		return nil, model.Errorf(model.BadUserInput, "not a cursor of this list")
	}
	return body.Keys, nil
}

func makeCursor(list string, keys []*string) model.Cursor {
	raw, _ := json.Marshal(cursorBody{Hash: list, Keys: keys})
	return model.Cursor(base64.RawURLEncoding.EncodeToString(raw))
}

// listHash names a list by its statement and arguments less the read point.
func listHash(name string, where any, since *time.Time, order []orderKey) string {
	raw, _ := json.Marshal([]any{where, since})
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %v", name, raw, order))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// list is what page needs to know of a list beside its declaration.
type list[R any, M any] struct {
	*listing
	columns string
	where   any // a pointer to the list's struct of conditions, or nil
	order   []orderKey
	model   func(*R) *M
}

// page reads one page of a list by its order keys.
func page[R any, M any](ctx context.Context, r reads, scope model.Scope, l list[R, M], args model.PageArgs) (*model.Connection[M], error) {
	if args.Parents != nil {
		return pages(ctx, r, scope, l, args)
	}
	order, err := l.orderBy(l.order, l.where, args.OrderBy)
	if err != nil {
		return nil, err
	}
	hash := listHash(l.noun, l.where, args.UpdatedSince, order)
	w, err := checkPage(args, hash, len(order))
	if err != nil {
		return nil, err
	}
	exprs := make([]string, len(order))
	for i, k := range order {
		exprs[i] = "(" + k.expr + ")::text"
	}
	b, err := l.selection(ctx, scope, l.columns+", ARRAY["+strings.Join(exprs, ", ")+"]", l.where, args)
	if err != nil {
		return nil, err
	}
	bound(b, order, w.after, false)
	bound(b, order, w.before, true)
	b.add(" ORDER BY " + orderBy(order, w.backward))
	b.add(" LIMIT ?", w.size+1)
	if w.offset > 0 {
		b.add(" OFFSET ?", w.offset)
	}

	var edges []*model.Edge[M]
	err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		row, keys := new(R), []*string(nil)
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
		b, err := l.selection(ctx, scope, "count(*)", l.where, args)
		if err != nil {
			return 0, err
		}
		err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error { return rows.Scan(&n) })
		return n, err
	}
	return c, nil
}

// selection begins "SELECT selected ..." of the list's rows that a where keeps
// and that are new enough.
func (l *listing) selection(ctx context.Context, scope model.Scope, selected string, where any, args model.PageArgs) (*builder, error) {
	b := l.from(selected, scope)
	c := conditions{scope: scope}
	if args.Within != nil {
		c.within = func(noun string) (model.Scope, error) { return args.Within(ctx, noun) }
	}
	c.add(b, l, where)
	if args.UpdatedSince != nil && c.err == nil {
		if l.since == "" {
			return nil, model.Errorf(model.BadUserInput, "this list has no history: updatedSince does not go with it")
		}
		// What was not yet to be read at that instant.
		b.add(" AND "+l.since+" >= coalesce((SELECT u.horizon FROM seal u WHERE u.tenant_id = ? AND u.at <= ? ORDER BY u.at DESC LIMIT 1), 0)", scope.Tenant, *args.UpdatedSince)
	}
	return b, c.err
}

func connection[M any](edges []*model.Edge[M], w window) *model.Connection[M] {
	more := len(edges) > w.size
	if more {
		edges = edges[:w.size]
	}
	info := &model.PageInfo{HasNextPage: more, HasPreviousPage: w.after != nil || w.offset > 0}
	if w.backward {
		slices.Reverse(edges)
		info.HasPreviousPage, info.HasNextPage = more, w.before != nil
	}
	if len(edges) > 0 {
		info.StartCursor, info.EndCursor = &edges[0].Cursor, &edges[len(edges)-1].Cursor
	}
	return &model.Connection[M]{Edges: edges, PageInfo: info}
}

// page reads one page of a noun's list.
func (t *table[R, M, P]) page(ctx context.Context, r reads, scope model.Scope, l *listing, where any, args model.PageArgs) (*model.Connection[M], error) {
	return page(ctx, r, scope, list[R, M]{listing: l, columns: t.columns(), where: where, order: t.order, model: t.model}, args)
}
