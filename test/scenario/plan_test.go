package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const (
	versionFields     = `planVersion { id version state number startDate endDate contentHash } userErrors { path code message }`
	createPlan        = `mutation($i: CreatePlanInput!) { createPlan(input: $i) { plan { id name } userErrors { path code } } }`
	createPlanVersion = `mutation($i: CreatePlanVersionInput!) { createPlanVersion(input: $i) { ` + versionFields + ` } }`
	updatePlanVersion = `mutation($i: UpdatePlanVersionInput!) { updatePlanVersion(input: $i) { ` + versionFields + ` } }`
)

// step gives the document that moves a plan version on.
func step(name string) string {
	kind := strings.ToUpper(name[:1]) + name[1:]
	return fmt.Sprintf(`mutation($i: %sInput!) { %s(input: $i) { %s } }`, kind, name, versionFields)
}

func (f *firm) plan(key string) string {
	f.tb.Helper()
	return f.do(createPlan, vars{"i": vars{"externalId": key, "name": key}}).String("createPlan", "plan", "id")
}

// draft gives a plan version to create, with a flat component.
func (f *firm) draft(plan string, number int, start string, measure string) vars {
	return vars{"planId": plan, "number": number, "startDate": start, "currency": "USD", "calendarId": f.calendar, "components": []vars{
		{"key": "BASE", "measureId": measure, "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": "0.04"},
	}}
}

// approver is somebody else than the admin.
func (f *firm) approver() string { return f.Token(nil, model.RoleFinance) }

// published creates, submits, approves and publishes a plan version.
func (f *firm) published(draft vars) string {
	f.tb.Helper()
	id := f.do(createPlanVersion, vars{"i": draft}).String("createPlanVersion", "planVersion", "id")
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
	f.Do(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
	return id
}

func TestPlanVersionContent(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, arr := f.plan("AE26"), f.measure("ARR")
	table := f.rateTable("T", tiers("2026-01-01", vars{"to": "1", "cell": "0.04"}, vars{"from": "1", "cell": "0.06"}))
	full := vars{"planId": plan, "number": 1, "startDate": "2026-01-01", "endDate": "2026-12-31", "currency": "EUR", "calendarId": f.calendar,
		"rules": vars{"roundMode": "HALF_EVEN", "roundScale": 4},
		"components": []vars{
			{"key": "BASE", "name": "Base", "measureId": arr, "condition": `kind == "BOOKING"`, "payout": "QUARTER", "rateKind": "TIERED", "rateTableId": table, "tierMode": "MARGINAL", "earningCode": "C100"},
			{"key": "BONUS", "measureId": arr, "payout": "YEAR", "rateKind": "BONUS", "bonus": []vars{{"at": "1.10", "amount": "1500.00"}}, "bonusLevels": "EACH", "restart": true},
		}}
	id := f.do(createPlanVersion, vars{"i": full}).String("createPlanVersion", "planVersion", "id")

	t.Run("each choice is there, with its default", func(t *testing.T) {
		v := f.do(`query($id: ID!) { node(id: $id) { ... on PlanVersion { number state startDate endDate currency plan { externalId } calendar { externalId } author { name } approver { name }
			rules { format roundStage roundMode roundScale fxCreditToPlan fxPlanToPay returns continuity quotaProration targetProration bonusProration quotaChange quotaBasis quotaCarry negativePay }
			components { key name measure { key } condition payout rateKind rate rateTable { key } tierMode bonus { at amount } bonusLevels earningCode restart } } } }`, vars{"id": id}).At("node")
		want := "map[bonusProration:DAYS continuity:ASSIGNMENT format:1 fxCreditToPlan:EVENT fxPlanToPay:EVENT negativePay:CARRIED quotaBasis:WINDOW quotaCarry:NONE quotaChange:LAST_DAY quotaProration:DAYS returns:NEGATIVE_CREDIT roundMode:HALF_EVEN roundScale:4 roundStage:COMPONENT targetProration:DAYS]"
		if got := fmt.Sprint(v.At("rules").V); got != want {
			t.Errorf("rules\n%s, want\n%s", got, want)
		}
		want = `[map[bonus:[] bonusLevels:<nil> condition:kind == "BOOKING" earningCode:C100 key:BASE measure:map[key:ARR] name:Base payout:QUARTER rate:<nil> rateKind:TIERED rateTable:map[key:T] restart:false tierMode:MARGINAL] ` +
			`map[bonus:[map[amount:1500 at:1.1]] bonusLevels:EACH condition: earningCode:BONUS key:BONUS measure:map[key:ARR] name:BONUS payout:YEAR rate:<nil> rateKind:BONUS rateTable:<nil> restart:true tierMode:<nil>]]`
		if got := fmt.Sprint(v.At("components").V); got != want {
			t.Errorf("components\n%s, want\n%s", got, want)
		}
		if v.String("author", "name") != "Admin" || v.At("approver").V != nil || v.String("endDate") != "2026-12-31" || v.String("currency") != "EUR" {
			t.Errorf("the version is %v", v.V)
		}
	})
	t.Run("equal content has one hash, other content another", func(t *testing.T) {
		hash := func(number int, amount, condition string) string {
			full["number"] = number
			full["components"].([]vars)[1]["bonus"] = []vars{{"at": "1.1", "amount": amount}}
			full["components"].([]vars)[0]["condition"] = condition
			return f.do(createPlanVersion, vars{"i": full}).String("createPlanVersion", "planVersion", "contentHash")
		}
		a, b, c, d := hash(2, "1500.0", ""), hash(3, "1500", ""), hash(4, "1501", ""), hash(5, "1500", "quantity > 1")
		if len(a) != 64 || a != b || a == c || a == d {
			t.Errorf("hashes %s %s %s %s", a, b, c, d)
		}
	})
	t.Run("what is wrong is told at its place, all at once", func(t *testing.T) {
		bad := vars{"planId": arr, "startDate": "2026-02-01", "endDate": "2026-01-31", "currency": "USD", "calendarId": arr, "rules": vars{"roundScale": 11},
			"components": []vars{
				{"key": "A", "measureId": plan, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "condition": "amount"},
				{"key": "A", "measureId": arr, "payout": "MONTH", "rateKind": "TIERED", "rateTableId": arr, "rate": "1"},
				{"key": "C", "measureId": arr, "payout": "MONTH", "rateKind": "BONUS", "bonusLevels": "EACH", "earningCode": "", "bonus": []vars{{"at": "1", "amount": "1"}, {"at": "1", "amount": "2"}}},
			}}
		errs, _ := f.refused(f.admin, createPlanVersion, vars{"i": bad})
		harness.Same(t, "errors", errs, "input.planId NOT_FOUND", "input.number REQUIRED", "input.endDate INVALID", "input.calendarId NOT_FOUND", "input.rules.roundScale INVALID",
			"input.components.0.measureId NOT_FOUND", "input.components.0.condition EXPRESSION", "input.components.0.rate REQUIRED",
			"input.components.1.key DUPLICATE_INPUT", "input.components.1.rateTableId NOT_FOUND", "input.components.1.rate INVALID", "input.components.1.tierMode REQUIRED",
			"input.components.2.earningCode REQUIRED", "input.components.2.bonus.1.at INVALID")
		errs, _ = f.refused(f.admin, createPlanVersion, vars{"i": f.draft(plan, 1, "2026-01-01", arr)})
		harness.Same(t, "twice", errs, "input.number TAKEN")
		errs, _ = f.refused(f.admin, createPlan, vars{"i": vars{"externalId": "AE26", "name": "again"}})
		harness.Same(t, "twice", errs, "input.externalId TAKEN")
	})
	t.Run("without a number it is the next, sent twice it is one", func(t *testing.T) {
		next := f.draft(plan, 0, "2026-01-01", arr)
		delete(next, "number")
		first := f.Post(f.admin, createPlanVersion, vars{"i": next}, "Idempotency-Key", "next")
		second := f.Post(f.admin, createPlanVersion, vars{"i": next}, "Idempotency-Key", "next")
		if !strings.Contains(string(first.Data), `"number":6`) || string(first.Data) != string(second.Data) {
			t.Errorf("answered %s, then %s", first.Data, second.Data)
		}
	})
	t.Run("a draft is rewritten", func(t *testing.T) {
		changed := f.do(updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": 1, "endDate": nil, "components": full["components"], "rules": nil}}).At("updatePlanVersion", "planVersion")
		if changed.At("endDate").V != nil || changed.String("startDate") != "2026-01-01" {
			t.Errorf("changed to %v", changed.V)
		}
		errs, payload := f.refused(f.admin, updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": 1, "currency": "USD"}})
		harness.Same(t, "conflict", errs, "input.ifVersion CONFLICT")
		if payload["planVersion"] == nil {
			t.Error("the conflict shows nothing")
		}
		errs, _ = f.refused(f.admin, updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": 2, "currency": nil, "startDate": nil, "calendarId": plan}})
		harness.Same(t, "errors", errs, "input.startDate REQUIRED", "input.currency REQUIRED", "input.calendarId NOT_FOUND")
	})
	f.plan("BB")
	f.plan("CC")
	f.pages(f.admin, "plans", "externalId", "AE26", "BB", "CC")
	var numbers []string
	for _, v := range f.do(`query($p: ID!) { planVersions(where: {planId: {eq: $p}, states: [DRAFT]}) { nodes { id number } } }`, vars{"p": plan}).List("planVersions", "nodes") {
		numbers = append(numbers, fmt.Sprint(v.At("number").V))
	}
	harness.Same(t, "numbers", numbers, "1", "2", "3", "4", "5", "6")
}

func TestPlanVersionLife(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, arr := f.plan("AE26"), f.measure("ARR")
	other := f.approver()
	id := f.do(createPlanVersion, vars{"i": f.draft(plan, 1, "2026-01-01", arr)}).String("createPlanVersion", "planVersion", "id")
	at := 1
	move := func(token, name string, more vars) string {
		t.Helper()
		input := vars{"id": id, "ifVersion": at}
		maps.Copy(input, more)
		at++
		return f.Do(token, step(name), vars{"i": input}).String(name, "planVersion", "state")
	}
	refused := func(token, name string, more vars, want ...string) {
		t.Helper()
		input := vars{"id": id, "ifVersion": at}
		maps.Copy(input, more)
		errs, payload := f.refused(token, step(name), vars{"i": input})
		harness.Same(t, name, errs, want...)
		if payload["planVersion"] == nil {
			t.Errorf("%s does not show the plan version", name)
		}
	}

	for _, name := range []string{"approvePlanVersion", "publishPlanVersion"} {
		refused(other, name, nil, "input.id INVALID_STATE")
	}
	refused(other, "returnPlanVersion", vars{"reason": "x"}, "input.id INVALID_STATE")
	refused(other, "retirePlanVersion", vars{"endDate": "2026-06-30"}, "input.id INVALID_STATE")
	f.forbidden(other, step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})

	states := []string{move(f.admin, "submitPlanVersion", nil)}
	errs, _ := f.refused(f.admin, updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": at, "currency": "EUR"}})
	harness.Same(t, "a submitted one is not rewritten", errs, "input.id INVALID_STATE")
	refused(f.admin, "approvePlanVersion", nil, "input.id SAME_PERSON")
	refused(other, "returnPlanVersion", vars{"reason": ""}, "input.reason REQUIRED")
	states = append(states, move(other, "returnPlanVersion", vars{"reason": "the rate is too low"}))
	states = append(states, move(f.admin, "submitPlanVersion", nil), move(other, "approvePlanVersion", nil))
	states = append(states, move(other, "returnPlanVersion", vars{"reason": "wait"}), move(f.admin, "submitPlanVersion", nil), move(other, "approvePlanVersion", nil))
	at--
	refused(other, "publishPlanVersion", nil, "input.ifVersion CONFLICT")
	at++
	states = append(states, move(other, "publishPlanVersion", nil))
	errs, _ = f.refused(f.admin, updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": at, "components": []vars{}}})
	harness.Same(t, "a published one is not rewritten", errs, "input.id INVALID_STATE")
	refused(other, "retirePlanVersion", vars{"endDate": "2025-12-30"}, "input.endDate INVALID")
	states = append(states, move(other, "retirePlanVersion", vars{"endDate": "2026-06-30"}))
	harness.Same(t, "states", states, "IN_REVIEW", "DRAFT", "IN_REVIEW", "APPROVED", "DRAFT", "IN_REVIEW", "APPROVED", "PUBLISHED", "RETIRED")
	end := f.do(`query($id: ID!) { node(id: $id) { ... on PlanVersion { endDate author { name } approver { name } } } }`, vars{"id": id}).At("node")
	if end.String("endDate") != "2026-06-30" || end.String("author", "name") != "Admin" || end.At("approver").V == nil {
		t.Errorf("retired as %v", end.V)
	}

	t.Run("one person under two users is one person", func(t *testing.T) {
		writes, approves := f.Token(&f.eve, model.RoleCompAdmin), f.Token(&f.eve, model.RoleFinance)
		id = f.Do(writes, createPlanVersion, vars{"i": f.draft(plan, 2, "2027-01-01", arr)}).String("createPlanVersion", "planVersion", "id")
		at = 1
		move(f.admin, "submitPlanVersion", nil)
		refused(approves, "approvePlanVersion", nil, "input.id SAME_PERSON")
		move(f.admin, "approvePlanVersion", nil)
	})
	t.Run("an empty draft is not submitted", func(t *testing.T) {
		empty := f.draft(plan, 3, "2027-01-01", arr)
		empty["components"] = []vars{}
		id, at = f.do(createPlanVersion, vars{"i": empty}).String("createPlanVersion", "planVersion", "id"), 1
		refused(f.admin, "submitPlanVersion", nil, "input.id.components REQUIRED")
	})
}

func TestPublishing(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, arr := f.plan("AE26"), f.measure("ARR")
	approved := func(draft vars) string {
		t.Helper()
		id := f.do(createPlanVersion, vars{"i": draft}).String("createPlanVersion", "planVersion", "id")
		f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
		f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
		return id
	}
	publish := strings.Replace(step("publishPlanVersion"), "userErrors", "shortened { id endDate state } userErrors", 1)

	t.Run("what the engine does not have is refused", func(t *testing.T) {
		draft := f.draft(plan, 1, "2026-01-01", arr)
		draft["rules"] = vars{"continuity": "FOLLOW_PAYEE", "quotaCarry": "SHORTFALL"}
		late := f.rateTable("LATE", tiers("2026-02-01", vars{"cell": "0.1"}))
		money := tiers("2026-01-01", vars{"cell": "10"})
		money["cellKind"] = "MONEY"
		draft["components"] = []vars{
			{"key": "A", "measureId": arr, "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.rateTable("MONEY", money)},
			{"key": "B", "measureId": arr, "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": late},
		}
		errs, _ := f.refused(f.approver(), publish, vars{"i": vars{"id": approved(draft), "ifVersion": 3}})
		harness.Same(t, "errors", errs, "input.id.rules.quotaCarry NOT_SUPPORTED",
			"input.id.components.0.rateTableId NOT_SUPPORTED", "input.id.components.1.rateTable INVALID")
	})
	first := f.published(f.draft(plan, 2, "2026-01-01", arr))
	t.Run("a later version ends the open one before it", func(t *testing.T) {
		second := approved(f.draft(plan, 3, "2026-07-01", arr))
		done := f.Do(f.approver(), publish, vars{"i": vars{"id": second, "ifVersion": 3}}).At("publishPlanVersion")
		if got := fmt.Sprint(done.At("shortened").V); got != fmt.Sprintf("map[endDate:2026-06-30 id:%s state:PUBLISHED]", first) {
			t.Errorf("shortened %s", got)
		}
		on := f.do(`query($id: ID!) { node(id: $id) { ... on Plan { a: versionOn(effectiveOn: "2026-06-30") { number } b: versionOn(effectiveOn: "2026-07-01") { number } c: versionOn(effectiveOn: "2025-07-01") { number }
			versions(where: {states: [PUBLISHED]}) { totalCount } } } }`, vars{"id": plan}).At("node")
		if got := fmt.Sprint(on.V); got != "map[a:map[number:2] b:map[number:3] c:<nil> versions:map[totalCount:2]]" {
			t.Errorf("in force are %s", got)
		}
	})
	t.Run("any other overlap is refused", func(t *testing.T) {
		bounded := f.draft(plan, 4, "2026-03-01", arr)
		bounded["endDate"] = "2026-08-31"
		errs, payload := f.refused(f.approver(), publish, vars{"i": vars{"id": approved(bounded), "ifVersion": 3}})
		harness.Same(t, "errors", errs, "input.id.startDate OVERLAP", "input.id.startDate OVERLAP")
		if payload["shortened"] != nil {
			t.Errorf("shortened %v", payload["shortened"])
		}
	})
	t.Run("one retired before it began makes room", func(t *testing.T) {
		f.Do(f.approver(), step("retirePlanVersion"), vars{"i": vars{"id": first, "ifVersion": 5, "endDate": "2025-12-31"}})
		instead := f.draft(plan, 5, "2026-01-01", arr)
		instead["endDate"] = "2026-06-30"
		f.published(instead)
		on := f.do(`query($id: ID!) { node(id: $id) { ... on Plan { versionOn(effectiveOn: "2026-01-01") { number } } } }`, vars{"id": plan})
		if got := on.At("node", "versionOn", "number").V; got != 5.0 {
			t.Errorf("in force is %v", got)
		}
	})
}

// TestWhatWasSubmittedStays goes round service: the database itself refuses.
func TestWhatWasSubmittedStays(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr := f.measure("ARR")
	id, err := model.ParseID(f.published(f.draft(f.plan("P"), 1, "2026-01-01", arr)))
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*model.PlanVersion){
		"other content":      func(v *model.PlanVersion) { v.Components[0].Key = "X" },
		"another day":        func(v *model.PlanVersion) { v.Days.From++ },
		"back to draft":      func(v *model.PlanVersion) { v.State, v.ApproverID = model.VersionDraft, nil },
		"approved by author": func(v *model.PlanVersion) { v.ApproverID = &v.AuthorID },
	} {
		err := f.rewrite(id, change)
		if err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if err := f.rewrite(id, func(v *model.PlanVersion) { v.Days.To = v.Days.From + 30 }); err != nil {
		t.Errorf("an earlier end: %v", err)
	}
	if err := f.rewrite(id, func(v *model.PlanVersion) { v.Days.To += 30 }); err == nil {
		t.Error("a later end was written")
	}
}

func TestPlansAreSeenByWhomTheyConcern(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	arr, other := f.measure("ARR"), f.measure("OTHER")
	table := f.rateTable("T", tiers("2026-01-01", vars{"cell": "0.1"}))
	f.rateTable("UNUSED", tiers("2026-01-01", vars{"cell": "0.2"}))
	assign := func(plan, field, holder, start string) {
		t.Helper()
		f.do(assignPlan, vars{"i": vars{"externalId": plan + field + holder + start, "planId": plan, field: holder, "startDate": start}})
	}
	ae, lead, anns := f.plan("AE"), f.plan("LEAD"), f.plan("ANNS")
	draft := f.draft(ae, 1, "2026-01-01", arr)
	draft["components"] = append(draft["components"].([]vars), vars{"key": "T", "measureId": arr, "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table})
	f.published(draft)
	f.do(createPlanVersion, vars{"i": f.draft(ae, 2, "2027-01-01", other)})
	f.published(f.draft(lead, 1, "2026-01-01", other))
	f.published(f.draft(anns, 1, "2026-01-01", other))
	assign(ae, "titleId", f.ae, "2026-01-01")
	assign(lead, "positionId", f.seatM, "2026-01-01")
	assign(anns, "payeeId", f.ann.String(), "2026-01-01")

	for _, c := range []struct {
		name     string
		token    string
		plans    []string
		versions int
		measures []string
		tables   []string
	}{
		{"Ann", f.Token(&f.ann, model.RoleRep), []string{"AE", "ANNS"}, 2, []string{"ARR", "OTHER"}, []string{"T"}},
		{"Bob", f.Token(&f.bob, model.RoleRep), []string{"AE"}, 1, []string{"ARR"}, []string{"T"}},
		{"Mia", f.Token(&f.mia, model.RoleManager), []string{"AE", "ANNS", "LEAD"}, 3, []string{"ARR", "OTHER"}, []string{"T"}},
		{"Mia as a rep", f.Token(&f.mia, model.RoleRep), []string{"LEAD"}, 1, []string{"OTHER"}, nil},
		{"Eve", f.Token(&f.eve, model.RoleManager), nil, 0, nil, nil},
		{"an auditor", f.Token(nil, model.RoleAuditor), []string{"AE", "ANNS", "LEAD"}, 4, []string{"ARR", "OTHER"}, []string{"T", "UNUSED"}},
	} {
		seen := f.Do(c.token, `{ plans { nodes { id externalId versions { totalCount nodes { components { measure { key } rateTable { key } } } } } } planVersions { totalCount nodes { id } } measures { nodes { key } } rateTables { nodes { key } } }`, nil)
		harness.Same(t, c.name+"'s plans", harness.Texts(seen.List("plans", "nodes"), "externalId"), c.plans...)
		harness.Same(t, c.name+"'s measures", harness.Texts(seen.List("measures", "nodes"), "key"), c.measures...)
		harness.Same(t, c.name+"'s rate tables", harness.Texts(seen.List("rateTables", "nodes"), "key"), c.tables...)
		if n := len(seen.List("planVersions", "nodes")); n != c.versions || seen.At("planVersions", "totalCount").V != float64(n) {
			t.Errorf("%s sees %d versions", c.name, n)
		}
	}
	rep := f.Token(&f.bob, model.RoleRep)
	if got := f.Do(rep, `query($id: ID!) { node(id: $id) { id } }`, vars{"id": anns}).At("node").V; got != nil {
		t.Errorf("Bob sees Ann's plan %v", got)
	}
	f.forbidden(rep, createPlan, vars{"i": vars{"externalId": "x", "name": "x"}})
	f.forbidden(f.Token(nil, model.RoleSalesOps), `{ plans { nodes { id } } }`, nil)
	if !slices.Contains(harness.Texts(f.do(`{ plans { nodes { externalId } } }`, nil).List("plans", "nodes"), "externalId"), "ANNS") {
		t.Error("the admin does not see all plans")
	}
}
