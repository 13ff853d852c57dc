package scenario

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const (
	importPlanVersion = `mutation($i: ImportPlanVersionInput!) { importPlanVersion(input: $i) { written planVersion { id version number state contentHash text plan { externalId name } } userErrors { path code message params { name value } } } }`
	versionText       = `query($id: ID!) { node(id: $id) { ... on PlanVersion { text contentHash version } } }`
)

// text gives a plan version's text.
func (f *firm) text(id string) string {
	f.tb.Helper()
	return f.do(versionText, vars{"id": id}).String("node", "text")
}

// imported imports a text and gives the plan version.
func (f *firm) imported(text string, more ...any) harness.Value {
	f.tb.Helper()
	in := vars{"text": text}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i].(string)] = more[i+1]
	}
	return f.do(importPlanVersion, vars{"i": in}).At("importPlanVersion")
}

// richDraft gives a draft with something of everything that a text can say.
func (f *firm) richDraft(plan string, number int) vars {
	f.tb.Helper()
	arr, csat := f.measure("ARR"), f.measure("CSAT")
	table := f.rateTable("ACCELERATOR", vars{"startDate": "2026-01-01", "dimension": "ATTAINMENT", "cellKind": "RATE", "bounds": "LOWER_INCLUSIVE",
		"rows": []vars{{"from": "0", "to": "1", "cell": "0.05"}, {"from": "1", "cell": "0.08"}}})
	return vars{"planId": plan, "number": number, "startDate": "2026-01-01", "endDate": "2026-12-31", "currency": "EUR", "calendarId": f.calendar,
		"rules": vars{
			"roundMode": "HALF_EVEN", "fxPlanToPay": "PLAN_RATE", "planRates": []vars{{"fromCurrency": "EUR", "toCurrency": "USD", "rate": "1.1000"}},
			"statusPolicy": []vars{{"status": "LEAVE_PAID", "accrues": false, "pays": true, "prorates": true}}, "eligibility": `payeeStatus != "NOTICE"`,
		},
		"parameters": []vars{{"key": "kicker", "name": "Kicker", "default": "1.50"}, {"key": "base"}},
		"components": []vars{
			{"key": "commission", "name": "Commission", "measureId": arr, "condition": `kind == "BOOKING" && quantity != 0`, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP",
				"rateKind": "TIERED", "rateTableId": table, "tierMode": "MARGINAL", "attainmentCap": "2.50", "earningCode": "C100",
				"adjustments": []vars{{"kind": "MULTIPLIER", "name": "Kicker", "condition": "attainment > 1", "factor": "1.10"}, {"kind": "CAP", "name": "Quarterly cap", "amount": "50000.00"}}},
			{"key": "csat", "measureId": csat, "payout": "QUARTER", "rateKind": "BONUS", "bonus": []vars{{"at": "0.9", "amount": "500"}, {"at": "1", "amount": "1000.00"}}, "bonusLevels": "HIGHEST"},
			{"key": "extra", "name": "Extra: 5% \"more\"", "payout": "QUARTER", "rateKind": "FORMULA", "formula": "parameter('kicker') *\n  earningOf('csat')", "startDate": "2026-04-01"},
		},
		"caps": []vars{{"kind": "CAP", "name": "Over the plan", "over": "PLAN", "per": "YEAR", "amount": "100000", "except": []string{"csat"}}},
	}
}

func TestPlanVersionsAsText(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.plan("AE26")
	made := f.do(createPlanVersion, vars{"i": f.richDraft(plan, 1)}).At("createPlanVersion", "planVersion")
	id, hash := made.String("id"), made.String("contentHash")
	text := f.text(id)

	t.Run("it reads well", func(t *testing.T) {
		want, err := os.ReadFile("testdata/rich_plan.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			t.Errorf("the text is\n%s", text)
		}
	})
	t.Run("imported again it changes nothing, in any state", func(t *testing.T) {
		for _, move := range []string{"", "submitPlanVersion"} {
			if move != "" {
				f.do(step(move), vars{"i": vars{"id": id, "ifVersion": 1}})
			}
			again := f.imported(text)
			if again.At("written").V != false || again.String("planVersion", "id") != id || again.String("planVersion", "contentHash") != hash {
				t.Errorf("imported as %v", again.V)
			}
		}
	})
	t.Run("as another number it is the same content", func(t *testing.T) {
		other := strings.Replace(text, "number: 1\n", "number: 7\n", 1)
		for i, written := range []bool{true, false} {
			seventh := f.imported(other)
			if seventh.At("written").V != written || seventh.String("planVersion", "contentHash") != hash || seventh.String("planVersion", "text") != other || seventh.At("planVersion", "number").V != 7.0 {
				t.Errorf("import %d gave %v", i, seventh.V)
			}
		}
	})
	t.Run("without a number it is the next one, once", func(t *testing.T) {
		next := strings.Replace(strings.Replace(text, "number: 1\n", "", 1), "startDate: 2026-01-01", "startDate: 2026-02-01", 1)
		next, _, _ = strings.Cut(next, "rateTables:")
		first, second := f.imported(next), f.imported(next)
		if first.At("planVersion", "number").V != 8.0 || second.String("planVersion", "id") != first.String("planVersion", "id") || second.At("written").V != false {
			t.Errorf("imported as %v, then %v", first.V, second.V)
		}
		changed := strings.Replace(next, "amount: 50000", "amount: 60000", 1)
		errs, payload := f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": changed}})
		harness.Same(t, "without ifVersion", errs, "input.ifVersion REQUIRED")
		if payload["planVersion"] == nil {
			t.Error("the draft that stands there is not shown")
		}
		errs, _ = f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": changed, "ifVersion": 9}})
		harness.Same(t, "another version", errs, "input.ifVersion CONFLICT")
		third := f.imported(changed, "ifVersion", 1)
		if third.At("planVersion", "version").V != 2.0 || !strings.Contains(third.String("planVersion", "text"), "amount: 60000") || third.String("planVersion", "id") != first.String("planVersion", "id") {
			t.Errorf("rewritten as %v", third.V)
		}
	})
	t.Run("the text of the documentation is taken as it stands", func(t *testing.T) {
		shown, err := os.ReadFile("testdata/ae_2026.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if got := f.imported(string(shown)); got.String("planVersion", "text") != string(shown) {
			t.Errorf("it reads back as\n%s", got.String("planVersion", "text"))
		}
	})
	t.Run("a plan that is not there is made", func(t *testing.T) {
		fresh := strings.Replace(strings.Replace(text, "plan: AE26", "plan: SDR", 1), "name: AE26", "name: Development", 1)
		got := f.imported(fresh)
		if got.String("planVersion", "plan", "name") != "Development" || got.String("planVersion", "contentHash") != hash || got.String("planVersion", "text") != fresh {
			t.Errorf("imported as %v", got.V)
		}
		into := f.imported(fresh, "planId", f.plan("COPY"))
		if into.String("planVersion", "plan", "externalId") != "COPY" || into.String("planVersion", "contentHash") != hash {
			t.Errorf("copied as %v", into.V)
		}
	})
}

func TestTextsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan := f.plan("AE26")
	id := f.do(createPlanVersion, vars{"i": f.richDraft(plan, 1)}).String("createPlanVersion", "planVersion", "id")
	text := f.text(id)
	for _, c := range []struct{ name, old, new, want string }{
		{"an unknown key", "tierMode", "tiermode", "input.text.components.0 INVALID 31"},
		{"a measure that is not there", "measure: ARR", "measure: NONE", "input.text.components.0.measure NOT_FOUND 24"},
		{"an expression", "attainment > 1", "attainment >", "input.text.components.0.adjustments.0.condition EXPRESSION 34"},
		{"a choice of another kind", "    tierMode: MARGINAL\n", "", "input.text.components.0.tierMode REQUIRED 22"},
		{"two components of a key", "key: csat", "key: commission", "input.text.components.1.key DUPLICATE_INPUT 37,input.text.components.2 INVALID 45,input.text.caps.0.except.0 INVALID 54"},
		{"an end before the start", "2026-12-31", "2025-12-31", "input.text.endDate INVALID 5"},
		{"a calendar that is not there", "calendar: FY", "calendar: XX", "input.text.calendar NOT_FOUND 7"},
		{"a rate that is stated wrongly", "from: EUR", "from: USD", "input.text.rules.planRates.0.to INVALID 12,input.text.rules.planRates REQUIRED 11"},
		{"a plan that is called otherwise", "name: AE26", "name: Other", "input.text.name INVALID 2"},
		{"an anchor", "plan: AE26", "plan: &p AE26", "input.text INVALID 1"},
		{"a number that is none", "number: 1", "number: 0", "input.text.number INVALID 3"},
		{"other rates than are paid", "cell: 0.08", "cell: 0.09", "input.text.rateTables.0 INVALID 56"},
	} {
		_, payload := f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": strings.Replace(text, c.old, c.new, 1), "ifVersion": 1}})
		var got []string
		for _, e := range payload["userErrors"].([]any) {
			own := e.(map[string]any)
			line := ""
			for _, p := range own["params"].([]any) {
				if p.(map[string]any)["name"] == "textLine" {
					line = p.(map[string]any)["value"].(string)
				}
			}
			var path []string
			for _, step := range own["path"].([]any) {
				path = append(path, step.(string))
			}
			got = append(got, fmt.Sprintf("%s %s %s", strings.Join(path, "."), own["code"], line))
		}
		if strings.Join(got, ",") != c.want {
			t.Errorf("%s is refused as %s, want %s\n%v", c.name, strings.Join(got, ","), c.want, payload["userErrors"])
		}
	}
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	errs, payload := f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": strings.Replace(text, "amount: 500}", "amount: 501}", 1), "ifVersion": 2}})
	harness.Same(t, "one that is submitted", errs, "input.text.number INVALID_STATE")
	if payload["planVersion"] == nil {
		t.Error("the version that stands there is not shown")
	}
	errs, _ = f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": text, "planId": f.calendar}})
	harness.Same(t, "no such plan", errs, "input.planId NOT_FOUND")
}

func TestWhoMayImportAndReadTexts(t *testing.T) {
	t.Parallel()
	f := newFirm(t)
	plan, secret := f.plan("AE"), f.plan("SECRET")
	draft := f.richDraft(plan, 1)
	draft["components"] = append(draft["components"].([]vars), vars{"key": "over", "payout": "QUARTER", "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS",
		"overrideLevels": []vars{{"level": 1, "rate": "0.1"}}, "sources": []vars{{"planId": secret, "componentKey": "base"}}})
	id := f.published(draft)
	f.do(assignPlan, vars{"i": vars{"externalId": "a", "planId": plan, "payeeId": f.ann.String(), "startDate": "2026-01-01"}})
	whole := f.text(id)
	if !strings.Contains(whole, "- {plan: SECRET, component: base}") {
		t.Errorf("the text is\n%s", whole)
	}
	for _, c := range []struct {
		name  string
		token string
		want  string
	}{
		{"Ann", f.Token(&f.ann, model.RoleRep), strings.Replace(whole, "plan: SECRET", "plan: '(not yours to see)'", 1)},
		{"Ann's manager", f.Token(&f.mia, model.RoleManager), strings.Replace(whole, "plan: SECRET", "plan: '(not yours to see)'", 1)},
		{"an auditor", f.Token(nil, model.RoleAuditor), whole},
		{"Bob", f.Token(&f.bob, model.RoleRep), ""},
		{"another manager", f.Token(&f.eve, model.RoleManager), ""},
		{"another tenant", f.Beside("other").Admin(), ""},
	} {
		got := ""
		if seen := f.Do(c.token, versionText, vars{"id": id}).At("node"); seen.V != nil {
			got = seen.String("text")
		}
		if got != c.want {
			t.Errorf("%s reads\n%s", c.name, got)
		}
		if c.name != "another tenant" {
			f.forbidden(c.token, importPlanVersion, vars{"i": vars{"text": whole}})
		}
	}
	other := f.Beside("third")
	errs, _ := f.refused(other.Admin(), importPlanVersion, vars{"i": vars{"text": whole}})
	harness.Same(t, "another tenant has none of it", errs, "input.text.calendar NOT_FOUND", "input.text.components.0.measure NOT_FOUND", "input.text.components.0.rateTable NOT_FOUND",
		"input.text.components.1.measure NOT_FOUND", "input.text.components.3.sources.0.plan NOT_FOUND")
}
