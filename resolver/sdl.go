package resolver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/formatter"

	"spm/auth"
	"spm/model"
	"spm/service"
)

// NewSDL serves the schema as text to those who may read it, by GET, with an
// ETag by which a build learns that nothing has changed.
func NewSDL(s *service.Service, opts Options) http.Handler {
	var text strings.Builder
	formatter.NewFormatter(&text, formatter.WithIndent("  ")).FormatSchema((&Resolver{}).Schema().Schema())
	sum := sha256.Sum256([]byte(text.String()))
	d := &door{authenticator: s, present: NewErrorPresenter(s.Log), recovered: NewRecover(s.Log)}
	d.next = &sdl{text: text.String(), tag: `"` + hex.EncodeToString(sum[:16]) + `"`, mayRead: opts.Introspection, door: d}
	return opts.Origins.wrap(http.HandlerFunc(d.serve))
}

// sdl is the schema as text.
type sdl struct {
	text, tag string
	mayRead   func(context.Context) bool
	door      *door
}

// ServeHTTP answers GET and HEAD.
func (s *sdl) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		s.door.refuseWith(ctx, w, r, http.StatusMethodNotAllowed, model.Errorf(model.BadUserInput, "The schema is read by GET."))
		return
	case s.mayRead != nil && s.mayRead(ctx):
	case auth.SessionOf(ctx).Principal == nil:
		s.door.refuse(ctx, w, r, auth.ErrToken)
		return
	default:
		s.door.refuse(ctx, w, r, model.Errorf(model.Forbidden, "The schema is not available to you."))
		return
	}
	w.Header().Set("ETag", s.tag)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Add("Vary", "Authorization")
	if tagged(r.Header.Values("If-None-Match"), s.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte(s.text))
}

// tagged tells whether one of the tags given is the tag, weakly compared.
func tagged(given []string, tag string) bool {
	for _, list := range given {
		for one := range strings.SplitSeq(list, ",") {
			if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == tag {
				return true
			}
		}
	}
	return false
}
