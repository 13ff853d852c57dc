package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// node is a node of an explanation.
type node struct {
	Kind, Label           string
	Amount                decimal.Decimal
	Value, Rate, From, To *decimal.Decimal
	Credit                *struct {
		Share       decimal.Decimal
		Transaction *struct{ ExternalID, Product string }
	}
	Children []node
}

// depth is how many levels of an explanation are read; it has no more.
const depth = 5

// showExample shows an earning, explained to the cent.
func (l *Loader) showExample(ctx context.Context, e *earning) error {
	var answer struct {
		Node struct {
			Explanation struct {
				Root       node
				Recomputed decimal.Decimal
				Verified   bool
			}
		}
	}
	const about = "kind label amount value rate from to credit { share transaction { externalId product } }"
	document := "query($id: ID!) { node(id: $id) { ... on Earning { explanation { recomputed verified root { " +
		strings.Repeat(about+" children { ", depth-1) + about + strings.Repeat(" }", depth-1) + " } } } } }"
	if err := l.api.do(ctx, admin, "", document, map[string]any{"id": e.ID}, &answer); err != nil {
		return err
	}
	why := answer.Node.Explanation
	money := func(d decimal.Decimal) string { return grouped(d.String()) + " " + e.Amount.Currency }
	l.screen.Heading("Why %s earned %s of %s in %s, to the cent", e.Payee.Name, money(e.Amount.Amount), strings.ToLower(e.ComponentName), e.Period.Name)
	nodes := informed(why.Root.Children)
	decimals := places(nodes)
	l.showLine(why.Root.Label, "", pointed(why.Root.Amount, decimals))
	l.showNodes(nodes, "", decimals)
	verdict := "which is what was paid"
	if !why.Verified {
		verdict = "which is NOT what was paid"
	}
	l.screen.Printf("\n Recomputed from this tree alone: %s, %s.\n", money(why.Recomputed), verdict)
	return nil
}

// informed puts measure, quota and attainment into one line, and leaves out
// which choices of the plan acted.
func informed(nodes []node) []node {
	var measure, quota, attainment *decimal.Decimal
	var rest []node
	for _, n := range nodes {
		switch n.Kind {
		case "MEASURE":
			measure = n.Value
		case "QUOTA":
			quota = n.Value
		case "ATTAINMENT":
			attainment = n.Value
		case "RULE":
		default:
			rest = append(rest, n)
		}
	}
	if measure == nil {
		return rest
	}
	label := "sold " + grouped(measure.String())
	if quota != nil && attainment != nil {
		label += fmt.Sprintf(" of a quota of %s: %s%% reached", grouped(quota.String()), attainment.Shift(2).StringFixed(2))
	}
	return append([]node{{Label: label}}, rest...)
}

// treeFormat is 79 columns wide.
const treeFormat = " %-46s %16s %14s"

// places is how many decimals the longest amount of some nodes has.
func places(nodes []node) (most int) {
	for _, n := range nodes {
		most = max(most, int(-n.Amount.Exponent()), places(n.Children))
	}
	return most
}

// pointed writes an amount so that all have the point in one column.
func pointed(amount decimal.Decimal, places int) string {
	text := grouped(amount.String())
	_, decimals, has := strings.Cut(text, ".")
	if !has {
		text += " "
	}
	return text + strings.Repeat(" ", max(0, places-len(decimals)))
}

func (l *Loader) showNodes(nodes []node, indent string, places int) {
	for i, n := range nodes {
		branch, below := branches(i == len(nodes)-1)
		amount := ""
		if !n.Amount.IsZero() {
			amount = pointed(n.Amount, places)
		}
		if n.Kind == "" { // a line by itself
			l.screen.Printf(" %s\n", indent+branch+n.Label)
			continue
		}
		l.showLine(indent+branch+n.words(), n.reckoning(), amount)
		l.showNodes(n.Children, indent+below, places)
	}
}

func (l *Loader) showLine(what, reckoning, amount string) {
	l.screen.Printf("%s\n", strings.TrimRight(fmt.Sprintf(treeFormat, what, reckoning, amount), " "))
}

// words says what a node is.
func (n node) words() string {
	switch {
	case n.Credit != nil && n.Credit.Transaction != nil:
		text := n.Credit.Transaction.ExternalID + ", " + n.Credit.Transaction.Product
		if !n.Credit.Share.Equal(decimal.NewFromInt(1)) {
			text += ", " + percent(n.Credit.Share) + " of it"
		}
		return text
	case n.Kind == "SLICE":
		return n.Label + n.span()
	case n.Kind == "ROUNDING":
		return "rounding to cents"
	case n.Kind == "FX":
		return "currency " + n.Label
	}
	return n.Label
}

// span says for which part of the quota a slice stands.
func (n node) span() string {
	switch {
	case n.From == nil && n.To != nil:
		return ": up to " + percent(*n.To) + " of quota"
	case n.From != nil && n.To == nil:
		return ": above " + percent(*n.From) + " of quota"
	case n.From != nil:
		return ": " + percent(*n.From) + " to " + percent(*n.To) + " of quota"
	}
	return ""
}

// reckoning is what a rate was applied to.
func (n node) reckoning() string {
	switch {
	case n.Value == nil:
		return ""
	case n.Rate == nil || n.Kind == "FX":
		return grouped(n.Value.String())
	}
	return grouped(n.Value.String()) + " x " + percent(*n.Rate)
}

// percent writes a fraction in percent, with at most two decimals.
func percent(fraction decimal.Decimal) string { return fraction.Shift(2).Round(2).String() + "%" }
