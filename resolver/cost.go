package resolver

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/auth"
	"spm/model"
)

// DefaultMaxCost is the most that one operation may cost.
const DefaultMaxCost = 5000

// ExportMaxCost is the most for an API key that exports.
const ExportMaxCost = 20_000

// MaxCostOf is how much an operation of the caller may cost.
func MaxCostOf(ctx context.Context) int {
	if auth.SessionOf(ctx).Principal.Exports() {
		return ExportMaxCost
	}
	return DefaultMaxCost
}

// What things cost: an object one point, a leaf and a value nothing, and beside
// them these. A list that has no page counts as so many objects, whatever is in it:
// nouns are listed by the dozen, parts of an object (the rows of a table, the
// components of a version) come with it; a list of its own type is a tree, whose
// levels are asked for one by one. Actual counts what came.
const (
	mutationCost      = 10
	connectionCost    = 2
	groupsCost        = 5 // instead, of a page of groups
	introspectionCost = 100
	nounsInList       = 10
	partsInList       = 4
	childrenInTree    = 2
)

// valueObjects are those that cost nothing: they come out of the row of what has
// them.
var valueObjects = map[string]bool{"Money": true, "PageInfo": true, "UserError": true, "UserErrorParam": true, "Attribute": true}

// calculated is what fields cost beside what they give: they calculate it, or
// read through much, when they are asked.
var calculated = map[string]int{
	"Query.planVersionImpact": 500, "Query.replay": 500, "Query.simulate": 2000, "Query.verifyAuditTrail": 500, "Query.earningsDiff": 100, "Query.testPlanVersion": 100, "Query.whyNot": 50,
	"Statement.document": 50, "PlanVersion.text": 100, "PlanVersion.howItWorks": 10, "Period.checklist": 20,
}

// leastCost is what an operation costs whatever it gives: nothing goes back of it.
const leastCost = 1

// A condition of a where costs a point, each of its values one too, and one on
// related rows more.
const (
	conditionCost = 1
	relationCost  = 5
)

// relations are the members of a where that lead to related rows.
var relations = map[string]bool{"some": true, "every": true, "none": true, "is": true}

// conditions is what a where costs.
func conditions(where any) int {
	total := 0
	switch v := where.(type) {
	case nil:
	case map[string]any:
		for name, value := range v {
			if relations[name] {
				total = add(total, relationCost)
			}
			total = add(total, conditions(value))
		}
	case []any:
		for _, value := range v {
			total = add(total, conditions(value))
		}
	default:
		total = conditionCost
	}
	return total
}

// Cost refuses operations that ask for too much, before any of their SQL. It comes
// after the guard, which bounds documents; the cost is what they ask for, with their
// arguments and variables. Each selection is looked at once for each type that it may
// be of, so that its work is linear in the document.
type Cost struct {
	// Max tells how much an operation of the caller may cost; MaxCostOf if nil.
	Max func(context.Context) int

	rules *costRules
}

var (
	_ graphql.HandlerExtension        = (*Cost)(nil)
	_ graphql.OperationContextMutator = (*Cost)(nil)
)

// ExtensionName names the extension.
func (*Cost) ExtensionName() string { return "Cost" }

// Validate takes the schema that operations are measured by.
func (c *Cost) Validate(schema graphql.ExecutableSchema) error {
	c.rules = newCostRules(schema.Schema())
	return nil
}

// MutateOperationContext lets an operation pass or tells what it would cost.
func (c *Cost) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	limit := MaxCostOf(ctx)
	if c.Max != nil {
		limit = c.Max(ctx)
	}
	asked := newEstimate(c.rules, operation.Variables).operation(operation.Operation)
	operation.Stats.SetExtension(spentStats, &spent{asked: asked})
	if asked > limit {
		err := gqlerror.Wrap(model.Errorf(model.CostExceeded, "The operation costs %s points, and may cost %d: ask for fewer objects, or in smaller pages.", points(asked), limit))
		errcode.Set(err, errcode.ValidationFailed)
		return err
	}
	return nil
}

// costRules are what a schema's types cost.
type costRules struct {
	schema   *ast.Schema
	weights  map[string]int             // of one object of the type; leaves are missing
	abstract map[string]map[string]bool // the types that an interface or union may be
}

func newCostRules(schema *ast.Schema) *costRules {
	r := &costRules{schema: schema, weights: map[string]int{}, abstract: map[string]map[string]bool{}}
	for name, definition := range schema.Types {
		switch definition.Kind {
		case ast.Object:
			r.weights[name] = objectCost(schema, definition)
		case ast.Interface, ast.Union:
			r.weights[name] = 1
			r.abstract[name] = map[string]bool{}
			for _, possible := range schema.PossibleTypes[name] {
				r.abstract[name][possible.Name] = true
			}
		}
	}
	return r
}

// objectCost is 0 for what only holds others: roots, connections, edges and payloads;
// and for what groups come to, which their page pays for.
func objectCost(schema *ast.Schema, definition *ast.Definition) int {
	wraps := definition == schema.Query || definition == schema.Mutation || definition == schema.Subscription || isConnection(definition)
	for _, suffix := range []string{"Edge", "Payload", "Group", "GroupSums", "GroupMeasures", "GroupCounts"} {
		wraps = wraps || strings.HasSuffix(definition.Name, suffix)
	}
	if wraps || valueObjects[definition.Name] {
		return 0
	}
	return 1
}

func isConnection(definition *ast.Definition) bool {
	return definition != nil && strings.HasSuffix(definition.Name, "Connection")
}

// pageCost is what a page costs beside its rows.
func pageCost(connection *ast.Definition) int {
	if strings.HasSuffix(connection.Name, "GroupConnection") {
		return groupsCost
	}
	return connectionCost
}

// estimate is the walk through one operation.
type estimate struct {
	rules     *costRules
	variables map[string]any
	fields    map[*ast.Field]int
	fragments map[fragmentOn]int
	work      int // selections seen, for tests
}

// fragmentOn is a fragment within an object of one type.
type fragmentOn struct {
	fragment *ast.FragmentDefinition
	on       string
}

func newEstimate(rules *costRules, variables map[string]any) *estimate {
	return &estimate{rules: rules, variables: variables, fields: map[*ast.Field]int{}, fragments: map[fragmentOn]int{}}
}

func (e *estimate) operation(operation *ast.OperationDefinition) int {
	root := map[ast.Operation]*ast.Definition{
		ast.Query: e.rules.schema.Query, ast.Mutation: e.rules.schema.Mutation, ast.Subscription: e.rules.schema.Subscription,
	}[operation.Operation]
	return e.set(operation.SelectionSet, root)
}

// set is what the selections of an object cost: of an interface or union the
// dearest that it may be.
func (e *estimate) set(selections ast.SelectionSet, on *ast.Definition) int {
	possible, abstract := e.rules.abstract[on.Name]
	if !abstract {
		return e.under(selections, on.Name)
	}
	dearest := 0
	for name := range possible {
		dearest = max(dearest, e.under(selections, name))
	}
	return dearest
}

func (e *estimate) under(selections ast.SelectionSet, on string) int {
	total := 0
	for _, selection := range selections {
		e.work++
		switch s := selection.(type) {
		case *ast.Field:
			total = add(total, e.field(s))
		case *ast.InlineFragment:
			if e.chosen(s.Directives) && e.applies(s.TypeCondition, on) {
				total = add(total, e.under(s.SelectionSet, on))
			}
		case *ast.FragmentSpread:
			if e.chosen(s.Directives) && e.applies(s.Definition.TypeCondition, on) {
				total = add(total, e.fragment(s.Definition, on))
			}
		}
	}
	return total
}

func (e *estimate) fragment(fragment *ast.FragmentDefinition, on string) int {
	key := fragmentOn{fragment, on}
	cost, known := e.fragments[key]
	if !known {
		cost = e.under(fragment.SelectionSet, on)
		e.fragments[key] = cost
	}
	return cost
}

func (e *estimate) applies(condition, on string) bool {
	return condition == "" || condition == on || e.rules.abstract[condition][on]
}

// chosen tells whether @skip and @include leave a selection in.
func (e *estimate) chosen(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		argument := d.Arguments.ForName("if")
		if argument == nil {
			continue
		}
		value, err := argument.Value.Value(e.variables)
		if given, is := value.(bool); err == nil && is && given == (d.Name == "skip") {
			return false
		}
	}
	return true
}

func (e *estimate) field(field *ast.Field) int {
	cost, known := e.fields[field]
	if !known {
		if e.chosen(field.Directives) {
			cost = e.price(field)
		}
		e.fields[field] = cost
	}
	return cost
}

func (e *estimate) price(field *ast.Field) int {
	switch {
	case field.Name == "__schema" || field.Name == "__type":
		return introspectionCost
	case field.Definition == nil: // validation tells
		return 0
	}
	return add(e.given(field), add(calculated[field.ObjectDefinition.Name+"."+field.Name], conditions(e.argument(field, "where"))))
}

// given is what a field costs for what it gives.
func (e *estimate) given(field *ast.Field) int {
	of := e.rules.schema.Types[field.Definition.Type.Name()]
	weight, object := e.rules.weights[of.Name]
	if !object {
		if field.ObjectDefinition == e.rules.schema.Mutation {
			return mutationCost
		}
		return 0
	}
	one := add(weight, e.set(field.SelectionSet, of))
	switch {
	case isConnection(of):
		return add(pageCost(of), times(e.page(field), one))
	case isConnection(field.ObjectDefinition):
		return one // the page multiplies it
	case field.ObjectDefinition == e.rules.schema.Mutation:
		return add(mutationCost, one)
	case field.Definition.Type.Elem != nil:
		return times(e.length(field, of), one)
	case field.Definition.Arguments.ForName("first") != nil: // pages through a part of it
		return add(e.page(field), one)
	}
	return one
}

// page is how many rows the paging arguments of a field ask for.
func (e *estimate) page(field *ast.Field) int {
	rows := -1
	for _, name := range []string{"first", "last"} {
		if value := e.argument(field, name); value != nil {
			rows = max(rows, whole(value))
		}
	}
	if rows < 0 {
		return model.DefaultPage
	}
	return rows
}

// length is how many objects a list without pages counts as.
func (e *estimate) length(field *ast.Field, of *ast.Definition) int {
	if field.Definition.Arguments.ForName("ids") != nil {
		ids, isList := e.argument(field, "ids").([]any)
		if !isList {
			return 1
		}
		return len(ids)
	}
	switch {
	case field.ObjectDefinition == of:
		return childrenInTree
	case of.IsAbstractType() || len(of.Interfaces) > 0:
		return nounsInList
	}
	return partsInList
}

// argument is the value of an argument, given or by default; nil if there is none.
func (e *estimate) argument(field *ast.Field, name string) any {
	definition := field.Definition.Arguments.ForName(name)
	if definition == nil {
		return nil
	}
	value := definition.DefaultValue
	if given := field.Arguments.ForName(name); given != nil {
		value = given.Value
	}
	got, err := value.Value(e.variables)
	if err != nil {
		return math.MaxInt // too long for a number
	}
	return got
}

// whole reads a number of rows in any form that variables have; one that is none
// counts as more than any.
func whole(value any) int {
	rows := int64(saturated)
	switch v := value.(type) {
	case int:
		rows = int64(v)
	case int64:
		rows = v
	case int32:
		rows = int64(v)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			rows = n
		}
	}
	return int(min(max(rows, 0), saturated))
}

// times multiplies what add has added up, and stays below twice saturated.
func times(a, b int) int { return int(min(int64(a)*int64(b), saturated)) }

// points writes a cost, which is not counted beyond what any operation may have.
func points(cost int) string {
	if cost >= saturated {
		return "more than " + strconv.Itoa(saturated-1)
	}
	return strconv.Itoa(cost)
}
