package scenario

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const meetingPay = `query($p: ID!, $m: ID!, $at: DateTime) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $m}, componentKey: {eq: "meetings"}}, asOf: $at) { nodes {
	why amount { amount } measure lines { nodes { credited measured amount { amount } credit { id } activity { externalId version } } }
	explanation { verified root { children { kind label activity { externalId } credit { id } } } } } } }`

// TestActivitiesArePaid says that earnings follow what is recorded of activities,
// who holds the position, and who asks.
func TestActivitiesArePaid(t *testing.T) {
	t.Parallel()
	s := newSmall(harness.New(t))
	h, admin := s.h, s.h.Admin()
	meetings := h.Do(admin, createMeasure, vars{"i": vars{"key": "MEETINGS", "name": "Meetings", "source": "ACTIVITIES", "condition": "kind == 'MEETING'"}}).String("createMeasure", "measure", "id")
	plan := h.Do(admin, `mutation { createPlan(input: {externalId: "M", name: "Meetings"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{vars{"key": "meetings", "measureId": meetings, "payout": "MONTH", "rateKind": "UNIT", "rate": "10", "condition": "quantity == nil || quantity >= 10"}}, vars{"titleId": s.repTitle})
	january := s.period("2017-01")
	record := func(rows ...vars) {
		t.Helper()
		got := h.Do(admin, recordActivities, vars{"a": rows}).At("recordActivities")
		if got.At("rejected").V != 0.0 {
			t.Fatalf("rejected: %v", got.V)
		}
		h.Settle()
	}
	paid := func(token, name string, at any) string {
		t.Helper()
		nodes := h.Do(token, meetingPay, vars{"p": s.payees[name].String(), "m": january, "at": at}).List("earnings", "nodes")
		if len(nodes) == 0 {
			return "nothing"
		}
		if nodes[0].At("explanation", "verified").V != true {
			t.Errorf("%s's does not recompute", name)
		}
		out := nodes[0].String("amount", "amount") + " " + nodes[0].String("why")
		for _, l := range nodes[0].List("lines", "nodes") {
			if l.At("credited").V != true || l.At("credit").V != nil {
				t.Errorf("the line is %v", l.V)
			}
			out += " " + l.String("activity", "externalId")
		}
		return out
	}
	is := func(name, want string) {
		t.Helper()
		if got := paid(admin, name, nil); got != want {
			t.Errorf("%s has %s, want %s", name, got, want)
		}
	}
	one := activity("V1", "MEETING", "ann", "2017-01-12")
	record(one, activity("V2", "CALL", "ann", "2017-01-13"), activity("V3", "MEETING", "ann", "2017-01-20", "quantity", "45"),
		activity("V4", "MEETING", "ann", "2017-01-21", "quantity", "5"), activity("V5", "MEETING", "bob", "2017-01-22"), activity("V6", "MEETING", "ann", "2017-02-01"))
	is("ann", "20.00 PAID V1 V3")
	is("bob", "10.00 PAID V5")
	before := time.Now().UTC().Format(time.RFC3339Nano)

	t.Run("who may see them", func(t *testing.T) {
		ann, bob := s.payees["ann"], s.payees["bob"]
		if got := paid(h.Token(&ann, model.RoleRep), "ann", nil); got != "20.00 PAID V1 V3" {
			t.Errorf("ann sees %s of hers", got)
		}
		if got := paid(h.Token(&bob, model.RoleRep), "ann", nil); got != "nothing" {
			t.Errorf("bob sees %s of ann's", got)
		}
		boss := s.payees["boss"]
		if got := paid(h.Token(&boss, model.RoleManager), "ann", nil); got != "20.00 PAID V1 V3" {
			t.Errorf("the boss sees %s of ann's", got)
		}
	})
	t.Run("another position", func(t *testing.T) {
		record(with(one, "position", "bob"))
		is("ann", "10.00 PAID V3")
		is("bob", "20.00 PAID V1 V5")
	})
	t.Run("withdrawn", func(t *testing.T) {
		record(activity("V3", "MEETING", "ann", "2017-01-20", "quantity", "45", "status", "WITHDRAWN"))
		is("ann", "0.00 NO_CREDITS")
		record(activity("V3", "MEETING", "ann", "2017-01-20", "quantity", "30"))
		is("ann", "10.00 PAID V3")
	})
	t.Run("what was known before is read again", func(t *testing.T) {
		if got := paid(admin, "ann", before); !strings.HasPrefix(got, "20.00 PAID") {
			t.Errorf("before ann had %s", got)
		}
	})
	t.Run("who held the position then", func(t *testing.T) {
		seat := h.Do(admin, `query($p: ID!) { positionAssignments(where: {positionId: {eq: $p}}) { nodes { id version } } }`, vars{"p": s.positions["bob"]}).At("positionAssignments", "nodes", 0)
		h.Do(admin, `mutation($i: EndPositionAssignmentInput!) { endPositionAssignment(input: $i) { userErrors { path message } } }`,
			vars{"i": vars{"id": seat.String("id"), "ifVersion": seat.At("version").V, "endDate": "2017-01-15"}})
		h.Settle()
		is("bob", "10.00 PAID V1")
	})
	t.Run("what cannot be done with them", func(t *testing.T) {
		for name, c := range map[string]vars{
			"NOT_SUPPORTED": {"key": "x", "measureId": meetings, "payout": "MONTH", "rateKind": "OVERRIDE", "overrideLevels": []vars{{"level": 1, "rate": "0.1"}}},
			"EXPRESSION":    {"key": "x", "measureId": meetings, "payout": "MONTH", "rateKind": "UNIT", "rate": "1", "condition": "amount > 0"},
		} {
			codes := h.Refused(admin, `mutation($p: ID!, $c: ID!, $k: [ComponentInput!]!) { createPlanVersion(input: {planId: $p, number: 2, startDate: "2017-06-01", currency: "USD", calendarId: $c, components: $k}) { userErrors { path code message } } }`,
				vars{"p": plan, "c": s.calendar, "k": []vars{c}})
			if !strings.Contains(fmt.Sprint(codes), name) {
				t.Errorf("%s: %v", name, codes)
			}
		}
	})
	if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("these laws are broken: %v %v", found, err)
	}
}
