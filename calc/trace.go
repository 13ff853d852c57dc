package calc

import (
	"github.com/shopspring/decimal"

	"spm/model"
)

// TraceFormat is the format that this program writes and reads.
const TraceFormat int16 = 1

// NodeKind is what a node of a trace is; the numbers are stored.
type NodeKind int16

// The kinds of node. A node's Value is said with each; of those that say none
// it is 0.
const (
	NodeEarning    NodeKind = 1  // the root, node 0; Amount is the earning's
	NodeMeasure    NodeKind = 2  // at the top: a measure, Value is its total. Below one: Value is what a credit adds to it, where no line says so
	NodeQuota      NodeKind = 3  // Value: the quota after proration; below one: as given
	NodeAttainment NodeKind = 4  // Value: measure / quota, 16 decimals HALF_EVEN
	NodeLine       NodeKind = 5  // one credit's part. Value: what it adds to the measure; a line
	NodeSlice      NodeKind = 6  // below a line: the part of its Value at one rate
	NodeBonus      NodeKind = 7  // a level that was reached. Value: its money in plan currency; a line
	NodeFX         NodeKind = 8  // below a line or measure: Value is the credit's amount in its own currency
	NodeRounding   NodeKind = 9  // Value: the exact total; Amount: rounded less exact
	NodeRule       NodeKind = 10 // a choice that acted
	NodeReason     NodeKind = 11 // why nothing was paid
)

// Trace says how an earning came about, as flat arrays of one length in the
// order of a walk through the tree from its root. Amounts are in pay currency,
// with at most 10 decimals; values are exact, with as many as they need. What
// many nodes share stands once in Terms.
//
// Storing the fields as they are suffices: Lines, Explain and Verify need
// nothing else.
type Trace struct {
	Format  int16
	Kinds   []NodeKind
	Parents []int32           // index of the parent; -1 for the root
	Term    []int32           // index into Terms; -1 where the node has none
	Amounts []decimal.Decimal // 0 on nodes that only inform
	Values  []decimal.Decimal
	Credits []int64 // the credit cited; 0 for none
	Terms   []Term
	Paid    []decimal.Decimal // rounded amounts of the lines: of the LINE and BONUS nodes, in order
}

// Term is what nodes have in common: a rate with the bounds that it holds
// between, and the rate of the step to pay currency.
type Term struct {
	Label string
	Rate  *decimal.Decimal // of Value, in the dimension's unit of pay; of a currency step; of a proration
	From  *decimal.Decimal // bounds, in the dimension's unit; nil: none
	To    *decimal.Decimal
	FX    *decimal.Decimal // plan to pay currency; nil: the currencies are the same
	Step  string           // the currency step of FX, such as "USD>EUR 2026-01-15"
}

// Len is the number of nodes.
func (t Trace) Len() int { return len(t.Kinds) }

var traceKinds = [...]model.TraceKind{
	NodeEarning:    model.TraceEarning,
	NodeMeasure:    model.TraceMeasure,
	NodeQuota:      model.TraceQuota,
	NodeAttainment: model.TraceAttainment,
	NodeLine:       model.TraceLine,
	NodeSlice:      model.TraceSlice,
	NodeBonus:      model.TraceBonus,
	NodeFX:         model.TraceFX,
	NodeRounding:   model.TraceRounding,
	NodeRule:       model.TraceRule,
	NodeReason:     model.TraceReason,
}
