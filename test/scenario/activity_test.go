package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const recordActivities = `mutation($a: [ActivityInput!]!) { recordActivities(input: {activities: $a}) {
	rows { index externalId status activity { id version } errors { path code } } created revised unchanged superseded rejected userErrors { path code message } sequence } }`

// acted records activities and gives what became of each row.
func acted(t *testing.T, f *firm, rows ...vars) (statuses, ids []string) {
	t.Helper()
	for _, r := range f.do(recordActivities, vars{"a": rows}).At("recordActivities").List("rows") {
		statuses = append(statuses, r.String("status"))
		if r.At("activity").V == nil {
			ids = append(ids, "")
			continue
		}
		ids = append(ids, r.String("activity", "id"))
	}
	return statuses, ids
}

func activity(id, kind, position, date string, pairs ...any) vars {
	out := vars{"source": "crm", "externalId": id, "kind": kind, "position": position, "date": date}
	for i := 0; i < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

func TestActivities(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	all := []vars{
		activity("A1", "MEETING", "ann", "2026-01-10", "quantity", "45", "opportunity", "O1", "attributes", []vars{{"name": "outcome", "value": "won"}}),
		activity("A2", "CALL", "bob", "2026-01-11"), activity("A3", "DEMO", "eve", "2026-01-12"), activity("A4", "MEETING", "mia", "2026-02-01"),
	}
	statuses, ids := acted(t, f, all...)
	harness.Same(t, "statuses", statuses, "CREATED", "CREATED", "CREATED", "CREATED")
	f.pages(f.admin, "activities", "id", ids...)
	before := time.Now().UTC().Format(time.RFC3339Nano)

	t.Run("what is so already is not written again", func(t *testing.T) {
		statuses, again := acted(t, f, all...)
		harness.Same(t, "statuses", statuses, "UNCHANGED", "UNCHANGED", "UNCHANGED", "UNCHANGED")
		harness.Same(t, "ids", again, ids...)
	})
	t.Run("a change makes a version", func(t *testing.T) {
		statuses, again := acted(t, f, with(all[0], "status", "WITHDRAWN"), with(all[1], "sourceRevision", "2"), with(all[1], "kind", "MEETING", "sourceRevision", "1"))
		harness.Same(t, "statuses", statuses, "REVISED", "REVISED", "SUPERSEDED")
		harness.Same(t, "ids", again, ids[0], ids[1], ids[1])
		const query = `query($at: DateTime, $w: ActivityWhere) { activities(where: $w, asOf: $at) { nodes { externalId version status kind quantity opportunity attributes { name value } position { externalId } } } }`
		now := fmt.Sprint(f.do(query, vars{"w": vars{"opportunity": vars{"eq": "O1"}, "statuses": []string{"WITHDRAWN"}}}).At("activities", "nodes").V)
		if now != "[map[attributes:[map[name:outcome value:won]] externalId:A1 kind:MEETING opportunity:O1 position:map[externalId:ann] quantity:45 status:WITHDRAWN version:2]]" {
			t.Errorf("now it is %s", now)
		}
		then := f.do(query, vars{"at": before, "w": vars{"kind": vars{"eq": "MEETING"}, "date": vars{"lt": "2026-02-01"}, "positionId": vars{"in": []string{f.seatA}}}}).At("activities", "nodes", 0)
		if then.String("status") != "DONE" || then.At("version").V != 1.0 {
			t.Errorf("before it was %v", then.V)
		}
	})
	t.Run("a row that does not fit is rejected by itself", func(t *testing.T) {
		answer := f.do(recordActivities, vars{"a": []vars{
			activity("B1", "CALL", "nobody", "2026-01-10"), activity("", "", "ann", "2026-13-01"), activity("B3", "CALL", "ann", "2026-01-10", "status", "MAYBE", "quantity", "x"), activity("B4", "CALL", "ann", "2026-03-01"),
		}}).At("recordActivities")
		var errs []string
		for _, r := range answer.List("rows") {
			for _, e := range r.List("errors") {
				errs = append(errs, strings.ReplaceAll(strings.Trim(fmt.Sprint(e.At("path").V), "[]"), " ", ".")+" "+e.String("code"))
			}
		}
		harness.Same(t, "errors", errs, "input.activities.0.position NOT_FOUND", "input.activities.1.externalId REQUIRED", "input.activities.1.kind REQUIRED",
			"input.activities.1.date INVALID", "input.activities.2.quantity INVALID", "input.activities.2.status INVALID")
		if answer.At("created").V != 1.0 || answer.At("rejected").V != 3.0 {
			t.Errorf("the batch did %v", answer.V)
		}
		none, _ := f.refused(f.admin, recordActivities, vars{"a": []vars{}})
		harness.Same(t, "none", none, "input.activities REQUIRED")
	})
	t.Run("whose they are, and who is above, sees them, nobody else", func(t *testing.T) {
		last := f.do(`{ activities(where: {externalId: {eq: "B4"}}) { nodes { id } } }`, nil).String("activities", "nodes", 0, "id")
		for _, c := range []struct {
			token string
			want  []string
		}{
			{f.Token(&f.ann, model.RoleRep), []string{ids[0], last}},
			{f.Token(&f.eve, model.RoleRep), []string{ids[2]}},
			{f.Token(&f.mia, model.RoleManager), []string{ids[0], ids[1], ids[3], last}},
			{f.Token(&f.mia, model.RoleRep), []string{ids[3]}},
			{f.Token(nil, model.RoleRep), nil},
			{f.Token(nil, model.RoleAuditor), []string{ids[0], ids[1], ids[2], ids[3], last}},
		} {
			f.pages(c.token, "activities", "id", c.want...)
		}
		f.forbidden(f.Token(&f.ann, model.RoleRep), recordActivities, vars{"a": all})
		f.forbidden(f.Token(&f.mia, model.RoleManager), recordActivities, vars{"a": all})
		f.forbidden(f.Token(nil, model.RoleAuditor), recordActivities, vars{"a": all})
		f.forbidden(f.Token(nil, model.RoleTenantAdmin), `{ activities { totalCount } }`, nil)
	})
}
