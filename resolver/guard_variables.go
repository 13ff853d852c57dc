package resolver

import (
	"encoding/json"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/graph/scalar"
	"spm/model"
)

// maxShownName bounds how much of a caller's own member name an error repeats.
const maxShownName = 64

// coerceVariables checks the variables that the operation declares against
// their types and puts single values for lists into lists. gqlparser, which
// coerces after it, takes "2" for an Int, any case of an enum's value and
// __typename in an input, and knows nothing of @oneOf or of our scalars. What
// it does well - missing variables, defaults, unknown types - is left to it.
func coerceVariables(schema *ast.Schema, operation *ast.OperationDefinition, variables map[string]any) *gqlerror.Error {
	for _, definition := range operation.VariableDefinitions {
		given, has := variables[definition.Variable]
		if !has || (given == nil && !definition.Type.NonNull) {
			continue
		}
		c := coercion{schema: schema, path: ast.Path{ast.PathName("variable"), ast.PathName(definition.Variable)}}
		coerced, err := c.value(definition.Type, given)
		if err != nil {
			return err
		}
		variables[definition.Variable] = coerced
	}
	return nil
}

// coercion is the walk through one variable; path leads to where it is.
type coercion struct {
	schema *ast.Schema
	path   ast.Path
}

// at goes one step down for the time of do.
func (c *coercion) at(step ast.PathElement, do func() *gqlerror.Error) *gqlerror.Error {
	c.path = append(c.path, step)
	err := do()
	c.path = c.path[:len(c.path)-1]
	return err
}

func (c *coercion) refuse(format string, args ...any) *gqlerror.Error {
	return c.wrap(model.Errorf(model.BadUserInput, format, args...))
}

func (c *coercion) wrap(err error) *gqlerror.Error {
	path := append(ast.Path(nil), c.path...)
	refusal := gqlerror.WrapPath(path, model.Errorf(model.BadUserInput, "Variable $%s: %s.", path[1:].String(), err))
	errcode.Set(refusal, errcode.ValidationFailed)
	return refusal
}

func (c *coercion) value(t *ast.Type, v any) (any, *gqlerror.Error) {
	if v == nil {
		if t.NonNull {
			return nil, c.refuse("must not be null")
		}
		return nil, nil
	}
	if t.Elem != nil {
		return c.list(t.Elem, v)
	}
	definition := c.schema.Types[t.NamedType]
	if definition == nil {
		return v, nil // Validation tells.
	}
	switch definition.Kind {
	case ast.Enum:
		return v, c.enum(definition, v)
	case ast.Scalar:
		return v, c.scalar(definition.Name, v)
	case ast.InputObject:
		return v, c.object(definition, v)
	default:
		return v, nil // Validation tells.
	}
}

func (c *coercion) list(elem *ast.Type, v any) (any, *gqlerror.Error) {
	items, isList := v.([]any)
	if !isList {
		item, err := c.value(elem, v)
		return []any{item}, err
	}
	for i, item := range items {
		err := c.at(ast.PathIndex(i), func() (err *gqlerror.Error) {
			items[i], err = c.value(elem, item)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (c *coercion) enum(definition *ast.Definition, v any) *gqlerror.Error {
	text, isString := v.(string)
	if !isString || definition.EnumValues.ForName(text) == nil {
		return c.refuse("%s must be one of its values, written exactly so", definition.Name)
	}
	return nil
}

func (c *coercion) scalar(name string, v any) *gqlerror.Error {
	if name == "Float" {
		number, isNumber := v.(json.Number)
		if _, err := number.Float64(); !isNumber || err != nil {
			return c.refuse("Float must be a JSON number")
		}
		return nil
	}
	if err := scalar.Check(name, v); err != nil {
		return c.wrap(err)
	}
	return nil
}

func (c *coercion) object(definition *ast.Definition, v any) *gqlerror.Error {
	members, isObject := v.(map[string]any)
	if !isObject {
		return c.refuse("%s must be an object", definition.Name)
	}
	for name := range members {
		if definition.Fields.ForName(name) == nil {
			return c.at(ast.PathName(shown(name)), func() *gqlerror.Error { return c.refuse("%s has no such field", definition.Name) })
		}
	}
	if definition.Directives.ForName("oneOf") != nil && (len(members) != 1 || hasNull(members)) {
		return c.refuse("%s must have exactly one field, and that not null", definition.Name)
	}
	for _, field := range definition.Fields {
		given, has := members[field.Name]
		if !has {
			continue // gqlparser tells of required ones.
		}
		err := c.at(ast.PathName(field.Name), func() *gqlerror.Error {
			coerced, err := c.value(field.Type, given)
			members[field.Name] = coerced
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func hasNull(members map[string]any) bool {
	for _, v := range members {
		if v == nil {
			return true
		}
	}
	return false
}

func shown(name string) string {
	if len(name) > maxShownName {
		return "..."
	}
	return name
}
