package resolver

import (
	"bytes"

	"github.com/vektah/gqlparser/v2/ast"
)

// bill is what one name of an answer costs: flat where it stands, and weight for each
// object below it.
type bill struct {
	flat   int
	weight int
	below  map[string]*bill
}

// newBill lists what the answer of an operation may hold, fields of the same name in
// one place. It walks fragments as often as they are spread, so the guard comes
// before it, which bounds that.
func newBill(rules *costRules, operation *ast.OperationDefinition) *bill {
	b := &bill{below: map[string]*bill{}}
	b.add(rules, operation.SelectionSet)
	return b
}

func (b *bill) add(rules *costRules, selections ast.SelectionSet) {
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.InlineFragment:
			b.add(rules, s.SelectionSet)
		case *ast.FragmentSpread:
			b.add(rules, s.Definition.SelectionSet)
		case *ast.Field:
			b.field(rules, s)
		}
	}
}

func (b *bill) field(rules *costRules, field *ast.Field) {
	at := b.below[field.Alias]
	if at == nil {
		at = &bill{}
		b.below[field.Alias] = at
	}
	if field.Name == "__schema" || field.Name == "__type" {
		at.flat = introspectionCost
		return
	}
	if field.ObjectDefinition == rules.schema.Mutation {
		at.flat = mutationCost
	}
	if field.Definition == nil || len(field.SelectionSet) == 0 {
		return
	}
	of := rules.schema.Types[field.Definition.Type.Name()]
	at.weight = max(at.weight, rules.weights[of.Name])
	if isConnection(of) {
		at.weight = pageCost(of)
	}
	if at.below == nil {
		at.below = map[string]*bill{}
	}
	at.add(rules, field.SelectionSet)
}

// sum is what an answer comes to, which is the JSON of its data.
func (b *bill) sum(data []byte) int {
	r := &reader{text: data}
	r.value(b)
	return r.total
}

// reader goes once through JSON that we have written.
type reader struct {
	text  []byte
	at    int
	total int
}

// endsOfWord come after a number, true, false or null.
var endsOfWord = []byte(",]} \n\r\t")

// value reads one value and adds up its objects; nil bills nothing.
func (r *reader) value(b *bill) {
	r.space()
	if r.at >= len(r.text) {
		return
	}
	switch r.text[r.at] {
	case '{':
		r.object(b)
	case '[':
		r.list(b)
	case '"':
		r.name()
	default:
		for r.at < len(r.text) && bytes.IndexByte(endsOfWord, r.text[r.at]) < 0 {
			r.at++
		}
	}
}

func (r *reader) object(b *bill) {
	if b != nil {
		r.total = add(r.total, b.weight)
	}
	for r.at++; ; {
		r.space()
		if r.at >= len(r.text) || r.text[r.at] == '}' {
			break
		}
		name := r.name()
		var below *bill
		if b != nil {
			below = b.below[string(name)]
		}
		if below != nil {
			r.total = add(r.total, below.flat)
		}
		r.pass(':')
		r.value(below)
		r.pass(',')
	}
	r.at++
}

func (r *reader) list(b *bill) {
	for r.at++; ; {
		r.space()
		if r.at >= len(r.text) || r.text[r.at] == ']' {
			break
		}
		before := r.at
		r.value(b)
		r.pass(',')
		if r.at == before { // no JSON: go on all the same
			r.at++
		}
	}
	r.at++
}

// name reads a string, and gives it as it stands.
func (r *reader) name() []byte {
	r.at++
	from := r.at
	for r.at < len(r.text) {
		end := bytes.IndexByte(r.text[r.at:], '"')
		if end < 0 {
			r.at = len(r.text)
			break
		}
		r.at += end + 1
		escapes := 0
		for i := r.at - 2; i >= from && r.text[i] == '\\'; i-- {
			escapes++
		}
		if escapes%2 == 0 {
			return r.text[from : r.at-1]
		}
	}
	return r.text[min(from, len(r.text)):]
}

func (r *reader) pass(c byte) {
	r.space()
	if r.at < len(r.text) && r.text[r.at] == c {
		r.at++
	}
}

func (r *reader) space() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\t' || r.text[r.at] == '\r') {
		r.at++
	}
}
