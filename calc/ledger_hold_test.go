package calc

import (
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// deals gives a month's accrual lines of deals, each on the 10th of the month.
func dealsOf(month int, amounts map[string]string) (lines []DealLine) {
	for _, id := range []string{"A", "B", "C"} {
		if amount, has := amounts[id]; has {
			lines = append(lines, DealLine{Deal: DealKey{"crm", id}, Credit: "REVENUE DIRECT", Direct: true, Date: model.NewDate(2026, month, 10), Amount: dec(amount), AtRate: dec(amount)})
		}
	}
	return lines
}

// A life policy of 1,320: 75% at once, the rest in equal instalments in months 10
// to 12: 990, and three times 110.
func TestReleaseByOffsets(t *testing.T) {
	t.Parallel()
	third := "0.0833333333"
	s := ledgerScene{
		earned: make([]string, 12),
		release: []model.ReleasePart{
			{Name: "advance", Share: dec("0.75"), Trigger: model.ReleaseOffset},
			{Name: "month 10", Share: dec(third), Trigger: model.ReleaseOffset, Months: 9},
			{Name: "month 11", Share: dec(third), Trigger: model.ReleaseOffset, Months: 10},
			{Name: "month 12", Share: dec("0.0833333334"), Trigger: model.ReleaseOffset, Months: 11},
		},
		change: func(month int, in *Striking) {
			for i := range in.Earnings {
				in.Earnings[i].Lines = dealsOf(month, map[string]string{"A": "1320"})
			}
		},
	}
	s.earned[0] = "1320"
	all := s.strike(t)
	expectText(t, "pay", payables(all), "990 0 0 0 0 0 0 0 0 110 110 110")
	expectText(t, "January", posted(all[0].Balance), "EARNED 1320, HOLD 330")
	expectText(t, "waits", all[0].Entries[1].Text, "month 10: until 2026-10-10; month 11: until 2026-11-10; month 12: until 2026-12-10")
	if n := len(all[11].After.Holds); n != 0 {
		t.Errorf("%d holds are handed on at the end", n)
	}
}

// 100 and 200 wait for cash: A's sale of 1,000 is paid in full in February, of B's
// 2,000 500 are, which bounce in March; by proportion B releases 50 and holds it
// again.
func TestReleaseByCash(t *testing.T) {
	t.Parallel()
	paid := map[DealKey]*Deal{
		{"crm", "A"}: {Amount: dec("1000"), Paid: []DealEvent{{model.NewDate(2026, 1, 20), dec("400")}, {model.NewDate(2026, 2, 3), dec("600")}}},
		{"crm", "B"}: {Amount: dec("2000"), Paid: []DealEvent{{model.NewDate(2026, 2, 20), dec("500")}, {model.NewDate(2026, 3, 3), dec("-500")}}},
	}
	for mode, want := range map[model.CashMode]string{model.CashWhole: "0 100 0", model.CashProportion: "40 110 0"} {
		s := ledgerScene{
			earned:  []string{"300", "", ""},
			release: []model.ReleasePart{{Name: "cash", Share: dec("1"), Trigger: model.ReleaseCash, Cash: mode}},
			change: func(month int, in *Striking) {
				in.Deals = paid
				if month == 1 {
					in.Earnings[0].Lines = dealsOf(month, map[string]string{"A": "100", "B": "200"})
				}
			},
		}
		all := s.strike(t)
		expectText(t, string(mode)+" pay", payables(all), want)
		if mode == model.CashProportion {
			expectText(t, "March", posted(all[2].Balance), "HOLD 50, CARRIED 50")
		}
	}
}

// A return takes back in full, half of it, by months, or at the rate: of 100 with
// a sale of 1,000 in January, returned on 5 March (1 whole month of 12, or 2 with
// its own).
func TestClawbacks(t *testing.T) {
	t.Parallel()
	returned := map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000"), Returned: []DealEvent{{model.NewDate(2026, 3, 5), dec("1000")}}}}
	for name, c := range map[string]struct {
		rule model.Clawback
		want string
	}{
		"full":              {model.Clawback{Months: 12}, "100 200 200"},
		"half":              {model.Clawback{Months: 12, Method: model.ClawPercent, Share: optional("0.5")}, "100 200 250"},
		"unearned":          {model.Clawback{Months: 12, Method: model.ClawUnearned}, "100 200 208.33"},
		"unearned, its own": {model.Clawback{Months: 12, Method: model.ClawUnearned, EventMonth: true}, "100 200 216.67"},
		"at the rate":       {model.Clawback{Months: 12, Basis: model.ClawAtRate}, "100 200 240"},
		"too late":          {model.Clawback{Months: 1}, "100 200 300"},
	} {
		c.rule.Cause = model.ClawReturn
		s := ledgerScene{earned: []string{"100", "200", "300"}, clawbacks: []model.Clawback{c.rule}, change: func(month int, in *Striking) {
			in.Deals = returned
			in.Earnings[0].Lines = dealsOf(month, map[string]string{[]string{"A", "B", "C"}[month-1]: in.Earnings[0].Amount.Amount.String()})
			if month == 1 {
				in.Earnings[0].Lines[0].AtRate = dec("60")
			}
		}}
		expectText(t, name, payables(s.strike(t)), c.want)
	}
}

// A clawback first cancels what is held of the same line: 100, of which half is
// held until June, returned in February: 50 of what is held, 50 of pay.
func TestClawbackOfHeld(t *testing.T) {
	t.Parallel()
	june := model.NewDate(2026, 6, 1)
	s := ledgerScene{
		earned: []string{"100", "", "", "", "", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 12}},
		release: []model.ReleasePart{{Name: "now", Share: dec("0.5"), Trigger: model.ReleaseOffset}, {Name: "June", Share: dec("0.5"), Trigger: model.ReleaseDate, Date: &june}},
		change: func(month int, in *Striking) {
			in.Deals = map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000"), Returned: []DealEvent{{model.NewDate(2026, 2, 5), dec("1000")}}}}
			if month == 1 {
				in.Earnings[0].Lines = dealsOf(month, map[string]string{"A": "100"})
			}
		},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "50 0 0 0 0 0 0")
	expectText(t, "February", posted(all[1].Balance), "CLAWBACK 50, CLAWBACK 50, CARRIED 50")
	expectText(t, "carried", debts(all, model.AccountCarried), "0 50 50 50 50 50 50")
}

// A customer who has not paid within 30 days loses the payee the 100; paying half
// of it later gives 50 back.
func TestClawbackForNonPayment(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"100", "300", "300"}, clawbacks: []model.Clawback{{Cause: model.ClawNonPayment, Days: 30}},
		change: func(month int, in *Striking) {
			in.Deals = map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000"), Paid: []DealEvent{{model.NewDate(2026, 3, 5), dec("500")}}}}
			if month == 1 {
				in.Earnings[0].Lines = dealsOf(month, map[string]string{"A": "100"})
			} else {
				in.Earnings[0].Lines = nil
				in.Earnings[0].Version = model.ID{}
			}
		},
	}
	expectText(t, "pay", payables(s.strike(t)), "100 200 350")
}

// Who leaves on 15 March with 100 held: it is released, forfeited, or goes on;
// and LEAVING takes back the 200 of January.
func TestLeavers(t *testing.T) {
	t.Parallel()
	for fate, want := range map[model.LeaverHolds]string{model.HoldsRelease: "0 0 100 0", model.HoldsForfeit: "0 0 0 0", model.HoldsContinue: "0 0 0 100"} {
		april := model.NewDate(2026, 4, 10)
		s := ledgerScene{
			scene:   scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Holds: fate}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}}},
			earned:  []string{"100", "", "", ""},
			release: []model.ReleasePart{{Name: "April", Share: dec("1"), Trigger: model.ReleaseDate, Date: &april}},
		}
		expectText(t, string(fate), payables(s.strike(t)), want)
	}
	s := ledgerScene{
		scene:  scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Debit: model.DebtWriteOff}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}}},
		earned: []string{"200", "", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawLeaving, Months: 6}},
	}
	all := s.strike(t)
	expectText(t, "leaving", posted(all[2].Balance), "CLAWBACK 200, CARRIED 200, WRITTEN_OFF 200")
	expectText(t, "afterwards", posted(all[3].Balance), "")
}

// A draw's balance of a leaver is recovered and collected.
func TestLeaversDraw(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene:  scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Draw: model.DebtCollect, Debit: model.DebtCollect}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 2, 1), Status: model.PayeeTerminated}}},
		draws:  []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000")}},
		earned: []string{"400", "100"},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "1000 0")
	expectText(t, "February", posted(all[1].Balance), "EARNED 100, DRAW_RECOVERY 100, DRAW_RECOVERY 500, CARRIED 500, COLLECTED 500")
}

// What a gate defers is held until it holds in a later period.
func TestDeferredByGate(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"100", "50", "70"},
		change: func(month int, in *Striking) {
			a := &in.Earnings[0]
			switch month {
			case 1, 2:
				a.Deferred, a.Gate = decimal.NewFromInt(1), "quality"
			default:
				a.Met = []string{"quality"}
			}
		},
		book: func(b *Book) {
			b.Versions[0].Components[0].Adjustments = []model.Adjustment{{Kind: model.AdjustGate, Name: "quality", Over: model.OverComponent, Condition: "measure > 5", Deferred: true}}
		},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "0 0 220")
	expectText(t, "January", posted(all[0].Balance), "EARNED 100, HOLD 100")
}

// Thirds of a cent are posted cumulatively: 10.004 and 10.004 are 10.00 and 10.01.
func TestPostedCumulatively(t *testing.T) {
	t.Parallel()
	s := ledgerScene{earned: []string{"10.004", "10.004"}}
	expectText(t, "pay", payables(s.strike(t)), "10 10.01")
}

// What was booked without deals and is known by deals now, because a schedule was
// published later, differs by what it earns otherwise, and not by all of it.
func TestDifferenceOfWhatIsWatchedNow(t *testing.T) {
	t.Parallel()
	july := model.NewDate(2026, 7, 1)
	s := ledgerScene{
		earned: []string{"100", "0", "", "", "", "", ""}, release: []model.ReleasePart{{Name: "July", Share: dec("1"), Trigger: model.ReleaseDate, Date: &july}},
		change: func(month int, in *Striking) {
			switch month {
			case 1:
				in.Earnings[0].Version = model.ID{} // one without a schedule
			case 2:
				was := in.Earnings[0]
				was.Period, was.Amount.Amount = keyed(model.KindPeriod, "2026-01"), dec("100")
				now := was
				now.Amount.Amount, now.Lines = dec("130"), dealsOf(1, map[string]string{"A": "90", "B": "40"})
				in.Prior = Differences([]Accrual{was}, []Accrual{now})
			}
		},
	}
	all := s.strike(t)
	total := decimal.Zero
	for _, one := range all {
		for i := range one.Entries {
			if m := one.Entries[i].Movement; m == model.MoveEarned || m == model.MovePrior {
				total = total.Add(one.Entries[i].Amount.Amount)
			}
		}
	}
	expectText(t, "earned and adjusted", total.String(), "130")
}

// Who left on 15 March stays a leaver from that day, whatever else is noted about
// them later: of 1,200 earned on 10 January with 12 months to earn it, 10 whole
// months are unearned on 15 March, 1,000.
func TestLeaverStaysOneFromTheFirstDay(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene: scene{Statuses: []sceneStatus{
			{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}, {From: model.NewDate(2026, 4, 20), Status: model.PayeeTerminated, Grade: "former"},
		}},
		earned: []string{"1200", "", "", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawLeaving, Months: 12, Method: model.ClawUnearned}},
		change: func(month int, in *Striking) {
			if month == 1 {
				in.Earnings[0].Lines = dealsOf(month, map[string]string{"A": "1200"})
			}
		},
	}
	all := s.strike(t)
	expectText(t, "March", posted(all[2].Balance), "CLAWBACK 1000, CARRIED 1000")
	expectText(t, "carried", debts(all, model.AccountCarried), "0 0 1000 1000 1000")
}

// Who comes back keeps what leaving has cost.
func TestLeaverComesBack(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		scene: scene{Statuses: []sceneStatus{
			{From: model.NewDate(2026, 2, 1), Status: model.PayeeTerminated}, {From: model.NewDate(2026, 3, 1), Status: model.PayeeActive},
		}},
		earned: []string{"300", "", "", "500"}, clawbacks: []model.Clawback{{Cause: model.ClawLeaving, Months: 12}},
		change: func(month int, in *Striking) {
			if month == 1 {
				in.Earnings[0].Lines = dealsOf(month, map[string]string{"A": "300"})
			}
		},
	}
	expectText(t, "pay", payables(s.strike(t)), "300 0 0 200")
}

// A gate of January that held in February has released January's pay: what later
// facts change of it in March is payable too, though the gate does not hold then.
func TestLateFactOfWhatAGateReleased(t *testing.T) {
	t.Parallel()
	for late, want := range map[string]string{"20": "0 100 20 0", "-30": "0 100 0 30"} {
		s := ledgerScene{
			earned: []string{"100", "0", "0"},
			change: func(month int, in *Striking) {
				a := &in.Earnings[0]
				switch month {
				case 1:
					a.Deferred, a.Gate = oneDecimal, "quality"
				case 2:
					a.Met = []string{"quality"}
				case 3:
					prior := *a
					prior.Period, prior.Amount.Amount, prior.Deferred, prior.Gate = keyed(model.KindPeriod, "2026-01"), dec(late), oneDecimal, "quality"
					in.Prior = []Accrual{prior}
				}
			},
			book: func(b *Book) {
				b.Versions[0].Components[0].Adjustments = []model.Adjustment{{Kind: model.AdjustGate, Name: "quality", Over: model.OverComponent, Condition: "measure > 5", Deferred: true}}
			},
		}
		all := s.strike(t)
		expectText(t, late, payables(all)+" "+debts(all[2:], model.AccountCarried), want)
	}
}

// Of 100, 40 are released and 60 held until July; the sale is returned in February,
// and in March a late fact leaves 40 of the 100. 24 of those 40 were held and 16
// paid: all are taken back; the 40 that were paid in January are owed, as before.
func TestLateFactOfWhatWasClawedBack(t *testing.T) {
	t.Parallel()
	july := model.NewDate(2026, 7, 1)
	s := ledgerScene{
		earned: []string{"100", "", "0", "", ""}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 2}},
		release: []model.ReleasePart{{Name: "now", Share: dec("0.4"), Trigger: model.ReleaseOffset}, {Name: "July", Share: dec("0.6"), Trigger: model.ReleaseDate, Date: &july}},
		change: func(month int, in *Striking) {
			in.Deals = map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000"), Returned: []DealEvent{{model.NewDate(2026, 2, 5), dec("1000")}}}}
			switch month {
			case 1:
				in.Earnings[0].Lines = dealsOf(1, map[string]string{"A": "100"})
			case 3:
				prior := in.Earnings[0]
				prior.Period, prior.Amount.Amount, prior.Lines = keyed(model.KindPeriod, "2026-01"), dec("-60"), dealsOf(1, map[string]string{"A": "-60"})
				in.Prior = []Accrual{prior}
			}
		},
	}
	all := s.strike(t)
	expectText(t, "pay", payables(all), "40 0 0 0 0")
	expectText(t, "carried", debts(all, model.AccountCarried), "0 40 40 40 40")
}

// A sale that was clawed back long ago and turns out never to have been is not
// taken back twice.
func TestClawedBackOnce(t *testing.T) {
	t.Parallel()
	s := ledgerScene{
		earned: []string{"100", "", "", "", "0"}, clawbacks: []model.Clawback{{Cause: model.ClawReturn, Months: 2}},
		change: func(month int, in *Striking) {
			in.Deals = map[DealKey]*Deal{{"crm", "A"}: {Amount: dec("1000"), Returned: []DealEvent{{model.NewDate(2026, 2, 5), dec("1000")}}}}
			switch month {
			case 1:
				in.Earnings[0].Lines = dealsOf(1, map[string]string{"A": "100"})
			case 5:
				prior := in.Earnings[0]
				prior.Period, prior.Amount.Amount, prior.Lines = keyed(model.KindPeriod, "2026-01"), dec("-100"), dealsOf(1, map[string]string{"A": "-100"})
				in.Prior = []Accrual{prior}
			}
		},
	}
	all := s.strike(t)
	expectText(t, "carried", debts(all, model.AccountCarried), "0 100 100 100 100")
}

// Of 100, 40 are released and 60 forfeited when the payee leaves in February; in
// March a late fact leaves 40 of the 100. Of these 16 are payable and 24 forfeited:
// of the 40 that were paid, 24 are owed.
func TestLateFactOfWhatWasForfeited(t *testing.T) {
	t.Parallel()
	july := model.NewDate(2026, 7, 1)
	for _, clawbacks := range [][]model.Clawback{nil, {{Cause: model.ClawReturn, Months: 12}}} {
		s := ledgerScene{
			scene:  scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Holds: model.HoldsForfeit}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 2, 15), Status: model.PayeeTerminated}}},
			earned: []string{"100", "", "0", "", "", "", "", ""}, clawbacks: clawbacks,
			release: []model.ReleasePart{{Name: "now", Share: dec("0.4"), Trigger: model.ReleaseOffset}, {Name: "July", Share: dec("0.6"), Trigger: model.ReleaseDate, Date: &july}},
			change: func(month int, in *Striking) {
				switch month {
				case 1:
					in.Earnings[0].Lines = dealsOf(1, map[string]string{"A": "100"})
				case 3:
					prior := in.Earnings[0]
					prior.Period, prior.Amount.Amount, prior.Lines = keyed(model.KindPeriod, "2026-01"), dec("-60"), dealsOf(1, map[string]string{"A": "-60"})
					in.Prior = []Accrual{prior}
				}
			},
		}
		all := s.strike(t)
		expectText(t, "pay", payables(all), "40 0 0 0 0 0 0 0")
		expectText(t, "carried", debts(all, model.AccountCarried), "0 0 24 24 24 24 24 24")
	}
}
