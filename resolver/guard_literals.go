package resolver

import (
	"encoding/json"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/graph/scalar"
)

// checkLiterals checks the values that a validated document spells out against
// the scalars that they are for. Without it a number that fits no integer of Go
// panics in execution, and the second of two mutations could turn out malformed
// after the first has been carried out.
func checkLiterals(document *ast.QueryDocument) *gqlerror.Error {
	for _, operation := range document.Operations {
		for _, variable := range operation.VariableDefinitions {
			if err := checkLiteral(variable.DefaultValue); err != nil {
				return err
			}
			if err := checkDirectives(variable.Directives); err != nil {
				return err
			}
		}
		if err := checkSelections(operation.SelectionSet, operation.Directives); err != nil {
			return err
		}
	}
	for _, fragment := range document.Fragments {
		if err := checkSelections(fragment.SelectionSet, fragment.Directives); err != nil {
			return err
		}
	}
	return nil
}

func checkSelections(selections ast.SelectionSet, directives ast.DirectiveList) *gqlerror.Error {
	if err := checkDirectives(directives); err != nil {
		return err
	}
	for _, selection := range selections {
		var err *gqlerror.Error
		switch s := selection.(type) {
		case *ast.Field:
			if err = checkArguments(s.Arguments); err == nil {
				err = checkSelections(s.SelectionSet, s.Directives)
			}
		case *ast.InlineFragment:
			err = checkSelections(s.SelectionSet, s.Directives)
		case *ast.FragmentSpread:
			err = checkDirectives(s.Directives)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkDirectives(directives ast.DirectiveList) *gqlerror.Error {
	for _, directive := range directives {
		if err := checkArguments(directive.Arguments); err != nil {
			return err
		}
	}
	return nil
}

func checkArguments(arguments ast.ArgumentList) *gqlerror.Error {
	for _, argument := range arguments {
		if err := checkLiteral(argument.Value); err != nil {
			return err
		}
	}
	return nil
}

func checkLiteral(value *ast.Value) *gqlerror.Error {
	if value == nil {
		return nil
	}
	for _, child := range value.Children {
		if err := checkLiteral(child.Value); err != nil {
			return err
		}
	}
	if outOfRange(value) {
		return refusedAt(value.Position, "A number in the document is out of range.")
	}
	if value.Definition == nil || value.Definition.Kind != ast.Scalar {
		return nil
	}
	given, literal := spelled(value)
	if !literal {
		return nil
	}
	if err := scalar.Check(value.Definition.Name, given); err != nil {
		return refusedAt(value.Position, "%s.", err)
	}
	return nil
}

func outOfRange(value *ast.Value) bool {
	var err error
	switch value.Kind {
	case ast.IntValue:
		_, err = strconv.ParseInt(value.Raw, 10, 64)
	case ast.FloatValue:
		_, err = strconv.ParseFloat(value.Raw, 64)
	}
	return err != nil
}

// spelled gives a literal in the form in which JSON would have brought it; an
// enum's name is no string. Variables, null and lists are no literals here.
func spelled(value *ast.Value) (any, bool) {
	switch value.Kind {
	case ast.IntValue, ast.FloatValue:
		return json.Number(value.Raw), true
	case ast.StringValue, ast.BlockValue:
		return value.Raw, true
	case ast.BooleanValue:
		return value.Raw == "true", true
	case ast.EnumValue, ast.ObjectValue:
		return struct{}{}, true
	default:
		return nil, false
	}
}
