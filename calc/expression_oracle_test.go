package calc

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// The oracle writes random expressions and works their value out by itself,
// over rationals, without the compiler's code.

// numeral is the text of a number with its value; nil where evaluating it
// must fail.
type numeral struct {
	text  string
	value *big.Rat
}

// claim is the text of a condition with its truth, and whether evaluating it
// must fail.
type claim struct {
	text  string
	truth bool
	fails bool
}

type oracle struct {
	t         *rapid.T
	variables map[string]*big.Rat // nil: missing on this row
}

func ratOf(d decimal.Decimal) *big.Rat { return d.Rat() }

// rounded gives r with n decimals: half to even, or half away from zero.
func rounded(r *big.Rat, n int, even bool) *big.Rat {
	unit := new(big.Rat).SetFrac(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil), big.NewInt(1))
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(r), unit)
	floor := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	rest := new(big.Rat).Sub(scaled, new(big.Rat).SetInt(floor))
	half := rest.Cmp(big.NewRat(1, 2))
	if half > 0 || (half == 0 && (!even || floor.Bit(0) == 1)) {
		floor.Add(floor, big.NewInt(1))
	}
	if r.Sign() < 0 {
		floor.Neg(floor)
	}
	return new(big.Rat).Quo(new(big.Rat).SetInt(floor), unit)
}

func (o *oracle) leaf() numeral {
	if rapid.Bool().Draw(o.t, "variable") {
		name := rapid.SampledFrom([]string{"amount", "quantity", "margin"}).Draw(o.t, "name")
		return numeral{name, o.variables[name]}
	}
	d := decimal.New(rapid.Int64Range(0, 1e9).Draw(o.t, "literal"), -rapid.Int32Range(0, 8).Draw(o.t, "decimals"))
	text := d.String()
	if rapid.Bool().Draw(o.t, "spelt out") {
		text = `number("` + text + `")`
	}
	return numeral{text, ratOf(d)}
}

func (o *oracle) number(depth int) numeral {
	if depth == 0 {
		return o.leaf()
	}
	switch kind := rapid.SampledFrom([]string{"+", "-", "*", "/", "neg", "abs", "min", "max", "round", "div", "?:", "leaf"}).Draw(o.t, "kind"); kind {
	case "neg", "abs":
		a := o.number(depth - 1)
		if kind == "neg" {
			return numeral{"-(" + a.text + ")", of1(a, func(x *big.Rat) *big.Rat { return new(big.Rat).Neg(x) })}
		}
		return numeral{"abs(" + a.text + ")", of1(a, func(x *big.Rat) *big.Rat { return new(big.Rat).Abs(x) })}
	case "round":
		a, n := o.number(depth-1), rapid.IntRange(0, 16).Draw(o.t, "n")
		return numeral{fmt.Sprintf("round(%s, %d)", a.text, n), of1(a, func(x *big.Rat) *big.Rat { return rounded(x, n, false) })}
	case "div":
		a, b, n := o.number(depth-1), o.number(depth-1), rapid.IntRange(0, 16).Draw(o.t, "n")
		return numeral{fmt.Sprintf("div(%s, %s, %d)", a.text, b.text, n), quotientOf(a, b, n)}
	case "min", "max":
		a, b := o.number(depth-1), o.number(depth-1)
		return numeral{fmt.Sprintf("%s(%s, %s)", kind, a.text, b.text), of2(a, b, func(x, y *big.Rat) *big.Rat {
			if (x.Cmp(y) < 0) == (kind == "min") {
				return x
			}
			return y
		})}
	case "?:":
		c, a, b := o.claim(depth-1), o.number(depth-1), o.number(depth-1)
		n := numeral{text: fmt.Sprintf("(%s ? %s : %s)", c.text, a.text, b.text)}
		if !c.fails && c.truth {
			n.value = a.value
		} else if !c.fails {
			n.value = b.value
		}
		return n
	case "leaf":
		return o.leaf()
	default:
		a, b := o.number(depth-1), o.number(depth-1)
		n := numeral{text: fmt.Sprintf("(%s %s %s)", a.text, kind, b.text)}
		switch kind {
		case "+":
			n.value = of2(a, b, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Add(x, y) })
		case "-":
			n.value = of2(a, b, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Sub(x, y) })
		case "*":
			n.value = of2(a, b, func(x, y *big.Rat) *big.Rat { return new(big.Rat).Mul(x, y) })
		default:
			n.value = quotientOf(a, b, model.DivisionScale)
		}
		return n
	}
}

func of1(a numeral, f func(*big.Rat) *big.Rat) *big.Rat {
	if a.value == nil {
		return nil
	}
	return f(a.value)
}

func of2(a, b numeral, f func(x, y *big.Rat) *big.Rat) *big.Rat {
	if a.value == nil || b.value == nil {
		return nil
	}
	return f(a.value, b.value)
}

func quotientOf(a, b numeral, n int) *big.Rat {
	return of2(a, b, func(x, y *big.Rat) *big.Rat {
		if y.Sign() == 0 {
			return nil
		}
		return rounded(new(big.Rat).Quo(x, y), n, true)
	})
}

func (o *oracle) claim(depth int) claim {
	kinds := []string{"==", "!=", "<", "<=", ">", ">=", "nil", "in"}
	if depth > 0 {
		kinds = append(kinds, "and", "or", "not", "true")
	}
	switch kind := rapid.SampledFrom(kinds).Draw(o.t, "claim"); kind {
	case "true":
		return claim{text: "true", truth: true}
	case "nil":
		name := rapid.SampledFrom([]string{"quantity", "margin"}).Draw(o.t, "name")
		return claim{text: name + " == nil", truth: o.variables[name] == nil}
	case "not":
		c := o.claim(depth - 1)
		return claim{"not (" + c.text + ")", !c.truth, c.fails}
	case "and", "or":
		a, b := o.claim(depth-1), o.claim(depth-1)
		c := claim{text: fmt.Sprintf("((%s) %s (%s))", a.text, kind, b.text), truth: a.truth, fails: a.fails}
		if !a.fails && a.truth == (kind == "and") {
			c.truth, c.fails = b.truth, b.fails
		}
		return c
	case "in":
		a, list := o.number(0), []numeral{o.number(0), o.number(0)}
		c := claim{text: fmt.Sprintf("%s in [%s, %s]", a.text, list[0].text, list[1].text), fails: a.value == nil}
		for _, item := range list {
			if c.fails || c.truth {
				break
			}
			if c.fails = item.value == nil; !c.fails {
				c.truth = a.value.Cmp(item.value) == 0
			}
		}
		return c
	default:
		a, b := o.number(max(0, depth-1)), o.number(max(0, depth-1))
		c := claim{text: fmt.Sprintf("%s %s %s", a.text, kind, b.text), fails: a.value == nil || b.value == nil}
		if !c.fails {
			order := a.value.Cmp(b.value)
			c.truth = map[string]bool{"==": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[kind]
		}
		return c
	}
}

// Every expression has the value that the oracle works out, exactly, or fails
// where the oracle says so.
func TestExpressionsAgreeWithTheOracle(t *testing.T) {
	t.Parallel()
	compiled := 0
	rapid.Check(t, func(t *rapid.T) {
		row := &TransactionRow{Transaction: &model.Transaction{Amount: drawDecimal(t, "amount"), Quantity: drawOptional(t, "quantity"), Margin: drawOptional(t, "margin")}}
		o := &oracle{t: t, variables: map[string]*big.Rat{"amount": ratOf(row.Transaction.Amount)}}
		if q := row.Transaction.Quantity; q != nil {
			o.variables["quantity"] = ratOf(*q)
		}
		if m := row.Transaction.Margin; m != nil {
			o.variables["margin"] = ratOf(*m)
		}
		n, c := o.number(4), o.claim(4)
		value, err := Compile(TransactionEnv, n.text, ResultNumber)
		if err == nil {
			compiled++
			got, err := value.Decimal(row)
			if (err != nil) != (n.value == nil) || (err == nil && ratOf(got).Cmp(n.value) != 0) {
				t.Fatalf("%s = %s, not %v (%v)", n.text, got, n.value, err)
			}
		} else if !foreseen(err) {
			t.Fatalf("%s: %s", n.text, err)
		}
		condition, err := Compile(TransactionEnv, c.text, ResultBool)
		if err == nil {
			got, err := condition.Bool(row)
			if (err != nil) != c.fails || (err == nil && got != c.truth) {
				t.Fatalf("%s is %t, not %t (%v)", c.text, got, c.truth, err)
			}
		} else if !foreseen(err) {
			t.Fatalf("%s: %s", c.text, err)
		}
	})
	if compiled == 0 {
		t.Error("nothing compiled")
	}
}

// foreseen tells whether the oracle may have written what the compiler
// refuses: too long, too many parts, a constant divided by a constant 0.
func foreseen(err error) bool {
	for _, part := range []string{"at most", "division by zero", "a number is written"} {
		if strings.Contains(err.Error(), part) {
			return true
		}
	}
	return false
}
