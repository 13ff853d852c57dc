package demo

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// row is a payee's year.
type row struct {
	name, currency string
	measure, quota decimal.Decimal // of the components with a quota, each window once
	earned         decimal.Decimal
}

// attainment is measure / quota in percent, nil without a quota.
func (r *row) attainment() *decimal.Decimal {
	if !r.quota.IsPositive() {
		return nil
	}
	percent := r.measure.Shift(2).DivRound(r.quota, 1)
	return &percent
}

// rowsOf sums a year of earnings by payee.
func rowsOf(earnings []earning) map[string]*row {
	rows := map[string]*row{}
	seen := map[string]bool{}
	for _, e := range earnings {
		r := rows[e.Payee.ExternalID]
		if r == nil {
			r = &row{name: e.Payee.Name}
			rows[e.Payee.ExternalID] = r
		}
		r.currency = e.Amount.Currency
		r.earned = r.earned.Add(e.Amount.Amount)
		window := e.Payee.ExternalID + "|" + e.Position.ExternalID + "|" + e.Period.Name
		if e.Quota != nil && !seen[window] {
			seen[window] = true
			r.measure, r.quota = r.measure.Add(e.Measure), r.quota.Add(*e.Quota)
		}
	}
	return rows
}

// tableFormat is 80 columns wide.
const tableFormat = "%-36s%11s%11s%8s%14s"

// showTable shows what everybody earned, each below the one to whom they report.
func (l *Loader) showTable(earnings []earning) {
	rows := rowsOf(earnings)
	l.screen.Heading("What people earned in %d", Year)
	l.screen.Printf("%s\n", l.screen.paint(dim, fmt.Sprintf(tableFormat, "", "Sold, USD", "Quota, USD", "Reached", "Earned")))
	l.showBelow("", "", rows)
	totals := map[string]decimal.Decimal{}
	for _, r := range rows {
		totals[r.currency] = totals[r.currency].Add(r.earned)
	}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		l.screen.Printf(tableFormat+"\n", "All who are paid in "+currency, "", "", "", grouped(totals[currency].StringFixed(2))+" "+currency)
	}
}

// showBelow shows the people below a position, and whom they lead.
func (l *Loader) showBelow(parent, indent string, rows map[string]*row) {
	type person struct {
		key, position, leads string
	}
	var people []person
	for _, at := range l.company.positions {
		if at.parent != parent {
			continue
		}
		for _, p := range l.company.payees {
			if l.company.lastSeat(p.key) == at.key && rows[p.key] != nil {
				people = append(people, person{p.key, at.key, leads(at)})
			}
		}
	}
	slices.SortStableFunc(people, func(a, b person) int { return rows[b.key].earned.Cmp(rows[a.key].earned) })
	for i, p := range people {
		branch, below := branches(i == len(people)-1)
		if parent == "" {
			branch, below = "", ""
		}
		l.showRow(indent+branch+rows[p.key].name+p.leads, rows[p.key])
		l.showBelow(p.position, indent+below, rows)
	}
}

// leads says what the holder of a position leads; "" of those who sell.
func leads(at position) string {
	switch at.title {
	case titleVP:
		return ", VP of Sales"
	case titleDirector, titleManager:
		return ", " + strings.TrimPrefix(strings.TrimPrefix(at.name, "Director "), "Manager ")
	}
	return ""
}

// branches are how a line of a tree begins, and those below it.
func branches(last bool) (branch, below string) {
	if last {
		return "└ ", "  "
	}
	return "├ ", "│ "
}

// barColumns is the least width that leaves room for a bar beside the table.
const barColumns = 96

func (l *Loader) showRow(who string, r *row) {
	sold, quota, reached, bar := "", "", "", ""
	if percent := r.attainment(); percent != nil {
		sold, quota, reached = grouped(r.measure.StringFixed(0)), grouped(r.quota.StringFixed(0)), percent.StringFixed(1)+"%"
		colour := amber
		if percent.GreaterThanOrEqual(decimal.NewFromInt(100)) {
			colour = green
		}
		if l.screen.Width >= barColumns { // ten cells are 100%
			bar = "  " + l.screen.paint(colour, strings.Repeat("■", int(min(15, percent.Shift(-1).Round(0).IntPart()))))
		}
	}
	l.screen.Printf(tableFormat+"%s\n", who, sold, quota, reached, grouped(r.earned.StringFixed(2))+" "+r.currency, bar)
}

// grouped puts commas between thousands.
func grouped(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, rest, fraction := strings.Cut(number, ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if fraction {
		whole += "." + rest
	}
	return sign + whole
}
