//go:build linux

package fault

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"spm/test/harness"
)

// batch is rows of one revision, and the key they are sent with, if any.
type batch struct {
	key  string
	rows []map[string]any
}

// revisions gives four revisions of everybody's bookings of six months, in
// order.
func revisions() (all []batch) {
	for revision := 1; revision <= 4; revision++ {
		for month := 1; month <= 6; month++ {
			b := batch{}
			if month%2 == 0 {
				b.key = fmt.Sprintf("%d-%d", revision, month)
			}
			for p := 1; p <= 40; p++ {
				b.rows = append(b.rows, map[string]any{"source": "deliveries", "externalId": fmt.Sprint(p, "-", month), "kind": "BOOKING", "eventDate": fmt.Sprintf("2017-%02d-15", month),
					"amount": fmt.Sprint(100*revision*revision - 17*p + month), "currency": "USD", "sourceRevision": fmt.Sprint(revision),
					"sellers": []any{map[string]any{"payee": fmt.Sprint("p", 1+(p+revision)%people)}}})
			}
			all = append(all, b)
		}
	}
	return all
}

// delivered gives what readers see once a new company has the batches, sent by
// so many writers, each in the order of its list.
func delivered(t *testing.T, lists [][]batch) (results, credits string) {
	t.Helper()
	return deliveredTo(t, lists, func(h *harness.Harness) []string {
		_, server := h.Start()
		return []string{server}
	})
}

// deliveredTo is delivered by servers that are started for it: each writer sends
// each batch to another one.
func deliveredTo(t *testing.T, lists [][]batch, start func(*harness.Harness) []string) (results, credits string) {
	t.Helper()
	h := harness.New(t)
	year := company(h)
	h.Settle()
	h.Stop() // a server of its own reads the company, of which a part was made by SQL
	servers := start(h)
	l := &load{t: t, h: h, token: h.Admin(), codes: map[string]int{}}
	var writers sync.WaitGroup
	for w, list := range lists {
		writers.Go(func() {
			for i, b := range list {
				for begun := time.Now(); l.record(servers[(w+i)%len(servers)], b.key, b.rows) != taken; {
					if time.Since(begun) > 2*time.Minute { // another delivery of it may take its time on a busy machine
						t.Errorf("a batch is not taken: %v", l.codes)
						return
					}
				}
			}
		})
	}
	writers.Wait()
	h.Settle()
	h.Decode(h.PostTo(servers[0], l.token, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}))
	h.Settle()
	lawful(t, h)
	t.Logf("%d writers; %d deliveries were answered from their key; errors by code %v", len(lists), l.replayed.Load(), l.codes)
	return h.Canonical(), h.Credits()
}

// TestDeliveriesRepeatAndMix sends the same revisions of the same bookings by
// eight writers at once, each of them all, in an order of its own, to two servers
// whose clocks are apart: what comes of it is what one writer makes who sends each
// once, in order, byte for byte, and the audit trail is in the order of its sequence.
// SEED and DELIVERIES (of each batch by each writer) repeat or lengthen it.
func TestDeliveriesRepeatAndMix(t *testing.T) {
	t.Parallel()
	random, times := seeded(t), counted("DELIVERIES", 1)
	wantResults, wantCredits := delivered(t, [][]batch{revisions()})
	lists := make([][]batch, 8)
	for w := range lists {
		for range times {
			lists[w] = append(lists[w], revisions()...)
		}
		random.Shuffle(len(lists[w]), func(i, j int) { lists[w][i], lists[w][j] = lists[w][j], lists[w][i] })
	}
	var at *harness.Harness
	results, credits := deliveredTo(t, lists, func(h *harness.Harness) []string {
		at = h
		return clocksApart(h)
	})
	if results != wantResults || wantResults == "" {
		t.Error("readers see other results than one writer in order makes")
	}
	if credits != wantCredits || wantCredits == "" {
		t.Error("there are other credits than one writer in order makes")
	}
	_, right := at.Start()
	inOrder(t, at, right)
	wrongClocks(t, at)
}
