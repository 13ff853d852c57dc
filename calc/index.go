package calc

import (
	"cmp"
	"fmt"
	"slices"

	"spm/model"
)

// index is a Book prepared for calculation. It is never written to once built.
type index struct {
	hierarchy *Hierarchy
	products  *Catalogue
	accounts  *Catalogue
	teams     map[model.ID]*model.Team

	creditTypes map[model.ID]*model.CreditType
	periods     map[model.ID]*model.Period
	periodsOf   map[model.ID][]*model.Period // by calendar, ordered by first and last day
	calendars   map[model.ID]*model.FiscalCalendar
	fx          fxTable
	measures    map[model.ID]*measure
	measureKeys map[string]*measure
	everything  *condition                // that takes all credits
	activities  bool                      // some measure is of them
	nothing     *measure                  // that counts no credits: of components without one
	quotas      map[quotaKey][]quotaValue // ordered by first day
	tables      map[model.ID]*rateTable
	tableKeys   map[string]*rateTable
	values      map[valueKey][]*model.MeasureValue
	parameters  map[parameterKey][]*model.ParameterValue
	plans       map[model.ID]*plan
	assigned    map[model.ID][]assignment // by title, position or payee
	conditions  map[conditionKey]*condition
	payouts     map[payout][]model.PeriodType // what the versions that pay use, with the windows that they measure
	settled     map[model.ID][]*model.Period  // by payout period
	reaches     map[model.ID]model.Interval   // by payout period: the days whose credits bear on it
	windows     map[windowsKey][]*model.Period
	reading     []*component                 // that depend on other payees; nil: none does
	takingBack  bool                         // returns are paid as their sales were
	following   bool                         // running totals of some go on from another holder of the position
	endingIn    map[model.ID][]*model.Period // the payout periods that end in a period, where some component depends on other payees
	capping     map[model.ID]bool            // by calendar: a version bounds several earnings, or rounds them together
	stating     map[model.ID]bool            // by calendar: a version rounds the statement
	looking     map[model.ID]bool            // by calendar: by what earlier periods of the year have earned
	carrying    map[payout]bool              // a version carries quotas, caps what the year has earned, or reads it
	codes       map[string]model.EarningCode
	promising   bool                      // a version has guarantees or draws
	watching    map[model.ID][]*component // by version: those whose earnings ledgers watch
	priors      map[payout]int            // how many windows before theirs expressions read
}

// payout is a type of period in a calendar.
type payout struct {
	calendar model.ID
	kind     model.PeriodType
}

// parameterKey finds the values of a plan's parameter: of a payee, position or
// title, or the plan's own where holder is zero.
type parameterKey struct {
	plan, holder model.ID
	key          string
}

// quotaKey finds a quota: holder is a position or a title.
type quotaKey struct{ holder, measure, period model.ID }

// assignment gives a plan to whatever it is listed under.
type assignment struct {
	*model.PlanAssignment
	plan *plan
	days model.Interval
}

// plan is a plan with its versions that pay, ordered by number.
type plan struct {
	*model.Plan
	versions []*version
}

// version is a plan version that pays, its choices filled in.
type version struct {
	*model.PlanVersion
	plan       *plan
	rules      model.PlanRules
	suffix     string // of the labels of its rules
	components []*component
	promises   []promised // that work out its guarantees and draws
}

// on gives the version in force on the day, nil where there is none. Should
// two be, which publishing refuses, the higher number counts.
func (p *plan) on(day model.Date) *version {
	for _, v := range slices.Backward(p.versions) {
		if v.Days.Contains(day) {
			return v
		}
	}
	return nil
}

// has tells whether a version of the plan has a component of the key.
func (p *plan) has(key string) bool {
	return slices.ContainsFunc(p.versions, func(v *version) bool {
		return v.componentOf(key) != nil
	})
}

func newIndex(book *Book) (*index, error) {
	x := &index{conditions: map[conditionKey]*condition{}, codes: map[string]model.EarningCode{}}
	for _, code := range book.EarningCodes {
		x.codes[code.Code] = code
	}
	for _, step := range []func(*Book) error{
		x.addOrganisation, x.addTeams, x.addCalendars, x.addRates, x.addMeasures, x.addValues, x.addQuotas, x.addParameters, x.addPlans, x.addVersions, x.addAssignments,
	} {
		if err := step(book); err != nil {
			return nil, fmt.Errorf("the book contradicts itself: %w", err)
		}
	}
	x.addSettled()
	x.addReach()
	x.addEnding()
	return x, nil
}

func (x *index) addOrganisation(book *Book) (err error) {
	if x.hierarchy, err = NewHierarchy(book.Titles, book.Positions, book.Payees, book.Seats); err != nil {
		return err
	}
	if x.products, err = NewProductCatalogue(book.Products); err != nil {
		return err
	}
	x.accounts, err = NewAccountCatalogue(book.Accounts)
	return err
}

func (x *index) addTeams(book *Book) (err error) {
	if x.teams, err = byID(book.Teams, func(t *model.Team) model.ID { return t.ID }); err != nil {
		return err
	}
	keys := make(map[string]bool, len(book.Teams))
	for i := range book.Teams {
		t := &book.Teams[i]
		if keys[t.ExternalID] {
			return fmt.Errorf("two teams have the external id %q", t.ExternalID)
		}
		keys[t.ExternalID] = true
		for _, m := range t.Members {
			if x.hierarchy.position(m.PositionID) == nil {
				return fmt.Errorf("the team %q has an unknown position", t.ExternalID)
			}
		}
	}
	return nil
}

func (x *index) addCalendars(book *Book) (err error) {
	if x.calendars, err = byID(book.Calendars, func(c *model.FiscalCalendar) model.ID { return c.ID }); err != nil {
		return err
	}
	if x.periods, err = byID(book.Periods, func(p *model.Period) model.ID { return p.ID }); err != nil {
		return err
	}
	x.periodsOf = map[model.ID][]*model.Period{}
	for i := range book.Periods {
		p := &book.Periods[i]
		if x.calendars[p.CalendarID] == nil {
			return fmt.Errorf("the period %q is of an unknown calendar", p.Name)
		}
		x.periodsOf[p.CalendarID] = append(x.periodsOf[p.CalendarID], p)
	}
	for _, all := range x.periodsOf {
		slices.SortFunc(all, comparePeriods)
	}
	return nil
}

// comparePeriods orders periods of one calendar by first day, the shortest
// first.
func comparePeriods(a, b *model.Period) int {
	return cmp.Or(
		cmp.Compare(a.Days.From, b.Days.From),
		cmp.Compare(a.Days.To, b.Days.To),
		cmp.Compare(a.Type, b.Type),
		cmp.Compare(a.Name, b.Name),
	)
}

func (x *index) addRates(book *Book) (err error) {
	if x.fx, err = newFXTable(book.FXRates); err != nil {
		return err
	}
	tables, err := byID(book.RateTables, func(t *model.RateTable) model.ID { return t.ID })
	if err != nil {
		return err
	}
	x.tables, x.tableKeys = make(map[model.ID]*rateTable, len(tables)), make(map[string]*rateTable, len(tables))
	for id, t := range tables {
		x.tables[id] = newRateTable(t)
		for _, v := range x.tables[id].versions {
			if unknown := v.unknownNode(x); unknown != nil && v.fault == nil {
				v.fault = unknown
			}
		}
		x.tableKeys[t.Key] = x.tables[id]
	}
	return nil
}

func (x *index) addQuotas(book *Book) error {
	x.quotas = make(map[quotaKey][]quotaValue, len(book.Quotas))
	for i := range book.Quotas {
		q := &book.Quotas[i]
		key := quotaKey{measure: q.MeasureID, period: q.PeriodID}
		switch {
		case q.PositionID != nil:
			key.holder = *q.PositionID
		case q.TitleID != nil:
			key.holder = *q.TitleID
		default:
			return fmt.Errorf("the quota %s is of no position and no title", q.ID)
		}
		next := quotaValue{from: model.MinDate, Quota: q}
		if q.StartDate != nil {
			next.from = *q.StartDate
		}
		if slices.ContainsFunc(x.quotas[key], func(v quotaValue) bool { return v.from == next.from }) {
			return fmt.Errorf("there are two quotas of %s for %s and %s", key.holder, key.measure, key.period)
		}
		x.quotas[key] = append(x.quotas[key], next)
	}
	for _, all := range x.quotas {
		slices.SortFunc(all, func(a, b quotaValue) int { return cmp.Compare(a.from, b.from) })
	}
	return nil
}

func (x *index) addParameters(book *Book) error {
	x.parameters = map[parameterKey][]*model.ParameterValue{}
	for i := range book.Parameters {
		p := &book.Parameters[i]
		key := parameterKey{plan: p.PlanID, key: p.Key}
		for _, holder := range []*model.ID{p.TitleID, p.PositionID, p.PayeeID} {
			if holder != nil {
				key.holder = *holder
			}
		}
		x.parameters[key] = append(x.parameters[key], p)
	}
	return nil
}

func (x *index) addPlans(book *Book) error {
	plans, err := byID(book.Plans, func(p *model.Plan) model.ID { return p.ID })
	if err != nil {
		return err
	}
	x.plans = make(map[model.ID]*plan, len(plans))
	for id, p := range plans {
		x.plans[id] = &plan{Plan: p}
	}
	return nil
}

func (x *index) addVersions(book *Book) error {
	x.payouts, x.carrying, x.priors = map[payout][]model.PeriodType{}, map[payout]bool{}, map[payout]int{}
	x.watching = map[model.ID][]*component{}
	x.capping, x.looking, x.stating = map[model.ID]bool{}, map[model.ID]bool{}, map[model.ID]bool{}
	for i := range book.Versions {
		v := &book.Versions[i]
		if v.State != model.VersionPublished && v.State != model.VersionRetired {
			continue
		}
		p := x.plans[v.PlanID]
		if p == nil {
			return fmt.Errorf("the plan version %s is of an unknown plan", v.ID)
		}
		if x.calendars[v.CalendarID] == nil {
			return fmt.Errorf("version %d of the plan %q has an unknown calendar", v.Number, p.ExternalID)
		}
		if v.Rules.RoundStage == model.RoundStatement {
			x.stating[v.CalendarID], x.capping[v.CalendarID] = true, true
		}
		for i := range v.Caps {
			x.capping[v.CalendarID] = true
			x.looking[v.CalendarID] = x.looking[v.CalendarID] || v.Caps[i].LooksBack()
		}
		paying := &version{PlanVersion: v, plan: p, rules: v.Rules.WithDefaults(), suffix: fmt.Sprintf(" version=%d", v.Number)}
		if err := x.addComponents(paying); err != nil {
			return fmt.Errorf("version %d of the plan %q, %w", v.Number, p.ExternalID, err)
		}
		if err := x.addPromises(paying); err != nil {
			return fmt.Errorf("version %d of the plan %q: %w", v.Number, p.ExternalID, err)
		}
		p.versions = append(p.versions, paying)
	}
	for _, p := range x.plans {
		slices.SortFunc(p.versions, func(a, b *version) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Days.From, b.Days.From), cmp.Compare(a.ContentHash, b.ContentHash))
		})
	}
	return nil
}

// addComponents makes a version's components, and notes what they ask of the book.
func (x *index) addComponents(paying *version) error {
	v := paying.PlanVersion
	for j := range v.Components {
		c, err := x.newComponent(paying, &v.Components[j])
		if err != nil {
			return fmt.Errorf("component %q: %w", v.Components[j].Key, err)
		}
		paying.components = append(paying.components, c)
		if c.watches() {
			x.watching[v.ID] = append(x.watching[v.ID], c)
		}
		x.takingBack = x.takingBack || c.paysAsSold() || c.boundsOrders()
		x.following = x.following || paying.rules.Continuity == model.ContinuePosition
		if c.ReadsOthers() {
			x.reading = append(x.reading, c)
		}
		x.carrying[payout{v.CalendarID, c.Payout}] = x.carrying[payout{v.CalendarID, c.Payout}] || paying.carries() || c.looksBack()
		x.looking[v.CalendarID] = x.looking[v.CalendarID] || v.Rules.RoundStage == model.RoundStatement && c.TruedUp()
		x.addLooking(payout{v.CalendarID, c.Payout}, c)
		if at := (payout{v.CalendarID, c.Payout}); !slices.Contains(x.payouts[at], c.MeasurementWindow()) {
			x.payouts[at] = append(x.payouts[at], c.MeasurementWindow())
		}
	}
	return nil
}

func (x *index) addAssignments(book *Book) error {
	x.assigned = map[model.ID][]assignment{}
	for i := range book.PlanAssignments {
		a := &book.PlanAssignments[i]
		p := x.plans[a.PlanID]
		if p == nil {
			return fmt.Errorf("the plan assignment %q is of an unknown plan", a.ExternalID)
		}
		for _, holder := range []*model.ID{a.TitleID, a.PositionID, a.PayeeID} {
			if holder != nil {
				x.assigned[*holder] = append(x.assigned[*holder], assignment{a, p, a.Days})
			}
		}
	}
	return nil
}

// byID indexes rows; two of one id are an error.
func byID[T any](rows []T, id func(*T) model.ID) (map[model.ID]*T, error) {
	out := make(map[model.ID]*T, len(rows))
	for i := range rows {
		key := id(&rows[i])
		if out[key] != nil {
			return nil, fmt.Errorf("two rows have the id %s", key)
		}
		out[key] = &rows[i]
	}
	return out, nil
}

func (x *index) creditTypeKey(id model.ID) string {
	if t := x.creditTypes[id]; t != nil {
		return t.Key
	}
	return ""
}

func (x *index) positionKey(id *model.ID) string {
	if id == nil {
		return ""
	}
	if p := x.hierarchy.position(*id); p != nil {
		return p.externalID
	}
	return ""
}
