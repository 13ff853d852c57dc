package docs

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spm/auth"
	"spm/model"
	"spm/resolver"
	"spm/service"
)

// source reads a file of the tree.
func source(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// table gives the rows below a heading of a page, cell by cell.
func table(t *testing.T, name, heading string) (rows [][]string) {
	t.Helper()
	_, below, found := strings.Cut(source(t, name), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no %q", name, heading)
	}
	fenced := false
	for line := range strings.Lines(below) {
		fenced = fenced != strings.HasPrefix(line, "```")
		if !fenced && strings.HasPrefix(line, "#") {
			break
		}
		if strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|---") {
			var cells []string
			for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
				cell = strings.TrimSpace(cell)
				if code := strings.Trim(cell, "`"); "`"+code+"`" == cell {
					cell = code
				}
				cells = append(cells, cell)
			}
			rows = append(rows, cells)
		}
	}
	if len(rows) < 2 {
		t.Fatalf("%s has no table below %q", name, heading)
	}
	return rows[1:]
}

func column(rows [][]string, i int) (cells []string) {
	for _, row := range rows {
		cells = append(cells, row[i])
	}
	slices.Sort(cells)
	return cells
}

func matches(text, pattern string) (found []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: the document has\n%q\nthe code\n%q", what, got, want)
	}
}

// TestErrorTables: every code is in the tables, with its status and whether to
// try again.
func TestErrorTables(t *testing.T) {
	t.Parallel()
	_, enum, _ := strings.Cut(source(t, "graph/schema/schema.graphqls"), "enum UserErrorCode {")
	enum, _, _ = strings.Cut(enum, "\n}")
	same(t, "user errors", column(table(t, "docs/api.md", "## Writing"), 0), matches(enum, `(?m)^  ([A-Z_]+)$`))

	unsent := []string{"NotFound"} // which nothing answers with yet
	codes, answers, presenter := source(t, "model/error.go"), source(t, "resolver/transport_answer.go"), source(t, "resolver/error.go")
	retryable := regexp.MustCompile(`(?s)var retryable = [^}]*}[^}]*}`).FindString(presenter)
	var want []string
	for _, m := range regexp.MustCompile(`(?m)^\t([A-Z]\w+) +ErrorCode = "([A-Z_]+)"`).FindAllStringSubmatch(codes, -1) {
		if slices.Contains(unsent, m[1]) {
			continue
		}
		again := "no"
		if strings.Contains(retryable, "model."+m[1]+": true") {
			again = "yes"
		}
		status := regexp.MustCompile(`model\.` + m[1] + `: +http\.Status(\w+)`).FindStringSubmatch(answers)
		want = append(want, fmt.Sprint(m[2], " ", statusOf(status[1]), " ", again))
	}
	var got []string
	for _, row := range table(t, "docs/api.md", "## Errors") {
		got = append(got, row[0]+" "+row[2]+" "+row[3])
	}
	slices.Sort(got)
	slices.Sort(want)
	same(t, "top-level errors", got, want)
}

// statusOf is the number of a status by its name in net/http.
func statusOf(name string) int {
	for code := 100; code < 600; code++ {
		if strings.ReplaceAll(http.StatusText(code), " ", "") == name {
			return code
		}
	}
	return 0
}

// TestCloseCodes: every code that a WebSocket is closed with is in the table.
func TestCloseCodes(t *testing.T) {
	t.Parallel()
	want := append(matches(source(t, "resolver/websocket_message.go"), `websocket\.StatusCode = (\d+)`), "1001", "1008", "1009", "1013")
	slices.Sort(want)
	same(t, "close codes", column(table(t, "docs/api.md", "### How it ends"), 0), want)
}

// constant is the value of a number that the code names.
func constant(t *testing.T, file, name string) string {
	t.Helper()
	return strings.Join(matches(source(t, file), `(?m)^\t`+name+` += (\d+)`), "")
}

// TestLimits: the table of limits says what the code does.
func TestLimits(t *testing.T) {
	t.Parallel()
	limits, streams := resolver.DefaultLimits(), source(t, "resolver/streams.go")
	stream := func(field string) string {
		return strings.Join(matches(streams, `orDefault\(&o\.`+field+`, ([^)]+)\)`), "")
	}
	want := map[string]string{
		"body of a request": kib(resolver.DefaultMaxBody), "document": kib(limits.Bytes) + ", " + thousands(limits.Tokens) + " tokens",
		"fields, with fragments expanded": strconv.Itoa(limits.Fields),
		"levels of fields":                fmt.Sprintf("%d (of introspection %d)", limits.Depth, limits.IntrospectionDepth),
		"root fields":                     strconv.Itoa(limits.RootFields), "aliases": strconv.Itoa(limits.Aliases), "directives": strconv.Itoa(limits.Directives),
		"variables": strconv.Itoa(limits.Variables), "rows of a page": strconv.Itoa(model.MaxPage) + "; " + thousands(model.MaxExport) + " for an API key with the scope `EXPORT`", "ids of `nodes`": "250",
		"statements, and mutations, that a server carries out for a caller at once":                                                 constant(t, "service/shares.go", "callerStatements") + "; more wait",
		"what calculates (those with a cost of their own), and events of subscriptions that are put together, for a caller at once": constant(t, "service/shares.go", "callerCalculations") + "; more wait",
		"body of a request without a token":     constant(t, "resolver/transport.go", "strangersBody") + " KiB",
		"body of a request for an event stream": constant(t, "resolver/transport.go", "smallBody") + " KiB",
		"members and items of a body":           "200,000",
		"text in a `where`":                     constant(t, "store/condition.go", "maxWhereText") + " characters",
		"rows of `recordTransactions`":          "1,000", "rows of `recordActivities`": "1,000", "an operation": fmt.Sprintf("%.0f seconds", resolver.DefaultTimeout.Seconds()),
		"message on a WebSocket":                                            strings.ReplaceAll(stream("MessageBytes"), "<<10", " KiB"),
		"operations at once on a WebSocket":                                 stream("PerConnection"),
		"subscriptions, and WebSockets, that a user or an API key has open": stream("PerPrincipal") + " (`--streams-per-user`)",
		"API key":                      fmt.Sprintf("valid for a year at most; %s networks", strings.Join(matches(source(t, "service/create_api_key.go"), `maxKeyNetworks = (\d+)`), "")),
		"time until `connection_init`": strings.ReplaceAll(stream("InitTimeout"), "*time.Second", " seconds"),
		"token":                        fmt.Sprintf("%s; valid for %.0f hours at most", kib(auth.MaxTokenLength), auth.MaxTokenLifetime.Hours()),
		"cost of an operation":         thousands(resolver.DefaultMaxCost) + " points; " + thousands(resolver.ExportMaxCost) + " for an API key with the scope `EXPORT`", "cost of the operations of a user in a minute": thousands(service.DefaultUserBudget) + " points (`--budget-per-user`)",
		"cost of those of a tenant": thousands(service.DefaultTenantBudget) + " points (`--budget-per-tenant`)",
	}
	for _, row := range table(t, "docs/api.md", "## Limits") {
		if row[1] != want[row[0]] {
			t.Errorf("%s: the document says %q, the code %q", row[0], row[1], want[row[0]])
		}
		delete(want, row[0])
	}
	if len(want) > 0 {
		t.Errorf("not in the document: %v", want)
	}
}

func kib(n int) string {
	if n >= 1<<20 {
		return fmt.Sprint(n>>20, " MiB")
	}
	return fmt.Sprint(n>>10, " KiB")
}

func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}
