// Command go records a batch of deals, waits until the pay that follows from
// them has arrived, and says what it was, what it is, and why.
//
//	TOKEN=$(go run . token --role COMP_ADMIN) go run ./examples/go --payee E018
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"spm/examples/go/api"
)

func main() {
	p := program{out: os.Stdout, http: &http.Client{Transport: &bearer{os.Getenv("TOKEN")}}}
	flag.StringVar(&p.url, "url", cmp.Or(os.Getenv("URL"), "http://127.0.0.1:8080/graphql"), "where the API is; the environment's TOKEN says who asks")
	flag.StringVar(&p.payee, "payee", "", "your key of the payee who sold it")
	flag.StringVar(&p.day, "day", "2026-12-31", "when it was sold")
	flag.StringVar(&p.batch, "batch", "G1", "a name for the batch; the same name again changes nothing")
	wait := flag.Duration("wait", time.Minute, "how long to wait for the pay")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), *wait)
	defer cancel()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // nothing is left to cancel
	}
}

// bearer sends the token with each request.
type bearer struct{ token string }

// RoundTrip adds the header.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(r)
}

type program struct {
	url, payee, day, batch string
	http                   *http.Client
	out                    io.Writer
}

func (p *program) run(ctx context.Context) error {
	client := graphql.NewClient(p.url, p.http)
	found, err := api.FindPayee(ctx, client, p.payee)
	if err != nil {
		return err
	}
	if len(found.Payees.Nodes) == 0 {
		return fmt.Errorf("there is no payee %q, or not one that you may see", p.payee)
	}
	payee := found.Payees.Nodes[0]
	before, err := api.Earnings(ctx, client, payee.Id, p.day)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s before\n", payee.Name)
	for _, e := range before.Earnings.Nodes {
		fmt.Fprintf(p.out, "  %s %s: %s %s\n", e.Period.Name, e.ComponentName, e.Amount.Amount, e.Amount.Currency)
	}
	recorded, err := p.record(ctx, client)
	if err != nil {
		return err
	}
	if recorded.Replayed || recorded.Created+recorded.Revised == 0 {
		fmt.Fprintln(p.out, "known already: nothing changes")
		return nil
	}
	return p.await(ctx, payee.Id, before.Sequence, recorded.Sequence)
}

// deals are what the batch is made of. The third is wrong, to show that it
// costs none of the others.
func (p *program) deals() []api.TransactionInput {
	deal := func(n int, amount string) api.TransactionInput {
		return api.TransactionInput{
			Source: "example", ExternalId: fmt.Sprintf("%s-%d", p.batch, n), Kind: "BOOKING", EventDate: p.day,
			Amount: amount, Currency: "USD", Sellers: []api.SellerInput{{Payee: p.payee}},
		}
	}
	return []api.TransactionInput{deal(1, "12000.00"), deal(2, "800.50"), deal(3, "1,000")}
}

// record sends the batch under a key that makes it safe to send again, and so
// sends it again where the answer got lost.
func (p *program) record(ctx context.Context, client graphql.Client) (*api.Recorded, error) {
	for try := 1; ; try++ {
		answer, err := api.RecordDeals(ctx, client, p.deals(), "batch "+p.batch)
		switch {
		case err == nil:
			return &answer.RecordTransactions, p.report(answer.RecordTransactions)
		case try == 3 || !retryable(err):
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * 200 * time.Millisecond):
		}
	}
}

// retryable tells whether a request may be sent again as it is: it got lost, or
// the server says so.
func retryable(err error) bool {
	var refused gqlerror.List
	var status *graphql.HTTPError
	switch {
	case errors.As(err, &refused):
		again, _ := refused[0].Extensions["retryable"].(bool)
		return again
	case errors.As(err, &status):
		return status.StatusCode == http.StatusTooManyRequests || status.StatusCode >= 500
	}
	return true
}

// report says what became of each row. userErrors are about the batch as a
// whole: where there is any, no row was taken.
func (p *program) report(recorded api.Recorded) error {
	for _, e := range recorded.UserErrors {
		return fmt.Errorf("%s: %s: %s", strings.Join(e.Path, "."), e.Code, e.Message)
	}
	for _, row := range recorded.Rows {
		fmt.Fprintf(p.out, "%s %s\n", row.ExternalId, row.Status)
		for _, e := range row.Errors {
			fmt.Fprintf(p.out, "  %s: %s: %s\n", strings.Join(e.Path, "."), e.Code, e.Message)
		}
		if row.ExceptionCount > 0 {
			fmt.Fprintln(p.out, "  it credits nobody until its exceptions are mended: ask creditingExceptions")
		}
	}
	return nil
}

// await follows the payee's pay from what was shown before, until an earning
// includes what was recorded.
func (p *program) await(ctx context.Context, payee string, after *string, recorded string) error {
	body, err := json.Marshal(map[string]any{"query": api.PayChanges_Operation, "variables": map[string]any{"payee": payee, "after": after}})
	if err != nil {
		return err
	}
	changes := stream{http: p.http, url: p.url, body: body, patience: time.Second}
	return changes.each(ctx, func(response []byte) (done bool, err error) {
		var answer api.PayChangesWsResponse
		if err := json.Unmarshal(response, &answer); err != nil {
			return false, err
		}
		for _, change := range answer.Data.EarningsChanged.Changes {
			if e := change.Earning; e != nil && number(e.CalculatedThrough) >= number(recorded) {
				done = true
				p.show(change)
			}
		}
		return done, nil
	})
}

// number reads a sequence; that of a mutation may be absent, and is then 0.
func number(sequence string) int64 {
	n, _ := strconv.ParseInt(sequence, 10, 64)
	return n
}

// show says what an earning was and is, and which parts of its explanation are
// about our deals.
func (p *program) show(change api.Change) {
	e, previous := change.Earning, "new"
	if change.Previous != nil {
		previous = change.Previous.Amount
	}
	fmt.Fprintf(p.out, "%s %s: %s -> %s %s\n", e.Period.Name, e.ComponentName, previous, e.Amount.Amount, e.Amount.Currency)
	for _, why := range e.Explanation.Root.Children {
		switch {
		case why.Credit != nil && why.Credit.Transaction != nil && strings.HasPrefix(why.Credit.Transaction.ExternalId, p.batch+"-"):
			rate := "several rates"
			if why.Rate != nil {
				rate = *why.Rate
			}
			fmt.Fprintf(p.out, "  %s: %s x %s = %s\n", why.Credit.Transaction.ExternalId, *why.Value, rate, why.Amount)
		case why.Kind == api.TraceKindMeasure || why.Kind == api.TraceKindQuota || why.Kind == api.TraceKindAttainment:
			fmt.Fprintf(p.out, "  %s %s\n", strings.ToLower(string(why.Kind)), *why.Value)
		}
	}
}
