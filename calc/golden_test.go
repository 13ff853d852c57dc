package calc

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "accept what the engine says as what the golden documents want")

// golden is a document of testdata: a company, and what its payee earns.
type golden struct {
	scene
	Want []goldenEarning `json:"want"`
}

type goldenEarning struct {
	Position    string   `json:"position"`
	Plan        string   `json:"plan"`
	Version     int      `json:"version"`
	Component   string   `json:"component"`
	Amount      string   `json:"amount"`
	Measure     string   `json:"measure"`
	Quota       string   `json:"quota,omitempty"`
	Attainment  string   `json:"attainment,omitempty"`
	Why         string   `json:"why"`
	Provisional bool     `json:"provisional,omitempty"`
	Problem     string   `json:"problem,omitempty"`
	Lines       []string `json:"lines"`
	Explanation []string `json:"explanation"`
}

// said is what a result says, as a golden document wants it.
func said(r Result) []goldenEarning {
	problems := map[string]string{}
	for _, p := range r.Problems {
		problems[p.ID.Key] = string(p.Code) + ": " + p.Detail
	}
	var out []goldenEarning
	for _, e := range r.Earnings {
		g := goldenEarning{
			Position: e.Cites.Position, Plan: e.Cites.Plan, Version: e.Cites.Version, Component: e.Key,
			Amount: e.Amount.Amount.String() + " " + string(e.Amount.Currency), Measure: e.Measure.String(),
			Why: string(e.Why), Provisional: e.Provisional, Problem: problems[problem(&e, &fault{}).ID.Key], Lines: []string{},
			Explanation: strings.Split(strings.TrimSuffix(outline(e.Trace.Explain(), ""), "\n"), "\n"),
		}
		if e.Quota != nil {
			g.Quota = e.Quota.String()
		}
		if e.Attainment != nil {
			g.Attainment = e.Attainment.String()
		}
		for _, line := range e.Lines() {
			of := "the window"
			if line.Credit != 0 {
				of = e.Cites.Key(line.Credit).ExternalID
			}
			g.Lines = append(g.Lines, of+": "+line.Amount.String())
		}
		out = append(out, g)
	}
	return out
}

// TestGolden recomputes every document of testdata.
func TestGolden(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var doc golden
			decoder := json.NewDecoder(bytes.NewReader(text))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			got := said(doc.run(t))
			if *update {
				doc.Want = got
				var out bytes.Buffer
				encoder := json.NewEncoder(&out)
				encoder.SetEscapeHTML(false)
				encoder.SetIndent("", "  ")
				if err := encoder.Encode(doc); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(doc.Want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}
