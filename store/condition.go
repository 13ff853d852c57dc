package store

import (
	"cmp"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

// The bounds of what a caller may ask for in one where.
const (
	maxWhereDepth  = 4
	maxWhereNodes  = 20
	maxWhereValues = 250
	maxWhereText   = 200 // characters: no key or name is longer
)

// conditions appends the conditions of a where to a statement.
type conditions struct {
	scope model.Scope
	// within gives the scope of another noun of the graph, FORBIDDEN where the
	// caller may not read it; nil where the product asks by itself, which has no
	// bounds.
	within func(noun string) (model.Scope, error)
	root   string // what the conditions are called in errors; where, if empty
	path   []string
	nodes  int
	err    error
}

// add appends " AND ..." for each condition of a where: a pointer to a struct
// of model, or nil.
func (c *conditions) add(b *builder, l *listing, where any) {
	v := reflect.ValueOf(where)
	if where == nil || v.IsNil() {
		return
	}
	c.path = append(c.path[:0], cmp.Or(c.root, "where"))
	c.all(b, l, v.Elem(), " AND ", 0)
}

func (c *conditions) refuse(format string, args ...any) {
	if c.err == nil {
		c.err = model.Errorf(model.BadUserInput, strings.Join(c.path, ".")+": "+format, args...)
	}
}

// all appends the conditions of a struct, begun by first and joined by AND,
// and gives how many they are.
func (c *conditions) all(b *builder, l *listing, v reflect.Value, first string, depth int) (n int) {
	if depth > 0 {
		c.nodes++
	}
	switch {
	case c.err != nil:
		return 0
	case c.within != nil && depth > maxWhereDepth:
		c.refuse("conditions nest at most %d deep", maxWhereDepth)
		return 0
	case c.within != nil && c.nodes > maxWhereNodes:
		c.refuse("a where has at most %d and, or, not and related conditions in all", maxWhereNodes)
		return 0
	}
	next := func() {
		if n++; n > 1 {
			first = " AND "
		}
		b.add(first)
	}
	for i, name := range shapeOf(v.Type()) {
		value := v.Field(i)
		if value.IsNil() {
			continue
		}
		c.path = append(c.path, name)
		switch name {
		case "and":
			next()
			c.join(b, l, value, " AND ", "TRUE", depth)
		case "or":
			next()
			c.join(b, l, value, " OR ", "FALSE", depth)
		case "not":
			next()
			b.add("(")
			c.nested(b, l, value, depth)
			b.add(" IS NOT TRUE)")
		default:
			c.one(b, l, name, value, next, depth)
		}
		c.path = c.path[:len(c.path)-1]
	}
	return n
}

// nested appends a struct's conditions in parentheses, TRUE where it has none.
func (c *conditions) nested(b *builder, l *listing, value reflect.Value, depth int) {
	b.add("(")
	if c.all(b, l, value.Elem(), "", depth+1) == 0 {
		b.add("TRUE")
	}
	b.add(")")
}

func (c *conditions) join(b *builder, l *listing, list reflect.Value, word, none string, depth int) {
	b.add("(")
	if list.Len() == 0 {
		b.add(none)
	}
	for i := range list.Len() {
		if i > 0 {
			b.add(word)
		}
		c.nested(b, l, list.Index(i), depth)
	}
	b.add(")")
}

// one appends the conditions on a field or on what a relation leads to.
func (c *conditions) one(b *builder, l *listing, name string, value reflect.Value, next func(), depth int) {
	if r, is := l.relations[name]; is {
		c.related(b, r, value.Elem(), next, depth)
		return
	}
	if part, is := l.parts[name]; is {
		next()
		b.add("(")
		if c.all(b, part, value.Elem(), "", depth) == 0 {
			b.add("TRUE")
		}
		b.add(")")
		return
	}
	f, is := l.fields[name]
	switch {
	case !is:
		panic("the list of " + l.noun + " does not declare " + name)
	case f.special != nil:
		if ids, are := reflect.TypeAssert[*model.IDFilter](value); are {
			c.bounded(max(len(ids.In), len(ids.NotIn)))
		}
		next()
		f.special(b, value.Interface())
	case f.scoped != nil:
		next()
		f.scoped(b, c.scope, value.Interface())
	case value.Kind() == reflect.Slice: // a plain list: one of these
		next()
		f.operator(b, "in", c.list(f, value))
	case value.Elem().Kind() != reflect.Struct: // a plain value: this one
		next()
		f.operator(b, "eq", c.operand(f, value.Elem()))
	default:
		for i, op := range shapeOf(value.Elem().Type()) {
			c.operator(b, f, op, value.Elem().Field(i), next)
		}
	}
}

func (c *conditions) operator(b *builder, f field, op string, operand reflect.Value, next func()) {
	if operand.IsNil() {
		return
	}
	next()
	c.path = append(c.path, op)
	switch {
	case operand.Kind() == reflect.Slice:
		f.operator(b, op, c.list(f, operand))
	case op == "between":
		ends := operand.Elem()
		b.add("("+f.expr+" >= ? AND "+f.expr+" <= ?)", f.arg(ends.FieldByName("From")), f.arg(ends.FieldByName("To")))
	case op == "isNull":
		f.operator(b, op, operand.Elem().Bool())
	default:
		f.operator(b, op, c.operand(f, operand.Elem()))
	}
	c.path = c.path[:len(c.path)-1]
}

// operand gives a value as SQL takes it, or refuses a text that nothing can match.
func (c *conditions) operand(f field, v reflect.Value) any {
	out := f.arg(v)
	if text, is := out.(string); is {
		c.short(text)
	}
	return out
}

func (c *conditions) short(text string) {
	if c.within != nil && utf8.RuneCountInString(text) > maxWhereText {
		c.refuse("a text has at most %d characters", maxWhereText)
	}
}

// related appends the conditions on the rows that a relation leads to, of
// those alone that the caller may see.
func (c *conditions) related(b *builder, r relation, value reflect.Value, next func(), depth int) {
	for i, quantifier := range shapeOf(value.Type()) {
		operand := value.Field(i)
		if operand.IsNil() {
			continue
		}
		c.path = append(c.path, quantifier)
		scope, err := c.scope, error(nil)
		if c.within != nil {
			scope, err = c.within(r.noun)
		} else if !scope.Reach.All {
			err = model.Errorf(model.Internal, "no scope for %s", r.noun)
		}
		if err != nil {
			if c.err == nil {
				c.err = err
			}
			return
		}
		next()
		scope.Read = c.scope.Read
		if quantifier == "none" || quantifier == "every" {
			b.add("NOT ")
		}
		l := listings[r.noun]
		b.add("EXISTS (SELECT FROM (").join(l.from(r.key+" AS key", scope)).add(" AND ")
		c.nested(b, l, operand, depth)
		if quantifier == "every" {
			b.add(" IS NOT TRUE")
		}
		own, isArray := strings.CutPrefix(r.own, "ANY ")
		if isArray {
			own = "ANY(" + own + ")"
		}
		b.add(") r WHERE r.key = " + own + ")")
		c.path = c.path[:len(c.path)-1]
	}
}

// operator appends one operator with its operand as SQL takes it.
func (f field) operator(b *builder, op string, operand any) {
	if f.many {
		f.anyOperator(b, op, operand)
		return
	}
	switch op {
	case "eq":
		b.add(f.expr+" = ?", operand)
	case "ne":
		if f.nullable {
			b.add(f.expr+" IS DISTINCT FROM ?", operand)
		} else {
			b.add(f.expr+" <> ?", operand)
		}
	case "in":
		b.add(f.expr+" = ANY("+f.place()+")", operand)
	case "notIn":
		b.add("("+f.expr+" = ANY("+f.place()+")) IS NOT TRUE", operand)
	case "isNull":
		b.add("("+f.expr+" IS NULL) = ?", operand)
	default:
		compare(b, f.expr, op, operand)
	}
}

// anyOperator appends an operator on an array, which any element satisfies.
func (f field) anyOperator(b *builder, op string, operand any) {
	switch op {
	case "eq":
		b.add("? = ANY("+f.expr+")", operand)
	case "ne":
		b.add("NOT ? = ANY("+f.expr+")", operand)
	case "in":
		b.add(f.expr+" && ?", operand)
	case "notIn":
		b.add("NOT "+f.expr+" && ?", operand)
	case "isNull":
		b.add("("+f.expr+" = '{}') = ?", operand)
	default:
		b.add("EXISTS (SELECT FROM unnest(" + f.expr + ") x(v) WHERE ")
		compare(b, "x.v", op, operand)
		b.add(")")
	}
}

var comparisons = map[string]string{"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}

// wild has the characters of a text that LIKE would read as a pattern.
var wild = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

func compare(b *builder, expr, op string, operand any) {
	text, _ := operand.(string)
	switch op {
	case "contains":
		b.add(expr+" LIKE ?", "%"+wild.Replace(text)+"%")
	case "startsWith":
		b.add(expr+" LIKE ?", wild.Replace(text)+"%")
	case "iContains":
		b.add(expr+" ILIKE ?", "%"+wild.Replace(text)+"%")
	case "iStartsWith":
		b.add(expr+" ILIKE ?", wild.Replace(text)+"%")
	default:
		b.add(expr+" "+comparisons[op]+" ?", operand)
	}
}

// place is where a list of operands stands.
func (f field) place() string {
	if f.is == isNumber {
		return "?::text[]::numeric[]"
	}
	return "?"
}

// arg gives a value as SQL takes it.
func (f field) arg(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case model.ID:
		switch f.is {
		case isInt:
			return x.Int()
		case isCode:
			return x.String()
		}
		return x.UUID()
	case model.Date:
		return date(x)
	case decimal.Decimal:
		return x.String()
	case time.Time, bool:
		return x
	case int:
		return int64(x)
	}
	text := v.String()
	if f.is == isLetter {
		return text[:1]
	}
	return text
}

// bounded refuses a caller's list of too many values.
func (c *conditions) bounded(values int) {
	if c.within != nil && values > maxWhereValues {
		c.refuse("a list has at most %d values", maxWhereValues)
	}
}

// list gives a list of values as SQL takes it.
func (c *conditions) list(f field, values reflect.Value) any {
	c.bounded(values.Len())
	switch f.is {
	case isUUID:
		return listOf[uuid.UUID](f, values)
	case isInt, isWhole:
		return listOf[int64](f, values)
	case isDate:
		return listOf[date](f, values)
	case isInstant:
		return listOf[time.Time](f, values)
	}
	texts := listOf[string](f, values)
	for _, text := range texts {
		c.short(text)
	}
	return texts
}

func listOf[T any](f field, values reflect.Value) []T {
	out := make([]T, values.Len())
	for i := range out {
		out[i] = f.arg(values.Index(i)).(T)
	}
	return out
}
