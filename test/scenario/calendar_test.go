package scenario

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

const createCalendar = `mutation($input: CreateFiscalCalendarInput!) { createFiscalCalendar(input: $input) {
	calendar { id externalId name startMonth startDay version } userErrors { path code message } } }`
const openYear = `mutation($input: OpenFiscalYearInput!) { openFiscalYear(input: $input) {
	periods { id type name fiscalYear number startDate endDate status calendar { externalId } version } userErrors { path code message } sequence } }`

// spans writes periods as "name first last".
func spans(periods []harness.Value) []string {
	out := make([]string, len(periods))
	for i, p := range periods {
		out[i] = p.String("name") + " " + p.String("startDate") + " " + p.String("endDate")
	}
	return out
}

func TestFiscalYear(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	calendar := h.Do(admin, createCalendar, input("externalId", "std", "name", "Calendar years")).String("createFiscalCalendar", "calendar", "id")
	opened := h.Do(admin, openYear, input("calendarId", calendar, "fiscalYear", 2028)).List("openFiscalYear", "periods")
	harness.Same(t, "a calendar year", spans(opened),
		"2028-01 2028-01-01 2028-01-31", "2028-Q1 2028-01-01 2028-03-31", "2028-H1 2028-01-01 2028-06-30", "2028 2028-01-01 2028-12-31",
		"2028-02 2028-02-01 2028-02-29", "2028-03 2028-03-01 2028-03-31",
		"2028-04 2028-04-01 2028-04-30", "2028-Q2 2028-04-01 2028-06-30", "2028-05 2028-05-01 2028-05-31", "2028-06 2028-06-01 2028-06-30",
		"2028-07 2028-07-01 2028-07-31", "2028-Q3 2028-07-01 2028-09-30", "2028-H2 2028-07-01 2028-12-31", "2028-08 2028-08-01 2028-08-31", "2028-09 2028-09-01 2028-09-30",
		"2028-10 2028-10-01 2028-10-31", "2028-Q4 2028-10-01 2028-12-31", "2028-11 2028-11-01 2028-11-30", "2028-12 2028-12-01 2028-12-31")
	if got := opened[0].String("status"); got != "OPEN" {
		t.Errorf("a new period is %s", got)
	}

	t.Run("safe to send twice", func(t *testing.T) {
		before := changes(t, h)
		again := h.Do(admin, openYear, input("calendarId", calendar, "fiscalYear", 2028)).List("openFiscalYear", "periods")
		harness.Same(t, "the second answer", harness.Texts(again, "id"), harness.Texts(opened, "id")...)
		if after := changes(t, h); after != before {
			t.Errorf("it wrote %d changes", after-before)
		}
	})
	t.Run("a year that starts on any day", func(t *testing.T) {
		late := h.Do(admin, createCalendar, input("externalId", "late", "name", "From 15 February", "startMonth", 2, "startDay", 15)).String("createFiscalCalendar", "calendar", "id")
		h.Do(admin, openYear, input("calendarId", late, "fiscalYear", 2029))
		next := h.Do(admin, openYear, input("calendarId", late, "fiscalYear", 2030)).List("openFiscalYear", "periods")
		harness.Same(t, "its first periods", spans(next[:4]),
			"2029-02 2029-02-15 2029-03-14", "2030-Q1 2029-02-15 2029-05-14", "2030-H1 2029-02-15 2029-08-14", "2030 2029-02-15 2030-02-14")
		on := h.Do(admin, `query($in: ID!) { periods(where: {calendarId: {eq: $in}, contains: "2029-02-14"}) { nodes { name } } }`, map[string]any{"in": late})
		harness.Same(t, "the last day of a year", harness.Texts(on.List("periods", "nodes"), "name"), "2029", "2029-H2", "2029-Q4", "2029-01")
	})
	t.Run("filters", func(t *testing.T) {
		got := h.Do(admin, `query($in: ID!) { periods(where: {calendarId: {eq: $in}, types: [QUARTER, HALF], fiscalYear: 2028, statuses: [OPEN]}) { totalCount nodes { name } }
			named: periods(where: {calendarId: {in: [$in]}, names: ["2028-Q3", "nothing"]}) { nodes { id } }
			calendars(where: {externalId: {eq: "std"}}) { nodes { periods(where: {types: [YEAR]}) { totalCount nodes { name } } } } }`, map[string]any{"in": calendar})
		harness.Same(t, "quarters and halves", harness.Texts(got.List("periods", "nodes"), "name"), "2028-Q1", "2028-H1", "2028-Q2", "2028-Q3", "2028-H2", "2028-Q4")
		harness.Same(t, "the calendar's own", harness.Texts(got.List("calendars", "nodes", 0, "periods", "nodes"), "name"), "2028")
		node := h.Do(admin, `query($id: ID!) { node(id: $id) { ... on Period { name calendar { name } } } }`, map[string]any{"id": got.String("named", "nodes", 0, "id")})
		if node.String("node", "name") != "2028-Q3" {
			t.Errorf("node gave %v", node.V)
		}
	})
	testPaging(t, h, admin, "periods", "id", ", where: {types: [HALF]}")
}

func TestCalendarRefusals(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	calendar := h.Do(admin, createCalendar, input("externalId", "std", "name", "Std")).String("createFiscalCalendar", "calendar", "id")
	harness.Same(t, "out of bounds", h.Refused(admin, createCalendar, input("name", "", "startMonth", 13, "startDay", 29)),
		"input.externalId REQUIRED", "input.name REQUIRED", "input.startMonth INVALID", "input.startDay INVALID")
	harness.Same(t, "taken", h.Refused(admin, createCalendar, input("externalId", "std", "name", "Std")), "input.externalId TAKEN")
	harness.Same(t, "no calendar", h.Refused(admin, openYear, input("calendarId", "calendar_none", "fiscalYear", 1)), "input.calendarId NOT_FOUND", "input.fiscalYear INVALID")

	rep := h.Token(nil, model.RoleRep)
	if code := h.Denied(rep, openYear, input("calendarId", calendar, "fiscalYear", 2026)); code != "FORBIDDEN" {
		t.Errorf("a rep's openFiscalYear gave %q", code)
	}
	if n := h.Do(rep, `{ calendars { totalCount } }`, nil).At("calendars", "totalCount").V; n != 1.0 {
		t.Errorf("a rep reads %v calendars", n)
	}
}

// changes counts the rows of the tenant's change stream.
func changes(t *testing.T, h *harness.Harness) (n int) {
	t.Helper()
	owner(t, h, func(tx pgx.Tx) error {
		return tx.QueryRow(t.Context(), "SELECT count(*) FROM change").Scan(&n)
	})
	return n
}

// owner runs SQL as the database's owner within the tenant, and commits.
func owner(t *testing.T, h *harness.Harness, do func(pgx.Tx) error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), h.OwnerURL)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	err = pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), fmt.Sprintf("SET LOCAL app.tenant = '%s'", h.Tenant)); err != nil {
			return err
		}
		return do(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}
