package cases

import (
	"fmt"
	"maps"
	"strconv"
)

const earningsOf = `query($payee: ID!, $period: ID!) {
	earnings(where: {payeeId: {eq: $payee}, periodId: {eq: $period}}, first: 250) { nodes {
		componentKey amount { amount } measure quota attainment why
		lines(first: 250) { nodes { credited measured exact amount { amount } credit { share level quantity amount { amount } margin { amount } transaction { externalId amount { amount } } } } }
		explanation { verified root { ...n children { ...n children { ...n children { ...n children { ...n children { ...n } } } } } } }
	} }
	statement(payeeId: $payee, periodId: $period) { totals { amount } }
	problems(where: {payeeId: {eq: $payee}, periodId: {eq: $period}}) { nodes { componentKey code detail } }
}
fragment n on ExplanationNode { kind label amount value rate from to credit { transaction { externalId } } }`

// pay is what a payee got in a period: earnings by component, and the total.
type pay struct {
	earnings map[string]map[string]any
	total    any
}

// payOf reads what a payee got in a period, once. An earning that does not
// recompute, or a component that could not be calculated, is an error.
func (w *world) payOf(payee, period string) (*pay, error) {
	key := payee + " " + period
	if known, is := w.answers[key]; is {
		return known.(*pay), nil
	}
	payeeID, err := w.id("payee", payee)
	if err != nil {
		return nil, err
	}
	periodID, err := w.id("period", period)
	if err != nil {
		return nil, err
	}
	data, err := w.query(earningsOf, map[string]any{"payee": payeeID, "period": periodID})
	if err != nil {
		return nil, err
	}
	if problems := at(data, "problems", "nodes").([]any); len(problems) > 0 {
		return nil, fmt.Errorf("%s: %v", key, problems)
	}
	p := &pay{earnings: map[string]map[string]any{}}
	if totals, is := at(data, "statement", "totals").([]any); is && len(totals) == 1 {
		p.total = number(at(totals[0], "amount"))
	}
	for _, node := range at(data, "earnings", "nodes").([]any) {
		component := at(node, "componentKey").(string)
		if at(node, "explanation", "verified") != true {
			return nil, fmt.Errorf("%s %s does not recompute", key, component)
		}
		p.earnings[component] = earning(node)
	}
	w.answers[key] = p
	return p, nil
}

// calculated gives why a calculation failed as a whole, if one did.
func (w *world) calculated() error {
	data, err := w.query("{ calculationRuns(where: {statuses: [FAILED]}) { nodes { failure } } }", nil)
	if err != nil {
		return err
	}
	if runs := at(data, "calculationRuns", "nodes").([]any); len(runs) > 0 {
		return fmt.Errorf("a calculation failed: %v", at(runs[0], "failure"))
	}
	return nil
}

// earning gives what comparisons can read of an earning, texts that are
// numbers as numbers.
func earning(node any) map[string]any {
	root := at(node, "explanation", "root")
	e := map[string]any{
		"amount": number(at(node, "amount", "amount")), "measure": number(at(node, "measure")), "quota": number(at(node, "quota")),
		"attainment": number(at(node, "attainment")), "why": at(node, "why"), "nodes": flat(root), "lines": []any{}, "slices": slicesOf(root),
	}
	lines := []any{}
	for _, line := range at(node, "lines", "nodes").([]any) {
		lines = append(lines, map[string]any{
			"amount": number(at(line, "amount", "amount")), "exact": number(at(line, "exact")), "measured": number(at(line, "measured")), "credited": at(line, "credited"),
			"transaction": at(line, "credit", "transaction", "externalId"), "share": number(at(line, "credit", "share")), "level": at(line, "credit", "level"),
			"sold": number(at(line, "credit", "transaction", "amount", "amount")), "credit": number(at(line, "credit", "amount", "amount")), "margin": number(at(line, "credit", "margin", "amount")),
		})
	}
	e["lines"] = lines
	return e
}

// flat gives a node and those below it, each before those below it.
func flat(node any) []any {
	out := []any{explained(node)}
	if below, is := at(node, "children").([]any); is {
		for _, n := range below {
			out = append(out, flat(n)...)
		}
	}
	return out
}

func explained(node any) map[string]any {
	return map[string]any{
		"kind": at(node, "kind"), "label": at(node, "label"), "amount": number(at(node, "amount")), "value": number(at(node, "value")),
		"rate": number(at(node, "rate")), "from": number(at(node, "from")), "to": number(at(node, "to")), "transaction": at(node, "credit", "transaction", "externalId"),
	}
}

// slicesOf gives the parts at one rate each: slices, and lines that lie at one
// rate as a whole. A part names the transaction of its line.
func slicesOf(node any) []any {
	out := []any{}
	var walk func(node any, of any)
	walk = func(node, of any) {
		if own := at(node, "credit", "transaction", "externalId"); own != nil {
			of = own
		}
		below, _ := at(node, "children").([]any)
		cut := false
		for _, n := range below {
			cut = cut || at(n, "kind") == "SLICE"
		}
		kind := at(node, "kind")
		if kind == "SLICE" || kind == "LINE" && !cut {
			part := explained(node)
			part["transaction"] = of
			out = append(out, part)
		}
		for _, n := range below {
			walk(n, of)
		}
	}
	walk(node, nil)
	return out
}

// number gives a decimal's text as a number; nil stays.
func number(text any) any {
	s, is := text.(string)
	if !is {
		return text
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return text
	}
	return n
}

// answered are the names of a comparison: the fields of the earning that it is
// of, and functions that read others. Neither plan, inputs nor what is expected
// are among them.
func (w *world) answered(of map[string]any) names {
	out := names{
		"earning": func(payee, component, period string) (map[string]any, error) {
			return w.earning(payee, component, period)
		},
		"total": func(payee, period string) (any, error) {
			p, err := w.payOf(payee, period)
			if err != nil {
				return nil, err
			}
			return p.total, nil
		},
		"payable": func(payee, period string) (float64, error) {
			l, err := w.ledgerOf(payee, period)
			if err != nil {
				return 0, err
			}
			return l.payable, nil
		},
		"posted": func(payee, period, movement string) (float64, error) {
			l, err := w.ledgerOf(payee, period)
			if err != nil {
				return 0, err
			}
			return l.posted[movement], nil
		},
		"balance": func(payee, period, account string) (float64, error) {
			l, err := w.ledgerOf(payee, period)
			if err != nil {
				return 0, err
			}
			return l.carried[account], nil
		},
		"running": func(list []any) []any {
			sum, out := 0.0, make([]any, len(list))
			for i := range list {
				sum += list[i].(float64)
				out[i] = sum
			}
			return out
		},
		"printed": func(n float64, decimals int) (float64, error) {
			return strconv.ParseFloat(strconv.FormatFloat(n+1e-9, 'f', decimals, 64), 64)
		},
	}
	maps.Copy(out, of)
	return out
}

const ledgerQuery = `query($payee: ID!, $period: ID!) { statement(payeeId: $payee, periodId: $period) {
	withheld payable { amount } carried { account amount { amount } } entries(first: 250) { nodes { movement amount { amount } } }
} }`

// ledger is what a payee's balances of a pay period come to.
type ledger struct {
	payable float64
	posted  map[string]float64 // by movement
	carried map[string]float64 // by account
}

// ledgerOf reads what a payee's balances of a pay period come to, once.
func (w *world) ledgerOf(payee, period string) (*ledger, error) {
	key := "ledger " + payee + " " + period
	if known, is := w.answers[key]; is {
		return known.(*ledger), nil
	}
	payeeID, err := w.id("payee", payee)
	if err != nil {
		return nil, err
	}
	periodID, err := w.id("period", period)
	if err != nil {
		return nil, err
	}
	data, err := w.query(ledgerQuery, map[string]any{"payee": payeeID, "period": periodID})
	if err != nil {
		return nil, err
	}
	entries, is := at(data, "statement", "entries", "nodes").([]any)
	if !is || at(data, "statement", "withheld") != false {
		return nil, fmt.Errorf("%s is not struck: %v", key, data)
	}
	l := &ledger{posted: map[string]float64{}, carried: map[string]float64{}}
	for _, due := range at(data, "statement", "payable").([]any) {
		l.payable += number(at(due, "amount")).(float64)
	}
	for _, e := range entries {
		l.posted[at(e, "movement").(string)] += number(at(e, "amount", "amount")).(float64)
	}
	for _, t := range at(data, "statement", "carried").([]any) {
		l.carried[at(t, "account").(string)] += number(at(t, "amount", "amount")).(float64)
	}
	w.answers[key] = l
	return l, nil
}

func (w *world) earning(payee, component, period string) (map[string]any, error) {
	p, err := w.payOf(payee, period)
	if err != nil {
		return nil, err
	}
	if p.earnings[component] == nil {
		return nil, fmt.Errorf("%s earns nothing by %s in %s", payee, component, period)
	}
	return p.earnings[component], nil
}
