package calc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// ledgerOf strikes the months of 2026, one after the other, from what "ana" earns
// in each by a component "commission", and gives for each what is posted, in
// words, and what is payable.
type ledgerScene struct {
	scene
	guarantees []model.Guarantee
	draws      []model.Draw
	release    []model.ReleasePart
	clawbacks  []model.Clawback
	earned     []string                      // by month
	change     func(month int, in *Striking) // what else there is
	book       func(*Book)
}

type struck struct {
	*model.Balance
	payable decimal.Decimal
}

func (s *ledgerScene) strike(t testing.TB) []struck {
	t.Helper()
	if s.Component == nil && s.Versions == nil {
		s.Component = &sceneComponent{Rate: "0.1"}
	}
	s.Payout = model.PeriodMonth
	book := s.scene.book()
	v := &book.Versions[0]
	v.Guarantees, v.Draws = s.guarantees, s.draws
	v.Components[0].Release, v.Components[0].Clawbacks = s.release, s.clawbacks
	if s.book != nil {
		s.book(&book)
	}
	engine, err := NewEngine(book)
	if err != nil {
		t.Fatal(err)
	}
	payee := engine.Begin(Alone{}).Payee(keyed(model.KindPayee, "ana"), s.facts())
	defer payee.Free()
	var out []struck
	before := model.Brought{}
	for i, earned := range s.earned {
		period := keyed(model.KindPeriod, fmt.Sprintf("2026-%02d", i+1))
		in := Striking{Payee: keyed(model.KindPayee, "ana"), Period: period, Before: before, Deals: map[DealKey]*Deal{}}
		if earned != "" {
			in.Earnings = append(in.Earnings, accrualOf(v, period, earned))
		}
		if s.change != nil {
			s.change(i+1, &in)
		}
		b, err := payee.Strike(in)
		if err != nil {
			t.Fatalf("month %d: %v", i+1, err)
		}
		out = append(out, struck{b, payableOf(b, "USD")})
		before = b.After
	}
	return out
}

func accrualOf(v *model.PlanVersion, period model.ID, amount string) Accrual {
	c := &v.Components[0]
	return Accrual{
		Position: keyed(model.KindPosition, "north"), Plan: v.PlanID, Version: v.ID, Component: model.ComponentID(v.PlanID, c.Key), Period: period,
		Key: c.Key, Name: c.Name, EarningCode: c.EarningCode, Amount: model.Money{Amount: dec(amount), Currency: "USD"},
	}
}

// payableOf is what a ledger has made payable in a currency.
func payableOf(b *model.Balance, currency model.CurrencyCode) decimal.Decimal {
	total := standingOf(&b.Before)[side{model.AccountPayable, currency}]
	for i := range b.Entries {
		e := &b.Entries[i]
		if e.Amount.Currency == currency && e.To == model.AccountPayable {
			total = total.Add(e.Amount.Amount)
		}
		if e.Amount.Currency == currency && e.From == model.AccountPayable {
			total = total.Sub(e.Amount.Amount)
		}
	}
	return total
}

// posted lists movements with their amounts, as "DRAW 500 DRAW>PAYABLE".
func posted(b *model.Balance) string {
	var out []string
	for i := range b.Entries {
		e := &b.Entries[i]
		out = append(out, fmt.Sprintf("%s %s", e.Movement, e.Amount.Amount))
	}
	return strings.Join(out, ", ")
}

func payables(all []struck) string {
	var out []string
	for _, s := range all {
		out = append(out, s.payable.String())
	}
	return strings.Join(out, " ")
}

func debts(all []struck, account model.LedgerAccount) string {
	var out []string
	for _, s := range all {
		total := decimal.Zero
		for _, d := range s.After.Debts {
			if d.Account == account {
				total = total.Add(d.Amount)
			}
		}
		out = append(out, total.String())
	}
	return strings.Join(out, " ")
}

func expectText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

// calculation.md: a draw of 1,000 against 500, 700, 400 gives draws 500, 300,
// 600, balance 500, 800, 1,400, pay 1,000 each.
func TestDrawOfThousand(t *testing.T) {
	t.Parallel()
	s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000")}}, earned: []string{"500", "700", "400"}}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "1000 1000 1000")
	expectText(t, "balance", debts(all, model.AccountDraw), "500 800 1400")
	expectText(t, "posted", posted(all[1].Balance), "EARNED 700, DRAW 300")
}

// Siebel's guide, recoverable draw of 2,000: net 2,750 3,000 2,000 2,000 2,875
// 2,750; owed 0 0 500 125 0 0.
func TestDrawOverSixMonths(t *testing.T) {
	t.Parallel()
	s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("2000")}}, earned: []string{"2750", "3000", "1500", "2375", "3000", "2750"}}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "2750 3000 2000 2000 2875 2750")
	expectText(t, "balance", debts(all, model.AccountDraw), "0 0 500 125 0 0")
}

// An advance paid by payroll of 400 is taken off 600; what 300 misses of it is
// owed, 100, and comes off the 600 above the 400 of the third month.
func TestDrawUpFront(t *testing.T) {
	t.Parallel()
	s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("400"), Method: model.DrawUpFront}}, earned: []string{"600", "300", "1000"}}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "200 0 500")
	expectText(t, "balance", debts(all, model.AccountDraw), "0 100 0")
	expectText(t, "posted", posted(all[2].Balance), "EARNED 1000, DRAW 400, DRAW_RECOVERY 400, DRAW_RECOVERY 100")
}

// Recovery begins two periods after the advance, at half of what pay exceeds the
// draw by: 500 owed; 3,000 in the next two months recovers nothing, then half of
// 200, then the rest of 400 at half of 1,000.
func TestDrawRecoversLaterAndInPart(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		draws:  []model.Draw{{Key: "d", Name: "Draw", Amount: optional("2000"), RecoverAfter: 2, RecoverShare: optional("0.5")}},
		earned: []string{"1500", "3000", "3000", "2200", "3000"},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "2000 3000 3000 2100 2600")
	expectText(t, "balance", debts(all, model.AccountDraw), "500 500 500 400 0")
}

// A draw that ends in February: its balance of 1,500 is written off, or collected
// where pay does not suffice.
func TestDrawEnds(t *testing.T) {
	t.Parallel()
	end := model.NewDate(2026, 2, 28)
	for fate, want := range map[model.DrawFate][2]string{
		model.DrawWriteOff: {"1000 1000 200", "1000 0 0"}, // 1,000 advanced, 1,000 more and forgiven
		model.DrawCollect:  {"1000 0 200", "1000 0 0"},    // 1,000 of February and 1,000 of January are asked back
		model.DrawRecover:  {"1000 1000 0", "1000 2000 1800"},
	} {
		s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000"), EndDate: &end, AtEnd: fate}}, earned: []string{"", "", "200"}}
		all := s.strike(t)
		expectText(t, string(fate)+" pay", payables(all), want[0])
		expectText(t, string(fate)+" balance", debts(all, model.AccountDraw), want[1])
	}
}

// Held 14 of February's 28 days a draw of 2,800 is 1,400.
func TestDrawIsProrated(t *testing.T) {
	t.Parallel()
	from := model.NewDate(2026, 2, 15)
	s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("2800"), StartDate: &from}}, earned: []string{"", "400", ""}}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "0 1400 2800")
	expectText(t, "balance", debts(all, model.AccountDraw), "0 1000 3800")
}

// Pay of -300 is carried and set against February's 1,000; or collected.
func TestPayBelowZero(t *testing.T) {
	t.Parallel()
	s := ledgerScene{earned: []string{"-300", "100", "1000"}}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "0 0 800")
	expectText(t, "carried", debts(all, model.AccountCarried), "300 200 0")
	expectText(t, "posted", posted(all[1].Balance), "CARRIED 300, EARNED 100, CARRIED 200")
	s = ledgerScene{earned: []string{"-300", "100"}, scene: scene{Rules: model.PlanRules{NegativePay: model.NegativeCollected}}}
	all = s.strike(t)
	expectText(t, "pay", payables(all), "0 100")
	expectText(t, "posted", posted(all[0].Balance), "EARNED -300, COLLECTED 300")
}

// Guarantees: a month's 2,000 tops 1,500 up by 500 and 3,500 by nothing; a
// quarter's 6,000 tops up in March what its months miss: 6,000 - 5,200 = 800.
func TestGuarantees(t *testing.T) {
	t.Parallel()
	s := ledgerScene{guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("2000"), Per: model.PeriodMonth}}, earned: []string{"1500", "3500", ""}}
	expectText(t, "month", payables(s.strike(t)), "2000 3500 2000")
	s = ledgerScene{guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("6000"), Per: model.PeriodQuarter}}, earned: []string{"1500", "3500", "200", "100"}}
	expectText(t, "quarter", payables(s.strike(t)), "1500 3500 1000 100")
}

// A guarantee tests earnings before the debit that is carried; a draw tests what
// is left: of 500 earned with 300 owed, a guarantee of 400 tops up nothing and 200
// is paid; a draw of 400 advances 200.
func TestWhatMinimumsTest(t *testing.T) {
	t.Parallel()
	s := ledgerScene{guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("400"), Per: model.PeriodMonth, Whole: true}}, earned: []string{"", "500"}}
	s.change = func(month int, in *Striking) {
		if month == 2 {
			in.Before.Debts = []model.Debt{{Account: model.AccountCarried, Currency: "USD", Amount: dec("300")}}
		}
	}
	expectText(t, "guarantee", payables(s.strike(t)[1:]), "200")
	s.draws, s.guarantees = []model.Draw{{Key: "d", Name: "Draw", Amount: optional("400")}}, nil
	expectText(t, "draw", payables(s.strike(t)[1:]), "400")
}

// What is withheld from an earlier period is no pay of this one: it counts neither
// toward its draw nor for paying draws back. 1,000 of January are withheld; February
// advances its own 1,000.
func TestWithheldPayIsNotNetPay(t *testing.T) {
	t.Parallel()
	s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000")}}, earned: []string{"600", "", "1500"}}
	s.change = func(month int, in *Striking) {
		if month == 1 {
			bad := in.Earnings[0]
			bad.Component, bad.Failed = keyed(model.KindComponent, "other"), true
			in.Earnings = append(in.Earnings, bad)
		}
	}
	all := s.strike(t)
	if !all[0].Withheld {
		t.Fatal("January is paid")
	}
	expectText(t, "February", posted(all[1].Balance), "DRAW 1000")
	expectText(t, "pay of January and February, then March", payables(all), "1000 2000 1000")
	expectText(t, "balance", debts(all, model.AccountDraw), "400 1400 900")
}

// Two draws of a payee: what one advances is no pay from which the other is paid
// back. Draw "a" of 500 has 300 owed from before.
func TestDrawIsNotPaidBackFromADraw(t *testing.T) {
	t.Parallel()
	s := ledgerScene{draws: []model.Draw{{Key: "a", Name: "A", Amount: optional("1000")}, {Key: "b", Name: "B", Amount: optional("500")}}, earned: []string{"200"}}
	s.change = func(_ int, in *Striking) {
		plan := in.Earnings[0].Plan
		in.Before.Debts = []model.Debt{{Account: model.AccountDraw, Currency: "USD", PlanID: &plan, Key: "b", Amount: dec("300"), Age: 1}}
	}
	expectText(t, "posted", posted(s.strike(t)[0].Balance), "EARNED 200, DRAW 800")
}
