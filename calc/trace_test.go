package calc

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// traced are scenes whose traces have, together, every kind of node.
func traced() map[string]scene {
	return map[string]scene{
		"marginal over a bound, in three currencies, part of the window": {
			Pay: "GBP", Quota: "150000", Seats: []sceneSeat{{"ana", "north", date("2026-01-02"), date("2027-01-01")}},
			FX:        []sceneFX{{"EUR", "USD", date("2026-01-05"), "1.1"}, {"USD", "GBP", date("2026-01-01"), "0.80335"}},
			Tables:    []sceneTable{{Key: "t", Dimension: model.ByAttainment, Rows: [][3]string{{"0", "0.5", "0.051"}, {"0.5", "", "0.0635"}}}},
			Component: &sceneComponent{Table: "t"},
			Credits: []sceneCredit{{ID: "A", Date: date("2026-01-05"), Amount: "70000", Currency: "EUR"}, {ID: "B", Date: date("2026-01-06"), Amount: "10000.33"},
				{ID: "C", Date: date("2026-01-07"), Amount: "-30000", Reversal: true}, {ID: "D", Date: date("2026-01-08"), Amount: "0"}},
		},
		"retroactive":            {Tables: halves, Component: &sceneComponent{Table: "t", Mode: model.TierRetroactive}, Credits: sold("180000.333", "1.1")},
		"each bonus, prorated":   {Quota: "100", Seats: []sceneSeat{{"ana", "north", date("2026-01-02"), date("2027-01-01")}}, Component: &sceneComponent{Bonus: [][2]string{{"1", "500"}, {"1.2", "100"}, {"9", "1"}}, Levels: model.BonusEach}, Credits: sold("100", "60")},
		"flat, by line":          {Rules: model.PlanRules{RoundStage: model.RoundLine}, Component: &sceneComponent{Rate: "0.1"}, Credits: sold("45.25", "0.375")},
		"nothing":                {Component: &sceneComponent{Rate: "0.1"}},
		"a problem":              {Component: &sceneComponent{Table: "t"}, Tables: []sceneTable{{Key: "t", Rows: [][3]string{{"0", "1", "1"}}}}, Credits: sold("2")},
		"a bonus paid in pounds": {Pay: "GBP", Quota: "1", FX: []sceneFX{{"USD", "GBP", date("2026-03-31"), "0.8"}}, Component: &sceneComponent{Bonus: [][2]string{{"1", "500"}}}, Credits: sold("5")},
	}
}

// TestExplain reads one explanation as a person would.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := traced()["marginal over a bound, in three currencies, part of the window"]
	tree := outline(s.only(t).Trace.Explain(), "")
	want := `
EARNING commission = 2335.35
  MEASURE value=AMOUNT measure=revenue (57000.33)
  QUOTA quota=POSITION (148333.3333333333333333)
    QUOTA quotaProration=DAYS (150000) x 0.9888888888888889 [89, 90)
  ATTAINMENT (0.3842718876404494)
  RULE continuity=ASSIGNMENT [89, 90)
  RULE returns=NEGATIVE_CREDIT
  RULE fxCreditToPlan=EVENT
  RULE fxPlanToPay=EVENT
  RULE tierMode=MARGINAL dimension=ATTAINMENT bounds=LOWER_INCLUSIVE table=t version=1
  LINE (77000) = 3183.2074291667 credit 1
    FX EUR>USD 2026-01-05 (70000) x 1.1
    SLICE tier 1 (74166.66666666666666665) x 0.051 [, 0.5) = 3038.671375
      FX USD>GBP 2026-01-01 provisional for 2026-01-05 (3782.49999999999999999915) x 0.80335 = 3038.671375
    SLICE tier 2 (2833.33333333333333335) x 0.0635 [0.5, ) = 144.5360541667
      FX USD>GBP 2026-01-01 provisional for 2026-01-05 (179.916666666666666667725) x 0.80335 = 144.5360541667
  LINE tier 2 (10000.33) x 0.0635 [0.5, ) = 510.1440841992 credit 2
    FX USD>GBP 2026-01-01 provisional for 2026-01-06 (635.020955) x 0.80335 = 510.1440841992
  LINE (-30000) = -1357.9995429854 credit 3
    SLICE tier 2 (-12833.66333333333333335) x 0.0635 [0.5, ) = -654.6801383659
      FX USD>GBP 2026-01-01 provisional for 2026-01-07 (-814.937621666666666667725) x 0.80335 = -654.6801383659
    SLICE tier 1 (-17166.33666666666666665) x 0.051 [, 0.5) = -703.3194046195
      FX USD>GBP 2026-01-01 provisional for 2026-01-07 (-875.48316999999999999915) x 0.80335 = -703.3194046195
  LINE (0) credit 4
  ROUNDING roundStage=COMPONENT roundMode=HALF_UP scale=2 (2335.3519703805) = -0.0019703805
`
	if tree != want[1:] {
		t.Errorf("got\n%s", tree)
	}
}

// outline writes a tree as text.
func outline(n *model.ExplanationNode, indent string) string {
	var out strings.Builder
	out.WriteString(indent + string(n.Kind))
	if n.Label != "" {
		out.WriteString(" " + n.Label)
	}
	if n.Value != nil {
		out.WriteString(" (" + n.Value.String() + ")")
	}
	if n.Rate != nil {
		out.WriteString(" x " + n.Rate.String())
	}
	if n.From != nil || n.To != nil {
		text := func(d *decimal.Decimal) string {
			if d == nil {
				return ""
			}
			return d.String()
		}
		out.WriteString(" [" + text(n.From) + ", " + text(n.To) + ")")
	}
	if !n.Amount.IsZero() {
		out.WriteString(" = " + n.Amount.String())
	}
	if n.CreditID != nil {
		out.WriteString(" credit " + decimal.NewFromInt(n.CreditID.Int()).String())
	}
	out.WriteString("\n")
	for _, child := range n.Children {
		out.WriteString(outline(child, indent+"  "))
	}
	return out.String()
}

// TestVerifyTampered changes each number of each trace in turn: Verify, or the
// sums that Check makes, must see it.
func TestVerifyTampered(t *testing.T) {
	t.Parallel()
	tried := 0
	for name, s := range traced() {
		if original := s.run(t).Earnings[0]; original.Why != model.WhyProblem {
			tried += tampered(t, name, original)
		}
	}
	t.Logf("%d changes", tried)
}

// tampered changes each number of a trace in turn, and tells how many.
func tampered(t *testing.T, name string, original Earning) (tried int) {
	t.Helper()
	tamper := func(what string, change func(*Trace)) {
		e := original
		e.Trace = copied(original.Trace)
		change(&e.Trace)
		tried++
		if e.check(false) == nil {
			t.Errorf("%s: %s was changed, and nothing saw it", name, what)
		}
	}
	for i := range original.Trace.Kinds {
		kind := string(traceKinds[original.Trace.Kinds[i]])
		tamper(kind+" amount", func(t *Trace) { t.Amounts.Set(i, t.Amounts.At(i).Add(dec("0.01"))) })
		if informs(&original.Trace, i) {
			continue
		}
		tamper(kind+" value", func(t *Trace) { t.Values.Set(i, t.Values.At(i).Add(dec("1"))) })
		if term := original.Trace.termAt(i); term != nil && term.Rate != nil && !looksBack(&original.Trace, i) {
			tamper(kind+" rate", func(t *Trace) { d := term.Rate.Add(dec("0.1")); t.Terms[t.Term[i]].Rate = &d })
		}
		if term := original.Trace.termAt(i); term != nil && term.FX != nil && !looksBack(&original.Trace, i) {
			tamper(kind+" step", func(t *Trace) { d := term.FX.Add(dec("0.1")); t.Terms[t.Term[i]].FX = &d })
		}
	}
	for i := range original.Trace.Paid.Len() {
		tamper("a rounded line", func(t *Trace) { t.Paid.Set(i, t.Paid.At(i).Add(dec("0.01"))) })
	}
	if original.Trace.Paid.Len() > 0 {
		tamper("the number of lines", func(t *Trace) { t.Paid = t.Paid.Part(1, t.Paid.Len()) })
	}
	tamper("the format", func(t *Trace) { t.Format++ })
	tamper("the length", func(t *Trace) { t.Values = t.Values.Part(1, t.Values.Len()) })
	tamper("the root", func(t *Trace) { t.Parents[0] = 0 })
	return tried
}

// looksBack tells whether the node is a cap that looks back: what was above it
// before may leave it without effect.
func looksBack(t *Trace, i int) bool {
	for j := i + 1; j < t.Len() && t.Parents[j] >= int32(i); j++ {
		if choices := choicesOf(t.termAt(j).Label); choices["per"] != "" || choices["excess"] != "" {
			return true
		}
	}
	return false
}

// informs tells whether the value of a node is for people alone.
func informs(t *Trace, i int) bool {
	switch t.Kinds[i] {
	case NodeEarning, NodeReason:
		return true
	case NodeRule:
		label := t.termAt(i).Label
		return !strings.HasPrefix(label, "tierMode=") && !strings.HasPrefix(label, orderPrefix) && !strings.HasPrefix(label, "attainmentCap=") && label != cutOff
	}
	return false
}

func copied(t Trace) Trace {
	t.Kinds, t.Parents, t.Term = slices.Clone(t.Kinds), slices.Clone(t.Parents), slices.Clone(t.Term)
	t.Amounts, t.Values, t.Credits = t.Amounts.Clone(), t.Values.Clone(), slices.Clone(t.Credits)
	t.Terms, t.Paid = slices.Clone(t.Terms), t.Paid.Clone()
	return t
}

// TestTraceCoversItsKinds: the scenes above make every kind of node, and every
// kind has its name.
func TestTraceCoversItsKinds(t *testing.T) {
	t.Parallel()
	seen := map[NodeKind]bool{}
	for _, s := range traced() {
		for _, kind := range s.run(t).Earnings[0].Trace.Kinds {
			seen[kind] = true
		}
	}
	for kind := NodeEarning; kind <= NodeReason; kind++ {
		if !seen[kind] || traceKinds[kind] == "" {
			t.Errorf("kind %d: seen %t, named %q", kind, seen[kind], traceKinds[kind])
		}
	}
}

// TestTraceIsNarrow: a credit at one rate is one node, whatever the component.
func TestTraceIsNarrow(t *testing.T) {
	t.Parallel()
	var amounts []string
	for range 1000 {
		amounts = append(amounts, "100")
	}
	for name, c := range map[string]*sceneComponent{"flat": {Rate: "0.1"}, "marginal": {Table: "t"}, "retroactive": {Table: "t", Mode: model.TierRetroactive}, "bonus": {Bonus: [][2]string{{"1", "5"}}}} {
		s := scene{Tables: halves, Component: c, Quota: "5"}
		s.Credits = sold(amounts...)
		for i := range s.Credits {
			s.Credits[i].Date = date("2026-01-05").AddDays(i % 80)
		}
		trace := s.only(t).Trace
		if trace.Len() > 1010 || len(trace.Terms) > 12 {
			t.Errorf("%s: %d nodes and %d terms for 1000 credits", name, trace.Len(), len(trace.Terms))
		}
	}
}

// TestExplainSums: in every tree the children of a node sum to it.
func TestExplainSums(t *testing.T) {
	t.Parallel()
	for name, s := range traced() {
		var walk func(n *model.ExplanationNode)
		walk = func(n *model.ExplanationNode) {
			total := decimal.Zero
			for _, child := range n.Children {
				total = total.Add(child.Amount)
				walk(child)
			}
			if len(n.Children) > 0 && !total.Equal(n.Amount) {
				t.Errorf("%s: the children of %s %q sum to %s, not %s", name, n.Kind, n.Label, total, n.Amount)
			}
		}
		walk(s.run(t).Earnings[0].Trace.Explain())
	}
	if (Trace{}).Explain() != nil || !reflect.DeepEqual((Trace{}).Lines(), []Line{}) {
		t.Error("an empty trace explains something")
	}
	if _, err := Verify(Trace{}); err == nil {
		t.Error("an empty trace verifies")
	}
}
