// Package docs runs what the documents say: every command, GraphQL document and
// answer in README.md, docs/ and examples/README.md.
package docs

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root leads to the tree from here.
const root = "../.."

var update = flag.Bool("update", false, "write what was answered into the documents; read the diff")

// page is a document, cut into blocks of code and what stands between them.
type page struct {
	name   string
	lines  []string
	blocks []*block
}

// block is a piece between fences. Its info says what it is: a language, and
// words that say how it is run.
type block struct {
	page     *page
	line     int // of the opening fence, from 1
	language string
	words    []string
	text     string
	answer   string // what is to stand here instead, with -update
}

// readPage reads a document by its path from the root.
func readPage(t *testing.T, name string) *page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	p := &page{name: name, lines: strings.Split(string(text), "\n")}
	var open *block
	from := 0
	for i, line := range p.lines {
		switch {
		case !strings.HasPrefix(line, "```"):
		case open == nil:
			open = &block{page: p, line: i + 1}
			open.language, line, _ = strings.Cut(strings.TrimPrefix(line, "```"), " ")
			open.words, from = strings.Fields(line), i+1
		default:
			open.text = strings.Join(p.lines[from:i], "\n")
			p.blocks, open = append(p.blocks, open), nil
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", name, open.line)
	}
	return p
}

// word gives what follows a word of the info, such as "emil" of "as:emil".
func (b *block) word(name string) (value string, given bool) {
	for _, word := range b.words {
		if value, given = strings.CutPrefix(word, name); given {
			return strings.TrimPrefix(value, ":"), true
		}
	}
	return "", false
}

// answers tells whether the block is the answer to the one before it.
func (b *block) answers() bool {
	_, variables := b.word("variables")
	return (b.language == "json" && !variables) || b.language == "text"
}

// save writes the answers into the document.
func (p *page) save(t *testing.T) {
	t.Helper()
	lines := p.lines
	for _, b := range slices.Backward(p.blocks) {
		if b.answer == "" || b.answer == b.text {
			continue
		}
		after := lines[b.line+strings.Count(b.text, "\n")+1:]
		if b.text == "" && lines[b.line] == "```" {
			after = lines[b.line:]
		}
		lines = append(append(append([]string{}, lines[:b.line]...), strings.Split(b.answer, "\n")...), after...)
	}
	if err := os.WriteFile(filepath.Join(root, p.name), []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
