// Command reader runs all reads of store as one tenant, first as they are and
// then with each tenant predicate taken away, and tells which answers changed.
// predicate_test.go builds it over a copy of store in which each predicate is
// marked.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"spm/model"
	"spm/store"
)

// Order is what the test asks for.
type Order struct {
	URL     string
	Tenant  uuid.UUID
	Sites   int
	Every   int        // of so many sites one is taken away
	IDs     []model.ID // of both tenants
	Foreign []string   // ids of the other tenant
	Keys    []string

	foreign map[string]bool
	some    []any // of each kind an id of either tenant
}

// Report is what came of it.
type Report struct {
	Calls   int
	Reached []int          // sites whose predicate stood in a statement of a read
	Changed []int          // sites without which a read answered otherwise
	Foreign map[int]string // sites without which a read gave another tenant's row
	Failed  map[int]string
	Reads   []string // that have a tenant predicate in a statement
	Blind   []string // those of them of which no call gave another tenant's rows without any predicate
}

type call struct {
	name  string
	fn    reflect.Value
	args  []reflect.Value
	text  string
	sites map[int]bool
}

func main() {
	var order Order
	must(json.NewDecoder(os.Stdin).Decode(&order))
	ctx := context.Background()
	st, err := store.Open(ctx, order.URL)
	must(err)
	defer st.Close()
	foreign := map[string]bool{}
	for _, id := range order.Foreign {
		foreign[id] = true
	}
	order.foreign = foreign
	order.some = order.either()
	calls := order.calls(ctx, st)
	report := Report{Calls: len(calls), Foreign: map[int]string{}, Failed: map[int]string{}}
	for i := range calls {
		store.MarkedOut, store.MarksSeen = 0, map[int]bool{}
		var bad string
		calls[i].text, bad = calls[i].run(ctx, foreign)
		if bad != "" {
			report.Foreign[0] = calls[i].name + " " + bad
		}
		if strings.HasPrefix(calls[i].text, "failed: ") && !strings.Contains(calls[i].text, "BAD_USER_INPUT") {
			report.Failed[0] += calls[i].name + " " + calls[i].text + "\n"
		}
		calls[i].sites = store.MarksSeen
	}
	sees := map[string]bool{} // by read
	for _, c := range calls {
		if len(c.sites) == 0 {
			continue
		}
		store.MarkedOut = store.All
		text, bad := c.run(ctx, foreign)
		if sees[c.name] = sees[c.name] || bad != ""; bad != "" {
			report.Foreign[-1] = c.name + " " + bad
		}
		if strings.HasPrefix(text, "failed: ") && text != c.text {
			report.Failed[-1] = c.name + " " + text
		}
	}
	for read, saw := range sees {
		if report.Reads = append(report.Reads, read); !saw {
			report.Blind = append(report.Blind, read)
		}
	}
	slices.Sort(report.Blind)
	for site := 1; site <= order.Sites; site += order.Every {
		reached := false
		for _, c := range calls {
			if !c.sites[site] {
				continue
			}
			reached = true
			store.MarkedOut, store.MarksSeen = site, map[int]bool{}
			text, bad := c.run(ctx, foreign)
			switch {
			case strings.HasPrefix(text, "failed: ") && text != c.text:
				report.Failed[site] = c.name + " " + text
			case bad != "":
				report.Foreign[site] = c.name + " " + bad
			}
			if text != c.text && (len(report.Changed) == 0 || report.Changed[len(report.Changed)-1] != site) {
				report.Changed = append(report.Changed, site)
			}
		}
		if reached {
			report.Reached = append(report.Reached, site)
		}
	}
	must(json.NewEncoder(os.Stdout).Encode(report))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// calls lists every read with arguments that name both tenants' rows.
func (o Order) calls(ctx context.Context, st *store.Store) (out []call) {
	v := reflect.ValueOf(st)
	for i := range v.NumMethod() {
		name, fn := v.Type().Method(i).Name, v.Method(i)
		t := fn.Type()
		if t.NumIn() < 2 || t.In(0) != reflect.TypeFor[context.Context]() || t.NumOut() == 0 {
			continue
		}
		if t.In(1) != reflect.TypeFor[model.Scope]() && !(t.In(1) == reflect.TypeFor[uuid.UUID]() && !slices.Contains([]string{"ClearWork", "AsTenantWorker", "WithChunk", "ChainAudit", "PlanHash"}, name)) {
			continue
		}
		for _, scope := range o.scopes() {
			for _, args := range o.arguments(t, 2) {
				first := reflect.ValueOf(scope)
				if t.In(1) == reflect.TypeFor[uuid.UUID]() {
					first = reflect.ValueOf(o.Tenant)
				}
				out = append(out, call{name: name, fn: fn, args: append([]reflect.Value{reflect.ValueOf(ctx), first}, args...)})
			}
		}
	}
	return out
}

// scopes are one that sees all and one of a manager of everybody, whose
// predicates are others.
func (o Order) scopes() []model.Scope {
	all := model.Unbounded(o.Tenant, model.Latest)
	some := model.Scope{Tenant: o.Tenant, Read: model.Latest, Reach: model.Reach{Today: model.MaxDate.AddDays(-2)}}
	for _, id := range o.IDs {
		key := id.UUID()
		switch id.Kind {
		case model.KindPosition:
			some.Reach.Subtree = append(some.Reach.Subtree, model.PositionSpan{Position: key, Days: model.Always})
		case model.KindPayee:
			some.Reach.Payee = &key
		}
	}
	return []model.Scope{all, some}
}

// arguments gives sets of the arguments from the n-th on. Two ids that follow each
// other are of one kind, or most calls would ask for what there cannot be.
func (o Order) arguments(t reflect.Type, n int) [][]reflect.Value {
	if n >= t.NumIn() {
		return [][]reflect.Value{nil}
	}
	var out [][]reflect.Value
	for _, one := range o.values(t.In(n)) {
		for _, rest := range o.arguments(t, n+1) {
			if id, is := one.Interface().(model.ID); is && len(rest) > 0 {
				if other, too := rest[0].Interface().(model.ID); too && other.Kind != id.Kind {
					continue
				}
			}
			out = append(out, append([]reflect.Value{one}, rest...))
		}
	}
	return out
}

// either lists of each kind one id of either tenant.
func (o Order) either() (some []any) {
	type side struct {
		kind    model.Kind
		foreign bool
	}
	seen := map[side]bool{}
	for _, id := range o.IDs {
		of := side{id.Kind, o.foreign[id.String()]}
		if !seen[of] {
			seen[of], some = true, append(some, id)
		}
	}
	return some
}

func (o Order) values(t reflect.Type) []reflect.Value {
	list := func(values ...any) (out []reflect.Value) {
		for _, v := range values {
			out = append(out, reflect.ValueOf(v))
		}
		return out
	}
	switch t {
	case reflect.TypeFor[[]model.ID]():
		return list(o.IDs)
	case reflect.TypeFor[model.ID]():
		return list(o.some...)
	case reflect.TypeFor[model.Kind]():
		return list(model.KindProduct, model.KindAccount)
	case reflect.TypeFor[[]string]():
		return list(o.Keys)
	case reflect.TypeFor[string]():
		return list("ann", "DIRECT", "admin", "https://issuer.test")
	case reflect.TypeFor[[]int64]():
		var numbers []int64
		for _, id := range o.IDs {
			if id.Kind == model.KindTransaction {
				numbers = append(numbers, id.Int())
			}
		}
		return list(numbers)
	case reflect.TypeFor[[]model.TransactionKey]():
		var keys []model.TransactionKey
		for _, k := range o.Keys {
			keys = append(keys, model.TransactionKey{Source: "test", ExternalID: k})
		}
		return list(keys)
	case reflect.TypeFor[model.Interval]():
		return list(model.Always)
	case reflect.TypeFor[model.PageArgs]():
		first := 250
		return list(model.PageArgs{First: &first})
	case reflect.TypeFor[model.GroupArgs]():
		wanted := []string{"sum.amount", "avg.amount", "countDistinct.positions"}
		all := []any{model.GroupArgs{Wanted: wanted}}
		for _, id := range o.IDs {
			if id.Kind == model.KindFiscalCalendar {
				all = append(all, model.GroupArgs{By: []model.GroupKey{"QUARTER", "FISCAL_YEAR"}, CalendarID: &id, Wanted: wanted})
			}
		}
		return list(all...)
	case reflect.TypeFor[int64]():
		return list(model.Latest.Horizon, int64(0))
	case reflect.TypeFor[int]():
		return list(2017, 250)
	case reflect.TypeFor[*time.Time]():
		now := time.Now()
		return list((*time.Time)(nil), &now)
	case reflect.TypeFor[[]store.Recredit]():
		return list([]store.Recredit{{All: true, Days: model.Always}})
	}
	return []reflect.Value{reflect.Zero(t)}
}

// run gives the answer as text, and what of it is another tenant's.
func (c call) run(ctx context.Context, foreign map[string]bool) (string, string) {
	results := c.fn.Call(c.args)
	if err, is := results[len(results)-1].Interface().(error); is && err != nil {
		return "failed: " + err.Error(), ""
	}
	var text strings.Builder
	bad := ""
	for _, r := range results {
		write(ctx, &text, &bad, foreign, r, 0)
	}
	// Rows of a read without an order come as the planner likes.
	words := strings.Fields(text.String())
	slices.Sort(words)
	return strings.Join(words, " "), bad
}

func write(ctx context.Context, text *strings.Builder, bad *string, foreign map[string]bool, v reflect.Value, depth int) {
	if !v.IsValid() || depth > 12 {
		return
	}
	if v.CanInterface() {
		switch one := v.Interface().(type) {
		case model.ID:
			note(text, bad, foreign, one.String())
			return
		case uuid.UUID:
			note(text, bad, foreign, one.String())
			return
		case func(context.Context) (int, error):
			if one != nil {
				n, err := one(ctx)
				fmt.Fprint(text, n, err)
			}
			return
		case fmt.Stringer:
			if v.Kind() != reflect.Pointer || !v.IsNil() {
				fmt.Fprint(text, one)
			}
			return
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			write(ctx, text, bad, foreign, v.Elem(), depth+1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			write(ctx, text, bad, foreign, v.Field(i), depth+1)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			write(ctx, text, bad, foreign, v.Index(i), depth+1)
		}
	case reflect.Map:
		var parts []string
		for _, k := range v.MapKeys() {
			var one strings.Builder
			write(ctx, &one, bad, foreign, k, depth+1)
			write(ctx, &one, bad, foreign, v.MapIndex(k), depth+1)
			parts = append(parts, one.String())
		}
		slices.Sort(parts)
		fmt.Fprint(text, parts)
	case reflect.Func, reflect.Chan:
	case reflect.Int64:
		note(text, bad, foreign, fmt.Sprint("#", v.Int()))
	default:
		fmt.Fprintf(text, "%v ", v)
	}
}

func note(text *strings.Builder, bad *string, foreign map[string]bool, id string) {
	if foreign[id] {
		*bad = id
	}
	text.WriteString(id + " ")
}
