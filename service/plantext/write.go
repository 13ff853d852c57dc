package plantext

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLine is how long a row may be that is written on one line.
const maxLine = 110

// write gives the canonical text of a mapping: one field a line, items set in
// by two, rows of scalars in braces where they fit on a line.
func write(n *node) string {
	var b strings.Builder
	writeFields(&b, n, "")
	return b.String()
}

func writeFields(b *strings.Builder, n *node, indent string) {
	for _, f := range n.fields {
		b.WriteString(indent + word(f.name) + ":")
		writeValue(b, f.value, indent)
	}
}

// writeValue writes what stands after a colon, with the line's end.
func writeValue(b *strings.Builder, n *node, indent string) {
	switch {
	case n.kind == mapping && len(n.fields) > 0:
		b.WriteString("\n")
		writeFields(b, n, indent+"  ")
	case n.kind == list:
		writeList(b, n, indent)
	case block(n):
		b.WriteString(" |-\n")
		for line := range strings.SplitSeq(n.text, "\n") {
			if line != "" {
				b.WriteString(indent + "  " + line)
			}
			b.WriteString("\n")
		}
	default:
		b.WriteString(" " + rowOf(n) + "\n")
	}
}

func writeList(b *strings.Builder, n *node, indent string) {
	if row := rowOf(n); n.flatItems() && len(indent)+len(row) <= maxLine {
		b.WriteString(" " + row + "\n")
		return
	}
	b.WriteString("\n")
	for _, item := range n.items {
		b.WriteString(indent + "  - ")
		if row := rowOf(item); item.kind != mapping || onOneLine(item) && len(indent)+len(row) <= maxLine {
			b.WriteString(row + "\n")
			continue
		}
		var own strings.Builder
		writeFields(&own, item, indent+"    ")
		b.WriteString(strings.TrimPrefix(own.String(), indent+"    "))
	}
}

// flatItems tells whether a list has scalars only.
func (n *node) flatItems() bool {
	return !slices.ContainsFunc(n.items, func(item *node) bool { return item.kind != scalar })
}

// onOneLine tells whether an item is a row: of scalars and of lists of rows, and
// with no key of its own by which one looks for it.
func onOneLine(n *node) bool {
	return !slices.ContainsFunc(n.fields, func(f field) bool {
		rows := f.value.kind == list && !slices.ContainsFunc(f.value.items, func(item *node) bool { return item.kind == list || !onOneLine(item) })
		return f.name == "key" || block(f.value) || f.value.kind != scalar && !rows
	})
}

// rowOf writes a node on one line.
func rowOf(n *node) string {
	var parts []string
	switch n.kind {
	case mapping:
		for _, f := range n.fields {
			parts = append(parts, word(f.name)+": "+rowOf(f.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case list:
		for _, item := range n.items {
			parts = append(parts, rowOf(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return quoted(n)
}

func quoted(n *node) string {
	if n.plain {
		return n.text
	}
	return word(n.text)
}

var (
	plainWord = regexp.MustCompile(`^(\pL[\pL\pN _./()+%-]*|\d{4}-(\d\d|[A-Z]\d+))$`) // the latter: a period, such as 2026-Q1
	reserved  = []string{"true", "false", "null", "yes", "no", "on", "off", "y", "n"}
)

// word writes a text bare where every reader of YAML takes it for that text,
// otherwise in quotes: single ones, unless it has what only double ones can say.
func word(text string) string {
	switch {
	case plainWord.MatchString(text) && !strings.HasSuffix(text, " ") && !slices.Contains(reserved, strings.ToLower(text)):
		return text
	case strings.IndexFunc(text, func(r rune) bool { return !printable(r) }) < 0:
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return doubleQuoted(text)
}

func printable(r rune) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) && r != utf8.RuneError && r != '\uFEFF'
}

func doubleQuoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case printable(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			b.WriteString(`\U` + hex(r, 8))
		default:
			b.WriteString(`\u` + hex(r, 4))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hex(r rune, digits int) string {
	text := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", digits-len(text)) + text
}

// block tells whether a text of several lines is written as lines: as it is,
// with nothing at its ends that a reader would drop.
func block(n *node) bool {
	if n.kind != scalar || !strings.Contains(n.text, "\n") {
		return false
	}
	for line := range strings.SplitSeq(n.text, "\n") {
		if strings.TrimSpace(line) != line && strings.TrimRight(line, " ") != line || strings.IndexFunc(line, func(r rune) bool { return !printable(r) }) >= 0 {
			return false
		}
	}
	return strings.TrimSpace(n.text) == n.text
}
