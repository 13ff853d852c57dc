package service

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// Worked tests as given.
type (
	PlanTestInput            = model.PlanTest
	PlanTestStatusInput      = model.PlanTestStatus
	PlanTestQuotaInput       = model.PlanTestQuota
	PlanTestParameterInput   = model.PlanTestParameter
	PlanTestValueInput       = model.PlanTestValue
	PlanTestFactInput        = model.PlanTestFact
	PlanTestExpectationInput = model.PlanTestExpectation
)

// The bounds of the worked tests of a version.
const (
	maxTests     = 50
	maxTestFacts = 200
	maxTestLists = 50 // quotas, parameters, statuses and expectations of a test
	maxAllFacts  = 1000
)

// planTests makes worked tests of what is given: numbers in their shortest form.
func planTests(given []*PlanTestInput) []model.PlanTest {
	var out []model.PlanTest
	for _, test := range given {
		out = append(out, *test)
	}
	shortForms(reflect.ValueOf(out))
	return out
}

// shortForms brings every decimal below a value to its shortest form.
func shortForms(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			shortForms(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			shortForms(v.Index(i))
		}
	case reflect.Struct:
		if d, is := reflect.TypeAssert[decimal.Decimal](v); is {
			v.Set(reflect.ValueOf(d.Normalize()))
			return
		}
		for f := range v.Type().Fields() {
			if f.IsExported() {
				shortForms(v.FieldByIndex(f.Index))
			}
		}
	}
}

// checkTests refuses worked tests that could never be worked out. What they come
// to is no matter until the version is published.
func checkTests(ctx context.Context, tx *store.Tx, errs *model.UserErrors, v *model.PlanVersion) error {
	if len(v.Tests) > maxTests {
		errs.Add(model.UserTooMany, "input.tests", "at most %d tests", maxTests)
		return nil
	}
	points, err := pointedAt(ctx, tx, v)
	if err != nil {
		return err
	}
	seen, facts := map[string]bool{}, 0
	for i := range v.Tests {
		test, path := &v.Tests[i], indexed("input.tests", i)
		checkText(errs, path+".name", test.Name, maxName)
		if seen[test.Name] {
			errs.Add(model.UserDuplicateInput, path+".name", "a test before has this name")
		}
		seen[test.Name] = true
		facts += len(test.Facts)
		if !checkTestSizes(errs, path, test) {
			continue
		}
		points.check(errs, path, v, test)
	}
	if facts > maxAllFacts {
		errs.Add(model.UserTooMany, "input.tests", "at most %d facts in all tests", maxAllFacts)
	}
	return nil
}

func checkTestSizes(errs *model.UserErrors, path string, test *model.PlanTest) bool {
	fits := true
	for _, list := range []struct {
		name    string
		n, most int
	}{
		{"facts", len(test.Facts), maxTestFacts}, {"quotas", len(test.Quotas), maxTestLists}, {"parameters", len(test.Parameters), maxTestLists},
		{"values", len(test.Values), maxTestFacts}, {"statuses", len(test.Statuses), maxTestLists}, {"expect", len(test.Expect), maxTestLists},
	} {
		if list.n > list.most {
			errs.Add(model.UserTooMany, path+"."+list.name, "at most %d", list.most)
			fits = false
		}
	}
	if len(test.Expect) == 0 {
		errs.Add(model.UserRequired, path+".expect", "a test expects something")
	}
	return fits
}

// pointers are the nouns that tests point at.
type pointers struct {
	measures map[model.ID]*model.Measure
	titles   map[model.ID]*model.Title
	types    map[model.ID]*model.CreditType
}

func pointedAt(ctx context.Context, tx *store.Tx, v *model.PlanVersion) (*pointers, error) {
	var measures, titles, types []model.ID
	for i := range v.Tests {
		test := &v.Tests[i]
		titles = append(titles, ids(test.TitleID)...)
		for j := range test.Quotas {
			measures = append(measures, test.Quotas[j].MeasureID)
		}
		for j := range test.Values {
			measures = append(measures, test.Values[j].MeasureID)
		}
		for j := range test.Facts {
			types = append(types, ids(test.Facts[j].CreditTypeID)...)
		}
	}
	var err error
	p := &pointers{}
	if p.measures, err = tx.MeasuresByID(ctx, tx.Scope(), measures); err != nil {
		return nil, err
	}
	if p.titles, err = tx.TitlesByID(ctx, tx.Scope(), titles); err != nil {
		return nil, err
	}
	p.types, err = tx.CreditTypesByID(ctx, tx.Scope(), types)
	return p, err
}

func (p *pointers) check(errs *model.UserErrors, path string, v *model.PlanVersion, test *model.PlanTest) {
	needed(errs, path+".titleId", test.TitleID, p.titles)
	var attributes []*AttributeInput
	for i := range test.Attributes {
		attributes = append(attributes, &test.Attributes[i])
	}
	checkAttributes(errs, path+".attributes", attributes)
	start := model.Always.From
	if test.StartDate != nil {
		start = *test.StartDate
	}
	checkDays(errs, path+".endDate", &start, test.EndDate)
	for i, s := range test.Statuses {
		if i > 0 && s.StartDate <= test.Statuses[i-1].StartDate {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.statuses.%d.startDate", path, i), "statuses stand in the order of their days")
		}
	}
	quotas := map[string]bool{}
	for i := range test.Quotas {
		q, at := &test.Quotas[i], fmt.Sprintf("%s.quotas.%d", path, i)
		needed(errs, at+".measureId", &q.MeasureID, p.measures)
		if key := fmt.Sprint(q.MeasureID, q.Period, q.StartDate); quotas[key] {
			errs.Add(model.UserDuplicateInput, at, "a quota before is of the same measure, period and day")
		} else {
			quotas[key] = true
		}
	}
	values := map[string]bool{}
	for i := range test.Values {
		value, at := &test.Values[i], fmt.Sprintf("%s.values.%d", path, i)
		needed(errs, at+".measureId", &value.MeasureID, p.measures)
		if key := fmt.Sprint(value.MeasureID, value.Date); values[key] {
			errs.Add(model.UserDuplicateInput, at, "a value before is of the same measure and day")
		} else {
			values[key] = true
		}
	}
	p.checkFacts(errs, path, test)
	for i := range test.Parameters {
		if !slices.ContainsFunc(v.Parameters, func(d model.ParameterDeclaration) bool { return d.Key == test.Parameters[i].Key }) {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.parameters.%d.key", path, i), "the version declares no parameter %s", test.Parameters[i].Key)
		}
		if slices.ContainsFunc(test.Parameters[:i], func(p model.PlanTestParameter) bool { return p.Key == test.Parameters[i].Key }) {
			errs.Add(model.UserDuplicateInput, fmt.Sprintf("%s.parameters.%d.key", path, i), "a parameter before has this key")
		}
	}
	for i := range test.Expect {
		if !slices.ContainsFunc(v.Components, func(c model.Component) bool { return c.Key == test.Expect[i].Component }) {
			errs.Add(model.UserInvalid, fmt.Sprintf("%s.expect.%d.component", path, i), "the version has no component %s", test.Expect[i].Component)
		}
	}
}

func (p *pointers) checkFacts(errs *model.UserErrors, path string, test *model.PlanTest) {
	before := map[string]bool{}
	for i := range test.Facts {
		fact, at := &test.Facts[i], fmt.Sprintf("%s.facts.%d", path, i)
		needed(errs, at+".creditTypeId", fact.CreditTypeID, p.types)
		if fact.Reverses != "" && !before[fact.Reverses] {
			errs.Add(model.UserNotFound, at+".reverses", "no fact before has the id %s", fact.Reverses)
		}
		if before[fact.ID] {
			errs.Add(model.UserDuplicateInput, at+".id", "a fact before has this id")
		}
		if fact.ID != "" {
			before[fact.ID] = true
		}
		for _, text := range []struct{ name, text string }{
			{"id", fact.ID}, {"kind", fact.Kind}, {"product", fact.Product}, {"account", fact.Account}, {"order", fact.Order},
		} {
			if text.text != "" {
				checkText(errs, at+"."+text.name, text.text, maxKey)
			}
		}
		var attributes []*AttributeInput
		for j := range fact.Attributes {
			attributes = append(attributes, &fact.Attributes[j])
		}
		checkAttributes(errs, at+".attributes", attributes)
	}
}
