package calc

import (
	"fmt"
	"slices"

	"spm/model"
)

// balanceScene is a payee with all that some pay periods, one after the other,
// are struck from.
type balanceScene struct {
	Pay      model.PeriodType
	Statuses []sceneStatus
	Pays     []balancePay
	Seats    []sceneSeat
	Plans    []*balancePlan
	Steps    []balanceStep
}

// balancePay is the currency of pay from a day on.
type balancePay struct {
	From     model.Date
	Currency model.CurrencyCode
}

// balancePlan is a plan: of the title of all positions, of a position, or of the
// payee for some days.
type balancePlan struct {
	Key      string
	Given    sceneAssigned
	Versions []*balanceVersion
}

// balanceVersion is a version of a plan, on its days.
type balanceVersion struct {
	Number     int
	Days       model.Interval
	Rules      model.PlanRules
	Guarantees []model.Guarantee
	Draws      []model.Draw
	Components []balanceComponent
}

type balanceComponent struct {
	Key, Code string
	Payout    model.PeriodType
	Gate      string // that defers; empty: none
	Release   []model.ReleasePart
	Clawbacks []model.Clawback
}

// balanceStep is a pay period, with what is known when it is struck.
type balanceStep struct {
	Period      *model.Period
	Earnings    []Accrual
	Late        []latePeriod // closed payout periods that have come out otherwise
	Adjustments []model.PayAdjustment
	Openings    []model.OpeningEntry
	Released    []PersonRelease
	Deals       map[DealKey]*Deal
	Statuses    []sceneStatus // as they were known, where the scene says none
}

// latePeriod is what was booked of a closed payout period, the newest first, and
// what it is now.
type latePeriod struct {
	Booked [][]Accrual
	Now    []Accrual
}

// notCounting is the earning code that counts neither toward draws nor guarantees.
const notCounting = "SIDE"

// balancePeriods are the periods of the years, weeks among them.
var balancePeriods = (&scene{Shorter: []model.PeriodType{model.PeriodWeek}}).periods()

func (p *balancePlan) id() model.ID { return keyed(model.KindPlan, p.Key) }

func (p *balancePlan) version(v *balanceVersion) model.ID {
	return keyed(model.KindPlanVersion, fmt.Sprint(p.Key, v.Number))
}

func (p *balancePlan) component(key string) model.ID { return model.ComponentID(p.id(), key) }

// on gives the version in force on a day, nil for none.
func (p *balancePlan) on(day model.Date) *balanceVersion {
	for _, v := range p.Versions {
		if v.Days.Contains(day) {
			return v
		}
	}
	return nil
}

// currency is what the payee is paid in on a day.
func (s *balanceScene) currency(day model.Date) model.CurrencyCode {
	out := s.Pays[0].Currency
	for _, p := range s.Pays {
		if p.From <= day {
			out = p.Currency
		}
	}
	return out
}

// book makes the engine's book of the scene.
func (s *balanceScene) book() Book {
	var small scene
	small.Seats = s.Seats
	b := Book{
		Tenant:    model.Tenant{Key: "test", Currency: "USD"},
		Calendars: []model.FiscalCalendar{{ID: keyed(model.KindFiscalCalendar, "fiscal"), ExternalID: "fiscal", StartMonth: 1, StartDay: 1, PayPeriod: s.Pay}},
		Periods:   balancePeriods,
		FXRates:   []model.FXRate{{From: "USD", To: "EUR", Date: date("2025-01-01"), Rate: dec("0.9")}, {From: "USD", To: "JPY", Date: date("2025-01-01"), Rate: dec("150.25")}},
		EarningCodes: []model.EarningCode{
			{ID: keyed(model.KindEarningCode, "COMM"), Code: "COMM"}, {ID: keyed(model.KindEarningCode, notCounting), Code: notCounting, CountsNot: true},
		},
	}
	small.organisation(&b)
	small.measures(&b)
	for i := range b.Payees {
		if b.Payees[i].ExternalID == "ana" {
			b.Payees[i].Slices = s.slices()
		}
	}
	for _, p := range s.Plans {
		b.Plans = append(b.Plans, model.Plan{ID: p.id(), ExternalID: p.Key, Name: p.Key})
		for _, v := range p.Versions {
			out := model.PlanVersion{
				ID: p.version(v), PlanID: p.id(), Number: v.Number, State: model.VersionPublished, Days: v.Days, Currency: "USD",
				CalendarID: keyed(model.KindFiscalCalendar, "fiscal"), Rules: v.Rules, Guarantees: v.Guarantees, Draws: v.Draws,
			}
			for _, c := range v.Components {
				made := small.component(sceneComponent{Key: c.Key, Rate: "0.1", Payout: c.Payout})
				made.EarningCode, made.Release, made.Clawbacks = c.Code, c.Release, c.Clawbacks
				if c.Gate != "" {
					made.Adjustments = []model.Adjustment{{Kind: model.AdjustGate, Name: c.Gate, Over: model.OverComponent, Condition: "measure > 5", Deferred: true}}
				}
				out.Components = append(out.Components, made)
			}
			b.Versions = append(b.Versions, out)
		}
		given := model.PlanAssignment{ID: keyed(model.KindPlanAssignment, p.Key), ExternalID: p.Key, PlanID: p.id(), Days: span(p.Given.From, p.Given.To)}
		id := keyed(model.KindTitle, "rep")
		switch given.TitleID = &id; {
		case p.Given.Payee != "":
			id = keyed(model.KindPayee, p.Given.Payee)
			given.TitleID, given.PayeeID = nil, &id
		case p.Given.Position != "":
			id = keyed(model.KindPosition, p.Given.Position)
			given.TitleID, given.PositionID = nil, &id
		}
		b.PlanAssignments = append(b.PlanAssignments, given)
	}
	return b
}

// slices are the payee's days, cut by status and currency.
func (s *balanceScene) slices() []model.PayeeSlice {
	cuts := []model.Date{model.MinDate, model.MaxDate}
	for _, c := range s.Statuses {
		cuts = append(cuts, c.From)
	}
	for _, p := range s.Pays[1:] {
		cuts = append(cuts, p.From)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	var out []model.PayeeSlice
	for i := range cuts[1:] {
		slice := model.PayeeSlice{Days: model.Interval{From: cuts[i], To: cuts[i+1]}, Currency: s.currency(cuts[i])}
		for _, c := range s.Statuses {
			if c.From <= cuts[i] {
				slice.Status, slice.Attributes = c.Status, []model.Attribute{{Name: "grade", Value: c.Grade}}
			}
		}
		out = append(out, slice)
	}
	return out
}

// balanceMaker makes a scene.
type balanceMaker struct {
	r       source
	s       balanceScene
	pays    []*model.Period // the pay periods
	fine    bool            // amounts are finer than minor units
	deals   []*madeDeal
	truth   map[model.ID][]Accrual // what each payout period earns, as is known
	history map[model.ID][][]Accrual
	order   []model.ID // payout periods that are closed
	revised map[model.ID]bool
	number  int
}

// madeDeal is a deal with what has become of it, each known from a step on.
type madeDeal struct {
	key      DealKey
	date     model.Date
	amount   string
	paid     []madeEvent
	returned []madeEvent
	live     int // the step from which on it is live
	gone     int // the step from which on it is not in force
}

type madeEvent struct {
	known int
	DealEvent
}

// generatedBalance makes a payee's run of pay periods.
func generatedBalance(r source) *balanceScene {
	m := &balanceMaker{r: r, fine: oneIn(r, 3), truth: map[model.ID][]Accrual{}, history: map[model.ID][][]Accrual{}, revised: map[model.ID]bool{}}
	m.s.Pay = pick(r, model.PeriodMonth, model.PeriodMonth, model.PeriodMonth, model.PeriodWeek, model.PeriodQuarter)
	n := map[model.PeriodType]int{model.PeriodMonth: 3 + r.IntN(6), model.PeriodWeek: 4 + r.IntN(8), model.PeriodQuarter: 2 + r.IntN(4)}[m.s.Pay]
	first := model.NewDate(2026, 1+r.IntN(5), 1)
	for i := range balancePeriods {
		if p := &balancePeriods[i]; p.Type == m.s.Pay && p.Days.From >= first && len(m.pays) < n {
			m.pays = append(m.pays, p)
		}
	}
	m.payee()
	for i := range pick(r, 1, 1, 2) {
		m.s.Plans = append(m.s.Plans, m.plan(i))
	}
	for i := range 2 + r.IntN(5) {
		m.deals = append(m.deals, m.deal(i))
	}
	for i := range m.pays {
		m.s.Steps = append(m.s.Steps, m.step(i))
	}
	return &m.s
}

// day is a day in, or shortly around, the run.
func (m *balanceMaker) day() model.Date {
	from := m.pays[0].Days.From
	return from.AddDays(m.r.IntN(int(m.pays[len(m.pays)-1].Days.To-from)+20) - 10)
}

func (m *balanceMaker) money(most int) string {
	if m.fine {
		return tenThousandths(m.r.IntN(most * 10000))
	}
	return hundredths(m.r.IntN(most * 100))
}

// payee makes the payee's seats, statuses and currencies of pay.
func (m *balanceMaker) payee() {
	r, cut := m.r, m.day()
	always := []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}}
	m.s.Seats = pick(r, always, always, always,
		[]sceneSeat{{"ana", "north", model.MinDate, cut}, {"ana", "south", cut, model.MaxDate}},
		[]sceneSeat{{"ana", "north", model.MinDate, cut}, {"ana", "south", cut, model.MaxDate}},
		[]sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}, {"ana", "south", model.MinDate, model.MaxDate}},
		[]sceneSeat{{"ana", "north", model.MinDate, cut}},
		[]sceneSeat{{"ana", "north", cut, model.MaxDate}},
		[]sceneSeat{{"ana", "north", model.MinDate, cut}, {"ana", "north", cut.AddDays(20 + r.IntN(40)), model.MaxDate}},
	)
	at := m.day()
	later := at.AddDays(1 + r.IntN(60))
	m.s.Statuses = pick(r, nil, nil, nil,
		[]sceneStatus{{From: at, Status: model.PayeeTerminated}},
		[]sceneStatus{{From: at, Status: model.PayeeTerminated}, {From: later, Status: model.PayeeActive}},
		[]sceneStatus{{From: at, Status: model.PayeeTerminated}, {From: later, Status: model.PayeeTerminated, Grade: "former"}},
		[]sceneStatus{{From: at, Status: model.PayeeNotice}, {From: later, Status: model.PayeeTerminated}},
		[]sceneStatus{{From: at, Status: pick(r, model.PayeeLeavePaid, model.PayeeLeaveUnpaid)}, {From: later, Status: model.PayeeActive}},
		[]sceneStatus{{From: at, Status: model.PayeeLeavePaid}},
		[]sceneStatus{{From: at, Status: model.PayeeTerminated}, {From: later, Status: model.PayeeActive}, {From: later.AddDays(1 + r.IntN(60)), Status: model.PayeeTerminated}},
	)
	m.s.Pays = []balancePay{{model.MinDate, pick[model.CurrencyCode](r, "USD", "USD", "USD", "EUR", "JPY")}}
	if other := pick[model.CurrencyCode](r, "USD", "EUR", "JPY"); oneIn(r, 3) && other != m.s.Pays[0].Currency {
		m.s.Pays = append(m.s.Pays, balancePay{m.day(), other})
	}
}

// deal makes a deal, with payments, some of which bounce, and returns, some of
// which are known late.
func (m *balanceMaker) deal(i int) *madeDeal {
	r := m.r
	d := &madeDeal{key: DealKey{"crm", fmt.Sprintf("D%d", i)}, date: m.day(), amount: hundredths(10000 + r.IntN(200000)), live: r.IntN(len(m.pays) * 2), gone: len(m.pays)}
	events := func(n int, within int, shares ...string) (out []madeEvent) {
		for range n {
			out = append(out, madeEvent{r.IntN(len(m.pays)), DealEvent{d.date.AddDays(r.IntN(within)), dec(d.amount).Mul(dec(pick(r, shares...)))}})
			if !oneIn(r, 3) {
				out[len(out)-1].known = 0
			}
		}
		return out
	}
	d.paid = events(r.IntN(4), 90, "1", "0.5", "0.3333", "0.5", "-0.5", "-1")
	d.returned = events(max(0, r.IntN(4)-1), 200, "1", "0.5", "0.25", "0.75")
	for i := range d.returned { // at most a pay period late
		e := &d.returned[i]
		at := slices.IndexFunc(m.pays, func(p *model.Period) bool { return e.Date < p.Days.To })
		e.known = pick(r, 0, 0, max(at, 0), at+1)
	}
	if oneIn(r, 12) {
		d.gone = r.IntN(len(m.pays))
	}
	return d
}

// known is what is known of the deals at a step.
func (m *balanceMaker) known(step int) map[DealKey]*Deal {
	out := map[DealKey]*Deal{}
	for _, d := range m.deals {
		if d.gone <= step {
			continue
		}
		sale := &model.Transaction{Source: d.key.Source, ExternalID: d.key.ExternalID, Kind: "BOOKING", EventDate: d.date, Amount: dec(d.amount), Currency: "USD"}
		if d.live <= step {
			sale.OrderID = "live"
		}
		deal := &Deal{Sale: sale, Amount: sale.Amount}
		for _, e := range d.paid {
			if e.known <= step {
				deal.Paid = append(deal.Paid, e.DealEvent)
			}
		}
		for _, e := range d.returned {
			if e.known <= step {
				deal.Returned = append(deal.Returned, e.DealEvent)
			}
		}
		out[d.key] = deal
	}
	return out
}
