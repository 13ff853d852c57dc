package resolver

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"spm/auth"
)

// pay are the permissions that open somebody's pay, or what it is made by.
var pay = []auth.Permission{auth.EarningRead, auth.PlanRead, auth.CalculationRun}

// notPay are the numbers that anything else opens, and what they are.
var notPay = map[string]string{
	"Activity.quantity": "what was done", "Seller.share": "of a sale", "Seller.weight": "of a sale",
	"Transaction.amount": "what was sold", "Transaction.quantity": "what was sold", "Transaction.margin": "what was sold",
	"Credit.share": "of a sale", "Credit.amount": "what was sold", "Credit.quantity": "what was sold", "Credit.margin": "what was sold",
	"TransactionGroupMeasures.amount": "what was sold", "TransactionGroupMeasures.quantity": "what was sold", "TransactionGroupMeasures.margin": "what was sold",
	"CreditGroupMeasures.amount": "what was sold", "CreditGroupMeasures.quantity": "what was sold", "CreditGroupMeasures.margin": "what was sold",
	"QuotaGroupMeasures.amount": "what is to be sold",
	"CreditingRule.levelShares": "of a sale", "RuleShare.share": "of a sale", "TeamMember.weight": "of a sale",
	"FXRate.rate": "a currency's", "MeasureValue.value": "what is measured", "Quota.amount": "what is to be sold", "QuotaRelief.share": "of a quota",
	"Money.amount": "the part of an amount that leads to it",
}

// source parses the schema's source anew, so that a test may change it.
func source(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../graph/schema/*.graphqls")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files of schema: %v", len(files), err)
	}
	var sources []*ast.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, &ast.Source{Name: file, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// unguarded lists what of a schema says too little about who may see it: a type
// says what it takes to see it, a root field too, and whoever leads to a type from
// one that asks for something else asks for what it asks for; PUBLIC is said, not
// left out. A number that may be pay is under a permission of pay.
func unguarded(schema *ast.Schema) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for _, name := range slices.Sorted(maps.Keys(schema.Types)) {
		def := schema.Types[name]
		if def.BuiltIn || strings.HasPrefix(name, "__") || !isOutput(def) {
			continue
		}
		if def.Kind == ast.Union {
			for _, member := range def.Types[1:] {
				if permission(schema.Types[member].Directives) != permission(schema.Types[def.Types[0]].Directives) {
					fault("the union %s mixes permissions: no one permission guards an edge to it", name)
				}
			}
			continue
		}
		above := permission(def.Directives)
		if above == "" {
			fault("type %s has no @can: say which permission, or PUBLIC", name)
		}
		for _, field := range def.Fields {
			if !strings.HasPrefix(field.Name, "__") {
				faults = append(faults, unguardedField(schema, def, field)...)
			}
		}
	}
	return faults
}

// unguardedField is unguarded of one field.
func unguardedField(schema *ast.Schema, parent *ast.Definition, field *ast.FieldDefinition) (faults []string) {
	where, own, above := parent.Name+"."+field.Name, permission(field.Directives), permission(parent.Directives)
	if own == "" && above == "" {
		faults = append(faults, where+" has no permission, and is not PUBLIC")
	}
	if isRoot(parent) && own == "" {
		faults = append(faults, where+" is a root field without @can")
	}
	if kind := field.Type.Name(); kind == "Money" || kind == "Decimal" {
		does := own
		if does == "" {
			does = above
		}
		if _, listed := notPay[where]; !listed && !slices.Contains(pay, does) {
			faults = append(faults, where+" is a number that "+string(does)+" opens: is it pay?")
		}
	}
	target := schema.Types[field.Type.Name()]
	if !isOutput(target) {
		return faults
	}
	if target.Kind == ast.Union {
		target = schema.Types[target.Types[0]]
	}
	if want := permission(target.Directives); want != auth.Public && own != want && above != want {
		faults = append(faults, fmt.Sprintf("%s leads to %s without @can(do: %s)", where, target.Name, want))
	}
	return faults
}

func TestEveryFieldHasAPermission(t *testing.T) {
	schema := source(t)
	for _, fault := range unguarded(schema) {
		t.Error(fault)
	}
	fields := map[string]bool{}
	for _, def := range schema.Types {
		for _, field := range def.Fields {
			fields[def.Name+"."+field.Name] = isOutput(def)
		}
	}
	for name := range notPay {
		if !fields[name] {
			t.Errorf("%s is listed as no pay, and there is no such field", name)
		}
	}
	if len(fields) < 1000 {
		t.Errorf("only %d fields walked", len(fields))
	}
}

// TestALostPermissionIsNoticed takes away one @can after the other: of each type, of
// each root field, and of each field that leads from a type to one that asks for
// something else. It turns each permission of a type of pay into PUBLIC, too.
func TestALostPermissionIsNoticed(t *testing.T) {
	schema := source(t)
	without := func(list *ast.DirectiveList, what string, change func(ast.DirectiveList) ast.DirectiveList) {
		was := *list
		*list = change(was)
		if len(unguarded(schema)) == 0 {
			t.Errorf("nobody notices that %s", what)
		}
		*list = was
	}
	none := func(list ast.DirectiveList) ast.DirectiveList {
		return slices.DeleteFunc(slices.Clone(list), func(d *ast.Directive) bool { return d.Name == "can" })
	}
	public := func(ast.DirectiveList) ast.DirectiveList { return schema.Types["Query"].Directives }
	taken := 0
	for _, def := range schema.Types {
		if def.BuiltIn || !isOutput(def) || def.Kind == ast.Union {
			continue
		}
		taken++
		without(&def.Directives, def.Name+" has no @can", none)
		for _, field := range def.Fields {
			target, own := schema.Types[field.Type.Name()], permission(field.Directives)
			if own == "" || !isRoot(def) && (own == permission(def.Directives) || !isOutput(target) || permission(target.Directives) != own) {
				continue
			}
			taken++
			without(&field.Directives, def.Name+"."+field.Name+" has no @can", none)
		}
		numbers := slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool {
			return f.Type.Name() == "Money" && f.Directives.ForName("can") == nil
		})
		if numbers && slices.Contains(pay, permission(def.Directives)) {
			taken++
			without(&def.Directives, def.Name+" is PUBLIC", public)
		}
	}
	if faults := unguarded(schema); len(faults) > 0 || taken < 500 {
		t.Errorf("%d taken away; at the end %q", taken, faults)
	}
	t.Logf("%d permissions taken away, one at a time", taken)
}
