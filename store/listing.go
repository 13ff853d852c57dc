package store

import (
	"reflect"
	"strings"
	"sync"
	"unicode"

	"spm/model"
)

// A listing declares the list of a noun once: what its rows may be filtered
// and put in order by. Operators, order, cursors and aggregates are the same
// code for all.
type listing struct {
	noun      string // its type in the graph
	from      func(selected string, scope model.Scope) *builder
	since     string     // the transaction that wrote the newest version; "" where there is no history
	key       []orderKey // what ends every order, unique
	fields    map[string]field
	relations map[string]relation
	parts     map[string]*listing // fields under a name in common
	// big says that the tenant's facts are in it: each of its fields names what
	// serves it.
	big bool
	// narrow are the fields of which one is given where rows are put in order by
	// what no index serves.
	narrow []string
}

// scalar is what a field's values are, and how they reach SQL.
type scalar int

const (
	isUUID scalar = iota
	isInt         // an id that is a number
	isCode        // an id that is kept as its text
	isText
	isDate
	isInstant
	isNumber
	isWhole
	isFlag
	isWord   // one of a closed set
	isLetter // one of a closed set, kept as its first letter
)

// casts are the types of SQL that a cursor's text is cast to.
var casts = map[scalar]string{
	isUUID: "uuid", isInt: "bigint", isCode: "text", isText: "text", isDate: "date", isInstant: "timestamptz",
	isNumber: "numeric", isWhole: "int", isFlag: "boolean", isWord: "text", isLetter: "text",
}

// field is what rows may be filtered by, by the name that it has in where.
type field struct {
	expr     string // over the aliases of from
	is       scalar
	nullable bool
	many     bool // an array: a row is kept for any of its elements
	sortable bool
	narrowed bool // sortable where one of the list's narrow fields is given
	internal bool // not in the graph
	// special appends the condition of an argument with a meaning of its own.
	special func(b *builder, value any)
	// scoped is special where the condition reads other rows.
	scoped func(b *builder, scope model.Scope, value any)
	// served names the index by which a big list finds or walks rows by it, or
	// is "refines": it narrows what others find.
	served string
}

// relation leads from a row to the rows of a noun.
type relation struct {
	noun string
	many bool
	key  string // over the noun's aliases
	own  string // over this list's aliases; "ANY t.x" for an array
}

// on keeps rows whose [from, to) contains the day.
func on(from, to string) func(*builder, any) {
	return func(b *builder, value any) {
		day := date(*value.(*model.Date))
		b.add("("+from+" <= ? AND "+to+" > ?)", day, day)
	}
}

// given keeps rows that have a value, or those that have none.
func given(expr string) func(*builder, any) {
	return func(b *builder, value any) { b.add("("+expr+" IS NOT NULL) = ?", *value.(*bool)) }
}

// missing keeps rows that have no value, or those that have one.
func missing(expr string) func(*builder, any) {
	return func(b *builder, value any) { b.add("("+expr+" IS NULL) = ?", *value.(*bool)) }
}

// idTail ends the order of nouns with an id of their own.
func idTail(cast string) []orderKey { return []orderKey{{expr: "t.id", cast: cast}} }

// orderName is a field's name among the keys of the list's order.
func orderName(field string) model.OrderKey {
	var out strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToUpper(r))
	}
	return model.OrderKey(out.String())
}

// graphName is the name in the graph of a field of a struct of model.
func graphName(field string) string {
	name := strings.NewReplacer("ID", "Id", "URL", "Url").Replace(field)
	return strings.ToLower(name[:1]) + name[1:]
}

// shapes has the names of the fields of each struct of conditions.
var shapes sync.Map

func shapeOf(t reflect.Type) []string {
	if known, is := shapes.Load(t); is {
		return known.([]string)
	}
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = graphName(t.Field(i).Name)
	}
	shapes.Store(t, names)
	return names
}

// ListField tells of one field of a list what the graph's schema must agree
// with.
type ListField struct {
	Name     string
	Sortable bool
	OrderKey model.OrderKey
	Relation string // the noun that it leads to, "" where it leads to none
	Many     bool
	Served   string
	Big      bool
}

// Lists gives the declared fields of each list by noun, those of the graph.
func Lists() map[string][]ListField {
	out := map[string][]ListField{}
	for noun, l := range listings {
		for name, f := range l.fields {
			if !f.internal {
				out[noun] = append(out[noun], ListField{Name: name, Sortable: f.sortable || f.narrowed, OrderKey: orderName(name), Served: f.served, Big: l.big})
			}
		}
		for name, r := range l.relations {
			out[noun] = append(out[noun], ListField{Name: name, Relation: r.noun, Many: r.many})
		}
	}
	return out
}
