package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

// A grouping declares how the rows of a list are put in groups, and what may be
// worked out of each. The rows are those of the list itself, in the same scope
// and by the same where: they stand in the statement as r, with the columns of
// the grouping.
type grouping struct {
	*listing
	columns  map[string]string // of r, over the list's aliases
	keys     map[model.GroupKey]groupKey
	always   model.GroupKey // without it amounts would be added that are of several units
	measures map[string]measure
	distinct map[string]string // columns of r by what is counted
	like     *grouping         // whose groups these are, made of other rows; nil where they are its own

	aggregates map[string]aggregate // by names such as sum.amount
	ordered    map[model.OrderKey]aggregate
	having     *listing // the aggregates as what groups may be filtered by
}

// declared works out once what follows from a grouping's measures.
func declared(g *grouping) *grouping {
	g.aggregates = g.worked()
	return g.derived()
}

// derived works out what follows from a grouping's aggregates.
func (g *grouping) derived() *grouping {
	g.ordered = map[model.OrderKey]aggregate{}
	for name, a := range g.aggregates {
		g.ordered[aggregateName(name)] = a
	}
	g.having = g.conditions()
	return g
}

// groupKey is one key. What it puts groups in order by ends with itself.
type groupKey struct {
	order []orderKey
	join  func(b *builder, scope model.Scope, calendar *model.ID)
	put   func(g *model.Group, text string)
}

// measure is a number of the rows.
type measure struct {
	nullable bool
	unsummed bool // sums of it mean nothing
	put      func(n *model.GroupNumbers, value decimal.Decimal, currency model.CurrencyCode)
}

// aggregate is one number of a group.
type aggregate struct {
	expr string
	is   scalar
	null bool
	put  func(g *model.Group, text string) error
}

// functions are the aggregates of measures. An average has 10 decimals, half away
// from zero: it is divided to 24, so that it is not rounded twice.
var functions = map[string]struct {
	expr func(column string) string
	of   func(*model.Group) *model.GroupNumbers
}{
	"sum": {func(c string) string { return "sum(" + c + ")" }, func(g *model.Group) *model.GroupNumbers { return &g.Sum }},
	"avg": {func(c string) string {
		return "round(sum(" + c + ") * 1.000000000000000000000000 / count(" + c + "), 10)"
	}, func(g *model.Group) *model.GroupNumbers { return &g.Average }},
	"min": {func(c string) string { return "min(" + c + ")" }, func(g *model.Group) *model.GroupNumbers { return &g.Min }},
	"max": {func(c string) string { return "max(" + c + ")" }, func(g *model.Group) *model.GroupNumbers { return &g.Max }},
}

// counts are where numbers of what is distinct go.
var counts = map[string]func(*model.GroupCounts) *int{
	"payees":       func(c *model.GroupCounts) *int { return &c.Payees },
	"positions":    func(c *model.GroupCounts) *int { return &c.Positions },
	"titles":       func(c *model.GroupCounts) *int { return &c.Titles },
	"plans":        func(c *model.GroupCounts) *int { return &c.Plans },
	"periods":      func(c *model.GroupCounts) *int { return &c.Periods },
	"components":   func(c *model.GroupCounts) *int { return &c.Components },
	"transactions": func(c *model.GroupCounts) *int { return &c.Transactions },
	"orders":       func(c *model.GroupCounts) *int { return &c.Orders },
	"accounts":     func(c *model.GroupCounts) *int { return &c.Accounts },
	"products":     func(c *model.GroupCounts) *int { return &c.Products },
}

// worked lists what may be worked out of a group.
func (g *grouping) worked() map[string]aggregate {
	out := map[string]aggregate{"count": {expr: "count(*)", is: isWhole, put: func(g *model.Group, text string) (err error) {
		g.Count, err = strconv.Atoi(text)
		return err
	}}}
	for name, m := range g.measures {
		for function, f := range functions {
			if function == "sum" && m.unsummed {
				continue
			}
			out[function+"."+name] = aggregate{expr: f.expr("r." + name), is: isNumber, null: m.nullable, put: func(g *model.Group, text string) error {
				value, err := decimal.NewFromString(text)
				m.put(f.of(g), value, g.Currency)
				return err
			}}
		}
	}
	for name, column := range g.distinct {
		at := counts[name]
		out["countDistinct."+name] = aggregate{expr: "count(DISTINCT r." + column + ")", is: isWhole, put: func(g *model.Group, text string) (err error) {
			*at(&g.CountDistinct), err = strconv.Atoi(text)
			return err
		}}
	}
	return out
}

// conditions declares the aggregates as what groups may be filtered by.
func (g *grouping) conditions() *listing {
	l := &listing{noun: g.noun + "Group", fields: map[string]field{}, parts: map[string]*listing{}}
	for name, a := range g.aggregates {
		f := field{expr: a.expr, is: a.is, nullable: a.null}
		function, of, isPart := strings.Cut(name, ".")
		if !isPart {
			l.fields[name] = f
			continue
		}
		if l.parts[function] == nil {
			l.parts[function] = &listing{noun: l.noun + " " + function, fields: map[string]field{}}
		}
		l.parts[function].fields[of] = f
	}
	return l
}

// aggregateName is an aggregate's name among the keys of the order of groups.
func aggregateName(name string) model.OrderKey {
	return model.OrderKey(strings.ReplaceAll(string(orderName(name)), ".", "_"))
}

// by gives the keys that groups are made by: those asked for, and the one that is
// always among them.
func (g *grouping) by(asked []model.GroupKey) ([]model.GroupKey, error) {
	if len(asked) > model.MaxGroupKeys {
		return nil, model.Errorf(model.BadUserInput, "groupBy: at most %d keys", model.MaxGroupKeys)
	}
	for i, key := range asked {
		if _, known := g.keys[key]; !known {
			return nil, model.Errorf(model.BadUserInput, "groupBy.%d: this list has no groups by %s", i, key)
		}
		if slices.Contains(asked[:i], key) {
			return nil, model.Errorf(model.BadUserInput, "groupBy.%d: %s stands there already", i, key)
		}
	}
	if slices.Contains(asked, g.always) {
		return asked, nil
	}
	return append(slices.Clip(asked), g.always), nil
}

// order gives the order of groups: the caller's, and then by all of their keys.
func (g *grouping) order(by []model.GroupKey, asked []*model.Order) ([]orderKey, error) {
	if len(asked) > maxOrderKeys {
		return nil, model.Errorf(model.BadUserInput, "orderBy: at most %d keys", maxOrderKeys)
	}
	var order []orderKey
	for i, one := range asked {
		var keys []orderKey
		if a, is := g.ordered[one.By]; is {
			keys = []orderKey{{expr: a.expr, cast: "numeric", nullable: a.null}}
		} else {
			if !slices.Contains(by, model.GroupKey(one.By)) {
				return nil, model.Errorf(model.BadUserInput, "orderBy.%d.by: by %s only where groupBy has it", i, one.By)
			}
			keys = g.keys[model.GroupKey(one.By)].order
		}
		if hasKey(order, keys[len(keys)-1].expr) {
			return nil, model.Errorf(model.BadUserInput, "orderBy.%d.by: %s stands there already", i, one.By)
		}
		for _, key := range keys {
			key.desc = one.Direction != nil && *one.Direction == model.Descending
			key.first = key.nullable && one.Nulls != nil && *one.Nulls == model.NullsFirst
			order = append(order, key)
		}
	}
	for _, name := range by {
		for _, key := range g.keys[name].order {
			if !hasKey(order, key.expr) {
				order = append(order, key)
			}
		}
	}
	return order, nil
}

// byColumn is a key that is a column of r.
func byColumn(column string, is scalar, nullable bool, put func(*model.Group, string)) groupKey {
	return groupKey{order: []orderKey{{expr: "r." + column, cast: casts[is], nullable: nullable}}, put: put}
}

// byID is a key that is the id of a noun.
func byID(column string, nullable bool, kind model.Kind, at func(*model.Group) **model.ID) groupKey {
	return byColumn(column, isUUID, nullable, func(g *model.Group, text string) { *at(g) = idOf(kind, text) })
}

func byText(column string, at func(*model.Group) **string) groupKey {
	return byColumn(column, isText, false, func(g *model.Group, text string) { *at(g) = &text })
}

func byInt(column string, nullable bool, at func(*model.Group) **int) groupKey {
	return byColumn(column, isWhole, nullable, func(g *model.Group, text string) {
		if n, err := strconv.Atoi(text); err == nil {
			*at(g) = &n
		}
	})
}

var byCurrency = byColumn("currency", isText, false, func(g *model.Group, text string) { g.Currency = model.CurrencyCode(text) })

// idOf reads an id that Postgres has written.
func idOf(kind model.Kind, text string) *model.ID {
	key, err := uuid.Parse(text)
	if err != nil {
		return nil
	}
	id := model.UUIDs(kind, key)
	return &id
}

// amountOf and the others say where a measure goes.
func amountOf(n *model.GroupNumbers, v decimal.Decimal, c model.CurrencyCode) {
	n.Amount = &model.Money{Amount: v, Currency: c}
}

func marginOf(n *model.GroupNumbers, v decimal.Decimal, c model.CurrencyCode) {
	n.Margin = &model.Money{Amount: v, Currency: c}
}

func quantityOf(n *model.GroupNumbers, v decimal.Decimal, _ model.CurrencyCode) { n.Quantity = &v }

func attainmentOf(n *model.GroupNumbers, v decimal.Decimal, _ model.CurrencyCode) { n.Attainment = &v }

func numberOf(n *model.GroupNumbers, v decimal.Decimal, _ model.CurrencyCode) { n.Number = &v }

// GroupList tells of the groups of a list what the graph's schema must agree
// with: keys, aggregates, and what groups are put in order by.
type GroupList struct {
	Keys       []model.GroupKey
	Aggregates []string
	OrderKeys  []model.OrderKey
}

// Groups gives what is declared of groups by the noun of the rows.
func Groups() map[string]GroupList {
	out := map[string]GroupList{}
	for noun, g := range groupings {
		var list GroupList
		for key := range g.keys {
			list.Keys, list.OrderKeys = append(list.Keys, key), append(list.OrderKeys, model.OrderKey(key))
		}
		for name := range g.aggregates {
			list.Aggregates, list.OrderKeys = append(list.Aggregates, name), append(list.OrderKeys, aggregateName(name))
		}
		out[noun] = list
	}
	return out
}
