package calc

import (
	"cmp"
	"slices"

	"github.com/expr-lang/expr/ast"
	"github.com/shopspring/decimal"

	"spm/model"
)

func (c *compiler) equality(at int, left, right operand, negate bool) (operand, error) {
	o := operand{kind: TypeBoolean, at: at}
	switch {
	case left.kind == typeNil || right.kind == typeNil:
		return c.nilTest(at, left, right, negate)
	case left.kind != right.kind:
		return operand{}, c.errorAt(at, "%s cannot be compared with %s", typeWord(left.kind), typeWord(right.kind))
	case left.kind == TypeNumber:
		o.boolean = testNumbers(left, right, func(order int) bool { return order == 0 })
	case left.kind == TypeDate:
		o.boolean = testBoth(left.date, right.date, equalValues[model.Date])
	case left.kind == TypeBoolean:
		o.boolean = testBoth(left.boolean, right.boolean, equalValues[bool])
	default:
		o.boolean = sameText(left, right)
	}
	if negate {
		return negation(o, at), nil
	}
	return o, nil
}

func equalValues[V comparable](a, b V) bool { return a == b }

// sameText has a short way for the commonest condition, name == "text".
func sameText(left, right operand) boolFunc {
	if right.plain != nil {
		left, right = right, left
	}
	if left.plain == nil || !right.constant {
		return testBoth(left.text, right.text, equalValues[string])
	}
	read := left.plain
	value, _ := right.text(stance{})
	return func(s stance) (bool, error) { return read(s) == value, nil }
}

func (c *compiler) nilTest(at int, left, right operand, negate bool) (operand, error) {
	given := left.given
	if left.kind == typeNil {
		given = right.given
	}
	if given == nil {
		return operand{}, c.errorAt(at, "only a name that may be missing can be compared with nil; text that is not there is \"\"")
	}
	return operand{kind: TypeBoolean, at: at, boolean: func(s stance) (bool, error) {
		return given(s) == negate, nil
	}}, nil
}

func (c *compiler) order(at int, left, right operand, operator string) (operand, error) {
	o := operand{kind: TypeBoolean, at: at}
	switch {
	case left.kind == TypeNumber && right.kind == TypeNumber:
		o.boolean = testNumbers(left, right, orderTest(operator))
	case left.kind == TypeDate && right.kind == TypeDate:
		test := orderTest(operator)
		o.boolean = testBoth(left.date, right.date, func(a, b model.Date) bool { return test(cmp.Compare(a, b)) })
	case left.kind == TypeText && right.kind == TypeText:
		return operand{}, c.errorAt(at, "%s orders numbers and dates, not text: use number(...) or date(...)", operator)
	case left.kind == typeNil || right.kind == typeNil:
		return operand{}, c.errorAt(at, "nil can only be compared with == and !=")
	default:
		return operand{}, c.errorAt(at, "%s cannot be compared with %s", typeWord(left.kind), typeWord(right.kind))
	}
	return o, nil
}

// orderTest says which results of a comparison satisfy the operator.
func orderTest(operator string) func(order int) bool {
	switch operator {
	case "<":
		return func(order int) bool { return order < 0 }
	case "<=":
		return func(order int) bool { return order <= 0 }
	case ">":
		return func(order int) bool { return order > 0 }
	}
	return func(order int) bool { return order >= 0 }
}

// testNumbers compares two numbers. Comparing decimals of one scale needs no
// memory, so a constant is kept in each scale that amounts come in.
func testNumbers(left, right operand, test func(order int) bool) boolFunc {
	if !right.constant {
		return testBoth(left.number, right.number, func(a, b decimal.Decimal) bool { return test(a.Cmp(b)) })
	}
	read := left.number
	value, _ := right.number(stance{})
	var scaled [model.Scale + 1]decimal.Decimal
	for scale := range scaled {
		scaled[scale] = value.Add(decimal.New(0, -int32(scale)))
	}
	return func(s stance) (bool, error) {
		a, err := read(s)
		if err != nil {
			return false, err
		}
		if scale := -a.Exponent(); scale >= 0 && int(scale) < len(scaled) {
			return test(a.Cmp(scaled[scale])), nil
		}
		return test(a.Cmp(value)), nil
	}
}

// in compiles `left in [a, b]`.
func (c *compiler) in(left operand, n *ast.BinaryNode, depth int) (operand, error) {
	at := n.Location().From
	list, ok := n.Right.(*ast.ArrayNode)
	if !ok {
		return operand{}, c.errorAt(at, "behind `in` stands a list, such as [\"A\", \"B\"]")
	}
	items := make([]operand, len(list.Nodes))
	constant := true
	for i, item := range list.Nodes {
		o, err := c.node(item, depth+1)
		if err != nil {
			return operand{}, err
		}
		if err := c.wants(o, left.kind); err != nil {
			return operand{}, err
		}
		items[i], constant = o, constant && o.constant
	}
	o := operand{kind: TypeBoolean, at: at}
	switch left.kind {
	case TypeNumber:
		o.boolean = among(left.number, pickFuncs(items, func(o operand) numberFunc { return o.number }), decimal.Decimal.Equal)
	case TypeDate:
		o.boolean = among(left.date, pickFuncs(items, func(o operand) dateFunc { return o.date }), equalValues[model.Date])
	case TypeText:
		texts := pickFuncs(items, func(o operand) textFunc { return o.text })
		if constant {
			o.boolean = amongConstants(left.text, texts)
		} else {
			o.boolean = among(left.text, texts, equalValues[string])
		}
	default:
		return operand{}, c.errorAt(left.at, "`in` looks for a number, a date or text, not %s", typeWord(left.kind))
	}
	return o, nil
}

func pickFuncs[F any](items []operand, f func(operand) F) []F {
	out := make([]F, len(items))
	for i := range items {
		out[i] = f(items[i])
	}
	return out
}

func among[V any, F ~func(stance) (V, error)](left F, items []F, test func(V, V) bool) boolFunc {
	return func(s stance) (bool, error) {
		value, err := left(s)
		if err != nil {
			return false, err
		}
		for _, item := range items {
			other, err := item(s)
			if err != nil {
				return false, err
			}
			if test(value, other) {
				return true, nil
			}
		}
		return false, nil
	}
}

// amongConstants looks a text up in a sorted list.
func amongConstants(left textFunc, items []textFunc) boolFunc {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i], _ = item(stance{})
	}
	slices.Sort(texts)
	return func(s stance) (bool, error) {
		value, err := left(s)
		if err != nil {
			return false, err
		}
		_, found := slices.BinarySearch(texts, value)
		return found, nil
	}
}
