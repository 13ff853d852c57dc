package service

import (
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

// or gives what is pointed at, or the fallback where there is nothing.
func or[T any](given *T, fallback T) T {
	if given == nil {
		return fallback
	}
	return *given
}

// onlyOnce refuses what stands twice in a list.
func onlyOnce[T comparable](errs *model.UserErrors, path string, list []T) {
	seen := map[T]bool{}
	for i, v := range list {
		if seen[v] {
			errs.Add(model.UserDuplicateInput, fmt.Sprintf("%s.%d", path, i), "this stands twice")
		}
		seen[v] = true
	}
}

// choice is one of several fields of which exactly one is to be given.
type choice struct {
	field string
	id    *model.ID
}

func exactlyOne(errs *model.UserErrors, path string, choices ...choice) {
	var given, all []string
	for _, c := range choices {
		all = append(all, c.field)
		if c.id != nil {
			given = append(given, c.field)
		}
	}
	switch len(given) {
	case 0:
		errs.Add(model.UserRequired, path+"."+all[0], "give one of %s", strings.Join(all, ", "))
	case 1:
	default:
		errs.Add(model.UserInvalid, path+"."+given[1], "give only one of %s", strings.Join(all, ", "))
	}
}

// atMostOne refuses several, and takes none.
func atMostOne(errs *model.UserErrors, path string, choices ...choice) {
	for _, c := range choices {
		if c.id != nil {
			exactlyOne(errs, path, choices...)
			return
		}
	}
}

// required sets a field that may be left out of a patch but not cleared by it.
func required[T any](errs *model.UserErrors, path string, given graphql.Omittable[*T], field *T) {
	value, set := given.ValueOK()
	switch {
	case set && value == nil:
		errs.Add(model.UserRequired, path, "this cannot be cleared")
	case set:
		*field = *value
	}
}
