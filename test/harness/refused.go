package harness

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Refused sends a document with mutations and gives their user errors, each as
// "dotted.path CODE", in the order of the answer. The test fails on a top-level
// error.
func (h *Harness) Refused(token, query string, variables any) []string {
	h.tb.Helper()
	answer := h.Post(token, query, variables)
	if len(answer.Errors) > 0 {
		h.tb.Fatalf("%s\nanswered %v", query, answer.Errors)
	}
	var payloads map[string]struct {
		UserErrors []struct {
			Path []string
			Code string
		}
	}
	h.must(json.Unmarshal(answer.Data, &payloads))
	var out []string
	for _, p := range payloads {
		for _, e := range p.UserErrors {
			out = append(out, strings.Join(e.Path, ".")+" "+e.Code)
		}
	}
	return out
}

// Denied sends a document and gives the code of its only top-level error, ""
// where there is none.
func (h *Harness) Denied(token, query string, variables any) string {
	h.tb.Helper()
	answer := h.Post(token, query, variables)
	if len(answer.Errors) == 0 {
		return ""
	}
	return fmt.Sprint(answer.Errors[0].Extensions["code"])
}

// Same fails the test where two lists differ.
func Same(tb testing.TB, what string, got []string, want ...string) {
	tb.Helper()
	if !slices.Equal(got, want) {
		tb.Errorf("%s: got %q, want %q", what, got, want)
	}
}

// Texts gives the texts at a path of each value.
func Texts(values []Value, path ...any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = v.String(path...)
	}
	return out
}
