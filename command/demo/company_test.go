package demo

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
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
	text, err := json.Marshal([]any{rows, rates(), fmt.Sprint(c.payees, c.seats, c.accounts)})
	if err != nil {
		t.Fatal(err)
	}
	const want = "e640298cb7d84daab40f4d75275e39322a585f63874fe9d2a37a1db98da33dd0"
	if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want {
		t.Errorf("the company has the hash %s", got)
	}
}
