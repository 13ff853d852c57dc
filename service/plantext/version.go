package plantext

import (
	"reflect"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Version is a plan version as its text shows it, in the order of the text.
type Version struct {
	Plan       string                       `json:"plan"` // the plan's key
	Name       string                       `json:"name"` // the plan's name
	Number     *int                         `json:"number,omitempty"`
	StartDate  model.Date                   `json:"startDate"`
	EndDate    *model.Date                  `json:"endDate,omitempty"` // inclusive
	Currency   model.CurrencyCode           `json:"currency"`
	CalendarID model.ID                     `json:"calendar"`
	Rules      model.PlanRules              `json:"rules,omitzero"` // those that are not the default
	Parameters []model.ParameterDeclaration `json:"parameters,omitempty"`
	Components []model.Component            `json:"components"`
	Caps       []model.PlanCap              `json:"caps,omitempty"`
	Guarantees []model.Guarantee            `json:"guarantees,omitempty"`
	Draws      []model.Draw                 `json:"draws,omitempty"`
	Tests      []model.PlanTest             `json:"tests,omitempty"`
	RateTables []RateTable                  `json:"rateTables,omitempty"` // for the reader: as they stand on the first day
}

// RateTable is what a rate table says on a day: for the reader of a text, which
// does not set it.
type RateTable struct {
	Key        string                 `json:"key"`
	Dimension  model.DimensionOf      `json:"dimension,omitempty"`
	Expression string                 `json:"expression,omitempty"`
	CellKind   model.CellKind         `json:"cellKind"`
	Bounds     model.BoundsRule       `json:"bounds"`
	Gaps       bool                   `json:"gaps,omitempty"`
	Default    *decimal.Decimal       `json:"default,omitempty"` // where there are gaps, or of a matrix
	Lookup     model.Lookup           `json:"lookup,omitempty"`
	Dimensions []model.TableDimension `json:"dimensions,omitempty"`
	Precedence model.Precedence       `json:"precedence,omitempty"`
	Rows       []model.RateRow        `json:"rows"`
}

// content names the fields of a plan version that its text takes over as they
// are.
var content = []string{"Currency", "CalendarID", "Rules", "Parameters", "Components", "Caps", "Guarantees", "Draws", "Tests"}

// Of makes the text's version of a plan version: without rate tables.
func Of(plan *model.Plan, v *model.PlanVersion) *Version {
	number := v.Number
	out := &Version{Plan: plan.ExternalID, Name: plan.Name, Number: &number, StartDate: v.StartDate(), EndDate: v.EndDate()}
	copyContent(reflect.ValueOf(out).Elem(), reflect.ValueOf(v).Elem())
	return out
}

// Fill puts the content that the text has into a plan version.
func (t *Version) Fill(v *model.PlanVersion) {
	copyContent(reflect.ValueOf(v).Elem(), reflect.ValueOf(t).Elem())
}

func copyContent(to, from reflect.Value) {
	for _, name := range content {
		to.FieldByName(name).Set(from.FieldByName(name))
	}
}

// TableOf makes the text's rate table of what a table says.
func TableOf(key string, v *model.RateTableVersion) RateTable {
	out := RateTable{
		Key: key, Dimension: v.Dimension, Expression: v.Expression, CellKind: v.CellKind, Bounds: v.Bounds, Gaps: v.Gaps,
		Dimensions: v.Dimensions, Precedence: v.Precedence, Rows: v.Rows,
	}
	if !v.Default.IsZero() {
		out.Default = &v.Default
	}
	if v.Linear() {
		out.Lookup = v.Lookup
	}
	return out
}
