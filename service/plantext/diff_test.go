package plantext

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const before = `plan: AE
name: Account executives
number: 1
startDate: 2026-01-01
currency: EUR
calendar: FY
rules:
  ramp:
    steps:
      - {month: 1, share: 0.5}
      - {month: 4, share: 1}
parameters:
  - key: kicker
    name: Kicker
    default: 1.5
components:
  - key: commission
    name: Commission
    measure: ARR
    payout: MONTH
    rateKind: RATE_ON_VALUE
    rate: 0.05
    adjustments:
      - {kind: MULTIPLIER, name: Kicker, over: COMPONENT, condition: 'attainment > 1', factor: 1.1}
      - {kind: CAP, name: Top, amount: 50000, per: PERIOD}
  - key: tiers
    name: Accelerator
    measure: ARR
    payout: QUARTER
    rateKind: TIERED
    rateTable: ACCELERATOR
    tierMode: MARGINAL
  - key: csat
    name: Satisfaction
    measure: CSAT
    payout: QUARTER
    rateKind: BONUS
    bonus:
      - {at: 0.9, amount: 500}
    bonusLevels: HIGHEST
  - key: lead
    name: Lead
    measure: ARR
    payout: MONTH
    rateKind: OVERRIDE
    overrideLevels:
      - {level: 1, rate: 0.01}
caps:
  - {kind: CAP, name: All, over: PLAN, per: YEAR, amount: 100000}
rateTables:
  - key: ACCELERATOR
    dimension: ATTAINMENT
    cellKind: RATE
    bounds: LOWER_INCLUSIVE
    rows:
      - {from: 0, to: 1, cell: 0.05}
      - {from: 1, cell: 0.07}
`

func TestChangesInWords(t *testing.T) {
	for _, c := range []struct{ old, new, want string }{
		{"rate: 0.05", "rate: 0.06", "components.commission.rate CHANGED 0.05 0.06: The rate of Commission goes from 5% to 6%."},
		{"cell: 0.07", "cell: 0.08", "rateTables.ACCELERATOR.rows.from=1 CHANGED {from: 1, cell: 0.07} {from: 1, cell: 0.08}: Tier from 100% of quota up in ACCELERATOR: 8% instead of 7%."},
		{"{from: 1, cell: 0.07}", "{from: 1, to: 1.5, cell: 0.07}\n      - {from: 1.5, cell: 0.1}",
			"rateTables.ACCELERATOR.rows.from=1 REMOVED {from: 1, cell: 0.07} -: Tier from 100% of quota up in ACCELERATOR is gone; it was 7%.\n" +
				"rateTables.ACCELERATOR.rows.from=1 to=1.5 ADDED - {from: 1, to: 1.5, cell: 0.07}: Tier from 100% to 150% of quota in ACCELERATOR is new: 7%.\n" +
				"rateTables.ACCELERATOR.rows.from=1.5 ADDED - {from: 1.5, cell: 0.1}: Tier from 150% of quota up in ACCELERATOR is new: 10%."},
		{"caps:\n", "  - key: spif\n    name: SPIF\n    measure: ARR\n    payout: MONTH\n    rateKind: PER_EVENT\n    rate: 1250\ncaps:\n",
			"components.spif ADDED - {key: spif, name: SPIF, measure: ARR, payout: MONTH, rateKind: PER_EVENT, rate: 1250}: Component SPIF is new: 1,250 EUR for each credit of ARR, paid each month."},
		{"  - key: lead\n    name: Lead\n    measure: ARR\n    payout: MONTH\n    rateKind: OVERRIDE\n    overrideLevels:\n      - {level: 1, rate: 0.01}\n", "",
			"components.lead REMOVED {key: lead, name: Lead, measure: ARR, payout: MONTH, rateKind: OVERRIDE, overrideLevels: [{level: 1, rate: 0.01}]} -: Component Lead is gone; it was an override on what those below sell, 1% of level 1, paid each month."},
		{"payout: MONTH\n    rateKind: RATE", "payout: QUARTER\n    rateKind: RATE", "components.commission.payout CHANGED MONTH QUARTER: The payout period of Commission is now quarter instead of month."},
		{"rules:\n", "rules:\n  roundMode: HALF_EVEN\n", "rules.roundMode CHANGED HALF_UP HALF_EVEN: The mode of rounding is now half to the even digit instead of half away from zero."},
		{"rules:\n", "rules:\n  returns: IGNORE\n  statusPolicy: [{status: LEAVE_PAID, accrues: false, pays: true, prorates: false}]\n",
			"rules.returns CHANGED NEGATIVE_CREDIT IGNORE: The treatment of returns is now not counted instead of negative credits at their own date.\n" +
				"rules.statusPolicy.LEAVE_PAID.accrues CHANGED true false: The accruing of days of the status LEAVE_PAID is now no instead of yes."},
		{"{month: 1, share: 0.5}", "{month: 1, share: 0.4}", "rules.ramp.steps.1 CHANGED {month: 1, share: 0.5} {month: 1, share: 0.4}: Month 1 of the ramp: month 1, share 40% instead of month 1, share 50%."},
		{"default: 1.5", "default: 2", "parameters.kicker.default CHANGED 1.5 2: The default of parameter kicker goes from 1.5 to 2."},
		{"amount: 50000", "amount: 60000", "components.commission.adjustments.Top.amount CHANGED 50000 60000: The amount of step Top of Commission goes from 50,000 EUR to 60,000 EUR."},
		{"      - {kind: CAP, name: Top, amount: 50000, per: PERIOD}\n", "", "components.commission.adjustments.Top REMOVED {kind: CAP, name: Top, amount: 50000, per: PERIOD} -: Cap Top of Commission is gone; it was at most 50,000 EUR, span the payout period."},
		{"amount: 500}", "amount: 600}", "components.csat.bonus.0.9 CHANGED {at: 0.9, amount: 500} {at: 0.9, amount: 600}: Bonus at 90% of quota of Satisfaction: 600 EUR instead of 500 EUR."},
		{"rate: 0.01}", "rate: 0.02}", "components.lead.overrideLevels.1 CHANGED {level: 1, rate: 0.01} {level: 1, rate: 0.02}: Rate of level 1 of Lead: 2% instead of 1%."},
		{"amount: 100000", "amount: 90000", "caps.All.amount CHANGED 100000 90000: The amount of cap or floor All goes from 100,000 EUR to 90,000 EUR."},
		{"tierMode: MARGINAL", "tierMode: RETROACTIVE", "components.tiers.tierMode CHANGED MARGINAL RETROACTIVE: The way in which tiers apply of Accelerator is now the rate reached on everything instead of each tier's rate on what lies in it."},
		{"    rate: 0.05\n", "    rate: 0.05\n    attainmentCap: 2\n", "components.commission.attainmentCap ADDED - 2: The attainment cap of Commission is new: 200% of quota."},
		{"startDate: 2026-01-01", "startDate: 2026-07-01", "startDate CHANGED 2026-01-01 2026-07-01: The first day is now 2026-07-01 instead of 2026-01-01."},
		{"name: Commission", "name: Base", "components.commission.name CHANGED Commission Base: The name of Base is now Base instead of Commission."},
		{"number: 1", "number: 2", ""},
	} {
		changed := strings.Replace(before, c.old, c.new, 1)
		if changed == before {
			t.Fatalf("%q is not there", c.old)
		}
		if got := toldChanges(Diff(readBack(t, before), readBack(t, changed), keyOf)); got != c.want {
			t.Errorf("%s -> %s is told as\n%s\nwant\n%s", c.old, c.new, got, c.want)
		}
	}
	swapped := strings.Replace(before, "      - {kind: CAP, name: Top, amount: 50000, per: PERIOD}\n", "", 1)
	swapped = strings.Replace(swapped, "    adjustments:\n", "    adjustments:\n      - {kind: CAP, name: Top, amount: 50000, per: PERIOD}\n", 1)
	if got := toldChanges(Diff(readBack(t, before), readBack(t, swapped), keyOf)); got != "components.commission.adjustments CHANGED Kicker, Top Top, Kicker: The order of the step of Commission is now Top, Kicker instead of Kicker, Top." {
		t.Errorf("another order is told as %s", got)
	}
}

func toldChanges(all []*Change) string {
	var out []string
	for _, c := range all {
		side := func(s *string) string {
			if s == nil {
				return "-"
			}
			return *s
		}
		out = append(out, c.Path+" "+string(c.Kind)+" "+side(c.Before)+" "+side(c.After)+": "+c.Text)
	}
	return strings.Join(out, "\n")
}

// TestDiffsFindWhatTextsShow holds the differences to the texts: there are none
// exactly where the texts are the same but for the order of what has no order;
// and each sentence is one.
func TestDiffsFindWhatTextsShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v Version
		(&draws{t: t}).fill(reflect.ValueOf(&v).Elem(), "")
		unique(&v)
		text := Write(normal(&v), keyOf)
		same := readBack(t, text)
		if got := Diff(&v, same, keyOf); len(got) > 0 {
			t.Fatalf("nothing changed, and it tells\n%s", toldChanges(got))
		}
		var w Version
		(&draws{t: t}).fill(reflect.ValueOf(&w).Elem(), "")
		unique(&w)
		normal(&w)
		for _, pair := range [][2]*Version{{&v, &w}, {&w, &v}} {
			for _, c := range Diff(pair[0], pair[1], keyOf) {
				if c.Path == "" || !strings.HasSuffix(c.Text, ".") || (c.Before == nil) != (c.Kind == Added) || (c.After == nil) != (c.Kind == Removed) {
					t.Fatalf("%+v", c)
				}
			}
		}
	})
}

// unique gives components, parameters and tables keys of their own, which a
// version has once it is checked.
func unique(v *Version) {
	for i := range v.Components {
		v.Components[i].Key = fmt.Sprintf("c%d", i)
	}
	for i := range v.Parameters {
		v.Parameters[i].Key = fmt.Sprintf("p%d", i)
	}
	for i := range v.RateTables {
		v.RateTables[i].Key = fmt.Sprintf("t%d", i)
	}
}

// TestEveryFieldIsCompared changes each field of a whole version, one after the
// other, and expects it told.
func TestEveryFieldIsCompared(t *testing.T) {
	var v Version
	(&draws{}).fill(reflect.ValueOf(&v).Elem(), "")
	normal(&v)
	root := encoder{key: keyOf}.structure(reflect.ValueOf(v))
	var walk func(path string, n *node)
	count := 0
	walk = func(path string, n *node) {
		for _, f := range n.fields {
			walk(path+"."+f.name, f.value)
		}
		for _, item := range n.items {
			walk(path, item)
		}
		if n.kind != scalar || path == ".plan" || path == ".name" || path == ".number" {
			return
		}
		was := n.text
		defer func() { n.text = was }()
		if n.text = other(was); n.text == "" {
			return
		}
		parsed := &Text{root: root, lines: map[string]int{}}
		w, errs := parsed.Version(keyed)
		if len(errs) > 0 {
			n.text = was
			return
		}
		count++
		if len(Diff(&v, w, keyOf)) == 0 {
			t.Errorf("%s went from %s to %s, and nothing is told", path, was, n.text)
		}
	}
	walk("", root)
	if count < 100 {
		t.Errorf("only %d fields were changed", count)
	}
}

// other gives another value of the kind.
func other(text string) string {
	switch text {
	case "true":
		return "false"
	case "false":
		return "true"
	}
	for of, all := range choices {
		for i, word := range all {
			if word == text && of.Name() != "" {
				return all[(i+1)%len(all)]
			}
		}
	}
	if strings.HasPrefix(text, "20") && strings.Count(text, "-") == 2 {
		return "2031-01-01"
	}
	return text + "7"
}
