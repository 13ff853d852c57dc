package calc

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
)

// fiscalPeriods makes the periods of calendar years, named as "2026-03",
// "2026-Q1", "2026-H1" and "2026".
func fiscalPeriods(first, last int) []model.Period {
	var out []model.Period
	for year := first; year <= last; year++ {
		for _, kind := range []struct {
			kind   model.PeriodType
			months int
			name   string
		}{{model.PeriodMonth, 1, "%d-%02d"}, {model.PeriodQuarter, 3, "%d-Q%d"}, {model.PeriodHalf, 6, "%d-H%d"}, {model.PeriodYear, 12, "%d%.0d"}} {
			for n := 1; n <= 12/kind.months; n++ {
				from := model.NewDate(year, (n-1)*kind.months+1, 1)
				name := fmt.Sprintf(kind.name, year, n)
				if kind.kind == model.PeriodYear {
					name = fmt.Sprint(year)
				}
				out = append(out, model.Period{
					ID: keyed(model.KindPeriod, name), CalendarID: keyed(model.KindFiscalCalendar, "fiscal"), Type: kind.kind, Name: name,
					FiscalYear: year, Number: n, Days: model.Interval{From: from, To: from.AddMonths(kind.months)}, Status: model.PeriodOpen,
				})
			}
		}
	}
	return out
}

// periods gives the periods of the scene, with their pay dates.
func (s *scene) periods() []model.Period {
	out := fiscalPeriods(2025, 2027)
	calendar := model.FiscalCalendar{ID: keyed(model.KindFiscalCalendar, "fiscal"), StartMonth: 1, StartDay: 1, WeekStart: &model.Weekdays[0], PeriodTypes: s.Shorter}
	for year := 2025; year <= 2027; year++ {
		for _, p := range calendar.PeriodsOf(year) {
			p.ID = keyed(model.KindPeriod, p.Name)
			out = append(out, p)
		}
	}
	for i := range out {
		if day, given := s.PayDates[out[i].Name]; given {
			out[i].PaidOn = &day
		}
	}
	return out
}

// facts makes the scene's facts; the number of a credit is its place.
func (s *scene) facts() []CreditFact {
	out := make([]CreditFact, len(s.Credits))
	for i, c := range s.Credits {
		payee := keyed(model.KindPayee, cmp.Or(c.Payee, s.payee()))
		if c.Activity != "" {
			a := model.Activity{
				ID: model.IntID(model.KindActivity, int64(i+1)), Source: "crm", ExternalID: c.ID, Kind: c.Activity, Date: c.Date, Opportunity: c.Order,
				PositionID: keyed(model.KindPosition, cmp.Or(c.Position, "north")), Quantity: optional(c.Quantity), Status: model.ActivityDone,
			}
			fact := a.Fact(&payee)
			out[i] = CreditFact{Credit: fact.Credit, Transaction: fact.Transaction, Activity: true}
			continue
		}
		seat := keyed(model.KindPositionAssignment, "0")
		fxDate := c.Date
		if c.FXDate != nil {
			fxDate = *c.FXDate
		}
		t := &model.Transaction{
			Source: "crm", ExternalID: c.ID, Kind: "BOOKING", EventDate: c.Date, Amount: dec(c.Amount), Currency: cmp.Or(c.Currency, "USD"),
			Sequence: c.Sequence, Product: c.Product, OrderID: c.Order,
		}
		if c.Of != "" {
			t.RelatesTo = &model.TransactionLink{Type: model.LinkReverses, ExternalID: c.Of}
		}
		if c.Reversal {
			t.Kind = "RETURN"
		}
		out[i] = CreditFact{
			Credit: model.Credit{
				ID: model.IntID(model.KindCredit, int64(i+1)), CreditTypeID: keyed(model.KindCreditType, cmp.Or(c.Type, "REVENUE")),
				Kind: cmp.Or(c.Kind, model.CreditDirect), PositionID: keyed(model.KindPosition, cmp.Or(c.Position, "north")),
				PayeeID: &payee, AssignmentID: &seat, Share: dec("1"), Date: c.Date, FXDate: fxDate,
				Amount: dec(c.Amount), Currency: cmp.Or(c.Currency, "USD"), Quantity: optional(c.Quantity), Margin: optional(c.Margin),
			},
			Transaction: t, Reversal: c.Reversal, Rule: "sellers",
		}
		if c.Via != "" {
			via := keyed(model.KindPosition, c.Via)
			out[i].Credit.ViaPositionID, out[i].Credit.Level = &via, c.Level
		}
	}
	return out
}

// run calculates the scene and checks what every result promises.
func (s *scene) run(t testing.TB) Result {
	t.Helper()
	result, err := s.tried()
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// tried is run, with what it breaks as an error.
func (s *scene) tried() (Result, error) {
	engine, err := NewEngine(s.book())
	if err != nil {
		return Result{}, err
	}
	all := everybody(s.facts())
	payee := keyed(model.KindPayee, s.payee())
	result := engine.Begin(all).Calculate(payee, keyed(model.KindPeriod, s.period()), all.Credits([]model.ID{payee}, model.Always))
	if err := result.Check(); err != nil {
		return result, err
	}
	for _, e := range result.Earnings {
		if got := leaves(e.Trace.Explain()); !got.Equal(e.Amount.Amount) {
			return result, fmt.Errorf("%s: the leaves sum to %s, the earning is %s", e.Key, got, e.Amount.Amount)
		}
	}
	return result, nil
}

// everybody is all credits of a company, of whom nothing is calculated yet.
type everybody []CreditFact

func (c everybody) Credits(payees []model.ID, days model.Interval) []CreditFact {
	var out []CreditFact
	for _, f := range c {
		if f.Credit.PayeeID != nil && slices.Contains(payees, *f.Credit.PayeeID) && days.Contains(f.Credit.Date) {
			out = append(out, f)
		}
	}
	return out
}

func (everybody) Earned([]model.ID, model.ID) map[model.ID][]Earned { return nil }

// only gives the one earning that the scene is about.
func (s *scene) only(t testing.TB) Earning {
	t.Helper()
	result := s.run(t)
	if len(result.Earnings) != 1 {
		t.Fatalf("got %d earnings, want 1", len(result.Earnings))
	}
	return result.Earnings[0]
}

// sold makes credits of the amounts, a day after another.
func sold(amounts ...string) []sceneCredit {
	out := make([]sceneCredit, len(amounts))
	for i, amount := range amounts {
		out[i] = sceneCredit{ID: fmt.Sprintf("T%02d", i+1), Date: date("2026-01-05").AddDays(i), Amount: amount}
		out[i].Reversal = dec(amount).IsNegative()
	}
	return out
}

func amountsOf(lines []Line) string {
	out := make([]decimal.Decimal, len(lines))
	for i, line := range lines {
		out[i] = line.Amount
	}
	return joined(out)
}
