package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"spm/model"
)

// groupPage is one page of groups on its way.
type groupPage struct {
	*grouping
	scope model.Scope
	where any // of the rows
	keep  any // of the groups
	args  model.GroupArgs
	by    []model.GroupKey
	order []orderKey
}

// groups reads a page of groups in one statement.
func (g *grouping) groups(ctx context.Context, r reads, scope model.Scope, where, having any, args model.GroupArgs) (*model.Connection[model.Group], error) {
	p := &groupPage{grouping: g, scope: scope, where: where, keep: having, args: args}
	var err error
	if p.by, err = g.by(args.By); err != nil {
		return nil, err
	}
	if p.order, err = g.order(p.by, args.OrderBy); err != nil {
		return nil, err
	}
	hashed := p.order
	if g.like != nil { // its cursors are theirs
		if hashed, err = g.like.order(p.by, args.OrderBy); err != nil {
			return nil, err
		}
	}
	hash := listHash(g.noun+" groups", []any{where, having, p.by, args.CalendarID}, nil, hashed)
	w, err := checkPage(args.PageArgs, hash, len(p.order))
	if err != nil {
		return nil, err
	}
	wanted := p.wanted()
	b, err := p.statement(ctx, asTexts(p.orderExprs())+", "+asTexts(p.exprs(wanted)))
	if err != nil {
		return nil, err
	}
	bound(b, p.order, w.after, false)
	bound(b, p.order, w.before, true)
	b.add(" ORDER BY "+orderBy(p.order, w.backward)+" LIMIT ?", w.size+1)
	if w.offset > 0 {
		b.add(" OFFSET ?", w.offset)
	}
	var edges []*model.Edge[model.Group]
	err = r.q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		var keys, numbers []*string
		if err := rows.Scan(&keys, &numbers); err != nil {
			return err
		}
		group, err := p.group(keys, numbers, wanted)
		edges = append(edges, &model.Edge[model.Group]{Node: group, Cursor: makeCursor(hash, keys)})
		return err
	})
	if err != nil {
		return nil, badCast(manyCalendars(err))
	}
	c := connection(edges, w)
	c.Count = func(ctx context.Context) (n int, err error) {
		b, err := p.statement(ctx, "1")
		if err != nil {
			return 0, err
		}
		all := (&builder{}).add("SELECT count(*) FROM (").join(b).add(") n")
		err = r.q.query(ctx, scope, all.sql(), all.args, func(rows pgx.Rows) error { return rows.Scan(&n) })
		return n, manyCalendars(err)
	}
	return c, nil
}

// statement begins "SELECT selected ..." of the groups that the caller's
// conditions keep.
func (p *groupPage) statement(ctx context.Context, selected string) (*builder, error) {
	var columns []string
	for _, name := range slices.Sorted(maps.Keys(p.columns)) {
		columns = append(columns, p.columns[name]+" AS "+name)
	}
	rows, err := p.selection(ctx, p.scope, strings.Join(columns, ", "), p.where, p.args.PageArgs)
	if err != nil {
		return nil, err
	}
	b := (&builder{}).add("SELECT " + selected + " FROM (").join(rows).add(") r")
	var groupedBy []string
	for _, name := range p.by {
		key := p.keys[name]
		if key.join != nil {
			if p.args.Within != nil {
				if _, err := p.args.Within(ctx, "Period"); err != nil {
					return nil, err
				}
			}
			key.join(b, p.scope, p.args.CalendarID)
		}
		for _, k := range key.order {
			groupedBy = append(groupedBy, k.expr)
		}
	}
	b.add(" GROUP BY " + strings.Join(groupedBy, ", ") + " HAVING TRUE")
	c := conditions{scope: p.scope, root: "having"}
	if p.args.Within != nil {
		c.within = func(noun string) (model.Scope, error) { return p.args.Within(ctx, noun) }
	}
	c.add(b, p.having, p.keep)
	return b, c.err
}

// wanted are the names of the aggregates to work out; count is the first.
func (p *groupPage) wanted() []string {
	out := []string{"count"}
	for _, name := range p.args.Wanted {
		if _, is := p.aggregates[name]; is && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (p *groupPage) exprs(wanted []string) []string {
	out := make([]string, len(wanted))
	for i, name := range wanted {
		out[i] = p.aggregates[name].expr
	}
	return out
}

func (p *groupPage) orderExprs() []string {
	out := make([]string, len(p.order))
	for i, k := range p.order {
		out[i] = k.expr
	}
	return out
}

// asTexts is an array of the texts of values, as cursors and groups have them.
func asTexts(exprs []string) string {
	return "ARRAY[(" + strings.Join(exprs, ")::text, (") + ")::text]"
}

// group makes a group of the texts of its order's keys, among which all of its own
// are, and of its aggregates.
func (p *groupPage) group(keys, numbers []*string, wanted []string) (*model.Group, error) {
	g := &model.Group{}
	for _, name := range p.by {
		key := p.keys[name]
		at := slices.IndexFunc(p.order, func(k orderKey) bool { return k.expr == key.order[len(key.order)-1].expr })
		if keys[at] != nil {
			key.put(g, *keys[at])
		}
	}
	for i, name := range wanted {
		if numbers[i] == nil {
			continue
		}
		if err := p.aggregates[name].put(g, *numbers[i]); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// manyCalendars tells who did not say whose periods days are put in.
func manyCalendars(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "21000" { // more than one row from a subquery
		return model.Errorf(model.BadUserInput, "calendarId: there are several fiscal calendars, say whose periods are meant")
	}
	return err
}

// EarningGroups reads a page of groups of earnings, from the totals that
// publications keep where those tell all that is asked for.
func (r reads) EarningGroups(ctx context.Context, scope model.Scope, where *model.EarningWhere, having *model.EarningGroupWhere, args model.GroupArgs) (*model.Connection[model.Group], error) {
	if scope.Reach.All && scope.Reach.Except == nil && earningTotalGroups.tells(where, having, args) {
		return earningTotalGroups.groups(ctx, r, scope, where, having, args)
	}
	return earningGroups.groups(ctx, r, scope, where, having, args)
}

// CreditGroups reads a page of groups of credits.
func (r reads) CreditGroups(ctx context.Context, scope model.Scope, where *model.CreditWhere, having *model.CreditGroupWhere, args model.GroupArgs) (*model.Connection[model.Group], error) {
	return creditGroups.groups(ctx, r, scope, where, having, args)
}

// TransactionGroups reads a page of groups of transactions.
func (r reads) TransactionGroups(ctx context.Context, scope model.Scope, where *model.TransactionWhere, having *model.TransactionGroupWhere, args model.GroupArgs) (*model.Connection[model.Group], error) {
	return transactionGroups.groups(ctx, r, scope, where, having, args)
}

// QuotaGroups reads a page of groups of quotas.
func (r reads) QuotaGroups(ctx context.Context, scope model.Scope, where *model.QuotaWhere, having *model.QuotaGroupWhere, args model.GroupArgs) (*model.Connection[model.Group], error) {
	return quotaGroups.groups(ctx, r, scope, where, having, args)
}
