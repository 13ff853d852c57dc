package company

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Source is the system that the sales come from.
const Source = "bench"

const (
	batchSize = 1000 // sales sent together
	leastPoll = 10 * time.Millisecond
	pollShare = 50 // a run is asked for again after this part of the time that it has taken
)

// Record sends the sales, which are rows of txn.csv, one batch after another:
// credits of a day have ids in the order of the sales, as the harness's have.
func Record(ctx context.Context, c Client, rows [][]string) error {
	for from := 0; from < len(rows); from += batchSize {
		some := rows[from:min(from+batchSize, len(rows))]
		batch := make([]map[string]any, len(some))
		for i, row := range some {
			var err error
			if batch[i], err = sale(row); err != nil {
				return err
			}
		}
		var answer struct{ RecordTransactions struct{ Created int } }
		err := c.Do(ctx, c.Admin, `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { created userErrors { path message } } }`,
			map[string]any{"t": batch}, &answer)
		if err == nil && answer.RecordTransactions.Created != len(some) {
			err = fmt.Errorf("of %d sales from number %s on, %d were recorded", len(some), some[0][0], answer.RecordTransactions.Created)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sale is a row as it is sent: its number is its place in the order of a day.
func sale(row []string) (map[string]any, error) {
	sellers := []any{map[string]any{"payee": row[2]}}
	if row[8] != "" {
		var percent int
		if _, err := fmt.Sscan(row[9], &percent); err != nil || percent <= 0 || percent >= 100 {
			return nil, fmt.Errorf("sale %s is split by %q percent", row[0], row[9])
		}
		sellers = []any{
			map[string]any{"payee": row[2], "share": fmt.Sprintf("0.%02d", 100-percent)},
			map[string]any{"payee": row[8], "share": fmt.Sprintf("0.%02d", percent)},
		}
	}
	return map[string]any{
		"source": Source, "externalId": row[0], "orderId": row[1], "kind": "BOOKING", "eventDate": row[3], "sequence": row[0],
		"amount": row[4], "currency": Currency, "product": row[5], "account": row[7], "sellers": sellers,
	}, nil
}

// Run is what a calculation came to.
type Run struct {
	Took     time.Duration // from asking to visible
	Payees   int
	Problems int
}

// Calculate runs a period and waits until its results are visible.
func Calculate(ctx context.Context, c Client, period string) (Run, error) {
	begin := time.Now()
	run, err := c.create(ctx, "runCalculation", "RunCalculationInput", "run", map[string]any{"periodId": period})
	if err != nil {
		return Run{}, err
	}
	for {
		var answer struct {
			Node struct {
				Status, Failure           string
				PayeesTotal, ProblemCount int
			}
		}
		err := c.Do(ctx, c.Admin, `query($id: ID!) { node(id: $id) { ... on CalculationRun { status failure payeesTotal problemCount } } }`, map[string]any{"id": run}, &answer)
		switch {
		case err != nil:
			return Run{}, err
		case answer.Node.Status == "FAILED":
			return Run{}, errors.New("the run failed: " + answer.Node.Failure)
		case strings.HasPrefix(answer.Node.Status, "SUCCEEDED"):
			return Run{time.Since(begin), answer.Node.PayeesTotal, answer.Node.ProblemCount}, nil
		}
		select {
		case <-ctx.Done():
			return Run{}, ctx.Err()
		case <-time.After(time.Since(begin)/pollShare + leastPoll):
		}
	}
}

// YearOf finds the fiscal year of a company that was made before.
func YearOf(ctx context.Context, c Client) (string, error) {
	var answer struct {
		Periods struct{ Nodes []struct{ ID string } }
	}
	err := c.Do(ctx, c.Admin, `{ periods(where: {types: [YEAR]}) { nodes { id } } }`, nil, &answer)
	if err == nil && len(answer.Periods.Nodes) != 1 {
		err = errors.New("there is no year: the company was not made")
	}
	if err != nil {
		return "", err
	}
	return answer.Periods.Nodes[0].ID, nil
}
