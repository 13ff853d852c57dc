package calc

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// The oracle credits by reading the rules from top to bottom over plain
// slices, with rationals and no index, for random companies.

type creditingOracle struct {
	CreditingSetup
	t *model.Transaction
}

// oracleConditions are conditions with their meaning: true, false, or failing.
var oracleConditions = map[string]func(*model.Transaction) (truth, fails bool){
	"":           func(*model.Transaction) (bool, bool) { return true, false },
	"amount > 0": func(t *model.Transaction) (bool, bool) { return t.Amount.IsPositive(), false },
	"quantity > 2": func(t *model.Transaction) (bool, bool) {
		return t.Quantity != nil && t.Quantity.GreaterThan(decimal.NewFromInt(2)), t.Quantity == nil
	},
	`kind == "INVOICE"`:  func(t *model.Transaction) (bool, bool) { return t.Kind == "INVOICE", false },
	`attr("big") == "1"`: func(t *model.Transaction) (bool, bool) { return attributeOf(t.Attributes, "big") == "1", false },
}

func (o *creditingOracle) ordered(kind model.CreditKind, creditType model.ID) []model.CreditingRule {
	var out []model.CreditingRule
	for _, r := range o.Rules {
		if r.CreditKind == kind && r.CreditTypeID == creditType && (len(r.TransactionKinds) == 0 || slices.Contains(r.TransactionKinds, o.t.Kind)) {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b model.CreditingRule) int {
		return cmp.Or(cmp.Compare(a.Priority, b.Priority), strings.Compare(a.Key, b.Key))
	})
	return out
}

func (o *creditingOracle) date(r model.CreditingRule) *model.Date {
	return map[model.DateRule]*model.Date{model.DateEvent: &o.t.EventDate, model.DateBooked: o.t.BookedDate, model.DatePaid: o.t.PaidDate}[r.DateRule]
}

func (o *creditingOracle) parentOn(position model.ID, on model.Date) *model.ID {
	for _, p := range o.Positions {
		for _, s := range p.Slices {
			if p.ID == position && s.Days.Contains(on) {
				return s.ParentID
			}
		}
	}
	return nil
}

func (o *creditingOracle) holderOn(position model.ID, on model.Date) string {
	for _, s := range o.Seats {
		if s.PositionID == position && s.Days.Contains(on) {
			return s.PayeeID.String()
		}
	}
	return "-"
}

// direct gives the positions with their rational parts, or the code why not.
func (o *creditingOracle) direct(r model.CreditingRule, on model.Date) (positions []model.ID, parts []*big.Rat, code model.ExceptionCode) {
	if len(o.t.Sellers) == 0 {
		return nil, nil, model.ExceptionNoSeller
	}
	sum := new(big.Rat)
	for _, s := range o.t.Sellers {
		found := map[model.ID]bool{}
		var position model.ID
		for _, seat := range o.Seats {
			if seat.PayeeID == idOf(model.KindPayee, s.Payee) && seat.Days.Contains(on) {
				position = seat.PositionID
				found[position] = true
			}
		}
		switch {
		case s.Payee == "nobody":
			return nil, nil, model.ExceptionUnknownSeller
		case len(found) == 0:
			return nil, nil, model.ExceptionNoPosition
		case len(found) > 1:
			return nil, nil, model.ExceptionSeveralPositions
		}
		positions, parts = append(positions, position), append(parts, s.Share.Rat())
		sum.Add(sum, s.Share.Rat())
	}
	if sum.Cmp(big.NewRat(1, 1)) != 0 && !r.OverAllocate {
		return nil, nil, model.ExceptionSharesNotWhole
	}
	return positions, parts, ""
}

// credit gives the lines that the outcome must have, in any order.
func (o *creditingOracle) credit() []string {
	var lines []string
	concerned := false
	for _, creditType := range o.CreditTypes {
		withheld := false
		var overlays []string
		for _, r := range o.ordered(model.CreditOverlay, creditType.ID) {
			on := o.date(r)
			if on == nil || !r.Days.Contains(*on) {
				continue
			}
			truth, fails := oracleConditions[r.Condition](o.t)
			if fails {
				withheld = true
				lines = append(lines, "! CONDITION_FAILED "+creditType.Key)
			} else if truth {
				for _, p := range r.Positions {
					overlays = append(overlays, o.line(creditType, model.CreditOverlay, r, p.PositionID, p.Share.Rat(), o.t.Amount.Mul(p.Share), *on, "", 0))
				}
			}
		}
		lines = append(lines, overlays...)
		for _, r := range o.ordered(model.CreditDirect, creditType.ID) {
			on := o.date(r)
			judged := o.t.EventDate
			if on != nil {
				judged = *on
			}
			truth, fails := oracleConditions[r.Condition](o.t)
			if !r.Days.Contains(judged) || (!truth && !fails) {
				continue
			}
			concerned = true
			switch {
			case on == nil:
				lines = append(lines, "! MISSING_DATE "+creditType.Key)
			case fails:
				lines = append(lines, "! CONDITION_FAILED "+creditType.Key)
			case !withheld:
				lines = append(lines, o.directLines(creditType, r, *on)...)
			}
			break
		}
	}
	if !concerned {
		lines = append(lines, "! NO_RULE *")
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func (o *creditingOracle) directLines(creditType model.CreditType, r model.CreditingRule, on model.Date) []string {
	positions, shares, code := o.direct(r, on)
	if code != "" {
		return []string{"! " + string(code) + " " + creditType.Key}
	}
	for i := 0; i < len(positions); i++ { // a position named twice is one
		for j := len(positions) - 1; j > i; j-- {
			if positions[j] == positions[i] {
				shares[i].Add(shares[i], shares[j])
				positions, shares = slices.Delete(positions, j, j+1), slices.Delete(shares, j, j+1)
			}
		}
	}
	amounts := o.parts(shares)
	var lines []string
	for i, p := range positions {
		lines = append(lines, o.line(creditType, model.CreditDirect, r, p, shares[i], amounts[i], on, "", 0))
	}
	for i, p := range positions {
		reached := map[model.ID]bool{}
		for _, up := range o.ordered(model.CreditRollup, creditType.ID) {
			day := o.date(up)
			if day == nil || !up.Days.Contains(*day) {
				continue
			}
			truth, fails := oracleConditions[up.Condition](o.t)
			if fails {
				return []string{"! CONDITION_FAILED " + creditType.Key}
			}
			seen := map[model.ID]bool{p: true}
			at := o.parentOn(p, *day)
			for level := 1; truth && at != nil && !seen[*at] && (up.Levels == 0 || level <= up.Levels); level++ {
				seen[*at] = true
				share := decimal.NewFromInt(1)
				if n := len(up.LevelShares); n > 0 {
					share = up.LevelShares[min(level, n)-1]
				}
				if !reached[*at] && !share.IsZero() {
					reached[*at] = true
					lines = append(lines, o.line(creditType, model.CreditRollup, up, *at, new(big.Rat).Mul(shares[i], share.Rat()), amounts[i].Mul(share), *day, p.String(), level))
				}
				at = o.parentOn(*at, *day)
			}
		}
	}
	return lines
}

// parts splits the amount in cents by largest remainder, ties to the earlier;
// shares that are not whole each get their own.
func (o *creditingOracle) parts(shares []*big.Rat) []decimal.Decimal {
	sum := new(big.Rat)
	for _, s := range shares {
		sum.Add(sum, s)
	}
	out := make([]decimal.Decimal, len(shares))
	if sum.Cmp(big.NewRat(1, 1)) != 0 {
		for i, s := range shares {
			out[i] = o.t.Amount.Mul(decimal.NewFromBigRat(s, 10))
		}
		return out
	}
	cents := o.t.Amount.Abs().Shift(2).BigInt()
	left := new(big.Int).Set(cents)
	rests := make([]*big.Rat, len(shares))
	floors := make([]*big.Int, len(shares))
	for i, s := range shares {
		exact := new(big.Rat).Mul(new(big.Rat).SetInt(cents), s)
		floors[i] = new(big.Int).Quo(exact.Num(), exact.Denom())
		rests[i] = new(big.Rat).Sub(exact, new(big.Rat).SetInt(floors[i]))
		left.Sub(left, floors[i])
	}
	for ; left.Sign() > 0; left.Sub(left, big.NewInt(1)) {
		most := 0
		for i := range rests {
			if rests[i].Cmp(rests[most]) > 0 {
				most = i
			}
		}
		floors[most].Add(floors[most], big.NewInt(1))
		rests[most] = new(big.Rat).SetInt64(-1)
	}
	for i := range floors {
		out[i] = decimal.NewFromBigInt(floors[i], -2).Mul(decimal.NewFromInt(int64(o.t.Amount.Sign())))
	}
	return out
}

func (o *creditingOracle) line(creditType model.CreditType, kind model.CreditKind, r model.CreditingRule, position model.ID, share *big.Rat, amount decimal.Decimal, on model.Date, via string, level int) string {
	return fmt.Sprint(creditType.Key, " ", kind, " ", position, "/", o.holderOn(position, on), " ", rounded(share, 10, true).FloatString(10), " ", amount.StringFixed(10), " ", on, " ", r.Key, " ", via, " ", level)
}

// linesOf writes an outcome as the oracle does.
func (o *creditingOracle) linesOf(out Outcome) []string {
	keys := map[model.ID]string{}
	for _, t := range o.CreditTypes {
		keys[t.ID] = t.Key
	}
	for _, r := range o.Rules {
		keys[r.ID] = r.Key
	}
	var lines []string
	for _, c := range out.Credits {
		payee, via := "-", ""
		if c.PayeeID != nil {
			payee = c.PayeeID.String()
		}
		if c.ViaPositionID != nil {
			via = c.ViaPositionID.String()
		}
		lines = append(lines, fmt.Sprint(keys[c.CreditTypeID], " ", c.Kind, " ", c.PositionID, "/", payee, " ", c.Share.StringFixed(10), " ", c.Amount.StringFixed(10), " ", c.Date, " ", keys[*c.RuleID], " ", via, " ", c.Level))
	}
	for _, e := range out.Exceptions {
		creditType := "*"
		if e.CreditTypeID != nil {
			creditType = keys[*e.CreditTypeID]
		}
		lines = append(lines, fmt.Sprint("! ", e.Code, " ", creditType))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// For random companies, rules and sales the Crediter gives the credits and the
// codes of exceptions that the oracle does. (The oracle names the first fault
// of a seller only.)
func TestCreditingAgreesWithTheOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, agreesWithOracle)
}

func FuzzCredit(f *testing.F) { f.Fuzz(rapid.MakeFuzz(agreesWithOracle)) }

func agreesWithOracle(t *rapid.T) {
	setup := drawCompany(t)
	s := drawTransaction(t)
	c, err := NewCrediter(setup)
	if err != nil {
		t.Fatal(err)
	}
	o := &creditingOracle{CreditingSetup: setup, t: &s}
	want, got := o.credit(), o.linesOf(c.Credit(Case{Transaction: s}))
	missing := slices.DeleteFunc(slices.Clone(want), func(line string) bool { return slices.Contains(got, line) })
	extra := slices.DeleteFunc(slices.Clone(got), func(line string) bool {
		return slices.Contains(want, line) || (strings.HasPrefix(line, "! ") && sellerFault(line, want))
	})
	if len(missing)+len(extra) > 0 {
		t.Fatalf("missing\n%s\nextra\n%s", strings.Join(missing, "\n"), strings.Join(extra, "\n"))
	}
}

// sellerFault tells whether the oracle names another seller's fault for the
// type.
func sellerFault(line string, want []string) bool {
	fields := strings.Fields(line)
	for _, code := range []model.ExceptionCode{model.ExceptionUnknownSeller, model.ExceptionNoPosition, model.ExceptionSeveralPositions} {
		if slices.Contains(want, fmt.Sprint("! ", code, " ", fields[2])) {
			return true
		}
	}
	return false
}
