package demo

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// TestCompany holds what the demo promises of its company.
func TestCompany(t *testing.T) {
	t.Parallel()
	c := New()
	if len(c.payees) != 60 {
		t.Errorf("%d payees", len(c.payees))
	}
	names := map[string]bool{}
	for _, p := range c.payees {
		names[p.name] = true
	}
	if len(names) != len(c.payees) {
		t.Error("two payees have the same name")
	}
	counts := map[string]int{}
	firstAt := map[string]int{}
	for i, f := range c.facts {
		counts[f.kind]++
		counts["revised"] += f.revision - 1
		if len(f.sellers) > 1 {
			counts["split"]++
		}
		if f.product == unknownSpelling {
			counts["misspelt"]++
		}
		if f.sellers[0].position == openSeat {
			counts["open"]++
		}
		if f.sellers[0].payee == "E999" {
			counts["unknown"]++
		}
		if _, seen := firstAt[f.id]; !seen {
			firstAt[f.id] = i
		}
	}
	for i, f := range c.facts {
		if f.reverses != "" && firstAt[f.reverses] > i {
			counts["early return"]++
		}
		if f.revision == 2 && firstAt[f.id] == i {
			counts["early revision"]++
		}
	}
	for what, least := range map[string]int{
		"BOOKING": 3000, "RETURN": 60, "revised": 60, "split": 300, "misspelt": 5, "open": 15, "unknown": 1, "early return": 3, "early revision": 3,
	} {
		if counts[what] < least {
			t.Errorf("%s: %d, want at least %d", what, counts[what], least)
		}
	}
	if len(c.facts) > 5000 {
		t.Errorf("%d facts", len(c.facts))
	}
}

// TestAlwaysTheSame: the company does not change from run to run; a change of
// it on purpose changes the hash here.
func TestAlwaysTheSame(t *testing.T) {
	t.Parallel()
	var rows []any
	c := New()
	for _, f := range c.facts {
		rows = append(rows, f.input())
	}
	for _, a := range c.accounts {
		rows = append(rows, fmt.Sprint(a.key, a.name, a.segment, a.region.key))
	}
	text, err := json.Marshal([]any{rows, rates(), fmt.Sprint(c.payees, c.seats)})
	if err != nil {
		t.Fatal(err)
	}
	const want = "d0fcce4e71f4b5ae58865158d2bbc5e95e3376c638c090daa7ee7e207e13af9c"
	if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want {
		t.Errorf("the company has the hash %s", got)
	}
}

// TestGuides: those as whom the demo lets one ask are there, and the tabs name
// them all.
func TestGuides(t *testing.T) {
	t.Parallel()
	c := New()
	guides := c.Guides()
	known := map[string]bool{admin: true}
	for _, u := range c.everybody() {
		known[u.subject] = true
	}
	tabs, err := Tabs(guides)
	if err != nil {
		t.Fatal(err)
	}
	if len(tabs) != 6 {
		t.Errorf("%d tabs", len(tabs))
	}
	all := strings.Join(tabs, "\n")
	for _, one := range guides.All() {
		if !known[one.Subject] || one.Name == "" || !strings.Contains(all, "As "+one.Name) {
			t.Errorf("%+v", one)
		}
	}
	if guides.Manager.Name == guides.Rep.Name || c.holder(c.lastSeat(repKey), lastOfYear) != repKey {
		t.Errorf("the rep is gone: %+v", guides)
	}
	if !strings.Contains(all, "mutation "+Deal) || strings.Contains(all, "{{") || strings.Contains(all, "no value") {
		t.Error(all)
	}
}

// TestBar: on a terminal a bar that fits, in one line; elsewhere none.
func TestBar(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	screen := &Screen{Out: &out, Width: 50}
	screen.bar(0.5, "deals: 2,000 of 4,304 and more")
	screen.bar(1, "calculation")
	screen.done("calculation", "60 payees", time.Second)
	lines := strings.Split(out.String(), "\r")
	if len(lines) != 4 || !strings.HasPrefix(lines[0], " "+strings.Repeat("█", 15)+strings.Repeat("░", 15)+"  50%  deals: 2,") ||
		!strings.HasPrefix(lines[1], " "+strings.Repeat("█", 30)+" 100%  calculation") || !strings.HasSuffix(lines[3], "1.0 s\n") {
		t.Errorf("%q", lines)
	}
	for _, line := range lines[:2] {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, eraseLine)); n >= 50 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	out.Reset()
	(&Screen{Out: &out}).bar(0.5, "deals")
	if out.Len() > 0 || strings.Contains((&Screen{Out: &out}).Strong("plain"), "\x1b") {
		t.Errorf("no terminal is told %q", out.String())
	}
}
