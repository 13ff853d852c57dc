package plantext

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is told now to testdata")

func toldHow(text string, t failing) string {
	known := Known{Key: keyOf, Name: keyOf, Examples: map[string]string{"commission": "For example, 1 is 1."}, Values: map[string][]string{"kicker": {"For Ann it is 2 on 2026-01-01."}}}
	var b strings.Builder
	for _, s := range How(readBack(t, text), known) {
		fmt.Fprintf(&b, "%s\n", s.Heading)
		for _, sentence := range s.Sentences {
			fmt.Fprintf(&b, "  %s\n", sentence)
		}
	}
	return b.String()
}

// TestHowARichPlanWorks compares what is told of a plan that has something of
// everything with testdata/how.txt.
func TestHowARichPlanWorks(t *testing.T) {
	text, err := os.ReadFile("testdata/how.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := toldHow(string(text), t)
	if *update {
		if err := os.WriteFile("testdata/how.txt", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/how.txt")
	if err != nil || got != string(want) {
		t.Errorf("%v: it tells\n%s", err, got)
	}
}

// TestHowEachChoiceWorks changes one thing of a small plan, and expects the
// sentences that tell it, and that none other stays.
func TestHowEachChoiceWorks(t *testing.T) {
	head, _, _ := strings.Cut(small, "    rateKind")
	for _, c := range []struct {
		component string
		want      []string
		tables    string
	}{
		{"rateKind: RATE_ON_VALUE\n    rate: 0.05", []string{"It pays 5% of what is measured."}, ""},
		{"rateKind: UNIT\n    rate: 12.5", []string{"It pays 12.5 EUR for each unit of what is measured."}, ""},
		{"rateKind: PER_EVENT\n    rate: 100", []string{"It pays 100 EUR for each credit."}, ""},
		{"rateKind: PER_EVENT\n    rate: 100\n    event: ORDER", []string{"It pays 100 EUR for each order."}, ""},
		{"rateKind: TIERED\n    rateTable: T\n    tierMode: MARGINAL", []string{
			"Its tiers stand in the rate table T, by what is measured: each tier's rate is for what lies in it.", "Up to 100% of quota: 5%.", "From 100% of quota up: 8%.", "What is exactly on a bound belongs to the tier above it.",
			"Attainment is measured against the quota of the month.", "For a part of the window the quota counts by days."}, byAttainment},
		{"rateKind: TIERED\n    rateTable: T\n    tierMode: RETROACTIVE", []string{
			"Its tiers stand in the rate table T, by what is measured: the rate of the tier that is reached is for everything.", "From 0 to 1,000: 5%.", "From 1,000 up: 8%.", "What is exactly on a bound belongs to the tier above it."}, byMeasure},
		{"rateKind: TIERED\n    rateTable: T\n    tierMode: WHOLE_CREDIT\n    accumulate: PERIOD\n    lookedUpBy: LOGOS", []string{
			"Its tiers stand in the rate table T, by LOGOS, counted over the payout period: each credit has the rate of one tier, that of the running total with the credit counted in.", "From 0 to 1,000: 5%.", "From 1,000 up: 8%.", "What is exactly on a bound belongs to the tier above it."}, byMeasure},
		{"rateKind: PAY_CURVE\n    rateTable: T", []string{
			"It pays what the rate table T gives for the whole of what is measured.", "At 50% of quota: 0% of the target incentive.", "At 100% of quota: 100% of the target incentive.", "Between these points it goes in a straight line.",
			"Attainment is measured against the quota of the month.", "For a part of the window the quota counts by days.", "Its target incentive is that of the plan."}, curve},
		{"rateKind: BONUS\n    bonus: [{at: 0.9, amount: 500}, {at: 1, amount: 1000}]\n    bonusLevels: EACH", []string{
			"At 90% of quota it pays 500 EUR.", "At 100% of quota it pays 1,000 EUR.", "Of the levels each one reached is paid.", "Attainment is measured against the quota of the month.", "For a part of the window the quota counts by days."}, ""},
		{"rateKind: MATRIX\n    rateTable: T", []string{"It looks its rate up in the rate table T.", "For segment SMB: 2%.", "For any segment: 1%."}, matrix},
		{"rateKind: OBJECTIVES\n    goals: [{key: csat, measure: CSAT, weight: 0.4}, {key: arr, measure: ARR, weight: 0.6, rateTable: T}]\n    targetShare: 0.5", []string{
			"40% of the target incentive is for csat, measured by CSAT: what is measured is the fraction of it that is paid.",
			"60% of the target incentive is for arr, measured by ARR: the rate table T gives the fraction of it that is paid.", "Its target incentive is 50% of that of the plan."}, ""},
		{"rateKind: FORMULA\n    formula: measure * 2", []string{"It pays, in EUR, what this formula gives: measure * 2."}, ""},
		{"rateKind: OVERRIDE\n    overrideBasis: EARNINGS\n    overrideLevels: [{level: 1, rate: 0.1}]\n    compress: true", []string{"It pays 10% of what is earned 1 level below.", "A vacant position is no level."}, ""},
		{"rateKind: POOL\n    team: EMEA\n    fund: measure * 0.01", []string{
			"The team EMEA shares a fund, which in EUR is what this formula gives: measure * 0.01.", "Each member's part goes by their weight in the team times their days."}, ""},
		{"window: QUARTER\n    settlement: TRUE_UP\n    rateKind: UNIT\n    rate: 1", []string{"It is paid each month: what the quarter has earned so far, less what its earlier periods have earned.", "It pays 1 EUR for each unit of what is measured."}, ""},
		{"window: QUARTER\n    rateKind: UNIT\n    rate: 1", []string{"It is paid for each quarter, in the month in which that ends.", "It pays 1 EUR for each unit of what is measured."}, ""},
		{"window: WEEK\n    rateKind: UNIT\n    rate: 1", []string{"It is paid each month, for each week that ends in it by itself.", "It pays 1 EUR for each unit of what is measured."}, ""},
		{"condition: a\n    eligibility: b\n    startDate: 2026-02-01\n    restart: true\n    rateKind: UNIT\n    rate: 1", []string{
			"Of that it counts what meets this condition: a.", "Days count on which this holds for the payee too: b.", "It stands from 2026-02-01 on.", "Running totals begin anew with this version.", "It is paid each month, for that month.", "It pays 1 EUR for each unit of what is measured."}, ""},
		{"rateKind: UNIT\n    rate: 1\n    attainmentCap: 2\n    adjustments: [{kind: MULTIPLIER, name: K, over: LINE, condition: c, factor: 1.5}, {kind: GATE, name: G, condition: g}, {kind: GATE, name: H, condition: h, factor: 0.5}, {kind: CAP, name: C, amount: 10, per: YEAR, excess: CARRIED}, {kind: CAP, name: O, over: ORDER, amount: 5}, {kind: FLOOR, name: F, amount: 1}]", []string{
			"It pays 1 EUR for each unit of what is measured.", "Attainment is measured against the quota of the month.", "For a part of the window the quota counts by days.", "What is above 200% of quota does not count.",
			"K: what each line pays is multiplied by 1.5, where this holds: c.", "G: unless this holds, nothing is paid: g.", "H: unless this holds, 50% of it is paid: h.",
			"C: the component pays at most 10 EUR in the fiscal year; what lies above is carried on.", "O: each order pays at most 5 EUR.", "F: the component pays at least 1 EUR in the measurement window."}, ""},
	} {
		text := head + "    " + c.component + "\n" + c.tables
		told := toldHow(text, t)
		_, got, _ := strings.Cut(told, "base\n")
		got, _, _ = strings.Cut(got, "For all components")
		want := append([]string{}, c.want...)
		if !strings.HasPrefix(strings.Join(want, " "), "It is paid") && !strings.Contains(strings.Join(want, " "), "It is paid each month, for that month.") {
			want = append([]string{"It is paid each month, for that month."}, want...)
		}
		want = append([]string{"It measures ARR."}, want...)
		if want := "  " + strings.Join(want, "\n  ") + "\n"; got != want {
			t.Errorf("%s\nis told as\n%swant\n%s", c.component, got, want)
		}
	}
}

const (
	byAttainment = "rateTables: [{key: T, dimension: ATTAINMENT, cellKind: RATE, bounds: LOWER_INCLUSIVE, rows: [{to: 1, cell: 0.05}, {from: 1, cell: 0.08}]}]\n"
	byMeasure    = "rateTables: [{key: T, dimension: MEASURE, cellKind: RATE, bounds: LOWER_INCLUSIVE, rows: [{from: 0, to: 1000, cell: 0.05}, {from: 1000, cell: 0.08}]}]\n"
	curve        = "rateTables: [{key: T, dimension: ATTAINMENT, cellKind: FRACTION_OF_TARGET, bounds: LOWER_INCLUSIVE, lookup: LINEAR, rows: [{from: 0.5, cell: 0}, {from: 1, cell: 1}]}]\n"
	matrix       = "rateTables: [{key: T, cellKind: RATE, bounds: LOWER_INCLUSIVE, precedence: FIRST, dimensions: [{name: segment, expression: x, match: EQUALS}], rows: [{keys: [{equals: SMB}], cell: 0.02}, {keys: [{}], cell: 0.01}]}]\n"
)

// TestHowBalancesWork tells how what is earned becomes payable, or is taken back.
func TestHowBalancesWork(t *testing.T) {
	head, _, _ := strings.Cut(small, "    rateKind")
	flat := head + "    rateKind: UNIT\n    rate: 1\n"
	for _, c := range []struct{ text, want string }{
		{flat + "    release: [{name: a, share: 0.4, trigger: OFFSET}, {name: b, share: 0.6, trigger: OFFSET, months: 2}]\n", "40% of it is payable at once, and 60% two months after the sale.\n  Until then it is held."},
		{flat + "    release: [{name: a, share: 1, trigger: OFFSET, from: PERIOD, days: 30}]\n", "What it earns is payable 30 days after the end of the payout period."},
		{flat + "    release: [{name: a, share: 0.5, trigger: CASH, cash: PROPORTION}, {name: b, share: 0.25, trigger: PERSON}, {name: c, share: 0.25, trigger: DATE, date: 2026-06-10}]\n",
			"50% of it is payable as the customer pays, in proportion to what is paid of the sale, 25% once somebody releases it, and 25% on 2026-06-10."},
		{flat + "    clawbacks: [{cause: RETURN, months: 6}]\n", "If the customer returns the sale within six months, what was paid for it is taken back."},
		{flat + "    clawbacks: [{cause: NON_PAYMENT, days: 90, method: PERCENT, share: 0.5}]\n", "If the customer has not paid the sale within 90 days, 50% of what was paid for it is taken back."},
		{flat + "    clawbacks: [{cause: LEAVING, months: 12, method: UNEARNED_MONTHS, eventMonth: true, onlyDirect: true}]\n",
			"If the payee leaves within twelve months of the sale, what was paid for the sale is taken back for those of twelve months that are left; that in which it happens is earned.\n  What managers and overlays have earned by the sale stays."},
		{flat + "    adjustments: [{kind: GATE, name: G, condition: attainment >= 1, deferred: true}]\n", "G: unless this holds, what it earns is held until it holds in a later period: attainment >= 1."},
		{flat + "guarantees: [{key: g, name: Start, amount: 6000, per: QUARTER, counts: [base]}]\n", "Start: in each quarter what base earns is topped up to 6,000 EUR, and the top-up is not paid back.\n  For a part of the quarter the guarantee counts by days."},
		{flat + "draws: [{key: d, name: Advance, amount: 1000, whole: true, recoverAfter: 3, recoverShare: 0.5, atEnd: WRITE_OFF}]\n",
			"Advance: in each pay period what pay misses of 1,000 EUR is advanced.\n  An advance is paid back from 50% of what later pay exceeds that by, but in the first three pay periods after the first advance nothing.\n  What is still owed at its end is forgiven."},
		{flat + "draws: [{key: d, name: Advance, formula: target / 12, method: UP_FRONT}]\n", "Advance: in each pay period payroll advances what, in EUR, this formula gives (target / 12), which is taken off the period's pay; what pay misses of it is owed."},
		{flat + "rules: {negativePay: COLLECTED, leaver: {holds: FORFEIT, draw: COLLECT, debit: WRITE_OFF}}\n",
			"Pay below zero is collected.\n  When the payee leaves, what is held is lost.\n  When the payee leaves, what is owed of advances is collected.\n  When the payee leaves, pay below zero is forgiven."},
		{flat + "rules: {leaver: {openWindow: FORFEIT}}\n", "What a window earns that is open when the payee leaves is lost, beyond what was paid of it."},
		{flat + "rules: {leaver: {openWindow: FULL, lastPayAfter: 2}}\n",
			"A window that is open when the payee leaves is measured until then against its whole quota.\n  All this happens with the last pay, two pay periods after the one of leaving."},
	} {
		if got := toldHow(c.text, t); !strings.Contains(got, c.want) {
			t.Errorf("%s\nis told as\n%s\nwithout %q", c.text, got, c.want)
		}
	}
}

// TestChangesOfBalancesInWords tells what changes of what becomes payable.
func TestChangesOfBalancesInWords(t *testing.T) {
	head, _, _ := strings.Cut(small, "    rateKind")
	flat := head + "    rateKind: UNIT\n    rate: 1\n"
	for _, c := range []struct{ old, now, want string }{
		{"", "    release: [{name: later, share: 1, trigger: OFFSET, months: 2}]\n", "Release later of base is new: 100% is payable two months after the sale."},
		{"    release: [{name: later, share: 1, trigger: OFFSET, months: 2}]\n", "    release: [{name: later, share: 1, trigger: OFFSET, months: 3}]\n", "The months of release later of base goes from 2 to 3."},
		{"", "    clawbacks: [{cause: RETURN, months: 6}]\n", "Clawback RETURN of base is new: if the customer returns the sale within six months, what was paid for it is taken back."},
		{"draws: [{key: d, name: Advance, amount: 1000}]\n", "draws: [{key: d, name: Advance, amount: 1200}]\n", "The amount of draw d goes from 1,000 EUR to 1,200 EUR."},
		{"guarantees: [{key: g, name: Start, amount: 6000, per: QUARTER}]\n", "", "Guarantee Start is gone; it was in each quarter all that the payee earns is topped up to 6,000 EUR, and the top-up is not paid back."},
		{"rules: {leaver: {holds: RELEASE}}\n", "rules: {leaver: {holds: FORFEIT}}\n", "The fate of what is held when the payee leaves of the policy for who leaves is now lost instead of released at once."},
	} {
		if got := toldChanges(Diff(readBack(t, flat+c.old), readBack(t, flat+c.now), keyOf)); !strings.Contains(got, c.want) {
			t.Errorf("%q -> %q is told as\n%s\nwithout %q", c.old, c.now, got, c.want)
		}
	}
}
