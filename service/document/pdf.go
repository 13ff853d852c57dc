package document

import (
	"bytes"
	"embed"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"
)

//go:embed fonts/*.ttf
var fonts embed.FS

// Lengths on the pages, in millimetres, and sizes of letters, in points.
const (
	edge        = 18.0 // left and right
	top         = 16.0
	bottom      = 20.0 // of which the page's number takes a part
	wide        = 210 - 2*edge
	figureWidth = 29.0 // of a column of figures
	textWidth   = 64.0 // of a column of text after the first
	gap         = 3.0  // between columns
	bodySize    = 9.0
	smallSize   = 7.5
	leading     = 1.38 // of a line to its letters
	millimetres = 25.4 / 72
	family      = "Noto Sans"
)

// pages stands for how many pages there are until that is known: a text that
// nobody can write, since legible leaves no such characters.
const pages = "\x01\x02\x03\x04"

// colour is red, green and blue.
type colour [3]int

var (
	ink  = colour{27, 36, 48}
	soft = colour{86, 97, 111}
	line = colour{217, 222, 229}
	mark = colour{31, 78, 121}
	tint = colour{243, 247, 251}
)

// sheet is a PDF while it is written.
type sheet struct {
	*fpdf.Fpdf

	s    *Statement
	head func() // what a new page begins with below the running head; nil: nothing
}

// PDF writes the statement as a PDF of A4 pages. Equal statements give equal
// bytes.
func PDF(s *Statement) ([]byte, error) {
	p := &sheet{Fpdf: fpdf.New("P", "mm", "A4", ""), s: s}
	p.SetCatalogSort(true)
	p.SetCreationDate(s.Made)
	p.SetModificationDate(s.Made)
	p.SetProducer("spm", true)
	p.SetTitle(s.Title(), true)
	p.SetAuthor(s.Company, true)
	p.SetLang("en")
	for style, file := range map[string]string{"": "NotoSans-Regular.ttf", "B": "NotoSans-Bold.ttf"} {
		letters, err := fonts.ReadFile("fonts/" + file)
		if err != nil {
			return nil, err
		}
		p.AddUTF8FontFromBytes(family, style, letters)
	}
	p.SetMargins(edge, top, edge)
	p.SetAutoPageBreak(false, bottom)
	p.AliasNbPages(pages)
	p.SetHeaderFunc(p.running)
	p.SetFooterFunc(p.number)
	p.AddPage()
	p.front()
	for i := range s.Tables {
		p.table(&s.Tables[i])
	}
	if s.Answer != "" {
		p.heading("The payee\u2019s answer", "", 12)
		p.paragraph(s.Answer, "", bodySize, ink)
	}
	p.colophon()
	var out bytes.Buffer
	err := p.Output(&out)
	return out.Bytes(), err
}

// running is the head of the second page and those after it.
func (p *sheet) running() {
	if p.PageNo() == 1 {
		return
	}
	p.letters("", smallSize, soft)
	p.SetXY(edge, top-6)
	p.put(wide/2, p.fitted(p.s.Company, wide/2-gap), "L")
	p.put(wide/2, p.fitted(p.s.Payee+" \u00b7 "+p.s.Period, wide/2-gap), "R")
	p.rule(top-1, line, 0.2)
	p.SetXY(edge, top+3)
	if p.head != nil {
		p.head()
	}
}

// number is the foot of each page.
func (p *sheet) number() {
	p.letters("", smallSize, soft)
	p.SetXY(edge, 297-12)
	p.put(wide-30, p.s.State.Text, "L")
	page := p.PageNo()
	begin := "Page " + strconv.Itoa(page) + " of "
	width := p.GetStringWidth(begin + strconv.Itoa(page))
	p.SetX(210 - edge - width)
	p.Cell(width, smallSize*millimetres*leading, begin+pages)
}

// front is what stands above the tables.
func (p *sheet) front() {
	p.fill(mark)
	p.Rect(0, 0, 210, 3, "F")
	p.SetXY(edge, top)
	p.letters("B", 10, mark)
	p.put(wide, p.fitted(p.s.Company, wide), "L")
	p.Ln(9)
	p.paragraph(p.s.Payee, "B", 19, ink)
	p.Ln(0.5)
	p.paragraph("Statement for "+p.s.Period+", "+p.s.Days, "", 10, soft)
	p.paragraph(p.s.State.Text, "B", 10, soft)
	p.Ln(4)
	p.pay()
	p.facts()
}

// pay is the box with the headline figures.
func (p *sheet) pay() {
	const inset = 6.0
	p.letters("", bodySize, ink)
	notes := [][]string{}
	high := 2*4 + p.high(bodySize) + float64(len(p.s.Amounts))*p.high(23)
	for _, note := range p.s.Notes {
		lines := p.split(note, wide-2*inset)
		notes = append(notes, lines)
		high += 1 + float64(len(lines))*p.high(bodySize)
	}
	y := p.GetY()
	p.fill(tint)
	p.Rect(edge, y, wide, high, "F")
	p.fill(mark)
	p.Rect(edge, y, 1, high, "F")
	p.SetXY(edge+inset, y+4)
	p.letters("B", bodySize, soft)
	p.put(wide-2*inset, p.s.Headline, "L")
	p.SetXY(edge+inset, y+4+p.high(bodySize))
	for _, amount := range p.s.Amounts {
		p.letters("B", 23, ink)
		p.put(wide-2*inset, amount, "L")
		p.SetXY(edge+inset, p.GetY()+p.high(23))
	}
	p.letters("", bodySize, ink)
	for _, lines := range notes {
		p.SetY(p.GetY() + 1)
		for _, text := range lines {
			p.SetX(edge + inset)
			p.put(wide-2*inset, text, "L")
			p.SetY(p.GetY() + p.high(bodySize))
		}
	}
	p.SetXY(edge, y+high+5)
}

// facts stand in three columns.
func (p *sheet) facts() {
	const across = 3
	each := wide / across
	for begin := 0; begin < len(p.s.Facts); begin += across {
		y, high := p.GetY(), 0.0
		for i, fact := range p.s.Facts[begin:min(begin+across, len(p.s.Facts))] {
			x := edge + float64(i)*each
			p.SetXY(x, y)
			p.letters("", smallSize, soft)
			p.put(each-gap, fact.Name, "L")
			p.letters("", bodySize, ink)
			lines := p.split(fact.Value, each-gap)
			for n, text := range lines {
				p.SetXY(x, y+p.high(smallSize)+float64(n)*p.high(bodySize))
				p.put(each-gap, text, "L")
			}
			high = max(high, p.high(smallSize)+float64(len(lines))*p.high(bodySize))
		}
		p.SetXY(edge, y+high+2.5)
	}
}

// colophon ends the document.
func (p *sheet) colophon() {
	p.room(6 + float64(len(p.s.Colophon))*(p.high(smallSize)+4))
	p.SetY(p.GetY() + 6)
	p.rule(p.GetY(), line, 0.2)
	p.SetXY(edge, p.GetY()+3)
	for _, fact := range p.s.Colophon {
		p.paragraph(fact.Name+": "+fact.Value, "", smallSize, soft)
	}
}

// heading begins a part of the document, with room for so much more below it.
func (p *sheet) heading(text, about string, more float64) {
	p.room(6 + p.high(12) + p.high(smallSize) + more)
	p.SetY(p.GetY() + 6)
	p.paragraph(text, "B", 12, ink)
	if about != "" {
		p.paragraph(about, "", smallSize, soft)
	}
}

// paragraph writes lines over the whole width, and goes on on a new page.
func (p *sheet) paragraph(text, style string, size float64, c colour) {
	p.letters(style, size, c)
	for _, text := range p.split(text, wide) {
		p.room(p.high(size))
		p.letters(style, size, c)
		p.SetX(edge)
		p.put(wide, text, "L")
		p.SetXY(edge, p.GetY()+p.high(size))
	}
}

// room begins a new page where less than so much is left of this one.
func (p *sheet) room(high float64) {
	if p.GetY()+high > 297-bottom {
		p.AddPage()
	}
}

// put writes a line of text, as wide as it has been told, without moving down.
func (p *sheet) put(width float64, text, align string) {
	_, size := p.GetFontSize()
	p.CellFormat(width, size*leading, legible(text), "", 0, align+"M", false, 0, "")
}

// split breaks a text into lines of a width.
func (p *sheet) split(text string, width float64) []string {
	return p.SplitText(legible(text), width-2*p.GetCellMargin())
}

// fitted cuts a text down to a width.
func (p *sheet) fitted(text string, width float64) string {
	lines := p.split(text, width)
	if len(lines) <= 1 {
		return text
	}
	return strings.TrimSpace(p.split(text, width-p.GetStringWidth("\u2026"))[0]) + "\u2026"
}

func (p *sheet) letters(style string, size float64, c colour) {
	p.SetFont(family, style, size)
	p.SetCellMargin(0)
	p.SetTextColor(c[0], c[1], c[2])
}

func (p *sheet) fill(c colour) { p.SetFillColor(c[0], c[1], c[2]) }

func (p *sheet) rule(y float64, c colour, thick float64) {
	p.SetDrawColor(c[0], c[1], c[2])
	p.SetLineWidth(thick)
	p.Line(edge, y, 210-edge, y)
}

// high is how high a line of a size is.
func (*sheet) high(size float64) float64 { return size * millimetres * leading }

// legible makes of a text what the fonts can write: composed letters, spaces for
// what has no shape, and a mark for letters that they have not.
func legible(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case !drawn(r):
			return '\ufffd'
		}
		return r
	}, norm.NFC.String(text))
}
