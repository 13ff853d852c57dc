package scenario

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"spm/model"
	"spm/store"
	"spm/test/harness"
)

// firm is a small company to plan for: Mia manages seat M, under which Ann
// (seat A) and Bob (seat B) are account executives; Eve (seat E) is elsewhere,
// with a title of her own.
type firm struct {
	*harness.Harness
	tb                 testing.TB
	admin              string
	calendar           string
	periods            map[string]string // name -> id, of fiscal year 2026
	ae, lead           string            // titles
	seatM, seatA       string
	seatB, seatE       string
	mia, ann, bob, eve model.ID
}

func newFirm(t *testing.T) *firm {
	t.Helper()
	return firmIn(t, harness.New(t))
}

func firmIn(t *testing.T, h *harness.Harness) *firm {
	t.Helper()
	f := &firm{Harness: h, tb: t, admin: h.Admin(), periods: map[string]string{}}
	made := f.do(`mutation {
		c: createFiscalCalendar(input: {externalId: "FY", name: "Fiscal"}) { calendar { id } userErrors { message } }
		ae: createTitle(input: {externalId: "AE", name: "Account Executive"}) { title { id } userErrors { message } }
		lead: createTitle(input: {externalId: "LEAD", name: "Lead"}) { title { id } userErrors { message } }
	}`, nil)
	f.calendar, f.ae, f.lead = made.String("c", "calendar", "id"), made.String("ae", "title", "id"), made.String("lead", "title", "id")
	year := f.do(`mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2026}) { periods { id name } userErrors { message } } }`, vars{"c": f.calendar})
	for _, p := range year.List("openFiscalYear", "periods") {
		f.periods[p.String("name")] = p.String("id")
	}
	f.mia, f.seatM = f.person("mia", f.lead, "")
	f.ann, f.seatA = f.person("ann", f.ae, f.seatM)
	f.bob, f.seatB = f.person("bob", f.ae, f.seatM)
	f.eve, f.seatE = f.person("eve", f.lead, "")
	return f
}

func (f *firm) person(name, title, parent string) (model.ID, string) {
	f.tb.Helper()
	own := vars{"titleId": title}
	if parent != "" {
		own["parentId"] = parent
	}
	made := f.do(`mutation($i: CreatePayeeInput!) { createPayee(input: $i) { payee { id } position { id } userErrors { path message } } }`,
		vars{"i": vars{"externalId": name, "name": name, "currency": "USD", "startDate": "2026-01-01", "ownPosition": own}})
	return made.ID("createPayee", "payee", "id"), made.String("createPayee", "position", "id")
}

type vars = map[string]any

func (f *firm) do(query string, variables any) harness.Value {
	f.tb.Helper()
	return f.Do(f.admin, query, variables)
}

// refused sends a document with one mutation field, expects userErrors and
// gives them as "path CODE" with the payload.
func (f *firm) refused(token, query string, variables any) ([]string, map[string]any) {
	f.tb.Helper()
	answer := f.Post(token, query, variables)
	if len(answer.Errors) > 0 {
		f.tb.Fatalf("%s\nanswered %v", query, answer.Errors)
	}
	var data map[string]map[string]any
	if err := json.Unmarshal(answer.Data, &data); err != nil {
		f.tb.Fatal(err)
	}
	for _, payload := range data {
		var out []string
		for _, e := range payload["userErrors"].([]any) {
			fields := e.(map[string]any)
			var path []string
			for _, step := range fields["path"].([]any) {
				path = append(path, step.(string))
			}
			out = append(out, strings.Join(path, ".")+" "+fields["code"].(string))
		}
		return out, payload
	}
	return nil, nil
}

// forbidden sends a document and expects the one error FORBIDDEN.
func (f *firm) forbidden(token, query string, variables any) {
	f.tb.Helper()
	answer := f.Post(token, query, variables)
	if len(answer.Errors) != 1 || answer.Errors[0].Extensions["code"] != "FORBIDDEN" {
		f.tb.Errorf("%s\nanswered %v %s", query, answer.Errors, answer.Data)
	}
}

// pages walks a list forwards and backwards, two rows at a time, and expects
// the texts at node.path in order.
func (f *firm) pages(token, list, path string, want ...string) {
	f.tb.Helper()
	const doc = `query($first: Int, $after: Cursor, $last: Int, $before: Cursor) { %s(first: $first, after: $after, last: $last, before: $before) {
		totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } nodes { %s } edges { cursor node { id } } } }`
	query := fmt.Sprintf(doc, list, path)
	var forwards, backwards []string
	for at := (vars{"first": 2}); ; {
		page := f.Do(token, query, at).At(list)
		forwards = append(forwards, harness.Texts(page.List("nodes"), path)...)
		if n := page.At("totalCount").V.(float64); int(n) != len(want) {
			f.tb.Errorf("%s counts %v", list, n)
		}
		if page.At("pageInfo", "hasNextPage").V != true {
			break
		}
		at = vars{"first": 2, "after": page.String("pageInfo", "endCursor")}
	}
	for at := (vars{"last": 2}); ; {
		page := f.Do(token, query, at).At(list)
		backwards = append(harness.Texts(page.List("nodes"), path), backwards...)
		if page.At("pageInfo", "hasPreviousPage").V != true {
			break
		}
		at = vars{"last": 2, "before": page.String("pageInfo", "startCursor")}
	}
	harness.Same(f.tb, list+" forwards", forwards, want...)
	harness.Same(f.tb, list+" backwards", backwards, want...)
}

// rewrite changes a plan version in the database as the API's role could.
func (f *firm) rewrite(id model.ID, change func(*model.PlanVersion)) error {
	f.tb.Helper()
	ctx := f.tb.Context()
	opts := store.TxOptions{Tenant: f.Tenant, ActorName: "test", Operation: "rewrite"}
	return f.Service.Store.InTx(ctx, opts, func(tx *store.Tx) error {
		found, err := tx.PlanVersionsByID(ctx, tx.Scope(), []model.ID{id})
		if err != nil {
			return err
		}
		change(found[id])
		_, err = tx.SavePlanVersion(ctx, found[id])
		return err
	})
}
