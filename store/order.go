package store

import (
	"reflect"
	"strings"

	"spm/model"
)

// orderKey is one key of an order; its value travels in cursors as text.
type orderKey struct {
	expr     string // over alias t
	cast     string // the type that the cursor's text is cast to
	desc     bool
	nullable bool
	first    bool // rows without a value come first
}

// maxOrderKeys bounds what a caller may put in order by.
const maxOrderKeys = 3

// orderBy gives the order that a caller asks for, its own keys and then the
// list's; standard where it asks for none.
func (l *listing) orderBy(standard []orderKey, where any, asked []*model.Order) ([]orderKey, error) {
	if len(asked) == 0 {
		return standard, nil
	}
	if len(asked) > maxOrderKeys {
		return nil, model.Errorf(model.BadUserInput, "orderBy: at most %d keys", maxOrderKeys)
	}
	var order []orderKey
	for i, one := range asked {
		key, known := l.orderKey(one.By)
		switch {
		case !known:
			return nil, model.Errorf(model.BadUserInput, "orderBy.%d.by: this list has no order by %s", i, one.By)
		case hasKey(order, key.expr):
			return nil, model.Errorf(model.BadUserInput, "orderBy.%d.by: %s stands there already", i, one.By)
		case l.narrowedBy(one.By) && !l.isNarrow(where):
			return nil, model.Errorf(model.BadUserInput, "orderBy.%d.by: by %s only with eq or in of one of %s in where", i, one.By, strings.Join(l.narrow, ", "))
		}
		key.desc = one.Direction != nil && *one.Direction == model.Descending
		key.first = key.nullable && one.Nulls != nil && *one.Nulls == model.NullsFirst
		order = append(order, key)
	}
	for _, key := range l.key {
		if !hasKey(order, key.expr) {
			order = append(order, key)
		}
	}
	return order, nil
}

func hasKey(order []orderKey, expr string) bool {
	for _, key := range order {
		if key.expr == expr {
			return true
		}
	}
	return false
}

func (l *listing) orderKey(by model.OrderKey) (orderKey, bool) {
	for name, f := range l.fields {
		if orderName(name) == by && (f.sortable || f.narrowed) {
			return orderKey{expr: f.expr, cast: casts[f.is], nullable: f.nullable}, true
		}
	}
	return orderKey{}, false
}

func (l *listing) narrowedBy(by model.OrderKey) bool {
	for name, f := range l.fields {
		if f.narrowed && orderName(name) == by {
			return true
		}
	}
	return false
}

// isNarrow tells whether a where names the few rows that may be put in order
// without an index.
func (l *listing) isNarrow(where any) bool {
	v := reflect.ValueOf(where)
	if where == nil || v.IsNil() {
		return false
	}
	for i, name := range shapeOf(v.Elem().Type()) {
		for _, narrow := range l.narrow {
			if id, is := reflect.TypeAssert[*model.IDFilter](v.Elem().Field(i)); is && name == narrow && id != nil && (id.Eq != nil || id.In != nil) {
				return true
			}
		}
	}
	return false
}

// bound keeps the rows after (or before) the place that the key values name.
func bound(b *builder, order []orderKey, values []*string, before bool) {
	if values == nil {
		return
	}
	if k := order[0]; len(order) > 1 && !k.nullable && values[0] != nil {
		b.add(" AND ("+k.expr+")"+k.operator(before)+"= (?::text)::"+k.cast, *values[0]) // where an index begins
	}
	b.add(" AND (")
	for i, k := range order {
		if i > 0 {
			b.add(" OR (")
			for j, equal := range order[:i] {
				equal.same(b, values[j])
				b.add(" AND ")
			}
		}
		k.beyond(b, values[i], before)
		if i > 0 {
			b.add(")")
		}
	}
	b.add(")")
}

func (k orderKey) operator(before bool) string {
	if k.desc != before {
		return " <"
	}
	return " >"
}

func (k orderKey) same(b *builder, value *string) {
	if value == nil {
		b.add("(" + k.expr + ") IS NULL")
		return
	}
	b.add("("+k.expr+") = (?::text)::"+k.cast, *value)
}

// beyond keeps the rows beyond a value on the way.
func (k orderKey) beyond(b *builder, value *string, before bool) {
	nullsAhead := k.nullable && k.first == before
	switch {
	case value == nil && nullsAhead:
		b.add("FALSE")
	case value == nil:
		b.add("(" + k.expr + ") IS NOT NULL")
	case nullsAhead:
		b.add("(("+k.expr+")"+k.operator(before)+" (?::text)::"+k.cast+" OR ("+k.expr+") IS NULL)", *value)
	default:
		b.add("("+k.expr+")"+k.operator(before)+" (?::text)::"+k.cast, *value)
	}
}

func orderBy(order []orderKey, backward bool) string {
	parts := make([]string, len(order))
	for i, k := range order {
		parts[i] = k.expr
		if k.desc != backward {
			parts[i] += " DESC"
		}
		switch {
		case k.nullable && k.first != backward:
			parts[i] += " NULLS FIRST"
		case k.nullable:
			parts[i] += " NULLS LAST"
		}
	}
	return strings.Join(parts, ", ")
}
