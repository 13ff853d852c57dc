package plantext

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"spm/model"
)

// The bounds of a text.
const (
	MaxText   = 256 << 10 // bytes
	maxTokens = 60_000
	maxDepth  = 20 // levels
	maxIndent = 80 // columns
)

// at is where errors of a text stand, and lineParam the parameter with the line;
// an expression's own line is another.
const (
	at        = "input.text"
	lineParam = "textLine"
)

// read makes nodes of a text. What it refuses it names with its line.
func read(text string) (root *node, errs model.UserErrors) {
	if errs := acceptable(text); errs != nil {
		return nil, errs
	}
	defer func() {
		if fault := recover(); fault != nil { // of the parser, on a text that nobody has tried
			root, errs = nil, model.Refuse(model.UserInvalid, at, "this is no YAML that can be read")
		}
	}()
	tokens := lexer.Tokenize(text)
	if errs := bounded(tokens); errs != nil {
		return nil, errs
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, unreadable(err)
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) != 1 {
		return nil, model.Refuse(model.UserInvalid, at, "a text has one document with one plan version")
	}
	b := builder{}
	root = b.node(bodies[0])
	if root.kind != mapping {
		b.refuse(root.line, model.UserInvalid, "a plan version is a mapping: plan, startDate, components ...")
	}
	return root, b.errs
}

// acceptable refuses what is too long, or is no text.
func acceptable(text string) model.UserErrors {
	switch {
	case len(text) > MaxText:
		return model.Refuse(model.UserTooLong, at, "a text has at most %d bytes", MaxText)
	case strings.TrimSpace(text) == "":
		return model.Refuse(model.UserRequired, at, "this is needed")
	case !utf8.ValidString(text):
		return model.Refuse(model.UserInvalid, at, "this is not UTF-8")
	}
	odd := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' })
	if odd >= 0 {
		errs := model.Refuse(model.UserInvalid, at, "there is a control character in it")
		errs.With(lineParam, fmt.Sprint(1+strings.Count(text[:odd], "\n")))
		return errs
	}
	return nil
}

// refusedTokens are what makes a text mean more than it says.
var refusedTokens = map[token.Type]string{
	token.AnchorType: "an anchor", token.AliasType: "an alias", token.TagType: "a tag", token.MergeKeyType: "a merge key",
	token.DirectiveType: "a directive", token.MappingKeyType: "a key in several lines",
}

// bounded refuses texts of too many parts, or too deep, before a tree is built.
func bounded(tokens token.Tokens) model.UserErrors {
	if len(tokens) > maxTokens {
		return model.Refuse(model.UserTooMany, at, "a text has at most %d parts", maxTokens)
	}
	b, flow, line, dashes := builder{}, 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			line, dashes = t.Position.Line, 0
			if flow == 0 && t.Position.Column > maxIndent {
				b.refuse(line, model.UserInvalid, "this is nested too deeply")
				return b.errs
			}
		}
		if what := refusedTokens[t.Type]; what != "" {
			b.refuse(line, model.UserInvalid, "%s is not taken here: write out what it stands for", what)
			return b.errs
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType:
			dashes++
		case token.InvalidType:
			b.refuse(line, model.UserInvalid, "this is no YAML: %s", t.Error)
			return b.errs
		}
		if flow > maxDepth || dashes > maxDepth {
			b.refuse(line, model.UserInvalid, "this is nested too deeply")
			return b.errs
		}
	}
	return nil
}

// unreadable tells what the parser did not understand, and where.
func unreadable(err error) model.UserErrors {
	b, message, line := builder{}, "it cannot be read", 0
	if told, is := errors.AsType[yaml.Error](err); is {
		message = told.GetMessage()
		if t := told.GetToken(); t != nil {
			line = t.Position.Line
		}
	}
	b.refuse(line, model.UserInvalid, "this is no YAML: %s", message)
	return b.errs
}

// builder makes nodes of a syntax tree.
type builder struct {
	errs  model.UserErrors
	depth int
}

func (b *builder) refuse(line int, code model.UserErrorCode, format string, args ...any) {
	b.errs.Add(code, at, format, args...)
	if line > 0 {
		b.errs.With(lineParam, fmt.Sprint(line))
	}
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}

func (b *builder) node(n ast.Node) *node {
	out := &node{line: lineOf(n)}
	if b.depth++; b.depth > maxDepth {
		b.refuse(out.line, model.UserInvalid, "this is nested too deeply")
		return out
	}
	defer func() { b.depth-- }()
	switch n := n.(type) {
	case *ast.MappingNode:
		out.kind = mapping
		for _, pair := range n.Values {
			b.field(out, pair)
		}
	case *ast.MappingValueNode:
		out.kind = mapping
		b.field(out, n)
	case *ast.SequenceNode:
		out.kind = list
		for _, item := range n.Values {
			out.items = append(out.items, b.node(item))
		}
	case *ast.NullNode:
		out.kind = null
	case *ast.StringNode:
		out.text = n.Value
	case *ast.LiteralNode:
		out.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.text, out.plain = n.GetToken().Value, true
	default:
		b.refuse(out.line, model.UserInvalid, "a %s is not taken here", n.Type())
	}
	return out
}

func (b *builder) field(into *node, pair *ast.MappingValueNode) {
	key, is := pair.Key.(ast.Node)
	if !is || key.GetToken() == nil {
		b.refuse(lineOf(pair), model.UserInvalid, "a key is a word")
		return
	}
	name, line := key.GetToken().Value, lineOf(key)
	if into.line == 0 || line < into.line {
		into.line = line
	}
	into.fields = append(into.fields, field{name: name, line: line, value: b.node(pair.Value)})
}
