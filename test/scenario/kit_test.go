package scenario

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/test/harness"
)

// input makes the variables {input: {...}} of pairs of name and value.
func input(pairs ...any) map[string]any {
	fields := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields[pairs[i].(string)] = pairs[i+1]
	}
	return map[string]any{"input": fields}
}

func contains(text, part string) bool { return strings.Contains(text, part) }

// testPaging walks a list forwards and backwards by ones and twos and expects
// the order of the whole list both ways. args are further arguments.
func testPaging(t *testing.T, h *harness.Harness, token, list, field, args string) {
	t.Helper()
	selection := fmt.Sprintf("{ totalCount nodes { %s } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }", field)
	all := h.Do(token, fmt.Sprintf("{ %s(first: 250 %s) %s }", list, args, selection), nil).At(list)
	want := harness.Texts(all.List("nodes"), field)
	if len(want) < 3 || int(all.At("totalCount").V.(float64)) != len(want) {
		t.Fatalf("%s: %d rows, totalCount %v", list, len(want), all.At("totalCount").V)
	}
	for size := 1; size <= 2; size++ {
		var forth, back []string
		for cursor := "null"; cursor != ""; {
			page := h.Do(token, fmt.Sprintf("{ %s(first: %d, after: %s %s) %s }", list, size, cursor, args, selection), nil).At(list)
			forth = append(forth, harness.Texts(page.List("nodes"), field)...)
			cursor = next(page, "hasNextPage", "endCursor")
		}
		for cursor := "null"; cursor != ""; {
			page := h.Do(token, fmt.Sprintf("{ %s(last: %d, before: %s %s) %s }", list, size, cursor, args, selection), nil).At(list)
			back = append(harness.Texts(page.List("nodes"), field), back...)
			cursor = next(page, "hasPreviousPage", "startCursor")
		}
		if !slices.Equal(forth, want) || !slices.Equal(back, want) {
			t.Errorf("%s by %d: forwards %v, backwards %v, want %v", list, size, forth, back, want)
		}
	}
}

func next(page harness.Value, more, cursor string) string {
	if !page.At("pageInfo", more).V.(bool) {
		return ""
	}
	return fmt.Sprintf("%q", page.String("pageInfo", cursor))
}
