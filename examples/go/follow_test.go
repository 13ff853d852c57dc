package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestStreamResumes cuts a stream between events, within one, and before there
// is an answer: each event is handled once.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	answers := []string{
		": hello\nretry: 1\n\nid: 5\nevent: next\ndata: {\"data\":1}\n\n",
		"id: 6\nevent: next\ndata: {\"da",
		"",
		"event: next\r\nid: 6\r\ndata: {\"data\":2}\r\n\r\nid: 7\nevent: next\ndata: {\"data\":3}\n\n",
	}
	var resumed []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := len(resumed)
		resumed = append(resumed, r.Header.Get("Last-Event-ID"))
		if answers[n] == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, answers[n])
	}))
	defer server.Close()
	s := stream{http: server.Client(), url: server.URL, patience: time.Second}
	var got []string
	err := s.each(t.Context(), func(response []byte) (bool, error) {
		got = append(got, string(response))
		return len(got) == 3, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"data":1}`, `{"data":2}`, `{"data":3}`}; !slices.Equal(got, want) {
		t.Errorf("handled %v", got)
	}
	if want := []string{"", "5", "5", "5"}; !slices.Equal(resumed, want) {
		t.Errorf("resumed after %q", resumed)
	}
}

// TestStreamEnds: what the server ends is not asked for again.
func TestStreamEnds(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"event: next\ndata: {\"errors\":[{\"message\":\"expired\",\"extensions\":{\"code\":\"UNAUTHENTICATED\"}}]}\n\n": "UNAUTHENTICATED: expired",
		"event: complete\ndata: {}\n\n": errOver.Error(),
	} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			fmt.Fprint(w, answer)
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		s := stream{http: server.Client(), url: server.URL}
		err := s.each(ctx, func([]byte) (bool, error) { return false, nil })
		if err == nil || !strings.Contains(err.Error(), want) || asked != 1 {
			t.Errorf("asked %d times, ended with %v", asked, err)
		}
		cancel()
		server.Close()
	}
}
