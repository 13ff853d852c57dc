package cases

import (
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
)

// names are what the texts of a mapping can read: plan and inputs of the
// example, its vars, and what a loop runs over. What is expected is not among
// them.
type names map[string]any

var inText = regexp.MustCompile(`\$\{[^}]*\}`)

// eval works an expression out.
func eval(text string, from names) (any, error) {
	program, err := expr.Compile(text, expr.Env(map[string]any(from)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	value, err := expr.Run(program, map[string]any(from))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", text, err)
	}
	return value, nil
}

// text replaces each ${expression} of a text.
func text(template string, from names) (string, error) {
	var failure error
	out := inText.ReplaceAllStringFunc(template, func(found string) string {
		value, err := eval(found[2:len(found)-1], from)
		if err != nil {
			failure = err
		}
		return fmt.Sprint(plain(value))
	})
	return out, failure
}

// plain writes a number as a decimal of at most 10 places, which is what the
// graph takes.
func plain(value any) any {
	switch n := value.(type) {
	case float64:
		return strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(n, 'f', 10, 64), "0"), ".")
	case int:
		return strconv.Itoa(n)
	case []any:
		out := make([]any, len(n))
		for i := range n {
			out[i] = plain(n[i])
		}
		return out
	}
	return value
}

// fill gives a value of a mapping with its templates filled in: "=expression"
// becomes what it yields, numbers as decimals; ${expression} within a text its
// text; an item of a list with "for" one item each.
func fill(value any, from names) (any, error) {
	switch v := value.(type) {
	case string:
		if expression, is := strings.CutPrefix(v, "="); is {
			got, err := eval(expression, from)
			return plain(got), err
		}
		return text(v, from)
	case float64:
		return plain(v), nil
	case map[string]any:
		return fillMap(v, from)
	case []any:
		out := []any{}
		for _, item := range v {
			more, err := fillItem(item, from)
			if err != nil {
				return nil, err
			}
			out = append(out, more...)
		}
		return out, nil
	}
	return value, nil
}

func fillMap(fields map[string]any, from names) (map[string]any, error) {
	out := map[string]any{}
	for name, value := range fields {
		filled, err := fill(value, from)
		if err != nil {
			return nil, err
		}
		if filled != nil || value == nil {
			out[name] = filled
		}
	}
	return out, nil
}

func fillItem(item any, from names) ([]any, error) {
	var out []any
	err := each(item, from, func(item any, from names) error {
		filled, err := fill(item, from)
		if fields, is := filled.(map[string]any); is && fields["item"] != nil {
			filled = fields["item"]
		}
		out = append(out, filled)
		return err
	})
	return out, err
}

// each calls for every turn of an item's "for", which is "x in list" or
// "i, x in list", or a list of them, the later within the earlier; once where
// it has none.
func each(item any, from names, do func(item any, from names) error) error {
	fields, is := item.(map[string]any)
	if !is || fields["for"] == nil {
		return do(item, maps.Clone(from))
	}
	rest := maps.Clone(fields)
	delete(rest, "for")
	loops, many := fields["for"].([]any)
	if !many {
		loops = []any{fields["for"]}
	}
	return turn(loops, from, func(from names) error { return do(rest, from) })
}

func turn(loops []any, from names, do func(names) error) error {
	if len(loops) == 0 {
		return do(maps.Clone(from))
	}
	variables, list, _ := strings.Cut(loops[0].(string), " in ")
	over, err := eval(list, from)
	if err != nil {
		return err
	}
	items, err := listed(over)
	if err != nil {
		return fmt.Errorf("for %s: %w", list, err)
	}
	index, value, both := strings.Cut(variables, ",")
	if !both {
		index, value = "", variables
	}
	for i, item := range items {
		inside := maps.Clone(from)
		inside[strings.TrimSpace(value)] = item
		if index != "" {
			inside[strings.TrimSpace(index)] = i
		}
		if err := turn(loops[1:], inside, do); err != nil {
			return err
		}
	}
	return nil
}

func listed(list any) ([]any, error) {
	switch l := list.(type) {
	case []any:
		return l, nil
	case []int:
		out := make([]any, len(l))
		for i := range l {
			out[i] = l[i]
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v is no list", list)
}
