package resolver

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vikstrous/dataloadgen"

	"spm/auth"
	"spm/graph/direct"
	"spm/model"
)

// place is an object at a read point: a mutation moves the read point on, so
// what was loaded before is not what is loaded after.
type place struct {
	id      model.ID
	horizon int64
	seq     int64
}

// noun says how one kind of object is loaded, many at a time, within what the
// caller may see of it.
type noun[M any] struct {
	do    auth.Permission
	batch func(context.Context, []place) (map[place]*M, error)
}

// asked are the objects of a noun that a response asks for.
type asked[M any] struct {
	noun   *noun[M]
	mu     sync.Mutex
	loader *dataloadgen.Loader[place, *M]
	// Those that are asked for at once, one by one, as nothing else of their kind is
	// expected: the wait of a loader is of a millisecond where the server has nothing
	// else to do.
	begun  *dataloadgen.Loader[place, *M]
	places map[place]bool // of begun
}

// in gives what a response asks for of a noun.
func (n *noun[M]) in(g *gathering) *asked[M] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if known, is := g.asked[n]; is {
		return known.(*asked[M])
	}
	if g.asked == nil {
		g.asked = map[any]any{}
	}
	a := &asked[M]{noun: n}
	g.asked[n] = a
	return a
}

func (a *asked[M]) begin(ctx context.Context, p place) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.begun == nil {
		a.begun, a.places = a.noun.loader(1), map[place]bool{}
	}
	a.places[p] = true
	a.begun.LoadThunk(ctx, p)
}

// of is the loader that has, or is to have, an object.
func (a *asked[M]) of(p place) *dataloadgen.Loader[place, *M] {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.places[p] {
		return a.begun
	}
	if a.loader == nil {
		a.loader = a.noun.loader(1000)
	}
	return a.loader
}

func (n *noun[M]) loader(capacity int) *dataloadgen.Loader[place, *M] {
	return dataloadgen.NewMappedLoader(n.batch, dataloadgen.WithWait(batchWait), dataloadgen.WithBatchCapacity(capacity))
}

type fetch[M any] func(context.Context, model.Scope, []model.ID) (map[model.ID]*M, error)

// batchWait is how long a loader gathers ids before it asks.
const batchWait = 500 * time.Microsecond

func load[M any](do auth.Permission, read fetch[M]) *noun[M] {
	batch := func(ctx context.Context, places []place) (map[place]*M, error) {
		base, err := auth.SessionOf(ctx).Scope(ctx, do)
		if err != nil {
			return nil, err
		}
		out := make(map[place]*M, len(places))
		byHorizon := map[int64][]model.ID{}
		for _, p := range places {
			byHorizon[p.horizon] = append(byHorizon[p.horizon], p.id)
		}
		for horizon, wanted := range byHorizon {
			base.Read.Horizon = horizon
			found, err := read(ctx, base, wanted)
			if err != nil {
				return nil, err
			}
			for _, p := range places {
				if m := found[p.id]; m != nil && p.horizon == horizon {
					out[p] = m
				}
			}
			loadedTogether(ctx, slices.Collect(maps.Values(found)))
		}
		return out, nil
	}
	return &noun[M]{do, batch}
}

// one gives the object, nil where it is missing or not the caller's to see, and nil
// at once where it is only to begin to load it (package direct).
func one[M any](ctx context.Context, n *noun[M], id *model.ID) (*M, error) {
	if id == nil {
		return nil, nil
	}
	loaded := soon(ctx, n, *id)
	if direct.Begins(ctx) {
		return nil, nil
	}
	return loaded()
}

// soon begins to load an object; what it returns waits for it, as one does.
func soon[M any](ctx context.Context, n *noun[M], id model.ID) func() (*M, error) {
	s, err := scope(ctx, n.do)
	if err != nil {
		return func() (*M, error) { return nil, err }
	}
	at := place{id, s.Read.Horizon, s.Read.Sequence}
	loaded := n.in(from(ctx)).of(at).LoadThunk(ctx, at)
	return func() (*M, error) {
		m, err := loaded()
		if errors.Is(err, dataloadgen.ErrNotFound) {
			return nil, nil
		}
		return m, err
	}
}

// ahead begins to load an object that is asked for soon, and alone.
func ahead[M any](ctx context.Context, n *noun[M], id model.ID) {
	if s, err := scope(ctx, n.do); err == nil {
		n.in(from(ctx)).begin(ctx, place{id, s.Read.Horizon, s.Read.Sequence})
	}
}

// alone tells that an operation asks for one node and for nothing beside it.
func alone(ctx context.Context) bool {
	if !graphql.HasOperationContext(ctx) || graphql.GetFieldContext(ctx).Field.Name != "node" {
		return false
	}
	asked := graphql.GetOperationContext(ctx).Operation.SelectionSet
	if len(asked) != 1 {
		return false
	}
	_, itself := asked[0].(*ast.Field) // a fragment may hold several
	return itself
}

// several gives the objects in order, nil where no ids are given. One that is
// not the caller's to see is passed over.
func several[M any](ctx context.Context, n *noun[M], ids []model.ID) ([]*M, error) {
	if ids == nil {
		return nil, nil
	}
	s, err := scope(ctx, n.do)
	if err != nil {
		return nil, err
	}
	asked := n.in(from(ctx))
	thunks := make([]func() (*M, error), len(ids))
	for i, id := range ids {
		at := place{id, s.Read.Horizon, s.Read.Sequence}
		thunks[i] = asked.of(at).LoadThunk(ctx, at)
	}
	out := make([]*M, 0, len(ids))
	for _, thunk := range thunks {
		m, err := thunk()
		if err == nil {
			out = append(out, m)
		} else if !errors.Is(err, dataloadgen.ErrNotFound) {
			return nil, err
		}
	}
	return out, nil
}

// attributes gives the attributes of a slice that may be nil.
func attributes(slice *model.TreeSlice) []*model.Attribute {
	out := []*model.Attribute{}
	if slice != nil {
		for i := range slice.Attributes {
			out = append(out, &slice.Attributes[i])
		}
	}
	return out
}

// loaders are the nouns of all that is loaded by id.
type loaders struct {
	titles      *noun[model.Title]
	positions   *noun[model.Position]
	payees      *noun[model.Payee]
	assignments *noun[model.PositionAssignment]
	teams       *noun[model.Team]
	users       *noun[model.User]
	apiKeys     *noun[model.APIKey]
	apiKeyUses  *noun[model.APIKeyUse]
	delegations *noun[model.Delegation]
	issuers     *noun[model.Issuer]
	tenants     *noun[model.Tenant]

	clientApplications *noun[model.ClientApplication]
	trustedDocuments   *noun[model.TrustedDocument]

	calendars *noun[model.FiscalCalendar]
	periods   *noun[model.Period]
	fxRates   *noun[model.FXRate]
	products  *noun[model.Product]
	accounts  *noun[model.Account]

	transactionKinds *noun[model.TransactionKind]
	creditTypes      *noun[model.CreditType]

	measures        *noun[model.Measure]
	measureValues   *noun[model.MeasureValue]
	quotas          *noun[model.Quota]
	rateTables      *noun[model.RateTable]
	plans           *noun[model.Plan]
	planVersions    *noun[model.PlanVersion]
	planAssignments *noun[model.PlanAssignment]
	parameterValues *noun[model.ParameterValue]
	facts

	runs     *noun[model.CalculationRun]
	earnings *noun[model.Earning]
	problems *noun[model.Problem]
	traces   *noun[model.FlatTrace]
	standings

	earningCodes   *noun[model.EarningCode]
	payAdjustments *noun[model.PayAdjustment]
	openingEntries *noun[model.OpeningEntry]
	payments       *noun[model.Payment]
	auditEntries   *noun[model.AuditEntry]
	stepsOf        *noun[[]*model.PeriodStep] // by period
}

// gathering is what one response asks for, by noun.
type gathering struct {
	*loaders
	mu          sync.Mutex
	asked       map[any]any // by *noun[M], the *asked[M]
	corrections corrections
	nests       nests
}

func (r *Resolver) newLoaders() *loaders {
	return &loaders{
		titles:      load(auth.Public, r.Store.TitlesByID),
		positions:   load(auth.PositionRead, r.Store.PositionsByID),
		payees:      load(auth.PayeeRead, r.Store.PayeesByID),
		assignments: load(auth.PositionRead, r.Store.PositionAssignmentsByID),
		teams:       load(auth.PositionRead, r.Store.TeamsByID),
		users:       load(auth.UserRead, r.Store.UsersByID),
		apiKeys:     load(auth.APIKeyRead, r.Store.APIKeysByID),
		apiKeyUses:  load(auth.APIKeyRead, r.Store.APIKeyUsesByID),
		delegations: load(auth.DelegationRead, r.Store.DelegationsByID),
		issuers:     load(auth.IssuerRead, r.Store.IssuersByID),
		tenants:     load(auth.TenantRead, r.Store.TenantsByID),

		clientApplications: load(auth.DocumentRead, r.Store.ClientApplicationsByID),
		trustedDocuments:   load(auth.DocumentRead, r.Store.TrustedDocumentsByID),

		calendars: load(auth.CalendarRead, r.Store.FiscalCalendarsByID),
		periods:   load(auth.CalendarRead, r.Store.PeriodsByID),
		fxRates:   load(auth.CurrencyRead, r.Store.FXRatesByID),
		products:  load(auth.CatalogueRead, r.Store.ProductsByID),
		accounts:  load(auth.CatalogueRead, r.Store.AccountsByID),

		transactionKinds: load(auth.CatalogueRead, r.Store.TransactionKindsByID),
		creditTypes:      load(auth.CatalogueRead, r.Store.CreditTypesByID),

		measures:        load(auth.QuotaRead, r.Store.MeasuresByID),
		measureValues:   load(auth.QuotaRead, r.Store.MeasureValuesByID),
		quotas:          load(auth.QuotaRead, r.Store.QuotasByID),
		rateTables:      load(auth.PlanRead, r.Store.RateTablesByID),
		plans:           load(auth.PlanRead, r.Store.PlansByID),
		planVersions:    load(auth.PlanRead, r.Store.PlanVersionsByID),
		planAssignments: load(auth.PlanRead, r.Store.PlanAssignmentsByID),
		parameterValues: load(auth.PlanRead, r.Store.ParameterValuesByID),
		facts:           r.newFacts(),

		runs:     load(auth.CalculationRead, r.Store.RunsByID),
		earnings: load(auth.EarningRead, r.Store.EarningsByID),
		problems: load(auth.ProblemRead, r.Store.ProblemsByID),
		traces:   load(auth.EarningRead, r.Store.TracesByID),

		standings: r.newStandings(),

		earningCodes:   load(auth.PlanRead, r.Store.EarningCodesByID),
		payAdjustments: load(auth.EarningRead, r.Store.PayAdjustmentsByID),
		openingEntries: load(auth.EarningRead, r.Store.OpeningEntriesByID),
		payments:       load(auth.EarningRead, r.Store.PaymentsByID),
		auditEntries:   load(auth.ChangeRead, r.Store.AuditEntriesByID),
		stepsOf:        load(auth.PeriodClose, grouped(r.Store.PeriodStepsOf, func(s *model.PeriodStep) model.ID { return s.PeriodID })),
	}
}

// found waits for a node; nil where it is missing or not the caller's to see.
type found func() (model.Node, error)

// nodes says how node(id) begins to look for each kind.
var nodes = map[model.Kind]func(context.Context, model.ID) found{
	model.KindTitle:              asNode(func(l *loaders) *noun[model.Title] { return l.titles }),
	model.KindPosition:           asNode(func(l *loaders) *noun[model.Position] { return l.positions }),
	model.KindPayee:              asNode(func(l *loaders) *noun[model.Payee] { return l.payees }),
	model.KindPositionAssignment: asNode(func(l *loaders) *noun[model.PositionAssignment] { return l.assignments }),
	model.KindTeam:               asNode(func(l *loaders) *noun[model.Team] { return l.teams }),
	model.KindTransaction:        asNode(func(l *loaders) *noun[model.Transaction] { return l.transactions }),
	model.KindCredit:             asNode(func(l *loaders) *noun[model.Credit] { return l.credits }),
	model.KindActivity:           asNode(func(l *loaders) *noun[model.Activity] { return l.activities }),
	model.KindCreditingException: asNode(func(l *loaders) *noun[model.CreditingException] { return l.creditingExceptions }),
	model.KindCreditingRule:      asNode(func(l *loaders) *noun[model.CreditingRule] { return l.creditingRules }),
	model.KindUser:               asNode(func(l *loaders) *noun[model.User] { return l.users }),
	model.KindAPIKey:             asNode(func(l *loaders) *noun[model.APIKey] { return l.apiKeys }),
	model.KindClientApplication:  asNode(func(l *loaders) *noun[model.ClientApplication] { return l.clientApplications }),
	model.KindTrustedDocument:    asNode(func(l *loaders) *noun[model.TrustedDocument] { return l.trustedDocuments }),
	model.KindDelegation:         asNode(func(l *loaders) *noun[model.Delegation] { return l.delegations }),
	model.KindIssuer:             asNode(func(l *loaders) *noun[model.Issuer] { return l.issuers }),
	model.KindTenant:             asNode(func(l *loaders) *noun[model.Tenant] { return l.tenants }),
	model.KindFiscalCalendar:     asNode(func(l *loaders) *noun[model.FiscalCalendar] { return l.calendars }),
	model.KindPeriod:             asNode(func(l *loaders) *noun[model.Period] { return l.periods }),
	model.KindFXRate:             asNode(func(l *loaders) *noun[model.FXRate] { return l.fxRates }),
	model.KindProduct:            asNode(func(l *loaders) *noun[model.Product] { return l.products }),
	model.KindAccount:            asNode(func(l *loaders) *noun[model.Account] { return l.accounts }),
	model.KindTransactionKind:    asNode(func(l *loaders) *noun[model.TransactionKind] { return l.transactionKinds }),
	model.KindCreditType:         asNode(func(l *loaders) *noun[model.CreditType] { return l.creditTypes }),
	model.KindMeasure:            asNode(func(l *loaders) *noun[model.Measure] { return l.measures }),
	model.KindMeasureValue:       asNode(func(l *loaders) *noun[model.MeasureValue] { return l.measureValues }),
	model.KindQuota:              asNode(func(l *loaders) *noun[model.Quota] { return l.quotas }),
	model.KindRateTable:          asNode(func(l *loaders) *noun[model.RateTable] { return l.rateTables }),
	model.KindPlan:               asNode(func(l *loaders) *noun[model.Plan] { return l.plans }),
	model.KindPlanVersion:        asNode(func(l *loaders) *noun[model.PlanVersion] { return l.planVersions }),
	model.KindPlanAssignment:     asNode(func(l *loaders) *noun[model.PlanAssignment] { return l.planAssignments }),
	model.KindParameterValue:     asNode(func(l *loaders) *noun[model.ParameterValue] { return l.parameterValues }),
	model.KindCalculationRun:     asNode(func(l *loaders) *noun[model.CalculationRun] { return l.runs }),
	model.KindEarning:            asNode(func(l *loaders) *noun[model.Earning] { return l.earnings }),
	model.KindProblem:            asNode(func(l *loaders) *noun[model.Problem] { return l.problems }),
	model.KindEarningCode:        asNode(func(l *loaders) *noun[model.EarningCode] { return l.earningCodes }),
	model.KindPayAdjustment:      asNode(func(l *loaders) *noun[model.PayAdjustment] { return l.payAdjustments }),
	model.KindOpeningEntry:       asNode(func(l *loaders) *noun[model.OpeningEntry] { return l.openingEntries }),
	model.KindPayment:            asNode(func(l *loaders) *noun[model.Payment] { return l.payments }),
	model.KindAuditEntry:         asNode(func(l *loaders) *noun[model.AuditEntry] { return l.auditEntries }),
}

func asNode[M any, P interface {
	*M
	model.Node
}](pick func(*loaders) *noun[M],
) func(context.Context, model.ID) found {
	return func(ctx context.Context, id model.ID) found {
		n := pick(from(ctx).loaders)
		if alone(ctx) {
			ahead(ctx, n, id)
		}
		loaded := soon(ctx, n, id)
		return func() (model.Node, error) {
			m, err := loaded()
			if err != nil || m == nil {
				return nil, hidden(err)
			}
			return P(m), nil
		}
	}
}

// hidden makes a kind that the caller may not read at all look like one that
// is not there.
func hidden(err error) error {
	if model.CodeOf(err) == model.Forbidden {
		return nil
	}
	return err
}

func (r *Resolver) node(ctx context.Context, id model.ID) (model.Node, error) {
	return r.nodeSoon(ctx, id)()
}

func (r *Resolver) nodeSoon(ctx context.Context, id model.ID) found {
	if id.Kind == model.KindEarning && alone(ctx) && graphql.AnyFieldRequested(ctx, "explanation", "lines") {
		ahead(ctx, from(ctx).traces, id)
	}
	if id.Kind == model.KindStatement {
		return func() (model.Node, error) { return r.statementNode(ctx, id) }
	}
	find := nodes[id.Kind]
	if find == nil {
		return func() (model.Node, error) { return nil, nil }
	}
	return find(ctx, id)
}

// nodesOf gives nodes in the order of their ids, each kind at once.
func (r *Resolver) nodesOf(ctx context.Context, ids []*model.ID) ([]model.Node, error) {
	begun := make([]found, len(ids))
	for i, id := range ids {
		begun[i] = r.nodeSoon(ctx, *id)
	}
	out, errs := make([]model.Node, len(ids)), make([]error, len(ids))
	var all sync.WaitGroup
	for i, wait := range begun {
		all.Go(func() { out[i], errs[i] = wait() })
	}
	all.Wait()
	return out, errors.Join(errs...)
}

type gatheringKey struct{}

func from(ctx context.Context) *gathering { return ctx.Value(gatheringKey{}).(*gathering) }

// loading gathers what each response asks for.
type loading struct{ *loaders }

var (
	_ graphql.OperationInterceptor = loading{}
	_ graphql.ResponseInterceptor  = loading{}
)

// ExtensionName names the extension to gqlgen.
func (loading) ExtensionName() string { return "Loading" }

// Validate has nothing to check.
func (loading) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse puts what is to be gathered into the response's context.
func (l loading) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	ctx = context.WithValue(ctx, gatheringKey{}, &gathering{loaders: l.loaders})
	if live := liveOf(ctx); live != nil && live.next != nil {
		return live.respond(ctx, next)
	}
	return next(ctx)
}
