package telemetry_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"spm/command/telemetry"
	"spm/resolver"
	"spm/store"
)

// BenchmarkTracesOfOperations answers a query over HTTP on a database, with traces
// off and of shares of the requests.
func BenchmarkTracesOfOperations(b *testing.B) {
	for _, share := range []float64{-1, 0, 0.01, 1} {
		b.Run(nameOf(share), func(b *testing.B) {
			o := trace(b, share, 0)
			token := o.Admin()
			body := `{"query":"query Titles { titles(first: 5) { nodes { name } } }"}`
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("Authorization", "Bearer "+token)
				answer := httptest.NewRecorder()
				o.handler.ServeHTTP(answer, r)
				if answer.Code != http.StatusOK {
					b.Fatal(answer.Body)
				}
			}
		})
	}
}

// BenchmarkTraces is what an operation with a transaction and five statements costs
// in the observer alone.
func BenchmarkTraces(b *testing.B) {
	for _, share := range []float64{-1, 0, 0.01, 1} {
		b.Run(nameOf(share), func(b *testing.B) {
			watch := telemetry.New(slog.New(slog.DiscardHandler), 0)
			if share >= 0 {
				flush, err := watch.Trace(b.Context(), telemetry.Traces{URL: newCollector(b).URL, Share: share})
				if err != nil {
					b.Fatal(err)
				}
				defer flush(context.Background())
			}
			statement := store.Statement{Kind: "select", Table: "title", Begun: time.Now(), Took: time.Millisecond}
			b.ReportAllocs()
			for b.Loop() {
				ctx, one := watch.Begin(context.Background(), resolver.Asked{Name: "Titles", Kind: "query", SignedIn: true})
				within, end := watch.Transaction(ctx, "createTitle")
				for range 5 {
					watch.Statement(within, statement)
				}
				end(nil)
				one.End(resolver.CodeOK, 1)
			}
		})
	}
}

func nameOf(share float64) string {
	if share < 0 {
		return "off"
	}
	return fmt.Sprint(share)
}
