package scenario

import (
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

const (
	setValues     = `mutation($v: [MeasureValueInput!]!) { setMeasureValues(input: {values: $v}) { written values { id value version } userErrors { path code message } sequence } }`
	removeValue   = `mutation($id: ID!, $v: Int!) { removeMeasureValue(input: {id: $id, ifVersion: $v}) { value { version } userErrors { path code } } }`
	updateMeasure = `mutation($i: UpdateMeasureInput!) { updateMeasure(input: $i) { measure { version source aggregation } userErrors { path code message } } }`
)

// createdMeasure adds a measure of values and gives its id.
func createdMeasure(h *harness.Harness, key string) string {
	return h.Do(h.Admin(), createMeasure, map[string]any{"i": map[string]any{"key": key, "name": key, "source": "VALUES"}}).String("createMeasure", "measure", "id")
}

func TestMeasureValues(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr, hours, ebitda := f.measure("ARR"), createdMeasure(f.Harness, "HOURS"), createdMeasure(f.Harness, "EBITDA")
	value := func(measure, position, date, value string) vars {
		one := vars{"measureId": measure, "date": date, "value": value}
		if position != "" {
			one["positionId"] = position
		}
		return one
	}
	all := []vars{
		value(hours, f.seatA, "2026-01-10", "7.5"), value(hours, f.seatB, "2026-01-11", "8"), value(hours, f.seatE, "2026-01-12", "6.25"),
		value(ebitda, "", "2026-01-31", "-1000000.5"), value(hours, f.seatM, "2026-02-01", "9"), value(hours, f.seatA, "2026-02-10", "7"),
	}
	set := f.do(setValues, vars{"v": all}).At("setMeasureValues")
	ids := harness.Texts(set.List("values"), "id")
	harness.Same(t, "values", harness.Texts(set.List("values"), "value"), "7.5", "8", "6.25", "-1000000.5", "9", "7")
	f.pages(f.admin, "measureValues", "id", ids...)

	before := time.Now().UTC().Format(time.RFC3339Nano)
	t.Run("what is so already is not written again", func(t *testing.T) {
		all[3]["value"] = "-900000"
		again := f.do(setValues, vars{"v": all}).At("setMeasureValues")
		if again.At("written").V != 1.0 {
			t.Errorf("wrote %v", again.At("written").V)
		}
		harness.Same(t, "ids", harness.Texts(again.List("values"), "id"), ids...)
		if v := again.List("values")[3]; v.At("version").V != 2.0 || v.String("value") != "-900000" {
			t.Errorf("the company's is %v", v.V)
		}
		if n := f.do(setValues, vars{"v": all}).At("setMeasureValues", "written").V; n != 0.0 {
			t.Errorf("wrote %v", n)
		}
	})
	t.Run("what was known before is read again", func(t *testing.T) {
		const query = `query($at: DateTime) { measureValues(where: {companyWide: true}, asOf: $at) { nodes { value version } } }`
		if got := fmt.Sprint(f.do(query, vars{"at": before}).At("measureValues", "nodes").V); got != "[map[value:-1000000.5 version:1]]" {
			t.Errorf("before it was %s", got)
		}
	})
	t.Run("one that is wrong stops all", func(t *testing.T) {
		bad := []vars{
			value(hours, f.seatA, "2026-01-10", "1"), value(hours, f.seatA, "2026-01-10", "2"), value(arr, f.seatA, "2026-01-10", "3"),
			value(f.ae, f.ae, "2026-01-10", "4"), value(ebitda, "", "9999-12-31", "5"), value(hours, "", "2026-01-10", "6"),
			with(value(ebitda, "", "2026-01-31", "7"), "ifVersion", 1), with(value(ebitda, "", "2026-02-28", "8"), "ifVersion", 1),
		}
		errs, payload := f.refused(f.admin, setValues, vars{"v": bad})
		harness.Same(t, "errors", errs, "input.values.1 DUPLICATE_INPUT", "input.values.2.measureId INVALID", "input.values.3.measureId NOT_FOUND",
			"input.values.3.positionId NOT_FOUND", "input.values.4.date INVALID", "input.values.6.ifVersion CONFLICT", "input.values.7.ifVersion CONFLICT")
		if got := fmt.Sprint(payload["values"]); got != fmt.Sprintf("[map[id:%s value:-900000 version:2]]", ids[3]) {
			t.Errorf("the conflict shows %s", got)
		}
		errs, _ = f.refused(f.admin, setValues, vars{"v": []vars{}})
		harness.Same(t, "none", errs, "input.values REQUIRED")
		many := make([]vars, 251)
		for i := range many {
			many[i] = all[0]
		}
		errs, _ = f.refused(f.admin, setValues, vars{"v": many})
		harness.Same(t, "too many", errs, "input.values TOO_MANY")
		f.pages(f.admin, "measureValues", "id", ids...)
	})
	t.Run("a filter keeps what it says", func(t *testing.T) {
		const query = `query($w: MeasureValueWhere) { measureValues(where: $w) { nodes { date companyWide value measure { key } position { externalId } } } }`
		found := f.do(query, vars{"w": vars{"measureId": vars{"eq": hours}, "positionId": vars{"in": []string{f.seatA}}, "date": vars{"lt": "2026-02-01"}, "companyWide": false}})
		if got := fmt.Sprint(found.At("measureValues", "nodes").V); got != "[map[companyWide:false date:2026-01-10 measure:map[key:HOURS] position:map[externalId:ann] value:7.5]]" {
			t.Errorf("found %s", got)
		}
		found = f.do(query, vars{"w": vars{"companyWide": true}})
		if got := fmt.Sprint(found.At("measureValues", "nodes").V); got != "[map[companyWide:true date:2026-01-31 measure:map[key:EBITDA] position:<nil> value:-900000]]" {
			t.Errorf("found %s", got)
		}
	})
	t.Run("whom they concern sees them, nobody else", func(t *testing.T) { valuesAreSeen(t, f, ids, all) })
	t.Run("they are of who held the position on their date", func(t *testing.T) {
		seat := f.do(`query($p: ID!) { positionAssignments(where: {positionId: {eq: $p}}) { nodes { id version } } }`, vars{"p": f.seatE}).At("positionAssignments", "nodes", 0)
		f.do(`mutation($i: EndPositionAssignmentInput!) { endPositionAssignment(input: $i) { userErrors { path message } } }`,
			vars{"i": vars{"id": seat.String("id"), "ifVersion": seat.At("version").V, "endDate": "2026-01-11"}})
		f.pages(f.Token(&f.eve, model.RoleRep), "measureValues", "id", ids[3])
	})
	t.Run("a removed one is gone", func(t *testing.T) {
		errs, payload := f.refused(f.admin, removeValue, vars{"id": ids[3], "v": 1})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if fmt.Sprint(payload["value"]) != "map[version:2]" {
			t.Errorf("the conflict shows %v", payload["value"])
		}
		f.do(removeValue, vars{"id": ids[3], "v": 2})
		errs, _ = f.refused(f.admin, removeValue, vars{"id": ids[3], "v": 2})
		harness.Same(t, "gone", errs, "input.id NOT_FOUND")
		back := f.do(setValues, vars{"v": all[3:4]}).At("setMeasureValues")
		if back.String("values", 0, "id") == ids[3] {
			t.Error("a removed value's id came back")
		}
	})
}

// valuesAreSeen compares whom the values of TestMeasureValues concern with who
// sees them, and who may not.
func valuesAreSeen(t *testing.T, f *firm, ids []string, all []vars) {
	t.Helper()
	for _, c := range []struct {
		name     string
		token    string
		want     []string
		measures []string
	}{
		{"Ann", f.Token(&f.ann, model.RoleRep), []string{ids[0], ids[3], ids[5]}, []string{"EBITDA", "HOURS"}},
		{"Eve", f.Token(&f.eve, model.RoleRep), []string{ids[2], ids[3]}, []string{"EBITDA", "HOURS"}},
		{"Mia", f.Token(&f.mia, model.RoleManager), []string{ids[0], ids[1], ids[3], ids[4], ids[5]}, []string{"EBITDA", "HOURS"}},
		{"Mia as a rep", f.Token(&f.mia, model.RoleRep), []string{ids[3], ids[4]}, []string{"EBITDA", "HOURS"}},
		{"who holds nothing", f.Token(nil, model.RoleRep), []string{ids[3]}, []string{"EBITDA"}},
		{"sales operations", f.Token(nil, model.RoleSalesOps), ids, []string{"ARR", "EBITDA", "HOURS"}},
	} {
		f.pages(c.token, "measureValues", "id", c.want...)
		harness.Same(t, c.name+"'s measures", harness.Texts(f.Do(c.token, `{ measures { nodes { key } } }`, nil).List("measures", "nodes"), "key"), c.measures...)
		seen := f.Do(c.token, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": ids}).List("nodes")
		n := 0
		for _, v := range seen {
			if v.V != nil {
				n++
			}
		}
		if n != len(c.want) {
			t.Errorf("%s sees %d nodes", c.name, n)
		}
	}
	f.forbidden(f.Token(&f.ann, model.RoleRep), setValues, vars{"v": all})
	f.forbidden(f.Token(nil, model.RoleAuditor), setValues, vars{"v": all})
	f.forbidden(f.Token(&f.mia, model.RoleManager), removeValue, vars{"id": ids[0], "v": 1})
	f.forbidden(f.Token(nil, model.RoleTenantAdmin), `{ measureValues { totalCount } }`, nil)
}

// TestMeasureValuesMark says whom a value makes dirty: whoever had sat down in
// the position before the end of the longest period with its date.
func TestMeasureValuesMark(t *testing.T) {
	t.Parallel()
	h := harness.NewIdle(t)
	admin := h.Admin()
	calendar := h.Do(admin, `mutation { createFiscalCalendar(input: {externalId: "FY", name: "Fiscal"}) { calendar { id } userErrors { message } } }`, nil).String("createFiscalCalendar", "calendar", "id")
	h.Do(admin, `mutation($c: ID!) { openFiscalYear(input: {calendarId: $c, fiscalYear: 2026}) { userErrors { message } } }`, vars{"c": calendar})
	title := h.Do(admin, `mutation { createTitle(input: {externalId: "T", name: "Title"}) { title { id } userErrors { message } } }`, nil).String("createTitle", "title", "id")
	seat := h.Do(admin, `mutation($input: CreatePositionInput!) { createPosition(input: $input) { position { id } userErrors { path message } } }`,
		input("externalId", "seat", "name", "seat", "titleId", title)).String("createPosition", "position", "id")
	for i, span := range [][2]any{{"2026-01-01", "2026-02-28"}, {"2026-03-01", "2026-05-31"}, {"2026-06-01", "2026-12-31"}, {"2027-01-01", nil}} {
		name := fmt.Sprint("holder ", i+1)
		payee := h.Do(admin, `mutation($input: CreatePayeeInput!) { createPayee(input: $input) { payee { id } userErrors { path message } } }`,
			input("externalId", name, "name", name, "currency", "USD")).String("createPayee", "payee", "id")
		h.Do(admin, `mutation($input: AssignPositionInput!) { assignPosition(input: $input) { userErrors { path message } } }`,
			input("externalId", name, "payeeId", payee, "positionId", seat, "startDate", span[0], "endDate", span[1]))
	}
	hours := createdMeasure(h, "HOURS")
	dirtyPayees(t, h)
	set := func(date string, position any) string {
		return h.Do(admin, setValues, vars{"v": []vars{{"measureId": hours, "positionId": position, "date": date, "value": "8"}}}).String("setMeasureValues", "values", 0, "id")
	}
	id := set("2026-03-15", seat)
	want := []string{"holder 1 2026-03-15 2026-03-16", "holder 2 2026-03-15 2026-03-16", "holder 3 2026-03-15 2026-03-16"}
	harness.Same(t, "marks of a position's value", dirtyPayees(t, h), want...)
	set("2026-03-15", seat)
	harness.Same(t, "marks of the same again", dirtyPayees(t, h))
	h.Do(admin, removeValue, vars{"id": id, "v": 1})
	harness.Same(t, "marks of a removed one", dirtyPayees(t, h), want...)
	set("2026-03-15", nil)
	harness.Same(t, "marks of the company's value", dirtyPayees(t, h), "everybody 2026-03-15 2026-03-16")
	set("2025-12-31", seat)
	harness.Same(t, "marks of a value outside the periods", dirtyPayees(t, h))
}

// dirtyPayees gives who is marked on which days since the last call.
func dirtyPayees(t *testing.T, h *harness.Harness) (marks []string) {
	t.Helper()
	owner(t, h, func(tx pgx.Tx) error {
		rows, err := tx.Query(t.Context(), `WITH gone AS (DELETE FROM dirty RETURNING *)
			SELECT coalesce((SELECT p.external_id FROM payee p WHERE p.id = d.payee_id LIMIT 1), 'everybody') || ' ' || d.from_date || ' ' || d.to_date FROM gone d ORDER BY 1`)
		if err != nil {
			return err
		}
		marks, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return marks
}

// TestMeasureValuesPay: values pay in each period whose window has their date,
// the position's own before the whole company's, and a later value changes
// nothing of what an earlier month has been paid.
func TestMeasureValuesPay(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	hours := createdMeasure(h, "HOURS")
	plan := h.Do(h.Admin(), `mutation { createPlan(input: {externalId: "HOURLY", name: "Hourly"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{
		vars{"key": "month", "measureId": hours, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "20"},
		vars{"key": "quarter", "measureId": hours, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "10"},
	}, vars{"positionId": s.positions["bob"]})
	set := func(date, value string, position any) {
		t.Helper()
		h.Do(h.Admin(), setValues, vars{"v": []vars{{"measureId": hours, "positionId": position, "date": date, "value": value}}})
		h.Settle()
		harness.Same(t, "broken laws after "+date, broken(t, h))
	}
	paid := func(want ...string) {
		t.Helper()
		var got []string
		for _, month := range []string{"2017-01", "2017-02", "2017-03", "2017-04"} {
			found := h.Do(h.Admin(), `query($p: ID!, $q: ID!) { earnings(where: {payeeId: {eq: $p}, periodId: {eq: $q}}) { nodes { componentKey amount { amount } } } }`,
				vars{"p": s.payees["bob"].String(), "q": s.period(month)})
			of := map[string]string{}
			for _, e := range found.List("earnings", "nodes") {
				of[e.String("componentKey")] = e.String("amount", "amount")
			}
			got = append(got, of["month"]+" "+of["quarter"])
		}
		harness.Same(t, "paid", got, want...)
	}
	set("2017-01-10", "8", nil)
	paid("160.00 80.00", "0.00 0.00", "0.00 0.00", "0.00 0.00")
	set("2017-02-10", "7.5", nil)
	paid("160.00 80.00", "150.00 75.00", "0.00 0.00", "0.00 0.00")
	set("2017-02-11", "1", s.positions["bob"])
	paid("160.00 80.00", "20.00 -70.00", "0.00 0.00", "0.00 0.00")
	set("2017-03-01", "2", s.positions["bob"])
	set("2017-04-01", "3", s.positions["ann"])
	paid("160.00 80.00", "20.00 -70.00", "40.00 20.00", "0.00 0.00")
}
