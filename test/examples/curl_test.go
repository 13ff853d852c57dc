package examples

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"testing"

	"spm/model"
)

// TestCurl runs the script. Where curl is missing it says so, and fails in CI
// alone, which installs it.
func TestCurl(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Log("NOT RUN: there is no curl here")
		return
	}
	c := newCompany(t)
	ann := c.Payees["E1"]
	out := run(t, []string{"URL=" + c.URL, "TOKEN=" + c.Token(&ann, model.RoleRep), "DEALS_TOKEN=" + c.Token(nil, model.RoleSalesOps), "DEAL=C1", "DAY=2026-11-16"}, "examples/curl.sh")
	out = regexp.MustCompile(`"sequence":"\d+"`).ReplaceAllString(out, `"sequence":"N"`)
	out = regexp.MustCompile(`,"extensions":\{"cost":\{[^}]*\}\}`).ReplaceAllString(out, "")
	same(t, out, `
--- Who am I?
{"data":{"viewer":{"roles":["REP"],"payee":{"name":"Ann Able","externalId":"E1"}}}}
--- What did I earn last?
{"data":{"earnings":{"nodes":[{"period":{"name":"2026-Q4"},"componentName":"Extra","amount":{"amount":"40.00","currency":"USD"},"attainment":null},{"period":{"name":"2026-11"},"componentName":"Commission","amount":{"amount":"200.00","currency":"USD"},"attainment":"0.4"},{"period":{"name":"2026-12"},"componentName":"Commission","amount":{"amount":"0.00","currency":"USD"},"attainment":"0"}]}}}
--- Why?
{"data":{"earnings":{"nodes":[{"explanation":{"verified":true,"recomputed":"200","root":{"label":"Commission","amount":"200","children":[{"kind":"MEASURE","label":"value=AMOUNT measure=OWN","amount":"0","value":"4000","rate":null,"credit":null},{"kind":"QUOTA","label":"quota=POSITION","amount":"0","value":"10000","rate":null,"credit":null},{"kind":"ATTAINMENT","label":"","amount":"0","value":"0.4","rate":null,"credit":null},{"kind":"RULE","label":"tierMode=MARGINAL dimension=ATTAINMENT bounds=LOWER_INCLUSIVE table=TIERS version=1","amount":"0","value":null,"rate":null,"credit":null},{"kind":"LINE","label":"tier 1","amount":"200","value":"4000","rate":"0.05","credit":{"transaction":{"externalId":"D-1"}}},{"kind":"ROUNDING","label":"roundStage=COMPONENT roundMode=HALF_UP scale=2","amount":"0","value":"200","rate":null,"credit":null}]}}}]}}}
--- I follow my pay from here on ...
--- ... while somebody records a deal of mine,
{"data":{"recordTransactions":{"created":1,"unchanged":0,"rejected":0,"replayed":false,"rows":[{"status":"CREATED","errors":[]}],"userErrors":[]}}}
--- and the amount moves:
data: {"data":{"earningsChanged":{"changes":[{"previous":{"amount":"40.00"},"earning":{"period":{"name":"2026-Q4"},"componentName":"Extra","amount":{"amount":"160.00","currency":"USD"}}},{"previous":{"amount":"200.00"},"earning":{"period":{"name":"2026-11"},"componentName":"Commission","amount":{"amount":"1100.00","currency":"USD"}}}]}},"extensions":{"sequence":"N"}}
--- The same request again is answered as it was, and does nothing,
{"data":{"recordTransactions":{"created":1,"unchanged":0,"rejected":0,"replayed":true,"rows":[{"status":"CREATED","errors":[]}],"userErrors":[]}}}
--- and the same deal in another request is known already:
{"data":{"recordTransactions":{"created":0,"unchanged":1,"rejected":0,"replayed":false,"rows":[{"status":"UNCHANGED","errors":[]}],"userErrors":[]}}}
`)
}

// TestStatement saves a statement by the script.
func TestStatement(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Log("NOT RUN: there is no curl here")
		return
	}
	c := newCompany(t)
	ann, folder := c.Payees["E1"], t.TempDir()
	out := run(t, []string{"URL=" + c.URL, "TOKEN=" + c.Token(&ann, model.RoleRep)}, "examples/statement.sh", "2026-11", folder)
	same(t, out, folder+"/statement-2026-11-E1.pdf\n")
	saved, err := os.ReadFile(folder + "/statement-2026-11-E1.pdf")
	if err != nil || !bytes.HasPrefix(saved, []byte("%PDF-")) || !bytes.HasSuffix(bytes.TrimSpace(saved), []byte("%%EOF")) {
		t.Errorf("what was saved is no PDF: %v", err)
	}
}
