package calc

import (
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// lineOf gives the accrual of the month the lines of a deal of another month.
func lineOf(month int, deal, amount string) []DealLine {
	return dealsOf(month, map[string]string{deal: amount})
}

func july() *model.Date {
	day := model.NewDate(2026, 7, 1)
	return &day
}

// 100 held until July are released when the payee leaves in March. Who comes back
// in April keeps them: they are not held again, neither then nor in any month after.
func TestReleasedToALeaver(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene: scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Holds: model.HoldsRelease}}, Statuses: []sceneStatus{
			{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}, {From: model.NewDate(2026, 5, 10), Status: model.PayeeActive},
		}},
		earned: []string{"100", "", "", "", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 12}},
		release: []model.ReleasePart{{Name: "July", Share: dec("1"), Trigger: model.ReleaseDate, Date: july()}},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "0 0 100 0 0 0")
	expectText(t, "carried", debts(all, model.AccountCarried), "0 0 0 0 0 0")
	expectText(t, "April, still away", posted(all[3].Balance), "")
}

// 100 are paid with the customer's 1,000; half of the sale is returned in February
// and 50 taken back. The payment bounces in March: of the 50 that are left, 50 are
// held again, not 100.
func TestBouncedAfterAClawback(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"100", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 12}},
		release: []model.ReleasePart{{Name: "cash", Share: dec("1"), Trigger: model.ReleaseCash}},
		change: func(month int, in *Striking) {
			in.Deals = map[DealKey]*Deal{{"crm", "A"}: {
				Amount: dec("1000"), Returned: []DealEvent{{model.NewDate(2026, 2, 5), dec("500")}},
				Paid: []DealEvent{{model.NewDate(2026, 1, 20), dec("1000")}, {model.NewDate(2026, 3, 5), dec("-1000")}},
			}}
			if month == 1 {
				in.Earnings[0].Lines = lineOf(1, "A", "100")
			}
		},
	}
	all := s.strike(t)
	expectText(t, "posted", posted(all[1].Balance)+"; "+posted(all[2].Balance), "CLAWBACK 50, CARRIED 50; CARRIED 50, HOLD 50, CARRIED 100")
}

// A draw of 2,800 for who moves on 16 February from north, held 15 days, to south,
// held 13, is 1,500 and 1,300: 2,800 together, of which 400 are earned.
func TestDrawOfTwoPositions(t *testing.T) {
	t.Parallel()
	cut := model.NewDate(2026, 2, 16)
	s := ledgerScene{
		scene:  scene{Seats: []sceneSeat{{"ana", "north", model.MinDate, cut}, {"ana", "south", cut, model.MaxDate}}},
		draws:  []model.Draw{{Key: "d", Name: "Draw", Amount: optional("2800")}},
		earned: []string{"3000", "400"},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "3000 2800")
	expectText(t, "balance", debts(all, model.AccountDraw), "0 2400")
}

// A draw without a last day ends with the assignment: its balance of 500 is written
// off, or taken off what is payable, in the month in which the seat ends.
func TestDrawEndsWithItsAssignment(t *testing.T) {
	t.Parallel()
	for fate, want := range map[model.DrawFate]string{
		model.DrawWriteOff: "DRAW_RECOVERY 500, WRITTEN_OFF 500", model.DrawCollect: "DRAW_RECOVERY 500", model.DrawRecover: "",
	} {
		s := ledgerScene{
			scene:  scene{Seats: []sceneSeat{{"ana", "north", model.MinDate, model.NewDate(2026, 2, 1)}}},
			draws:  []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000"), AtEnd: fate}},
			earned: []string{"500", ""},
		}
		expectText(t, string(fate), strings.TrimPrefix(posted(s.strike(t)[0].Balance), "EARNED 500, DRAW 500"), strings.TrimSuffix(", "+want, ", "))
	}
}

// Of 1,000 that count toward draws a deduction of 900 that does not leaves 100: no
// more than these pay the 800 of a draw back that has ended.
func TestDrawIsPaidBackFromWhatThereIs(t *testing.T) {
	t.Parallel()
	end := model.NewDate(2026, 1, 31)
	s := ledgerScene{
		draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("800"), EndDate: &end}}, earned: []string{"", "1000"},
		change: func(month int, in *Striking) {
			if month == 2 {
				in.Adjustments = []model.PayAdjustment{{ExternalID: "a", ReasonCode: "CAR", EarningCode: "OTHER", Amount: model.Money{Amount: dec("-900"), Currency: "USD"}}}
			}
		},
		book: func(b *Book) { b.EarningCodes = []model.EarningCode{{Code: "OTHER", CountsNot: true}} },
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "800 0")
	expectText(t, "draw and debit", debts(all, model.AccountDraw)+", "+debts(all, model.AccountCarried), "800 700, 0 0")
}

// A formula that comes to less than nothing promises nothing.
func TestPromiseBelowZero(t *testing.T) {
	t.Parallel()
	for _, method := range []model.DrawMethod{model.DrawUpFront, model.DrawShortfall} {
		s := ledgerScene{draws: []model.Draw{{Key: "d", Name: "Draw", Formula: "25 - daysHeld", Method: method}}, earned: []string{"100"}}
		expectText(t, string(method), posted(s.strike(t)[0].Balance), "EARNED 100")
	}
}

// In a month of unpaid leave, which counts for no day, nothing is promised: what is
// earned below zero is neither topped up nor advanced, but carried.
func TestNoDayNoPromise(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene:      scene{Statuses: []sceneStatus{{From: model.NewDate(2026, 1, 1), Status: model.PayeeLeaveUnpaid}}},
		guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("500"), Per: model.PeriodMonth}},
		draws:      []model.Draw{{Key: "d", Name: "Draw", Amount: optional("400")}}, earned: []string{"-70"},
	}
	expectText(t, "January", posted(s.strike(t)[0].Balance), "EARNED -70, CARRIED 70")
}

// twoPlans has the plan "plan" for north, and "other" for south, where the payee
// goes on 1 February.
func twoPlans() scene {
	cut := model.NewDate(2026, 2, 1)
	return scene{
		Seats:    []sceneSeat{{"ana", "north", model.MinDate, cut}, {"ana", "south", cut, model.MaxDate}},
		Versions: []sceneVersion{{Components: []sceneComponent{{Rate: "0.1"}}}, {Plan: "other", Components: []sceneComponent{{Rate: "0.1"}}}},
		Assigned: []sceneAssigned{{Plan: "plan", Position: "north"}, {Plan: "other", Position: "south"}},
	}
}

// Pay below zero is collected where the plan of the month says so; that of a position
// which is not held any more has no say.
func TestPlanOfAFormerPosition(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene: twoPlans(), earned: []string{"", "-300"},
		book: func(b *Book) { b.Versions[1].Rules.NegativePay = model.NegativeCollected },
	}
	expectText(t, "February", posted(s.strike(t)[1].Balance), "EARNED -300, COLLECTED 300")
}

// A guarantee of 9,000 a quarter, by a plan that is the payee's from January to
// February alone, is prorated to 59 of 90 days, 5,900; of 1,000, 2,000 and 400 that
// the payee earns it tops up 2,500 in March.
func TestGuaranteeOfAPlanThatEnds(t *testing.T) {
	t.Parallel()
	end := model.NewDate(2026, 3, 1)
	s := ledgerScene{
		scene: scene{
			Versions: []sceneVersion{{Components: []sceneComponent{{Rate: "0.1"}}}, {Plan: "other", Components: []sceneComponent{{Rate: "0.1"}}}},
			Assigned: []sceneAssigned{{Plan: "plan", Payee: "ana", To: &end}, {Plan: "other", Title: "rep"}},
		},
		guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("9000"), Per: model.PeriodQuarter}}, earned: []string{"1000", "2000", "400"},
	}
	expectText(t, "pay", payables(s.strike(t)), "1000 2000 2900")
}

// Of a guarantee whose amount cannot be calculated nothing is topped up, not even
// what was earned below zero.
func TestGuaranteeThatFails(t *testing.T) {
	t.Parallel()
	s := ledgerScene{guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Formula: "100 / (daysHeld - 31)", Per: model.PeriodMonth}}, earned: []string{"-50"}}
	b := s.strike(t)[0]
	expectText(t, "January", posted(b.Balance), "EARNED -50, CARRIED 50")
	if !b.Withheld {
		t.Error("January is paid")
	}
}

// Half a cent is posted as one; what earns nothing in February posts nothing.
func TestNothingPostsNothing(t *testing.T) {
	t.Parallel()
	s := ledgerScene{earned: []string{"0.005", "0", "0"}}
	all := s.strike(t)
	expectText(t, "posted", posted(all[0].Balance)+"; "+posted(all[1].Balance)+"; "+posted(all[2].Balance), "EARNED 0.01; ; ")
}

// What was known by deals and is known as a whole now differs by what it earns
// otherwise: 100 then, 130 now.
func TestDifferenceOfWhatIsNotKnownByDealsNow(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"100", "0"}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 12}},
		change: func(month int, in *Striking) {
			a := &in.Earnings[0]
			if month == 1 {
				a.Lines = lineOf(1, "A", "100")
				return
			}
			was, now := *a, *a
			was.Period, was.Amount.Amount, was.Lines = keyed(model.KindPeriod, "2026-01"), dec("100"), lineOf(1, "A", "100")
			now.Period, now.Amount.Amount = was.Period, dec("130")
			in.Prior = Differences([]Accrual{was}, []Accrual{now})
		},
	}
	expectText(t, "pay", payables(s.strike(t)), "100 30")
}

// 100 wait since January for a gate and are forfeited as the payee leaves in February
// but for the 40 that are released. July passes. What a late fact leaves in August,
// 40 of the 100, is 16 released and 24 forfeited: 24 of the 40 paid are owed.
func TestLateFactLongAfterAForfeit(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene:   scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Holds: model.HoldsForfeit}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 2, 15), Status: model.PayeeTerminated}}},
		earned:  []string{"100", "", "", "", "", "", "", "0"},
		release: []model.ReleasePart{{Name: "now", Share: dec("0.4"), Trigger: model.ReleaseOffset}, {Name: "July", Share: dec("0.6"), Trigger: model.ReleaseDate, Date: july()}},
		change: func(month int, in *Striking) {
			switch month {
			case 1:
				in.Earnings[0].Lines = lineOf(1, "A", "100")
			case 8:
				prior := in.Earnings[0]
				prior.Period, prior.Amount.Amount, prior.Lines = keyed(model.KindPeriod, "2026-01"), dec("-60"), lineOf(1, "A", "-60")
				in.Prior = []Accrual{prior}
			}
		},
	}
	all := s.strike(t)
	expectText(t, "carried", debts(all[7:], model.AccountCarried), "24")
}

// A return of January's that counted as -30 turns out in July never to have been:
// the 30 that come back are of no sale that could be clawed back as unpaid.
func TestReturnThatNeverWas(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"-30", "", "", "", "", "", "0"}, clawbacks: []model.Clawback{{Cause: model.ClawLeaving, Months: 2}},
		scene: scene{Statuses: []sceneStatus{{From: model.NewDate(2026, 2, 15), Status: model.PayeeTerminated}}},
		change: func(month int, in *Striking) {
			lines := []DealLine{{Deal: DealKey{"crm", "A"}, Credit: "REVENUE DIRECT of R", Direct: true, Date: model.NewDate(2026, 1, 10), Amount: dec("-30"), AtRate: dec("-30")}}
			switch month {
			case 1:
				in.Earnings[0].Lines = lines
			case 7:
				prior := in.Earnings[0]
				lines[0].Amount, lines[0].AtRate = dec("30"), dec("30")
				prior.Period, prior.Amount.Amount, prior.Lines = keyed(model.KindPeriod, "2026-01"), dec("30"), lines
				in.Prior = []Accrual{prior}
			}
		},
	}
	expectText(t, "July", posted(s.strike(t)[6].Balance), "CARRIED 30, PRIOR_PERIOD_ADJUSTMENT 30")
}

// gated is a component with a gate that defers.
func gated(b *Book) {
	b.Versions[0].Components[0].Adjustments = []model.Adjustment{{Kind: model.AdjustGate, Name: "quality", Over: model.OverComponent, Condition: "measure > 5", Deferred: true}}
}

// Two sales of January wait for a gate. A late fact of one of them, which makes the
// gate hold in January, releases both; one by which it does not hold any more holds
// both again.
func TestLateFactOfAGate(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		book: gated, earned: []string{"150", "0", "0"},
		change: func(month int, in *Striking) {
			waits := func(amount, a string, waits bool) Accrual {
				out := in.Earnings[0]
				out.Period, out.Amount.Amount, out.Lines = keyed(model.KindPeriod, "2026-01"), dec(amount), dealsOf(1, map[string]string{"A": a, "B": "50"})
				if waits {
					out.Deferred, out.Gate = oneDecimal, "quality"
				} else {
					out.Met = []string{"quality"}
				}
				return out
			}
			first, second := waits("150", "100", true), waits("170", "120", false)
			switch month {
			case 1:
				in.Earnings[0] = first
			case 2:
				in.Prior = Differences([]Accrual{first}, []Accrual{second})
			case 3:
				in.Prior = Differences(Booked([]Accrual{second}, []Accrual{first}), []Accrual{first})
			}
		},
	}
	all := s.strike(t)
	expectText(t, "posted", posted(all[1].Balance)+"; "+posted(all[2].Balance), "PRIOR_PERIOD_ADJUSTMENT 20, RELEASE 100, RELEASE 50; PRIOR_PERIOD_ADJUSTMENT -20, HOLD 100, HOLD 50, CARRIED 170")
}

// What a gate defers in the second week of January is not released by the first
// week's, in which it held, but by a later one's.
func TestGateOfAnEarlierPeriod(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene: scene{Shorter: []model.PeriodType{model.PeriodWeek}}, earned: []string{"100", "50"},
		change: func(month int, in *Striking) {
			a := &in.Earnings[0]
			if month == 2 {
				a.Met = []string{"quality"}
				return
			}
			week := *a
			a.Period, a.Deferred, a.Gate = keyed(model.KindPeriod, "2026-W03"), decimal.NewFromInt(1), "quality"
			week.Period, week.Met = keyed(model.KindPeriod, "2026-W02"), []string{"quality"}
			in.Earnings = append(in.Earnings, week)
		},
		book: gated,
	}
	expectText(t, "pay", payables(s.strike(t)), "100 150")
}

// ledgers strikes a scene's pay periods, with what the component "c" earns in each
// for a sale of 1 June where it is above 0.
func (s *balanceScene) ledgers(t *testing.T, earned map[string]string, known func(period string) []DealEvent, periods ...string) (out []string) {
	t.Helper()
	p := &balancePlan{Key: "plan", Given: sceneAssigned{Title: "rep"}, Versions: s.Plans[0].Versions}
	s.Plans, s.Seats, s.Pays = []*balancePlan{p}, []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}}, []balancePay{{model.MinDate, "USD"}}
	p.Versions[0].Number, p.Versions[0].Days = 1, model.Always
	engine, err := NewEngine(s.book())
	if err != nil {
		t.Fatal(err)
	}
	payee := engine.Begin(Alone{}).Payee(keyed(model.KindPayee, "ana"), nil)
	defer payee.Free()
	before := model.Brought{}
	for _, name := range periods {
		at := balanceStep{Period: periodOf(keyed(model.KindPeriod, name)), Deals: map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000")}}}
		if known != nil {
			at.Deals[DealKey{"crm", "A"}].Returned = known(name)
		}
		if amount := earned[name]; amount != "" {
			at.Earnings = []Accrual{{
				Position: keyed(model.KindPosition, "north"), Plan: p.id(), Version: p.version(p.Versions[0]), Component: p.component("c"), Period: at.Period.ID, Key: "c", Name: "c",
				Amount: model.Money{Amount: dec(amount), Currency: "USD"}, Lines: []DealLine{{Deal: DealKey{"crm", "A"}, Direct: true, Date: model.NewDate(2026, 6, 1), Amount: dec(amount), AtRate: dec(amount)}},
			}}
		}
		b, err := payee.Strike(at.striking(before))
		if err != nil {
			t.Fatal(err)
		}
		out, before = append(out, posted(b)), b.After
	}
	return out
}

// A guarantee of 1,000 a month, paid weekly. The week from 26 January to 1 February
// ends in February and counts there: in January nothing is earned, 1,000 are topped
// up; in February 300 and three times 100, 400 are.
func TestGuaranteeOverWeeks(t *testing.T) {
	t.Parallel()
	s := balanceScene{Pay: model.PeriodWeek, Plans: []*balancePlan{{Versions: []*balanceVersion{{
		Guarantees: []model.Guarantee{{Key: "g", Name: "Minimum", Amount: optional("1000"), Per: model.PeriodMonth}},
		Components: []balanceComponent{{Key: "c", Payout: model.PeriodWeek}},
	}}}}}
	got := s.ledgers(t, map[string]string{"2026-W05": "300", "2026-W06": "100", "2026-W07": "100", "2026-W08": "100"}, nil, "2026-W05", "2026-W06", "2026-W07", "2026-W08", "2026-W09")
	expectText(t, "weeks", strings.Join(got, "; "), "EARNED 300, GUARANTEE_TOP_UP 1000; EARNED 100; EARNED 100; EARNED 100; GUARANTEE_TOP_UP 400")
}

// A return of 20 August, within three months of the sale of 1 June, that comes in
// after the third quarter was closed takes the 100 back in the fourth.
func TestReturnComesAPayPeriodLate(t *testing.T) {
	t.Parallel()
	s := balanceScene{Pay: model.PeriodQuarter, Plans: []*balancePlan{{Versions: []*balanceVersion{{
		Rules:      model.PlanRules{Returns: model.ReturnsClawback},
		Components: []balanceComponent{{Key: "c", Payout: model.PeriodQuarter, Clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 3}}}},
	}}}}}
	late := func(period string) []DealEvent {
		if period < "2026-Q4" {
			return nil
		}
		return []DealEvent{{model.NewDate(2026, 8, 20), dec("1000")}}
	}
	got := s.ledgers(t, map[string]string{"2026-Q2": "100"}, late, "2026-Q2", "2026-Q3", "2026-Q4")
	expectText(t, "quarters", strings.Join(got, "; "), "EARNED 100; ; CLAWBACK 100, CARRIED 100")
}

// A window is paid for by the version of the assignment's last day in it: not by one
// in which the component has ended already.
func TestFormulaOfAnEndedComponent(t *testing.T) {
	t.Parallel()
	cut := model.NewDate(2026, 3, 15)
	s := scene{Versions: []sceneVersion{
		{To: &cut, Components: []sceneComponent{{Formula: "100"}}},
		{From: &cut, Components: []sceneComponent{{Formula: "999", Ends: datep("2026-01-31")}}},
	}}
	expectText(t, "earned", s.only(t).Amount.Amount.String(), "100")
}
