package cases

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// problems compares what the server answers with what the example expects, and
// gives what is wrong.
func (w *world) problems() (out []string) {
	if w.failure != nil {
		return []string{w.failure.Error()}
	}
	out, seen := w.uncredited(), []string{}
	wrong, paths := w.compared()
	out, seen = append(out, wrong...), append(seen, paths...)
	if len(seen) == 0 {
		out = append(out, "nothing is compared")
	}
	for path := range w.mapping.NotCompared {
		seen = append(seen, path)
	}
	for _, leaf := range leaves("", w.example.Expected) {
		if !slices.ContainsFunc(seen, func(path string) bool { return within(leaf, path) }) {
			out = append(out, "expected."+leaf+" is neither compared nor said not to be")
		}
	}
	return out
}

// compared makes every comparison and gives what is wrong, and the paths in
// expected that were compared.
func (w *world) compared() (out, seen []string) {
	for _, one := range w.mapping.Compare {
		err := each(one, w.names, func(item any, from names) error {
			for _, read := range []string{"plan", "inputs"} { // what loops run over, but nothing else of a comparison
				delete(from, read)
			}
			more, paths, err := w.compare(item.(map[string]any), from)
			out, seen = append(out, more...), append(seen, paths...)
			return err
		})
		if err != nil {
			out = append(out, err.Error())
		}
	}
	return out, seen
}

// blind lists the numbers in expected that could be others without a comparison
// failing.
func (w *world) blind() (out []string) {
	expected := w.example.Expected
	defer func() { w.example.Expected = expected }()
	for _, leaf := range leaves("", expected) {
		said := false
		for path := range w.mapping.NotCompared {
			said = said || within(leaf, path)
		}
		if said {
			continue
		}
		w.example.Expected = otherwise(expected, steps(leaf), 3*w.example.Tolerance).(map[string]any)
		if wrong, _ := w.compared(); len(wrong) == 0 {
			out = append(out, "expected."+leaf+" could be another number")
		}
	}
	return out
}

// otherwise gives a value in which the number at a path is another.
func otherwise(value any, path []string, by float64) any {
	switch v := value.(type) {
	case map[string]any:
		out := maps.Clone(v)
		out[path[0]] = otherwise(v[path[0]], path[1:], by)
		return out
	case []any:
		out := slices.Clone(v)
		i, _ := strconv.Atoi(path[0])
		out[i] = otherwise(v[i], path[1:], by)
		return out
	case float64:
		return v + by
	}
	return fmt.Sprint("not ", value)
}

// uncredited lists transactions that could not be credited cleanly.
func (w *world) uncredited() (out []string) {
	data, err := w.query("{ creditingExceptions { nodes { code detail transaction { externalId } } } }", nil)
	if err != nil {
		return []string{err.Error()}
	}
	for _, e := range at(data, "creditingExceptions", "nodes").([]any) {
		out = append(out, fmt.Sprintf("not credited: %v", e))
	}
	return out
}

// compare makes one comparison: "of" names payee, component and period; "same"
// lists expressions that must give the same; each other field is a path in
// expected with the expression that must give what stands there, or, where
// "differs" is true, must not.
func (w *world) compare(item map[string]any, from names) (problems, paths []string, err error) {
	of, err := fillMap(map[string]any{"of": item["of"]}, from)
	if err != nil {
		return nil, nil, err
	}
	earned, err := w.of(of["of"])
	if err != nil {
		return nil, nil, err
	}
	answered := w.answered(earned)
	fields := make([]string, 0, len(item))
	for field := range item {
		if field != "of" && field != "differs" && field != "same" {
			fields = append(fields, field)
		}
	}
	sort.Strings(fields)
	for _, field := range fields {
		path, problem, err := w.compareOne(field, fmt.Sprint(item[field]), item["differs"] == true, answered, from)
		if err != nil {
			return problems, paths, err
		}
		paths = append(paths, path)
		if problem != "" {
			problems = append(problems, problem)
		}
	}
	more, err := w.same(item["same"], answered, from)
	return append(problems, more...), paths, err
}

func (w *world) compareOne(field, expression string, differs bool, answered, from names) (path, problem string, err error) {
	if path, err = text(field, from); err != nil {
		return "", "", err
	}
	if expression, err = text(expression, from); err != nil {
		return path, "", err
	}
	want, err := walk(w.example.Expected, path)
	if err != nil {
		return path, "", err
	}
	got, err := eval(expression, answered)
	if err != nil {
		return path, "", fmt.Errorf("expected.%s: %w", path, err)
	}
	if equal(got, want, w.example.Tolerance) == differs {
		problem = fmt.Sprintf("expected.%s is %v, we answer %v", path, want, got)
	}
	return path, problem, nil
}

// same compares what expressions give with each other.
func (w *world) same(list any, answered, from names) (problems []string, err error) {
	expressions, _ := list.([]any)
	var first any
	for i, expression := range expressions {
		filled, err := text(fmt.Sprint(expression), from)
		if err != nil {
			return nil, err
		}
		got, err := eval(filled, answered)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			first = got
		} else if !equal(got, first, 0) {
			problems = append(problems, fmt.Sprintf("%s gives %v, not %v", filled, got, first))
		}
	}
	return problems, nil
}

// of gives the earning that a comparison names; where it does not say, that of
// rep by the component "commission" in the year's January.
func (w *world) of(named any) (map[string]any, error) {
	what := []any{"rep", "commission", fmt.Sprintf("%d-01", w.mapping.Year)}
	if list, is := named.([]any); is {
		copy(what, list)
	} else if named == "nothing" {
		return nil, nil
	}
	return w.earning(fmt.Sprint(what[0]), fmt.Sprint(what[1]), fmt.Sprint(what[2]))
}

// equal compares numbers to a tolerance, and lists and objects by their parts.
func equal(got, want any, tolerance float64) bool {
	switch v := want.(type) {
	case float64:
		n, is := float(got)
		return is && math.Abs(n-v) <= tolerance+1e-12*math.Abs(v)
	case []any:
		list, is := got.([]any)
		if !is || len(list) != len(v) {
			return false
		}
		for i := range v {
			if !equal(list[i], v[i], tolerance) {
				return false
			}
		}
		return true
	case map[string]any:
		fields, is := got.(map[string]any)
		if !is || len(fields) != len(v) {
			return false
		}
		for name := range v {
			if !equal(fields[name], v[name], tolerance) {
				return false
			}
		}
		return true
	}
	return got == want
}

func float(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

// walk gives what stands at a path such as "a.b[0]".
func walk(value any, path string) (any, error) {
	for _, step := range steps(path) {
		switch v := value.(type) {
		case map[string]any:
			below, has := v[step]
			if !has {
				return nil, fmt.Errorf("there is no expected.%s", path)
			}
			value = below
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil, fmt.Errorf("there is no expected.%s", path)
			}
			value = v[i]
		default:
			return nil, fmt.Errorf("there is no expected.%s", path)
		}
	}
	return value, nil
}

func steps(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// leaves lists the paths of everything in a value that has no parts.
func leaves(path string, value any) (out []string) {
	switch v := value.(type) {
	case map[string]any:
		for name := range v {
			out = append(out, leaves(strings.TrimPrefix(path+"."+name, "."), v[name])...)
		}
	case []any:
		for i := range v {
			out = append(out, leaves(fmt.Sprintf("%s[%d]", path, i), v[i])...)
		}
	default:
		return []string{path}
	}
	return out
}

// within tells whether a leaf lies at a path or below it.
func within(leaf, path string) bool {
	a, b := steps(leaf), steps(path)
	return len(a) >= len(b) && slices.Equal(a[:len(b)], b)
}
