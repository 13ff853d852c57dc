package scenario

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"spm/model"
)

var plainNumber = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// related puts foreign ids, texts and numbers into what a list may be filtered
// by of the rows that its rows lead to, ids two steps away too, and expects the
// very answer that values get which nobody has.
func (w *walker) related(f *ast.FieldDefinition, where *ast.Definition, missing []model.ID, depth int) {
	s, _ := w.step(f, 1)
	query := fmt.Sprintf("query($w: %s) { %s(where: $w, first: 250) { totalCount nodes { %s } } }", where.Name, f.Name, w.leaves(s.typ))
	w.relations(where, depth, func(wrap func(any) any, target *ast.Definition, far bool) {
		for _, by := range target.Fields {
			if far && by.Type.Name() != "IDFilter" {
				continue // one step away each of its filters is tried
			}
			theirs, nobodys, operators := w.strange(by.Type.Name(), missing)
			for _, operator := range operators {
				w.same(query, wrap(map[string]any{by.Name: map[string]any{operator: theirs}}), wrap(map[string]any{by.Name: map[string]any{operator: nobodys}}))
			}
			if by.Type.Name() == "StringFilter" && depth > 1 {
				w.parts(query, wrap, by.Name)
			}
		}
	})
}

// relations calls each for every way to other nouns, with what puts their
// conditions into the list's where.
func (w *walker) relations(where *ast.Definition, depth int, each func(wrap func(any) any, target *ast.Definition, far bool)) {
	for _, by := range where.Fields {
		filter := w.schema.Types[by.Type.Name()]
		for _, quantifier := range []string{"is", "some", "none"} {
			lead := filter.Fields.ForName(quantifier)
			if lead == nil || strings.HasSuffix(filter.Name, "Where") {
				continue
			}
			wrap := func(inner any) any { return map[string]any{by.Name: map[string]any{quantifier: inner}} }
			target := w.schema.Types[lead.Type.Name()]
			each(wrap, target, false)
			if depth > 1 && (quantifier == "is" || quantifier == "some") {
				w.relations(target, depth-1, func(further func(any) any, target *ast.Definition, _ bool) {
					each(func(inner any) any { return wrap(further(inner)) }, target, true)
				})
			}
		}
	}
}

// strange gives values of others for a filter, as many that nobody has, and
// the operators that take them.
func (w *walker) strange(filter string, missing []model.ID) (theirs, nobodys, operators []string) {
	switch filter {
	case "IDFilter":
		of := map[model.Kind]int{}
		for i, id := range w.truth.ids {
			if of[id.Kind]++; of[id.Kind] <= 8 {
				theirs, nobodys = append(theirs, id.String()), append(nobodys, missing[i].String())
			}
		}
	case "StringFilter":
		for _, text := range slices.Sorted(maps.Keys(w.truth.foreign)) {
			if !idText.MatchString(text) {
				theirs, nobodys = append(theirs, text), append(nobodys, "nobody's "+text)
			}
		}
	case "DecimalFilter":
		for _, text := range slices.Sorted(maps.Keys(w.truth.foreign)) {
			if plainNumber.MatchString(text) && len(text) < 15 {
				theirs, nobodys = append(theirs, text), append(nobodys, "99999"+text)
			}
		}
	default:
		return nil, nil, nil
	}
	most := min(len(theirs), 200)
	return theirs[:most], nobodys[:most], []string{"in"}
}

// parts looks for texts of others by how they begin and what is in them.
func (w *walker) parts(query string, wrap func(any) any, by string) {
	own := strings.ToLower(strings.Join(slices.Collect(maps.Keys(w.truth.own)), "\n"))
	asked := 0
	for _, text := range slices.Sorted(maps.Keys(w.truth.foreign)) {
		if asked == 1 || idText.MatchString(text) || plainNumber.MatchString(text) || strings.Contains(own, strings.ToLower(text)) {
			continue
		}
		asked++
		for _, operator := range []string{"iContains", "startsWith"} {
			w.same(query, wrap(map[string]any{by: map[string]any{operator: text}}), wrap(map[string]any{by: map[string]any{operator: "nobody's " + text}}))
		}
	}
}
