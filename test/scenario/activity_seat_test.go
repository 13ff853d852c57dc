package scenario

import (
	"fmt"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestActivitiesThatDoNotFit sends rows that do not fit: each is rejected by itself.
func TestActivitiesThatDoNotFit(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	for name, bad := range map[string]vars{
		"NUL in position": activity("H1", "CALL", "a\x00b", "2026-01-10"), "NUL in key": activity("H\x002", "CALL", "ann", "2026-01-10"), "NUL in kind": activity("H3", "C\x00", "ann", "2026-01-10"),
		"NUL in opportunity": activity("H4", "CALL", "ann", "2026-01-10", "opportunity", "\x00"), "NUL in attribute": activity("H5", "CALL", "ann", "2026-01-10", "attributes", []vars{{"name": "x", "value": "\x00"}}),
		"great quantity": activity("H6", "CALL", "ann", "2026-01-10", "quantity", "1e400"), "long quantity": activity("H7", "CALL", "ann", "2026-01-10", "quantity", "1234567890123456789012.5"), "fine quantity": activity("H8", "CALL", "ann", "2026-01-10", "quantity", "0.12345678901234567"),
		"no year": activity("H9", "CALL", "ann", "0000-01-01"), "far date": activity("H10", "CALL", "ann", "9999-12-31"), "negative revision": activity("H11", "CALL", "ann", "2026-01-10", "sourceRevision", "-1"),
		"space": activity(" H12", "CALL", "ann", "2026-01-10"),
	} {
		answer := f.do(recordActivities, vars{"a": []vars{bad, activity("OK-"+name, "CALL", "ann", "2026-01-10")}}).At("recordActivities")
		if answer.At("created").V != 1.0 || answer.At("rejected").V != 1.0 {
			t.Errorf("%s: %v", name, answer.V)
		}
	}
}

// TestActivitiesMoveWithSeats: a seat that moves takes its activities along in what
// people see, and in what is paid.
func TestActivitiesMoveWithSeats(t *testing.T) {
	t.Parallel()
	c := seats{harness.New(t).NewCompany()}
	c.Hire("max", "Max", "USD", "")
	c.hire("ann")
	c.hire("bob")
	c.open("North", "max", "10")
	c.sit("bob", "North", "2026-01-01", "")
	measure := c.Make("createMeasure", "measure", harness.Input{"key": "MEET", "name": "Meetings", "source": "ACTIVITIES", "condition": "kind == 'MEETING'"})
	c.Plan("PLAN", harness.Input{"currency": "USD", "components": []harness.Input{{"key": "meet", "payout": "MONTH", "measureId": measure, "rateKind": "UNIT", "rate": "10"}}}, "ann", "bob")
	c.Do(c.Admin(), recordActivities, harness.Input{"a": []harness.Input{{"source": "crm", "externalId": "M1", "kind": "MEETING", "position": "North", "date": "2026-01-10", "opportunity": "O"},
		{"source": "crm", "externalId": "M2", "kind": "MEETING", "position": "North", "date": "2026-01-20", "opportunity": "O"}}})
	harness.Same(t, "first", []string{paidIn(c, "2026-01")}, "bob meet 20.00")
	for _, one := range c.Do(c.Admin(), `{ positionAssignments { nodes { id version externalId } } }`, nil).List("positionAssignments", "nodes") {
		if one.String("externalId") == "bob in North" {
			c.Do(c.Admin(), `mutation($i: EndPositionAssignmentInput!) { endPositionAssignment(input: $i) { userErrors { path code message } } }`,
				harness.Input{"i": harness.Input{"id": one.String("id"), "ifVersion": one.At("version").V, "endDate": "2026-01-15"}})
		}
	}
	c.sit("ann", "North", "2026-01-16", "")
	harness.Same(t, "moved", []string{paidIn(c, "2026-01")}, "ann meet 10.00, bob meet 10.00")
	for name, want := range map[string]string{"ann": "[M2]", "bob": "[M1]", "max": "[M1 M2]"} {
		role := model.RoleRep
		if name == "max" {
			role = model.RoleManager
		}
		id := c.Payees[name]
		var got []string
		for _, n := range c.Do(c.Token(&id, role), `{ activities { nodes { externalId } } }`, nil).List("activities", "nodes") {
			got = append(got, n.String("externalId"))
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s sees %v, want %s", name, got, want)
		}
	}
	holds(t, c)
}
