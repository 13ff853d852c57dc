// Package document writes a statement down for people: as one HTML file, and as
// a PDF. Both show the same Statement, which service fills in; nothing is
// calculated here. What others have named (payees, deals, reasons) is text to it,
// whatever it looks like.
package document

import "time"

// Statement is what both renderings show, in this order.
type Statement struct {
	Company  string
	Payee    string
	Period   string // its name
	Days     string
	State    State
	Headline string   // what the amounts below are
	Amounts  []string // the headline figures, with their currencies
	Notes    []string // what one must know of them
	Facts    []Fact
	Tables   []Table
	Answer   string // what the payee has answered; empty: nothing
	Colophon []Fact // by what it can be told apart: fingerprint, sequence, time
	Made     time.Time
}

// State is where the period stands.
type State struct {
	Text  string
	Final bool // it no longer changes
}

// Fact is a line of name and value.
type Fact struct{ Name, Value string }

// Table is a list with a heading. Its first column is text; every cell of a
// column that is Number is a figure.
type Table struct {
	Heading string
	Note    string // what its figures are; empty: nothing needs saying
	Columns []Column
	Rows    []Row
	Totals  []Row
	More    string // that it goes on, and where; empty: it is whole
}

// Column is a column of a table.
type Column struct {
	Name   string
	Number bool
}

// Row is a row of a table: a cell for each column.
type Row struct {
	Cells []string
	Small string // below the first cell, in small letters; empty: nothing
	Aside bool   // its figure is in no total
}

// Title names the statement in a window's or reader's title.
func (s *Statement) Title() string { return "Statement " + s.Period + ", " + s.Payee }

// Middle tells whether a column is neither the first nor the last: it goes below
// the first where the window is narrow.
func (t Table) Middle(column int) bool { return column > 0 && column < len(t.Columns)-1 }
