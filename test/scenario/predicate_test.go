package scenario

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
	"spm/test/harness"
)

// site is one tenant predicate in the source of store.
type site struct {
	where  string
	offset int
	text   string // what marks it, put in at the offset
}

var predicateText = regexp.MustCompile(`tenant_id( =)`)

// markPredicates gives copies of store's files in which each predicate carries
// a comment with its number, and the list of them: texts with "tenant_id =",
// and calls of inForce and standing, which append one.
func markPredicates(t *testing.T, root string) (map[string][]byte, []site) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "store", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source of store", err)
	}
	out, all := map[string][]byte{}, []site{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, source, 0)
		if err != nil {
			t.Fatal(err)
		}
		at := func(pos token.Pos) int { return set.Position(pos).Offset }
		var sites []site
		note := func(pos token.Pos, offset int, text string) {
			sites = append(sites, site{fmt.Sprintf("%s:%d", filepath.Base(file), set.Position(pos).Line), offset, text})
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				for _, m := range predicateText.FindAllStringSubmatchIndex(n.Value, -1) {
					if n.Kind == token.STRING {
						note(n.Pos(), at(n.Pos())+m[2], " /*S%d*/")
					}
				}
			case *ast.CallExpr:
				if f, is := n.Fun.(*ast.SelectorExpr); is && slices.Contains([]string{"inForce", "standing"}, f.Sel.Name) {
					note(f.Sel.Pos(), at(f.Sel.Pos()), `add("/*S%d*/").`)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "query" && n.Recv != nil {
					note(n.Pos(), at(n.Body.Lbrace)+1, "\nsql = unmarked(sql)\n")
				}
			}
			return true
		})
		slices.SortFunc(sites, func(a, b site) int { return a.offset - b.offset })
		var marked bytes.Buffer
		last := 0
		for _, s := range sites {
			marked.Write(source[last:s.offset])
			last = s.offset
			if strings.Contains(s.text, "%d") {
				all = append(all, s)
				s.text = fmt.Sprintf(s.text, len(all))
			}
			marked.WriteString(s.text)
		}
		marked.Write(source[last:])
		out[file] = marked.Bytes()
	}
	return out, all
}

// unmarked is put into store beside the marked files: it takes the predicate
// away whose turn it is.
const unmarked = `package store

import (
	"fmt"
	"regexp"
	"strconv"
)

var (
	All       = -1
	MarkedOut int
	MarksSeen = map[int]bool{}
	mark      = regexp.MustCompile("/\\*S(\\d+)\\*/")
)

func unmarked(sql string) string {
	for _, m := range mark.FindAllStringSubmatch(sql, -1) {
		n, _ := strconv.Atoi(m[1])
		MarksSeen[n] = true
	}
	if MarkedOut == 0 {
		return sql
	}
	gone := fmt.Sprintf("/\\*S%d\\*/", MarkedOut)
	if MarkedOut == All {
		gone = "/\\*S\\d+\\*/"
	}
	value := "= (\\$\\d+|\\w+\\.tenant_id)"
	sql = regexp.MustCompile("tenant_id " + gone + " " + value).ReplaceAllString(sql, "tenant_id IS NOT NULL AND ${1}::uuid IS NOT NULL")
	return regexp.MustCompile(gone + " (\\w+)\\.tenant_id (?:/\\*S\\d+\\*/ )?" + value).ReplaceAllString(sql, " ${1}.tenant_id IS NOT NULL AND ${2}::uuid IS NOT NULL")
}
`

// buildReader compiles the reader over the marked copy of store.
func buildReader(t *testing.T, root string) (string, []site) {
	t.Helper()
	files, sites := markPredicates(t, root)
	dir := t.TempDir()
	replace := map[string]string{}
	files[filepath.Join(root, "store", "unmarked.go")] = []byte(unmarked)
	for file, text := range files {
		copied := filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(copied, text, 0o600); err != nil {
			t.Fatal(err)
		}
		replace[file] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	list, binary := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "reader")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-overlay", list, "-o", binary, "./test/scenario/testdata/reader")
	build.Dir = root
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return binary, sites
}

type readerOrder struct {
	URL     string
	Tenant  uuid.UUID
	Sites   int
	Every   int
	IDs     []model.ID
	Foreign []string
	Keys    []string
}

type readerReport struct {
	Calls            int
	Reached, Changed []int
	Foreign, Failed  map[int]string
	Reads, Blind     []string
}

func readWithout(t *testing.T, binary string, order readerOrder) (report readerReport) {
	t.Helper()
	raw, err := json.Marshal(order)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), binary)
	run.Stdin, run.Stderr = bytes.NewReader(raw), os.Stderr
	answer, err := run.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return report
}

// TestRowSecurityHoldsWithoutAnyOnePredicate takes each tenant predicate of
// store away in turn, runs the reads, and sees the same rows; then it takes row
// security away, and sees that the predicates matter.
func TestRowSecurityHoldsWithoutAnyOnePredicate(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	binary, sites := buildReader(t, root)
	h := harness.New(t)
	beside := h.Beside("beside")
	for _, s := range []*secrets{newSecrets(beside, "2"), newSecrets(h, "1")} {
		s.payAdjusted()
		s.handedOver("boss", "eve")
	}
	order := orderOf(h, sites)
	held := readWithout(t, binary, order)
	for n, what := range held.Foreign {
		t.Errorf("without predicate %d (%s) a read gave another tenant's row: %s", n, place(sites, n), what)
	}
	for n, what := range held.Failed {
		t.Errorf("without predicate %d (%s) a read failed: %s", n, place(sites, n), what)
	}
	for _, n := range held.Changed {
		t.Errorf("without predicate %d (%s) a read answered otherwise", n, place(sites, n))
	}
	h.Owner(func(conn *pgx.Conn) {
		if _, err := conn.Exec(t.Context(), `DO $$ DECLARE t text; BEGIN FOR t IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = 'public' AND c.relrowsecurity LOOP EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', t); END LOOP; END $$`); err != nil {
			t.Fatal(err)
		}
	})
	order.Every = 4 // enough to see that they matter
	open := readWithout(t, binary, order)
	if what, bad := open.Foreign[0]; bad {
		t.Errorf("with all predicates, and without row security, a read gave another tenant's row: %s", what)
	}
	if len(open.Foreign) < 2 || len(open.Blind)*4 > len(open.Reads) {
		t.Errorf("without row security only %d predicates let foreign rows through, and without any predicate these of %d reads gave none: %v: the test sees too little", len(open.Foreign), len(open.Reads), open.Blind)
	}
	t.Logf("%d tenant predicates in store, each taken away in turn; %d of them in statements of %d calls of reads, with the same rows every time; without row security, of every fourth, %d answer otherwise and %d give another tenant's rows; without all predicates at once %d of %d reads do, none with row security, these not: %v",
		len(sites), len(held.Reached), held.Calls, len(open.Changed), len(open.Foreign), len(open.Reads)-len(open.Blind), len(open.Reads), open.Blind)
	var unreached []string
	for n := range sites {
		if !slices.Contains(held.Reached, n+1) {
			unreached = append(unreached, sites[n].where)
		}
	}
	t.Logf("in no read (writes, and the worker's own statements): %s", strings.Join(unreached, " "))
}

func place(sites []site, n int) string {
	switch n {
	case 0:
		return "none taken away"
	case -1:
		return "all taken away"
	}
	return sites[n-1].where
}

func orderOf(h *harness.Harness, sites []site) readerOrder {
	order := readerOrder{URL: h.ServeURL, Tenant: h.Tenant, Sites: len(sites), Every: 1}
	truth := truth{count: map[model.Kind]int{}}
	truth.onlyTenant(h, h.Tenant, true)
	order.IDs = append(append(order.IDs, truth.mine...), truth.ids...)
	for text := range truth.foreign {
		if idText.MatchString(text) || len(text) == 36 {
			order.Foreign = append(order.Foreign, text)
		}
	}
	for _, id := range truth.ids {
		if id.Int() != 0 {
			order.Foreign = append(order.Foreign, fmt.Sprint("#", id.Int()))
		}
	}
	for kind, table := range map[model.Kind]string{
		model.KindEarningCode: "earning_code", model.KindPayAdjustment: "pay_adjustment", model.KindOpeningEntry: "opening_entry", model.KindHoldRelease: "hold_release",
		model.KindPeriodStep: "period_step", model.KindPayment: "payment",
	} {
		for _, row := range h.Strings("SELECT id || ' ' || tenant_id FROM " + table) {
			key, tenant, _ := strings.Cut(row, " ")
			id := model.UUIDs(kind, uuid.MustParse(key))
			if order.IDs = append(order.IDs, id); tenant != h.Tenant.String() {
				order.Foreign = append(order.Foreign, key, id.String())
			}
		}
	}
	order.Keys = h.Strings(`SELECT external_id FROM pay_adjustment UNION SELECT external_id FROM opening_entry UNION SELECT code FROM earning_code UNION SELECT external_id FROM payee UNION SELECT external_id FROM position UNION SELECT external_id FROM transaction UNION SELECT name FROM product UNION
		SELECT external_id FROM activity UNION SELECT key FROM credit_type UNION SELECT key FROM measure UNION SELECT external_id FROM plan UNION SELECT key FROM rate_table UNION
		SELECT external_id FROM team UNION SELECT external_id FROM title ORDER BY 1`)
	return order
}
