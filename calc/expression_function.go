package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/shopspring/decimal"

	"spm/model"
)

// maxArguments bounds the arguments of min and max.
const maxArguments = 8

// maxExpressionDecimals bounds the decimals that round and div give.
const maxExpressionDecimals = model.DivisionScale

// Function is a function that an expression can call.
type Function struct {
	Name       string
	Parameters []ValueType // the last repeats where Variadic
	Variadic   bool        // at most 8 arguments
	Result     ValueType
	Meaning    string
}

// Functions lists the functions of the environment, in the order of the
// schema.
func (e Environment) Functions() []Function {
	var out []Function
	for i := range functions {
		if functions[i].in(e) {
			out = append(out, functions[i].Function)
		}
	}
	return out
}

// functionEntry is a Function with how it is compiled.
type functionEntry struct {
	Function
	within environments // everywhere where empty
	build  func(c *compiler, at int, args []operand) (operand, error)
}

func (f *functionEntry) in(e Environment) bool {
	return len(f.within) == 0 || slices.Contains(f.within, e)
}

func functionNamed(name string, e Environment) *functionEntry {
	for i := range functions {
		if functions[i].Name == name && functions[i].in(e) {
			return &functions[i]
		}
	}
	return nil
}

var (
	oneText    = []ValueType{TypeText}
	oneNumber  = []ValueType{TypeNumber}
	twoNumbers = []ValueType{TypeNumber, TypeNumber}
)

// functions is the one table of functions.
var functions = []functionEntry{
	{Function: Function{"attr", oneText, false, TypeText, "the attribute of that name of the transaction or activity, empty where it has none"}, within: onAnyFacts, build: readText(func(t *TransactionRow, _ *CreditRow, name string) string {
		return attributeOf(t.Transaction.Attributes, name)
	})},
	{Function: Function{"productAttr", oneText, false, TypeText, "the product's attribute on the counting date, empty where it has none"}, within: onFacts, build: readText(func(t *TransactionRow, c *CreditRow, name string) string {
		return t.Products.resolve(t.Transaction.Product).attribute(name, dayOf(t, c))
	})},
	{Function: Function{"accountAttr", oneText, false, TypeText, "the account's attribute on the counting date, empty where it has none"}, within: onFacts, build: readText(func(t *TransactionRow, c *CreditRow, name string) string {
		return t.Accounts.resolve(t.Transaction.Account).attribute(name, dayOf(t, c))
	})},
	{Function: Function{"positionAttr", oneText, false, TypeText, "the position's attribute on the date of the credit or activity, on the day, or on the assignment's last day in the window; empty where it has none"}, within: onReceivers, build: readAttribute(func(s stance, name string) string {
		if s.w != nil {
			return s.w.words("positionAttr("+name+")", func() string { return s.w.position.attribute(name, s.w.Day) })
		}
		if s.d != nil {
			return s.d.position.attribute(name, s.d.Day)
		}
		return s.c.position().attribute(name, s.c.Credit.Date)
	})},
	{Function: Function{"payeeAttr", oneText, false, TypeText, "the payee's attribute on the date of the credit or activity, on the day, or on the assignment's last day in the window; empty where it has none"}, within: onReceivers, build: readAttribute(func(s stance, name string) string {
		if s.w != nil {
			return s.w.words("payeeAttr("+name+")", func() string { return s.w.payee.attribute(name, s.w.Day) })
		}
		if s.d != nil {
			return s.d.payee.attribute(name, s.d.Day)
		}
		return s.c.payee().attribute(name, s.c.Credit.Date)
	})},
	{Function: Function{"measureOf", oneText, false, TypeNumber, "what the measure of that key comes to for the position in the window; a key that no measure has is an error"}, within: onWindows, build: windowed("measureOf", func(w *WindowRow, key string) (*decimal.Decimal, error) {
		return w.MeasureOf(key)
	})},
	{Function: Function{"quotaOf", oneText, false, TypeNumber, "the position's quota of the measure of that key, prorated; an error where there is none"}, within: onWindows, build: windowed("quotaOf", func(w *WindowRow, key string) (*decimal.Decimal, error) {
		return w.QuotaOf(key)
	})},
	{Function: Function{"attainmentOf", oneText, false, TypeNumber, "measureOf / quotaOf of that key, to 16 decimals; an error where there is no quota above 0"}, within: onWindows, build: windowed("attainmentOf", func(w *WindowRow, key string) (*decimal.Decimal, error) {
		return w.AttainmentOf(key)
	})},
	{Function: Function{"earningOf", oneText, false, TypeNumber, "what the component of that key of the same plan earns the position in the period, rounded; the key is written out. An error where plan and pay currency differ, or the component has a problem"}, within: onWindows, build: buildEarningOf},
	{Function: Function{"prior", oneNumber, false, TypeNumber, "what the component's measure came to in the window so many before this one (1 to 12, written out) of the calendar, also of an earlier fiscal year; 0 where there was none"}, within: onWindows, build: buildEarlier("prior", Earlier{})},
	{Function: Function{"priorAttainment", oneNumber, false, TypeNumber, "the component's attainment in the window so many before this one (1 to 12, written out), to 16 decimals; 0 where there was none, a problem where it had no quota above 0"}, within: onWindows, build: buildEarlier("priorAttainment", Earlier{Attainment: true})},
	{Function: Function{"priorOf", []ValueType{TypeText, TypeNumber}, false, TypeNumber, "what the measure of that key came to for the position in the window so many before this one (1 to 12, written out); 0 where there was none"}, within: onWindows, build: buildEarlier("priorOf", Earlier{})},
	{Function: Function{"priorEarningOf", []ValueType{TypeText, TypeNumber}, false, TypeNumber, "what the component of that key of the same plan, which may be the one that asks, earned the position in the payout period so many before this one (1 to 12, written out) of the fiscal year, rounded; 0 where there was none"}, within: onWindows, build: buildEarlier("priorEarningOf", Earlier{Earning: true})},
	{Function: Function{"toDate", nil, false, TypeNumber, "what the component's measure came to in the windows of the fiscal year, added up, this one included"}, within: onWindows, build: buildEarlier("toDate", Earlier{})},
	{Function: Function{"toDateOf", oneText, false, TypeNumber, "what the measure of that key came to for the position in the windows of the fiscal year, added up, this one included"}, within: onWindows, build: buildEarlier("toDateOf", Earlier{})},
	{Function: Function{"earnedBefore", oneText, false, TypeNumber, "what the component of that key of the same plan, which may be the one that asks, earned the position in the earlier payout periods of the fiscal year, rounded, added up; this one is not in it"}, within: onWindows, build: buildEarlier("earnedBefore", Earlier{Earning: true})},
	{Function: Function{"parameter", oneText, false, TypeNumber, "the plan's parameter of that key on the assignment's last day in the window: the payee's value, or else the position's, the title's, the plan's, the default; an error where there is none"}, within: onWindows, build: windowed("parameter", func(w *WindowRow, key string) (*decimal.Decimal, error) {
		return w.Parameter(key)
	})},
	{Function: Function{"lookup", []ValueType{TypeText, TypeNumber}, false, TypeNumber, "the cell that a number finds in the rate table of that key, by its bounds as they stand, on the assignment's last day in the window; a number off the table is an error"}, within: onWindows, build: buildLookup},
	{Function: Function{"monthsBetween", []ValueType{TypeDate, TypeDate}, false, TypeNumber, "whole months from the first date to the second, negative where that is earlier"}, build: buildMonthsBetween},
	{Function: Function{"productIn", oneText, false, TypeBoolean, "whether the product is the one of that external id or stood below it on the counting date; an external id that no product has is an error"}, within: onFacts, build: insideTree("product", func(t *TransactionRow) (*Catalogue, string) { return t.Products, t.Transaction.Product })},
	{Function: Function{"accountIn", oneText, false, TypeBoolean, "whether the account is the one of that external id or stood below it on the counting date; an external id that no account has is an error"}, within: onFacts, build: insideTree("account", func(t *TransactionRow) (*Catalogue, string) { return t.Accounts, t.Transaction.Account })},
	{Function: Function{"date", oneText, false, TypeDate, "the date that the text YYYY-MM-DD spells; other text is an error"}, build: buildDate},
	{Function: Function{"number", oneText, false, TypeNumber, "the number that the text spells in at most 40 digits, such as -1250.75; other text is an error"}, build: buildNumber},
	{Function: Function{"min", twoNumbers, true, TypeNumber, "the smallest of up to 8 numbers"}, build: foldNumbers(func(a, b decimal.Decimal) decimal.Decimal { return decimal.Min(a, b) })},
	{Function: Function{"max", twoNumbers, true, TypeNumber, "the largest of up to 8 numbers"}, build: foldNumbers(func(a, b decimal.Decimal) decimal.Decimal { return decimal.Max(a, b) })},
	{Function: Function{"abs", oneNumber, false, TypeNumber, "the number without its sign"}, build: buildAbs},
	{Function: Function{"round", twoNumbers, false, TypeNumber, "the first number rounded to so many decimals (0 to 16, written out), half away from zero"}, build: buildRound},
	{Function: Function{"div", []ValueType{TypeNumber, TypeNumber, TypeNumber}, false, TypeNumber, "the first number divided by the second, to so many decimals (0 to 16, written out), half to the even digit; a plain / gives 16"}, build: buildDiv},
	{Function: Function{"lower", oneText, false, TypeText, "the text in small letters"}, build: mapText(strings.ToLower)},
	{Function: Function{"upper", oneText, false, TypeText, "the text in capitals"}, build: mapText(strings.ToUpper)},
	{Function: Function{"trim", oneText, false, TypeText, "the text without spaces around it"}, build: mapText(strings.TrimSpace)},
}

func (c *compiler) call(n *ast.CallNode, depth int) (operand, error) {
	at := n.Location().From
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return operand{}, c.errorAt(at, "only a function can be called")
	}
	f := functionNamed(callee.Value, c.environment)
	if f == nil {
		return operand{}, c.errorAt(at, "there is no function %s here", callee.Value)
	}
	want := f.Parameters
	if len(n.Arguments) < len(want) || (len(n.Arguments) > len(want) && !f.Variadic) || len(n.Arguments) > maxArguments {
		return operand{}, c.errorAt(at, "%s takes %d arguments%s, not %d", f.Name, len(want), map[bool]string{true: " or more, at most 8"}[f.Variadic], len(n.Arguments))
	}
	args := make([]operand, len(n.Arguments))
	for i, argument := range n.Arguments {
		var err error
		if args[i], err = c.node(argument, depth+1); err != nil {
			return operand{}, err
		}
		if err := c.wants(args[i], want[min(i, len(want)-1)]); err != nil {
			return operand{}, err
		}
	}
	if c.sample != nil && len(f.within) > 0 {
		return c.sampledCall(f, at, args)
	}
	return f.build(c, at, args)
}

type builder = func(c *compiler, at int, args []operand) (operand, error)

// readText builds a function that reads a named text of a fact.
func readText(read func(t *TransactionRow, c *CreditRow, name string) string) builder {
	return readAttribute(func(s stance, name string) string { return read(s.t, s.c, name) })
}

// windowed builds a function that reads a number of the window by a key.
func windowed(name string, read func(w *WindowRow, key string) (*decimal.Decimal, error)) builder {
	return func(c *compiler, at int, args []operand) (operand, error) {
		named := args[0].text
		return operand{kind: TypeNumber, at: at, number: func(s stance) (decimal.Decimal, error) {
			key, err := named(s)
			if err != nil {
				return decimal.Decimal{}, err
			}
			value, err := s.w.number(name+"("+key+")", func() (*decimal.Decimal, error) { return read(s.w, key) })
			if err != nil {
				return decimal.Decimal{}, c.errorAt(at, "%s", err)
			}
			return *value, nil
		}}, nil
	}
}

// buildEarningOf builds earningOf, and notes what the expression depends on.
func buildEarningOf(c *compiler, at int, args []operand) (operand, error) {
	if !args[0].constant {
		return operand{}, c.errorAt(args[0].at, "the key of the component is written out")
	}
	key, _ := args[0].text(stance{})
	c.earnings = append(c.earnings, key)
	return windowed("earningOf", func(w *WindowRow, key string) (*decimal.Decimal, error) { return w.EarningOf(key) })(c, at, args)
}

// buildLookup builds lookup.
func buildLookup(c *compiler, at int, args []operand) (operand, error) {
	table, number := args[0].text, args[1].number
	return operand{kind: TypeNumber, at: at, number: func(s stance) (decimal.Decimal, error) {
		key, err := table(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		value, err := number(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		cell, err := s.w.number(fmt.Sprintf("lookup(%s, %s)", key, value), func() (*decimal.Decimal, error) { return s.w.Lookup(key, value) })
		if err != nil {
			return decimal.Decimal{}, c.errorAt(at, "%s", err)
		}
		return *cell, nil
	}}, nil
}

// buildMonthsBetween builds monthsBetween.
func buildMonthsBetween(_ *compiler, at int, args []operand) (operand, error) {
	first, second := args[0].date, args[1].date
	return operand{kind: TypeNumber, at: at, number: func(s stance) (decimal.Decimal, error) {
		from, err := first(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		to, err := second(s)
		if err != nil {
			return decimal.Decimal{}, err
		}
		return decimal.NewFromInt(int64(monthsBetween(from, to))), nil
	}}, nil
}

// monthsBetween counts the whole months from one day to another.
func monthsBetween(from, to model.Date) int {
	if to < from {
		return -monthsBetween(to, from)
	}
	a, b := from.Time(), to.Time()
	months := 12*(b.Year()-a.Year()) + int(b.Month()) - int(a.Month())
	if from.AddMonths(months) > to {
		months--
	}
	return months
}

// readAttribute builds a function that reads a named text of the row.
func readAttribute(read func(s stance, name string) string) builder {
	return func(_ *compiler, at int, args []operand) (operand, error) {
		o := operand{kind: TypeText, at: at}
		if args[0].constant {
			name, _ := args[0].text(stance{})
			o.plain = func(s stance) string { return read(s, name) }
			o.text = func(s stance) (string, error) { return read(s, name), nil }
			return o, nil
		}
		named := args[0].text
		o.text = func(s stance) (string, error) {
			name, err := named(s)
			if err != nil {
				return "", err
			}
			return read(s, name), nil
		}
		return o, nil
	}
}

// insideTree builds productIn and accountIn.
func insideTree(noun string, of func(*TransactionRow) (*Catalogue, string)) builder {
	return func(c *compiler, at int, args []operand) (operand, error) {
		named := args[0].text
		return operand{kind: TypeBoolean, at: at, boolean: func(s stance) (bool, error) {
			externalID, err := named(s)
			if err != nil {
				return false, err
			}
			catalogue, spelling := of(s.t)
			ancestor := catalogue.external(externalID)
			if ancestor == nil {
				return false, c.errorAt(at, "no %s has the external id %q", noun, externalID)
			}
			return catalogue.within(catalogue.resolve(spelling), ancestor, dayOf(s.t, s.c)), nil
		}}, nil
	}
}

// foldNumbers builds a function of two numbers or more that cannot fail.
func foldNumbers(f func(a, b decimal.Decimal) decimal.Decimal) builder {
	return func(c *compiler, at int, args []operand) (operand, error) {
		result := args[0]
		var err error
		for _, next := range args[1:] {
			if result, err = c.numeric(at, result, next, exactly(f)); err != nil {
				return operand{}, err
			}
		}
		return result, nil
	}
}

func mapText(f func(string) string) builder {
	return func(_ *compiler, at int, args []operand) (operand, error) {
		inner := args[0].text
		outer := func(s stance) (string, error) {
			value, err := inner(s)
			return f(value), err
		}
		if args[0].constant {
			value, _ := outer(stance{})
			return constantText(at, value), nil
		}
		return operand{kind: TypeText, at: at, text: outer}, nil
	}
}
