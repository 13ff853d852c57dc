package document

import (
	"bytes"
	_ "embed"
	"html/template"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// Page writes the statement as one HTML file without script or anything from
// elsewhere, for a screen of any width and for print.
func Page(s *Statement) (string, error) {
	var out bytes.Buffer
	err := page.Execute(&out, s)
	return out.String(), err
}
