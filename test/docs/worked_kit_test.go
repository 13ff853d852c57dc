package docs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/test/harness"
)

type in = harness.Input

// firm is where the worked examples happen: each has people of its own.
type firm struct {
	*harness.Company
	t *testing.T
}

// sale is a deal of a payee in USD.
func sale(id, seller, day, amount string) in {
	return in{"source": "crm", "externalId": id, "kind": "BOOKING", "eventDate": day, "amount": amount, "currency": "USD", "sellers": []in{{"payee": seller}}}
}

// taken is a return of a sale.
func taken(id, day, amount, of string) in {
	return in{"source": "crm", "externalId": id, "kind": "RETURN", "eventDate": day, "amount": amount, "currency": "USD", "relatesTo": in{"type": "REVERSES", "externalId": of}}
}

// with changes a row or a component.
func with(row in, pairs ...any) in {
	out := in{}
	maps.Copy(out, row)
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// earns makes a plan in USD with components that pay by the month unless they
// say otherwise, and gives it to a payee.
func (f *firm) earns(payee string, rules in, components ...in) string {
	f.t.Helper()
	return f.Plan("PLAN-"+payee, f.version(rules, components...), payee)
}

func (f *firm) version(rules in, components ...in) in {
	for i, c := range components {
		components[i] = with(in{"payout": "MONTH", "measureId": f.Own}, flatten(c)...)
	}
	return in{"currency": "USD", "rules": rules, "components": components}
}

func flatten(row in) (pairs []any) {
	for name, value := range row {
		pairs = append(pairs, name, value)
	}
	return pairs
}

const explain = `query($p: ID!, $period: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $period}}) { nodes {
	componentKey why amount { amount currency } explanation { verified root { ...n children { ...n children { ...n children { ...n } } } } } } } }
	fragment n on ExplanationNode { kind label amount value rate from to credit { transaction { externalId } } activity { externalId } }`

// trees writes the explanations of what a payee earned in a period.
func (f *firm) trees(payee, period string) string {
	f.t.Helper()
	f.Settle()
	answer := f.Do(f.Admin(), explain, in{"p": f.Payees[payee].String(), "period": f.Period(period)})
	var out []string
	for _, e := range answer.List("earnings", "nodes") {
		if e.At("explanation", "verified").V != true {
			f.t.Errorf("%s %s does not recompute", payee, e.String("componentKey"))
		}
		var tree strings.Builder
		f.node(&tree, e.At("explanation", "root"), 0)
		out = append(out, strings.TrimRight(tree.String(), "\n"))
	}
	return strings.Join(out, "\n\n")
}

const amountsEnd = 92

// valued are the kinds whose value is written where it is 0 too.
var valued = []string{"MEASURE", "ATTAINMENT", "RESULT", "INPUT"}

// node writes a node of an explanation, and those below it.
func (f *firm) node(out *strings.Builder, n harness.Value, depth int) {
	text := strings.Repeat("  ", depth) + n.String("kind")
	if n.At("credit").V != nil {
		text += " " + n.String("credit", "transaction", "externalId")
	}
	if n.At("activity").V != nil {
		text += " " + n.String("activity", "externalId")
	}
	if label := n.String("label"); label != "" {
		text += " " + label
	}
	if value, is := n.At("value").V.(string); is && (value != "0" || slices.Contains(valued, n.String("kind"))) {
		text += ": " + grouped(value)
		if rate, is := n.At("rate").V.(string); is {
			text += " x " + rate
		}
	} else if rate, is := n.At("rate").V.(string); is && n.String("kind") == "RULE" && depth > 1 {
		text += ": " + rate // of a ramp or a relief
	}
	from, bounded := n.At("from").V.(string)
	switch {
	case bounded && n.String("kind") == "POINT":
		text += fmt.Sprintf(" at %s: %s", from, n.String("rate"))
	case bounded && (n.String("kind") == "TARGET" || n.String("kind") == "RESULT" || n.String("kind") == "QUOTA" && strings.HasPrefix(n.String("label"), "part ")):
		text += fmt.Sprintf(", %s of %s", from, n.String("to"))
	case n.String("kind") == "LOOKUP":
		text += fmt.Sprintf(", from %s to %s", grouped(from), grouped(n.String("to")))
	case bounded && strings.HasPrefix(n.String("label"), "member from"):
		text += fmt.Sprintf(" x %s days", from)
	}
	amount := ""
	if shown := n.String("amount"); shown != "0" || depth == 0 || n.String("kind") == "ROUNDING" {
		amount = grouped(shown)
	}
	fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("%s%*s", text, max(1, amountsEnd-len(text)), amount), " "))
	if below, is := n.At("children").V.([]any); is {
		for i := range below {
			f.node(out, n.At("children", i), depth+1)
		}
	}
}

// grouped puts commas between thousands.
func grouped(number string) string {
	d, err := decimal.NewFromString(number)
	if err != nil {
		return number
	}
	whole, fraction, pointed := strings.Cut(d.Abs().String(), ".")
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if pointed {
		whole += "." + fraction
	}
	if d.IsNegative() {
		whole = "-" + whole
	}
	return whole
}

// credits writes what transactions are credited as.
func (f *firm) credits(transactions ...string) string {
	f.t.Helper()
	f.Settle()
	answer := f.Do(f.Admin(), `query($t: [String!]) { transactions(where: {externalId: {in: $t}}) { nodes { externalId amount { amount currency } credits {
		nodes { kind position { externalId } viaPosition { externalId } share date amount { amount currency } } } } } }`, in{"t": transactions})
	var out []string
	for _, t := range answer.List("transactions", "nodes") {
		out = append(out, fmt.Sprintf("%s: %s %s", t.String("externalId"), t.String("amount", "amount"), t.String("amount", "currency")))
		for _, c := range t.List("credits", "nodes") {
			via := ""
			if c.At("viaPosition").V != nil {
				via = " from " + c.String("viaPosition", "externalId")
			}
			text := fmt.Sprintf("  %s %s%s, share %s", c.String("kind"), c.String("position", "externalId"), via, c.String("share"))
			out = append(out, fmt.Sprintf("%s%*s", text, max(1, amountsEnd-len(text)), c.String("amount", "amount")))
		}
	}
	return strings.Join(out, "\n")
}
