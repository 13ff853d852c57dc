package demo

import (
	"embed"
	"fmt"
	"strings"
	"text/template"
)

//go:embed tabs/*.graphql
var tabFiles embed.FS

// Deal is the mutation of a tab that records a deal of the rep's.
const Deal = "RecordADeal"

// Tabs are documents for a page on which people ask the API by hand, in order.
// Each runs as it stands for the person whom the comment above it names.
func Tabs(g Guides) ([]string, error) {
	all, err := template.ParseFS(tabFiles, "tabs/*.graphql")
	if err != nil {
		return nil, err
	}
	entries, err := tabFiles.ReadDir("tabs")
	if err != nil {
		return nil, err
	}
	var tabs []string
	for _, entry := range entries {
		var text strings.Builder
		err := all.ExecuteTemplate(&text, entry.Name(), map[string]string{
			"Rep": g.Rep.Name, "RepFirst": firstName(g.Rep.Name), "RepKey": g.Rep.PayeeKey, "Manager": g.Manager.Name,
			"CompAdmin": g.CompAdmin.Name, "Finance": g.Finance.Name, "Ops": g.Ops.Name,
		})
		if err != nil {
			return nil, fmt.Errorf("tab %s: %w", entry.Name(), err)
		}
		tabs = append(tabs, text.String())
	}
	return tabs, nil
}
