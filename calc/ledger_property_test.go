package calc

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"spm/model"
)

// journey is a payee's year, in which facts come, change and come late, months are
// closed one after the other, and the payee may leave. It does in memory what the
// service does with a database.
type journey struct {
	r      source
	scene  ledgerScene
	cash   map[string][]DealEvent
	closed int                 // months
	before model.Brought       // what the last closed month hands on
	booked map[int][][]Accrual // by closed month, newest first
	posted []model.LedgerEntry // of closed months
	due    [][]model.Money     // of closed months that are not paid yet
	open   []*model.Balance    // as struck last
	from   []balanceStep       // what the open months were struck from
	past   []balanceStep       // and the closed ones, with what came of them
	closes []*model.Balance
	now    map[int][]Accrual // by month, as calculated last
	engine *Engine           // of the scene as it is; nil: it has changed
	counts map[string]int
}

const journeyMonths = 8

func newJourney(r source, counts map[string]int) *journey {
	j := &journey{r: r, cash: map[string][]DealEvent{}, booked: map[int][][]Accrual{}, counts: counts}
	s := &j.scene
	s.Payout = model.PeriodMonth
	s.Component = &sceneComponent{Rate: pick(r, "0.1", "0.0333")}
	if r.IntN(2) == 0 { // a window of a quarter, trued up: late facts reach later months too
		s.Tables = []sceneTable{{Key: "t", Rows: [][3]string{{"", "1000", "0.05"}, {"1000", "", "0.1"}}}}
		s.Component = &sceneComponent{Table: "t", Mode: pick(r, model.TierMarginal, model.TierRetroactive), Window: model.PeriodQuarter, Settlement: model.SettleTrueUp}
	}
	s.Rules = model.PlanRules{NegativePay: pick(r, model.NegativeCarried, model.NegativeCollected), Returns: pick(r, model.ReturnsNegative, model.ReturnsClawback)}
	if r.IntN(2) == 0 {
		s.Rules.Leaver = &model.LeaverPolicy{
			Holds: pick(r, model.HoldsContinue, model.HoldsRelease, model.HoldsForfeit), Draw: pick(r, model.DebtCarry, model.DebtCollect, model.DebtWriteOff), Debit: pick(r, model.DebtCarry, model.DebtCollect, model.DebtWriteOff),
		}
	}
	if r.IntN(3) == 0 {
		s.draws = []model.Draw{{Key: "d", Name: "Draw", Amount: optional("50"), Method: pick(r, model.DrawShortfall, model.DrawUpFront), RecoverAfter: r.IntN(2), AtEnd: pick(r, model.DrawRecover, model.DrawCollect, model.DrawWriteOff)}}
		if r.IntN(2) == 0 {
			end := model.NewDate(2026, 2+r.IntN(5), 15)
			s.draws[0].EndDate = &end
		}
	}
	if r.IntN(3) == 0 {
		s.guarantees = []model.Guarantee{{Key: "g", Name: "Guarantee", Amount: optional("40"), Per: pick(r, model.PeriodMonth, model.PeriodQuarter)}}
	}
	switch r.IntN(4) {
	case 0:
		s.release = []model.ReleasePart{{Name: "now", Share: dec("0.4"), Trigger: model.ReleaseOffset}, {Name: "later", Share: dec("0.6"), Trigger: model.ReleaseOffset, Months: 2}}
	case 1:
		s.release = []model.ReleasePart{{Name: "cash", Share: dec("1"), Trigger: model.ReleaseCash, Cash: pick(r, model.CashWhole, model.CashProportion)}}
	}
	if s.Rules.Returns == model.ReturnsClawback {
		s.clawbacks = append(s.clawbacks, model.Clawback{Cause: model.ClawReturn, Months: 6, Method: pick(r, model.ClawFull, model.ClawUnearned)})
	}
	if r.IntN(4) == 0 {
		s.clawbacks = append(s.clawbacks, model.Clawback{Cause: model.ClawNonPayment, Days: 30}, model.Clawback{Cause: model.ClawLeaving, Months: 4, Method: model.ClawPercent, Share: optional("0.5")})
	}
	return j
}

// step does one thing.
func (j *journey) step() string {
	r := j.r
	switch n := r.IntN(20); {
	case n < 7:
		c := sceneCredit{ID: fmt.Sprintf("D%d", len(j.scene.Credits)), Date: model.NewDate(2026, 1+r.IntN(journeyMonths), 1+r.IntN(28)), Amount: fmt.Sprintf("%d.%02d", r.IntN(900), r.IntN(100))}
		j.scene.Credits = append(j.scene.Credits, c)
		if c.Date < model.NewDate(2026, j.closed+1, 1) {
			j.counts["late sale"]++
		}
		return "sale " + c.ID
	case n < 9:
		sales := j.sales()
		if len(sales) == 0 {
			return ""
		}
		of := sales[r.IntN(len(sales))]
		c := sceneCredit{ID: fmt.Sprintf("R%d", len(j.scene.Credits)), Of: of.ID, Reversal: true, Date: min(of.Date.AddDays(r.IntN(90)), model.NewDate(2026, journeyMonths, 28)), FXDate: &of.Date, Amount: dec(of.Amount).Mul(pick(r, dec("-1"), dec("-0.5"))).String()}
		j.scene.Credits = append(j.scene.Credits, c)
		j.counts["return"]++
		return "return of " + of.ID
	case n < 11:
		if len(j.scene.Credits) == 0 {
			return ""
		}
		c := &j.scene.Credits[r.IntN(len(j.scene.Credits))]
		if c.Reversal {
			return ""
		}
		c.Amount = fmt.Sprintf("%d.%02d", r.IntN(900), r.IntN(100))
		j.counts["revision"]++
		return "revision of " + c.ID
	case n < 14:
		sales := j.sales()
		if len(sales) == 0 {
			return ""
		}
		of := sales[r.IntN(len(sales))]
		j.cash[of.ID] = append(j.cash[of.ID], DealEvent{of.Date.AddDays(r.IntN(60)), dec(of.Amount).Mul(pick(r, dec("1"), dec("0.5"), dec("-0.5")))})
		j.counts["payment"]++
		return "payment of " + of.ID
	case n < 15:
		if len(j.scene.Statuses) > 0 {
			return ""
		}
		j.scene.Statuses = []sceneStatus{{From: model.NewDate(2026, 2+r.IntN(journeyMonths-2), 1+r.IntN(28)), Status: model.PayeeTerminated}}
		j.engine = nil
		j.counts["leaver"]++
		return "leaves"
	case n < 19:
		if j.closed == journeyMonths-1 {
			return ""
		}
		j.close()
		j.counts["close"]++
		return "close"
	default:
		if len(j.due) == 0 {
			return ""
		}
		j.pay()
		j.counts["pay"]++
		return "pay"
	}
}

func (j *journey) sales() (out []sceneCredit) {
	for _, c := range j.scene.Credits {
		if !c.Reversal {
			out = append(out, c)
		}
	}
	return out
}

// deals sums up what has become of the sales.
func (j *journey) deals() map[DealKey]*Deal {
	out := map[DealKey]*Deal{}
	for _, c := range j.sales() {
		out[DealKey{"crm", c.ID}] = &Deal{Amount: dec(c.Amount), Paid: j.cash[c.ID]}
	}
	for _, c := range j.scene.Credits {
		if c.Reversal {
			deal := out[DealKey{"crm", c.Of}]
			deal.Returned = append(deal.Returned, DealEvent{c.Date, dec(c.Amount).Neg()})
		}
	}
	return out
}

func month(n int) model.ID { return keyed(model.KindPeriod, fmt.Sprintf("2026-%02d", n)) }

// build makes the engine, where the scene has changed but for what is sold.
func (j *journey) build() error {
	if j.engine != nil {
		return nil
	}
	book := j.scene.scene.book()
	v := &book.Versions[0]
	v.Guarantees, v.Draws = j.scene.guarantees, j.scene.draws
	v.Components[0].Release, v.Components[0].Clawbacks = j.scene.release, j.scene.clawbacks
	var err error
	j.engine, err = NewEngine(book)
	return err
}

// calculate calculates all months and gives what they earn together.
func (j *journey) calculate(payee *Payee, facts []CreditFact) decimal.Decimal {
	find := func(credit int64) *CreditFact { return &facts[credit-1] }
	full := decimal.Zero
	j.now = map[int][]Accrual{}
	for m := 1; m <= journeyMonths; m++ {
		for _, e := range payee.Calculate(monthIDs[m]).Earnings {
			a := Accrual{
				Position: e.Position, Plan: e.Plan, Version: e.Version, Component: e.Component, Period: e.Period, Key: e.Key, Name: e.Name, EarningCode: e.EarningCode,
				Amount: e.Amount, Failed: e.Why == model.WhyProblem,
			}
			j.now[m] = append(j.now[m], j.engine.Accrue(a, &e.Trace, find))
			full = full.Add(e.Amount.Amount)
		}
	}
	return full
}

// strike strikes the open months and checks every law; once more, if asked, from
// the same in another order.
func (j *journey) strike(twice bool) error {
	if err := j.build(); err != nil {
		return err
	}
	facts, deals := j.scene.facts(), j.deals()
	ana := keyed(model.KindPayee, "ana")
	payee := j.engine.Begin(Alone{}).Payee(ana, facts)
	defer payee.Free()
	full := j.calculate(payee, facts)
	j.open, j.from = nil, nil
	before := j.before
	for m := j.closed + 1; m <= journeyMonths; m++ {
		in := Striking{Payee: ana, Period: monthIDs[m], Before: before, Earnings: j.now[m], Deals: deals}
		at := balanceStep{Period: periodOf(monthIDs[m]), Earnings: slices.Clone(j.now[m]), Deals: deals, Statuses: j.scene.Statuses}
		if m == j.closed+1 {
			for q := 1; q <= j.closed; q++ {
				at.Late = append(at.Late, latePeriod{Booked: j.booked[q], Now: j.now[q]})
				in.Prior = append(in.Prior, Differences(Booked(j.booked[q]...), j.now[q])...)
			}
		}
		b, err := payee.Strike(in)
		if err != nil {
			return fmt.Errorf("month %d: %w", m, err)
		}
		if twice {
			slices.Reverse(in.Earnings)
			slices.Reverse(in.Prior)
			if again, err := payee.Strike(in); err != nil || !slices.EqualFunc(again.Entries, b.Entries, sameEntry) {
				return fmt.Errorf("month %d: struck again it is otherwise", m)
			}
		}
		j.open, j.from, before = append(j.open, b), append(j.from, at), b.After
	}
	return j.laws(full, j.now)
}

// monthIDs are the ids of the months of 2026, from 1 on.
var monthIDs = func() (out [13]model.ID) {
	for n := range out {
		out[n] = month(n)
	}
	return out
}()

// sameEntry tells whether two entries say the same, but for whose they are.
func sameEntry(a, b model.LedgerEntry) bool {
	return a.Movement == b.Movement && a.From == b.From && a.To == b.To && a.Amount.Currency == b.Amount.Currency && a.Amount.Amount.Equal(b.Amount.Amount) &&
		a.Text == b.Text && a.Key == b.Key && a.EarningCode == b.EarningCode && a.Source == b.Source && a.ExternalID == b.ExternalID
}

// laws checks the law across closes, and that of the ledger as a whole.
func (j *journey) laws(full decimal.Decimal, now map[int][]Accrual) error {
	entries := slices.Clone(j.posted)
	for _, b := range j.open {
		entries = append(entries, b.Entries...)
	}
	earned, law := decimal.Zero, decimal.Zero
	sums := map[model.LedgerAccount]decimal.Decimal{}
	for i := range entries {
		e := &entries[i]
		if e.Movement == model.MoveEarned || e.Movement == model.MovePrior {
			earned = earned.Add(e.Amount.Amount)
		}
		law = law.Add(lawOf(e))
		sums[e.From], sums[e.To] = sums[e.From].Sub(e.Amount.Amount), sums[e.To].Add(e.Amount.Amount)
	}
	if !earned.Equal(full) {
		return fmt.Errorf("closed, prior and open earnings come to %s, a full calculation to %s", earned, full)
	}
	total := decimal.Zero
	for _, sum := range sums {
		total = total.Add(sum)
	}
	right := sums[model.AccountPaid].Add(sums[model.AccountPayable]).Add(sums[model.AccountHeld]).Add(sums[model.AccountForfeited]).Add(sums[model.AccountCarried]).Add(sums[model.AccountCollected])
	if !total.IsZero() || !law.Equal(right) {
		return fmt.Errorf("the ledger does not balance: %s, %s and %s", total, law, right)
	}
	if err := j.owed(); err != nil {
		return err
	}
	last := j.open[len(j.open)-1]
	held := decimal.Zero
	for i := range last.After.Holds {
		h := &last.After.Holds[i]
		held = held.Add(h.Held)
		if whole := wholeNow(now, h); !whole.Equal(h.Whole) {
			return fmt.Errorf("of %s in %v %s is watched, and %s earned", h.ExternalID, h.OriginID, h.Whole, whole)
		}
		if h.Held.Sign()*h.Whole.Sign() < 0 || h.Held.Abs().GreaterThan(h.Whole.Abs()) {
			return fmt.Errorf("of %s, %s is held", h.Whole, h.Held)
		}
		if h.Clawed.GreaterThan(h.Whole.Abs()) {
			return fmt.Errorf("of %s, %s is taken back", h.Whole, h.Clawed)
		}
	}
	if !held.Equal(sums[model.AccountHeld]) {
		return fmt.Errorf("%s is held, and %s posted so", held, sums[model.AccountHeld])
	}
	return nil
}

// wholeNow is what a watched part has earned by a full calculation.
func wholeNow(now map[int][]Accrual, h *model.Hold) decimal.Decimal {
	total := decimal.Zero
	for _, all := range now {
		for _, a := range all {
			if a.Period != h.OriginID {
				continue
			}
			for _, line := range a.Lines {
				if line.Deal == (DealKey{h.Source, h.ExternalID}) && line.Credit == h.Credit {
					total = total.Add(line.Amount)
				}
			}
			if len(a.Lines) == 0 && h.ExternalID == "" {
				total = total.Add(a.Amount.Amount)
			}
		}
	}
	return total
}

// stored is what is brought, written and read as a ledger in the database is.
func stored(b model.Brought) (out model.Brought) {
	text, err := json.Marshal(b)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err)
	}
	return out
}

// close closes the first open month as it was struck last.
func (j *journey) close() {
	b := j.open[0]
	j.past, j.closes = append(j.past, j.from[0]), append(j.closes, b)
	j.closed++
	for q := 1; q <= j.closed; q++ {
		j.booked[q] = append([][]Accrual{j.now[q]}, j.booked[q]...)
	}
	j.posted, j.before = append(j.posted, b.Entries...), stored(b.After)
	j.due = append(j.due, b.PayableOf())
	j.open, j.from = j.open[1:], j.from[1:]
}

// pay pays the first closed month that is not paid yet.
func (j *journey) pay() {
	for _, due := range j.due[0] {
		j.posted = append(j.posted, model.LedgerEntry{Movement: model.MovePaid, From: model.AccountPayable, To: model.AccountPaid, Amount: due})
	}
	j.due = j.due[1:]
}

// owed checks that what closed months have made payable is paid, waits to be paid,
// or is withheld, and none of it twice.
func (j *journey) owed() error {
	payable, owed := decimal.Zero, decimal.Zero
	for i := range j.posted {
		switch e := &j.posted[i]; model.AccountPayable {
		case e.To:
			payable = payable.Add(e.Amount.Amount)
		case e.From:
			payable = payable.Sub(e.Amount.Amount)
		}
	}
	for _, month := range j.due {
		for _, due := range month {
			if owed = owed.Add(due.Amount); !due.Amount.IsPositive() {
				return fmt.Errorf("%s is to be paid", due.Amount)
			}
		}
	}
	for _, d := range j.before.Debts {
		if d.Account == model.AccountPayable {
			owed = owed.Add(d.Amount)
		}
	}
	if !payable.Equal(owed) {
		return fmt.Errorf("%s is payable of closed months, and %s waits to be paid", payable, owed)
	}
	return nil
}

// run goes some steps and checks after each.
func (j *journey) run(steps int) error {
	if err := j.strike(false); err != nil {
		return err
	}
	var done []string
	for range steps {
		what := j.step()
		if what == "" {
			continue
		}
		done = append(done, what)
		if err := j.strike(false); err != nil {
			return fmt.Errorf("after %v: %w", done, err)
		}
	}
	if err := j.strike(true); err != nil {
		return fmt.Errorf("after %v, twice: %w", done, err)
	}
	return nil
}

var (
	journeys = flag.Int("journeys", 2000, "how many payees' years TestJourneys goes through")
	journey1 = flag.Int("journey", 0, "the first of them")
)

// TestJourneys goes through random years: whatever comes in whatever order, closed
// earnings, prior-period adjustments and open earnings together are what a full
// calculation gives, and every ledger balances.
func TestJourneys(t *testing.T) {
	t.Parallel()
	counts := map[string]int{}
	for seed := *journey1; seed < *journey1+*journeys; seed++ {
		if err := newJourney(rand.New(rand.NewPCG(uint64(seed), 5)), counts).run(15); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	t.Logf("%d journeys: %v", *journeys, counts)
}

// TestJourneysShrunk is TestJourneys by rapid, which shrinks what fails.
func TestJourneysShrunk(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		if err := newJourney(rapidSource{rt}, map[string]int{}).run(12); err != nil {
			rt.Fatal(err)
		}
	})
}
