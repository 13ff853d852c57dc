package document

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/shopspring/decimal"

	"spm/model"
)

func usd(text string) model.Money {
	return model.Money{Amount: decimal.RequireFromString(text), Currency: "USD"}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{Amount(usd("0")), "0.00"},
		{Amount(usd("-0.5")), "\u22120.50"},
		{Amount(usd("999.99")), "999.99"},
		{Amount(usd("-1234567.8")), "\u22121,234,567.80"},
		{Amount(model.Money{Amount: decimal.RequireFromString("123456"), Currency: "JPY"}), "123,456"},
		{Money(usd("1000")), "USD\u00a01,000.00"},
		{Number(decimal.RequireFromString("48250")), "48,250"},
		{Number(decimal.RequireFromString("12345.5")), "12,345.50"},
		{Percent(decimal.RequireFromString("1.32133")), "132.13%"},
		{Percent(decimal.RequireFromString("-0.5")), "\u221250%"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	day := func(text string) model.Date {
		d, err := model.ParseDate(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range [][3]string{
		{"2026-01-01", "2026-01-31", "1 to 31 January 2026"}, {"2026-01-01", "2026-03-31", "1 January to 31 March 2026"},
		{"2025-12-29", "2026-01-25", "29 December 2025 to 25 January 2026"}, {"2026-01-05", "2026-01-05", "5 January 2026"},
	} {
		if got := Days(day(c[0]), day(c[1])); got != c[2] {
			t.Errorf("got %q, want %q", got, c[2])
		}
	}
}

// awkward is a statement whose texts look like markup, are long, or are of letters
// that fonts lack; its list has so many rows.
func awkward(rows int) *Statement {
	s := &Statement{
		Company: "Black & White <b>Ltd</b>", Payee: `<script>alert("1")</script>`, Period: "2026-02", Days: "1 to 28 February 2026", State: State{Text: "Paid", Final: true},
		Headline: "Payable", Amounts: []string{"USD 1,000.00", "EUR 2.00"}, Notes: []string{strings.Repeat("a long note ", 30)},
		Facts:    []Fact{{"Number", "E'1\"><img src=x>"}, {"Pay date", "28 February 2026"}},
		Answer:   "Contested: \u0410\u043b\u043b\u0430, \u0395\u03bb\u03ad\u03bd\u03b7, \u738b\u82b3 \U0001f600, Lu\u0308tke\u0001",
		Colophon: []Fact{{"Fingerprint", strings.Repeat("0123456789abcdef", 4)}}, Made: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
	}
	list := Table{
		Heading: "Entries", Note: "In their order.", Columns: []Column{{"What", false}, {"Waits for whom", false}, {"Amount, USD", true}},
		Totals: []Row{{Cells: []string{"Total", "", "1.00"}}}, More: "And 12 more.",
	}
	for range rows {
		list.Rows = append(list.Rows, Row{Cells: []string{"A deal of some name", "until it is paid", "\u22121.00"}, Small: "Deal D"})
	}
	list.Rows = append(list.Rows, Row{Cells: []string{strings.Repeat("unbroken", 60), strings.Repeat("many words ", 60), "1.00"}, Small: strings.Repeat("and more ", 40), Aside: true})
	s.Tables = []Table{list, {Heading: "Another", Columns: []Column{{"What", false}, {"Amount", true}}, Rows: []Row{{Cells: []string{"{pages} of it", "1.00"}}}}}
	return s
}

func TestPageEscapes(t *testing.T) {
	page, err := Page(awkward(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, forbidden := range []string{"<script", "<img", "<b>", "http://", "https://", "url(", "@import", "src="} {
		if strings.Contains(strings.ReplaceAll(page, "src=x&gt;", ""), forbidden) {
			t.Errorf("the page has %q", forbidden)
		}
	}
	for _, want := range []string{`<html lang="en">`, "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;", "Black &amp; White &lt;b&gt;Ltd&lt;/b&gt;", `<th scope="col"`, `<th scope="row"`, "@page { size: A4;", "default-src 'none'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	level := 0
	for _, heading := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
		next := int(heading[1][0] - '0')
		if next > level+1 {
			t.Errorf("a heading of level %d follows one of %d", next, level)
		}
		level = next
	}
}

func TestPDFSaysWhatThePageSays(t *testing.T) {
	s := awkward(3)
	raw, err := PDF(s)
	if err != nil {
		t.Fatal(err)
	}
	pages := textOf(t, raw)
	text := squeezed(strings.Join(pages, ""))
	page, _ := Page(s)
	page = squeezed(page)
	for _, table := range s.Tables {
		for _, r := range append(table.Rows, table.Totals...) {
			for _, cell := range append(r.Cells, r.Small, table.Heading, table.Note, table.More) {
				if !strings.Contains(text, squeezed(legible(cell))) {
					t.Errorf("the PDF lacks %q", cell)
				}
				if !strings.Contains(page, squeezed(cell)) {
					t.Errorf("the page lacks %q", cell)
				}
			}
		}
	}
	for _, want := range []string{s.Company, s.Payee, s.Period, s.Days, s.State.Text, s.Headline, s.Amounts[0], s.Amounts[1], s.Notes[0], s.Facts[0].Value, "\u0410\u043b\u043b\u0430, \u0395\u03bb\u03ad\u03bd\u03b7, \ufffd\ufffd \ufffd, L\u00fctke", s.Colophon[0].Value} {
		if !strings.Contains(text, squeezed(want)) {
			t.Errorf("the PDF lacks %q", want)
		}
	}
}

func TestPDFGoesOnOverPages(t *testing.T) {
	raw, err := PDF(awkward(2000))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(raw, []byte("%PDF-1.")) || !bytes.HasSuffix(bytes.TrimSpace(raw), []byte("%%EOF")) {
		t.Error("no PDF")
	}
	pages := textOf(t, raw)
	if n := bytes.Count(raw, []byte("/Type /Page\n")); n != len(pages) || n < 40 {
		t.Errorf("%d pages, of which %d have text", n, len(pages))
	}
	total := 0
	for i, text := range pages {
		text = squeezed(text)
		last := squeezed("Page " + decimal.NewFromInt(int64(i+1)).String() + " of " + decimal.NewFromInt(int64(len(pages))).String())
		if !strings.Contains(text, last) {
			t.Errorf("page %d lacks its number", i+1)
		}
		if n := strings.Count(text, "Adealofsomename"); n > 0 {
			total += n
			if !strings.Contains(text, squeezed("What"+"Waits for whom"+"Amount, USD")) {
				t.Errorf("page %d lacks the head of the list", i+1)
			}
		}
	}
	if total != 2000 {
		t.Errorf("%d of 2000 rows", total)
	}
	again, _ := PDF(awkward(2000))
	if !bytes.Equal(raw, again) {
		t.Error("the same statement gave other bytes")
	}
	if !bytes.Contains(raw, []byte("/CreationDate (D:20260301120000")) || !bytes.Contains(raw, []byte("/MediaBox [0 0 595.28 841.89]")) {
		t.Error("not of its day, or not A4")
	}
	if dir := os.Getenv("SPM_STATEMENTS"); dir != "" {
		_ = os.WriteFile(dir+"/awkward.pdf", raw, 0o600)
	}
}

func TestPDFOfATallRow(t *testing.T) {
	s := awkward(1)
	s.Tables[0].Rows[0].Cells[1] = strings.Repeat("word ", 3000)
	raw, err := PDF(s)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(squeezed(strings.Join(textOf(t, raw), "")), "word"); n != 3000+60 {
		t.Errorf("%d of 3060 words", n)
	}
}

func TestLettersAreInTheFonts(t *testing.T) {
	for _, r := range "AZaz09\u2212\u20ac\u00df\u0141\u1ea0\u0416\u03a9\u2026\u201c\ufffd" {
		if !drawn(r) {
			t.Errorf("%q is not drawn", r)
		}
	}
	if drawn('\u738b') || drawn('\u0905') {
		t.Error("letters are drawn that the fonts have not")
	}
}

func BenchmarkPDF(b *testing.B) {
	s := awkward(40)
	for b.Loop() {
		if _, err := PDF(s); err != nil {
			b.Fatal(err)
		}
	}
}

// squeezed takes out all space, as lines are broken elsewhere, and HTML's
// references.
func squeezed(text string) string {
	text = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&#34;", `"`, "&#39;", "'").Replace(text)
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r < ' ' {
			return -1
		}
		return r
	}, text)
}

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	shown   = regexp.MustCompile(`(?s)\(((?:\\.|[^\\()])*)\) ?Tj`)
)

// textOf reads the texts of a PDF's pages, in the order in which they were written.
func textOf(t *testing.T, raw []byte) []string {
	t.Helper()
	var pages []string
	for _, stream := range streams.FindAllSubmatch(raw, -1) {
		inflated, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue // not compressed: no page
		}
		content, err := io.ReadAll(inflated)
		if err != nil || !bytes.Contains(content, []byte("Tj")) {
			continue
		}
		var text strings.Builder
		for _, show := range shown.FindAllSubmatch(content, -1) {
			text.WriteString(utf16Of(show[1]))
		}
		if text.Len() > 0 && bytes.Contains(content, []byte("BT ")) {
			pages = append(pages, text.String())
		}
	}
	return pages
}

// utf16Of reads the text of a string of a PDF.
func utf16Of(escaped []byte) string {
	var plain []byte
	for i := 0; i < len(escaped); i++ {
		b := escaped[i]
		if b == '\\' {
			i++
			b = escaped[i]
			if b == 'r' {
				b = '\r'
			}
		}
		plain = append(plain, b)
	}
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}
