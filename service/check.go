package service

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"spm/model"
)

// MoneyInput is an amount of one currency as given.
type MoneyInput = model.Money

// AttributeInput is a named text as given.
type AttributeInput = model.Attribute

const (
	maxKey        = 200
	maxName       = 200
	maxReason     = 1000
	maxAttributes = 50
	maxList       = 250
)

// newID makes the id of a noun that somebody creates.
func newID(kind model.Kind) (model.ID, error) {
	id, err := uuid.NewV7()
	return model.UUIDs(kind, id), err
}

// checkKey gives the caller's key, or one made of the id where there is none
// and an idempotency key makes the create safe to send twice.
func checkKey(ctx context.Context, errs *model.UserErrors, path string, key *string, id model.ID) string {
	switch {
	case key == nil && idempotencyKey(ctx) == "":
		errs.Add(model.UserRequired, path, "give your key, or send the mutation with an idempotency key")
	case key == nil:
		return id.String()
	default:
		checkText(errs, path, *key, maxKey)
		return *key
	}
	return ""
}

// checkText refuses text that is empty, longer than most characters, or has
// leading or trailing space.
func checkText(errs *model.UserErrors, path, text string, most int) {
	switch {
	case text == "":
		errs.Add(model.UserRequired, path, "this is needed")
	case utf8.RuneCountInString(text) > most:
		errs.Add(model.UserTooLong, path, "this has at most %d characters", most)
	case strings.TrimSpace(text) != text:
		errs.Add(model.UserInvalid, path, "this begins or ends with space")
	}
}

func checkAttributes(errs *model.UserErrors, path string, given []*AttributeInput) []model.Attribute {
	if len(given) > maxAttributes {
		errs.Add(model.UserTooMany, path, "at most %d attributes", maxAttributes)
		return nil
	}
	seen := map[string]bool{}
	out := make([]model.Attribute, 0, len(given))
	for i, a := range given {
		at := fmt.Sprintf("%s.%d", path, i)
		checkText(errs, at+".name", a.Name, 64)
		if utf8.RuneCountInString(a.Value) > 1000 {
			errs.Add(model.UserTooLong, at+".value", "this has at most 1000 characters")
		}
		if seen[a.Name] {
			errs.Add(model.UserDuplicateInput, at+".name", "the attribute stands twice")
		}
		seen[a.Name] = true
		out = append(out, *a)
	}
	return out
}

// checkDays makes [from, to) of a first and an inclusive last day.
func checkDays(errs *model.UserErrors, path string, start, end *model.Date) model.Interval {
	days := model.Always
	if start != nil {
		days.From = *start
	}
	if end != nil {
		days.To = min(end.AddDays(1), model.MaxDate)
	}
	if days.Empty() {
		errs.Add(model.UserInvalid, path, "the last day lies before the first")
	}
	return days
}

// needed adds NOT_FOUND where an id that was given leads nowhere.
func needed[M any](errs *model.UserErrors, path string, id *model.ID, found map[model.ID]*M) *M {
	if id == nil {
		return nil
	}
	m := found[*id]
	if m == nil {
		errs.Add(model.UserNotFound, path, "there is none with this id")
	}
	return m
}

// ids lists the ids that are given.
func ids(some ...*model.ID) []model.ID {
	var out []model.ID
	for _, id := range some {
		if id != nil {
			out = append(out, *id)
		}
	}
	return out
}

// checkNewName gives the name that a change sets; null is refused.
func checkNewName(errs *model.UserErrors, name *string) string {
	if name == nil {
		errs.Add(model.UserRequired, "input.name", "it has a name")
		return ""
	}
	checkText(errs, "input.name", *name, maxName)
	return *name
}

// checkCount refuses a list without rows or with more than 250.
func checkCount(errs *model.UserErrors, path string, n int) {
	switch {
	case n == 0:
		errs.Add(model.UserRequired, path, "give at least one")
	case n > maxList:
		errs.Add(model.UserTooMany, path, "at most %d at a time", maxList)
	}
}

// indexed is the path of a list's item.
func indexed(path string, i int) string { return fmt.Sprintf("%s.%d", path, i) }
