package scenario

import (
	"testing"
	"time"

	"spm/test/harness"
)

// TestIssuerStreamsEnd follows by tokens of an issuer on two servers, and ends
// the issuer, or changes what it may sign with: all that is under way ends,
// and what is by others goes on.
func TestIssuerStreamsEnd(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	s := newSmall(h)
	_, second := h.Start()
	stays := newProvider(t, "ec")
	newIssuer(h, stays.url, "algorithms", []string{"ES256"})
	userOf(h, stays.url, "kim", []string{"FINANCE"})
	for name, change := range map[string][]any{
		"ended":          {"active", false},
		"its algorithms": {"algorithms", []string{"PS256"}},
		"its keys":       {"jwksUrl", "https://id.example.com/keys"},
	} {
		p := newProvider(t, "rsa")
		id := newIssuer(h, p.url, "untypedTokens", true).String("id")
		userOf(h, p.url, "ann", []string{"FINANCE"})
		ann := p.token(h, "rsa", "ann")
		here, elsewhere := h.Follow(h.URL, ann, follow, nil, ""), h.Follow(second, ann, follow, nil, "")
		other, own := h.Follow(second, stays.token(h, "ec", "kim"), follow, nil, ""), h.Follow(h.URL, h.Admin(), follow, nil, "")
		socket := dial(t, second, ann)
		socket.subscribe(follow)
		record(h, []map[string]any{s.sell("ann", "2017-01-10", "1000")}, 1)
		for _, l := range []*harness.Live{here, elsewhere, other, own} {
			if len(awaitMoves(t, h, l)) == 0 {
				t.Fatal("nothing arrived")
			}
		}
		socket.await("next")
		h.Settle()
		begin := time.Now()
		h.Do(h.Admin(), updateIssuer, input(append([]any{"id", id, "ifVersion", 1}, change...)...))
		turnedAway(t, h, name+", here", h.URL, ann)
		turnedAway(t, h, name+", elsewhere", second, ann)
		for _, l := range []*harness.Live{here, elsewhere} {
			e, ok := l.Next()
			for ok && e.Name == "next" && len(e.Errors) == 0 {
				e, ok = l.Next()
			}
			if !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
				t.Errorf("%s: the stream got %v", name, e)
			}
		}
		if code := socket.closed(); code != 4403 {
			t.Errorf("%s: the socket closed with %d", name, code)
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: it took %s", name, took)
		} else {
			t.Logf("%s: all had ended after %s", name, took)
		}
		for _, l := range []*harness.Live{other, own} {
			if !l.Quiet() {
				e, _ := l.Next()
				t.Errorf("%s: another's stream got %v", name, e)
			}
			l.Close()
		}
	}
}

// TestIssuerTokenEndsItsStreams lets a token of an issuer expire.
func TestIssuerTokenEndsItsStreams(t *testing.T) {
	t.Parallel()
	h := harness.New(t)
	p := newProvider(t, "rsa")
	newIssuer(h, p.url)
	userOf(h, p.url, "ann", []string{"FINANCE"})
	brief := p.sign("rsa", but(p.claims(h.Tenant.String(), "ann"), "exp", time.Now().Add(3*time.Second).Unix()))
	socket := dial(t, h.URL, brief)
	socket.subscribe(follow)
	l := h.Follow(h.URL, brief, follow, nil, "")
	if e, ok := l.Next(); !ok || len(e.Errors) != 1 || e.Errors[0].Extensions["code"] != "UNAUTHENTICATED" {
		t.Errorf("the stream got %v", e)
	}
	if code := socket.closed(); code != 4403 {
		t.Errorf("the socket closed with %d", code)
	}
}
