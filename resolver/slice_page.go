package resolver

import (
	"context"
	"strconv"

	"spm/model"
)

// pageOf pages through a list that is at hand whole; its cursors are places in
// it.
func pageOf[M any](items []*M, args model.PageArgs) (*model.Connection[M], error) {
	from, to, err := bounds(len(items), args)
	if err != nil {
		return nil, err
	}
	c := &model.Connection[M]{
		Edges:    make([]*model.Edge[M], 0, to-from),
		PageInfo: &model.PageInfo{HasPreviousPage: from > 0, HasNextPage: to < len(items)},
		Count:    func(context.Context) (int, error) { return len(items), nil },
	}
	for i := from; i < to; i++ {
		c.Edges = append(c.Edges, &model.Edge[M]{Node: items[i], Cursor: model.Cursor(strconv.Itoa(i))})
	}
	if len(c.Edges) > 0 {
		c.PageInfo.StartCursor, c.PageInfo.EndCursor = &c.Edges[0].Cursor, &c.Edges[len(c.Edges)-1].Cursor
	}
	return c, nil
}

func bounds(n int, args model.PageArgs) (from, to int, err error) {
	to = n
	if args.First != nil && args.Last != nil {
		return 0, 0, model.Errorf(model.BadUserInput, "give first or last, not both")
	}
	for _, c := range []struct {
		cursor *model.Cursor
		set    func(int)
	}{
		{args.After, func(i int) { from = max(from, i+1) }},
		{args.Before, func(i int) { to = min(to, i) }},
	} {
		if c.cursor == nil {
			continue
		}
		at, err := strconv.Atoi(string(*c.cursor))
		if err != nil || at < 0 {
			return 0, 0, model.Errorf(model.BadUserInput, "not a cursor of this list")
		}
		c.set(at)
	}
	from = min(from, n)
	to = max(from, to)
	size := model.DefaultPage
	if args.First != nil {
		size = *args.First
	}
	if args.Last != nil {
		size = *args.Last
	}
	if size < 0 || size > model.MaxPage {
		return 0, 0, model.Errorf(model.BadUserInput, "a page has 0 to %d rows", model.MaxPage)
	}
	if args.Last != nil {
		return max(from, to-size), to, nil
	}
	return from, min(to, from+size), nil
}
