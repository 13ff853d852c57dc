package resolver

import (
	"encoding/json"
	"strings"
	"testing"
)

// everything declares a variable of each type of tinySDL.
const everything = `query($text: String, $need: String!, $input: Item, $ids: [ID!], $n: Int, $f: Float, $state: State, $choice: Choice, $any: Anything) {
  echo(text: $text, input: $input, ids: $ids, n: $n, f: $f, state: $state, choice: $choice, any: $any) b: echo(text: $need) }`

func TestVariablesOfTheWrongTypeAreRefusedWithTheirPath(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for variables, path := range map[string]string{
		`{"text":1}`: "variable text", `{"text":true}`: "variable text", `{"text":["a"]}`: "variable text", `{"text":{}}`: "variable text", `{"text":"\u0000"}`: "variable text",
		`{"need":null}`: "variable need",
		`{"n":"2"}`:     "variable n", `{"n":2.5}`: "variable n", `{"n":2.0}`: "variable n", `{"n":1e3}`: "variable n", `{"n":true}`: "variable n", `{"n":3000000000}`: "variable n", `{"n":99999999999999999999}`: "variable n",
		`{"f":"2.5"}`: "variable f", `{"f":"NaN"}`: "variable f", `{"f":1e999}`: "variable f",
		`{"state":"open"}`: "variable state", `{"state":"NONE"}`: "variable state", `{"state":1}`: "variable state", `{"state":["OPEN"]}`: "variable state",
		`{"ids":["a",null]}`: "variable ids 1", `{"ids":["a",1.5]}`: "variable ids 1", `{"ids":[["a"]]}`: "variable ids 0", `{"ids":{}}`: "variable ids",
		`{"input":"x"}`: "variable input", `{"input":[{"name":"a"}]}`: "variable input", `{"input":{"name":1}}`: "variable input name", `{"input":{"name":null}}`: "variable input name", `{"input":{}}`: "variable input name",
		`{"input":{"name":"a","nam":1}}`: "variable input nam", `{"input":{"name":"a","__typename":"Item"}}`: "variable input __typename", `{"input":{"name":"a","` + strings.Repeat("x", 5000) + `":1}}`: "variable input ...",
		`{"input":{"name":"a","amount":1}}`: "variable input amount", `{"input":{"name":"a","amount":1.5}}`: "variable input amount", `{"input":{"name":"a","amount":"1e5"}}`: "variable input amount",
		`{"input":{"name":"a","tags":["a",1]}}`: "variable input tags 1", `{"input":{"name":"a","grid":[[1],[2,"3"]]}}`: "variable input grid 1 1", `{"input":{"name":"a","grid":[[1,null]]}}`: "variable input grid 0 1",
		`{"input":{"name":"a","flag":"true"}}`: "variable input flag", `{"input":{"name":"a","count":"1"}}`: "variable input count", `{"input":{"name":"a","state":"closed"}}`: "variable input state", `{"input":{"name":"a","rate":"1"}}`: "variable input rate",
		`{"input":{"name":"a","items":[{"name":"b"},{"name":"c","items":[{"name":2}]}]}}`: "variable input items 1 items 0 name",
		`{"choice":{}}`: "variable choice", `{"choice":{"a":"x","b":1}}`: "variable choice", `{"choice":{"a":null}}`: "variable choice", `{"choice":{"a":"x","b":null}}`: "variable choice", `{"choice":{"b":"1"}}`: "variable choice b",
		`{"choice":{"item":{"name":"a","choice":{}}}}`: "variable choice item choice", `{"input":{"name":"a","choice":{"a":"x","b":2}}}`: "variable input choice",
	} {
		if !strings.Contains(variables, `"need"`) {
			variables = `{"need":"x",` + variables[1:]
		}
		got := ask(t, h, post(query(everything, variables)))
		if got.status != 400 || got.code() != "BAD_USER_INPUT" || got.hasData || len(got.errors) != 1 {
			t.Errorf("%.80s: %d %s", variables, got.status, got.body)
			continue
		}
		steps := make([]string, len(got.errors[0].Path))
		for i, step := range got.errors[0].Path {
			text, _ := json.Marshal(step)
			steps[i] = strings.Trim(string(text), `"`)
		}
		if joined := strings.Join(steps, " "); joined != path {
			t.Errorf("%.80s: path %q, want %q", variables, joined, path)
		}
	}
	if got := ask(t, h, post(query(everything, `{}`))); got.code() != "BAD_USER_INPUT" || got.hasData {
		t.Errorf("a variable that is missing: %s", got.body)
	}
}

func TestVariablesOfTheRightTypePass(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for variables, want := range map[string]string{
		`{"n":2}`: `"n":2`, `{"n":-2147483648}`: `"n":-2147483648`, `{"n":null}`: `"n":null`, `{"f":1}`: `"f":1`, `{"f":2.5e3}`: `"f":2500`,
		`{"text":"ü😀\n"}`: `"text":"ü😀\n"`, `{"state":"OPEN"}`: `"state":"OPEN"`, `{"ids":"a"}`: `"ids":["a"]`, `{"ids":["a","b"]}`: `"ids":["a","b"]`, `{"ids":[7]}`: `"ids":[7]`, `{"ids":[]}`: `"ids":[]`,
		`{"input":{"name":"a"}}`: `"input":{"name":"a"}`, `{"input":{"name":"a","amount":"12.50","state":null,"tags":"x"}}`: `"amount":"12.50"`,
		`{"input":{"name":"a","tags":"x"}}`: `"tags":["x"]`, `{"input":{"name":"a","grid":1}}`: `"grid":[[1]]`, `{"input":{"name":"a","grid":[[1,2],[]]}}`: `"grid":[[1,2],[]]`,
		`{"choice":{"a":"x"}}`: `"choice":{"a":"x"}`, `{"choice":{"b":1}}`: `"choice":{"b":1}`, `{"any":{"a":[1,"x",null]}}`: `"any":{"a":[1,"x",null]}`, `{"unknown":1}`: `"b":"{\"text\":\"x\"}"`,
	} {
		got := ask(t, h, post(query(everything, `{"need":"x",`+variables[1:])))
		var data map[string]string
		if err := json.Unmarshal(got.data, &data); err != nil || len(got.errors) > 0 {
			t.Errorf("%s: %s", variables, got.body)
			continue
		}
		all, _ := json.Marshal(data)
		if !strings.Contains(data["echo"], want) && !strings.Contains(string(all), want) {
			t.Errorf("%s gave %s, want %s in it", variables, all, want)
		}
	}
}

func TestOneOfIsEnforcedInTheDocumentToo(t *testing.T) {
	h, _ := serveTiny(t, nil)
	for document, pass := range map[string]bool{
		`{ echo(choice: {a: "x"}) }`: true, `{ echo(choice: {}) }`: false, `{ echo(choice: {a: "x", b: 1}) }`: false, `{ echo(choice: {a: null}) }`: false,
		`query($a: String! = "x") { echo(choice: {a: $a}) }`: true, `query($a: String) { echo(choice: {a: $a}) }`: false,
		`query($c: Choice = {a: "x", b: 1}) { echo(choice: $c) }`: false, `{ echo(n: "2") }`: false, `{ echo(text: 2) }`: false, `{ echo(state: "OPEN") }`: false,
	} {
		got := ask(t, h, post(query(document, "")))
		if pass != (got.status == 200 && len(got.errors) == 0) || (!pass && got.code() != "BAD_USER_INPUT") {
			t.Errorf("%s: %d %s", document, got.status, got.body)
		}
	}
}

func TestLiteralsAreCheckedBeforeAnythingIsExecuted(t *testing.T) {
	h, log := serveTiny(t, nil)
	for document, pass := range map[string]bool{
		`{ echo(n: 99999999999999999999) }`: false, `{ echo(n: 3000000000) }`: false, `{ echo(n: 2147483647) }`: true, `{ echo(ids: 99999999999999999999) }`: false,
		`{ echo(ids: 7) }`: true, `{ echo(f: 1e999) }`: false, `{ echo(f: 1) }`: true, `{ echo(any: 99999999999999999999) }`: false, `{ echo(any: [{a: 1e999}]) }`: false,
		`{ echo(any: {a: [1.5, FOO, null, "x"]}) }`: true, `{ echo(input: {name: "a", amount: 1.5}) }`: false, `{ echo(input: {name: "a", amount: "1.5"}) }`: true,
		`{ echo(input: {name: "a", amount: ONE}) }`: false, `{ echo(input: {name: "a", amount: {a: 1}}) }`: false, `{ echo(input: {name: "a", amount: null}) }`: true,
		`{ echo(text: "a\u0000b") }`: false, `{ echo(text: """a""") }`: true, `query($n: Int = 3000000000) { echo(n: $n) }`: false, `query($n: Int = 3) { echo(n: $n) }`: true,
		`query($i: Item = {name: "a", amount: 1.5}) { echo(input: $i) }`: false, `{ ...f } fragment f on Query { ... { echo(n: 3000000000) } }`: false,
		`{ ...f @skip(if: true) } fragment f on Query { ... @include(if: true) { echo(n: 3) } }`: true, `mutation { record a: record(input: {name: "a", amount: 1}) }`: false,
	} {
		got := ask(t, h, post(query(document, "")))
		if pass != (got.status == 200 && len(got.errors) == 0) || (!pass && (got.code() != "BAD_USER_INPUT" || got.hasData)) {
			t.Errorf("%s: %d %s", document, got.status, got.body)
		}
	}
	if log.String() != "" {
		t.Errorf("logged %s", log)
	}
}
