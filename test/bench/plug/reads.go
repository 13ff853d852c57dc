package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"spm/test/bench/company"
)

// serve starts the server for work B and writes down which ids of ours the
// data set's numbers have.
func (p plug) serve(ctx context.Context) error {
	if err := p.start(ctx); err != nil {
		return err
	}
	c, err := p.client()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(p.file("ids"), 0o755); err != nil {
		return err
	}
	for name, read := range map[string]func(context.Context, company.Client) ([][]string, error){"rep.csv": repIDs, "period.csv": periodIDs} {
		rows, err := read(ctx, c)
		if err != nil {
			return err
		}
		if err := write(filepath.Join(p.file("ids"), name), rows); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, rows [][]string) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	err = csv.NewWriter(file).WriteAll(rows)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// repIDs lists the reps' numbers, which are their external ids, with our ids.
func repIDs(ctx context.Context, c company.Client) (rows [][]string, err error) {
	for after, more := any(nil), true; more; {
		var answer struct {
			Payees struct {
				Nodes    []struct{ ID, ExternalID string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		err := c.Do(ctx, c.Admin, `query($after: Cursor) { payees(first: 250, after: $after) { nodes { id externalId } pageInfo { hasNextPage endCursor } } }`,
			map[string]any{"after": after}, &answer)
		if err != nil {
			return nil, err
		}
		for _, payee := range answer.Payees.Nodes {
			rows = append(rows, []string{payee.ExternalID, payee.ID})
		}
		after, more = answer.Payees.PageInfo.EndCursor, answer.Payees.PageInfo.HasNextPage
	}
	return rows, nil
}

// periodIDs lists the months' numbers with our ids.
func periodIDs(ctx context.Context, c company.Client) (rows [][]string, err error) {
	var answer struct {
		Periods struct{ Nodes []struct{ ID string } }
	}
	err = c.Do(ctx, c.Admin, `{ periods(first: 12, where: {types: [MONTH]}, orderBy: [{by: START_DATE}]) { nodes { id } } }`, nil, &answer)
	for i, month := range answer.Periods.Nodes {
		rows = append(rows, []string{strconv.Itoa(i + 1), month.ID})
	}
	return rows, err
}

// readHooks are those of work B: of the server that runs, where one does.
func readHooks(source string) ([][2]string, error) {
	hooks := [][2]string{{"PROJECT_QUERIES", filepath.Join(source, "test", "bench", "plug", "queries")}}
	if os.Getenv("RUN_DIR") == "" {
		return hooks, nil // for work A it need not be known yet
	}
	p, err := fromEnvironment()
	if err != nil {
		return nil, err
	}
	if p.pid() == 0 {
		return hooks, nil
	}
	c, err := p.client()
	if err != nil {
		return nil, err
	}
	return append(hooks, [][2]string{
		{"PROJECT_URL", c.URL},
		{"PROJECT_PID", fmt.Sprint(p.pid())},
		{"PROJECT_HEADERS", "Authorization: Bearer " + c.Admin},
		{"PROJECT_IDMAP", p.file("ids")},
	}...), nil
}
