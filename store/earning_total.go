package store

import (
	"reflect"

	"spm/model"
)

// earningTotalList are the totals of earnings that publications keep, with what of
// an earning they still tell.
var earningTotalList = &listing{
	noun: "Earning", from: earningTotalsFrom,
	fields:    someOf(earningList.fields, "periodId", "planId", "calendarId", "componentKey", "periodTypes", "periodStart", "periodEnd", "earningCode", "currency"),
	relations: someOf(earningList.relations, "period", "plan"),
}

// earningTotalGroups puts totals in the groups that their earnings are in. Each
// total counts as so many earnings.
var earningTotalGroups = func() *grouping {
	g := &grouping{
		listing: earningTotalList, always: earningGroups.always,
		columns:  someOf(earningGroups.columns, "plan", "period", "from_date", "to_date", "fiscal_year", "component", "plan_component", "earning_code", "currency", "amount"),
		keys:     someOf(earningGroups.keys, "PLAN", "PERIOD", "COMPONENT", "EARNING_CODE", "CURRENCY", "MONTH", "QUARTER", "HALF", "FISCAL_YEAR"),
		measures: someOf(earningGroups.measures, "amount"),
		distinct: someOf(earningGroups.distinct, "plans", "periods", "components"),
		like:     earningGroups,
	}
	g.columns["count"] = "t.count"
	g.aggregates = g.worked()
	for name, expr := range map[string]string{"count": "sum(r.count)", "avg.amount": "round(sum(r.amount) * 1.000000000000000000000000 / sum(r.count), 10)"} {
		a := g.aggregates[name]
		a.expr = expr
		g.aggregates[name] = a
	}
	delete(g.aggregates, "min.amount") // totals do not tell them
	delete(g.aggregates, "max.amount")
	return g.derived()
}()

// someOf are the named entries of a map, each of which it must have.
func someOf[K comparable, V any](all map[K]V, names ...K) map[K]V {
	out := make(map[K]V, len(names))
	for _, name := range names {
		v, is := all[name]
		if !is {
			panic("there is no such entry to take over")
		}
		out[name] = v
	}
	return out
}

// earningTotalsFrom begins "SELECT selected FROM the totals visible at the scope's
// read point", with the period as p.
func earningTotalsFrom(selected string, scope model.Scope) *builder {
	b := (&builder{}).add("SELECT " + selected + " FROM earning_total t JOIN period p ON p.id = t.period_id AND")
	return b.inForce("p", scope).add(" WHERE").inForce("t", scope)
}

// tells whether the groups, with all that is asked of them, can be made of these
// rows, which leave out some of what the caller's rows have.
func (g *grouping) tells(where, having any, args model.GroupArgs) bool {
	if args.UpdatedSince != nil || !g.listing.declares(reflect.ValueOf(where)) || !g.having.declares(reflect.ValueOf(having)) {
		return false
	}
	for _, key := range args.By {
		if _, is := g.keys[key]; !is {
			return false
		}
	}
	for _, name := range args.Wanted {
		if _, is := g.aggregates[name]; !is {
			return false
		}
	}
	for _, one := range args.OrderBy {
		if _, is := g.ordered[one.By]; is {
			continue
		}
		if _, is := g.keys[model.GroupKey(one.By)]; !is {
			return false
		}
	}
	return true
}

// declares tells whether the list has all that a where asks for.
func (l *listing) declares(where reflect.Value) bool {
	if !where.IsValid() || where.IsNil() {
		return true
	}
	where = where.Elem()
	for i, name := range shapeOf(where.Type()) {
		value := where.Field(i)
		if value.IsNil() {
			continue
		}
		switch name {
		case "and", "or":
			for j := range value.Len() {
				if !l.declares(value.Index(j)) {
					return false
				}
			}
		case "not":
			if !l.declares(value) {
				return false
			}
		default:
			_, field := l.fields[name]
			_, related := l.relations[name]
			if part, is := l.parts[name]; is && !part.declares(value) || !is && !field && !related {
				return false
			}
		}
	}
	return true
}
