package plantext

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"spm/model"
)

func told(errs model.UserErrors) string {
	var out []string
	for _, e := range errs {
		line := ""
		for _, p := range e.Params {
			line = " line " + p.Value
		}
		out = append(out, strings.Join(e.Path, ".")+" "+string(e.Code)+line)
	}
	return strings.Join(out, "\n")
}

const small = `plan: AE
name: Account executives
startDate: 2026-01-01
currency: EUR
calendar: FY
components:
  - key: base
    measure: ARR
    payout: MONTH
    rateKind: RATE_ON_VALUE
    rate: 0.05
`

func TestWhatIsWrongIsToldWithItsLine(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"an unknown key", "    rate: 0.05", "    rates: 0.05", "input.text.components.0 INVALID line 11"},
		{"an unknown key at the top", "currency", "kurrency", "input.text INVALID line 4\ninput.text.currency REQUIRED line 1"},
		{"a word that is no choice", "MONTH", "FORTNIGHT", "input.text.components.0.payout INVALID line 9"},
		{"a number with an exponent", "0.05", "5e-2", "input.text.components.0.rate INVALID line 11"},
		{"a number in another notation", "0.05", "0x5", "input.text.components.0.rate INVALID line 11"},
		{"a number with separators", "0.05", "1_000", "input.text.components.0.rate INVALID line 11"},
		{"not a number", "0.05", ".inf", "input.text.components.0.rate INVALID line 11"},
		{"too many digits", "0.05", "0.05123456789123", "input.text.components.0.rate INVALID line 11"},
		{"a list for a number", "0.05", "[0.05]", "input.text.components.0.rate INVALID line 11"},
		{"a value for a list", "components:", "parameters: 5\ncomponents:", "input.text.parameters INVALID line 6"},
		{"a value for a mapping", "components:", "rules: 5\ncomponents:", "input.text.rules INVALID line 6"},
		{"nothing", "rate: 0.05", "rate:", "input.text.components.0.rate REQUIRED line 11"},
		{"null", "rate: 0.05", "rate: null", "input.text.components.0.rate REQUIRED line 11"},
		{"an empty item", "components:", "caps: [~]\ncomponents:", "input.text.caps.0 REQUIRED line 6"},
		{"a key that leads nowhere", "ARR", "NONE", "input.text.components.0.measure NOT_FOUND line 8"},
		{"no such day", "2026-01-01", "2026-02-30", "input.text.startDate INVALID line 3"},
		{"no such currency", "EUR", "EURO", "input.text.currency INVALID line 4"},
		{"what is needed", "    payout: MONTH\n", "", "input.text.components.0.payout REQUIRED line 7"},
		{"a component without a key", "  - key: base\n    measure", "  - measure", "input.text.components.0.key REQUIRED line 7"},
		{"not a yes or no", "    rate:", "    restart: maybe\n    rate:", "input.text.components.0.restart INVALID line 11"},
		{"no whole number", "startDate", "number: 1.5\nstartDate", "input.text.number INVALID line 3"},
		{"two at once", "MONTH", "M\n    tierMode: T", "input.text.components.0.payout INVALID line 9\ninput.text.components.0.tierMode INVALID line 10"},
		{"the same key twice", "plan: AE", "plan: AE\nplan: AE", "input.text INVALID line 2"},
		{"an anchor", "plan: AE", "plan: &a AE", "input.text INVALID line 1"},
		{"an alias", "plan: AE", "plan: *a", "input.text INVALID line 1"},
		{"a tag", "plan: AE", "plan: !!str AE", "input.text INVALID line 1"},
		{"a merge key", "plan: AE", "<<: {plan: AE}", "input.text INVALID line 1"},
		{"two documents", "plan: AE", "plan: X\n---\nplan: AE", "input.text INVALID"},
		{"a directive", "plan: AE", "%YAML 1.2\n---\nplan: AE", "input.text INVALID line 1"},
		{"a long key", "plan: AE", "? plan\n: AE", "input.text INVALID line 1"},
		{"no end of a text", "plan: AE", `plan: "AE`, "input.text INVALID line 1"},
		{"no end of a list", "plan: AE", `plan: [AE`, "input.text INVALID line 2"},
		{"a control character", "plan: AE", "plan: A\x00E", "input.text INVALID line 1"},
		{"no mapping", small, "5", "input.text INVALID line 1"},
		{"nothing at all", small, " \n", "input.text REQUIRED"},
		{"not UTF-8", "AE", "\xff", "input.text INVALID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(small, c.old, c.new, 1)
			if text == small {
				t.Fatal("nothing was replaced")
			}
			parsed, errs := Parse(text)
			if len(errs) == 0 {
				_, errs = parsed.Version(func(r Reference) (model.ID, bool) {
					id, _ := keyed(r)
					return id, r.Key != "NONE"
				})
			}
			if got := told(errs); got != c.want {
				t.Errorf("%s\nrefused as\n%s\nwant\n%s (%v)", text, got, c.want, errs)
			}
		})
	}
}

// TestOneTextManyWays takes what other tools and people write: other quotes,
// comments, braces, and lines in another order.
func TestOneTextManyWays(t *testing.T) {
	want := Write(readBack(t, small), keyOf)
	if want != small {
		t.Errorf("the text is not canonical:\n%s", want)
	}
	for _, text := range []string{
		strings.ReplaceAll(small, "\n", "\r\n"),
		"# a comment\n---\n" + strings.Replace(small, "rate: 0.05", "rate: 0.0500 # five percent", 1),
		`{"plan": "AE", "name": "Account executives", "startDate": "2026-01-01", "currency": "EUR", "calendar": "FY", "components": [{"key": "base", "measure": "ARR", "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.05"}]}`,
		"components:\n- rate: 0.05\n  rateKind: RATE_ON_VALUE\n  payout: MONTH\n  measure: 'ARR'\n  name: base\n  earningCode: base\n  key: base\ncalendar: \"FY\"\ncurrency: EUR\nstartDate: 2026-01-01\nname: >-\n  Account\n  executives\nplan: AE\nrules: {roundMode: HALF_UP}\n",
	} {
		if got := Write(readBack(t, text), keyOf); got != small {
			t.Errorf("%s\nreads as\n%s", text, got)
		}
	}
}

// TestTextsThatWouldGrow refuses, within a moment, what is made to take long.
func TestTextsThatWouldGrow(t *testing.T) {
	const most = MaxText - 1
	for name, text := range map[string]string{
		"too long":        strings.Repeat("a", MaxText+1),
		"brackets":        strings.Repeat("[", most),
		"braces":          strings.Repeat("{", most),
		"braces and keys": strings.Repeat("{a: ", most/4),
		"dashes":          strings.Repeat("- ", most/2),
		"many items":      strings.Repeat("- a\n", most/4),
		"many keys":       numbered("k%d: 1\n"),
		"colons":          strings.Repeat("a: ", most/3),
		"steps":           staircase(),
		"quotes":          strings.Repeat(`"`, most),
		"single quotes":   strings.Repeat(`'`, most),
		"a long text":     "plan: " + strings.Repeat("a ", most/2-10),
		"a long quote":    `plan: "` + strings.Repeat(`\n`, most/2-10),
		"lines":           strings.Repeat("\n", most-3) + "a: b",
		"comments":        strings.Repeat("#\n", most/2),
		"a block":         "plan: |\n" + strings.Repeat("  a\n", most/4-10),
		"commas":          "plan: [" + strings.Repeat(",", most-10),
		"bars":            strings.Repeat("|", most),
		"questions":       strings.Repeat("? ", most/2),
		"laughs":          "a: &a [x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
	} {
		begin := time.Now()
		_, errs := Parse(text)
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%s took %s", name, took)
		}
		t.Logf("%s: %s %v", name, time.Since(begin), first(errs))
	}
}

func first(errs model.UserErrors) string {
	if len(errs) == 0 {
		return "taken"
	}
	return fmt.Sprintf("%.80s", errs[0].Message)
}

func numbered(line string) string {
	var b strings.Builder
	for i := 0; b.Len() < MaxText-20; i++ {
		fmt.Fprintf(&b, line, i)
	}
	return b.String()
}

func staircase() string {
	var b strings.Builder
	for i := 0; b.Len() < MaxText-1000; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

func FuzzTextsAreReadOrRefused(f *testing.F) {
	f.Add(small)
	f.Add("plan: |-\n  a\n  b\ncaps: [{kind: CAP}, 'x']\n")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, errs := Parse(text)
		if len(errs) > 0 {
			return
		}
		v, errs := parsed.Version(keyed)
		if len(errs) > 0 {
			return
		}
		canonical := Write(v, keyOf)
		if again := Write(readBack(t, canonical), keyOf); again != canonical {
			t.Errorf("%q reads as\n%s\nand then as\n%s", text, canonical, again)
		}
	})
}
