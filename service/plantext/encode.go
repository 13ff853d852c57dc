package plantext

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Write gives the canonical text of a version. key gives the caller's key of
// what an id points at.
func Write(v *Version, key func(model.ID) string) string {
	return write(encoder{key: key}.structure(reflect.ValueOf(v).Elem()))
}

// Same tells whether two rate tables read the same.
func Same(a, b *RateTable) bool {
	none := encoder{key: func(model.ID) string { return "" }}
	return write(none.structure(reflect.ValueOf(a).Elem())) == write(none.structure(reflect.ValueOf(b).Elem()))
}

type encoder struct {
	key  func(model.ID) string
	full bool // what is the default is written too
}

// name gives a field's name in the text and whether it may be left out; "" for
// a field that is not in the text.
func name(f reflect.StructField) (name string, optional bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "-" || name == "" || f.Type == formatOf.Type && f.Name == formatOf.Name {
		return "", false
	}
	kind := f.Type.Kind()
	return name, strings.Contains(options, "omit") || kind == reflect.Pointer || kind == reflect.Slice
}

// formatOf is the one field that a text does not show: a text is always read by
// the rules of the program that reads it.
var formatOf, _ = reflect.TypeFor[model.PlanRules]().FieldByName("Format")

// structure writes the fields that are not their default, in the model's order.
func (e encoder) structure(v reflect.Value) *node {
	out, preset := &node{kind: mapping}, presetOf(v)
	for f := range v.Type().Fields() {
		key, optional := name(f)
		value := v.FieldByIndex(f.Index)
		if key == "" || optional && empty(value) {
			continue
		}
		if !e.full && same(value, preset.FieldByIndex(f.Index)) && mayBeAbsent(v.Type(), f.Name) {
			continue
		}
		out.add(key, e.value(value))
	}
	return out
}

// presetOf gives what a structure is where its text says nothing more than this
// one's key.
func presetOf(v reflect.Value) reflect.Value {
	switch own := v.Interface().(type) {
	case model.PlanRules:
		return reflect.ValueOf(model.PlanRules{}.WithDefaults())
	case model.Component:
		return reflect.ValueOf(model.Component{Name: own.Key, EarningCode: own.Key})
	case model.ParameterDeclaration:
		return reflect.ValueOf(model.ParameterDeclaration{Name: own.Key})
	case model.Adjustment:
		return reflect.ValueOf(model.Adjustment{Over: model.OverComponent})
	case model.PlanCap:
		return reflect.ValueOf(model.PlanCap{Per: model.PerPeriod})
	}
	return reflect.Zero(v.Type())
}

// preset lists the fields that a text may leave out though their json does not
// say so, because they have a default. All rules have one.
var preset = map[reflect.Type][]string{
	reflect.TypeFor[model.Component]():            {"Name", "EarningCode"},
	reflect.TypeFor[model.ParameterDeclaration](): {"Name"},
	reflect.TypeFor[model.Adjustment]():           {"Over"},
	reflect.TypeFor[model.PlanCap]():              {"Per"},
}

func mayBeAbsent(t reflect.Type, field string) bool {
	return t == reflect.TypeFor[model.PlanRules]() || slices.Contains(preset[t], field)
}

func empty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	if r, is := reflect.TypeAssert[model.PlanRules](v); is {
		return same(reflect.ValueOf(r.WithDefaults()), reflect.ValueOf(model.PlanRules{}.WithDefaults()))
	}
	return v.IsZero()
}

func same(a, b reflect.Value) bool { return reflect.DeepEqual(a.Interface(), b.Interface()) }

func (e encoder) value(v reflect.Value) *node {
	switch own := v.Interface().(type) {
	case model.ID:
		return &node{text: e.key(own)}
	case decimal.Decimal:
		return &node{text: own.Normalize().String(), plain: true}
	case model.Date:
		return &node{text: own.String(), plain: true}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.value(v.Elem())
	case reflect.Struct:
		return e.structure(v)
	case reflect.Slice:
		out := &node{kind: list}
		for _, item := range v.Seq2() {
			out.items = append(out.items, e.value(item))
		}
		return out
	case reflect.Bool:
		return &node{text: strconv.FormatBool(v.Bool()), plain: true}
	case reflect.Int:
		return &node{text: strconv.FormatInt(v.Int(), 10), plain: true}
	case reflect.String:
		return &node{text: v.String(), plain: choices[v.Type()] != nil}
	}
	panic(fmt.Sprintf("a text has no way to write %s", v.Type()))
}

// EachID calls with every id that the text of a version shows by its key.
func EachID(v *model.PlanVersion, found func(model.ID)) {
	t := &Version{}
	copyContent(reflect.ValueOf(t).Elem(), reflect.ValueOf(v).Elem())
	encoder{key: func(id model.ID) string {
		found(id)
		return ""
	}}.structure(reflect.ValueOf(t).Elem())
}
