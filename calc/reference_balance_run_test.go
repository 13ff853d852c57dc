package calc

import (
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"spm/model"
)

// differs compares what the reference has of a pay period with a ledger, and says
// what is otherwise; empty: nothing.
func (x *balanceReference) differs(b *model.Balance) string {
	var out []string
	note := func(what string, got, want *big.Rat) {
		if got.Cmp(want) != 0 {
			out = append(out, fmt.Sprintf("%s is %s, the reference has %s", what, got.FloatString(4), want.FloatString(4)))
		}
	}
	moved, accounts := map[refMove]*big.Rat{}, map[refAccount]*big.Rat{}
	for _, d := range b.Before.Debts {
		if d.Account == model.AccountPayable {
			accounts[refAccount{d.Account, d.Currency}] = ratOf(d.Amount)
		}
	}
	for i := range b.Entries {
		e := &b.Entries[i]
		amount := ratOf(e.Amount.Amount)
		sum := sumAt(moved, refMove{e.Movement, e.Key, e.Amount.Currency})
		sum.Add(sum, amount)
		from, to := sumAt(accounts, refAccount{e.From, e.Amount.Currency}), sumAt(accounts, refAccount{e.To, e.Amount.Currency})
		from.Sub(from, amount)
		to.Add(to, amount)
	}
	for _, key := range keysOfBoth(moved, x.moved) {
		note(fmt.Sprintf("%s of %q in %s", key.movement, key.key, key.currency), sumAt(moved, key), sumAt(x.moved, key))
	}
	for _, key := range keysOfBoth(accounts, x.accounts) {
		note(fmt.Sprintf("account %s in %s", key.account, key.currency), sumAt(accounts, key), sumAt(x.accounts, key))
	}
	out = append(out, x.holdsDiffer(b)...)
	out = append(out, x.debtsDiffer(b)...)
	if b.Withheld != x.stopped() {
		out = append(out, fmt.Sprintf("withheld is %t", b.Withheld))
	}
	payable := map[model.CurrencyCode]*big.Rat{}
	for _, m := range b.PayableOf() {
		payable[m.Currency] = ratOf(m.Amount)
	}
	for _, currency := range []model.CurrencyCode{"USD", "EUR", "JPY"} {
		want := sumAt(x.accounts, refAccount{model.AccountPayable, currency})
		if x.stopped() {
			want = new(big.Rat)
		}
		note("payable in "+string(currency), sumAt(payable, currency), want)
	}
	slices.Sort(out)
	return strings.Join(out, "\n  ")
}

func keysOfBoth[K comparable](a, b map[K]*big.Rat) (out []K) {
	for key := range a {
		out = append(out, key)
	}
	for key := range b {
		if a[key] == nil {
			out = append(out, key)
		}
	}
	return out
}

// holdsDiffer compares each watched part. Of what the ledger watches no more nothing
// is held.
func (x *balanceReference) holdsDiffer(b *model.Balance) (out []string) {
	for _, h := range x.holds {
		i := slices.IndexFunc(b.After.Holds, func(e model.Hold) bool {
			if h.opening {
				return e.Key == h.name
			}
			return refHoldKey{e.PositionID, e.ComponentID, e.OriginID, DealKey{e.Source, e.ExternalID}, e.Credit, e.Currency} == h.key
		})
		got := model.Hold{}
		h.dropped = h.dropped || i < 0
		if i >= 0 {
			got = b.After.Holds[i]
		}
		for _, one := range []struct {
			what      string
			got, want *big.Rat
		}{
			{"held", ratOf(got.Held), h.held}, {"whole", ratOf(got.Whole), h.whole}, {"clawed", ratOf(got.Clawed), h.clawed},
			{"clawed of what was held", ratOf(got.ClawedHeld), h.clawedHeld}, {"forfeited", ratOf(got.Forfeited), h.forfeited},
		} {
			if one.got.Cmp(one.want) != 0 && (one.what == "held" || i >= 0 && (one.what != "whole" || !h.dropped)) {
				out = append(out, fmt.Sprintf("of %s %s%s in %s %s is %s, the reference has %s", h.name, h.key.deal.ExternalID, h.key.credit, h.where(), one.what, one.got.FloatString(4), one.want.FloatString(4)))
			}
		}
	}
	for _, e := range b.After.Holds {
		if !slices.ContainsFunc(x.holds, func(h *refHold) bool {
			return h.opening && h.name == e.Key || h.key == refHoldKey{e.PositionID, e.ComponentID, e.OriginID, DealKey{e.Source, e.ExternalID}, e.Credit, e.Currency}
		}) && !e.Whole.IsZero() {
			out = append(out, fmt.Sprintf("the reference does not watch %s of %s", e.ExternalID, e.Key))
		}
	}
	return out
}

func (h *refHold) where() string {
	if h.opening {
		return "an opening"
	}
	return periodOf(h.key.origin).Name
}

// debtsDiffer compares what is owed and withheld.
func (x *balanceReference) debtsDiffer(b *model.Balance) (out []string) {
	type debt struct {
		account  model.LedgerAccount
		plan     model.ID
		key      string
		currency model.CurrencyCode
	}
	got, want := map[debt]*big.Rat{}, map[debt]*big.Rat{}
	for _, d := range b.After.Debts {
		at := debt{account: d.Account, key: d.Key, currency: d.Currency}
		if d.PlanID != nil {
			at.plan = *d.PlanID
		}
		got[at] = ratOf(d.Amount)
	}
	for _, d := range x.draws {
		want[debt{model.AccountDraw, d.plan, d.key, d.currency}] = d.owed
	}
	for currency, amount := range x.carried {
		want[debt{account: model.AccountCarried, currency: currency}] = amount
	}
	for currency, amount := range x.withheld {
		want[debt{account: model.AccountPayable, currency: currency}] = amount
	}
	for _, at := range keysOfBoth(got, want) {
		if sumAt(got, at).Cmp(sumAt(want, at)) != 0 {
			out = append(out, fmt.Sprintf("%s of %q in %s is %s, the reference has %s", at.account, at.key, at.currency, sumAt(got, at).FloatString(4), sumAt(want, at).FloatString(4)))
		}
	}
	return out
}

// striking is what a step's ledger is struck from.
func (at *balanceStep) striking(before model.Brought) Striking {
	in := Striking{
		Payee: keyed(model.KindPayee, "ana"), Period: at.Period.ID, Before: before, Earnings: at.Earnings,
		Adjustments: at.Adjustments, Openings: at.Openings, Released: at.Released, Deals: at.Deals,
	}
	for _, p := range at.Late {
		in.Prior = append(in.Prior, Differences(Booked(p.Booked...), p.Now)...)
	}
	return in
}

// compare strikes all steps by the engine and the reference, and says what is the
// first that differs.
func (s *balanceScene) compare(features map[string]int) string {
	engine, err := NewEngine(s.book())
	if err != nil {
		return err.Error()
	}
	payee := engine.Begin(Alone{}).Payee(keyed(model.KindPayee, "ana"), nil)
	defer payee.Free()
	x := newBalanceReference(s, features)
	x.setting()
	before := model.Brought{}
	for i := range s.Steps {
		b, err := payee.Strike(s.Steps[i].striking(before))
		if err != nil {
			return fmt.Sprintf("%s: %v", s.Steps[i].Period.Name, err)
		}
		x.strike(&s.Steps[i])
		if what := x.differs(b); what != "" {
			return fmt.Sprintf("%s:\n  %s", s.Steps[i].Period.Name, what)
		}
		before = b.After
	}
	return ""
}

var (
	balances     = flag.Int("balances", 2000, "how many generated payees TestBalances compares")
	firstBalance = flag.Int("balance", 0, "the first of them")
	explain      = flag.Bool("explain-balance", false, "show what the first that differs is struck from")
)

// TestBalances compares the ledgers of generated payees, over some pay periods, with
// the reference's, and counts what they had.
func TestBalances(t *testing.T) {
	t.Parallel()
	features := map[string]int{}
	wrong := 0
	for seed := uint64(*firstBalance); seed < uint64(*firstBalance+*balances); seed++ {
		had := map[string]int{}
		var s *balanceScene
		var what string
		if seed%10 == 9 { // what real sales earn
			s, what = journeyed(rand.New(rand.NewPCG(seed, 10)), had)
		} else {
			s = generatedBalance(rand.New(rand.NewPCG(seed, 10)))
			what = s.compare(had)
		}
		for feature := range had {
			features[feature]++
		}
		if what == "" {
			continue
		}
		if wrong++; wrong < 20 {
			t.Errorf("seed %d: %s", seed, what)
		}
		if *explain {
			t.Log(s.told())
			break
		}
	}
	if wrong > 0 {
		t.Fatalf("%d of %d differ", wrong, *balances)
	}
	enoughBalances(t, *balances, features)
}

// enoughBalances tells whether each feature was had often enough by so many payees.
func enoughBalances(t *testing.T, n int, features map[string]int) {
	t.Helper()
	least := 200
	if n < 10000 {
		least = n / 100 // of few, less by chance
	}
	for _, feature := range balanceFeatures {
		t.Logf("%6d %s", features[feature], feature)
		if n >= 2000 && features[feature] < least {
			t.Errorf("only %d had %s", features[feature], feature)
		}
	}
	for feature := range features {
		if !slices.Contains(balanceFeatures, feature) {
			t.Errorf("%s is not in the list of features", feature)
		}
	}
}

// journeyed goes through a payee's year of sales and compares all its months, each
// as it was struck last.
func journeyed(r source, features map[string]int) (*balanceScene, string) {
	j := newJourney(r, map[string]int{})
	s := j.balanceScene()
	if err := j.run(15); err != nil {
		return s, err.Error()
	}
	s.Steps = slices.Concat(j.past, j.from)
	x := newBalanceReference(s, features)
	x.hit("real sales")
	for i, b := range slices.Concat(j.closes, j.open) {
		s.Statuses = s.Steps[i].Statuses
		x.strike(&s.Steps[i])
		if what := x.differs(b); what != "" {
			return s, fmt.Sprintf("%s of a journey:\n  %s", s.Steps[i].Period.Name, what)
		}
	}
	return s, ""
}

// balanceScene is what the journey's payee has.
func (j *journey) balanceScene() *balanceScene {
	v := &balanceVersion{
		Number: 1, Days: model.Always, Rules: j.scene.Rules, Guarantees: j.scene.guarantees, Draws: j.scene.draws,
		Components: []balanceComponent{{Key: "commission", Code: "COMM", Payout: model.PeriodMonth, Release: j.scene.release, Clawbacks: j.scene.clawbacks}},
	}
	return &balanceScene{
		Pay: model.PeriodMonth, Pays: []balancePay{{model.MinDate, "USD"}}, Seats: []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}},
		Plans: []*balancePlan{{Key: "plan", Given: sceneAssigned{Title: "rep"}, Versions: []*balanceVersion{v}}},
	}
}
