package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Watched tells whether a ledger must know the deals behind what a component
// earns: because it is released by a schedule, waits for a gate, or may be
// taken back.
func (e *Engine) Watched(version model.ID, key string) bool { return e.watched(version, key) != nil }

func (x *index) watched(version model.ID, key string) *component {
	for _, c := range x.watching[version] {
		if c.Key == key {
			return c
		}
	}
	return nil
}

// watches tells whether ledgers watch what the component earns.
func (c *component) watches() bool {
	return len(c.Release) > 0 || len(c.Clawbacks) > 0 || slices.ContainsFunc(c.Adjustments, func(a model.Adjustment) bool { return a.Deferred })
}

// accrue posts earnings, and what later facts change of earlier ones, and holds
// back what is not payable yet.
func (l *ledger) accrue() {
	for _, movement := range []model.Movement{model.MoveEarned, model.MovePrior} {
		all := slices.Clone(l.in.Earnings)
		if movement == model.MovePrior {
			all = slices.Clone(l.in.Prior)
		}
		slices.SortStableFunc(all, l.compareAccruals)
		for i := range all {
			l.accrueOne(&all[i], movement)
		}
	}
	for _, h := range l.holds {
		l.meet(h)
		l.release(h)
	}
}

func (x *index) compareAccruals(a, b Accrual) int {
	return cmp.Or(
		cmp.Compare(x.periodAt(a.Period), x.periodAt(b.Period)), strings.Compare(x.positionKey(&a.Position), x.positionKey(&b.Position)),
		strings.Compare(x.planKey(a.Plan), x.planKey(b.Plan)), strings.Compare(a.Key, b.Key), strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency)),
	)
}

func (x *index) planKey(id model.ID) string {
	if p := x.plans[id]; p != nil {
		return p.ExternalID
	}
	return ""
}

// periodAt places a period in time: by its end, the shorter first.
func (x *index) periodAt(id model.ID) int64 {
	p := x.periods[id]
	if p == nil {
		return 0
	}
	return int64(p.Days.To)<<32 - int64(p.Days.From)
}

func (l *ledger) accrueOne(a *Accrual, movement model.Movement) {
	if a.Failed {
		return
	}
	e := model.LedgerEntry{
		Movement: movement, From: model.AccountEarned, To: model.AccountPayable, Text: a.Name, Key: a.Key, EarningCode: a.EarningCode,
		PositionID: &a.Position, PlanID: &a.Plan, ComponentID: &a.Component, OriginID: &a.Period,
	}
	if movement == model.MovePrior {
		e.From = model.AccountPrior
		e.Text = fmt.Sprintf("%s of %s: %s", a.Name, l.periods[a.Period].Name, a.Cause)
	}
	currency := a.Amount.Currency
	c := l.watched(a.Version, a.Key)
	if c == nil {
		e.Amount = model.Money{Amount: l.minor(a.Amount.Amount, currency), Currency: currency}
		l.post(e)
		return
	}
	defer l.deferAll(a)
	if len(a.Lines) == 0 {
		e.Amount = model.Money{Amount: l.minor(a.Amount.Amount, currency), Currency: currency}
		l.post(e)
		if !e.Amount.Amount.IsZero() {
			l.watch(a, &DealLine{Direct: true, Date: l.periods[a.Period].Days.Last(), Amount: a.Amount.Amount, AtRate: a.Amount.Amount}, e.Amount.Amount)
		}
		return
	}
	total := decimal.Zero
	parts := make([]decimal.Decimal, len(a.Lines))
	for i := range a.Lines {
		parts[i] = l.minor(a.Lines[i].Amount, currency)
		total = total.Add(parts[i])
	}
	e.Amount = model.Money{Amount: total, Currency: currency}
	l.post(e)
	for i := range a.Lines {
		l.watch(a, &a.Lines[i], parts[i])
	}
}

// minor gives what an exact amount adds to what has been posted in minor units;
// nothing adds nothing.
func (l *ledger) minor(exact decimal.Decimal, currency model.CurrencyCode) decimal.Decimal {
	if exact.IsZero() {
		return exact
	}
	due := l.rests[currency].Add(exact)
	posted := due.Round(model.MinorUnits(currency))
	l.rests[currency] = due.Sub(posted)
	return posted
}

// watch adds a part of an earning to what is watched.
func (l *ledger) watch(a *Accrual, line *DealLine, amount decimal.Decimal) {
	next := &model.Hold{
		PositionID: a.Position, PlanID: a.Plan, VersionID: a.Version, ComponentID: a.Component, Key: a.Key, EarningCode: a.EarningCode, OriginID: a.Period,
		Source: line.Deal.Source, ExternalID: line.Deal.ExternalID, Credit: line.Credit, Direct: line.Direct, Date: line.Date, Currency: a.Amount.Currency,
	}
	if line.Deal == (DealKey{}) && line.Credit == "" { // it cites nothing
		next.Date = l.periods[a.Period].Days.Last()
	}
	at := slices.IndexFunc(l.holds, func(h *model.Hold) bool { return sameHold(h, next) })
	if at < 0 {
		at, l.holds = len(l.holds), append(l.holds, next)
	}
	h := l.holds[at]
	l.reforfeit(h, h.Whole.Add(amount))
	h.Whole, h.AtRate = h.Whole.Add(amount), h.AtRate.Add(line.AtRate)
	h.VersionID, h.Date = a.Version, next.Date
}

// reforfeit keeps what was forfeited the share of the whole that it was.
func (l *ledger) reforfeit(h *model.Hold, whole decimal.Decimal) {
	if h.Forfeited.IsZero() || h.Whole.IsZero() {
		return
	}
	next := decimal.Zero
	if whole.Sign() == h.Whole.Sign() {
		next = divide(h.Forfeited.Mul(whole), h.Whole).Round(model.MinorUnits(h.Currency))
	}
	e := l.entryOf(h, model.MoveForfeited, "of what was forfeited, by what was earned otherwise")
	e.From, e.To, e.Amount.Amount = model.AccountHeld, model.AccountForfeited, next.Sub(h.Forfeited)
	l.post(e)
	h.Held, h.Forfeited = h.Held.Sub(e.Amount.Amount), next
}

func sameHold(a, b *model.Hold) bool {
	return a.PositionID == b.PositionID && a.ComponentID == b.ComponentID && a.OriginID == b.OriginID && a.Source == b.Source &&
		a.ExternalID == b.ExternalID && a.Credit == b.Credit && a.Currency == b.Currency
}

// compareHolds is an order that depends on the callers' keys alone.
func compareHolds(x *index, a, b *model.Hold) int {
	return cmp.Or(
		cmp.Compare(x.periodAt(a.OriginID), x.periodAt(b.OriginID)), strings.Compare(x.positionKey(&a.PositionID), x.positionKey(&b.PositionID)),
		strings.Compare(x.planKey(a.PlanID), x.planKey(b.PlanID)), strings.Compare(a.Key, b.Key), cmp.Compare(a.Date, b.Date),
		strings.Compare(a.Source, b.Source), strings.Compare(a.ExternalID, b.ExternalID), strings.Compare(a.Credit, b.Credit), cmp.Compare(a.Currency, b.Currency),
	)
}

// meet ends a deferral by a gate that holds in a later payout period, as the pay
// period's earnings or what later facts change say.
func (l *ledger) meet(h *model.Hold) {
	if h.Deferred.IsZero() {
		return
	}
	for _, all := range [2][]Accrual{l.in.Earnings, l.in.Prior} {
		for i := range all {
			a := &all[i]
			if a.Position == h.PositionID && a.Component == h.ComponentID && !a.Failed && slices.Contains(a.Met, h.Gate) && l.periods[a.Period].Days.From > l.periods[h.OriginID].Days.From {
				h.Deferred, h.Gate, h.Met = decimal.Zero, "", h.Gate
				return
			}
		}
	}
}

// deferAll notes on all parts of an earning what waits for a gate; what a later
// period has released waits no more, whatever was not known then.
func (l *ledger) deferAll(a *Accrual) {
	of := func(h *model.Hold) bool {
		return h.PositionID == a.Position && h.ComponentID == a.Component && h.OriginID == a.Period
	}
	met := a.Gate != "" && slices.ContainsFunc(l.holds, func(h *model.Hold) bool { return of(h) && h.Met == a.Gate })
	for _, h := range l.holds {
		switch {
		case of(h) && met:
			h.Deferred, h.Gate, h.Met = decimal.Zero, "", a.Gate
		case of(h):
			h.Deferred, h.Gate = a.Deferred, a.Gate
		}
	}
}

// release moves a watched part between held and payable, as far as its schedule
// has come by the period's end. Parts are round(cumulative share x whole) less
// what was before, so that they sum to the whole.
func (l *ledger) release(h *model.Hold) {
	held, why := l.heldBy(h)
	leaves := l.left < model.MaxDate && !(held.IsZero() && h.Held.IsZero())
	if leaves && l.holdsOf(h) == model.HoldsRelease {
		h.Freed = true
		held, why = l.heldBy(h)
	}
	l.holdAt(h, held, why)
	if leaves && !h.Held.IsZero() && l.holdsOf(h) == model.HoldsForfeit {
		e := l.entryOf(h, model.MoveForfeited, l.leaving()+": what is held is forfeited")
		e.From, e.To, e.Amount.Amount = model.AccountHeld, model.AccountForfeited, h.Held
		l.post(e)
		h.Forfeited, h.Held = h.Forfeited.Add(h.Held), decimal.Zero
	}
	h.WaitsFor = ""
	if !h.Held.IsZero() {
		h.WaitsFor = why
	}
}

// heldBy gives what of a watched part is not payable yet by its schedule, at most
// what has not been taken back or lost of it, and what it waits for.
func (l *ledger) heldBy(h *model.Hold) (decimal.Decimal, string) {
	if h.Freed {
		return decimal.Zero, l.leaving() + ": what is held is released"
	}
	share, why := l.releasedShare(h)
	share = share.Mul(oneDecimal.Sub(h.Deferred))
	due := share.Mul(h.Whole).Round(model.MinorUnits(h.Currency))
	held := h.Whole.Sub(due).Sub(h.ClawedHeld).Sub(h.Forfeited)
	if h.Whole.IsPositive() { // what was taken back after it was paid cannot be held again
		held = decimal.Min(held, h.Whole.Sub(h.Clawed).Sub(h.Forfeited))
	}
	if held.Sign()*h.Whole.Sign() <= 0 {
		return decimal.Zero, why
	}
	return held, why
}

// holdAt posts what brings a hold to an amount.
func (l *ledger) holdAt(h *model.Hold, held decimal.Decimal, why string) {
	change := held.Sub(h.Held)
	if h.Held = held; change.IsZero() {
		return
	}
	if change.Sign() == h.Whole.Sign() || h.Whole.IsZero() && change.IsPositive() {
		e := l.entryOf(h, model.MoveHold, why)
		e.From, e.To, e.Amount.Amount = model.AccountPayable, model.AccountHeld, change
		l.post(e)
		return
	}
	e := l.entryOf(h, model.MoveRelease, why)
	e.From, e.To, e.Amount.Amount = model.AccountHeld, model.AccountPayable, change.Neg()
	l.post(e)
}

// entryOf begins an entry of a watched part.
func (l *ledger) entryOf(h *model.Hold, movement model.Movement, text string) model.LedgerEntry {
	e := model.LedgerEntry{
		Movement: movement, Text: text, Key: h.Key, EarningCode: h.EarningCode, Source: h.Source, ExternalID: h.ExternalID, Amount: model.Money{Currency: h.Currency},
	}
	if !h.ComponentID.IsZero() {
		e.PositionID, e.PlanID, e.ComponentID, e.OriginID = &h.PositionID, &h.PlanID, &h.ComponentID, &h.OriginID
	}
	return e
}

// releasedShare gives the share of a watched part that is payable by the
// period's end, and what the next of it waits for, in words.
func (l *ledger) releasedShare(h *model.Hold) (decimal.Decimal, string) {
	if h.ComponentID.IsZero() { // brought at go-live
		switch {
		case h.Date < l.period.Days.To:
			return oneDecimal, "its day has come"
		case h.Date < model.MaxDate:
			return decimal.Zero, "held since before go-live, until " + h.Date.String()
		}
		return decimal.Zero, "held since before go-live"
	}
	var waits []string
	c := l.watched(h.VersionID, h.Key)
	if c == nil || len(c.Release) == 0 {
		return oneDecimal, gateWords(h, waits)
	}
	share := decimal.Zero
	for i := range c.Release {
		part := &c.Release[i]
		fraction, waiting := l.fraction(h, part, c.releases[i])
		if share = share.Add(part.Share.Mul(fraction)); waiting != "" {
			waits = append(waits, fmt.Sprintf("%s: %s", part.Name, waiting))
		}
	}
	return decimal.Min(share, oneDecimal), gateWords(h, waits)
}

func gateWords(h *model.Hold, waits []string) string {
	if !h.Deferred.IsZero() {
		waits = append(waits, "until the gate "+h.Gate+" holds")
	}
	if len(waits) == 0 {
		return "it is payable now"
	}
	return strings.Join(waits, "; ")
}

// fraction gives how much of a part of a schedule is payable by the period's
// end, 0 to 1, and what the rest waits for.
func (l *ledger) fraction(h *model.Hold, part *model.ReleasePart, cond *condition) (decimal.Decimal, string) {
	deal := l.in.Deals[DealKey{h.Source, h.ExternalID}]
	switch part.Trigger {
	case model.ReleaseDate:
		return l.byDay(*part.Date)
	case model.ReleaseOffset:
		return l.byDay(l.offset(h, part))
	case model.ReleaseCash:
		paid := l.paidShare(h, deal)
		if part.Cash != model.CashProportion && paid.LessThan(oneDecimal) {
			return decimal.Zero, "until the sale is paid in full"
		}
		if paid.LessThan(oneDecimal) {
			return paid, "as the sale is paid"
		}
		return oneDecimal, ""
	case model.ReleaseCondition:
		if deal != nil && deal.Sale != nil && cond.expression != nil {
			row := &TransactionRow{Transaction: deal.Sale, Date: deal.Sale.EventDate, Products: l.products, Accounts: l.accounts}
			if holds, err := cond.expression.Bool(row); err == nil && holds {
				return oneDecimal, ""
			}
		}
		return decimal.Zero, "until " + part.Condition
	default:
		for _, r := range l.in.Released {
			if r.Date < l.period.Days.To && r.Position == h.PositionID && r.Component == h.ComponentID && r.Period == h.OriginID &&
				(r.Deal == DealKey{} || r.Deal == DealKey{h.Source, h.ExternalID}) && (r.Part == "" || r.Part == part.Name) {
				return oneDecimal, ""
			}
		}
		return decimal.Zero, "until it is released by hand"
	}
}

func (l *ledger) byDay(day model.Date) (decimal.Decimal, string) {
	if day < l.period.Days.To {
		return oneDecimal, ""
	}
	return decimal.Zero, "until " + day.String()
}

// offset gives the day of a part with OFFSET.
func (l *ledger) offset(h *model.Hold, part *model.ReleasePart) model.Date {
	from := h.Date
	if part.From == model.FromPeriod {
		from = l.periods[h.OriginID].Days.Last()
	}
	return from.AddMonths(part.Months).AddDays(part.Days)
}

// paidShare gives how much of a sale, less what came back of it, is paid by the
// period's end, 0 to 1. Of what came back wholly nothing is left to pay; what is
// of no deal waits for none.
func (l *ledger) paidShare(h *model.Hold, deal *Deal) decimal.Decimal {
	if h.ExternalID == "" {
		return oneDecimal
	}
	if deal == nil {
		return decimal.Zero
	}
	net := deal.Amount.Sub(eventsBefore(deal.Returned, l.period.Days.To))
	if !net.IsPositive() {
		return oneDecimal
	}
	paid := eventsBefore(deal.Paid, l.period.Days.To)
	switch {
	case !paid.IsPositive():
		return decimal.Zero
	case paid.GreaterThanOrEqual(net):
		return oneDecimal
	}
	return divide(paid, net)
}

func eventsBefore(events []DealEvent, day model.Date) decimal.Decimal {
	total := decimal.Zero
	for _, e := range events {
		if e.Date < day {
			total = total.Add(e.Amount)
		}
	}
	return total
}
