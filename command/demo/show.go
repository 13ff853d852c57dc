package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// earning is what the table and the choice of an example need of one.
type earning struct {
	ID       string
	Payee    struct{ Name, ExternalID string }
	Position struct {
		ExternalID string
		Title      struct{ Name string }
	}
	Period        struct{ Name string }
	ComponentName string
	Measure       decimal.Decimal
	Quota         *decimal.Decimal
	Attainment    *decimal.Decimal
	Amount        struct {
		Amount   decimal.Decimal
		Currency string
	}
}

// People are names worth trying.
type People struct{ Rep, Manager string }

// Show prints what people earned in the year, one earning explained, and what
// is wrong with the data.
func (l *Loader) Show(ctx context.Context, w io.Writer) (People, error) {
	earnings, err := l.earnings(ctx)
	if err != nil {
		return People{}, fmt.Errorf("read the earnings: %w", err)
	}
	showTable(w, earnings)
	at := "AMER-EAST-1"
	if example := l.example(earnings); example != nil {
		at = example.Position.ExternalID
		if err := l.showExample(ctx, w, example); err != nil {
			return People{}, fmt.Errorf("read an explanation: %w", err)
		}
	}
	return l.people(at), l.showTroubles(ctx, w)
}

// people are who holds a position at the end of the year and who is above.
func (l *Loader) people(at string) People {
	names := map[string]string{}
	for _, p := range l.company.payees {
		names[p.key] = p.name
	}
	for _, p := range l.company.positions {
		if p.key == at {
			return People{Rep: names[l.company.holder(at, lastOfYear)], Manager: names[l.company.holder(p.parent, lastOfYear)]}
		}
	}
	return People{}
}

func (l *Loader) earnings(ctx context.Context) (all []earning, err error) {
	err = l.api.pages(ctx, admin, `query($from: Date!, $to: Date!, $after: Cursor) {
		earnings(first: 250, after: $after, where: {periodStart: {gte: $from}, periodEnd: {lte: $to}}) {
			nodes {
				id componentName measure quota attainment amount { amount currency } period { name }
				payee { name externalId } position { externalId title(effectiveOn: $to) { name } }
			}
			pageInfo { hasNextPage endCursor }
		}
	}`, map[string]any{"from": firstOfYear, "to": lastOfYear}, func(data json.RawMessage) (pageInfo, error) {
		var page struct {
			Earnings struct {
				Nodes    []earning
				PageInfo pageInfo
			}
		}
		err := json.Unmarshal(data, &page)
		all = append(all, page.Earnings.Nodes...)
		return page.Earnings.PageInfo, err
	})
	return all, err
}

// row is a payee's year.
type row struct {
	name, title, currency string
	measure, quota        decimal.Decimal // of the components with a quota, each window once
	earned                decimal.Decimal
}

func showTable(w io.Writer, earnings []earning) {
	rows := map[string]*row{}
	seen := map[string]bool{}
	for _, e := range earnings {
		r := rows[e.Payee.ExternalID]
		if r == nil {
			r = &row{name: e.Payee.Name}
			rows[e.Payee.ExternalID] = r
		}
		r.title, r.currency = e.Position.Title.Name, e.Amount.Currency
		r.earned = r.earned.Add(e.Amount.Amount)
		window := e.Payee.ExternalID + "|" + e.Position.ExternalID + "|" + e.Period.Name
		if e.Quota != nil && !seen[window] {
			seen[window] = true
			r.measure, r.quota = r.measure.Add(e.Measure), r.quota.Add(*e.Quota)
		}
	}
	sorted := slices.SortedFunc(maps.Values(rows), func(a, b *row) int {
		return cmp.Or(rank(a.title)-rank(b.title), cmp.Compare(a.currency, b.currency), b.earned.Cmp(a.earned), cmp.Compare(a.name, b.name))
	})
	fmt.Fprintf(w, "\nWhat people earned in %d\n\n  %-20s %-18s %14s %14s %10s %16s\n", Year, "Payee", "Title", "Sold (USD)", "Quota (USD)", "Attainment", "Earned")
	totals := map[string]decimal.Decimal{}
	for _, r := range sorted {
		sold, quota, attainment := "", "", ""
		if r.quota.IsPositive() {
			sold, quota = grouped(r.measure.StringFixed(0)), grouped(r.quota.StringFixed(0))
			attainment = r.measure.Shift(2).DivRound(r.quota, 1).StringFixed(1) + "%"
		}
		fmt.Fprintf(w, "  %-20s %-18s %14s %14s %10s %12s %s\n", r.name, r.title, sold, quota, attainment, grouped(r.earned.StringFixed(2)), r.currency)
		totals[r.currency] = totals[r.currency].Add(r.earned)
	}
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		fmt.Fprintf(w, "  %-80s %12s %s\n", "All", grouped(totals[currency].StringFixed(2)), currency)
	}
}

// rank orders titles from the top of the company down.
func rank(title string) int {
	for i, one := range titles {
		if one.name == title {
			return i
		}
	}
	return len(titles)
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

// example chooses an earning that shows much in little: above quota, in a
// currency other than the plan's, with few deals.
func (l *Loader) example(earnings []earning) *earning {
	deals := map[string]int{}
	for _, f := range l.company.facts {
		for _, s := range f.sellers {
			deals[s.payee+"|"+quarterOf(f.day)]++
		}
	}
	var best *earning
	least := 0
	for i := range earnings {
		e := &earnings[i]
		n := deals[e.Payee.ExternalID+"|"+e.Period.Name]
		above := e.Attainment != nil && e.Attainment.GreaterThan(decimal.NewFromInt(1))
		if e.ComponentName == "Commission" && above && e.Amount.Currency == "EUR" && n > 0 && (best == nil || n < least) {
			best, least = e, n
		}
	}
	return best
}

func quarterOf(day string) string {
	return quarterName((int(day[5]-'0')*10 + int(day[6]-'0') + 2) / 3)
}

// node is a node of an explanation.
type node struct {
	Kind, Label string
	Amount      decimal.Decimal
	Value, Rate *decimal.Decimal
	Credit      *struct {
		Transaction *struct{ ExternalID, Product string }
	}
	Children []node
}

func (l *Loader) showExample(ctx context.Context, w io.Writer, e *earning) error {
	var answer struct {
		Node struct {
			Explanation struct {
				Root       node
				Recomputed decimal.Decimal
				Verified   bool
			}
		}
	}
	const about = "kind label amount value rate credit { transaction { externalId product } }"
	document := "query($id: ID!) { node(id: $id) { ... on Earning { explanation { recomputed verified root { " +
		strings.Repeat(about+" children { ", 5) + about + strings.Repeat(" }", 5) + " } } } } }"
	if err := l.api.do(ctx, admin, "", document, map[string]any{"id": e.ID}, &answer); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nWhy %s earned %s %s for %q in %s, to the cent\n\n", e.Payee.Name, grouped(e.Amount.Amount.String()), e.Amount.Currency, e.ComponentName, e.Period.Name)
	showNode(w, answer.Node.Explanation.Root, 0)
	verdict := "which is what was paid"
	if !answer.Node.Explanation.Verified {
		verdict = "which is NOT what was paid"
	}
	fmt.Fprintf(w, "\n  Recomputed from this tree alone: %s %s, %s.\n", grouped(answer.Node.Explanation.Recomputed.String()), e.Amount.Currency, verdict)
	return nil
}

const treeWidth = 92

func showNode(w io.Writer, n node, depth int) {
	text := strings.Repeat("  ", depth+1) + n.words()
	if n.Value != nil {
		text += " " + grouped(n.Value.String())
	}
	if n.Rate != nil {
		text += " x " + n.Rate.String()
	}
	amount := ""
	if !n.Amount.IsZero() || depth == 0 {
		amount = grouped(n.Amount.String())
	}
	fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%-*s %18s", treeWidth, text, amount), " "))
	for _, child := range n.Children {
		showNode(w, child, depth+1)
	}
}

// words says what a node is.
func (n node) words() string {
	switch {
	case n.Credit != nil && n.Credit.Transaction != nil:
		text := "deal " + n.Credit.Transaction.ExternalID + ", " + n.Credit.Transaction.Product
		if n.Label != "" {
			text += ", " + n.Label
		}
		return text + ":"
	case n.Kind == "EARNING" || n.Kind == "SLICE" || n.Kind == "BONUS":
		return n.Label
	}
	return strings.TrimSpace(strings.ToLower(n.Kind) + " " + n.Label)
}

// showTroubles counts what waits to be mended, by cause.
func (l *Loader) showTroubles(ctx context.Context, w io.Writer) error {
	counts := map[string]int{}
	details := map[string]map[string]bool{}
	err := l.api.pages(ctx, admin, `query($after: Cursor) {
		creditingExceptions(first: 250, after: $after) { nodes { code detail } pageInfo { hasNextPage endCursor } }
	}`, nil, func(data json.RawMessage) (pageInfo, error) {
		var page struct {
			CreditingExceptions struct {
				Nodes    []struct{ Code, Detail string }
				PageInfo pageInfo
			}
		}
		err := json.Unmarshal(data, &page)
		for _, one := range page.CreditingExceptions.Nodes {
			if details[one.Code] == nil {
				details[one.Code] = map[string]bool{}
			}
			counts[one.Code]++
			details[one.Code][one.Detail] = true
		}
		return page.CreditingExceptions.PageInfo, err
	})
	if err != nil {
		return fmt.Errorf("read the crediting exceptions: %w", err)
	}
	if len(counts) > 0 {
		fmt.Fprintf(w, "\nDeals that wait for somebody to mend their cause\n\n")
	}
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		names := slices.Sorted(maps.Keys(details[code]))
		if len(names) > 4 {
			names = append(names[:4], "...")
		}
		fmt.Fprintf(w, "  %-20s %4d   %s\n", code, counts[code], strings.Join(names, ", "))
	}
	return nil
}
