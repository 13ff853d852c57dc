package cases

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"spm/model"
	"spm/test/harness"
)

// section is a part of a set-up: inputs of one mutation.
type section struct {
	name     string
	mutation string
	list     string // the field of the input that takes them all at once; one mutation each where empty
	entity   string // the payload's field that holds what was made; nothing is kept of it where empty
	key      string // the input's field by which later inputs refer to it
	noun     string // as in the names of their fields: planId refers to a plan
	named    bool   // has a name, which is its key where absent
}

// sections are in the order in which they are sent.
var sections = []section{
	{name: "rates", mutation: "setFXRates", list: "rates"},
	{name: "titles", mutation: "createTitle", entity: "title", key: "externalId", noun: "title", named: true},
	{name: "products", mutation: "createProducts", list: "products", named: true, key: "externalId"},
	{name: "accounts", mutation: "createAccounts", list: "accounts", named: true, key: "externalId"},
	{name: "kinds", mutation: "createTransactionKind", entity: "transactionKind", key: "key", noun: "transactionKind", named: true},
	{name: "creditTypes", mutation: "createCreditType", entity: "creditType", key: "key", noun: "creditType", named: true},
	{name: "measures", mutation: "createMeasure", entity: "measure", key: "key", noun: "measure", named: true},
	{name: "tables", mutation: "createRateTable", entity: "rateTable", key: "key", noun: "rateTable", named: true},
	{name: "payees", mutation: "createPayee", entity: "payee", key: "externalId", noun: "payee", named: true},
	{name: "teams", mutation: "createTeam", entity: "team", key: "externalId", noun: "team", named: true},
	{name: "statuses"},
	{name: "rules", mutation: "createCreditingRule", entity: "rule", key: "key", noun: "rule", named: true},
	{name: "plans"},
	{name: "assignments", mutation: "assignPlan", entity: "planAssignment", key: "externalId", noun: "planAssignment"},
	{name: "parameters", mutation: "setParameterValues", list: "values"},
	{name: "quotas", mutation: "setQuotas", list: "quotas"},
	{name: "values", mutation: "setMeasureValues", list: "values"},
	{name: "openings", mutation: "setOpeningEntries", list: "entries"},
	{name: "facts"},
}

// world is a tenant in which an example happens.
type world struct {
	h       *harness.Harness
	example *example
	mapping *mapping
	names   names
	ids     map[string]string // by noun and key
	answers map[string]any    // earnings by payee and period, as read
	failure error             // of the set-up
}

func newWorld(h *harness.Harness, e *example, m *mapping) *world {
	w := &world{h: h, example: e, mapping: m, ids: map[string]string{}, answers: map[string]any{}}
	w.failure = w.setUp()
	return w
}

func (w *world) setUp() error {
	w.names = names{"plan": w.example.Plan, "inputs": w.example.Inputs, "year": w.mapping.Year}
	vars := names{}
	for name, value := range w.mapping.Vars {
		filled, err := eval(fmt.Sprint(value), w.names)
		if err != nil {
			return err
		}
		vars[name] = filled
	}
	maps.Copy(w.names, vars)
	for name := range w.mapping.Setup {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return fmt.Errorf("there is no section %s", name)
		}
	}
	if err := w.calendar(); err != nil {
		return err
	}
	for _, s := range sections {
		if err := w.send(s); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

func (w *world) calendar() error {
	input := map[string]any{"externalId": "FISCAL", "name": "Fiscal year"}
	maps.Copy(input, w.mapping.Calendar)
	calendar, err := w.make("createFiscalCalendar", "calendar", input)
	if err != nil {
		return err
	}
	w.ids["calendar FISCAL"] = calendar
	payload, err := w.mutate(w.h.Admin(), "openFiscalYear", "periods { id name }", map[string]any{"calendarId": calendar, "fiscalYear": w.mapping.Year})
	if err != nil {
		return err
	}
	for _, p := range payload["periods"].([]any) {
		period := p.(map[string]any)
		w.ids["period "+period["name"].(string)] = period["id"].(string)
	}
	types, err := w.query("{ creditTypes { nodes { id key } } }", nil)
	if err != nil {
		return err
	}
	for _, t := range at(types, "creditTypes", "nodes").([]any) {
		w.ids["creditType "+at(t, "key").(string)] = at(t, "id").(string)
	}
	return nil
}

// send sends what a section says.
func (w *world) send(s section) error {
	inputs, err := w.inputs(s)
	if err != nil || len(inputs) == 0 {
		return err
	}
	switch {
	case s.name == "plans":
		return w.plans(inputs)
	case s.name == "statuses":
		return w.statuses(inputs)
	case s.name == "facts":
		return w.record(inputs)
	case s.list != "":
		_, err = w.mutate(w.h.Admin(), s.mutation, "", map[string]any{s.list: inputs})
		return err
	}
	for _, input := range inputs {
		if err := w.create(s, input.(map[string]any)); err != nil {
			return err
		}
	}
	return nil
}

// inputs fills the inputs of a section in, over its defaults.
func (w *world) inputs(s section) ([]any, error) {
	filled, err := fill(w.mapping.Setup[s.name], w.names)
	if err != nil {
		return nil, err
	}
	out, _ := filled.([]any)
	for i := range out {
		input, is := out[i].(map[string]any)
		if !is {
			return nil, fmt.Errorf("%v is no input", out[i])
		}
		if out[i], err = w.withDefaults(s.name, input); err != nil {
			return nil, err
		}
		input = out[i].(map[string]any)
		if s.named && input["name"] == nil {
			input["name"] = input[s.key]
		}
	}
	return out, nil
}

func (w *world) withDefaults(section string, input map[string]any) (map[string]any, error) {
	defaults, err := fillMap(w.mapping.defaults[section], w.names)
	if err != nil {
		return nil, err
	}
	maps.Copy(defaults, input)
	return defaults, nil
}

// create sends one input and keeps the id of what it made; of a payee also
// that of its position.
func (w *world) create(s section, input map[string]any) error {
	key, _ := input[s.key].(string)
	if s.noun != "payee" {
		id, err := w.make(s.mutation, s.entity, input)
		w.ids[s.noun+" "+key] = id
		return err
	}
	payload, err := w.mutate(w.h.Admin(), s.mutation, "payee { id } position { id }", input)
	if err != nil {
		return err
	}
	w.ids["payee "+key] = at(payload, "payee", "id").(string)
	w.ids["position "+key] = at(payload, "position", "id").(string)
	return nil
}

// statuses sets statuses of payees, each from a day on, in their order.
func (w *world) statuses(inputs []any) error {
	versions := map[any]int{}
	for _, one := range inputs {
		input := one.(map[string]any)
		payee := input["payee"]
		id, err := w.id("payee", fmt.Sprint(payee))
		if err != nil {
			return err
		}
		versions[payee]++
		if _, err := w.mutate(w.h.Admin(), "updatePayee", "", map[string]any{"id": id, "ifVersion": versions[payee], "effectiveFrom": input["from"], "status": input["status"]}); err != nil {
			return err
		}
	}
	return nil
}

// plans writes, approves and publishes a version of each plan and gives it to
// whom "to" names: payees, or inputs of assignPlan.
func (w *world) plans(inputs []any) error {
	for i, one := range inputs {
		input := one.(map[string]any)
		key, _ := input["key"].(string)
		if key == "" {
			key = fmt.Sprint("PLAN-", i+1)
		}
		to, _ := input["to"].([]any)
		delete(input, "key")
		delete(input, "to")
		id, err := w.make("createPlan", "plan", map[string]any{"externalId": key, "name": key})
		if err != nil {
			return err
		}
		w.ids["plan "+key] = id
		if err := w.publish(key, input); err != nil {
			return err
		}
		for j, receiver := range to {
			if err := w.assign(key, j, receiver, input["startDate"]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *world) publish(plan string, input map[string]any) error {
	input["planId"], input["calendarId"], input["number"] = plan, "FISCAL", 1
	components, _ := input["components"].([]any)
	for i := range components {
		component, err := w.withDefaults("components", components[i].(map[string]any))
		if err != nil {
			return err
		}
		components[i] = component
	}
	id, err := w.make("createPlanVersion", "planVersion", input)
	if err != nil {
		return err
	}
	approver := w.h.Token(nil, model.RoleFinance) // whoever wrote it may not
	for i, step := range []string{"submitPlanVersion", "approvePlanVersion", "publishPlanVersion"} {
		token := approver
		if i == 0 {
			token = w.h.Admin()
		}
		if _, err := w.mutate(token, step, "", map[string]any{"id": id, "ifVersion": i + 1}); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) assign(plan string, n int, receiver, from any) error {
	input, is := receiver.(map[string]any)
	if !is {
		input = map[string]any{"payeeId": receiver}
	}
	all := map[string]any{"planId": plan, "externalId": fmt.Sprintf("%s-%d", plan, n+1), "startDate": from}
	maps.Copy(all, input)
	_, err := w.make("assignPlan", "planAssignment", all)
	return err
}

// record sends transactions, those of one "batch" together, the lower first.
func (w *world) record(inputs []any) error {
	batches, order := map[string][]any{}, []string{}
	for i, one := range inputs {
		input := one.(map[string]any)
		if input["externalId"] == nil {
			input["externalId"] = fmt.Sprint("F-", i+1)
		}
		batch := fmt.Sprint(input["batch"])
		delete(input, "batch")
		if batches[batch] == nil {
			order = append(order, batch)
		}
		batches[batch] = append(batches[batch], input)
	}
	slices.Sort(order)
	for _, batch := range order {
		for rows := range slices.Chunk(batches[batch], 1000) {
			payload, err := w.mutate(w.h.Admin(), "recordTransactions", "rejected rows { externalId errors { path message } }", map[string]any{"transactions": rows})
			if err != nil {
				return err
			}
			if payload["rejected"] != 0.0 {
				return fmt.Errorf("rejected: %v", payload["rows"])
			}
		}
	}
	return nil
}

// make runs a mutation that makes something and gives its id.
func (w *world) make(mutation, entity string, input map[string]any) (string, error) {
	payload, err := w.mutate(w.h.Admin(), mutation, entity+" { id }", input)
	if err != nil {
		return "", err
	}
	return at(payload, entity, "id").(string), nil
}

// mutate sends a mutation and gives its payload. Fields of the input whose
// names end in Id or Ids have keys instead of ids.
func (w *world) mutate(token, mutation, fields string, input map[string]any) (map[string]any, error) {
	resolved, err := w.resolve("", input)
	if err != nil {
		return nil, err
	}
	document := fmt.Sprintf("mutation($input: %s%sInput!) { %s(input: $input) { %s userErrors { path code message } } }", strings.ToUpper(mutation[:1]), mutation[1:], mutation, fields)
	data, err := w.ask(token, document, map[string]any{"input": resolved})
	if err != nil {
		return nil, fmt.Errorf("%s %v: %w", mutation, input, err)
	}
	payload := data[mutation].(map[string]any)
	if errs := payload["userErrors"].([]any); len(errs) > 0 {
		return nil, fmt.Errorf("%s %v: %v", mutation, input, errs)
	}
	return payload, nil
}

func (w *world) query(document string, variables map[string]any) (map[string]any, error) {
	return w.ask(w.h.Admin(), document, variables)
}

func (w *world) ask(token, document string, variables map[string]any) (data map[string]any, err error) {
	answer := w.h.Post(token, document, variables)
	if len(answer.Errors) > 0 {
		return nil, fmt.Errorf("%v", answer.Errors)
	}
	return data, json.Unmarshal(answer.Data, &data)
}

// notOurs are fields that end in Id and hold keys of others.
var notOurs = []string{"externalId", "parentExternalId", "orderId"}

// resolve puts ids for the keys in an input, its fields and lists.
func (w *world) resolve(field string, value any) (any, error) {
	var err error
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name := range v {
			if out[name], err = w.resolve(name, v[name]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i := range v {
			if out[i], err = w.resolve(strings.TrimSuffix(field, "s"), v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case string:
		noun, refers := strings.CutSuffix(field, "Id")
		if !refers || slices.Contains(notOurs, field) {
			return v, nil
		}
		return w.id(noun, v)
	}
	return value, nil
}

// id gives the id of a key of a noun; a text that is an id stays.
func (w *world) id(noun, key string) (string, error) {
	if noun == "parent" {
		noun = "position"
	}
	if id, known := w.ids[noun+" "+key]; known {
		return id, nil
	}
	for _, id := range w.ids {
		if id == key {
			return id, nil
		}
	}
	return "", fmt.Errorf("there is no %s %q", noun, key)
}

// at walks down objects by field names; nil where there is nothing.
func at(value any, path ...string) any {
	for _, name := range path {
		fields, is := value.(map[string]any)
		if !is {
			return nil
		}
		value = fields[name]
	}
	return value
}
