package document

const rowPad = 1.15 // above and below the lines of a row

// columns is where the columns of a table begin and how wide they are.
type columns struct{ at, width []float64 }

// columnsOf gives figures and later texts their widths and the first column what
// is left.
func columnsOf(t *Table) columns {
	c := columns{make([]float64, len(t.Columns)), make([]float64, len(t.Columns))}
	left := wide
	for i := len(t.Columns) - 1; i > 0; i-- {
		c.width[i] = textWidth
		if t.Columns[i].Number {
			c.width[i] = figureWidth
		}
		left -= c.width[i]
		c.at[i] = edge + left
		left -= gap
	}
	c.at[0], c.width[0] = edge, left
	return c
}

// table writes a table; its heading and head are written again on each page that
// it goes on to.
func (p *sheet) table(t *Table) {
	c := columnsOf(t)
	p.heading(t.Heading, t.Note, 22)
	p.SetY(p.GetY() + 1.5)
	p.tableHead(t, c)
	p.head = func() {
		p.letters("B", bodySize, ink)
		p.put(wide, p.fitted(t.Heading+", continued", wide), "L")
		p.SetXY(edge, p.GetY()+p.high(bodySize)+1)
		p.tableHead(t, c)
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		keep := 0.0
		if i == len(t.Rows)-1 { // a total does not stand alone
			keep = float64(len(t.Totals)) * (p.high(bodySize) + 2*rowPad)
		}
		p.row(t, c, r, "", keep)
		p.rule(p.GetY(), line, 0.15)
	}
	for i := range t.Totals {
		if i == 0 {
			p.rule(p.GetY(), ink, 0.4)
		}
		p.row(t, c, &t.Totals[i], "B", 0)
	}
	p.head = nil
	if t.More != "" {
		p.SetY(p.GetY() + 1)
		p.paragraph(t.More, "B", bodySize, ink)
	}
}

func (p *sheet) tableHead(t *Table, c columns) {
	y := p.GetY()
	p.letters("B", smallSize, ink)
	for i, column := range t.Columns {
		p.SetXY(c.at[i], y)
		p.put(c.width[i], p.fitted(column.Name, c.width[i]), alignOf(column))
	}
	y += p.high(smallSize) + 1
	p.rule(y, ink, 0.4)
	p.SetXY(edge, y)
}

func alignOf(c Column) string {
	if c.Number {
		return "R"
	}
	return "L"
}

// textLine is a line of a cell.
type textLine struct {
	text  string
	style string
	size  float64
	shade colour
}

// linesOf breaks a row's cells into lines.
func (p *sheet) linesOf(c columns, r *Row, style string) [][]textLine {
	shade := ink
	if r.Aside {
		shade = soft
	}
	out := make([][]textLine, len(r.Cells))
	for i, cell := range r.Cells {
		p.letters(style, bodySize, shade)
		for _, text := range p.split(cell, c.width[i]) {
			out[i] = append(out[i], textLine{text, style, bodySize, shade})
		}
	}
	if r.Small != "" {
		p.letters("", smallSize, soft)
		for _, text := range p.split(r.Small, c.width[0]) {
			out[0] = append(out[0], textLine{text, "", smallSize, soft})
		}
	}
	return out
}

// row writes a row, cell by cell. One that is higher than what is left of the page
// goes to the next one, with so much below it; one that is higher than a page goes
// on on the next.
func (p *sheet) row(t *Table, c columns, r *Row, style string, keep float64) {
	lines, high := p.linesOf(c, r, style), 0.0
	for _, cell := range lines {
		of := 0.0
		for _, l := range cell {
			of += p.high(l.size)
		}
		high = max(high, of)
	}
	p.room(min(high+2*rowPad+keep, 200))
	p.SetY(p.GetY() + rowPad)
	for {
		begin, end, rest := p.GetY(), p.GetY(), false
		for i := range lines {
			y := begin
			for len(lines[i]) > 0 && y+p.high(lines[i][0].size) <= 297-bottom {
				l := lines[i][0]
				p.letters(l.style, l.size, l.shade)
				p.SetXY(c.at[i], y)
				p.put(c.width[i], l.text, alignOf(t.Columns[i]))
				y, lines[i] = y+p.high(l.size), lines[i][1:]
			}
			end, rest = max(end, y), rest || len(lines[i]) > 0
		}
		p.SetXY(edge, end+rowPad)
		if !rest {
			return
		}
		p.AddPage()
	}
}
