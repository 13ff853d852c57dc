// Package graphiql serves a page on which people ask the API by hand: GraphiQL
// with its assets in this binary, ready-made tabs, and a choice of who asks.
package graphiql

import (
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

// Options say what the page offers. The zero value asks for a token.
type Options struct {
	// Title stands above the page; "spm" if empty.
	Title string
	// Tabs are the documents that the page opens with.
	Tabs []string
	// Deal names the mutation that the page's button runs beside a
	// subscription: the last operation of a tab; "" for no button.
	Deal string
	// People gives those whose tokens the page offers; nobody's if nil. They
	// are told to programs of this machine only: see FromThisMachine.
	People func() ([]Person, error)
}

// Person is somebody to ask as.
type Person struct {
	Subject string    `json:"subject"`
	Name    string    `json:"name"`
	Role    string    `json:"role"` // in words
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// own are the page's own files, upstream those of others: see .ci/graphiql.
//
//go:embed page/page.html page/*.css page/*.mjs page/*.svg upstream/*.js upstream/*.css
var files embed.FS

// Handler serves the page at / and what it is made of below /graphiql/.
func Handler(o Options) http.Handler {
	if o.Title == "" {
		o.Title = "spm"
	}
	p := &page{Options: o, html: template.Must(template.ParseFS(files, "page/page.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.serve)
	mux.HandleFunc("GET /graphiql/setup.json", p.setup)
	mux.HandleFunc("GET /graphiql/people.json", p.people)
	for _, dir := range []string{"page", "upstream"} {
		entries, _ := files.ReadDir(dir)
		for _, entry := range entries {
			if entry.Name() != "page.html" {
				mux.Handle("GET /graphiql/"+entry.Name(), newAsset(path.Join(dir, entry.Name())))
			}
		}
	}
	return mux
}

type page struct {
	Options
	html *template.Template
}

// policy lets a page load its own scripts and styles, each by the nonce of this
// answer, and talk to this server; nothing else, and nobody frames it.
const policy = "default-src 'none'; script-src 'nonce-%[1]s'; style-src 'nonce-%[1]s'; img-src 'self' data:; font-src data:; " +
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (p *page) serve(w http.ResponseWriter, _ *http.Request) {
	nonce := rand.Text()
	var html bytes.Buffer
	if err := p.html.Execute(&html, struct{ Title, Nonce string }{p.Title, nonce}); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	secure(w)
	w.Header().Set("Content-Security-Policy", fmt.Sprintf(policy, nonce))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(html.Bytes())
}

// secure sets what every answer of ours has.
func secure(w http.ResponseWriter) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (p *page) setup(w http.ResponseWriter, _ *http.Request) {
	version := sha256.Sum256([]byte(strings.Join(p.Tabs, "\x00")))
	answer(w, struct {
		Version string   `json:"version"` // tabs kept by a browser are of a version
		Tabs    []string `json:"tabs"`
		Deal    string   `json:"deal"`
		People  bool     `json:"people"`
	}{base64.RawURLEncoding.EncodeToString(version[:9]), p.Tabs, p.Deal, p.People != nil})
}

// people gives tokens, so it asks more of a request than any other route.
func (p *page) people(w http.ResponseWriter, r *http.Request) {
	if p.People == nil || !FromThisMachine(r) {
		http.Error(w, "Tokens are given to programs of this machine only.", http.StatusForbidden)
		return
	}
	people, err := p.People()
	if err != nil {
		http.Error(w, "The demo is not loaded yet.", http.StatusServiceUnavailable)
		return
	}
	answer(w, struct {
		People []Person `json:"people"`
	}{people})
}

func answer(w http.ResponseWriter, what any) {
	secure(w)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(what)
}

// mediaTypes are those of our files, whatever this machine says of them.
var mediaTypes = map[string]string{
	".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml",
}

// asset is a file that never changes while this binary runs.
type asset struct {
	mediaType, tag string
	plain          []byte
	packed         func() []byte
}

func newAsset(name string) *asset {
	plain, err := files.ReadFile(name)
	if err != nil {
		panic(err) // a file that was embedded
	}
	sum := sha256.Sum256(plain)
	return &asset{
		mediaType: mediaTypes[path.Ext(name)], tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, plain: plain,
		packed: sync.OnceValue(func() []byte {
			var packed bytes.Buffer
			writer := gzip.NewWriter(&packed)
			_, _ = writer.Write(plain) // into memory
			_ = writer.Close()
			return packed.Bytes()
		}),
	}
}

// ServeHTTP gives the file, packed where that is understood, or says that it is
// the one that is known already.
func (a *asset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w)
	w.Header().Set("Content-Type", a.mediaType)
	w.Header().Set("Cache-Control", "no-cache") // kept, but asked about
	w.Header().Set("ETag", a.tag)
	w.Header().Set("Vary", "Accept-Encoding")
	switch {
	case r.Header.Get("If-None-Match") == a.tag:
		w.WriteHeader(http.StatusNotModified)
	case strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"):
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(a.packed())
	default:
		_, _ = w.Write(a.plain)
	}
}
