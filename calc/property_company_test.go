package calc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// sharedOf collects, for each fund that a trace names, its amount and the share
// of who has the trace.
func sharedOf(t Trace, period string, funds, shares map[string]decimal.Decimal) {
	window, fund := period, ""
	for i := range t.Kinds {
		label := ""
		if term := t.termAt(i); term != nil {
			label = term.Label
		}
		switch {
		case t.Kinds[i] == NodeRule && strings.HasPrefix(label, "window="):
			window = period + " " + label
		case t.Kinds[i] == NodeRule && strings.HasPrefix(label, "rateKind=POOL round"):
			fund = window
			funds[fund] = t.Values.At(i)
		case t.Kinds[i] == NodeResult && fund != "":
			shares[fund] = shares[fund].Add(t.Values.At(i))
		}
	}
}

// TestSharesSumToTheFund whatever the weights, the days and the versions, and
// whoever is paid in which currency.
func TestSharesSumToTheFund(t *testing.T) {
	t.Parallel()
	pools := 0
	rapid.Check(t, func(rt *rapid.T) {
		s := generatedCompany(rapidSource{rt})
		funds, shares, failed := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}, map[string]bool{}
		for a, r := range calculated(engineOf(t, s.book()), s.facts(), s.everyone()) {
			for i := range r.Earnings {
				if e := &r.Earnings[i]; e.Key == "pool" {
					failed[a.period] = failed[a.period] || e.Why == model.WhyProblem // by another window that the period settles
					sharedOf(e.Trace, a.period, funds, shares)
				}
			}
		}
		for window, fund := range funds {
			if failed[strings.Fields(window)[0]] {
				continue // who has a problem gets no share
			}
			if pools++; !shares[window].Equal(fund) {
				rt.Fatalf("%s: the shares of %s sum to %s\n%s", window, fund, shares[window], s.toldOfOthers())
			}
		}
	})
	if pools == 0 {
		t.Error("no fund was shared")
	}
}

// TestCompanyInAnyOrder: neither the order of the book and of the facts, nor
// that of the payees in a run, changes a byte; nor does what is known of others
// from an earlier run.
func TestCompanyInAnyOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := generatedCompany(rapidSource{rt})
		order := s.everyone()
		want := calculated(engineOf(t, s.book()), s.facts(), order)
		random := rand.New(rand.NewPCG(uint64(rapidSource{rt}.IntN(1000)), 7))
		e, facts := engineOf(t, shuffled(s.book(), random)), s.facts()
		shuffle(random, facts)
		shuffle(random, order)
		got := calculated(e, facts, order)
		if what := otherwise(got, want); what != "" {
			rt.Fatalf("%s\n%s", what, s.toldOfOthers())
		}
		for _, a := range order {
			payee := keyed(model.KindPayee, a.payee)
			one := e.Begin(seen{everybody(facts), want}).Calculate(payee, keyed(model.KindPeriod, a.period), everybody(facts).Credits([]model.ID{payee}, model.Always))
			if what := otherwise(map[asked]Result{a: one}, map[asked]Result{a: want[a]}); what != "" {
				rt.Fatalf("alone, %s\n%s", what, s.toldOfOthers())
			}
		}
	})
}

// seen is a company of whom all is known.
type seen struct {
	everybody
	results map[asked]Result
}

func (c seen) Earned(payees []model.ID, period model.ID) map[model.ID][]Earned {
	out := map[model.ID][]Earned{}
	for a, r := range c.results {
		if payee := keyed(model.KindPayee, a.payee); slices.Contains(payees, payee) && period == keyed(model.KindPeriod, a.period) {
			out[payee] = earnedOf(r.Earnings)
		}
	}
	return out
}

// spoiledBy changes one thing in a copy of a trace.
func spoiledBy(t Trace, change func(*Trace)) Trace {
	t.Values, t.Terms, t.Amounts = t.Values.Clone(), slices.Clone(t.Terms), t.Amounts.Clone()
	change(&t)
	return t
}

// TestSpoiledOthers: a share, a rank on the other side of what was left over, a
// weight, and what somebody below has earned cannot be changed unnoticed.
func TestSpoiledOthers(t *testing.T) {
	t.Parallel()
	noticed := map[string]int{}
	check := func(s scene, fatalf func(string, ...any)) {
		for _, r := range calculated(engineOf(t, s.book()), s.facts(), s.everyone()) {
			for i := range r.Earnings {
				for what, spoiled := range spoiledOthers(r.Earnings[i].Trace) {
					if noticed[what]++; unnoticed(spoiled) {
						fatalf("%s was not noticed\n%s", what, outline(spoiled.Explain(), ""))
					}
				}
			}
		}
	}
	rapid.Check(t, func(rt *rapid.T) { check(generatedCompany(rapidSource{rt}), rt.Fatalf) })
	wanted := []string{"share", "rank", "weight", "fund", "value of somebody below", "value of a level"}
	missing := func(what string) bool { return noticed[what] == 0 }
	for seed := uint64(0); slices.ContainsFunc(wanted, missing) && seed < 2000; seed++ { // what few checks may not meet
		check(generatedCompany(rand.New(rand.NewPCG(seed, 61))), t.Fatalf)
	}
	for _, what := range wanted {
		if missing(what) {
			t.Errorf("no %s was spoiled", what)
		}
	}
}

func unnoticed(t Trace) bool {
	_, err := Verify(t)
	return err == nil
}

// spoiledOthers makes copies of a trace with one thing spoiled in each.
func spoiledOthers(t Trace) map[string]Trace {
	out := map[string]Trace{}
	add := func(what string, i int) {
		out[what] = spoiledBy(t, func(t *Trace) { t.Values.Set(i, t.Values.At(i).Add(dec("0.01"))) })
	}
	shared := false
	for i := range t.Kinds {
		label := ""
		if term := t.termAt(i); term != nil {
			label = term.Label
		}
		switch {
		case t.Kinds[i] == NodeEarned:
			add("value of a level", i)
		case t.Kinds[i] == NodeInput && t.Kinds[t.Parents[i]] == NodeEarned:
			add("value of somebody below", i)
		case strings.HasPrefix(label, "rateKind=POOL round"):
			add("fund", i)
			shared = true
			if to, moved := otherRank(label); moved {
				out["rank"] = spoiledBy(t, func(t *Trace) { t.Terms[t.Term[i]].Label = to })
			}
		case label == "weight" || label == "weight x days":
			add("weight", i)
		case shared && t.Kinds[i] == NodeResult:
			add("share", i)
		}
	}
	return out
}

// otherRank moves a rank to the other side of what is left over.
func otherRank(label string) (string, bool) {
	var left, rank int
	_, numbers, _ := strings.Cut(label, "left=")
	if _, err := fmt.Sscanf("left="+numbers, "left=%d rank=%d", &left, &rank); err != nil || left == 0 || rank == 0 {
		return "", false
	}
	to := 1
	if rank <= left {
		to = left + 1
	}
	return strings.Replace(label, fmt.Sprintf(" rank=%d ", rank), fmt.Sprintf(" rank=%d ", to), 1), true
}
