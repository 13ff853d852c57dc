package calc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Who leaves on 15 March with 600 held, 200 of it released in each of April, May
// and June: with the last pay two periods later 200 and 200 are paid, and what
// June would release is forfeited in May; with none, all of it is in March.
func TestLastPayOfHolds(t *testing.T) {
	t.Parallel()
	var thirds []model.ReleasePart
	for month, share := range map[int]string{4: "0.3333333333", 5: "0.3333333333", 6: "0.3333333334"} {
		on := model.NewDate(2026, month, 10)
		thirds = append(thirds, model.ReleasePart{Name: on.String(), Share: dec(share), Trigger: model.ReleaseDate, Date: &on})
	}
	for after, want := range map[int][2]string{0: {"0 0 0 0 0 0", "0 0 600 0 0 0"}, 2: {"0 0 0 200 200 0", "0 0 0 0 200 0"}, 3: {"0 0 0 200 200 200", "0 0 0 0 0 0"}} {
		s := ledgerScene{
			scene:  scene{Rules: model.PlanRules{Leaver: &model.LeaverPolicy{Holds: model.HoldsForfeit, LastPayAfter: after}}, Statuses: []sceneStatus{{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}}},
			earned: []string{"600", "", "", "", "", ""}, release: thirds,
		}
		all := s.strike(t)
		expectText(t, fmt.Sprint(after, " pay"), payables(all), want[0])
		expectText(t, fmt.Sprint(after, " forfeited"), moved(all, model.MoveForfeited), want[1])
	}
}

// moved is what a movement comes to in each month.
func moved(all []struck, movement model.Movement) string {
	var out []string
	for _, s := range all {
		total := decimal.Zero
		for i := range s.Entries {
			if s.Entries[i].Movement == movement {
				total = total.Add(s.Entries[i].Amount.Amount)
			}
		}
		out = append(out, total.String())
	}
	return strings.Join(out, " ")
}

// A draw of 1,000 advances 600 in January beside the 400 earned; the payee leaves
// on 1 February. With the last pay two periods later February's 100 and March's
// 250 pay it back, and the 250 that are left are written off in April. At once,
// February owes 500 after its 100, and that is written off.
func TestLastPayOfDebts(t *testing.T) {
	t.Parallel()
	for after, want := range map[int][3]string{
		2: {"1000 0 0 0", "600 500 250 0", "0 0 0 250"},
		0: {"1000 0 250 0", "600 0 0 0", "0 500 0 0"},
	} {
		s := ledgerScene{
			scene: scene{
				Rules:    model.PlanRules{Leaver: &model.LeaverPolicy{Draw: model.DebtCollect, Debit: model.DebtWriteOff, LastPayAfter: after}},
				Statuses: []sceneStatus{{From: model.NewDate(2026, 2, 1), Status: model.PayeeTerminated}},
			},
			draws: []model.Draw{{Key: "d", Name: "Draw", Amount: optional("1000")}}, earned: []string{"400", "100", "250", ""},
		}
		all := s.strike(t)
		expectText(t, fmt.Sprint(after, " pay"), payables(all), want[0])
		expectText(t, fmt.Sprint(after, " balance"), debts(all, model.AccountDraw), want[1])
		expectText(t, fmt.Sprint(after, " written off"), moved(all, model.MoveWrittenOff), want[2])
	}
}

// What is held at go-live is paid in the month of its day: 500 with 20 February.
// An entry that names no day, as they once could, is held until the payee leaves,
// here on 15 March, if their plan releases or forfeits what is held then.
func TestOpeningHeld(t *testing.T) {
	t.Parallel()
	for want, on := range map[string]*model.Date{"0 500 0": datep("2026-02-20"), "0 0 500": nil} {
		s := ledgerScene{
			scene: scene{
				Rules:    model.PlanRules{Leaver: &model.LeaverPolicy{Holds: model.HoldsRelease}},
				Statuses: []sceneStatus{{From: model.NewDate(2026, 3, 15), Status: model.PayeeTerminated}},
			},
			earned: []string{"", "", ""},
			change: func(month int, in *Striking) {
				if month == 1 {
					in.Openings = []model.OpeningEntry{{ExternalID: "o", Account: model.AccountHeld, Amount: model.Money{Amount: dec("500"), Currency: "USD"}, ReleaseOn: on}}
				}
			},
		}
		expectText(t, "pay", payables(s.strike(t)), want)
	}
}
