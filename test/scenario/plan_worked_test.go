package scenario

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const testPlanVersion = `query($id: ID!) { testPlanVersion(id: $id) { passed planVersion { number } tests { name passed failure expectations {
	period component expected { amount currency } actual { amount } difference { amount } attainment why passed text } } } }`

//go:embed testdata/worked_test.yaml
var worked string // a plan version with tests of everything that one may say

// workedFirm has what the version of worked points at.
func workedFirm(t *testing.T) *firm {
	t.Helper()
	f := newFirm(t)
	f.measure("ARR")
	f.do(createMeasure, vars{"i": vars{"key": "CSAT", "name": "CSAT", "source": "VALUES", "aggregation": "LAST"}})
	f.rateTable("ACCELERATOR", tiers("2026-01-01", vars{"from": "0", "to": "1", "cell": "0.05"}, vars{"from": "1", "cell": "0.08"}))
	f.do(`mutation { setFXRates(input: {rates: [{fromCurrency: "EUR", toCurrency: "USD", date: "2026-01-01", rate: "1.1"}]}) { userErrors { message } } }`, nil)
	return f
}

func TestWorkedTestsOfAPlan(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	made := f.imported(worked).At("planVersion")
	id := made.String("id")
	text := made.String("text")
	content, tests, _ := strings.Cut(worked, "tests:\n")
	if !strings.HasPrefix(text, content) || !strings.Contains(text, tests) {
		t.Errorf("the text is\n%s", text)
	}
	report := f.do(testPlanVersion, vars{"id": id}).At("testPlanVersion")
	for _, test := range report.List("tests") {
		for _, e := range test.List("expectations") {
			if e.At("passed").V != true {
				t.Errorf("%s: %v", test.String("name"), e.V)
			}
		}
		if test.At("passed").V != true {
			t.Errorf("%s does not pass: %v", test.String("name"), test.At("failure").V)
		}
	}
	if report.At("passed").V != true || len(report.List("tests")) != 5 {
		t.Errorf("reported %v", report.At("passed").V)
	}
	how := report.String("tests", 0, "expectations", 0, "text")
	for _, part := range []string{": 6600 EUR", "of 100000 at 0.05: 5000 EUR", "of 20000 at 0.08: 1600 EUR"} {
		if !strings.Contains(how, part) {
			t.Errorf("%q does not stand in\n%s", part, how)
		}
	}
	if rows := f.do(`{ payees { totalCount } credits { totalCount } earnings { totalCount } }`, nil); rows.At("payees", "totalCount").V != 4.0 || rows.At("credits", "totalCount").V != 0.0 {
		t.Errorf("testing wrote something: %v", rows.V)
	}
	t.Run("through fields it is the same content", func(t *testing.T) {
		read := f.do(`query($id: ID!) { node(id: $id) { ... on PlanVersion { contentHash startDate currency tests { name startDate payCurrency title { id } attributes { name value } statuses { startDate status } target
			quotas { measure { id } period amount } parameters { key value } values { measure { id } date value }
			facts { id date amount currency quantity kind product order reverses creditType { key } creditKind level attributes { name value } } expect { period component amount attainment why } } } } }`, vars{"id": id}).At("node")
		if fact := read.At("tests", 1, "facts", 1); fact.String("reverses") != "S1" || fact.String("creditKind") != "DIRECT" || fact.At("currency").V != nil {
			t.Errorf("read as %v", fact.V)
		}
		test := vars{"name": "given in fields", "quotas": []vars{{"measureId": read.String("tests", 0, "quotas", 0, "measure", "id"), "period": "2026-Q1", "amount": "100000.00"}},
			"facts": []vars{{"id": "S1", "date": "2026-02-01", "amount": "120000.0"}}, "expect": []vars{{"period": "2026-Q1", "component": "commission", "amount": "6600.00"}}}
		changed := f.do(updatePlanVersion, vars{"i": vars{"id": id, "ifVersion": 1, "tests": []vars{test}}}).At("updatePlanVersion", "planVersion")
		if changed.String("contentHash") == read.String("contentHash") {
			t.Error("the tests are not in the hash")
		}
		if !strings.Contains(f.text(id), "- {period: 2026-Q1, component: commission, amount: 6600}") {
			t.Errorf("the text is\n%s", f.text(id))
		}
		if got := f.do(testPlanVersion, vars{"id": id}).At("testPlanVersion"); got.At("passed").V != true {
			t.Errorf("it comes to %v", got.V)
		}
	})
}

func TestAPlanThatFailsItsTestIsNotPublished(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	failing := strings.Replace(strings.Replace(worked, "amount: 6600", "amount: 6500", 1), "attainment: 0.9", "attainment: 0.91", 1)
	failing = strings.Replace(failing, "name: Half a quarter\n    startDate: 2026-02-15\n    quotas:\n      - {measure: ARR, period: 2026-Q1, amount: 100000}", "name: Half a quarter\n    quotas:\n      - {measure: ARR, period: 2031-Q1, amount: 100000}", 1)
	failing = strings.Replace(failing, "component: hardware, amount: 11}", "component: commission, amount: 11}", 1)
	id := f.imported(failing).String("planVersion", "id")
	report := f.do(testPlanVersion, vars{"id": id}).At("testPlanVersion")
	if first := report.At("tests", 0, "expectations", 0); report.At("passed").V != false || first.String("difference", "amount") != "100.00" || first.String("actual", "amount") != "6600.00" {
		t.Errorf("reported %v", report.V)
	}
	if failure := report.String("tests", 4, "failure"); !strings.Contains(failure, "2031-Q1") {
		t.Errorf("failed for %s", failure)
	}
	f.do(step("submitPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 1}})
	f.Do(f.approver(), step("approvePlanVersion"), vars{"i": vars{"id": id, "ifVersion": 2}})
	errs, payload := f.refused(f.approver(), step("publishPlanVersion"), vars{"i": vars{"id": id, "ifVersion": 3}})
	harness.Same(t, "publishing", errs, "input.id.tests.0.expect.0 PLAN_TEST_FAILED", "input.id.tests.1.expect.0 PLAN_TEST_FAILED", "input.id.tests.2.expect.0 PLAN_TEST_FAILED", "input.id.tests.4 PLAN_TEST_FAILED")
	if got := payload["planVersion"].(map[string]any)["state"]; got != "APPROVED" {
		t.Errorf("it is %v", got)
	}
	var messages []string
	for _, e := range payload["userErrors"].([]any) {
		messages = append(messages, e.(map[string]any)["message"].(string))
	}
	for _, want := range []string{
		"the test Above quota the rate is 8% expects 6500.00 EUR of commission in 2026-Q1, and it comes to 6600.00 EUR",
		"the test A return takes back expects another attainment or reason of commission in 2026-Q1",
		"the test Conditions read the fact expects 11.00 USD of commission in 2026-01, and it comes to nothing",
	} {
		if !slices.Contains(messages, want) {
			t.Errorf("%q is not among %q", want, messages)
		}
	}
}

func TestWorkedTestsThatAreRefused(t *testing.T) {
	t.Parallel()
	f := workedFirm(t)
	refused := func(text string, want ...string) {
		t.Helper()
		errs, _ := f.refused(f.admin, importPlanVersion, vars{"i": vars{"text": text}})
		harness.Same(t, "refused", errs, want...)
	}
	refused(strings.Replace(worked, "reverses: S1", "reverses: S9", 1), "input.text.tests.1.facts.1.reverses NOT_FOUND")
	refused(strings.Replace(worked, "id: R1", "id: S1", 1), "input.text.tests.1.facts.1.id DUPLICATE_INPUT")
	refused(strings.Replace(worked, "component: csat", "component: none", 1), "input.text.tests.3.expect.0.component INVALID")
	refused(strings.Replace(worked, "- key: kicker\n        value", "- key: none\n        value", 1), "input.text.tests.3.parameters.0.key INVALID")
	refused(strings.Replace(worked, "title: AE\n", "title: XX\n", 1), "input.text.tests.3.title NOT_FOUND")
	refused(strings.Replace(worked, "name: A return takes back", "name: Half a quarter", 1), "input.text.tests.4.name DUPLICATE_INPUT")
	unexpecting, _, _ := strings.Cut(worked, "    expect:\n      - {period: 2026-Q1, component: commission, amount: 2500")
	refused(unexpecting, "input.text.tests.4.expect REQUIRED")
	many := worked
	for i := range 50 {
		many += fmt.Sprintf("  - {name: T%d, expect: [{period: 2026-Q1, component: csat, amount: 0}]}\n", i)
	}
	refused(many, "input.text.tests TOO_MANY")
	var rows strings.Builder
	for range 201 {
		rows.WriteString("      - {date: 2026-03-01, amount: 1}\n")
	}
	refused(strings.Replace(worked, "      - {date: 2026-03-01, amount: 50000}\n", rows.String(), 1), "input.text.tests.4.facts TOO_MANY")
	id := f.imported(worked).String("planVersion", "id")
	for name, token := range map[string]string{"a rep": f.Token(&f.ann, model.RoleRep), "a manager": f.Token(&f.eve, model.RoleManager), "another tenant": f.Beside("other").Admin()} {
		if got := f.Do(token, testPlanVersion, vars{"id": id}).At("testPlanVersion").V; got != nil {
			t.Errorf("%s tests a draft: %v", name, got)
		}
	}
	f.forbidden(f.Token(nil, model.RoleSalesOps), testPlanVersion, vars{"id": id})
}
