package plantext

type kind int

// What a node of a text is.
const (
	scalar kind = iota
	mapping
	list
	null
)

// node is a value of a text with the line that it begins on.
type node struct {
	kind   kind
	text   string // of a scalar
	plain  bool   // a number, date, boolean or choice: written without quotes
	fields []field
	items  []*node
	line   int
}

type field struct {
	name  string
	line  int
	value *node
}

func (n *node) add(name string, value *node) {
	n.fields = append(n.fields, field{name: name, value: value})
}
