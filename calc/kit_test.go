package calc

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"spm/model"
)

// scene is a small company written down as a test, or a golden document, needs
// it; what it leaves out has a default: the payee "ana" holds the position
// "north" of the title "rep", which the plan "plan" is assigned to, always, in
// USD, over the calendar years 2025 to 2027.
type scene struct {
	About     string             `json:"about,omitempty"`
	Payee     string             `json:"payee,omitempty"`  // whose earnings; "ana"
	Period    string             `json:"period,omitempty"` // "2026-Q1"
	Seats     []sceneSeat        `json:"seats,omitempty"`
	Pay       model.CurrencyCode `json:"pay,omitempty"` // currency of pay; "USD"
	Quotas    []sceneQuota       `json:"quotas,omitempty"`
	Quota     string             `json:"quota,omitempty"` // of "north", in Period, for the measure "revenue"
	Measures  []sceneMeasure     `json:"measures,omitempty"`
	Types     map[string]string  `json:"types,omitempty"` // credit types and their units beside REVENUE
	Tables    []sceneTable       `json:"tables,omitempty"`
	Rules     model.PlanRules    `json:"rules,omitzero"`
	Payout    model.PeriodType   `json:"payout,omitempty"`    // of components that name none; QUARTER
	Component *sceneComponent    `json:"component,omitempty"` // of the one version
	Versions  []sceneVersion     `json:"versions,omitempty"`
	Assigned  []sceneAssigned    `json:"assigned,omitempty"`
	FX        []sceneFX          `json:"fx,omitempty"`
	Credits   []sceneCredit      `json:"credits,omitempty"`

	Shorter  []model.PeriodType    `json:"shorter,omitempty"`  // periods that there are beside months, quarters, halves and years; weeks start on Mondays
	PayDates map[string]model.Date `json:"payDates,omitempty"` // of periods that are not paid on their last day

	Statuses   []sceneStatus    `json:"statuses,omitempty"` // of the payee "ana", in order
	Began      *model.Date      `json:"began,omitempty"`    // the first day of "ana"
	Target     string           `json:"target,omitempty"`   // incentive of the year, of all assignments
	Values     []sceneValue     `json:"values,omitempty"`
	Parameters []sceneParameter `json:"parameters,omitempty"`

	Products []sceneProduct `json:"products,omitempty"`

	Under []sceneUnder                  `json:"under,omitempty"` // who reports to whom
	Teams []sceneTeamMember             `json:"teams,omitempty"`
	Pays  map[string]model.CurrencyCode `json:"pays,omitempty"` // by payee, of those paid in another than Pay
}

type sceneUnder struct {
	Position string      `json:"position"`
	Parent   string      `json:"parent"`
	From     *model.Date `json:"from,omitempty"`
	To       *model.Date `json:"to,omitempty"`
}

type sceneTeamMember struct {
	Team     string      `json:"team"`
	Position string      `json:"position"`
	From     *model.Date `json:"from,omitempty"`
	To       *model.Date `json:"to,omitempty"`
	Weight   string      `json:"weight,omitempty"` // 1
}

// sceneStatus is what "ana" was from a day on.
type sceneStatus struct {
	From   model.Date        `json:"from"`
	Status model.PayeeStatus `json:"status,omitempty"`
	Grade  string            `json:"grade,omitempty"` // an attribute
}

type sceneValue struct {
	Measure  string     `json:"measure"`
	Position string     `json:"position,omitempty"` // none: the company's
	Date     model.Date `json:"date"`
	Value    string     `json:"value"`
}

type sceneParameter struct {
	Key      string      `json:"key"`
	Title    string      `json:"title,omitempty"`
	Position string      `json:"position,omitempty"`
	Payee    string      `json:"payee,omitempty"`
	From     *model.Date `json:"from,omitempty"`
	To       *model.Date `json:"to,omitempty"`
	Value    string      `json:"value"`
}

type sceneSeat struct {
	Payee    string     `json:"payee"`
	Position string     `json:"position"`
	From     model.Date `json:"from"`
	To       model.Date `json:"to"`
}

type sceneQuota struct {
	Position string `json:"position,omitempty"`
	Title    string `json:"title,omitempty"`
	Measure  string `json:"measure,omitempty"`
	Period   string `json:"period"`
	Amount   string `json:"amount"`

	From   *model.Date `json:"from,omitempty"`
	Relief string      `json:"relief,omitempty"`
}

type sceneMeasure struct {
	Key        string             `json:"key"`
	Value      model.MeasureOf    `json:"value,omitempty"`
	Expression string             `json:"expression,omitempty"`
	Condition  string             `json:"condition,omitempty"`
	Types      []string           `json:"types,omitempty"`
	Kinds      []model.CreditKind `json:"kinds,omitempty"`

	Source      model.MeasureSource      `json:"source,omitempty"`
	Aggregation model.MeasureAggregation `json:"aggregation,omitempty"`
}

type sceneTable struct {
	Key       string            `json:"key"`
	From      *model.Date       `json:"from,omitempty"`
	To        *model.Date       `json:"to,omitempty"`
	Dimension model.DimensionOf `json:"dimension,omitempty"` // MEASURE
	Bounds    model.BoundsRule  `json:"bounds,omitempty"`    // LOWER_INCLUSIVE
	Gaps      bool              `json:"gaps,omitempty"`
	Default   string            `json:"default,omitempty"`
	Rows      [][3]string       `json:"rows,omitempty"` // from, to ("" for none), cell

	Cell       model.CellKind         `json:"cell,omitempty"` // RATE
	Lookup     model.Lookup           `json:"lookup,omitempty"`
	Expression string                 `json:"expression,omitempty"`
	Precedence model.Precedence       `json:"precedence,omitempty"`
	Dimensions []model.TableDimension `json:"dimensions,omitempty"`
	Matrix     []model.RateRow        `json:"matrix,omitempty"`
}

type sceneComponent struct {
	Key       string            `json:"key,omitempty"`
	Measure   string            `json:"measure,omitempty"` // "revenue"
	Condition string            `json:"condition,omitempty"`
	Eligible  string            `json:"eligible,omitempty"`
	Starts    *model.Date       `json:"starts,omitempty"`
	Ends      *model.Date       `json:"ends,omitempty"`
	Ramp      *model.Ramp       `json:"ramp,omitempty"`
	Payout    model.PeriodType  `json:"payout,omitempty"`
	Rate      string            `json:"rate,omitempty"`  // RATE_ON_VALUE
	Table     string            `json:"table,omitempty"` // TIERED
	Mode      model.TierMode    `json:"mode,omitempty"`
	Bonus     [][2]string       `json:"bonus,omitempty"` // BONUS: level and amount
	Levels    model.BonusLevels `json:"levels,omitempty"`
	Restart   bool              `json:"restart,omitempty"`

	Adjustments []model.Adjustment `json:"adjustments,omitempty"`

	Kind        model.RateKind     `json:"kind,omitempty"` // of a rate, or a table
	Event       model.EventOf      `json:"event,omitempty"`
	Moment      model.RateMoment   `json:"moment,omitempty"`
	Accumulate  model.Accumulation `json:"accumulate,omitempty"`
	Window      model.PeriodType   `json:"window,omitempty"`
	Settlement  model.Settlement   `json:"settlement,omitempty"`
	Formula     string             `json:"formula,omitempty"`
	Goals       []sceneGoal        `json:"goals,omitempty"`
	Target      string             `json:"target,omitempty"`
	TargetShare string             `json:"targetShare,omitempty"`

	Basis    model.OverrideBasis `json:"overrideBasis,omitempty"`
	ByLevel  []string            `json:"overrideLevels,omitempty"` // OVERRIDE: rates of the levels from 1 on; "" for none
	Sources  []string            `json:"sources,omitempty"`        // "plan/component"
	Compress bool                `json:"compress,omitempty"`
	Team     string              `json:"team,omitempty"`
	Fund     string              `json:"fund,omitempty"`
	Weight   string              `json:"weight,omitempty"`

	AttainmentCap string `json:"attainmentCap,omitempty"`
	LookedUpBy    string `json:"lookedUpBy,omitempty"` // a measure
}

type sceneGoal struct {
	Key     string `json:"key"`
	Measure string `json:"measure"`
	Weight  string `json:"weight"`
	Table   string `json:"table,omitempty"`
}

type sceneVersion struct {
	Plan       string                 `json:"plan,omitempty"` // "plan"
	State      model.PlanVersionState `json:"state,omitempty"`
	From       *model.Date            `json:"from,omitempty"`
	To         *model.Date            `json:"to,omitempty"`
	Currency   model.CurrencyCode     `json:"currency,omitempty"`
	Rules      *model.PlanRules       `json:"rules,omitempty"`
	Components []sceneComponent       `json:"components"`

	Caps       []model.PlanCap              `json:"caps,omitempty"`
	Parameters []model.ParameterDeclaration `json:"parameters,omitempty"`
}

type sceneAssigned struct {
	Plan     string      `json:"plan,omitempty"`
	Title    string      `json:"title,omitempty"`
	Position string      `json:"position,omitempty"`
	Payee    string      `json:"payee,omitempty"`
	From     *model.Date `json:"from,omitempty"`
	To       *model.Date `json:"to,omitempty"`
	Target   string      `json:"target,omitempty"`
}

type sceneFX struct {
	From model.CurrencyCode `json:"from"`
	To   model.CurrencyCode `json:"to"`
	Date model.Date         `json:"date"`
	Rate string             `json:"rate"`
}

type sceneCredit struct {
	ID       string             `json:"id"`
	Date     model.Date         `json:"date"`
	FXDate   *model.Date        `json:"fxDate,omitempty"`
	Amount   string             `json:"amount"`
	Currency model.CurrencyCode `json:"currency,omitempty"`
	Quantity string             `json:"quantity,omitempty"`
	Margin   string             `json:"margin,omitempty"`
	Type     string             `json:"type,omitempty"`
	Kind     model.CreditKind   `json:"kind,omitempty"`
	Reversal bool               `json:"reversal,omitempty"`
	Sequence int64              `json:"sequence,omitempty"`
	Payee    string             `json:"payee,omitempty"`
	Position string             `json:"position,omitempty"`
	Product  string             `json:"product,omitempty"`
	Order    string             `json:"order,omitempty"`
	Of       string             `json:"of,omitempty"`  // of a reversal: its sale
	Via      string             `json:"via,omitempty"` // of a rollup: the position below
	Level    int                `json:"level,omitempty"`
	Activity string             `json:"activity,omitempty"` // its kind: an activity, of no amount, with the order as its opportunity
}

// day reads a date that a test writes.
func date(text string) model.Date {
	d, err := model.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func datep(text string) *model.Date { d := date(text); return &d }

// idOf makes an id that depends on nothing but kind and name.
func keyed(kind model.Kind, name string) model.ID {
	return model.UUIDs(kind, uuid.NewSHA1(uuid.NameSpaceOID, []byte(string(kind)+"/"+name)))
}

func span(from, to *model.Date) model.Interval {
	days := model.Always
	if from != nil {
		days.From = *from
	}
	if to != nil {
		days.To = *to
	}
	return days
}

func optional(text string) *decimal.Decimal {
	if text == "" {
		return nil
	}
	d := dec(text)
	return &d
}

// book makes the scene's book.
func (s *scene) book() Book {
	b := Book{
		Tenant:    model.Tenant{Key: "test", Currency: "USD"},
		Calendars: []model.FiscalCalendar{{ID: keyed(model.KindFiscalCalendar, "fiscal"), ExternalID: "fiscal", StartMonth: 1, StartDay: 1}},
		Periods:   s.periods(),
	}
	s.organisation(&b)
	s.teams(&b)
	s.products(&b)
	s.measures(&b)
	s.tables(&b)
	s.plans(&b)
	for i, v := range s.Values {
		out := model.MeasureValue{ID: keyed(model.KindMeasureValue, fmt.Sprint(i)), MeasureID: keyed(model.KindMeasure, v.Measure), Date: v.Date, Value: dec(v.Value)}
		if v.Position != "" {
			id := keyed(model.KindPosition, v.Position)
			out.PositionID = &id
		}
		b.Values = append(b.Values, out)
	}
	for i, p := range s.Parameters {
		out := model.ParameterValue{ID: keyed(model.KindParameterValue, fmt.Sprint(i)), PlanID: keyed(model.KindPlan, "plan"), Key: p.Key, Days: span(p.From, p.To), Value: dec(p.Value)}
		for _, holder := range []struct {
			field **model.ID
			kind  model.Kind
			name  string
		}{{&out.TitleID, model.KindTitle, p.Title}, {&out.PositionID, model.KindPosition, p.Position}, {&out.PayeeID, model.KindPayee, p.Payee}} {
			if holder.name != "" {
				id := keyed(holder.kind, holder.name)
				*holder.field = &id
			}
		}
		b.Parameters = append(b.Parameters, out)
	}
	for _, r := range s.FX {
		b.FXRates = append(b.FXRates, model.FXRate{From: r.From, To: r.To, Date: r.Date, Rate: dec(r.Rate)})
	}
	quotas := s.Quotas
	if s.Quota != "" {
		quotas = append(slices.Clone(quotas), sceneQuota{Position: "north", Period: s.period(), Amount: s.Quota})
	}
	for _, q := range quotas {
		out := model.Quota{MeasureID: keyed(model.KindMeasure, cmp.Or(q.Measure, "revenue")), PeriodID: keyed(model.KindPeriod, q.Period), Amount: dec(q.Amount), StartDate: q.From}
		if q.Relief != "" {
			out.Relief = &model.QuotaRelief{Share: dec(q.Relief), Reason: "a reason"}
		}
		if q.Title != "" {
			id := keyed(model.KindTitle, q.Title)
			out.TitleID = &id
		} else {
			id := keyed(model.KindPosition, cmp.Or(q.Position, "north"))
			out.PositionID = &id
		}
		b.Quotas = append(b.Quotas, out)
	}
	return b
}

func (s *scene) payee() string  { return cmp.Or(s.Payee, "ana") }
func (s *scene) period() string { return cmp.Or(s.Period, "2026-Q1") }

func (s *scene) seats() []sceneSeat {
	if len(s.Seats) > 0 {
		return s.Seats
	}
	return []sceneSeat{{"ana", "north", model.MinDate, model.MaxDate}}
}

func (s *scene) organisation(b *Book) {
	title := keyed(model.KindTitle, "rep")
	b.Titles = []model.Title{{ID: title, ExternalID: "rep"}}
	positions, payees := map[string]bool{}, map[string]bool{}
	for i, seat := range s.seats() {
		if !positions[seat.Position] {
			positions[seat.Position] = true
			b.Positions = append(b.Positions, model.Position{
				ID: keyed(model.KindPosition, seat.Position), ExternalID: seat.Position,
				Slices: []model.PositionSlice{{Days: model.Always, TitleID: &title}},
			})
		}
		if !payees[seat.Payee] {
			payees[seat.Payee] = true
			b.Payees = append(b.Payees, model.Payee{
				ID: keyed(model.KindPayee, seat.Payee), ExternalID: seat.Payee,
				Slices: s.payeeSlices(seat.Payee),
			})
		}
		b.Seats = append(b.Seats, model.PositionAssignment{
			ID: keyed(model.KindPositionAssignment, fmt.Sprint(i)), ExternalID: fmt.Sprintf("seat-%d", i),
			PayeeID: keyed(model.KindPayee, seat.Payee), PositionID: keyed(model.KindPosition, seat.Position),
			Days: model.Interval{From: seat.From, To: seat.To},
		})
	}
}

func (s *scene) payeeSlices(payee string) []model.PayeeSlice {
	out := []model.PayeeSlice{{Days: model.Always, Currency: cmp.Or(s.Pays[payee], s.Pay, "USD")}}
	if payee != "ana" {
		return out
	}
	if s.Began != nil {
		out[0].Days.From = *s.Began
	}
	for _, status := range s.Statuses {
		out[len(out)-1].Days.To = status.From
		out = append(out, model.PayeeSlice{
			Days: model.Interval{From: status.From, To: model.MaxDate}, Currency: out[0].Currency, Status: status.Status,
			Attributes: []model.Attribute{{Name: "grade", Value: status.Grade}},
		})
	}
	return out
}

func (s *scene) measures(b *Book) {
	units := map[string]string{"REVENUE": "MONEY"}
	maps.Copy(units, s.Types)
	for _, key := range slices.Sorted(mapKeys(units)) {
		b.CreditTypes = append(b.CreditTypes, model.CreditType{ID: keyed(model.KindCreditType, key), Key: key, Unit: units[key]})
	}
	for _, m := range append([]sceneMeasure{{Key: "revenue"}}, s.Measures...) {
		out := model.Measure{
			ID: keyed(model.KindMeasure, m.Key), Key: m.Key, Condition: m.Condition,
			Value: cmp.Or(m.Value, model.ValueAmount), Expression: m.Expression, CreditKinds: m.Kinds, Source: m.Source, Aggregation: m.Aggregation,
		}
		for _, key := range m.Types {
			out.CreditTypeIDs = append(out.CreditTypeIDs, keyed(model.KindCreditType, key))
		}
		b.Measures = append(b.Measures, out)
	}
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (s *scene) tables(b *Book) {
	at := map[string]int{}
	for _, t := range s.Tables {
		v := model.RateTableVersion{
			Days: span(t.From, t.To), Dimension: cmp.Or(t.Dimension, model.ByMeasure), CellKind: cmp.Or(t.Cell, model.CellRate),
			Bounds: cmp.Or(t.Bounds, model.LowerInclusive), Gaps: t.Gaps, Default: orZero(optional(t.Default)),
			Lookup: t.Lookup, Expression: t.Expression, Precedence: t.Precedence, Dimensions: t.Dimensions, Rows: t.Matrix,
		}
		if len(t.Dimensions) > 0 {
			v.Dimension = ""
		}
		for _, row := range t.Rows {
			v.Rows = append(v.Rows, model.RateRow{From: optional(row[0]), To: optional(row[1]), Cell: dec(row[2])})
		}
		i, known := at[t.Key]
		if !known {
			i = len(b.RateTables)
			at[t.Key] = i
			b.RateTables = append(b.RateTables, model.RateTable{ID: keyed(model.KindRateTable, t.Key), Key: t.Key})
		}
		b.RateTables[i].Versions = append(b.RateTables[i].Versions, v)
	}
}

func (s *scene) plans(b *Book) {
	versions := s.Versions
	if s.Component != nil {
		versions = append(slices.Clone(versions), sceneVersion{Components: []sceneComponent{*s.Component}})
	}
	numbers := map[string]int{}
	for _, v := range versions {
		key := cmp.Or(v.Plan, "plan")
		if numbers[key]++; numbers[key] == 1 {
			b.Plans = append(b.Plans, model.Plan{ID: keyed(model.KindPlan, key), ExternalID: key, Name: key})
		}
		rules := s.Rules
		if v.Rules != nil {
			rules = *v.Rules
		}
		out := model.PlanVersion{
			ID: keyed(model.KindPlanVersion, fmt.Sprint(key, numbers[key])), PlanID: keyed(model.KindPlan, key), Number: numbers[key],
			State: cmp.Or(v.State, model.VersionPublished), Days: span(v.From, v.To), Currency: cmp.Or(v.Currency, "USD"),
			CalendarID: keyed(model.KindFiscalCalendar, "fiscal"), Rules: rules, Parameters: v.Parameters, Caps: v.Caps,
		}
		for _, c := range v.Components {
			out.Components = append(out.Components, s.component(c))
		}
		b.Versions = append(b.Versions, out)
	}
	assigned := s.Assigned
	if len(assigned) == 0 {
		for _, p := range b.Plans {
			assigned = append(assigned, sceneAssigned{Plan: p.ExternalID, Title: "rep"})
		}
	}
	for i, a := range assigned {
		out := model.PlanAssignment{
			ID: keyed(model.KindPlanAssignment, fmt.Sprint(i)), ExternalID: fmt.Sprint(i),
			PlanID: keyed(model.KindPlan, cmp.Or(a.Plan, "plan")), Days: span(a.From, a.To),
		}
		if target := cmp.Or(a.Target, s.Target); target != "" {
			out.TargetIncentive = &model.Money{Amount: dec(target), Currency: "USD"}
		}
		give := func(field **model.ID, kind model.Kind, name string) {
			if name != "" {
				id := keyed(kind, name)
				*field = &id
			}
		}
		give(&out.TitleID, model.KindTitle, a.Title)
		give(&out.PositionID, model.KindPosition, a.Position)
		give(&out.PayeeID, model.KindPayee, a.Payee)
		b.PlanAssignments = append(b.PlanAssignments, out)
	}
}
