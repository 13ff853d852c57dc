package service

import (
	"cmp"
	"context"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// workedReads are the reads from which worked tests are calculated.
type workedReads interface {
	namedReads
	TenantOf(ctx context.Context, scope model.Scope) (*model.Tenant, error)
	FiscalCalendars(ctx context.Context, scope model.Scope) ([]*model.FiscalCalendar, error)
	Periods(ctx context.Context, scope model.Scope) ([]*model.Period, error)
	FXRates(ctx context.Context, scope model.Scope) ([]*model.FXRate, error)
	CreditTypes(ctx context.Context, scope model.Scope) ([]*model.CreditType, error)
	Measures(ctx context.Context, scope model.Scope) ([]*model.Measure, error)
	RateTables(ctx context.Context, scope model.Scope) ([]*model.RateTable, error)
	Plans(ctx context.Context, scope model.Scope) ([]*model.Plan, error)
	TeamsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Team, error)
}

// namedReads are the reads of what facts and conditions name.
type namedReads interface {
	Titles(ctx context.Context, scope model.Scope) ([]*model.Title, error)
	Products(ctx context.Context, scope model.Scope) ([]*model.Product, error)
	Accounts(ctx context.Context, scope model.Scope) ([]*model.Account, error)
}

// workedBook reads what a plan version is calculated by but people: the tenant's
// own measures, rate tables, calendar and exchange rates, and of plan versions
// this one alone, in force on its days. Products and accounts are read where a
// test names some.
func workedBook(ctx context.Context, r workedReads, scope model.Scope, v *model.PlanVersion) (*calc.Book, error) {
	book := &calc.Book{}
	tenant, err := r.TenantOf(ctx, scope)
	if err != nil {
		return nil, err
	}
	book.Tenant = *tenant
	loads := []func() error{
		func() error { return gathered(ctx, scope, r.FiscalCalendars, &book.Calendars) },
		func() error { return gathered(ctx, scope, r.Periods, &book.Periods) },
		func() error { return gathered(ctx, scope, r.FXRates, &book.FXRates) },
		func() error { return gathered(ctx, scope, r.CreditTypes, &book.CreditTypes) },
		func() error { return gathered(ctx, scope, r.Titles, &book.Titles) },
		func() error { return gathered(ctx, scope, r.Measures, &book.Measures) },
		func() error { return gathered(ctx, scope, r.RateTables, &book.RateTables) },
		func() error { return gathered(ctx, scope, r.Plans, &book.Plans) },
		func() error { return teamsOf(ctx, r, scope, v, book) },
	}
	products, accounts := named(v.Tests)
	if products {
		loads = append(loads, func() error { return gathered(ctx, scope, r.Products, &book.Products) })
	}
	if accounts {
		loads = append(loads, func() error { return gathered(ctx, scope, r.Accounts, &book.Accounts) })
	}
	for _, load := range loads {
		if err := load(); err != nil {
			return nil, err
		}
	}
	own := *v
	own.State = model.VersionPublished
	book.Versions = []model.PlanVersion{own}
	return book, nil
}

func gathered[M any](ctx context.Context, scope model.Scope, read func(context.Context, model.Scope) ([]*M, error), into *[]M) error {
	found, err := read(ctx, scope)
	for _, m := range found {
		*into = append(*into, *m)
	}
	return err
}

// teamsOf adds the teams that components share a fund with, without members.
func teamsOf(ctx context.Context, r workedReads, scope model.Scope, v *model.PlanVersion, book *calc.Book) error {
	var all []model.ID
	for i := range v.Components {
		all = append(all, ids(v.Components[i].TeamID)...)
	}
	found, err := r.TeamsByID(ctx, scope, all)
	for _, team := range found {
		empty := *team
		empty.Members = nil
		book.Teams = append(book.Teams, empty)
	}
	return err
}

// named tells whether some fact names a product, and some an account.
func named(tests []model.PlanTest) (products, accounts bool) {
	for i := range tests {
		for _, fact := range tests[i].Facts {
			products, accounts = products || fact.Product != "", accounts || fact.Account != ""
		}
	}
	return products, accounts
}

// made gives an id of what a worked test makes up.
func made(kind model.Kind, name string) model.ID {
	return model.UUIDs(kind, uuid.NewSHA1(uuid.NameSpaceOID, []byte("worked test "+name)))
}

// staffed gives the book with a test's payee, who holds a position and has the
// plan; and the facts.
func staffed(book *calc.Book, v *model.PlanVersion, test *model.PlanTest) (*calc.Book, []calc.CreditFact) {
	out, pay := *book, cmp.Or(test.PayCurrency, v.Currency)
	payee, position, seat := made(model.KindPayee, "payee"), made(model.KindPosition, "position"), made(model.KindPositionAssignment, "seat")
	out.Payees = []model.Payee{{ID: payee, ExternalID: "worked test", Name: test.Name, Slices: statuses(test, pay)}}
	out.Positions = []model.Position{{ID: position, ExternalID: "worked test", Slices: []model.PositionSlice{{Days: model.Always, TitleID: test.TitleID}}}}
	held := model.Always
	if test.StartDate != nil {
		held.From = *test.StartDate
	}
	if test.EndDate != nil {
		held.To = test.EndDate.AddDays(1)
	}
	out.Seats = []model.PositionAssignment{{ID: seat, ExternalID: "worked test", PayeeID: payee, PositionID: position, Days: held}}
	assignment := model.PlanAssignment{ID: made(model.KindPlanAssignment, "assignment"), ExternalID: "worked test", PlanID: v.PlanID, PayeeID: &payee, Days: model.Always}
	if test.Target != nil {
		assignment.TargetIncentive = &model.Money{Amount: *test.Target, Currency: v.Currency}
	}
	out.PlanAssignments = []model.PlanAssignment{assignment}
	for i, q := range test.Quotas {
		for _, p := range book.Periods {
			if p.Name == q.Period && p.CalendarID == v.CalendarID {
				out.Quotas = append(out.Quotas, model.Quota{
					ID: made(model.KindQuota, indexed("quota", i)), PositionID: &position, MeasureID: q.MeasureID, PeriodID: p.ID, StartDate: q.StartDate, Amount: q.Amount,
				})
			}
		}
	}
	for i, p := range test.Parameters {
		out.Parameters = append(out.Parameters, model.ParameterValue{
			ID: made(model.KindParameterValue, indexed("parameter", i)), PlanID: v.PlanID, Key: p.Key, PayeeID: &payee, Days: model.Always, Value: p.Value,
		})
	}
	for i, value := range test.Values {
		out.Values = append(out.Values, model.MeasureValue{
			ID: made(model.KindMeasureValue, indexed("value", i)), MeasureID: value.MeasureID, PositionID: &position, Date: value.Date, Value: value.Value,
		})
	}
	return &out, workedFacts(book, v, test, payee, position, seat)
}

// statuses gives what the payee is from day to day.
func statuses(test *model.PlanTest, pay model.CurrencyCode) []model.PayeeSlice {
	out := []model.PayeeSlice{{Days: model.Always, Currency: pay, Attributes: test.Attributes}}
	for _, s := range test.Statuses {
		last := &out[len(out)-1]
		next := model.PayeeSlice{Days: model.Interval{From: s.StartDate, To: last.Days.To}, Currency: pay, Attributes: test.Attributes, Status: s.Status}
		last.Days.To = s.StartDate
		out = append(out, next)
	}
	return out
}

// workedFacts makes credits of a test's facts, numbered from 1 in their order.
func workedFacts(book *calc.Book, v *model.PlanVersion, test *model.PlanTest, payee, position, seat model.ID) []calc.CreditFact {
	var revenue model.ID
	for _, t := range book.CreditTypes {
		if revenue.IsZero() || t.Key == "REVENUE" {
			revenue = t.ID
		}
	}
	sold := map[string]model.Date{}
	out := make([]calc.CreditFact, len(test.Facts))
	for i, f := range test.Facts {
		n, currency := int64(i+1), cmp.Or(f.Currency, v.Currency)
		name := cmp.Or(f.ID, indexed("fact", i+1))
		t := &model.Transaction{
			ID: model.IntID(model.KindTransaction, n), Source: "worked test", ExternalID: name, OrderID: f.Order, Kind: f.Kind, EventDate: f.Date, Amount: f.Amount,
			Currency: currency, Quantity: f.Quantity, Margin: f.Margin, Product: f.Product, Account: f.Account, Attributes: f.Attributes, Sequence: n,
		}
		c := model.Credit{
			ID: model.IntID(model.KindCredit, n), TransactionID: t.ID, CreditTypeID: or(f.CreditTypeID, revenue), Kind: cmp.Or(f.CreditKind, model.CreditDirect), PositionID: position,
			PayeeID: &payee, AssignmentID: &seat, Level: f.Level, Share: decimal.NewFromInt(1), Date: f.Date, Amount: f.Amount, Currency: currency,
			Quantity: f.Quantity, Margin: f.Margin, FXDate: f.Date,
		}
		if f.Reverses != "" {
			t.RelatesTo = &model.TransactionLink{Type: model.LinkReverses, ExternalID: f.Reverses}
			c.FXDate = sold[f.Reverses]
		}
		sold[name] = f.Date
		out[i] = calc.CreditFact{Credit: c, Transaction: t, Reversal: f.Reverses != ""}
	}
	return out
}
