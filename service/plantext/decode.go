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

// Text is a text that was read, before its keys are looked up.
type Text struct {
	root  *node
	lines map[string]int // of each path that the text has
}

// Parse reads a text. The errors have the line as a parameter.
func Parse(text string) (*Text, model.UserErrors) {
	root, errs := read(text)
	if len(errs) > 0 {
		return nil, errs
	}
	return &Text{root: root, lines: map[string]int{}}, nil
}

// Reference is a key by which a text points at something of the tenant's.
type Reference struct {
	Kind model.Kind
	Key  string
}

// References lists what the text points at.
func (t *Text) References() []Reference {
	var out []Reference
	_, _ = t.Version(func(r Reference) (model.ID, bool) {
		if !slices.Contains(out, r) {
			out = append(out, r)
		}
		return model.ID{}, true
	})
	return out
}

// Version gives the version that the text says, with what is wrong with it.
// find gives the id of what a key points at.
func (t *Text) Version(find func(Reference) (model.ID, bool)) (*Version, model.UserErrors) {
	d, out := decoder{find: find, lines: t.lines}, &Version{}
	d.structure(reflect.ValueOf(out).Elem(), t.root, at)
	out.Rules = out.Rules.WithDefaults()
	return out, d.errs
}

// Locate turns errors of a plan version as the API takes it, from "input" on,
// into errors of the text with their lines.
func (t *Text) Locate(errs model.UserErrors) {
	for _, e := range errs {
		if len(e.Path) == 0 || e.Path[0] != "input" || len(e.Path) > 1 && e.Path[1] == "text" {
			continue
		}
		e.Path[0] = at
		for i := 1; i < len(e.Path); i++ {
			e.Path[i] = t.called(strings.Join(e.Path[:i], "."), e.Path[i])
		}
		line := 0
		for i := len(e.Path); i > 0 && line == 0; i-- {
			line = t.lines[strings.Join(e.Path[:i], ".")]
		}
		e.Path = append(strings.Split(at, "."), e.Path[1:]...)
		if line > 0 {
			e.Params = append(e.Params, model.UserErrorParam{Name: lineParam, Value: strconv.Itoa(line)})
		}
	}
}

// called gives the text's word for a field of the API's: rateTable for
// rateTableId.
func (t *Text) called(under, field string) string {
	for _, word := range []string{field, strings.TrimSuffix(field, "Id"), strings.TrimSuffix(field, "Key"), strings.TrimSuffix(field, "Currency")} {
		if t.lines[under+"."+word] > 0 {
			return word
		}
	}
	return strings.TrimSuffix(field, "Id")
}

type decoder struct {
	find  func(Reference) (model.ID, bool)
	lines map[string]int
	errs  model.UserErrors
}

func (d *decoder) refuse(line int, code model.UserErrorCode, path, format string, args ...any) {
	d.errs.Add(code, path, format, args...)
	if line > 0 {
		d.errs.With(lineParam, strconv.Itoa(line))
	}
}

// structure reads a mapping into a structure, whose fields begin as what the
// text need not say.
func (d *decoder) structure(v reflect.Value, n *node, path string) {
	if n.kind != mapping {
		d.refuse(n.line, model.UserInvalid, path, "here stands a mapping of keys and values")
		return
	}
	fields := map[string]reflect.StructField{}
	var known []string
	for f := range v.Type().Fields() {
		if key, _ := name(f); key != "" {
			fields[key], known = f, append(known, key)
		}
	}
	given := map[string]bool{}
	for _, own := range n.fields {
		f, is := fields[own.name]
		under := path + "." + own.name
		switch {
		case !is:
			d.refuse(own.line, model.UserInvalid, path, "there is no %.60q here; there are %s", own.name, strings.Join(known, ", "))
		case given[own.name]:
			d.refuse(own.line, model.UserDuplicateInput, under, "this stands twice")
		case own.value.kind == null:
			d.refuse(own.line, model.UserRequired, under, "nothing follows: leave the line out for what holds where nothing is said")
		default:
			d.lines[under] = own.line
			d.value(v.FieldByIndex(f.Index), own.value, under, own.name)
		}
		given[own.name] = true
	}
	for _, key := range known {
		f := fields[key]
		if _, optional := name(f); !optional && !given[key] && !mayBeAbsent(v.Type(), f.Name) {
			d.refuse(n.line, model.UserRequired, path+"."+key, "this is needed")
		}
	}
	settle(v)
}

// settle fills in what the text left out.
func settle(v reflect.Value) {
	preset := presetOf(v)
	for f := range v.Type().Fields() {
		if field := v.FieldByIndex(f.Index); field.IsZero() && mayBeAbsent(v.Type(), f.Name) {
			field.Set(preset.FieldByIndex(f.Index))
		}
	}
}

// kinds says what nouns the ids of a field point at, by its name in the text.
var kinds = map[string]model.Kind{
	"calendar": model.KindFiscalCalendar, "measure": model.KindMeasure, "lookedUpBy": model.KindMeasure,
	"rateTable": model.KindRateTable, "team": model.KindTeam, "plan": model.KindPlan,
	"title": model.KindTitle, "creditType": model.KindCreditType,
}

// value reads a node into a value; called is the name of the field that it is of.
func (d *decoder) value(v reflect.Value, n *node, path, called string) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(v.Elem(), n, path, called)
		return
	case reflect.Slice:
		d.list(v, n, path, called)
		return
	case reflect.Struct:
		if v.Type() != reflect.TypeFor[model.ID]() && v.Type() != reflect.TypeFor[decimal.Decimal]() {
			d.structure(v, n, path)
			return
		}
	}
	if n.kind != scalar {
		d.refuse(n.line, model.UserInvalid, path, "here stands a single value")
		return
	}
	d.scalar(v, n, path, called)
}

func (d *decoder) list(v reflect.Value, n *node, path, called string) {
	if n.kind != list {
		d.refuse(n.line, model.UserInvalid, path, "here stands a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		under := fmt.Sprintf("%s.%d", path, i)
		d.lines[under] = item.line
		if item.kind == null {
			d.refuse(item.line, model.UserRequired, under, "this is needed")
			continue
		}
		d.value(out.Index(i), item, under, called)
	}
	v.Set(out)
}

// scalar reads one value, a number only where it is exact.
func (d *decoder) scalar(v reflect.Value, n *node, path, called string) {
	var err error
	switch own := v.Addr().Interface().(type) {
	case *model.ID:
		id, found := d.find(Reference{kinds[called], n.text})
		if !found {
			d.refuse(n.line, model.UserNotFound, path, "there is none with the key %.200q", n.text)
		}
		*own = id
		return
	case *decimal.Decimal:
		*own, err = model.ParseDecimal(n.text)
		*own = own.Normalize()
	case *model.Date:
		*own, err = model.ParseDate(n.text)
	case *model.CurrencyCode:
		*own, err = model.ParseCurrencyCode(n.text)
	case *bool:
		if *own = n.text == "true"; n.text != "true" && n.text != "false" {
			err = fmt.Errorf("this is true or false")
		}
	case *int:
		if *own, err = strconv.Atoi(n.text); err != nil {
			err = fmt.Errorf("this is a whole number")
		}
	default:
		if all := choices[v.Type()]; all != nil && !slices.Contains(all, n.text) {
			err = fmt.Errorf("this is one of %s", strings.Join(all, ", "))
		}
		v.SetString(n.text)
	}
	if err != nil {
		d.refuse(n.line, model.UserInvalid, path, "%s", err)
	}
}
