package calc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// company is the set-up that crediting's tests share:
//
//	CRO (cora) <- VP (vic) <- M1 (mia) <- R1 (ann), R2 (bob), R3 (cid until 2026-07-01, then vacant)
//	                       <- M2 (vacant) <- R4 (dan), R5 (dan)
//
// R2 moves from M1 to M2 on 2026-07-01. SE and PM stand apart. Credit types
// are POINTS and REVENUE. There are no rules: a test adds its own.
func company() CreditingSetup {
	always := model.Always
	before, after := model.Interval{From: model.MinDate, To: day("2026-07-01")}, model.Interval{From: day("2026-07-01"), To: model.MaxDate}
	position := func(name, parent string) model.Position {
		slice := model.PositionSlice{Days: always}
		if parent != "" {
			slice.ParentID = idPtr(model.KindPosition, parent)
		}
		return model.Position{ID: idOf(model.KindPosition, name), ExternalID: name, Slices: []model.PositionSlice{slice}}
	}
	moved := position("R2", "M2")
	moved.Slices[0].Days = after
	moved.Slices = append(moved.Slices, model.PositionSlice{Days: before, ParentID: idPtr(model.KindPosition, "M1")})
	late := position("LATE", "")
	late.Slices[0].Days = after
	setup := CreditingSetup{
		Kinds: []model.TransactionKind{
			{Key: "BOOKING", Role: model.RoleCreditable}, {Key: "INVOICE", Role: model.RoleCreditable},
			{Key: "RETURN", Role: model.RoleReversal}, {Key: "PAYMENT", Role: model.RoleCash},
		},
		CreditTypes: []model.CreditType{{ID: idOf(model.KindCreditType, "REVENUE"), Key: "REVENUE"}, {ID: idOf(model.KindCreditType, "POINTS"), Key: "POINTS"}},
		Positions: []model.Position{
			position("CRO", ""), position("VP", "CRO"), position("M1", "VP"), position("M2", "VP"), position("R1", "M1"), moved,
			position("R3", "M1"), position("R4", "M2"), position("R5", "M2"), position("SE", ""), position("PM", ""), late,
		},
		Products: testProducts(),
	}
	for _, name := range []string{"cora", "vic", "mia", "ann", "bob", "cid", "dan", "idle"} {
		setup.Payees = append(setup.Payees, model.Payee{ID: idOf(model.KindPayee, name), ExternalID: name})
	}
	for _, s := range []struct {
		position, payee string
		days            model.Interval
	}{
		{"CRO", "cora", always}, {"VP", "vic", always}, {"M1", "mia", always}, {"R1", "ann", always}, {"R2", "bob", always},
		{"R3", "cid", before}, {"R4", "dan", always}, {"R5", "dan", after},
	} {
		setup.Seats = append(setup.Seats, model.PositionAssignment{ID: idOf(model.KindPositionAssignment, s.payee+"@"+s.position), ExternalID: s.payee + "@" + s.position,
			PayeeID: idOf(model.KindPayee, s.payee), PositionID: idOf(model.KindPosition, s.position), Days: s.days})
	}
	return setup
}

// rule makes a rule of REVENUE for sellers by event date; change alters it.
func rule(key string, change ...func(*model.CreditingRule)) model.CreditingRule {
	r := model.CreditingRule{ID: idOf(model.KindCreditingRule, key), Key: key, CreditKind: model.CreditDirect, CreditTypeID: idOf(model.KindCreditType, "REVENUE"),
		DateRule: model.DateEvent, Receivers: model.ReceiveSellers, Days: model.Always}
	for _, f := range change {
		f(&r)
	}
	return r
}

func ofType(key string) func(*model.CreditingRule) {
	return func(r *model.CreditingRule) { r.CreditTypeID = idOf(model.KindCreditType, key) }
}

func when(condition string) func(*model.CreditingRule) {
	return func(r *model.CreditingRule) { r.Condition = condition }
}

func by(date model.DateRule) func(*model.CreditingRule) {
	return func(r *model.CreditingRule) { r.DateRule = date }
}

func toManagers(levels int, shares ...string) func(*model.CreditingRule) {
	return func(r *model.CreditingRule) {
		r.CreditKind, r.Receivers, r.Levels, r.LevelShares = model.CreditRollup, model.ReceiveManagers, levels, decs(shares...)
	}
}

func toPositions(kind model.CreditKind, pairs ...string) func(*model.CreditingRule) {
	return func(r *model.CreditingRule) {
		r.CreditKind, r.Receivers, r.Positions = kind, model.ReceivePositions, ruleShares(pairs...)
	}
}

func ruleShares(pairs ...string) []model.RuleShare {
	var out []model.RuleShare
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, model.RuleShare{PositionID: idOf(model.KindPosition, pairs[i]), Share: dec(pairs[i+1])})
	}
	return out
}

// sale is a booking of 1,000.00 USD on 2026-03-31; sellers are written
// "ann", "ann=0.5" (a share), "ann:2" (a weight) or "@R1" (a position).
func sale(sellers ...string) model.Transaction {
	t := model.Transaction{Source: "crm", ExternalID: "T-1", Kind: "BOOKING", EventDate: day("2026-03-31"), Amount: dec("1000.00"), Currency: "USD"}
	for _, text := range sellers {
		var s model.Seller
		if name, share, found := strings.Cut(text, "="); found {
			text, s.Share = name, decPtr(share)
		}
		if name, weight, found := strings.Cut(text, ":"); found {
			text, s.Weight = name, decPtr(weight)
		}
		if position, found := strings.CutPrefix(text, "@"); found {
			s.Position = position
		} else {
			s.Payee = text
		}
		t.Sellers = append(t.Sellers, s)
	}
	return t
}

func with(t model.Transaction, change func(*model.Transaction)) model.Transaction {
	change(&t)
	return t
}

func crediter(t testing.TB, rules ...model.CreditingRule) *Crediter {
	t.Helper()
	setup := company()
	setup.Rules = rules
	c, err := NewCrediter(setup)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// shown writes an outcome a line each, in names:
//
//	REVENUE DIRECT R1/ann 0.5 500 q=1.5 m=2 2026-03-31 by rule
//	! NO_RULE *: kind "BOOKING"
func shown(o Outcome) string {
	names := map[string]string{}
	for kind, list := range map[model.Kind][]string{
		model.KindPosition:      {"CRO", "VP", "M1", "M2", "R1", "R2", "R3", "R4", "R5", "SE", "PM", "LATE"},
		model.KindPayee:         {"cora", "vic", "mia", "ann", "bob", "cid", "dan", "idle"},
		model.KindCreditType:    {"REVENUE", "POINTS"},
		model.KindCreditingRule: {"direct", "rollup", "overlay", "first", "second", "points", "other"},
	} {
		for _, name := range list {
			names[idOf(kind, name).String()] = name
		}
	}
	name := func(id *model.ID, none string) string {
		if id == nil {
			return none
		}
		return names[id.String()]
	}
	var b strings.Builder
	for _, c := range o.Credits {
		fmt.Fprintf(&b, "%s %s %s/%s %s %s", name(&c.CreditTypeID, ""), c.Kind, name(&c.PositionID, ""), name(c.PayeeID, "-"), c.Share, c.Amount)
		for _, optional := range []struct {
			label string
			value *decimal.Decimal
		}{{"q", c.Quantity}, {"m", c.Margin}} {
			if optional.value != nil {
				fmt.Fprintf(&b, " %s=%s", optional.label, optional.value)
			}
		}
		fmt.Fprintf(&b, " %s", c.Date)
		if c.FXDate != c.Date {
			fmt.Fprintf(&b, " fx=%s", c.FXDate)
		}
		if c.ViaPositionID != nil {
			fmt.Fprintf(&b, " via %s level %d", name(c.ViaPositionID, ""), c.Level)
		}
		fmt.Fprintf(&b, " by %s\n", name(c.RuleID, "hand"))
	}
	for _, e := range o.Exceptions {
		fmt.Fprintf(&b, "! %s %s: %s\n", e.Code, name(e.CreditTypeID, "*"), e.Detail)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// want compares an outcome with what it should show, indentation aside.
func want(t testing.TB, o Outcome, lines string) {
	t.Helper()
	var expected []string
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line != "" {
			expected = append(expected, line)
		}
	}
	if got := shown(o); got != strings.Join(expected, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(expected, "\n"))
	}
}
