package calc

import (
	"fmt"
	"slices"
	"testing"

	"spm/model"
)

func until(to string) model.Interval { return model.Interval{From: model.MinDate, To: day(to)} }

func since(from string) model.Interval { return model.Interval{From: day(from), To: model.MaxDate} }

func companyHierarchy(t testing.TB) *Hierarchy {
	t.Helper()
	s := company()
	h, err := NewHierarchy(s.Titles, s.Positions, s.Payees, s.Seats)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Intervals are [from, to): the day of a change has the new holder and parent.
func TestHierarchyIsDated(t *testing.T) {
	t.Parallel()
	h := companyHierarchy(t)
	for _, e := range []struct{ position, day, holder, managers string }{
		{"R3", "0001-01-01", "cid", "[M1 VP CRO]"},
		{"R3", "2026-06-30", "cid", "[M1 VP CRO]"},
		{"R3", "2026-07-01", "", "[M1 VP CRO]"},
		{"R2", "2026-06-30", "bob", "[M1 VP CRO]"},
		{"R2", "2026-07-01", "bob", "[M2 VP CRO]"},
		{"R5", "2026-06-30", "", "[M2 VP CRO]"},
		{"R5", "2026-07-01", "dan", "[M2 VP CRO]"},
		{"CRO", "2026-07-01", "cora", "[]"},
		{"LATE", "2026-06-30", "", "[]"},
	} {
		p := h.byExternal[e.position]
		var holder string
		if s := p.holder(day(e.day)); s != nil {
			holder = s.payee.externalID
		}
		managers := []string{}
		p.managers(day(e.day), func(level int, manager *positionNode) bool {
			managers = append(managers, manager.externalID)
			if level != len(managers) {
				t.Errorf("%s has level %d", manager.externalID, level)
			}
			return true
		})
		if holder != e.holder || fmt.Sprint(managers) != e.managers {
			t.Errorf("%s on %s: %q under %v", e.position, e.day, holder, managers)
		}
	}
	if late := h.byExternal["LATE"]; late.existed(day("2026-06-30")) || !late.existed(day("2026-07-01")) {
		t.Error("LATE was there before it was, or not after")
	}
	if undated := (&positionNode{}); !undated.existed(0) || undated.on(0) != nil || undated.parent(0) != nil {
		t.Error("a position that was never dated is not always there")
	}
}

func TestManagersStopWhenTold(t *testing.T) {
	t.Parallel()
	h := companyHierarchy(t)
	var seen []string
	h.byExternal["R1"].managers(day("2026-01-01"), func(level int, manager *positionNode) bool {
		seen = append(seen, manager.externalID)
		return level < 2
	})
	if !slices.Equal(seen, []string{"M1", "VP"}) {
		t.Error(seen)
	}
}

// Should two payees hold a position on a day, the earlier to sit down is the
// holder, then the one whose external id comes first: never the row that was
// loaded first.
func TestTheHolderDoesNotDependOnOrder(t *testing.T) {
	t.Parallel()
	positions := []model.Position{{ID: idOf(model.KindPosition, "P"), ExternalID: "P"}}
	var payees []model.Payee
	for _, name := range []string{"a", "b", "c"} {
		payees = append(payees, model.Payee{ID: idOf(model.KindPayee, name), ExternalID: name})
	}
	seats := []model.PositionAssignment{
		{ID: idOf(model.KindPositionAssignment, "1"), ExternalID: "1", PayeeID: payees[0].ID, PositionID: positions[0].ID, Days: since("2026-02-01")},
		{ID: idOf(model.KindPositionAssignment, "2"), ExternalID: "2", PayeeID: payees[2].ID, PositionID: positions[0].ID, Days: since("2026-01-01")},
		{ID: idOf(model.KindPositionAssignment, "3"), ExternalID: "3", PayeeID: payees[1].ID, PositionID: positions[0].ID, Days: since("2026-01-01")},
	}
	for range seats {
		seats = append(seats[1:], seats[0])
		h, err := NewHierarchy(nil, positions, payees, seats)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.byExternal["P"].holder(day("2026-03-01")).payee.externalID; got != "b" {
			t.Errorf("the holder is %s", got)
		}
		if h.byExternal["P"].holder(day("2025-12-31")) != nil {
			t.Error("somebody held it before anybody did")
		}
	}
}

func TestTitlesAndAttributesAreDated(t *testing.T) {
	t.Parallel()
	positions := []model.Position{{ID: idOf(model.KindPosition, "P"), ExternalID: "P", Slices: []model.PositionSlice{
		{Days: since("2026-07-01"), TitleID: idPtr(model.KindTitle, "SENIOR"), Attributes: attributes("region", "South")},
		{Days: until("2026-01-01"), TitleID: idPtr(model.KindTitle, "JUNIOR"), Attributes: attributes("region", "North")},
		{Days: model.Interval{From: day("2026-01-01"), To: day("2026-07-01")}},
	}}}
	payees := []model.Payee{{ID: idOf(model.KindPayee, "a"), ExternalID: "a", Slices: []model.PayeeSlice{
		{Days: since("2026-07-01"), Attributes: attributes("grade", "8")}, {Days: until("2026-07-01"), Attributes: attributes("grade", "7")},
	}}}
	h, err := NewHierarchy([]model.Title{{ID: idOf(model.KindTitle, "SENIOR"), ExternalID: "SENIOR"}, {ID: idOf(model.KindTitle, "JUNIOR"), ExternalID: "JUNIOR"}}, positions, payees, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []struct{ day, title, region, grade string }{
		{"2025-12-31", "JUNIOR", "North", "7"}, {"2026-01-01", "", "", "7"}, {"2026-06-30", "", "", "7"}, {"2026-07-01", "SENIOR", "South", "8"},
	} {
		on := day(e.day)
		p, payee := h.position(positions[0].ID), h.payee(&payees[0].ID)
		if h.titleOf(p, on) != e.title || p.attribute("region", on) != e.region || payee.attribute("grade", on) != e.grade {
			t.Errorf("on %s: %q, %q, %q", e.day, h.titleOf(p, on), p.attribute("region", on), payee.attribute("grade", on))
		}
	}
	if payee := h.payee(&payees[0].ID); payee.attribute("none", 0) != "" || payee.attribute("grade", model.MaxDate) != "" {
		t.Error("an attribute that is not there has a value")
	}
	var none *Hierarchy
	if none.position(positions[0].ID) != nil || none.payee(&payees[0].ID) != nil || h.payee(nil) != nil || none.titleOf(nil, 0) != "" {
		t.Error("an empty hierarchy found something")
	}
}

func TestSeatIdentity(t *testing.T) {
	t.Parallel()
	h := companyHierarchy(t)
	on := day("2026-01-01")
	ann := &h.payeeByName["ann"].seats[0]
	if !ann.is(h.byExternal["R1"].holder(on)) || ann.is(h.byExternal["R2"].holder(on)) || ann.is(nil) {
		t.Error("a seat is not the one its position has")
	}
	var none *seat
	if !none.is(nil) || none.is(ann) {
		t.Error("no seat is another")
	}
	if compareHolders(nil, ann) >= 0 || compareHolders(ann, nil) <= 0 || compareHolders(ann, ann) != 0 || compareHolders(ann, h.byExternal["R2"].holder(on)) >= 0 {
		t.Error("holders are out of order")
	}
}
