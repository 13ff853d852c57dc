package service

import (
	"context"

	"spm/model"
	"spm/service/plantext"
	"spm/store"
)

// notYours stands in a text for what its reader may not see.
const notYours = "(not yours to see)"

// PlanText writes a plan version as canonical YAML, with the rows that its rate
// tables have in force on its first day. What the scope does not reach reads
// notYours.
func (s *Service) PlanText(ctx context.Context, scope model.Scope, v *model.PlanVersion) (string, error) {
	keys, err := textKeys(ctx, s.Store, scope, v)
	if err != nil {
		return "", err
	}
	text := plantext.Of(keys.plan(v.PlanID), v)
	text.RateTables = keys.tablesOn(v.RateTableIDs(), v.Days.From)
	return plantext.Write(text, keys.of), nil
}

// keyReads are the reads by which a text's references are looked up.
type keyReads interface {
	PlansByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Plan, error)
	FiscalCalendarsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.FiscalCalendar, error)
	MeasuresByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Measure, error)
	RateTablesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.RateTable, error)
	TeamsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Team, error)
	TitlesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Title, error)
	CreditTypesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.CreditType, error)
}

// keyring knows the nouns that a plan version points at.
type keyring struct {
	plans     map[model.ID]*model.Plan
	calendars map[model.ID]*model.FiscalCalendar
	measures  map[model.ID]*model.Measure
	tables    map[model.ID]*model.RateTable
	teams     map[model.ID]*model.Team
	titles    map[model.ID]*model.Title
	types     map[model.ID]*model.CreditType
}

func textKeys(ctx context.Context, st keyReads, scope model.Scope, versions ...*model.PlanVersion) (*keyring, error) {
	var all []model.ID
	for _, v := range versions {
		plantext.EachID(v, func(id model.ID) { all = append(all, id) })
		all = append(all, v.PlanID)
	}
	var err error
	k := &keyring{}
	if k.plans, err = st.PlansByID(ctx, scope, all); err != nil {
		return nil, err
	}
	if k.calendars, err = st.FiscalCalendarsByID(ctx, scope, all); err != nil {
		return nil, err
	}
	if k.measures, err = st.MeasuresByID(ctx, scope, all); err != nil {
		return nil, err
	}
	if k.tables, err = st.RateTablesByID(ctx, scope, all); err != nil {
		return nil, err
	}
	if k.teams, err = st.TeamsByID(ctx, scope, all); err != nil {
		return nil, err
	}
	if k.titles, err = st.TitlesByID(ctx, scope, all); err != nil {
		return nil, err
	}
	k.types, err = st.CreditTypesByID(ctx, scope, all)
	return k, err
}

// plan gives a plan, one without a name where it is not to be seen.
func (k *keyring) plan(id model.ID) *model.Plan {
	if plan := k.plans[id]; plan != nil {
		return plan
	}
	return &model.Plan{ExternalID: notYours, Name: notYours}
}

// of gives the caller's key of what an id points at.
func (k *keyring) of(id model.ID) string {
	if plan := k.plans[id]; plan != nil {
		return plan.ExternalID
	}
	if calendar := k.calendars[id]; calendar != nil {
		return calendar.ExternalID
	}
	if measure := k.measures[id]; measure != nil {
		return measure.Key
	}
	if table := k.tables[id]; table != nil {
		return table.Key
	}
	if team := k.teams[id]; team != nil {
		return team.ExternalID
	}
	if title := k.titles[id]; title != nil {
		return title.ExternalID
	}
	if creditType := k.types[id]; creditType != nil {
		return creditType.Key
	}
	return notYours
}

// tablesOn gives what the tables say on a day, each once, in the order in which
// they are used first.
func (k *keyring) tablesOn(used []model.ID, day model.Date) []plantext.RateTable {
	var out []plantext.RateTable
	seen := map[model.ID]bool{}
	for _, id := range used {
		table := k.tables[id]
		if table == nil || seen[id] {
			continue
		}
		seen[id] = true
		if says := table.On(day); says != nil {
			out = append(out, plantext.TableOf(table.Key, says))
		}
	}
	return out
}

// idsOfKeys looks up what a text's keys point at.
func idsOfKeys(ctx context.Context, tx *store.Tx, references []plantext.Reference) (func(plantext.Reference) (model.ID, bool), error) {
	keys := map[model.Kind][]string{}
	for _, r := range references {
		keys[r.Kind] = append(keys[r.Kind], r.Key)
	}
	found := map[plantext.Reference]model.ID{}
	for _, err := range []error{
		byKey(ctx, tx, found, keys, model.KindPlan, tx.PlansByKey, func(m *model.Plan) (model.ID, string) { return m.ID, m.ExternalID }),
		byKey(ctx, tx, found, keys, model.KindFiscalCalendar, tx.FiscalCalendarsByKey, func(m *model.FiscalCalendar) (model.ID, string) { return m.ID, m.ExternalID }),
		byKey(ctx, tx, found, keys, model.KindMeasure, tx.MeasuresByKey, func(m *model.Measure) (model.ID, string) { return m.ID, m.Key }),
		byKey(ctx, tx, found, keys, model.KindRateTable, tx.RateTablesByKey, func(m *model.RateTable) (model.ID, string) { return m.ID, m.Key }),
		byKey(ctx, tx, found, keys, model.KindTeam, tx.TeamsByKey, func(m *model.Team) (model.ID, string) { return m.ID, m.ExternalID }),
		byKey(ctx, tx, found, keys, model.KindTitle, tx.TitlesByKey, func(m *model.Title) (model.ID, string) { return m.ID, m.ExternalID }),
		byKey(ctx, tx, found, keys, model.KindCreditType, tx.CreditTypesByKey, func(m *model.CreditType) (model.ID, string) { return m.ID, m.Key }),
	} {
		if err != nil {
			return nil, err
		}
	}
	return func(r plantext.Reference) (model.ID, bool) {
		id, is := found[r]
		return id, is
	}, nil
}

func byKey[M any](
	ctx context.Context, tx *store.Tx, into map[plantext.Reference]model.ID, keys map[model.Kind][]string, kind model.Kind,
	read func(context.Context, model.Scope, []string) ([]*M, error), key func(*M) (model.ID, string),
) error {
	rows, err := read(ctx, tx.Scope(), keys[kind])
	for _, row := range rows {
		id, own := key(row)
		into[plantext.Reference{Kind: kind, Key: own}] = id
	}
	return err
}
