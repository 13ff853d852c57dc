package calc

import (
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/shopspring/decimal"

	"spm/model"
)

// An expression compiles to one closure per node, typed, so that an evaluation
// boxes nothing. We take expr-lang's grammar but not its checker and virtual
// machine: those hold literals in float64, and walk a chained comparison's
// shared operand once per mention, which is exponential in nested ones.
type (
	boolFunc   func(stance) (bool, error)
	numberFunc func(stance) (decimal.Decimal, error)
	textFunc   func(stance) (string, error)
	dateFunc   func(stance) (model.Date, error)
	givenFunc  func(stance) bool
)

// typeNil is the type of the literal nil, which only == and != take.
const typeNil ValueType = "NIL"

// operand is a compiled node; of the closures that of its type is set.
type operand struct {
	kind     ValueType
	at       int  // offset in characters
	constant bool // reads no row: its closures take nil rows
	given    givenFunc
	boolean  boolFunc
	number   numberFunc
	text     textFunc
	date     dateFunc
	plain    func(stance) string // a text variable read without error
}

type compiler struct {
	environment Environment
	source      string
	characters  []rune
	root        ast.Node
	seen        map[ast.Node]bool
	muls        int
	earnings    []string          // keys of components that it reads
	back        lookBack          // what it reads of earlier windows
	sample      map[string]string // what facts are; nil: they are read
}

// newCompiler parses the text and checks what the grammar lets through.
func newCompiler(environment Environment, source string) (*compiler, error) {
	c := &compiler{environment: environment, source: source, characters: []rune(source), seen: map[ast.Node]bool{}}
	if !slices.Contains(everywhere, environment) {
		return nil, c.errorAt(0, "there is no environment %q", environment)
	}
	return c, c.parse()
}

func (c *compiler) compile(want ResultType) (*Expression, error) {
	e := &Expression{environment: c.environment, text: c.source}
	if c.root == nil {
		if want != ResultBool {
			return nil, c.errorAt(0, "a value is missing")
		}
		e.condition = alwaysTrue
		return e, nil
	}
	result, err := c.node(c.root, 1)
	if err != nil {
		return nil, err
	}
	switch {
	case want == ResultBool && result.kind == TypeBoolean:
		e.condition = result.boolean
	case want == ResultNumber && result.kind == TypeNumber:
		e.value = result.number
	case want == ResultText && result.kind == TypeText:
		e.key = result.text
	default:
		return nil, c.errorAt(result.at, "this must be %s, and is %s", typeWord(ValueType(want)), typeWord(result.kind))
	}
	e.earnings, e.back = c.earnings, c.back
	return e, nil
}

func alwaysTrue(stance) (bool, error) { return true, nil }

// node compiles one node. What is not listed here is not in the language.
func (c *compiler) node(n ast.Node, depth int) (operand, error) {
	if n == nil {
		return operand{}, c.errorAt(0, "something is missing")
	}
	at := n.Location().From
	if depth > MaxExpressionDepth {
		return operand{}, c.errorAt(at, "the expression is nested deeper than %d levels", MaxExpressionDepth)
	}
	if c.seen[n] {
		return operand{}, c.errorAt(at, "comparisons do not chain: write a < b and b < c")
	}
	c.seen[n] = true
	switch n := n.(type) {
	case *ast.NilNode:
		return operand{kind: typeNil, at: at}, nil
	case *ast.BoolNode:
		value := n.Value
		return constantBool(at, value), nil
	case *ast.StringNode:
		return constantText(at, n.Value), nil
	case *ast.IntegerNode, *ast.FloatNode:
		return c.literal(n.Location().From, n.Location().To)
	case *ast.IdentifierNode:
		return c.variable(n.Value, at)
	case *ast.UnaryNode:
		return c.unary(n, depth)
	case *ast.BinaryNode:
		return c.binary(n, depth)
	case *ast.ConditionalNode:
		return c.conditional(n, depth)
	case *ast.CallNode:
		return c.call(n, depth)
	case *ast.BuiltinNode:
		return operand{}, c.errorAt(at, "there is no function %s here", n.Name)
	case *ast.ArrayNode:
		return operand{}, c.errorAt(at, "a list stands only behind `in`")
	}
	return operand{}, c.errorAt(at, "this is not in the language")
}

func (c *compiler) variable(name string, at int) (operand, error) {
	for i := range variables {
		v := &variables[i]
		if v.Name == name && v.in(c.environment) {
			if c.sample != nil {
				return c.sampledVariable(v, at)
			}
			return c.read(v, at), nil
		}
	}
	if functionNamed(name, c.environment) != nil {
		return operand{}, c.errorAt(at, "%s is a function: write %s(...)", name, name)
	}
	return operand{}, c.errorAt(at, "unknown name %s", name)
}

// read compiles the reading of a variable.
func (c *compiler) read(v *variableEntry, at int) operand {
	o := operand{kind: v.Type, at: at}
	missing := c.errorAt(at, "%s is nil on this row: test it first with %s != nil", v.Name, v.Name)
	switch {
	case v.number != nil:
		get := v.number
		o.number = func(s stance) (decimal.Decimal, error) {
			if value := get(s); value != nil {
				return *value, nil
			}
			return decimal.Decimal{}, missing
		}
		if v.MayBeNil {
			o.given = func(s stance) bool { return get(s) != nil }
		}
	case v.date != nil:
		get := v.date
		o.date = func(s stance) (model.Date, error) {
			if value := get(s); value != nil {
				return *value, nil
			}
			return 0, missing
		}
		if v.MayBeNil {
			o.given = func(s stance) bool { return get(s) != nil }
		}
	default:
		get := v.text
		o.plain = get
		o.text = func(s stance) (string, error) { return get(s), nil }
	}
	return o
}

func (c *compiler) conditional(n *ast.ConditionalNode, depth int) (operand, error) {
	if n.Cond == n.Exp1 {
		return operand{}, c.errorAt(n.Cond.Location().From, "?: is not in the language: write a ? b : c")
	}
	test, err := c.node(n.Cond, depth+1)
	if err != nil {
		return operand{}, err
	}
	if err := c.wants(test, TypeBoolean); err != nil {
		return operand{}, err
	}
	yes, err := c.node(n.Exp1, depth+1)
	if err != nil {
		return operand{}, err
	}
	no, err := c.node(n.Exp2, depth+1)
	if err != nil {
		return operand{}, err
	}
	if yes.kind == typeNil || no.kind == typeNil {
		return operand{}, c.errorAt(test.at, "nil can only be compared with == and !=")
	}
	if yes.kind != no.kind {
		return operand{}, c.errorAt(no.at, "both branches must be of one type: %s and %s", typeWord(yes.kind), typeWord(no.kind))
	}
	o := operand{kind: yes.kind, at: test.at}
	switch yes.kind {
	case TypeNumber:
		o.number = eitherOf(test.boolean, yes.number, no.number)
	case TypeText:
		o.text = eitherOf(test.boolean, yes.text, no.text)
	case TypeDate:
		o.date = eitherOf(test.boolean, yes.date, no.date)
	default:
		o.boolean = eitherOf(test.boolean, yes.boolean, no.boolean)
	}
	return o, nil
}

func eitherOf[V any, F ~func(stance) (V, error)](test boolFunc, yes, no F) F {
	return func(s stance) (V, error) {
		chosen, err := test(s)
		if err != nil {
			var zero V
			return zero, err
		}
		if chosen {
			return yes(s)
		}
		return no(s)
	}
}

// wants refuses an operand of another type.
func (c *compiler) wants(o operand, kind ValueType) error {
	switch {
	case o.kind == kind:
		return nil
	case o.kind == typeNil:
		return c.errorAt(o.at, "nil can only be compared with == and !=")
	}
	return c.errorAt(o.at, "this must be %s, and is %s", typeWord(kind), typeWord(o.kind))
}

// typeWord names a type in a sentence.
func typeWord(kind ValueType) string {
	switch kind {
	case TypeNumber:
		return "a number"
	case TypeText:
		return "text"
	case TypeDate:
		return "a date"
	case TypeBoolean:
		return "true or false"
	}
	return "nil"
}

// errorAt points at a character by its offset.
func (c *compiler) errorAt(offset int, format string, args ...any) *ExpressionError {
	offset = max(0, min(offset, len(c.characters)))
	e := &ExpressionError{Offset: offset, Line: 1, Column: 1, Message: fmt.Sprintf(format, args...)}
	for _, r := range c.characters[:offset] {
		if e.Column++; r == '\n' {
			e.Line, e.Column = e.Line+1, 1
		}
	}
	return e
}
