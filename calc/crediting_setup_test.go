package calc

import (
	"fmt"
	"strings"
	"testing"

	"spm/model"
)

func TestContradictorySetups(t *testing.T) {
	t.Parallel()
	for wanted, change := range map[string]func(*CreditingSetup){
		`two transaction kinds have the key "BOOKING"`: func(s *CreditingSetup) { s.Kinds = append(s.Kinds, s.Kinds[0]) },
		"two credit types have the id or key":          func(s *CreditingSetup) { s.CreditTypes = append(s.CreditTypes, s.CreditTypes[0]) },
		"two credit types have the id or key of \"A\"": func(s *CreditingSetup) {
			s.CreditTypes = []model.CreditType{{ID: idOf("x", "1"), Key: "A"}, {ID: idOf("x", "2"), Key: "A"}}
		},
		"two positions have the id":                    func(s *CreditingSetup) { s.Positions = append(s.Positions, s.Positions[0]) },
		`two positions have the external id "CRO"`:     func(s *CreditingSetup) { s.Positions = append(s.Positions, model.Position{ExternalID: "CRO"}) },
		"two payees have the id":                       func(s *CreditingSetup) { s.Payees = append(s.Payees, s.Payees[0]) },
		`two payees have the external id "cora"`:       func(s *CreditingSetup) { s.Payees = append(s.Payees, model.Payee{ExternalID: "cora"}) },
		"two products have the id":                     func(s *CreditingSetup) { s.Products = append(s.Products, s.Products[0]) },
		`two products have the external id "Legacy"`:   func(s *CreditingSetup) { s.Products = append(s.Products, model.Product{ExternalID: "Legacy"}) },
		"two accounts have the id":                     func(s *CreditingSetup) { s.Accounts = make([]model.Account, 2) },
		"of an unknown payee":                          func(s *CreditingSetup) { s.Seats[0].PayeeID = model.ID{} },
		"of an unknown position":                       func(s *CreditingSetup) { s.Seats[0].PositionID = model.ID{} },
		`crediting rule "r": an unknown credit type`:   func(s *CreditingSetup) { s.Rules = []model.CreditingRule{rule("r", ofType("NONE"))} },
		`crediting rule "r": another has its id`:       func(s *CreditingSetup) { s.Rules = []model.CreditingRule{rule("r"), rule("r")} },
		`crediting rule "r": an unknown date rule "X"`: func(s *CreditingSetup) { s.Rules = []model.CreditingRule{rule("r", by("X"))} },
		`crediting rule "r": there is no position`: func(s *CreditingSetup) {
			s.Rules = []model.CreditingRule{rule("r", toPositions(model.CreditOverlay, "GONE", "1"))}
		},
		`crediting rule "r": the share of SE is neg`: func(s *CreditingSetup) {
			s.Rules = []model.CreditingRule{rule("r", toPositions(model.CreditOverlay, "SE", "-1"))}
		},
		`crediting rule "r": a level share is negative`: func(s *CreditingSetup) { s.Rules = []model.CreditingRule{rule("r", toManagers(1, "-1"))} },
		"ROLLUP credits cannot go to SELLERS": func(s *CreditingSetup) {
			s.Rules = []model.CreditingRule{rule("r", func(r *model.CreditingRule) { r.CreditKind = model.CreditRollup })}
		},
		"MANUAL credits cannot go to SELLERS": func(s *CreditingSetup) {
			s.Rules = []model.CreditingRule{rule("r", func(r *model.CreditingRule) { r.CreditKind = model.CreditManual })}
		},
	} {
		setup := company()
		change(&setup)
		if _, err := NewCrediter(setup); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: %v", wanted, err)
		}
	}
}

// A cycle in the hierarchy, however long, ends the walk: each manager gets one
// rollup and the seller none of their own credit.
func TestCyclesInTheHierarchyEnd(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1, 2, 3, 15, 16, 17, 40, 1000} {
		setup := CreditingSetup{
			Kinds:       []model.TransactionKind{{Key: "BOOKING", Role: model.RoleCreditable}},
			CreditTypes: []model.CreditType{{ID: idOf(model.KindCreditType, "REVENUE"), Key: "REVENUE"}},
			Rules:       []model.CreditingRule{rule("direct"), rule("rollup", toManagers(0))},
		}
		for i := range length + 1 { // P0 reports to P1, and the last again to P1
			parent := i + 1
			if i == length {
				parent = 1
			}
			setup.Positions = append(setup.Positions, model.Position{ID: idOf(model.KindPosition, fmt.Sprint("P", i)), ExternalID: fmt.Sprint("P", i),
				Slices: []model.PositionSlice{{Days: model.Always, ParentID: idPtr(model.KindPosition, fmt.Sprint("P", parent))}}})
		}
		c, err := NewCrediter(setup)
		if err != nil {
			t.Fatal(err)
		}
		for _, seller := range []string{"@P0", "@P1"} {
			credits := c.Credit(Case{Transaction: sale(seller)}).Credits
			levels := map[int]bool{}
			for _, credit := range credits[1:] {
				levels[credit.Level] = true
			}
			wanted := length
			if seller == "@P1" {
				wanted--
			}
			if len(credits) != wanted+1 || len(levels) != wanted {
				t.Errorf("a cycle of %d from %s gives %d credits", length, seller, len(credits))
			}
		}
	}
}
