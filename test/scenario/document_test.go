package scenario

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

const (
	createApplication = `mutation($input: CreateClientApplicationInput!) { createClientApplication(input: $input) { clientApplication { id name version } replayed userErrors { path code message } } }`
	updateApplication = `mutation($input: UpdateClientApplicationInput!) { updateClientApplication(input: $input) { clientApplication { id name version } userErrors { path code message } } }`
	addDocuments      = `mutation($input: AddTrustedDocumentsInput!) { addTrustedDocuments(input: $input) { added replayed clientApplication { name } documents { id key hash text operationName operationType retiredAt version application { name } } userErrors { path code message } } }`
	retireDocuments   = `mutation($input: RetireTrustedDocumentsInput!) { retireTrustedDocuments(input: $input) { documents { id retiredAt version } userErrors { path code message } } }`
	whoText           = `query Who { viewer { roles apiKey { name } } }`
	titlesText        = `query Titles($first: Int) { titles(first: $first) { nodes { name } } }`
)

func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sent posts a body as it is.
func sent(t *testing.T, h *harness.Harness, url, token string, body map[string]any) harness.Answer {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/graphql-response+json")
	return answered(t, req, token)
}

func answered(t *testing.T, req *http.Request, token string) harness.Answer {
	t.Helper()
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer := harness.Answer{Status: resp.StatusCode}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

// codeOf is the code of the one error, "" where there is none.
func codeOf(t *testing.T, a harness.Answer) string {
	t.Helper()
	switch len(a.Errors) {
	case 0:
		return ""
	case 1:
		return fmt.Sprint(a.Errors[0].Extensions["code"])
	}
	t.Fatalf("errors: %v", a.Errors)
	return ""
}

// newApplication makes an application with documents, and gives its id and theirs.
func newApplication(h *harness.Harness, name string, documents ...any) (id string, ids []string) {
	id = h.Do(h.Admin(), createApplication, input("name", name)).String("createClientApplication", "clientApplication", "id")
	for _, document := range h.Do(h.Admin(), addDocuments, input("applicationId", id, "documents", documents)).List("addTrustedDocuments", "documents") {
		ids = append(ids, document.String("id"))
	}
	return id, ids
}

func text(of string) map[string]any { return map[string]any{"text": of} }

func TestTrustedDocuments(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	_, second := h.Start()
	portal, _ := newApplication(h, "Portal", text(whoText), map[string]any{"key": "titles/1", "text": titlesText})
	newApplication(h, "Phone", text(`query Sequence { sequence }`))
	only := newKey(h, nil, "documents", "ONLY", "applicationId", portal).secret
	prefer := newKey(h, nil, "documents", "PREFER").secret
	anything := newKey(h, nil).secret
	admin := h.Admin()

	t.Run("a document is asked by its id", func(t *testing.T) {
		for _, token := range []string{only, prefer, anything, admin, h.Token(nil, model.RoleRep)} {
			for _, id := range []string{"titles/1", "sha256:" + hashOf(titlesText)} {
				for _, server := range []string{h.URL, second} {
					a := sent(t, h, server, token, map[string]any{"documentId": id, "variables": map[string]any{"first": 1}})
					if codeOf(t, a) != "" || !strings.Contains(string(a.Data), `"titles"`) {
						t.Errorf("%s: %d %s %v", id, a.Status, a.Data, a.Errors)
					}
				}
			}
		}
	})
	t.Run("by GET too", func(t *testing.T) {
		query := url.Values{"documentId": {"titles/1"}, "variables": {`{"first": 2}`}}
		req, err := http.NewRequestWithContext(h.Context(), http.MethodGet, h.URL+"?"+query.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if a := answered(t, req, only); codeOf(t, a) != "" || !strings.Contains(string(a.Data), `"titles"`) {
			t.Errorf("%d %s %v", a.Status, a.Data, a.Errors)
		}
	})
	t.Run("nothing else by a key that may send no other", func(t *testing.T) {
		for name, body := range map[string]map[string]any{
			"another text":           {"query": `{ viewer { roles } }`},
			"one space more":         {"query": whoText + " "},
			"another application's":  {"query": `query Sequence { sequence }`},
			"its id":                 {"documentId": "sha256:" + hashOf(`query Sequence { sequence }`)},
			"an id of none":          {"documentId": "titles/2"},
			"a hash of none":         {"documentId": "sha256:" + strings.Repeat("0", 64)},
			"half a hash":            {"documentId": "sha256:00"},
			"introspection":          {"query": `{ __schema { queryType { name } } }`},
			"a text that is to keep": {"query": `{ viewer { roles } }`, "extensions": persisted(`{ viewer { roles } }`)},
			"a hash that none has":   {"extensions": persisted(`{ viewer { roles } }`)},
		} {
			if a := sent(t, h, h.URL, only, body); codeOf(t, a) != "DOCUMENT_NOT_TRUSTED" || a.Status != 400 || len(a.Data) > 0 {
				t.Errorf("%s: %d %s %v", name, a.Status, a.Data, a.Errors)
			}
		}
		for name, body := range map[string]map[string]any{"its text": {"query": whoText}, "its hash": {"extensions": persisted(whoText)}} {
			if a := sent(t, h, h.URL, only, body); codeOf(t, a) != "" {
				t.Errorf("%s: %v", name, a.Errors)
			}
		}
	})
	t.Run("whoever prefers them is told", func(t *testing.T) {
		for query, trusted := range map[string]bool{whoText: true, `{ viewer { roles } }`: false} {
			a := sent(t, h, h.URL, prefer, map[string]any{"query": query})
			if told, _ := a.Extensions["document"].(map[string]any); codeOf(t, a) != "" || told["trusted"] != trusted {
				t.Errorf("%s: %v %v", query, a.Extensions, a.Errors)
			}
		}
		if a := sent(t, h, h.URL, anything, map[string]any{"query": whoText}); a.Extensions["document"] != nil {
			t.Errorf("who does not prefer them is told %v", a.Extensions)
		}
		if !strings.Contains(h.Logged(), "a document that is not trusted") {
			t.Error("the log does not tell of it")
		}
	})
	if found, err := h.Service.Verify(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("the books break %v, %v", found, err)
	}
}

// TestTrustedDocumentsChange moves a key from one mode to another, and retires a
// document.
func TestTrustedDocumentsChange(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	_, second := h.Start()
	portal, documents := newApplication(h, "Portal", text(whoText), map[string]any{"key": "titles/1", "text": titlesText})
	other, _ := newApplication(h, "Phone", text(`query Sequence { sequence }`))
	only := newKey(h, nil, "documents", "ONLY", "applicationId", portal).secret
	admin := h.Admin()
	t.Run("a key is moved from one mode to another", func(t *testing.T) {
		k := newKey(h, nil)
		h.Do(admin, updateKey, input("id", k.id, "ifVersion", 1, "documents", "ONLY", "applicationId", other))
		if a := sent(t, h, h.URL, k.secret, map[string]any{"query": whoText}); codeOf(t, a) != "DOCUMENT_NOT_TRUSTED" {
			t.Errorf("after ONLY: %v", a.Errors)
		}
		h.Do(admin, updateKey, input("id", k.id, "ifVersion", 2, "applicationId", nil))
		if a := sent(t, h, h.URL, k.secret, map[string]any{"query": whoText}); codeOf(t, a) != "" {
			t.Errorf("any application's: %v", a.Errors)
		}
		harness.Same(t, "no mode", h.Refused(admin, updateKey, input("id", k.id, "ifVersion", 3, "documents", nil, "applicationId", "application_nobody")),
			"input.documents REQUIRED", "input.applicationId NOT_FOUND")
	})
	t.Run("what is retired is taken nowhere within a second", func(t *testing.T) {
		retired := h.Do(admin, retireDocuments, input("ids", documents[1:])).At("retireTrustedDocuments", "documents", 0)
		if retired.At("retiredAt").V == nil || retired.At("version").V != 2.0 {
			t.Errorf("retired %v", retired.V)
		}
		for _, server := range []string{h.URL, second} {
			h.Eventually("it is not taken", func() bool {
				return codeOf(t, sent(t, h, server, only, map[string]any{"documentId": "titles/1"})) == "DOCUMENT_NOT_TRUSTED"
			})
		}
		again := h.Do(admin, retireDocuments, input("ids", documents[1:])).At("retireTrustedDocuments", "documents", 0)
		if again.At("version").V != 2.0 {
			t.Errorf("retired twice: %v", again.V)
		}
		back := h.Do(admin, addDocuments, input("applicationId", portal, "documents", []any{map[string]any{"key": "titles/1", "text": titlesText}})).At("addTrustedDocuments")
		if back.At("added").V != 1.0 || back.At("documents", 0, "retiredAt").V != nil || back.String("documents", 0, "id") != documents[1] {
			t.Errorf("taken again: %v", back.V)
		}
		if a := sent(t, h, h.URL, only, map[string]any{"documentId": "titles/1"}); codeOf(t, a) != "" {
			t.Errorf("taken again: %v", a.Errors)
		}
	})
}

func persisted(text string) map[string]any {
	return map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hashOf(text)}}
}

func TestTrustedDocumentsAreKept(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	admin := h.Admin()
	portal, _ := newApplication(h, "Portal", map[string]any{"key": "who", "text": whoText})
	beside := h.Beside("beside")
	theirs, theirDocuments := newApplication(beside, "Portal", map[string]any{"key": "theirs", "text": titlesText})

	harness.Same(t, "a name that another has", h.Refused(admin, createApplication, input("name", "Portal")), "input.name TAKEN")
	harness.Same(t, "no name", h.Refused(admin, createApplication, input("name", " ")), "input.name INVALID")
	harness.Same(t, "stale", h.Refused(admin, updateApplication, input("id", portal, "ifVersion", 3, "name", "P")), "input.ifVersion CONFLICT")
	harness.Same(t, "another tenant's", h.Refused(admin, updateApplication, input("id", theirs, "ifVersion", 1, "name", "P")), "input.id NOT_FOUND")
	if got := h.Do(admin, updateApplication, input("id", portal, "ifVersion", 1, "name", "Web")).At("updateClientApplication", "clientApplication"); got.String("name") != "Web" || got.At("version").V != 2.0 {
		t.Errorf("renamed %v", got.V)
	}

	deep := strings.Repeat("{ query ", 13)
	refused := h.Refused(admin, addDocuments, input("applicationId", theirs, "documents", []any{
		text(`query A { nobody }`), text(`{ viewer { roles } }`), text(`query A { viewer { roles } } query B { viewer { roles } }`),
		text(`query A {`), text(strings.Repeat("#", 17_000)), text("query Deep " + deep),
		map[string]any{"key": "a b", "text": whoText}, map[string]any{"key": "sha256:" + hashOf("x"), "text": whoText},
		map[string]any{"key": "twice", "text": whoText}, map[string]any{"key": "twice", "text": titlesText}, text(`query Long { payees(first: 99999999999999999999) { totalCount } }`),
	}))
	harness.Same(t, "a manifest that does not fit", refused, "input.applicationId NOT_FOUND", "input.documents.0.text INVALID", "input.documents.1.text INVALID",
		"input.documents.2.text INVALID", "input.documents.3.text INVALID", "input.documents.4.text INVALID", "input.documents.5.text INVALID",
		"input.documents.6.key INVALID", "input.documents.7.key INVALID", "input.documents.9.key DUPLICATE_INPUT", "input.documents.10.text INVALID")
	harness.Same(t, "nothing", h.Refused(admin, addDocuments, input("applicationId", portal, "documents", []any{})), "input.documents REQUIRED")
	harness.Same(t, "another text under an id", h.Refused(admin, addDocuments, input("applicationId", portal, "documents", []any{text(titlesText), map[string]any{"key": "who", "text": titlesText}})),
		"input.documents.1.key TAKEN")
	harness.Same(t, "retire another tenant's", h.Refused(admin, retireDocuments, input("ids", theirDocuments)), "input.ids.0 NOT_FOUND")
	if got := h.Do(admin, `{ trustedDocuments { totalCount nodes { key operationName operationType hash } } }`, nil).At("trustedDocuments"); got.At("totalCount").V != 1.0 || got.String("nodes", 0, "hash") != hashOf(whoText) || got.String("nodes", 0, "operationType") != "QUERY" {
		t.Errorf("of what was refused stays %v", got.V)
	}
	if a := sent(t, h, h.URL, admin, map[string]any{"documentId": "theirs"}); codeOf(t, a) != "DOCUMENT_NOT_TRUSTED" {
		t.Errorf("another tenant's document is taken: %s", a.Data)
	}

	t.Run("twice the same", func(t *testing.T) {
		in := input("applicationId", portal, "documents", []any{map[string]any{"key": "who", "text": whoText}, text(titlesText)})
		first := h.Do(admin, addDocuments, in).At("addTrustedDocuments")
		second := h.Do(admin, addDocuments, in).At("addTrustedDocuments")
		if first.At("added").V != 1.0 || second.At("added").V != 0.0 || second.String("documents", 1, "id") != first.String("documents", 1, "id") {
			t.Errorf("first %v, then %v", first.V, second.V)
		}
	})
	t.Run("by a build with its key", func(t *testing.T) {
		k := newKey(h, []string{"DOCUMENTS_WRITE"})
		made := h.Do(k.secret, addDocuments, input("applicationId", portal, "documents", []any{text(`subscription Live { earningsChanged { sequence } }`)}))
		if made.String("addTrustedDocuments", "documents", 0, "operationType") != "SUBSCRIPTION" {
			t.Errorf("made %v", made.V)
		}
		if code := h.Denied(k.secret, `{ payees { totalCount } }`, nil); code != "FORBIDDEN" {
			t.Errorf("the build's key reads payees: %q", code)
		}
	})
	t.Run("whoever may not", func(t *testing.T) {
		for _, role := range []model.Role{model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor} {
			token := h.Token(nil, role)
			if code := h.Denied(token, createApplication, input("name", "X")); code != "FORBIDDEN" {
				t.Errorf("%s creates: %q", role, code)
			}
			if role == model.RoleAuditor {
				if n := h.Do(token, `{ clientApplications { totalCount } trustedDocuments { totalCount } }`, nil).At("trustedDocuments", "totalCount").V; n == 0.0 {
					t.Error("an auditor sees no documents")
				}
				continue
			}
			if code := h.Denied(token, `{ trustedDocuments { totalCount } }`, nil); code != "FORBIDDEN" {
				t.Errorf("%s reads: %q", role, code)
			}
			if node := h.Do(token, `query($id: ID!) { node(id: $id) { id } }`, map[string]any{"id": portal}).At("node").V; node != nil {
				t.Errorf("%s reads %v", role, node)
			}
		}
	})
	t.Run("a stranger names none", func(t *testing.T) {
		if a := sent(t, h, h.URL, "", map[string]any{"documentId": "who"}); codeOf(t, a) != "DOCUMENT_NOT_TRUSTED" {
			t.Errorf("%d %v", a.Status, a.Errors)
		}
	})
	t.Run("users who may send no other", func(t *testing.T) {
		held, url := h.Start()
		held.UserDocuments = model.TrustedOnly
		if a := sent(t, h, url, admin, map[string]any{"query": `{ sequence }`}); codeOf(t, a) != "DOCUMENT_NOT_TRUSTED" {
			t.Errorf("another: %v", a.Errors)
		}
		if a := sent(t, h, url, admin, map[string]any{"documentId": "who"}); codeOf(t, a) != "" {
			t.Errorf("a trusted one: %v", a.Errors)
		}
	})
}

// TestPersistedQueries speaks the protocol of Apollo's clients.
func TestPersistedQueries(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	beside := h.Beside("beside")
	hashed := map[string]any{"extensions": persisted(whoText)}
	full := map[string]any{"query": whoText, "extensions": persisted(whoText)}
	steps := []struct {
		name, token string
		body        map[string]any
		code        string
	}{
		{"a hash that nobody has sent", h.Admin(), hashed, "PERSISTED_QUERY_NOT_FOUND"},
		{"a stranger's hash", "", hashed, "PERSISTED_QUERY_NOT_SUPPORTED"},
		{"a stranger's text", "", full, "PERSISTED_QUERY_NOT_SUPPORTED"},
		{"the text", h.Admin(), full, ""},
		{"the hash", h.Admin(), hashed, ""},
		{"the hash of a colleague", h.Token(nil, model.RoleRep), hashed, ""},
		{"the hash in another tenant", beside.Admin(), hashed, "PERSISTED_QUERY_NOT_FOUND"},
		{"another text", h.Admin(), map[string]any{"query": titlesText, "extensions": persisted(whoText)}, "BAD_USER_INPUT"},
		{"another version", h.Admin(), map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 2, "sha256Hash": hashOf(whoText)}}}, "BAD_USER_INPUT"},
		{"no hash", h.Admin(), map[string]any{"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1}}}, "BAD_USER_INPUT"},
		{"both", h.Admin(), map[string]any{"documentId": "who", "query": whoText}, "BAD_USER_INPUT"},
		{"an id that is none", h.Admin(), map[string]any{"extensions": map[string]any{"documentId": "who"}, "query": whoText}, ""},
	}
	for _, step := range steps {
		a := sent(t, h, h.URL, step.token, step.body)
		if code := codeOf(t, a); code != step.code || (code == "") != (len(a.Data) > 0) {
			t.Errorf("%s: %d %s %v", step.name, a.Status, a.Data, a.Errors)
		}
		if step.code == "PERSISTED_QUERY_NOT_FOUND" && a.Errors[0].Message != "PersistedQueryNotFound" {
			t.Errorf("%s: %q", step.name, a.Errors[0].Message)
		}
	}
}
