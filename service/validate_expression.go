package service

import (
	"errors"

	"spm/calc"
)

// Environment says what an expression can read.
type Environment string

// ValueType is the type of a value in an expression.
type ValueType string

// ExpressionCheck is what an expression yields, or what is wrong with it.
type ExpressionCheck struct {
	Type  *ValueType
	Value *string // on the sample; nil without one
	Error *ExpressionError
}

// SampleInput is what a name or a function is to give.
type SampleInput struct {
	Name  string
	Value string
}

// maxSample bounds the values of a sample.
const maxSample = 100

// ExpressionError says what is wrong with an expression, and where.
type ExpressionError struct {
	Message string
	Line    int
	Column  int
	Offset  int
}

// ExpressionNames are the names that expressions of an environment can use.
type ExpressionNames struct {
	Variables []*ExpressionVariable
	Functions []*ExpressionFunction
}

// ExpressionVariable is a name that an expression can read.
type ExpressionVariable struct {
	Name     string
	Type     ValueType
	Unit     *string
	MayBeNil bool
	Meaning  string
}

// ExpressionFunction is a function that an expression can call.
type ExpressionFunction struct {
	Name       string
	Parameters []ValueType
	Variadic   bool
	Result     ValueType
	Meaning    string
}

// ValidateExpression tells what an expression yields, a condition, a value or a text,
// or what is wrong with it.
func ValidateExpression(environment Environment, text string, sample []*SampleInput) *ExpressionCheck {
	if sample != nil {
		return evaluate(environment, text, sample)
	}
	_, err := calc.Compile(calc.Environment(environment), text, calc.ResultBool)
	if err == nil {
		return yields(calc.TypeBoolean)
	}
	for result, kind := range map[calc.ResultType]calc.ValueType{calc.ResultNumber: calc.TypeNumber, calc.ResultText: calc.TypeText} {
		if _, other := calc.Compile(calc.Environment(environment), text, result); other == nil {
			return yields(kind)
		}
	}
	return wrongWith(err)
}

// evaluate tells what an expression comes to on a sample.
func evaluate(environment Environment, text string, sample []*SampleInput) *ExpressionCheck {
	if len(sample) > maxSample {
		return wrongWith(&calc.ExpressionError{Line: 1, Column: 1, Message: "a sample has at most 100 values"})
	}
	values := make(map[string]string, len(sample))
	for _, s := range sample {
		values[s.Name] = s.Value
	}
	found, err := calc.Sample(calc.Environment(environment), text, values)
	if err != nil {
		return wrongWith(err)
	}
	check := yields(found.Type)
	check.Value = &found.Text
	return check
}

func wrongWith(err error) *ExpressionCheck {
	var wrong *calc.ExpressionError
	if !errors.As(err, &wrong) {
		wrong = &calc.ExpressionError{Line: 1, Column: 1, Message: "this is no expression"}
	}
	return &ExpressionCheck{Error: &ExpressionError{Message: wrong.Message, Line: wrong.Line, Column: wrong.Column, Offset: wrong.Offset}}
}

func yields(t calc.ValueType) *ExpressionCheck {
	own := ValueType(t)
	return &ExpressionCheck{Type: &own}
}

// NamesOf lists what expressions of an environment can use.
func NamesOf(environment Environment) *ExpressionNames {
	out := &ExpressionNames{}
	for _, v := range calc.Environment(environment).Names() {
		own := &ExpressionVariable{Name: v.Name, Type: ValueType(v.Type), MayBeNil: v.MayBeNil, Meaning: v.Meaning}
		if v.Unit != "" {
			own.Unit = &v.Unit
		}
		out.Variables = append(out.Variables, own)
	}
	for _, f := range calc.Environment(environment).Functions() {
		own := &ExpressionFunction{Name: f.Name, Variadic: f.Variadic, Result: ValueType(f.Result), Meaning: f.Meaning}
		for _, p := range f.Parameters {
			own.Parameters = append(own.Parameters, ValueType(p))
		}
		out.Functions = append(out.Functions, own)
	}
	return out
}
