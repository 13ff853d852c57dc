package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// allKinds are the kinds of change of the rich company: those of the shop too.
func allKinds() []richKind {
	out := slices.Concat(factKinds, payKinds)
	for _, k := range kinds {
		if k.name != "record" {
			out = append(out, richKind{k.name, func(s *rich, random *rand.Rand) []string { return k.do(s.shop, random) }})
		}
	}
	return out
}

// TestIncrementalOfAllKinds makes random changes of every kind that calculation
// knows, a few at a time, and each time compares credits, results, problems and
// balances with what a calculation of everything in memory gives, and at the end
// with what requested runs make. CHANGES of the environment makes so many, in
// companies of STEPS each; SEED begins with another.
func TestIncrementalOfAllKinds(t *testing.T) {
	t.Parallel()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	changes, steps, seed := number("CHANGES", 24), number("STEPS", 200), number("SEED", 1)
	c := changesMade{done: map[string]int{}, refused: map[string]int{}, begun: time.Now(), sizes: []int{1, 1, 2, 4}}
	if changes > 1000 {
		c.sizes = []int{1, 8, 24, 40}
	}
	for made := 0; made < changes; made, seed = c.number, seed+1 {
		c.company(t, uint64(seed), min(steps, changes-made))
		t.Logf("seed %d: %d changes in %s, of which %d were compared alone, in %d comparisons; problems seen of the last: %v", seed, c.number, time.Since(c.begun).Round(time.Second), c.alone, c.compared, c.problems)
	}
	for _, k := range slices.Sorted(maps.Keys(c.done)) {
		t.Logf("%5d %s", c.done[k], k)
	}
	t.Logf("refused: %v", c.refused)
}

// changesMade counts changes and comparisons.
type changesMade struct {
	done, refused           map[string]int
	number, alone, compared int
	problems                []string
	sizes                   []int // how many changes there are between two comparisons
	begun                   time.Time
}

// company makes changes in a company of its own.
func (c *changesMade) company(t *testing.T, seed uint64, steps int) {
	random := rand.New(rand.NewPCG(seed, 11))
	s := newRich(t, random)
	var rows []row
	for range 25 {
		rows = append(rows, s.deal(random))
	}
	record(s.h, rows, 1000)
	all := allKinds()
	order := random.Perm(len(all))
	for until, step := c.number+steps, 0; c.number < until; {
		var names []string
		together := pick(random, c.sizes...)
		if together > 1 {
			s.halt()
		}
		for ; together > 0; step++ {
			if together == 1 {
				s.goOn() // the last one's seal wakes who works
			}
			kind := all[random.IntN(len(all))]
			if step < len(all) {
				kind = all[order[step]]
			}
			if codes := kind.do(s, random); len(codes) > 0 {
				c.refused[kind.name+": "+codes[0]]++
				if step > 10*steps {
					t.Fatalf("seed %d: nothing is taken any more: %v", seed, c.refused)
				}
				continue
			}
			names = append(names, kind.name)
			c.done[kind.name]++
			c.number, together = c.number+1, together-1
		}
		c.compare(t, s, fmt.Sprintf("seed %d, step %d, after %q", seed, step, names), len(names))
	}
	c.problems = s.problemCodes()
	before := s.h.State()
	s.recalculate()
	if after := s.h.State(); after != before {
		t.Fatalf("seed %d: runs over all give something else:\n%s", seed, firstDifference(before, after))
	}
	s.h.Stop()
}

// recalculate runs over all years.
func (s *rich) recalculate() {
	for _, year := range []string{"2017", "2018"} {
		if year == "2017" || s.opened {
			s.h.Do(s.h.Admin(), `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { path code message } } }`, map[string]any{"p": s.period(year)})
			s.h.Settle()
		}
	}
}

// compare lets the work settle and compares with a full calculation.
func (c *changesMade) compare(t *testing.T, s *rich, what string, changes int) {
	t.Helper()
	s.h.Settle()
	found, err := s.h.Service.Verify(t.Context())
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if len(found) > 0 {
		before := s.h.State()
		s.recalculate()
		t.Fatalf("%s these laws are broken:\n%v\na run over all changes:\n%s", what, found[:min(6, len(found))], firstDifference(before, s.h.State()))
	}
	c.compared++
	if changes == 1 {
		c.alone++
	}
}
