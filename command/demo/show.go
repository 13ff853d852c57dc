package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// earning is what the table and the choice of an example need of one.
type earning struct {
	ID            string
	Payee         struct{ Name, ExternalID string }
	Position      struct{ ExternalID string }
	Period        struct{ Name string }
	ComponentName string
	Measure       decimal.Decimal
	Quota         *decimal.Decimal
	Attainment    *decimal.Decimal
	Amount        struct {
		Amount   decimal.Decimal
		Currency string
	}
}

// Show shows what people earned in the year, one earning explained, and what
// is wrong with the data.
func (l *Loader) Show(ctx context.Context) error {
	earnings, err := l.earnings(ctx)
	if err != nil {
		return fmt.Errorf("read the earnings: %w", err)
	}
	l.showTable(earnings)
	if example := exampleOf(earnings); example != nil {
		if err := l.showExample(ctx, example); err != nil {
			return fmt.Errorf("read an explanation: %w", err)
		}
	}
	return l.showTroubles(ctx)
}

func (l *Loader) earnings(ctx context.Context) (all []earning, err error) {
	err = l.api.pages(ctx, admin, `query($from: Date!, $to: Date!, $after: Cursor) {
		earnings(first: 250, after: $after, where: {periodStart: {gte: $from}, periodEnd: {lte: $to}}) {
			nodes {
				id componentName measure quota attainment amount { amount currency } period { name }
				payee { name externalId } position { externalId }
			}
			pageInfo { hasNextPage endCursor }
		}
	}`, map[string]any{"from": firstOfYear, "to": lastOfYear}, func(data json.RawMessage) (pageInfo, error) {
		var page struct {
			Earnings struct {
				Nodes    []earning
				PageInfo pageInfo
			}
		}
		err := json.Unmarshal(data, &page)
		all = append(all, page.Earnings.Nodes...)
		return page.Earnings.PageInfo, err
	})
	return all, err
}

// exampleOf is the rep's first commission above quota, which two rates share.
func exampleOf(earnings []earning) *earning {
	for i, e := range earnings { // by period
		if e.Payee.ExternalID == repKey && e.ComponentName == "Commission" && e.Attainment != nil && e.Attainment.GreaterThan(decimal.NewFromInt(1)) {
			return &earnings[i]
		}
	}
	return nil
}

// showTroubles counts what waits to be mended, by cause.
func (l *Loader) showTroubles(ctx context.Context) error {
	counts := map[string]int{}
	details := map[string]map[string]bool{}
	err := l.api.pages(ctx, admin, `query($after: Cursor) {
		creditingExceptions(first: 250, after: $after) { nodes { code detail } pageInfo { hasNextPage endCursor } }
	}`, nil, func(data json.RawMessage) (pageInfo, error) {
		var page struct {
			CreditingExceptions struct {
				Nodes    []struct{ Code, Detail string }
				PageInfo pageInfo
			}
		}
		err := json.Unmarshal(data, &page)
		for _, one := range page.CreditingExceptions.Nodes {
			if details[one.Code] == nil {
				details[one.Code] = map[string]bool{}
			}
			counts[one.Code]++
			details[one.Code][one.Detail] = true
		}
		return page.CreditingExceptions.PageInfo, err
	})
	if err != nil {
		return fmt.Errorf("read the crediting exceptions: %w", err)
	}
	if len(counts) > 0 {
		l.screen.Heading("Deals that wait for somebody to mend their cause")
	}
	for _, code := range slices.Sorted(maps.Keys(counts)) {
		names := slices.Sorted(maps.Keys(details[code]))
		if len(names) > 4 {
			names = append(names[:4], "...")
		}
		l.screen.Printf(" %-20s %4d   %s\n", code, counts[code], strings.Join(names, ", "))
	}
	return nil
}
