package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// Explain gives the trace as a tree. The amounts of its leaves sum to the
// root's exactly, and those of a node's children to its own: what only informs
// has 0. What the trace holds in one node is spelt out: a line in another
// currency gets a child for each currency step.
func (t Trace) Explain() *model.ExplanationNode {
	if t.Len() == 0 {
		return nil
	}
	return t.open().explain()
}

func (t *opened) explain() *model.ExplanationNode {
	nodes := make([]model.ExplanationNode, t.Len())
	for i := range nodes {
		t.lay(i, &nodes[i])
		if parent := t.Parents[i]; parent >= 0 && int(parent) < i {
			nodes[parent].Children = append(nodes[parent].Children, &nodes[i])
		}
	}
	for i := range nodes {
		if t.pays(i) {
			t.spell(i, &nodes[i])
		}
	}
	return &nodes[0]
}

// lay fills what a node itself says.
func (t *opened) lay(i int, n *model.ExplanationNode) {
	n.Kind, n.Amount = traceKinds[t.Kinds[i]], t.Amounts[i]
	switch t.Kinds[i] {
	case NodeEarning, NodeReason, NodePoint:
	case NodeRule:
		if !t.Values[i].IsZero() {
			n.Value = &t.Values[i]
		}
	case NodeInput:
		if parent := t.Parents[i]; parent < 0 || t.Kinds[parent] != NodeLine { // below one stands a text
			n.Value = &t.Values[i]
		}
	default:
		n.Value = &t.Values[i]
	}
	if term := t.termAt(i); term != nil {
		n.Label, n.Rate, n.From, n.To = term.Label, term.Rate, term.From, term.To
	}
	n.CreditID, n.ActivityID = Cited(t.Credits[i])
}

// termAt gives the node's term, nil where it has none.
func (t *Trace) termAt(i int) *Term {
	if at := t.Term[i]; at >= 0 && int(at) < len(t.Terms) {
		return &t.Terms[at]
	}
	return nil
}

// pays tells whether the node is a product of a value and a rate.
func (t *Trace) pays(i int) bool {
	switch t.Kinds[i] {
	case NodeSlice, NodeBonus, NodeResult, NodeRounding, NodeEarlier, NodeMultiplier, NodeGate, NodeCap, NodeFloor, NodeCapTogether, NodeFloorTogether:
		return true
	case NodeLine, NodeEarned:
		term := t.termAt(i)
		return term != nil && term.Rate != nil
	}
	return false
}

// spell gives a product the leaf that carries its amount where it has children
// already, or goes through a currency step.
func (t *opened) spell(i int, n *model.ExplanationNode) {
	term := t.termAt(i)
	if t.Kinds[i].adjusts() || t.Kinds[i].together() || t.Kinds[i] == NodeRounding {
		t.spellAdjustment(term, n)
		return
	}
	if term != nil && term.FX != nil {
		money := t.Values[i]
		if term.Rate != nil {
			money = money.Mul(*term.Rate)
		}
		n.Children = append(n.Children, &model.ExplanationNode{
			Kind: model.TraceFX, Label: term.Step, Amount: n.Amount, Value: &money, Rate: term.FX,
		})
		return
	}
	if len(n.Children) > 0 {
		n.Children = append(n.Children, &model.ExplanationNode{
			Kind: model.TraceSlice, Label: n.Label, Amount: n.Amount, Value: n.Value, Rate: n.Rate, From: n.From, To: n.To,
		})
	}
}

// spellAdjustment says how a bound came into pay currency, and gives an
// adjustment that has children the leaf that carries its amount.
func (t *Trace) spellAdjustment(term *Term, n *model.ExplanationNode) {
	if term != nil && term.FX != nil {
		n.Children = append(n.Children, &model.ExplanationNode{Kind: model.TraceFX, Label: term.Step, Value: term.Rate, Rate: term.FX})
	}
	if len(n.Children) > 0 {
		n.Children = append(n.Children, &model.ExplanationNode{Kind: n.Kind, Label: n.Label, Amount: n.Amount, Value: n.Value, Rate: n.Rate})
	}
}

// leaves sums the amounts of the leaves of a tree.
func leaves(n *model.ExplanationNode) decimal.Decimal {
	if len(n.Children) == 0 {
		return n.Amount
	}
	total := decimal.Zero
	for _, child := range n.Children {
		total = total.Add(leaves(child))
	}
	return total
}
