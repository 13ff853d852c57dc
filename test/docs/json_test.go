package docs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// decode reads JSON into object, []any and plain values.
func decode(text string) (any, error) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return decodeNext(d)
}

func decodeNext(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		out := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeNext(d)
			if err != nil {
				return nil, err
			}
			out = append(out, member{name.(string), value})
		}
		_, err := d.Token()
		return out, err
	case json.Delim('['):
		out := []any{}
		for d.More() {
			value, err := decodeNext(d)
			if err != nil {
				return nil, err
			}
			out = append(out, value)
		}
		_, err := d.Token()
		return out, err
	}
	return token, nil
}

const width = 110

// write formats JSON for a reader: on one line where it fits.
func write(value any, indent int) string {
	flat := writeFlat(value)
	if len(flat)+indent <= width {
		return flat
	}
	inner := strings.Repeat(" ", indent+2)
	var parts []string
	open, end := "[", "]"
	switch v := value.(type) {
	case object:
		open, end = "{", "}"
		for _, m := range v {
			label := quote(m.name) + ": "
			parts = append(parts, label+write(m.value, indent+2))
		}
	case []any:
		for _, item := range v {
			parts = append(parts, write(item, indent+2))
		}
	default:
		return flat
	}
	return open + "\n" + inner + strings.Join(parts, ",\n"+inner) + "\n" + strings.Repeat(" ", indent) + end
}

func writeFlat(value any) string {
	var parts []string
	switch v := value.(type) {
	case object:
		for _, m := range v {
			parts = append(parts, quote(m.name)+": "+writeFlat(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, writeFlat(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return quote(value)
}

func quote(value any) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(value)
	return strings.TrimSpace(out.String())
}

// volatile are the names of members whose values differ from run to run.
var volatile = regexp.MustCompile(`^(sequence|calculatedThrough|cursor|startCursor|endCursor|requestId|at|.*At)$`)

var (
	globalID = regexp.MustCompile(`^([a-z]+_)[0-9a-z]{13,}$`)
	anything = "..."
)

// hide writes "..." for what differs from run to run.
func hide(name string, value any) any {
	switch v := value.(type) {
	case object:
		out := object{}
		for _, m := range v {
			out = append(out, member{m.name, hide(m.name, m.value)})
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			out = append(out, hide(name, item))
		}
		return out
	case string:
		if parts := globalID.FindStringSubmatch(v); parts != nil {
			return parts[1] + anything
		}
		if volatile.MatchString(name) {
			return anything
		}
	}
	return value
}

// ids keeps what "payee_..." and the like stood for last.
type ids map[string]string

// compare says where an answer differs from what a document says. A text that
// ends with "..." there stands for all that begin so.
func (known ids) compare(want, got any) error {
	differs := fmt.Errorf("answered %s, the document says %s", writeFlat(got), writeFlat(want))
	switch w := want.(type) {
	case object:
		g, is := got.(object)
		if !is || len(g) != len(w) {
			return differs
		}
		for i, m := range w {
			if g[i].name != m.name {
				return differs
			}
			if err := known.compare(m.value, g[i].value); err != nil {
				return fmt.Errorf("%s: %w", m.name, err)
			}
		}
	case []any:
		g, is := got.([]any)
		if !is || len(g) != len(w) {
			return differs
		}
		for i := range w {
			if err := known.compare(w[i], g[i]); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	case string:
		g, is := got.(string)
		if prefix, open := strings.CutSuffix(w, anything); is && open && strings.HasPrefix(g, prefix) {
			known[w] = g
			return nil
		}
		if got != want {
			return differs
		}
	default:
		if got != want {
			return differs
		}
	}
	return nil
}

// fill puts what "payee_..." stood for last into variables.
func (known ids) fill(text string) string {
	for placeholder, id := range known {
		if placeholder != anything {
			text = strings.ReplaceAll(text, quote(placeholder), quote(id))
		}
	}
	return text
}
