package service

import (
	"context"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// PlanTestReport is what the worked tests of a plan version came to.
type PlanTestReport struct {
	VersionID model.ID
	Passed    bool
	Tests     []*model.PlanTestResult
}

// TestPlanVersion works out the tests that are kept with a plan version, nil
// where the scope does not reach it. Nothing is written.
func (s *Service) TestPlanVersion(ctx context.Context, scope model.Scope, id model.ID) (*PlanTestReport, error) {
	found, err := s.Store.PlanVersionsByID(ctx, scope, []model.ID{id})
	if err != nil || found[id] == nil {
		return nil, err
	}
	results, err := testResults(ctx, s.Store, model.Unbounded(scope.Tenant, scope.Read), found[id])
	if err != nil {
		return nil, err
	}
	report := &PlanTestReport{VersionID: id, Passed: true, Tests: results}
	for _, r := range results {
		report.Passed = report.Passed && r.Passed
	}
	return report, nil
}

// testResults works out each test of a version by the engine, over a payee that
// there is not.
func testResults(ctx context.Context, r workedReads, scope model.Scope, v *model.PlanVersion) ([]*model.PlanTestResult, error) {
	if len(v.Tests) == 0 {
		return nil, nil
	}
	book, err := workedBook(ctx, r, scope, v)
	if err != nil {
		return nil, err
	}
	out := make([]*model.PlanTestResult, len(v.Tests))
	for i := range v.Tests {
		out[i] = testResult(book, v, &v.Tests[i])
	}
	return out, nil
}

func testResult(book *calc.Book, v *model.PlanVersion, test *model.PlanTest) *model.PlanTestResult {
	out := &model.PlanTestResult{Name: test.Name, Passed: true}
	staff, facts := staffed(book, v, test)
	if name := missingPeriod(book, v, test); name != "" {
		failure := fmt.Sprintf("the calendar has no period %s: is its fiscal year open?", name)
		out.Failure, out.Passed = &failure, false
		return out
	}
	engine, err := calc.NewEngine(*staff)
	if err != nil {
		failure := err.Error()
		out.Failure, out.Passed = &failure, false
		return out
	}
	pay, results := staff.Payees[0].Slices[0].Currency, map[string]calc.Result{}
	for i := range test.Expect {
		expected := &test.Expect[i]
		result, known := results[expected.Period]
		if !known {
			result = engine.Calculate(staff.Payees[0].ID, periodNamed(book, v.CalendarID, expected.Period).ID, facts)
			results[expected.Period] = result
		}
		outcome := outcomeOf(expected, pay, &result)
		out.Outcomes = append(out.Outcomes, outcome)
		out.Passed = out.Passed && outcome.Passed
	}
	return out
}

func periodNamed(book *calc.Book, calendar model.ID, name string) *model.Period {
	for i := range book.Periods {
		if p := &book.Periods[i]; p.CalendarID == calendar && p.Name == name {
			return p
		}
	}
	return nil
}

// missingPeriod names a period of a test that the calendar does not have, ""
// where it has all.
func missingPeriod(book *calc.Book, v *model.PlanVersion, test *model.PlanTest) string {
	for _, q := range test.Quotas {
		if periodNamed(book, v.CalendarID, q.Period) == nil {
			return q.Period
		}
	}
	for i := range test.Expect {
		if periodNamed(book, v.CalendarID, test.Expect[i].Period) == nil {
			return test.Expect[i].Period
		}
	}
	return ""
}

// outcomeOf compares what is expected with what the engine gives.
func outcomeOf(expected *model.PlanTestExpectation, pay model.CurrencyCode, result *calc.Result) *model.PlanTestOutcome {
	out := &model.PlanTestOutcome{
		Period: expected.Period, Component: expected.Component, Expected: model.Money{Amount: expected.Amount, Currency: pay},
		ExpectedAttainment: expected.Attainment, ExpectedWhy: expected.Why,
		Text: "It earns nothing in the period, not even 0: the version is not in force then, or the component pays by periods of another type.",
	}
	for i := range result.Earnings {
		e := &result.Earnings[i]
		if e.Key != expected.Component {
			continue
		}
		out.Actual, out.Attainment, out.Why = &e.Amount, e.Attainment, &e.Why
		out.Difference = &model.Money{Amount: e.Amount.Amount.Sub(expected.Amount), Currency: e.Amount.Currency}
		out.Passed = out.Difference.Amount.IsZero() && sameAttainment(expected.Attainment, e.Attainment) && (expected.Why == nil || *expected.Why == e.Why)
		out.Text = explained(e.Trace.Explain(), string(e.Amount.Currency))
		for _, p := range result.Problems {
			if p.ComponentKey == e.Key {
				out.Text = fmt.Sprintf("%s: %s", p.Code, p.Detail)
			}
		}
	}
	return out
}

// leastAttainment is to how many decimals an attainment is compared at least.
const leastAttainment = 4

func sameAttainment(expected, actual *decimal.Decimal) bool {
	switch {
	case expected == nil:
		return true
	case actual == nil:
		return false
	}
	return actual.Round(max(leastAttainment, -expected.Exponent())).Equal(*expected)
}

// explained writes an explanation as lines: each with its label and what it adds
// in pay currency, or tells.
func explained(root *model.ExplanationNode, currency string) string {
	var b strings.Builder
	var write func(n *model.ExplanationNode, indent string)
	write = func(n *model.ExplanationNode, indent string) {
		b.WriteString(indent + strings.ToLower(string(n.Kind)))
		if n.Label != "" {
			b.WriteString(" " + n.Label)
		}
		if n.Value != nil {
			b.WriteString(" of " + n.Value.String())
		}
		if n.Rate != nil {
			b.WriteString(" at " + n.Rate.String())
		}
		if !n.Amount.IsZero() || n.Kind == model.TraceEarning {
			b.WriteString(": " + n.Amount.String() + " " + currency)
		}
		b.WriteString("\n")
		for _, child := range n.Children {
			write(child, indent+"  ")
		}
	}
	if root != nil {
		write(root, "")
	}
	return b.String()
}

// failedTests gives an error for each expectation that a version's tests do not
// meet, at its place in the version.
func failedTests(path string, results []*model.PlanTestResult) model.UserErrors {
	var errs model.UserErrors
	for i, r := range results {
		at := fmt.Sprintf("%s.tests.%d", path, i)
		if r.Failure != nil {
			errs.Add(model.UserPlanTest, at, "the test %s cannot be worked out: %s", r.Name, *r.Failure)
			errs.With("test", r.Name)
			continue
		}
		for j, o := range r.Outcomes {
			if o.Passed {
				continue
			}
			actual := "nothing"
			if o.Actual != nil {
				actual = o.Actual.AmountText() + " " + string(o.Actual.Currency)
			}
			expected := o.Expected.AmountText() + " " + string(o.Expected.Currency)
			message := fmt.Sprintf("the test %s expects %s of %s in %s, and it comes to %s", r.Name, expected, o.Component, o.Period, actual)
			if o.Actual != nil && o.Difference.Amount.IsZero() {
				message = fmt.Sprintf("the test %s expects another attainment or reason of %s in %s", r.Name, o.Component, o.Period)
			}
			errs.Add(model.UserPlanTest, fmt.Sprintf("%s.expect.%d", at, j), "%s", message)
			errs.With("test", r.Name)
			errs.With("expected", expected)
			errs.With("actual", actual)
		}
	}
	return errs
}
