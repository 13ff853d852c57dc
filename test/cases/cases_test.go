// Package cases works published examples out through the graph. The examples
// are ../shared/cases/worked-examples.jsonl; how the plan of each reads in our
// words is data, in cases/*.yaml. See README.md.
package cases

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"spm/test/harness"
)

var (
	only   = flag.String("case", "", "work out the examples whose ids contain this only")
	trying = flag.Bool("todo", false, "work out those too that are not expected to come out yet")
)

// TestWorkedExamples sets each example up in a tenant of its own by mutations,
// lets the server calculate, and compares what it answers with what the example
// expects. Every example is in a mapping or in the list of those that wait.
func TestWorkedExamples(t *testing.T) {
	examples := readExamples(t)
	mappings := readMappings(t)
	outcomes := map[string]string{}
	for _, example := range examples {
		if mappings[example.ID] == nil {
			t.Errorf("%s: no mapping says how it is worked out, or why not", example.ID)
		}
	}
	h := harness.New(t)
	var worlds []*world
	for n, example := range examples {
		m := mappings[example.ID]
		if m == nil || !strings.Contains(example.ID, *only) {
			continue
		}
		outcomes[example.ID] = m.status()
		if m.runs() || *trying && m.Compare != nil {
			worlds = append(worlds, newWorld(h.Beside(fmt.Sprintf("case-%02d", n+1)), example, m))
		}
	}
	settle(h, worlds)
	for _, w := range worlds {
		t.Run(w.example.ID, func(t *testing.T) {
			problems := w.problems()
			if len(problems) == 0 && w.mapping.status() != negative {
				problems = w.blind()
			}
			for _, problem := range problems {
				t.Error(problem)
			}
			if len(problems) > 0 {
				outcomes[w.example.ID] = failed
			} else if outcomes[w.example.ID] == todo {
				outcomes[w.example.ID] = passes
			}
		})
	}
	t.Log("\n" + table(examples, outcomes) + aside(examples, mappings, outcomes))
	if *only == "" {
		everyMappingHasItsExample(t, examples, mappings)
	}
}

// settle waits until what every case has sent is credited and calculated, or
// its calculation failed.
func settle(h *harness.Harness, worlds []*world) {
	h.Eventually("the cases settle", func() bool {
		busy := h.Strings(`SELECT DISTINCT t.tenant_id::text FROM (
			SELECT tenant_id FROM unsealed UNION SELECT tenant_id FROM work UNION SELECT tenant_id FROM dirty UNION SELECT tenant_id FROM recredit
			UNION SELECT tenant_id FROM calculation_run WHERE status IN ('QUEUED', 'RUNNING')) t
			WHERE NOT EXISTS (SELECT FROM calculation_run r WHERE r.tenant_id = t.tenant_id AND r.status = 'FAILED')`)
		return len(busy) == 0
	})
	for _, w := range worlds {
		if w.failure == nil {
			w.failure = w.calculated()
		}
	}
}

func everyMappingHasItsExample(t *testing.T, examples []*example, mappings map[string]*mapping) {
	t.Helper()
	for id := range mappings {
		if !slices.ContainsFunc(examples, func(e *example) bool { return e.ID == id }) {
			t.Errorf("%s: there is no such example", id)
		}
	}
}

// aside names the examples that are not worked out, and the numbers that are
// not compared, each with the reason.
func aside(examples []*example, mappings map[string]*mapping, outcomes map[string]string) string {
	var out strings.Builder
	for _, outcome := range []string{negative, waiting, todo} {
		for _, e := range examples {
			if outcomes[e.ID] == outcome {
				fmt.Fprintf(&out, "\n%-9s %s: %s", outcome, e.ID, mappings[e.ID].Why)
			}
		}
	}
	for _, e := range examples {
		if _, tried := outcomes[e.ID]; !tried {
			continue
		}
		for path, why := range mappings[e.ID].NotCompared {
			fmt.Fprintf(&out, "\nnot compared: expected.%s of %s: %s", path, e.ID, why)
		}
	}
	return out.String()
}

// table lists what became of the examples by mechanism, with the sums below.
func table(examples []*example, outcomes map[string]string) string {
	columns := []string{passes, negative, waiting, todo, failed}
	sums, mechanisms := map[string]map[string]int{"all": {}}, []string{}
	for _, e := range examples {
		outcome, has := outcomes[e.ID]
		if !has {
			continue
		}
		if sums[e.Mechanism] == nil {
			sums[e.Mechanism] = map[string]int{}
			mechanisms = append(mechanisms, e.Mechanism)
		}
		sums[e.Mechanism][outcome]++
		sums["all"][outcome]++
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%-26s", "mechanism")
	for _, column := range columns {
		fmt.Fprintf(&out, "%10s", column)
	}
	for _, mechanism := range append(mechanisms, "all") {
		fmt.Fprintf(&out, "\n%-26s", mechanism)
		for _, column := range columns {
			count := ""
			if n := sums[mechanism][column]; n > 0 {
				count = fmt.Sprint(n)
			}
			fmt.Fprintf(&out, "%10s", count)
		}
	}
	return out.String()
}
