package resolver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// remarshal writes a decoded value in encoding/json's order.
func remarshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func remarshalText(t *testing.T, text []byte) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("accepted what is not JSON: %q", text)
	}
	return remarshal(t, v)
}

func TestErrorsSayNothing(t *testing.T) {
	h, log := serveTiny(t, nil)
	for how, want := range map[string]struct {
		code, message string
		logged        bool
	}{
		"unknown":  {"INTERNAL", internalMessage, true},
		"internal": {"INTERNAL", internalMessage, true},
		"panic":    {"INTERNAL", internalMessage, true},
		"wrapped":  {"FORBIDDEN", "You may not.", false},
		"business": {"BAD_USER_INPUT", "input.name: is not a name", false},
	} {
		before := len(log.String())
		got := ask(t, h, post(query(`{ fail(how: "`+how+`") __typename }`, "")))
		if got.status != 200 || len(got.errors) != 1 || got.code() != want.code || got.errors[0].Message != want.message {
			t.Errorf("%s: %d %s", how, got.status, got.body)
			continue
		}
		if strings.Contains(got.body, "SQLSTATE") || strings.Contains(got.body, ".go") {
			t.Errorf("%s leaks: %s", how, got.body)
		}
		if path := got.errors[0].Path; len(path) != 1 || path[0] != "fail" {
			t.Errorf("%s: path %v", how, path)
		}
		line := log.String()[before:]
		id := got.header.Get("X-Request-Id")
		if want.logged != strings.Contains(line, "SQLSTATE") || want.logged != strings.Contains(line, id) || strings.Count(line, "\n") > 1 {
			t.Errorf("%s: logged %q", how, line)
		}
		if extensions := got.errors[0].Extensions; extensions["requestId"] != id || extensions["retryable"] != false {
			t.Errorf("%s: %v", how, extensions)
		}
	}
}

func TestErrorsAreCapped(t *testing.T) {
	h, log := serveTiny(t, nil)
	got := ask(t, h, post(query(`{ fail(how: "many") }`, "")))
	if len(got.errors) != maxErrors || got.extensions["errorsOmitted"] != 80.0 {
		t.Errorf("%d errors, %v", len(got.errors), got.extensions)
	}
	if lines := strings.Count(log.String(), "\n"); lines != maxLogged {
		t.Errorf("%d lines logged", lines)
	}
	var unknown strings.Builder
	for i := range 250 {
		fmt.Fprintf(&unknown, "n%d ", i)
	}
	got = ask(t, h, post(query("{ person { "+unknown.String()+"} }", "")))
	if len(got.errors) != maxRequestErrors || got.hasData || got.status != 400 {
		t.Errorf("%d errors: %d %s", len(got.errors), got.status, got.body)
	}
	got = ask(t, h, post(query("{ "+strings.Repeat("n", 15000)+" }", "")))
	if len(got.body) > 1000 || got.code() != "BAD_USER_INPUT" {
		t.Errorf("%d bytes answer a long name", len(got.body))
	}
}

func TestNothingIsSuggested(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for _, document := range []string{
		"{ secre }", "{ echo(tex: \"a\") }", "query($x: Stat) { echo }", "{ echo(state: OPE) }", "{ person }", "{ echo(input: {nam: \"a\"}) }", "{ ...on Perso { name } }",
		"mutation { recor }", "{ secret { a } }", "{ echo(choice: {aa: \"x\"}) }",
	} {
		got := ask(t, h, post(query(document, "")))
		if got.code() != "BAD_USER_INPUT" || strings.Contains(got.body, "Did you mean") {
			t.Errorf("%s: %s", document, got.body)
		}
	}
}

func TestShortenCutsAtACharacter(t *testing.T) {
	if got := shorten(strings.Repeat("€", 400)); len(got) > maxMessage+3 || !strings.HasSuffix(got, "€...") {
		t.Errorf("%q", got)
	}
	if got := shorten("a\xffb"); got != "a\uFFFDb" {
		t.Errorf("%q", got)
	}
}
