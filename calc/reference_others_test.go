package calc

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// asked is a calculation of a run.
type asked struct{ payee, period string }

// everyone lists all calculations of a company.
func (s *scene) everyone() []asked {
	var out []asked
	for _, seat := range s.Seats {
		for _, period := range companyPeriods {
			if a := (asked{seat.Payee, period}); !slices.Contains(out, a) {
				out = append(out, a)
			}
		}
	}
	return out
}

// calculated calculates in one run, in the order asked.
func calculated(e *Engine, facts []CreditFact, order []asked) map[asked]Result {
	all, out := everybody(facts), map[asked]Result{}
	run := e.Begin(all)
	for _, a := range order {
		payee := keyed(model.KindPayee, a.payee)
		out[a] = run.Calculate(payee, keyed(model.KindPeriod, a.period), all.Credits([]model.ID{payee}, model.Always))
	}
	return out
}

// otherwise tells for whom a run gives other bytes than another.
func otherwise(got, want map[asked]Result) string {
	for a, r := range want {
		if !bytes.Equal(bytesOf(got[a]), bytesOf(r)) {
			return fmt.Sprintf("%v has\n%s%+v\ninstead of\n%s%+v", a, outlines(got[a]), got[a].Problems, outlines(r), r.Problems)
		}
	}
	return ""
}

func outlines(r Result) string {
	var out strings.Builder
	for _, e := range r.Earnings {
		out.WriteString(e.Cites.Position + " " + outline(e.Trace.Explain(), ""))
	}
	return out.String()
}

// sound tells what a result breaks of what all promise.
func sound(r Result) error {
	if err := r.Check(); err != nil {
		return err
	}
	for _, e := range r.Earnings {
		if amount, err := Verify(e.Trace); err != nil || !amount.Equal(e.Amount.Amount) {
			return fmt.Errorf("the trace of %s comes to %s: %w", e.Key, amount, err)
		}
	}
	return nil
}

// differs compares what a run says of everybody with what the reference says.
func (x *refCompany) differs(results map[asked]Result) string {
	said := map[refNode]*Earning{}
	codes := map[refNode]model.Problem{}
	for a, r := range results {
		for i := range r.Earnings {
			e := &r.Earnings[i]
			n := refNode{a.payee, e.Cites.Position, e.Cites.Plan, e.Key, a.period}
			said[n] = e
			for _, p := range r.Problems {
				if p.PositionID == e.Position && p.ComponentID == e.Component {
					codes[n] = p
				}
			}
		}
	}
	for _, n := range x.nodes() {
		if what := x.earned(n).unlike(said[n], codes[n]); what != "" {
			return fmt.Sprintf("%v: %s", n, what)
		}
		delete(said, n)
	}
	for n := range said {
		return fmt.Sprintf("%v: the reference knows of none", n)
	}
	return ""
}

// unlike compares an earning.
func (o *refEarned) unlike(e *Earning, p model.Problem) string {
	switch {
	case (e != nil) != o.some:
		return fmt.Sprintf("an earning: %v, the reference has one: %v", e != nil, o.some)
	case e == nil:
	case len(o.problems) > 0 || p.Code != "":
		if !o.problems[p.Code] {
			return fmt.Sprintf("problem %q (%s), the reference says %v", p.Code, p.Detail, o.problems)
		}
	case e.Amount.Currency != o.currency:
		return fmt.Sprintf("paid in %s, the reference says %s", e.Amount.Currency, o.currency)
	case e.Amount.Amount.Rat().Cmp(o.amount) != 0:
		return fmt.Sprintf("earned %s, the reference says %s", e.Amount.Amount, o.amount.FloatString(12))
	}
	return ""
}

// TestReferenceOfOthers compares the engine with the reference on companies
// whose payees depend on each other, in several orders.
func TestReferenceOfOthers(t *testing.T) {
	t.Parallel()
	n := *references
	features, wrong := map[string]int{}, 0
	for seed := range uint64(n) {
		random := rand.New(rand.NewPCG(seed, 1905))
		s := generatedCompany(random)
		had := map[string]int{}
		what := referred(&s, random, had)
		for feature := range had {
			features[feature]++
		}
		if what != "" {
			if wrong++; wrong < 12 {
				t.Errorf("seed %d: %s", seed, what)
			}
			if *explainReference == int(seed) {
				t.Fatalf("%s", s.toldOfOthers())
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, n)
	}
	enough(t, n, features)
}

// referred compares one company.
func referred(s *scene, random *rand.Rand, features map[string]int) string {
	e, err := NewEngine(s.book())
	if err != nil {
		return err.Error()
	}
	order := s.everyone()
	want := calculated(e, s.facts(), order)
	for _, r := range want {
		if err := sound(r); err != nil {
			return err.Error()
		}
	}
	if what := newRefCompany(s, features).differs(want); what != "" {
		return what
	}
	backwards := slices.Clone(order)
	slices.Reverse(backwards)
	if what := otherwise(calculated(e, s.facts(), backwards), want); what != "" {
		return "backwards " + what
	}
	shuffle(random, order)
	return otherwise(calculated(e, s.facts(), order), want)
}

// toldOfOthers writes a company and what the engine says of it.
func (s *scene) toldOfOthers() string {
	var out strings.Builder
	fmt.Fprintf(&out, "rules %+v\nseats %v\nunder %+v\nteams %+v\nassigned %+v\nversions %+v\nvalues %+v\nquotas %+v\npays %v\nfx %v\n", s.Rules, s.Seats, s.Under, s.Teams, s.Assigned, s.Versions, s.Values, s.Quotas, s.Pays, s.FX)
	for i, credit := range s.Credits {
		fmt.Fprintf(&out, "%d %+v\n", i+1, credit)
	}
	e, err := NewEngine(s.book())
	if err != nil {
		return err.Error()
	}
	results := calculated(e, s.facts(), s.everyone())
	for _, a := range slices.SortedFunc(maps.Keys(results), func(a, b asked) int { return strings.Compare(a.payee+a.period, b.payee+b.period) }) {
		fmt.Fprintf(&out, "%v\n%s%+v\n", a, outlines(results[a]), results[a].Problems)
	}
	return out.String()
}
