// Package load measures the running server; nothing in it is a bar.
package load

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"spm/test/harness"
)

const record = `mutation($rows: [TransactionInput!]!) { recordTransactions(input: {transactions: $rows}) { created rejected userErrors { message } } }`

// BenchmarkRecordTransactions records batches of 1,000 rows from two clients,
// credited to a seller and the two managers above. It prints rows a second
// beside COPY of the same rows.
func BenchmarkRecordTransactions(b *testing.B) {
	h := harness.New(b)
	admin := h.Admin()
	company(b, h, admin)
	const size, clients = 1000, 2
	batches := make(chan int, b.N)
	for i := range b.N {
		batches <- i
	}
	close(batches)
	server, postgres := spent(b, h)
	b.ResetTimer()
	var running sync.WaitGroup
	for range clients {
		running.Go(func() {
			for i := range batches {
				v := h.Do(admin, record, map[string]any{"rows": rows(i, size)})
				if n, _ := v.At("recordTransactions", "created").V.(float64); int(n) != size {
					b.Errorf("%v", v.V)
				}
			}
		})
	}
	running.Wait()
	b.StopTimer()
	serverAfter, postgresAfter := spent(b, h)
	perRow := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(b.N*size) }
	b.ReportMetric(perRow(serverAfter-server), "server-µs/row")
	b.ReportMetric(perRow(postgresAfter-postgres), "postgres-µs/row")
	b.ReportMetric(float64(b.N*size)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(b.N*size)/copied(b, h), "COPY-rows/s")
	b.ReportMetric(0, "ns/op")
}

// copied is how many seconds COPY takes for the rows that were written, by one
// connection, into tables with the same indexes.
func copied(b *testing.B, h *harness.Harness) (seconds float64) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), h.OwnerURL)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	must := func(_ pgconn.CommandTag, err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	must(conn.Exec(b.Context(), "SELECT set_config('app.tenant', $1, false)", h.Tenant.String()))
	for _, table := range []string{"transaction", "credit"} {
		var buffer bytes.Buffer
		must(conn.PgConn().CopyTo(b.Context(), &buffer, "COPY (SELECT * FROM "+table+") TO STDOUT (FORMAT binary)"))
		must(conn.Exec(b.Context(), "CREATE TABLE copy_of_"+table+" (LIKE "+table+" INCLUDING ALL)"))
		start := time.Now()
		must(conn.PgConn().CopyFrom(b.Context(), &buffer, "COPY copy_of_"+table+" FROM STDIN (FORMAT binary)"))
		seconds += time.Since(start).Seconds()
	}
	return seconds
}

func rows(batch, size int) []map[string]any {
	out := make([]map[string]any, size)
	for i := range out {
		out[i] = map[string]any{
			"source": "crm", "externalId": fmt.Sprintf("b%d-%d", batch, i), "orderId": fmt.Sprintf("o%d-%d", batch, i/3), "line": fmt.Sprint(i % 3),
			"kind": "BOOKING", "eventDate": fmt.Sprintf("2026-%02d-%02d", i%12+1, i%28+1), "amount": fmt.Sprintf("%d.%02d", 100+i, i%100), "currency": "USD",
			"quantity": "1", "account": fmt.Sprintf("account %d", i%85),
			"sellers":    []map[string]any{{"payee": fmt.Sprintf("rep%d", i%100)}},
			"attributes": []map[string]any{{"name": "region", "value": "west"}},
		}
	}
	return out
}

func company(b testing.TB, h *harness.Harness, admin string) {
	b.Helper()
	const hire = `mutation($name: String!, $parent: ID) { createPayee(input: {externalId: $name, name: $name, currency: "USD", ownPosition: {parentId: $parent}}) {
		position { id } userErrors { message } } }`
	top := h.Do(admin, hire, map[string]any{"name": "top"}).String("createPayee", "position", "id")
	for m := range 5 {
		manager := h.Do(admin, hire, map[string]any{"name": fmt.Sprint("manager", m), "parent": top}).String("createPayee", "position", "id")
		for r := range 20 {
			h.Do(admin, hire, map[string]any{"name": fmt.Sprint("rep", m*20+r), "parent": manager})
		}
	}
	creditType := h.Do(admin, `{ creditTypes { nodes { id } } }`, nil).String("creditTypes", "nodes", 0, "id")
	for key, kind := range map[string][2]string{"direct": {"DIRECT", "SELLERS"}, "rollup": {"ROLLUP", "MANAGERS"}} {
		h.Do(admin, `mutation($input: CreateCreditingRuleInput!) { createCreditingRule(input: $input) { userErrors { message } } }`,
			map[string]any{"input": map[string]any{"key": key, "name": key, "creditTypeId": creditType, "creditKind": kind[0], "receivers": kind[1]}})
	}
}
