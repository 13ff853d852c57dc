//go:build linux

package fault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"spm/test/harness"
)

// outcome is what a caller knows of its call.
type outcome int

const (
	unknown outcome = iota // no answer, or one that does not tell
	taken
	refused
)

// call is an entry of the callers' log: rows that were sent at once.
type call struct {
	ids     []string
	outcome outcome
}

// load is what callers do while faults are made, and the log of it.
type load struct {
	t     *testing.T
	h     *harness.Harness
	urls  []string
	token string
	stop  chan struct{}
	group sync.WaitGroup

	mu    sync.Mutex
	calls []call
	codes map[string]int // of answers with errors; "none" where there was no answer

	reads, again, replayed atomic.Int64
	start                  string       // the sequence after which the followers follow
	last                   atomic.Int64 // they end with the first event after it, where it is not 0
	heard                  [][]string   // by each of them
	followers              sync.WaitGroup
}

const (
	writers   = 4
	readers   = 2
	followers = 2
	rowsEach  = 5
)

const recordRows = `mutation($t: [TransactionInput!]!) { recordTransactions(input: {transactions: $t}) { rejected replayed userErrors { code } } }`

// loaded starts writers, readers and followers of servers.
func loaded(t *testing.T, h *harness.Harness, random *rand.Rand, urls ...string) *load {
	t.Helper()
	l := &load{t: t, h: h, urls: urls, token: h.Admin(), stop: make(chan struct{}), codes: map[string]int{}, heard: make([][]string, followers)}
	l.start = l.sequence()
	for w := range writers {
		own := rand.New(rand.NewPCG(random.Uint64(), 1))
		l.group.Go(func() { l.write(w, own) })
	}
	for range readers {
		l.group.Go(l.read)
	}
	for f := range followers {
		l.followers.Go(func() { l.heard[f] = l.follow(urls[f%len(urls)]) })
	}
	return l
}

func (l *load) stopped() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// pause lets a caller that is not at work wait a little, or until the end.
func (l *load) pause(d time.Duration) {
	select {
	case <-l.stop:
	case <-time.After(d):
	}
}

// write records rows of its own until the end. Where no answer tells what
// became of them it mostly asks again, with the same key.
func (l *load) write(w int, random *rand.Rand) {
	for n := 0; !l.stopped(); n++ {
		var c call
		var rows []map[string]any
		whole := random.IntN(8) > 0 // or of rows that lack what is needed
		for k := range rowsEach {
			id := fmt.Sprintf("w%d-%d-%d", w, n, k)
			row := map[string]any{"source": "load", "externalId": id, "eventDate": fmt.Sprintf("2017-%02d-15", 1+random.IntN(12)), "amount": fmt.Sprint(1 + random.IntN(1000)), "currency": "USD",
				"sellers": []any{map[string]any{"payee": fmt.Sprint("p", 1+random.IntN(people))}}}
			if whole {
				row["kind"] = "BOOKING"
			}
			c.ids, rows = append(c.ids, id), append(rows, row)
		}
		for {
			c.outcome = l.record(l.urls[random.IntN(len(l.urls))], fmt.Sprintf("%d-%d", w, n), rows)
			if c.outcome != unknown || random.IntN(20) == 0 || l.stopped() {
				break
			}
			l.again.Add(1)
			l.pause(50 * time.Millisecond)
		}
		l.mu.Lock()
		l.calls = append(l.calls, c)
		l.mu.Unlock()
		l.pause(time.Duration(random.IntN(40)) * time.Millisecond)
	}
}

// record sends rows under a key and tells what its caller knows then.
func (l *load) record(url, key string, rows []map[string]any) outcome {
	answer, err := l.post(url, recordRows, map[string]any{"t": rows}, key)
	if err != nil {
		return unknown
	}
	var data struct {
		RecordTransactions *struct {
			Rejected   int
			Replayed   bool
			UserErrors []struct{ Code string }
		}
	}
	if json.Unmarshal(answer.Data, &data) != nil || data.RecordTransactions == nil {
		return unknown
	}
	payload := data.RecordTransactions
	if payload.Replayed {
		l.replayed.Add(1)
	}
	switch {
	case payload.Rejected == 0 && len(payload.UserErrors) == 0:
		return taken
	case payload.Rejected == len(rows) || len(payload.UserErrors) > 0:
		return refused
	}
	l.t.Errorf("%s: a part of the rows was rejected: %s", key, answer.Data)
	return unknown
}

// read asks for earnings until the end; an answer is whole or has an error.
func (l *load) read() {
	for n := 0; !l.stopped(); n++ {
		answer, err := l.post(l.urls[n%len(l.urls)], `{ earnings(first: 5) { totalCount nodes { amount { amount } } } }`, nil, "")
		if err == nil && len(answer.Errors) == 0 {
			l.reads.Add(1)
		}
		l.pause(20 * time.Millisecond)
	}
}

var patient = &http.Client{Timeout: 30 * time.Second}

// post sends a document; it fails where there is no answer or one with errors,
// whose codes are counted.
func (l *load) post(url, query string, variables any, key string) (answer harness.Answer, err error) {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return answer, err
	}
	req, err := http.NewRequestWithContext(l.t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return answer, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+l.token)
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	code := "none"
	res, err := patient.Do(req)
	if err == nil {
		defer res.Body.Close()
		err = json.NewDecoder(res.Body).Decode(&answer)
	}
	if err == nil && len(answer.Errors) > 0 {
		code = fmt.Sprint(answer.Errors[0].Extensions["code"])
		err = errors.New(code)
	}
	if err != nil {
		l.mu.Lock()
		l.codes[code]++
		l.mu.Unlock()
	}
	return answer, err
}

func (l *load) sequence() string {
	return l.h.Decode(l.h.PostTo(l.urls[0], l.token, "{ sequence }", nil)).String("sequence")
}

const followed = `subscription($after: BigInt) { earningsChanged(after: $after) { sequence changes { id previous { amount } earning { amount { amount } } } } }`

// follow hears what a server tells, from the start to the first event after
// the last; it goes on where it was after each end of a stream.
func (l *load) follow(url string) (heard []string) {
	at := l.start
	for l.t.Context().Err() == nil {
		l.events(url, at, func(id, data string) bool {
			at, heard = id, append(heard, data)
			return !l.over(id)
		})
		if l.over(at) {
			return heard
		}
		select {
		case <-l.t.Context().Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return heard
}

func (l *load) over(id string) bool {
	n, err := strconv.ParseInt(id, 10, 64)
	last := l.last.Load()
	return err == nil && last > 0 && n > last
}

// events gives the events of one stream until it ends, has an error, or more
// says no.
func (l *load) events(url, after string, more func(id, data string) bool) {
	ctx, cancel := context.WithCancel(l.t.Context())
	defer cancel()
	body, _ := json.Marshal(map[string]any{"query": followed, "variables": map[string]any{"after": after}})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "text/event-stream")
	req.Header.Set("Authorization", "Bearer "+l.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	id := ""
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			id = value
		case "data":
			var answer harness.Answer
			if json.Unmarshal([]byte(value), &answer) != nil || len(answer.Errors) > 0 || id == "" || !more(id, string(answer.Data)) {
				return
			}
			id = ""
		}
	}
}

// more waits until so many further calls were taken.
func (l *load) more(n int) {
	l.t.Helper()
	count := func() (all int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range l.calls {
			if c.outcome == taken {
				all++
			}
		}
		return all
	}
	before := count()
	l.h.Eventually("further calls", func() bool { return count() >= before+n })
}

// varied tells whether there are calls that were taken, calls that were refused,
// and reads.
func (l *load) varied() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := func(o outcome) bool {
		return slices.ContainsFunc(l.calls, func(c call) bool { return c.outcome == o })
	}
	return of(taken) && of(refused) && l.reads.Load() > 0
}

// end stops the callers and checks what they have been told against what is
// there, the followers against one who reads it all at the end, and the laws.
func (l *load) end(year string) {
	l.t.Helper()
	l.h.Eventually("calls of each outcome", l.varied) // short faults leave little time for them
	close(l.stop)
	l.group.Wait()
	l.h.Reconnect()
	l.h.Settle()
	l.oracle()
	n, err := strconv.ParseInt(l.sequence(), 10, 64)
	if err != nil {
		l.t.Fatal(err)
	}
	l.last.Store(n)
	sell(l.urls[0], l.h, 2)
	l.followers.Wait()
	l.h.Settle()
	whole := l.follow(l.urls[len(l.urls)-1])
	for f, heard := range l.heard {
		if !slices.Equal(heard, whole) {
			l.t.Errorf("follower %d heard %d events that are not the %d there were", f, len(heard), len(whole))
		}
	}
	before := l.h.Canonical()
	answer := l.h.Decode(l.h.PostTo(l.urls[0], l.token, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}))
	l.h.Settle()
	if got := status(l.h, answer.String("runCalculation", "run", "id")); got != "SUCCEEDED" {
		l.t.Errorf("the run after all is %s", got)
	}
	if l.h.Canonical() != before {
		l.t.Error("a whole run gives other results than what the faults left")
	}
	lawful(l.t, l.h)
	if l.codes["INTERNAL"] > 0 {
		l.t.Errorf("callers were told of defects where the database was away: %v", l.codes)
	}
	l.t.Logf("%d events heard by each of %d followers; runs: %v", len(whole), followers, l.h.Strings("SELECT status || ' ' || count(*) FROM calculation_run GROUP BY status ORDER BY 1"))
}

// oracle holds the log against the database: what was taken is there once,
// what was refused is not, and the rest is there once or not, but whole.
func (l *load) oracle() {
	l.t.Helper()
	there := map[string]int{}
	for _, row := range l.h.Strings("SELECT external_id || ' ' || count(*) FROM transaction WHERE source = 'load' GROUP BY external_id") {
		id, n, _ := strings.Cut(row, " ")
		there[id], _ = strconv.Atoi(n)
	}
	var count [3]int
	rows := 0
	for _, c := range l.calls {
		count[c.outcome]++
		found := 0
		for _, id := range c.ids {
			if there[id] > 1 {
				l.t.Errorf("%s is there %d times", id, there[id])
			}
			found += min(there[id], 1)
			delete(there, id)
		}
		rows += found
		if c.outcome == taken && found != len(c.ids) || c.outcome == refused && found != 0 || found%len(c.ids) != 0 {
			l.t.Errorf("of %v, whose outcome is %d, %d rows are there", c.ids, c.outcome, found)
		}
	}
	if len(there) > 0 {
		l.t.Errorf("%d rows are there that nobody has sent", len(there))
	}
	if count[taken] == 0 || count[refused] == 0 || l.reads.Load() == 0 {
		l.t.Errorf("the load has %v calls by outcome and %d reads", count, l.reads.Load())
	}
	l.t.Logf("calls: %d taken, %d refused, %d unknown; %d rows; %d sent again, %d of which had been answered before; %d reads; errors by code %v",
		count[taken], count[refused], count[unknown], rows, l.again.Load(), l.replayed.Load(), l.reads.Load(), l.codes)
}
