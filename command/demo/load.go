package demo

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// The subjects of the users who are not payees.
const (
	admin   = "admin"   // writes plans, keeps users
	finance = "finance" // approves and publishes them
	ops     = "ops"     // sends the deals
	auditor = "auditor"
)

// Admin is the subject of the tenant's first user, who is there already.
const Admin = admin

// AdminName is that user's name; the others' are not needed elsewhere.
const (
	AdminName   = "Ada Byrne"
	financeName = "Ines Calder"
	opsName     = "Owen Park"
)

// Loader brings the company in. It may be stopped at any moment and run
// again: each step looks for what is there and adds the rest.
type Loader struct {
	company *Company
	api     *client
	screen  *Screen

	mu       sync.Mutex
	ids      map[string]map[string]string // list -> key -> id
	progress progress
}

// NewLoader loads through the GraphQL API at the URL with tokens for the
// subjects of users, and tells its progress.
func NewLoader(url string, token func(subject string) (string, error), screen *Screen) *Loader {
	return &Loader{company: New(), api: &client{url: url, token: token}, screen: screen, ids: map[string]map[string]string{}}
}

// Loaded tells whether all is there: the calculation, the last step, was done.
func (l *Loader) Loaded(ctx context.Context) (bool, error) {
	var answer struct {
		CalculationRuns struct{ Nodes []struct{ ID string } }
	}
	err := l.api.do(ctx, admin, "", `{ calculationRuns(first: 1, where: {kinds: [REQUESTED], statuses: [SUCCEEDED, SUCCEEDED_WITH_PROBLEMS]}) { nodes { id } } }`, nil, &answer)
	return len(answer.CalculationRuns.Nodes) > 0, err
}

// Load does each step in turn.
func (l *Loader) Load(ctx context.Context) error {
	steps := []struct {
		name  string
		share float64 // of the time that all take
		parts int     // how many parts it has; those of an earlier start are not done again
		do    func(context.Context) (string, error)
	}{
		{"calendar and exchange rates", 0.07, 4, l.calendar},
		{"products and accounts", 0.03, 2, l.catalogue},
		{"people and positions", 0.14, len(titles) + len(l.company.positions) + len(l.company.payees) + len(l.company.seats), l.organisation},
		{"users", 0.04, len(l.company.payees) + 3, l.users},
		{"crediting rules", 0.01, 2, l.crediting},
		{"deals", 0.22, len(l.company.facts), l.deals},
		{"plans and quotas", 0.20, 14, l.plans},
		{"calculation", 0.29, len(l.company.payees), l.calculate},
	}
	for _, step := range steps {
		began := time.Now()
		l.begin(step.name, step.share, step.parts)
		told, err := step.do(ctx)
		if err != nil {
			return fmt.Errorf("load the demo's %s: %w", step.name, err)
		}
		l.screen.done(step.name, told, time.Since(began))
	}
	return nil
}

// known reads which objects of a list are there, by key.
func (l *Loader) known(ctx context.Context, list, key string) (map[string]string, error) {
	found, err := l.api.ids(ctx, list, key)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids[list] = found
	return found, err
}

// id is the id of an object that was known or made.
func (l *Loader) id(list, key string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ids[list][key]
}

// make runs a creating mutation for a key that is not known yet and keeps the
// id that it gives: of the field entity of its payload.
func (l *Loader) make(ctx context.Context, list, key, mutation, entity string, input map[string]any) error {
	if l.id(list, key) != "" {
		return nil
	}
	document := fmt.Sprintf("mutation($input: %s%sInput!) { made: %s(input: $input) { it: %s { id } userErrors { path code message } } }",
		strings.ToUpper(mutation[:1]), mutation[1:], mutation, entity)
	var answer struct {
		Made struct{ It struct{ ID string } }
	}
	err := l.api.do(ctx, admin, "demo "+key, document, map[string]any{"input": input}, &answer)
	if err != nil {
		return fmt.Errorf("%s %s: %w", mutation, key, err)
	}
	l.mu.Lock()
	l.ids[list][key] = answer.Made.It.ID
	l.mu.Unlock()
	l.advance(1)
	return nil
}

// atOnce is how many requests are under way together.
const atOnce = 4

// each does a piece of work for every item, several at once.
func each[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for _, item := range items {
		group.Go(func() error { return do(ctx, item) })
	}
	return group.Wait()
}

const calendarKey = "FISCAL"

func (l *Loader) calendar(ctx context.Context) (string, error) {
	if _, err := l.known(ctx, "calendars", "externalId"); err != nil {
		return "", err
	}
	err := l.make(ctx, "calendars", calendarKey, "createFiscalCalendar", "calendar", map[string]any{"externalId": calendarKey, "name": "Fiscal year", "startMonth": 1})
	if err != nil {
		return "", err
	}
	err = l.api.do(ctx, admin, "demo year", `mutation($c: ID!, $y: Int!) { openFiscalYear(input: {calendarId: $c, fiscalYear: $y}) { userErrors { path code message } } }`,
		map[string]any{"c": l.id("calendars", calendarKey), "y": Year}, nil)
	if err != nil {
		return "", err
	}
	all := rates()
	for _, batch := range batches(all, 250) {
		err := l.api.do(ctx, admin, "", `mutation($r: [FXRateInput!]!) { setFXRates(input: {rates: $r}) { userErrors { path code message } } }`, map[string]any{"r": batch}, nil)
		if err != nil {
			return "", err
		}
		l.advance(1)
	}
	_, err = l.known(ctx, "periods", "name")
	return fmt.Sprintf("fiscal year %d, %d rates of EUR and USD", Year, len(all)), err
}

// batches cuts a list into pieces of at most size.
func batches[T any](all []T, size int) (pieces [][]T) {
	for len(all) > size {
		pieces, all = append(pieces, all[:size]), all[size:]
	}
	return append(pieces, all)
}

func (l *Loader) catalogue(ctx context.Context) (string, error) {
	known, err := l.known(ctx, "products", "externalId")
	if err != nil {
		return "", err
	}
	var goods, customers []any
	for _, p := range products {
		one := map[string]any{"externalId": p.key, "name": p.name}
		if p.parent != "" {
			one["parentExternalId"] = p.parent
		}
		if p.alias != "" {
			one["aliases"] = []string{p.alias}
		}
		goods = append(goods, one)
	}
	for _, a := range l.company.accounts {
		customers = append(customers, map[string]any{"externalId": a.key, "name": a.name, "attributes": []any{
			map[string]any{"name": "segment", "value": a.segment}, map[string]any{"name": "region", "value": a.region.key},
		}})
	}
	if len(known) == 0 {
		err = l.api.do(ctx, admin, "demo products", `mutation($p: [ProductInput!]!) { createProducts(input: {products: $p}) { userErrors { path code message } } }`, map[string]any{"p": goods}, nil)
		if err != nil {
			return "", err
		}
	}
	if known, err = l.known(ctx, "accounts", "externalId"); err == nil && len(known) == 0 {
		err = l.api.do(ctx, admin, "demo accounts", `mutation($a: [AccountInput!]!) { createAccounts(input: {accounts: $a}) { userErrors { path code message } } }`, map[string]any{"a": customers}, nil)
	}
	return fmt.Sprintf("%d products with spellings, %d accounts", len(goods), len(customers)), err
}

func (l *Loader) crediting(ctx context.Context) (string, error) {
	if _, err := l.known(ctx, "creditTypes", "key"); err != nil {
		return "", err
	}
	if _, err := l.known(ctx, "creditingRules", "key"); err != nil {
		return "", err
	}
	revenue := l.id("creditTypes", "REVENUE")
	for _, rule := range []map[string]any{
		{"key": "SELLERS", "name": "Those who sold it, by their shares", "creditKind": "DIRECT", "creditTypeId": revenue, "receivers": "SELLERS"},
		{"key": "MANAGERS", "name": "Everybody above them, in full", "creditKind": "ROLLUP", "creditTypeId": revenue, "receivers": "MANAGERS"},
	} {
		if err := l.make(ctx, "creditingRules", rule["key"].(string), "createCreditingRule", "rule", rule); err != nil {
			return "", err
		}
	}
	return "sellers by their shares, managers up to the VP", nil
}

// batchSize is how many transactions are sent together; up to 1,000 may be.
const batchSize = 500

func (l *Loader) deals(ctx context.Context) (string, error) {
	var rows []any
	for _, f := range l.company.facts {
		rows = append(rows, f.input())
	}
	var created, revised, superseded int
	all := batches(rows, batchSize)
	for i, batch := range all {
		var answer struct {
			RecordTransactions struct {
				Created, Revised, Superseded int
				Rows                         []struct {
					Status, ExternalID string
					Errors             []struct{ Message string }
				}
			}
		}
		err := l.api.do(ctx, ops, fmt.Sprintf("demo deals %d of %d", i+1, len(all)), `mutation($t: [TransactionInput!]!) {
			recordTransactions(input: {transactions: $t}) { created revised superseded rows { status externalId errors { message } } userErrors { path code message } }
		}`, map[string]any{"t": batch}, &answer)
		if err != nil {
			return "", err
		}
		for _, row := range answer.RecordTransactions.Rows {
			if row.Status == "REJECTED" {
				return "", fmt.Errorf("%s was rejected: %v", row.ExternalID, row.Errors)
			}
		}
		created += answer.RecordTransactions.Created
		revised += answer.RecordTransactions.Revised
		superseded += answer.RecordTransactions.Superseded
		l.advance(len(batch))
		if i+1 < len(all) {
			l.screen.line("deals", fmt.Sprintf("%d of %d rows", (i+1)*batchSize, len(rows)))
		}
	}
	return fmt.Sprintf("%d transactions, %d corrections", created, revised+superseded), nil
}

// calculate runs the year and waits for its results.
func (l *Loader) calculate(ctx context.Context) (string, error) {
	var answer struct {
		RunCalculation struct{ Run struct{ ID string } }
	}
	err := l.api.do(ctx, admin, "", `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { path code message } } }`,
		map[string]any{"p": l.id("periods", yearName)}, &answer)
	if err != nil {
		return "", err
	}
	for {
		var run struct {
			Node struct {
				Status, Failure         string
				PayeesTotal, PayeesDone int
				ProblemCount            int
			}
		}
		err := l.api.do(ctx, admin, "", `query($id: ID!) { node(id: $id) { ... on CalculationRun { status failure payeesTotal payeesDone problemCount } } }`,
			map[string]any{"id": answer.RunCalculation.Run.ID}, &run)
		if err != nil {
			return "", err
		}
		l.reach(run.Node.PayeesDone)
		switch run.Node.Status {
		case "SUCCEEDED", "SUCCEEDED_WITH_PROBLEMS":
			return fmt.Sprintf("%d payees, %d problems", run.Node.PayeesTotal, run.Node.ProblemCount), nil
		case "FAILED":
			return "", fmt.Errorf("the run failed: %s", run.Node.Failure)
		}
		select {
		case <-ctx.Done():
			return "", ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// yearName and quarterName are the names of the year's periods.
var yearName = fmt.Sprint(Year)

func quarterName(n int) string { return fmt.Sprintf("%d-Q%d", Year, n) }
