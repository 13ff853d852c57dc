package calc

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Sampled is what an expression comes to on sample input.
type Sampled struct {
	Type ValueType
	Text string // the number, text, date, or "true" or "false"
}

// Sample evaluates an expression on sample input: what a name, or a function
// such as "measureOf(CSAT)" that reads facts, is to give, written as text. A
// name that may be nil is nil where the sample does not say it. Errors are those
// of Compile and of evaluation, and one for what the sample lacks.
func Sample(environment Environment, text string, sample map[string]string) (*Sampled, error) {
	want, err := resultOf(environment, text)
	if err != nil {
		return nil, err
	}
	c, err := newCompiler(environment, text)
	if err != nil {
		return nil, err
	}
	if c.sample = sample; sample == nil {
		c.sample = map[string]string{}
	}
	e, err := c.compile(want)
	if err != nil {
		return nil, err
	}
	return e.sampled()
}

// resultOf tells what an expression yields; the error is that of a condition.
func resultOf(environment Environment, text string) (ResultType, error) {
	_, wrong := Compile(environment, text, ResultBool)
	if wrong == nil {
		return ResultBool, nil
	}
	for _, want := range []ResultType{ResultNumber, ResultText} {
		if _, err := Compile(environment, text, want); err == nil {
			return want, nil
		}
	}
	return "", wrong
}

func (e *Expression) sampled() (*Sampled, error) {
	switch {
	case e.condition != nil:
		holds, err := e.condition(stance{})
		return &Sampled{TypeBoolean, fmt.Sprint(holds)}, err
	case e.value != nil:
		number, err := e.value(stance{})
		if err == nil && !fits(number) {
			err = &ExpressionError{Line: 1, Column: 1, Message: "the number is out of bounds"}
		}
		return &Sampled{TypeNumber, number.String()}, err
	default:
		text, err := e.key(stance{})
		return &Sampled{TypeText, text}, err
	}
}

// sampledVariable gives a variable as the sample says it.
func (c *compiler) sampledVariable(v *variableEntry, at int) (operand, error) {
	text, known := c.sample[v.Name]
	if !known && !v.MayBeNil {
		return operand{}, c.errorAt(at, "the sample does not say %s", v.Name)
	}
	o, err := c.sampledValue(v.Name, v.Type, text, known, at)
	if v.MayBeNil {
		o.given = func(stance) bool { return known }
	}
	return o, err
}

// sampledCall gives what a function that reads facts gives, as the sample says.
func (c *compiler) sampledCall(f *functionEntry, at int, args []operand) (operand, error) {
	var keys []string
	for _, a := range args {
		switch {
		case a.text != nil && a.constant:
			key, _ := a.text(stance{})
			keys = append(keys, key)
		case a.number != nil:
			number, err := a.number(stance{})
			if err != nil {
				return operand{}, err
			}
			keys = append(keys, number.String())
		default:
			return operand{}, c.errorAt(a.at, "on a sample this is written out")
		}
	}
	label := f.Name + "(" + strings.Join(keys, ", ") + ")"
	text, known := c.sample[label]
	if !known {
		return operand{}, c.errorAt(at, "the sample does not say %s", label)
	}
	return c.sampledValue(label, f.Result, text, known, at)
}

// sampledValue reads a text of the sample. It is no constant, so that a branch
// which is not taken is not evaluated.
func (c *compiler) sampledValue(name string, kind ValueType, text string, known bool, at int) (operand, error) {
	o := operand{kind: kind, at: at}
	missing := c.errorAt(at, "%s is nil on this row: test it first with %s != nil", name, name)
	wrong := func(what string) (operand, error) {
		return operand{}, c.errorAt(at, "the sample's %s is no %s: %s", name, what, quoted(text))
	}
	switch kind {
	case TypeNumber:
		number, err := decimal.NewFromString(text)
		if known && (err != nil || !fits(number)) {
			return wrong("number")
		}
		o.number = func(stance) (decimal.Decimal, error) {
			if !known {
				return decimal.Zero, missing
			}
			return number, nil
		}
	case TypeDate:
		day, err := model.ParseDate(text)
		if known && err != nil {
			return wrong("date")
		}
		o.date = func(stance) (model.Date, error) {
			if !known {
				return 0, missing
			}
			return day, nil
		}
	case TypeBoolean:
		if text != "true" && text != "false" {
			return wrong("truth value: true or false")
		}
		o.boolean = func(stance) (bool, error) { return text == "true", nil }
	default:
		o.plain = func(stance) string { return text }
		o.text = func(stance) (string, error) { return text, nil }
	}
	return o, nil
}
