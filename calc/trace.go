package calc

import (
	"fmt"
	"slices"

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
	NodeMeasure    NodeKind = 2  // at the top: a measure, Value is its total. Below one: Value is what a credit adds to it, where no line says so, or what was brought along from another position or holder
	NodeQuota      NodeKind = 3  // Value: the quota after proration; below one: as given, or that of what was brought along
	NodeAttainment NodeKind = 4  // Value: measure / quota, 16 decimals HALF_EVEN
	NodeLine       NodeKind = 5  // one credit's part. Value: what it adds to the measure; a line
	NodeSlice      NodeKind = 6  // below a line: the part of its Value at one rate
	NodeBonus      NodeKind = 7  // a level that was reached. Value: its money in plan currency, after proration; a line
	NodeFX         NodeKind = 8  // below a line or measure: Value is the credit's amount in its own currency
	NodeRounding   NodeKind = 9  // Value: the exact total; Amount: rounded less exact
	NodeRule       NodeKind = 10 // a choice that acted
	NodeReason     NodeKind = 11 // why nothing was paid
	NodeMultiplier NodeKind = 12 // an adjustment: at the top a line of its own, below a line a part of it. Value: what it acts on; Rate: the factor
	NodeGate       NodeKind = 13 // as NodeMultiplier; Rate: the share that is paid though it does not hold
	NodeCap        NodeKind = 14 // as NodeMultiplier; Rate: the cap in plan currency, after proration
	NodeFloor      NodeKind = 15 // as NodeMultiplier; Rate: the floor in plan currency, after proration
	NodeTarget     NodeKind = 16 // Value: the target incentive of the window in plan currency, after proration; below one: of a part of the window, From days of To
	NodeResult     NodeKind = 17 // Value x Rate: what the window, or below a line its event, comes to in plan currency; at the top a line
	NodeInput      NodeKind = 18 // below a result: what its formula has read; below an override: what one of those below has earned; below a rounding: the exact total of each earning that is rounded with it. Value: a number, or a date as its day number
	NodePoint      NodeKind = 19 // a point beside what was looked up. From: where it lies; Rate: its cell
	NodeEarned     NodeKind = 21 // Value x Rate: an override of a level on what those below have earned, in plan currency; a line
	NodeEarlier    NodeKind = 20 // a line: before the rounding what credits of earlier periods come to, Value what they add to the measure; after it what those periods have earned

	NodeLookup NodeKind = 24 // what a credit adds to the running total that the component is looked up by, where that is of another measure. From, To: the total before and after; at the top of a credit without a line, otherwise below its line

	NodeCapTogether   NodeKind = 31 // after the rounding: what a cap over several earnings takes from this one. Value: the earning before it; Rate: the cap in plan currency, after proration; a line where it adds
	NodeFloorTogether NodeKind = 32 // as NodeCapTogether, of a floor
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
	Parents []int32       // index of the parent; -1 for the root
	Term    []int32       // index into Terms; -1 where the node has none
	Amounts model.Numbers // 0 on nodes that only inform
	Values  model.Numbers
	Credits []int64 // the credit cited, below 0 the activity; 0 for none: see Cited
	Terms   []Term
	Paid    model.Numbers // rounded amounts of the lines, in order: of the LINE, BONUS, EARLIER, top EARNED and RESULT and adjustment nodes, and of what caps and floors over several earnings add
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

// opened is a trace with its numbers spelt out, for those who read them all.
type opened struct {
	*Trace
	Amounts, Values, Paid []decimal.Decimal
}

func (t *Trace) open() *opened {
	return &opened{t, t.Amounts.Decimals(), t.Values.Decimals(), t.Paid.Decimals()}
}

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
	NodeMultiplier: model.TraceMultiplier,
	NodeGate:       model.TraceGate,
	NodeCap:        model.TraceCap,
	NodeFloor:      model.TraceFloor,
	NodeTarget:     model.TraceTarget,
	NodeResult:     model.TraceResult,
	NodeInput:      model.TraceInput,
	NodePoint:      model.TracePoint,
	NodeEarlier:    model.TraceEarlier,
	NodeEarned:     model.TraceEarned,
	NodeLookup:     model.TraceLookup,

	NodeCapTogether:   model.TraceCap,
	NodeFloorTogether: model.TraceFloor,
}

// tracer builds a trace; one that was emptied is ready.
type tracer struct {
	Trace
	rates  known[rateKey]
	texts  known[string]
	last   rateKey // whose term is lastAt
	lastAt int32   // -1: none
}

// known finds the terms of keys: few in a list, many in a map.
type known[K comparable] struct {
	few  []K
	at   []int32
	many map[K]int32
}

const fewTerms = 16

func (k *known[K]) find(key K) (int32, bool) {
	if k.many != nil {
		at, found := k.many[key]
		return at, found
	}
	if i := slices.Index(k.few, key); i >= 0 {
		return k.at[i], true
	}
	return -1, false
}

func (k *known[K]) enter(key K, at int32) {
	if k.many == nil && len(k.few) == fewTerms {
		k.many = make(map[K]int32, 2*fewTerms)
		for i, key := range k.few {
			k.many[key] = k.at[i]
		}
	}
	if k.many != nil {
		k.many[key] = at
		return
	}
	k.few, k.at = append(k.few, key), append(k.at, at)
}

// empty forgets all and keeps the room.
func (k *known[K]) empty() {
	clear(k.few)
	k.few, k.at, k.many = k.few[:0], k.at[:0], nil
}

// empty takes all nodes out and keeps the room.
func (t *tracer) empty() {
	t.Kinds, t.Parents, t.Term, t.Credits = t.Kinds[:0], t.Parents[:0], t.Term[:0], t.Credits[:0]
	clear(t.Terms)
	t.Terms = t.Terms[:0]
	t.Amounts.Empty()
	t.Values.Empty()
	t.Paid.Empty()
	t.rates.empty()
	t.texts.empty()
	t.last, t.lastAt = rateKey{}, -1
}

// packed is a copy of the trace in little memory.
func (t *Trace) packed() Trace {
	n := t.Len()
	out := Trace{Format: t.Format, Kinds: slices.Clone(t.Kinds), Terms: slices.Clone(t.Terms)}
	ints := make([]int32, 2*n)
	out.Parents, out.Term = ints[:n:n], ints[n:]
	copy(out.Parents, t.Parents)
	copy(out.Term, t.Term)
	units, exps := make([]int64, 3*n+t.Paid.Len()), make([]int8, 2*n+t.Paid.Len())
	out.Credits, units = units[:n:n], units[n:]
	copy(out.Credits, t.Credits)
	out.Amounts, units, exps = t.Amounts.CloneIn(units, exps)
	out.Values, units, exps = t.Values.CloneIn(units, exps)
	out.Paid, _, _ = t.Paid.CloneIn(units, exps)
	return out
}

// rateKey is what the term of a line or slice depends on.
type rateKey struct {
	tier  *tier
	step  *fxStep
	label string
}

// grow makes room for n more nodes.
func (t *tracer) grow(n int) {
	t.Kinds = slices.Grow(t.Kinds, n)
	t.Parents = slices.Grow(t.Parents, n)
	t.Term = slices.Grow(t.Term, n)
	t.Amounts.Grow(n)
	t.Values.Grow(n)
	t.Credits = slices.Grow(t.Credits, n)
}

// node appends a node without amount or credit and gives its index.
func (t *tracer) node(kind NodeKind, parent, term int32, value decimal.Decimal) int32 {
	return t.nodeOf(kind, parent, term, numberOf(value))
}

// nodeOf is node.
func (t *tracer) nodeOf(kind NodeKind, parent, term int32, value number) int32 {
	t.Kinds = append(t.Kinds, kind)
	t.Parents = append(t.Parents, parent)
	t.Term = append(t.Term, term)
	t.Amounts.AppendSmall(0, 0)
	value.appendTo(&t.Values)
	t.Credits = append(t.Credits, 0)
	return int32(len(t.Kinds) - 1)
}

// amount gives a node its amount.
func (t *tracer) amount(node int32, amount decimal.Decimal) { t.Amounts.Set(int(node), amount) }

// amountOf is amount.
func (t *tracer) amountOf(node int32, amount number) {
	if amount.wide != nil {
		t.amount(node, *amount.wide)
		return
	}
	t.Amounts.SetSmall(int(node), amount.units, amount.exp)
}

// term appends a term and gives its index.
func (t *tracer) term(term Term) int32 {
	t.Terms = append(t.Terms, term)
	return int32(len(t.Terms) - 1)
}

// text gives the term that is a label alone.
func (t *tracer) text(format string, args ...any) int32 { return t.label(fmt.Sprintf(format, args...)) }

// label gives the term that is a label alone.
func (t *tracer) label(label string) int32 {
	at, known := t.texts.find(label)
	if !known {
		at = t.term(Term{Label: label})
		t.texts.enter(label, at)
	}
	return at
}

// rated gives the term of a tier with its step to pay currency, of a step to
// plan currency where there is no tier, or of a label alone.
func (t *tracer) rated(key rateKey) int32 {
	if t.lastAt >= 0 && t.last == key {
		return t.lastAt
	}
	at, known := t.rates.find(key)
	if !known {
		term := Term{Label: key.label}
		if key.tier != nil {
			term.Rate, term.From, term.To = key.tier.rate, key.tier.from, key.tier.to
			if term.Label == "" {
				term.Label = key.tier.label
			}
		}
		switch {
		case key.step == nil:
		case key.tier == nil: // the step that brings a credit into plan currency
			term.Label, term.Rate = key.step.label, &key.step.rate
		default:
			term.FX, term.Step = &key.step.rate, key.step.label
		}
		at = t.term(term)
		t.rates.enter(key, at)
	}
	t.last, t.lastAt = key, at
	return at
}

// adjusts tells whether a node is an adjustment.
func (k NodeKind) adjusts() bool { return k >= NodeMultiplier && k <= NodeFloor }

// together tells whether a node is a cap or floor over several earnings.
func (k NodeKind) together() bool { return k == NodeCapTogether || k == NodeFloorTogether }

// known tells whether there is such a kind.
func (k NodeKind) known() bool { return k >= 0 && int(k) < len(traceKinds) && traceKinds[k] != "" }

// isLine tells whether the node is a line of the earning.
func (t *Trace) isLine(i int) bool {
	kind := t.Kinds[i]
	if kind.together() {
		return t.Parents[i] == 0 && !toward(t.Values.At(i), t.Amounts.At(i))
	}
	return kind == NodeLine || kind == NodeBonus || t.Parents[i] == 0 && (kind == NodeResult || kind == NodeEarlier || kind == NodeEarned || kind.adjusts())
}

// Lines gives the lines of the earning, in the order of the facts; those of
// the whole window stand where they were worked out.
func (t Trace) Lines() []Line {
	lines := make([]Line, 0, t.Paid.Len())
	for i, kind := range t.Kinds {
		if !t.isLine(i) || len(lines) == t.Paid.Len() {
			continue
		}
		line := Line{Credit: t.Credits[i], Exact: t.Amounts.At(i), Amount: t.Paid.At(len(lines))}
		if kind == NodeLine || kind == NodeEarned {
			line.Measured = t.Values.At(i)
		}
		lines = append(lines, line)
	}
	return lines
}
