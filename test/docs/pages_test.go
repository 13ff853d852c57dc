package docs

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPages does what the documents say, in their order, against the demo.
//
//	sh                  a script that succeeds; what it exports stays
//	sh background       one that goes on beside what follows; its output is awaited at a block `text background`
//	sh demo             starts the demo
//	sh npm              a script that needs npm: run by make conformance, which says so by CONFORMANCE
//	sh elsewhere:WHERE  not run by this test; elsewhere says by whom
//	graphql as:SUBJECT  a document sent by a user of the demo; `none` sends no token
//	json variables      its variables, which stand after it
//	json, text          the answer to the block before; "..." stands for any rest
//	LANGUAGE from:PATH  a part of a file that a test runs
func TestPages(t *testing.T) {
	m := newMachine(t)
	m.startDemo(t)
	for _, name := range []string{"README.md", "docs/api.md", "examples/README.md"} {
		t.Run(name, func(t *testing.T) { m.read(t, readPage(t, name)) })
	}
}

// elsewhere is who runs what these tests do not.
var elsewhere = map[string]string{
	"ci": ".ci/run: it is all tests, this one among them",
}

// visit is one reading of a page.
type visit struct {
	*machine
	page       *page
	known      ids
	state      string // a file with what scripts have exported
	tokens     map[string]string
	said       string // the last answer
	left       bool   // the last script was left to others
	background *process
}

func (m *machine) read(t *testing.T, p *page) {
	t.Helper()
	v := &visit{machine: m, page: p, known: ids{}, state: filepath.Join(t.TempDir(), "state"), tokens: map[string]string{}}
	if err := os.WriteFile(v.state, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if v.background != nil {
			v.background.end()
		}
	}()
	for i, b := range p.blocks {
		variables := ""
		if i+1 < len(p.blocks) {
			if _, are := p.blocks[i+1].word("variables"); are {
				variables = p.blocks[i+1].text
			}
		}
		v.block(t, b, variables)
	}
	if *update {
		p.save(t)
	}
}

// block does what one block says.
func (v *visit) block(t *testing.T, b *block, variables string) {
	t.Helper()
	at := v.page.name + ":" + strconv.Itoa(b.line)
	if where, given := b.word("elsewhere"); given && elsewhere[where] == "" {
		t.Errorf("%s: nobody is known who runs it", at)
	}
	if !b.answers() {
		_, npm := b.word("npm")
		_, others := b.word("elsewhere")
		v.left = others || npm && os.Getenv("CONFORMANCE") == ""
	}
	if v.left {
		return
	}
	if source, given := b.word("from"); given {
		text, err := os.ReadFile(filepath.Join(root, source))
		if err != nil || !strings.Contains(squeeze(string(text)), squeeze(b.text)) {
			t.Errorf("%s: this is not a part of %s (%v)", at, source, err)
		}
		return
	}
	switch _, vars := b.word("variables"); {
	case vars:
	case b.answers():
		v.answered(t, at, b)
	case b.language == "sh":
		v.shell(t, at, b)
	case b.language == "graphql":
		v.document(t, at, b, variables)
	default:
		t.Errorf("%s: nothing is known of blocks of %q", at, b.language)
	}
}

// squeeze leaves indentation out, which a quotation may not share.
func squeeze(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}

func (v *visit) shell(t *testing.T, at string, b *block) {
	t.Helper()
	if _, is := b.word("demo"); is {
		if strings.TrimSpace(b.text) != "go run . demo" {
			t.Errorf("%s: this is not how the demo is started", at)
		}
		return
	}
	cmd := v.command(t, ". "+v.state+"\n"+v.here(b.text)+"\nexport -p >"+v.state)
	if _, is := b.word("background"); is {
		v.background = follow(t, cmd)
		return
	}
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s\n%s", at, err, out, problems.String())
	}
	v.said = v.there(strings.TrimSpace(string(out)))
}

// document sends a GraphQL document.
func (v *visit) document(t *testing.T, at string, b *block, variables string) {
	t.Helper()
	if variables == "" {
		variables = "{}"
	}
	body, err := json.Marshal(map[string]any{"query": b.text, "variables": json.RawMessage(v.known.fill(variables))})
	if err != nil {
		t.Fatalf("%s: the variables are no JSON: %v", at, err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.base+"/graphql", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	subject, given := b.word("as")
	switch {
	case !given:
		t.Fatalf("%s: nobody is named who sends it", at)
	case subject != "none":
		req.Header.Set("Authorization", "Bearer "+v.token(t, subject))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	v.said = string(text)
	if _, mayFail := b.word("fails"); !mayFail && strings.HasPrefix(v.said, `{"errors":`) {
		t.Errorf("%s: answered %s", at, v.said)
	}
}

func (v *visit) token(t *testing.T, subject string) string {
	t.Helper()
	if v.tokens[subject] == "" {
		out, err := v.command(t, "spm token --tenant demo --subject "+subject).Output()
		if err != nil {
			t.Fatalf("a token for %s: %v", subject, err)
		}
		v.tokens[subject] = strings.TrimSpace(string(out))
	}
	return v.tokens[subject]
}

// answered compares the last answer with what the document says of it.
func (v *visit) answered(t *testing.T, at string, b *block) {
	t.Helper()
	if _, is := b.word("background"); is {
		if v.background == nil {
			t.Fatalf("%s: nothing goes on", at)
		}
		said := v.background.await(t, regexp.MustCompile("(?s)"+pattern(b.text)))
		if at := regexp.MustCompile(`"url":"(.*)/graphql"`).FindStringSubmatch(said[0]); at != nil {
			v.base = at[1] // what goes on is a server
		}
		return
	}
	if b.language == "text" {
		v.said = costText.ReplaceAllString(v.said, "")
		if !regexp.MustCompile("(?s)^" + pattern(b.text) + "$").MatchString(v.said) {
			wrong(t, b, v.said, "%s: printed\n%s\nthe document says\n%s", at, v.said, b.text)
		}
		return
	}
	got, err := decode(v.said)
	if err != nil {
		t.Errorf("%s: answered %s", at, v.said)
		return
	}
	got = withoutCost(got)
	want, err := decode(b.text)
	if err == nil {
		err = v.known.compare(want, got)
	}
	if err != nil {
		b.answer = write(hide("", got), 0)
		wrong(t, b, b.answer, "%s: %v", at, err)
		want, _ = decode(b.answer)
		_ = v.known.compare(want, got) // for the ids
	}
}

// costText is what an answer says of its cost, in the text that a program prints.
var costText = regexp.MustCompile(`,"extensions":\{"cost":\{[^}]*\}\}`)

// withoutCost leaves out what every answer says of its cost, and no document repeats.
func withoutCost(answer any) any {
	members, is := answer.(object)
	if !is {
		return answer
	}
	var out object
	for _, m := range members {
		if extensions, is := m.value.(object); is && m.name == "extensions" {
			m.value = slices.DeleteFunc(extensions, func(e member) bool { return e.name == "cost" })
			if len(m.value.(object)) == 0 {
				continue
			}
		}
		out = append(out, m)
	}
	return out
}

// wrong reports an answer that differs, or takes it over with -update.
func wrong(t *testing.T, b *block, answer, format string, args ...any) {
	t.Helper()
	if *update {
		b.answer = answer
		return
	}
	t.Errorf(format, args...)
}

// pattern is an expression for a text in which "..." stands for anything.
func pattern(text string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(text), `\.\.\.`, ".*")
}
