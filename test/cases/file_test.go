package cases

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
)

const published = "../../../shared/cases/worked-examples.jsonl"

// example is a published one.
type example struct {
	ID        string         `json:"id"`
	Mechanism string         `json:"mechanism"`
	Plan      map[string]any `json:"plan"`
	Inputs    map[string]any `json:"inputs"`
	Expected  map[string]any `json:"expected"`
	Tolerance float64        `json:"tolerance"`
}

func readExamples(t *testing.T) (all []*example) {
	t.Helper()
	raw, err := os.ReadFile(published)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published examples are not here: " + published)
	}
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(raw)); lines.Scan(); {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		e := &example{}
		if err := json.Unmarshal(lines.Bytes(), e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

// What becomes of an example.
const (
	passes   = "PASS"
	negative = "NEGATIVE" // we must answer otherwise
	waiting  = "WAITING"  // concerns planning or accounting
	todo     = "TODO"     // the engine lacks what it needs
	failed   = "FAIL"
)

// mapping says how an example is worked out in our words.
type mapping struct {
	Case        string                    `yaml:"case"`
	Status      string                    `yaml:"status"`   // PASS where absent
	Why         string                    `yaml:"why"`      // of another status; or what a reader should know
	Year        int                       `yaml:"year"`     // fiscal year of the facts; 2026 where absent
	Calendar    map[string]any            `yaml:"calendar"` // what createFiscalCalendar takes beside key and name
	Vars        map[string]any            `yaml:"vars"`     // names for what several places say
	Defaults    map[string]map[string]any `yaml:"defaults"`
	Setup       map[string][]any          `yaml:"setup"` // inputs of mutations by section, see setup_test.go
	Compare     []map[string]any          `yaml:"compare"`
	NotCompared map[string]string         `yaml:"not_compared"` // paths in expected, with the reason
	defaults    map[string]map[string]any
}

func (m *mapping) status() string {
	if m.Status == "" {
		return passes
	}
	return m.Status
}

func (m *mapping) runs() bool { return m.status() == passes || m.status() == negative }

// readMappings reads cases/*.yaml. What base.yaml says holds for every case
// that does not say otherwise: its sections where the case has none of that
// name, its defaults for the inputs of a section.
func readMappings(t *testing.T) map[string]*mapping {
	t.Helper()
	var base mapping
	readYAML(t, "cases/base.yaml", &base)
	files, err := filepath.Glob("cases/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*mapping{}
	for _, file := range files {
		if filepath.Base(file) == "base.yaml" {
			continue
		}
		var some []*mapping
		readYAML(t, file, &some)
		for _, m := range some {
			if all[m.Case] != nil {
				t.Fatalf("%s: %s is mapped twice", file, m.Case)
			}
			m.over(&base)
			all[m.Case] = m
		}
	}
	return all
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalWithOptions(raw, into, yaml.Strict()); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func (m *mapping) over(base *mapping) {
	sections := maps.Clone(base.Setup)
	for name, inputs := range m.Setup {
		if name == "measures" { // they add up: the base's are there for all
			inputs = append(append([]any{}, base.Setup[name]...), inputs...)
		}
		sections[name] = inputs
	}
	m.Setup = sections
	m.defaults = map[string]map[string]any{}
	for _, from := range []map[string]map[string]any{base.Defaults, m.Defaults} {
		for section, fields := range from {
			if m.defaults[section] == nil {
				m.defaults[section] = map[string]any{}
			}
			maps.Copy(m.defaults[section], fields)
		}
	}
	if m.Year == 0 {
		m.Year = base.Year
	}
}
