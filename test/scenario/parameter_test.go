package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"spm/model"
	"spm/test/harness"
)

const (
	setParameters = `mutation($v: [ParameterValueInput!]!) { setParameterValues(input: {values: $v}) { written
		parameterValues { id version startDate endDate value } shortened { id version endDate } userErrors { path code message } } }`
	removeParameter = `mutation($id: ID!, $v: Int!) { removeParameterValue(input: {id: $id, ifVersion: $v}) { parameterValue { version } userErrors { path code } } }`
)

// declaring publishes a plan that declares RATE, 0.05 where nothing is set, and
// CAP, and gives its id.
func (f *firm) declaring(key, measure string) string {
	f.tb.Helper()
	plan := f.plan(key)
	draft := f.draft(plan, 1, "2026-01-01", measure)
	draft["parameters"] = []vars{{"key": "RATE", "name": "Rate of commission", "default": "0.05"}, {"key": "CAP"}}
	f.published(draft)
	return plan
}

// value is one to set, for the whole plan where field is "".
func value(plan, key, field, holder, start, end, amount string) vars {
	out := vars{"planId": plan, "key": key, "startDate": start, "value": amount}
	if field != "" {
		out[field] = holder
	}
	if end != "" {
		out["endDate"] = end
	}
	return out
}

// spans gives the first and last days and the values of a parameter's rows.
func (f *firm) spans(where vars) (out []string) {
	f.tb.Helper()
	rows := f.do(`query($w: ParameterValueWhere) { parameterValues(where: $w) { nodes { startDate endDate value } } }`, vars{"w": where})
	for _, v := range rows.List("parameterValues", "nodes") {
		out = append(out, fmt.Sprint(v.At("startDate").V, " ", v.At("endDate").V, " ", v.At("value").V))
	}
	return out
}

func TestParametersAreContent(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, arr := f.plan("P"), f.measure("ARR")
	number := 0
	create := func(parameters []vars) harness.Value {
		t.Helper()
		number++
		draft := f.draft(plan, number, "2026-01-01", arr)
		if parameters != nil {
			draft["parameters"] = parameters
		}
		return f.do(createPlanVersion, vars{"i": draft}).At("createPlanVersion", "planVersion")
	}
	read := func(id string) string {
		t.Helper()
		return fmt.Sprint(f.do(`query($id: ID!) { node(id: $id) { ... on PlanVersion { parameters { key name default } } } }`, vars{"id": id}).At("node", "parameters").V)
	}
	without, empty := create(nil), create([]vars{})
	with := create([]vars{{"key": "RATE", "name": "Rate", "default": "0.050"}, {"key": "CAP"}})

	t.Run("they are read in order, with their defaults", func(t *testing.T) {
		if got, want := read(with.String("id")), "[map[default:0.05 key:RATE name:Rate] map[default:<nil> key:CAP name:CAP]]"; got != want {
			t.Errorf("declared are %s, want %s", got, want)
		}
		if got := read(without.String("id")); got != "[]" {
			t.Errorf("declared are %s", got)
		}
	})
	t.Run("without any the hash is that of rules and components alone", func(t *testing.T) {
		var content map[string]any
		if err := json.Unmarshal([]byte(f.Strings("SELECT content::text FROM plan_version WHERE number = 1")[0]), &content); err != nil {
			t.Fatal(err)
		}
		if len(content) != 2 || content["rules"] == nil || content["components"] == nil {
			t.Errorf("the content is %v", content)
		}
		var canonical bytes.Buffer
		encoder := json.NewEncoder(&canonical)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(content); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(bytes.TrimSpace(canonical.Bytes()))
		if want := hex.EncodeToString(sum[:]); without.String("contentHash") != want || empty.String("contentHash") != want {
			t.Errorf("hashes %s and %s, want %s", without.String("contentHash"), empty.String("contentHash"), want)
		}
	})
	t.Run("equal ones give one hash, others another", func(t *testing.T) {
		same := create([]vars{{"key": "RATE", "name": "Rate", "default": "0.05"}, {"key": "CAP", "name": "CAP"}})
		other := create([]vars{{"key": "RATE", "name": "Rate", "default": "0.06"}, {"key": "CAP"}})
		none := create([]vars{{"key": "RATE", "name": "Rate"}, {"key": "CAP"}})
		all := harness.Texts([]harness.Value{with, same, other, none, without}, "contentHash")
		if all[0] != all[1] || len(slices.Compact(slices.Sorted(slices.Values(all)))) != 4 {
			t.Errorf("hashes %v", all)
		}
	})
	t.Run("a draft's are kept, replaced and taken away", func(t *testing.T) {
		id, at := with.String("id"), 1
		update := func(change vars) string {
			t.Helper()
			change["id"], change["ifVersion"] = id, at
			at++
			f.do(updatePlanVersion, vars{"i": change})
			return read(id)
		}
		for _, c := range []struct {
			change vars
			want   string
		}{
			{vars{"currency": "EUR"}, "[map[default:0.05 key:RATE name:Rate] map[default:<nil> key:CAP name:CAP]]"},
			{vars{"parameters": []vars{{"key": "DRAW", "default": "-1"}}}, "[map[default:-1 key:DRAW name:DRAW]]"},
			{vars{"parameters": nil}, "[]"},
		} {
			if got := update(c.change); got != c.want {
				t.Errorf("%v gives %s, want %s", c.change, got, c.want)
			}
		}
	})
	t.Run("what is wrong is told at its place", func(t *testing.T) {
		bad := f.draft(plan, 99, "2026-01-01", arr)
		bad["parameters"] = []vars{{"key": "A", "name": ""}, {"key": "A"}, {"key": ""}, {"key": " B"}, {"key": strings.Repeat("x", 201)}}
		errs, _ := f.refused(f.admin, createPlanVersion, vars{"i": bad})
		harness.Same(t, "errors", errs, "input.parameters.0.name REQUIRED", "input.parameters.1.key DUPLICATE_INPUT", "input.parameters.2.key REQUIRED", "input.parameters.2.name REQUIRED",
			"input.parameters.3.key INVALID", "input.parameters.3.name INVALID", "input.parameters.4.key TOO_LONG", "input.parameters.4.name TOO_LONG")
		many := make([]vars, 51)
		for i := range many {
			many[i] = vars{"key": fmt.Sprint("P", i)}
		}
		bad["parameters"] = many
		errs, _ = f.refused(f.admin, createPlanVersion, vars{"i": bad})
		harness.Same(t, "too many", errs, "input.parameters TOO_MANY")
	})
}

func TestParameterValues(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr := f.measure("ARR")
	plan, undeclared := f.declaring("P", arr), f.plan("Q")
	ann := f.ann.String()
	set := func(values ...vars) harness.Value {
		t.Helper()
		return f.do(setParameters, vars{"v": values}).At("setParameterValues")
	}
	all := []vars{
		value(plan, "CAP", "", "", "2026-01-01", "", "1000"), value(plan, "RATE", "", "", "2026-01-02", "", "0.0610"),
		value(plan, "RATE", "titleId", f.ae, "2026-01-03", "", "0.07"), value(plan, "RATE", "positionId", f.seatA, "2026-01-04", "2026-12-31", "0.08"),
		value(plan, "RATE", "payeeId", ann, "2026-01-05", "", "-0.09"),
	}
	made := set(all...)
	ids := harness.Texts(made.List("parameterValues"), "id")
	harness.Same(t, "values", harness.Texts(made.List("parameterValues"), "value"), "1000", "0.061", "0.07", "0.08", "-0.09")
	f.pages(f.admin, "parameterValues", "id", ids...)

	t.Run("each says for whom it is", func(t *testing.T) {
		rows := f.do(`{ parameterValues { nodes { plan { externalId } key level title { externalId } position { externalId } payee { externalId } endDate version } } }`, nil).List("parameterValues", "nodes")
		for i, want := range []string{
			"map[endDate:<nil> key:CAP level:PLAN payee:<nil> plan:map[externalId:P] position:<nil> title:<nil> version:1]",
			"map[endDate:<nil> key:RATE level:PLAN payee:<nil> plan:map[externalId:P] position:<nil> title:<nil> version:1]",
			"map[endDate:<nil> key:RATE level:TITLE payee:<nil> plan:map[externalId:P] position:<nil> title:map[externalId:AE] version:1]",
			"map[endDate:2026-12-31 key:RATE level:POSITION payee:<nil> plan:map[externalId:P] position:map[externalId:ann] title:<nil> version:1]",
			"map[endDate:<nil> key:RATE level:PAYEE payee:map[externalId:ann] plan:map[externalId:P] position:<nil> title:<nil> version:1]",
		} {
			if got := fmt.Sprint(rows[i].V); got != want {
				t.Errorf("%d is %s, want %s", i, got, want)
			}
		}
	})
	t.Run("filters", func(t *testing.T) {
		for _, c := range []struct {
			where vars
			want  []string
		}{
			{vars{"key": vars{"eq": "CAP"}}, ids[:1]}, {vars{"levels": []string{"PLAN"}}, ids[:2]}, {vars{"levels": []string{"TITLE", "PAYEE"}}, []string{ids[2], ids[4]}},
			{vars{"on": "2026-01-03"}, ids[:3]}, {vars{"on": "2027-01-01", "positionId": vars{"eq": f.seatA}}, nil}, {vars{"titleId": vars{"in": []string{f.ae}}}, ids[2:3]},
			{vars{"payeeId": vars{"eq": ann}}, ids[4:]}, {vars{"planId": vars{"eq": undeclared}}, nil}, {vars{"id": vars{"in": ids[1:3]}}, ids[1:3]},
		} {
			rows := f.do(`query($w: ParameterValueWhere) { parameterValues(where: $w) { nodes { id } } }`, vars{"w": c.where})
			harness.Same(t, fmt.Sprint(c.where), harness.Texts(rows.List("parameterValues", "nodes"), "id"), c.want...)
		}
	})
	t.Run("what is so already is not written again", func(t *testing.T) {
		all[3]["value"] = "0.081"
		again := set(all...)
		harness.Same(t, "ids", harness.Texts(again.List("parameterValues"), "id"), ids...)
		if v := again.List("parameterValues")[3]; again.At("written").V != 1.0 || v.At("version").V != 2.0 || v.String("value") != "0.081" {
			t.Errorf("wrote %v: %v", again.At("written").V, v.V)
		}
		if n := set(all...).At("written").V; n != 0.0 {
			t.Errorf("wrote %v", n)
		}
	})
	t.Run("one that is wrong stops all", func(t *testing.T) {
		stale, fresh := value(plan, "RATE", "payeeId", ann, "2026-01-05", "", "1"), value(plan, "RATE", "payeeId", ann, "2026-06-01", "", "1")
		stale["ifVersion"], fresh["ifVersion"] = 7, 0
		both := value(plan, "RATE", "titleId", f.seatA, "2026-01-01", "", "1")
		both["payeeId"] = f.ae
		errs, payload := f.refused(f.admin, setParameters, vars{"v": []vars{
			value(plan, "NONE", "", "", "2026-01-01", "", "1"), value(undeclared, "RATE", "", "", "2026-01-01", "", "1"), value(f.ae, "RATE", "", "", "2026-01-01", "", "1"),
			value(plan, "RATE", "positionId", ann, "2026-01-01", "2025-12-31", "1"), both, stale, fresh, fresh,
		}})
		harness.Same(t, "errors", errs, "input.values.0.key NOT_FOUND", "input.values.1.key NOT_FOUND", "input.values.2.planId NOT_FOUND", "input.values.3.positionId NOT_FOUND",
			"input.values.3.endDate INVALID", "input.values.4.payeeId INVALID", "input.values.4.titleId NOT_FOUND", "input.values.4.payeeId NOT_FOUND",
			"input.values.5.ifVersion CONFLICT", "input.values.7 DUPLICATE_INPUT")
		if got := fmt.Sprint(payload["parameterValues"]); got != fmt.Sprintf("[map[endDate:<nil> id:%s startDate:2026-01-05 value:-0.09 version:1]]", ids[4]) {
			t.Errorf("the conflict shows %s", got)
		}
		errs, _ = f.refused(f.admin, setParameters, vars{"v": []vars{}})
		harness.Same(t, "none", errs, "input.values REQUIRED")
		errs, _ = f.refused(f.admin, setParameters, vars{"v": slices.Repeat(all[:1], 251)})
		harness.Same(t, "too many", errs, "input.values TOO_MANY")
	})
	t.Run("a removed one is gone", func(t *testing.T) {
		errs, payload := f.refused(f.admin, removeParameter, vars{"id": ids[3], "v": 1})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if fmt.Sprint(payload["parameterValue"]) != "map[version:2]" {
			t.Errorf("the conflict shows %v", payload["parameterValue"])
		}
		f.do(removeParameter, vars{"id": ids[3], "v": 2})
		errs, _ = f.refused(f.admin, removeParameter, vars{"id": ids[3], "v": 2})
		harness.Same(t, "gone", errs, "input.id NOT_FOUND")
		if got := f.do(`query($id: ID!) { node(id: $id) { id } }`, vars{"id": ids[3]}).At("node").V; got != nil {
			t.Errorf("a removed one shows as %v", got)
		}
		if n := set(all[3]).At("written").V; n != 1.0 {
			t.Errorf("wrote %v", n)
		}
	})
}

func TestParametersHaveOneValueADay(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.declaring("P", f.measure("ARR"))
	ann, bob := f.ann.String(), f.bob.String()
	set := func(values ...vars) harness.Value {
		t.Helper()
		return f.do(setParameters, vars{"v": values}).At("setParameterValues")
	}
	bobs := vars{"payeeId": vars{"eq": bob}}
	t.Run("an open one goes on until the next open one begins", func(t *testing.T) {
		first, later := value(plan, "RATE", "payeeId", bob, "2026-01-01", "", "0.1"), value(plan, "RATE", "payeeId", bob, "2026-07-01", "", "0.2")
		set(first)
		done := set(later)
		if got := fmt.Sprint(done.At("written").V, harness.Texts(done.List("shortened"), "endDate")); got != "1 [2026-06-30]" {
			t.Errorf("wrote and shortened %s", got)
		}
		again := set(later, first)
		if again.At("written").V != 0.0 || len(again.List("shortened")) != 0 {
			t.Errorf("the same again gives %v", again.V)
		}
		middle := value(plan, "RATE", "payeeId", bob, "2026-04-01", "", "0.15")
		errs, _ := f.refused(f.admin, setParameters, vars{"v": []vars{middle}})
		harness.Same(t, "one that has an end is not cut", errs, "input.values.0.startDate OVERLAP")
		set(middle, first)
		harness.Same(t, "spans", f.spans(bobs), "2026-01-01 2026-03-31 0.1", "2026-04-01 2026-06-30 0.15", "2026-07-01 <nil> 0.2")
	})
	t.Run("any other overlap is refused, all of it", func(t *testing.T) {
		errs, _ := f.refused(f.admin, setParameters, vars{"v": []vars{
			value(plan, "RATE", "payeeId", bob, "2026-02-01", "2026-02-28", "1"), value(plan, "RATE", "payeeId", bob, "2025-12-01", "2026-01-01", "1"),
			value(plan, "CAP", "payeeId", bob, "2026-01-01", "2026-03-31", "1"), value(plan, "CAP", "payeeId", bob, "2026-03-31", "", "1"), value(plan, "CAP", "payeeId", ann, "2026-03-31", "", "1"),
		}})
		harness.Same(t, "errors", errs, "input.values.0.startDate OVERLAP", "input.values.1.startDate OVERLAP", "input.values.3.startDate OVERLAP")
		if n := len(f.spans(vars{"key": vars{"eq": "CAP"}})); n != 0 {
			t.Errorf("%d caps are there", n)
		}
		set(value(plan, "RATE", "payeeId", bob, "2026-01-01", "2026-01-31", "0.1"), value(plan, "RATE", "payeeId", bob, "2026-02-01", "2026-02-28", "0.3"), value(plan, "RATE", "payeeId", bob, "2026-03-01", "2026-03-31", "0.1"))
		harness.Same(t, "with room made", f.spans(bobs)[:3], "2026-01-01 2026-01-31 0.1", "2026-02-01 2026-02-28 0.3", "2026-03-01 2026-03-31 0.1")
	})
	t.Run("of many at once for the same days one is written", func(t *testing.T) {
		answers := make([]harness.Answer, 8)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				one := value(plan, "CAP", "", "", fmt.Sprint("2026-01-0", i+1), "2026-12-31", "1")
				answers[i] = f.Post(f.admin, setParameters, vars{"v": []vars{one}})
			})
		}
		all.Wait()
		written := 0
		for _, a := range answers {
			if !strings.Contains(string(a.Data), "OVERLAP") {
				written++
			}
		}
		if rows := f.spans(vars{"key": vars{"eq": "CAP"}}); written != 1 || len(rows) != 1 {
			t.Errorf("%d were written: %v", written, rows)
		}
	})
}

// TestParametersAreSeenByWhomTheyConcern gives P to account executives and L to
// leads, each with values for the plan and for holders, some of whom lack it.
func TestParametersAreSeenByWhomTheyConcern(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr := f.measure("ARR")
	p, l := f.declaring("P", arr), f.declaring("L", arr)
	f.do(assignPlan, vars{"i": vars{"externalId": "p", "planId": p, "titleId": f.ae, "startDate": "2026-01-01"}})
	f.do(assignPlan, vars{"i": vars{"externalId": "l", "planId": l, "titleId": f.lead, "startDate": "2026-01-01", "endDate": "2026-06-30"}})
	all := []vars{
		value(p, "RATE", "", "", "2026-01-01", "", "1"),
		value(p, "RATE", "titleId", f.ae, "2026-01-02", "", "2"),
		value(p, "RATE", "titleId", f.lead, "2026-01-03", "", "3"),
		value(p, "RATE", "positionId", f.seatA, "2026-01-04", "", "4"),
		value(p, "RATE", "payeeId", f.ann.String(), "2026-01-05", "", "5"),
		value(p, "RATE", "payeeId", f.bob.String(), "2026-01-06", "", "6"),
		value(p, "RATE", "payeeId", f.eve.String(), "2026-01-07", "", "7"),
		value(l, "RATE", "", "", "2026-01-01", "2026-06-30", "8"),
		value(l, "RATE", "positionId", f.seatM, "2026-01-02", "", "9"),
		value(l, "RATE", "payeeId", f.eve.String(), "2026-01-03", "", "10"),
		value(l, "RATE", "", "", "2026-07-01", "", "11"),
		value(l, "RATE", "payeeId", f.ann.String(), "2026-01-04", "", "12"),
	}
	ids := harness.Texts(f.do(setParameters, vars{"v": all}).List("setParameterValues", "parameterValues"), "id")
	seen := func(numbers ...int) (out []string) {
		for _, n := range numbers {
			out = append(out, ids[n-1])
		}
		return out
	}
	for _, c := range []struct {
		name  string
		token string
		want  []string
	}{
		{"Ann", f.Token(&f.ann, model.RoleRep), seen(1, 2, 4, 5)},
		{"Bob", f.Token(&f.bob, model.RoleRep), seen(1, 2, 6)},
		{"Eve", f.Token(&f.eve, model.RoleManager), seen(8, 10)},
		{"Mia", f.Token(&f.mia, model.RoleManager), seen(1, 2, 3, 4, 5, 6, 8, 9, 12)},
		{"Mia as a rep", f.Token(&f.mia, model.RoleRep), seen(8, 9)},
		{"a rep who is nobody", f.Token(nil, model.RoleRep), nil},
		{"an auditor", f.Token(nil, model.RoleAuditor), ids},
	} {
		rows := f.Do(c.token, `{ parameterValues { totalCount nodes { id } } }`, nil).At("parameterValues")
		got := harness.Texts(rows.List("nodes"), "id")
		slices.Sort(got)
		slices.Sort(c.want)
		harness.Same(t, c.name+"'s", got, c.want...)
		if n := rows.At("totalCount").V; n != float64(len(c.want)) {
			t.Errorf("%s counts %v", c.name, n)
		}
		for i, v := range f.Do(c.token, `query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": ids}).List("nodes") {
			if (v.V != nil) != slices.Contains(c.want, ids[i]) {
				t.Errorf("%s by the id of %d sees %v", c.name, i+1, v.V)
			}
		}
	}
	rep := f.Token(&f.ann, model.RoleRep)
	f.forbidden(rep, setParameters, vars{"v": all})
	f.forbidden(f.Token(nil, model.RoleFinance), setParameters, vars{"v": all})
	f.forbidden(rep, removeParameter, vars{"id": ids[0], "v": 1})
	f.forbidden(f.Token(nil, model.RoleSalesOps), `{ parameterValues { totalCount } }`, nil)
	if got := f.Do(rep, `{ planVersions { nodes { parameters { key default } } } }`, nil).At("planVersions", "nodes").V; fmt.Sprint(got) != "[map[parameters:[map[default:0.05 key:RATE] map[default:<nil> key:CAP]]]]" {
		t.Errorf("Ann's plan declares %v", got)
	}
}

// TestParametersMarkWhomTheyConcern reads the marks that nobody works off: on
// which days whose earnings may change.
func TestParametersMarkWhomTheyConcern(t *testing.T) {
	t.Parallel()
	f := firmIn(t, harness.NewIdle(t))
	plan := f.declaring("P", f.measure("ARR"))
	marks := func() []string {
		t.Helper()
		out := f.Strings(`WITH gone AS (DELETE FROM dirty RETURNING payee_id, from_date, to_date)
			SELECT coalesce((SELECT p.external_id FROM payee p WHERE p.id = g.payee_id LIMIT 1), 'all') || ' ' || from_date || ' ' || to_date FROM gone g ORDER BY 1`)
		return slices.Compact(out)
	}
	marks()
	set := func(field, holder, start, end, amount string, want ...string) {
		t.Helper()
		f.do(setParameters, vars{"v": []vars{value(plan, "RATE", field, holder, start, end, amount)}})
		harness.Same(t, fmt.Sprint(field, " from ", start, " to ", end, ": ", amount), marks(), want...)
	}
	ann := f.ann.String()
	set("", "", "2026-01-01", "2026-12-31", "1", "all 2026-01-01 2027-01-01")
	set("titleId", f.ae, "2026-02-01", "2026-02-28", "1", "all 2026-02-01 2026-03-01")
	set("positionId", f.seatB, "2026-03-01", "2026-03-31", "1", "bob 2026-03-01 2026-04-01")
	set("payeeId", ann, "2026-01-01", "", "1", "ann 2026-01-01 9999-12-31")
	set("payeeId", ann, "2026-01-01", "", "1.00")
	set("payeeId", ann, "2026-04-01", "", "2", "ann 2026-04-01 9999-12-31")
	set("payeeId", ann, "2026-04-01", "2026-06-30", "2", "ann 2026-07-01 9999-12-31")
	set("payeeId", ann, "2026-04-01", "2026-05-31", "3", "ann 2026-04-01 2026-07-01")
	row := f.do(`query($p: ID!) { parameterValues(where: {payeeId: {eq: $p}}, last: 1) { nodes { id version } } }`, vars{"p": ann}).At("parameterValues", "nodes", 0)
	f.do(removeParameter, vars{"id": row.String("id"), "v": row.At("version").V})
	harness.Same(t, "removed", marks(), "ann 2026-04-01 2026-06-01")
}

// TestParametersOfThePast reads what was known before a change.
func TestParametersOfThePast(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.declaring("P", f.measure("ARR"))
	f.do(setParameters, vars{"v": []vars{value(plan, "RATE", "", "", "2026-01-01", "", "1")}})
	before := f.do(`query { parameterValues { nodes { value } } }`, nil)
	at := time.Now().UTC().Format(time.RFC3339Nano)
	f.do(setParameters, vars{"v": []vars{value(plan, "RATE", "", "", "2026-01-01", "", "2")}})
	past := f.do(`query($at: DateTime) { parameterValues(asOf: $at) { nodes { value } } }`, vars{"at": at})
	if fmt.Sprint(before.V) != fmt.Sprint(past.V) || past.String("parameterValues", "nodes", 0, "value") != "1" {
		t.Errorf("before %v, now as of then %v", before.V, past.V)
	}
	kinds := f.Strings("SELECT kind || ' ' || operation FROM change WHERE object_kind = 'parametervalue' ORDER BY xid")
	harness.Same(t, "the change stream", kinds, "CREATE setParameterValues", "UPDATE setParameterValues")
}

// TestParametersPay sells 1,000 each of Ann and Bob in January and in February,
// under a plan that pays the measure times its parameter.
func TestParametersPay(t *testing.T) {
	t.Parallel()
	s := newSmall(harness.New(t))
	h := s.h
	plan := h.Do(h.Admin(), `mutation { createPlan(input: {externalId: "FORMULA", name: "Formula"}) { plan { id } userErrors { message } } }`, nil).String("createPlan", "plan", "id")
	publish(h, plan, s.calendar, []any{row{"key": "formula", "measureId": s.own, "payout": "MONTH", "rateKind": "FORMULA", "formula": "measure * parameter('factor')"}}, row{"titleId": s.repTitle})
	record(h, []row{s.sell("ann", "2017-01-10", "1000"), s.sell("bob", "2017-01-10", "1000"), s.sell("ann", "2017-02-10", "1000"), s.sell("bob", "2017-02-10", "1000")}, 4)
	pays := func(what string, want ...string) {
		t.Helper()
		h.Settle()
		var got []string
		rows := h.Do(h.Admin(), `{ earnings(where: {componentKey: {eq: "formula"}, periodStart: {lt: "2017-03-01"}}, first: 250) { nodes { payee { externalId } period { name startDate } amount { amount } why } } }`, nil)
		for _, e := range rows.List("earnings", "nodes") {
			amount := e.String("amount", "amount")
			if why := e.String("why"); why != "PAID" {
				amount = why
			}
			got = append(got, e.String("period", "startDate")[5:7]+" "+e.String("payee", "externalId")+" "+amount)
		}
		slices.Sort(got)
		harness.Same(t, what, got, want...)
	}
	set := func(field, holder, start, end, amount string) harness.Value {
		t.Helper()
		return h.Do(h.Admin(), setParameters, vars{"v": []vars{value(plan, "factor", field, holder, start, end, amount)}}).At("setParameterValues", "parameterValues", 0)
	}
	pays("without a value or default", "01 ann PROBLEM", "01 bob PROBLEM", "02 ann PROBLEM", "02 bob PROBLEM")
	set("", "", "2017-01-01", "", "0.1")
	pays("the plan's", "01 ann 100.00", "01 bob 100.00", "02 ann 100.00", "02 bob 100.00")
	set("titleId", s.repTitle, "2017-02-01", "", "0.2")
	pays("the title's from February on", "01 ann 100.00", "01 bob 100.00", "02 ann 200.00", "02 bob 200.00")
	set("positionId", s.positions["ann"], "2017-01-01", "2017-02-28", "0.3")
	pays("the position's", "01 ann 300.00", "01 bob 100.00", "02 ann 300.00", "02 bob 200.00")
	anns := set("payeeId", s.payees["ann"].String(), "2017-01-31", "2017-01-31", "0.4")
	set("payeeId", s.payees["bob"].String(), "2017-01-01", "2017-01-30", "0.5")
	pays("the payee's, on the last day", "01 ann 400.00", "01 bob 100.00", "02 ann 300.00", "02 bob 200.00")
	h.Do(h.Admin(), removeParameter, vars{"id": anns.String("id"), "v": 1})
	set("positionId", s.positions["ann"], "2017-01-01", "2017-01-31", "0.3")
	pays("removed and shortened", "01 ann 300.00", "01 bob 100.00", "02 ann 200.00", "02 bob 200.00")
	if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("these laws are broken: %v, %v", found, err)
	}
}
