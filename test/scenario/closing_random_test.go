package scenario

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/test/harness"
)

// bookYear is half a year of a company whose months are closed, paid and opened
// again while facts come in any order, beside one that hears the same and never
// closes anything.
type bookYear struct {
	*books
	open   *harness.Company
	random *rand.Rand
	facts  []harness.Input // sales, newest revision
	rows   int
	closed int
	paid   int
	frozen map[string]string // what ledgers of closed months said, by payee and month
	left   map[string]bool
	counts map[string]int
}

const bookMonths = 6

var bookPayees = []string{"ann", "bob", "cid"}

func bookMonth(n int) string { return fmt.Sprintf("2026-%02d", n) }

func newBookYear(t *testing.T, seed uint64) *bookYear {
	h := harness.New(t)
	y := &bookYear{random: rand.New(rand.NewPCG(seed, 11)), frozen: map[string]string{}, left: map[string]bool{}, counts: map[string]int{}}
	rules := pick(y.random, harness.Input{"negativePay": "CARRIED"}, harness.Input{"negativePay": "COLLECTED", "leaver": harness.Input{"holds": "FORFEIT", "draw": "COLLECT", "debit": "WRITE_OFF"}},
		harness.Input{"returns": "CLAWBACK", "leaver": harness.Input{"holds": "RELEASE", "debit": "COLLECT"}})
	clawbacks := []harness.Input{{"cause": "LEAVING", "months": 3, "method": "PERCENT", "share": "0.5"}}
	if rules["returns"] != nil {
		clawbacks = append(clawbacks, harness.Input{"cause": "RETURN", "months": 6})
	}
	cash, mode := pick(y.random, "WHOLE", "PROPORTION"), pick(y.random, "MARGINAL", "RETROACTIVE")
	found := func(h *harness.Harness) *harness.Company {
		c := h.NewCompany()
		c.Hire("ann", "Ann", "USD", "")
		c.Hire("bob", "Bob", "USD", "ann")
		c.Hire("cid", "Cid", "EUR", "ann")
		var rates []harness.Input
		for day := model.NewDate(2026, 1, 1); day < model.NewDate(2026, bookMonths+1, 1); day = day.AddDays(1) {
			rates = append(rates, harness.Input{"fromCurrency": "USD", "toCurrency": "EUR", "date": day.String(), "rate": decimal.New(int64(850+day)%100+850, -3).String()})
		}
		h.Do(h.Admin(), `mutation($r: [FXRateInput!]!) { setFXRates(input: {rates: $r}) { userErrors { path code message } } }`, harness.Input{"r": rates})
		table := c.Tiers("T", model.ByAttainment, [3]string{"0", "0.5", "0.04"}, [3]string{"0.5", "1", "0.07"}, [3]string{"1", "", "0.11"})
		c.Plan("REPS", harness.Input{
			"currency": "USD", "rules": rules, "draws": []harness.Input{{"key": "draw", "name": "Draw", "amount": "60", "endDate": "2026-04-15"}},
			"guarantees": []harness.Input{{"key": "least", "name": "Minimum", "amount": "90", "per": "QUARTER", "counts": []string{"quarterly"}}},
			"components": []harness.Input{
				{
					"key": "commission", "measureId": c.Own, "payout": "MONTH", "rateKind": "RATE_ON_VALUE", "rate": "0.05",
					"release":   []harness.Input{{"name": "now", "share": "0.4", "trigger": "OFFSET"}, {"name": "when paid", "share": "0.6", "trigger": "CASH", "cash": cash}},
					"clawbacks": clawbacks,
				},
				{"key": "quarterly", "measureId": c.Own, "payout": "MONTH", "window": "QUARTER", "settlement": "TRUE_UP", "rateKind": "TIERED", "rateTableId": table, "tierMode": mode},
				{"key": "team", "measureId": c.Team, "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": "0.013"},
			},
		}, bookPayees...)
		for _, payee := range bookPayees {
			c.Quota(payee, c.Own, "3000", "2026-Q1", "2026-Q2")
		}
		return c
	}
	y.books = newBooks(h, found(h))
	y.open = found(h.Beside("open"))
	return y
}

// both records a fact in both companies.
func (y *bookYear) both(row harness.Input) {
	y.c.Record(row)
	y.open.Record(row)
}

func (y *bookYear) day() string {
	return fmt.Sprintf("2026-%02d-%02d", 1+y.random.IntN(bookMonths), 1+y.random.IntN(28))
}

func (y *bookYear) fact(kind, of, amount, relation string) harness.Input {
	y.rows++
	return harness.Input{
		"source": "test", "externalId": fmt.Sprint("X", y.rows), "kind": kind, "eventDate": y.day(), "amount": amount, "currency": "USD",
		"relatesTo": harness.Input{"type": relation, "externalId": of},
	}
}

// step does one thing, and says what.
func (y *bookYear) step(t *testing.T) string {
	amount := fmt.Sprintf("%d.%02d", 100+y.random.IntN(1500), y.random.IntN(100))
	switch n := y.random.IntN(20); {
	case n < 7 || len(y.facts) == 0:
		y.rows++
		sale := y.sale(fmt.Sprint("D", y.rows), pick(y.random, bookPayees...), y.day(), amount)
		y.facts = append(y.facts, sale)
		y.both(sale)
		return "sale"
	case n < 9:
		of := pick(y.random, y.facts...)
		whole := decimal.RequireFromString(of["amount"].(string))
		row := y.fact("RETURN", of["externalId"].(string), whole.Mul(pick(y.random, decimal.NewFromInt(-1), decimal.New(-5, -1))).Round(2).String(), "REVERSES")
		row["sellers"] = of["sellers"]
		y.both(row)
		return "return"
	case n < 11:
		of := pick(y.random, y.facts...)
		of["amount"] = amount
		if y.random.IntN(3) == 0 {
			of["eventDate"] = y.day()
		}
		revision, _ := strconv.Atoi(fmt.Sprint(of["sourceRevision"]))
		of["sourceRevision"] = strconv.Itoa(revision + 1)
		y.both(of)
		return "revision"
	case n < 13:
		of := pick(y.random, y.facts...)
		y.both(y.fact("PAYMENT", of["externalId"].(string), of["amount"].(string), "PAYS"))
		return "payment"
	case n < 14:
		payee := pick(y.random, bookPayees...)
		if y.left[payee] {
			return ""
		}
		y.left[payee] = true
		from := y.day()
		y.c.Status(payee, from, model.PayeeTerminated)
		y.open.Status(payee, from, model.PayeeTerminated)
		return "leaver"
	default:
		return y.keep(t, n)
	}
}

// keep closes, pays or opens a month, or adjusts by hand.
func (y *bookYear) keep(t *testing.T, n int) string {
	switch {
	case n < 15:
		if y.closed < bookMonths {
			y.adjust(t, fmt.Sprint("A", y.rows, y.closed, y.random.IntN(1e9)), bookMonth(y.closed+1), strconv.Itoa(y.random.IntN(300)-150))
		}
		return "adjustment"
	case n < 18:
		if y.closed == bookMonths {
			return ""
		}
		y.close(t, bookMonth(y.closed+1))
		y.closed++
		for _, payee := range bookPayees {
			y.frozen[payee+bookMonth(y.closed)] = y.ledger(payee, bookMonth(y.closed))
		}
		return "close"
	case n < 19:
		if y.paid == y.closed {
			return ""
		}
		y.paid++
		y.must(t, y.payer, "payPeriod", bookMonth(y.paid))
		return "pay"
	default:
		if y.paid == y.closed {
			return ""
		}
		y.reopen(t, bookMonth(y.closed))
		for _, payee := range bookPayees {
			delete(y.frozen, payee+bookMonth(y.closed))
		}
		y.closed--
		return "reopening"
	}
}

func (y *bookYear) reopen(t *testing.T, period string) {
	t.Helper()
	version, _ := y.version(period)
	asked := y.h.Do(y.closer, `mutation($i: RequestPeriodReopeningInput!) { requestPeriodReopening(input: $i) { stepId userErrors { message } } }`,
		harness.Input{"i": harness.Input{"id": y.c.Period(period), "ifVersion": version, "reason": "a deal was forgotten"}}).String("requestPeriodReopening", "stepId")
	if got := y.h.Refused(y.approver, `mutation($i: ApprovePeriodReopeningInput!) { approvePeriodReopening(input: $i) { userErrors { path code message } } }`,
		harness.Input{"i": harness.Input{"stepId": asked}}); len(got) > 0 {
		t.Fatalf("not opened: %v", got)
	}
}

// earnedIn sums up what a payee's ledgers post as earned, then or later.
func earnedIn(c *harness.Company, payee string) decimal.Decimal {
	var fields strings.Builder
	for m := range bookMonths {
		fmt.Fprintf(&fields, "m%d: statement(payeeId: $p, periodId: %q) { sections { entries(first: 50) { nodes { movement amount { amount } } } } }\n", m, c.Period(bookMonth(m+1)))
	}
	data := c.Do(c.Admin(), "query($p: ID!) { "+fields.String()+" }", harness.Input{"p": c.Payees[payee]})
	total := decimal.Zero
	for m := range bookMonths {
		s := data.At(fmt.Sprint("m", m))
		if s.V == nil || s.At("sections").V == nil {
			continue
		}
		for _, section := range s.List("sections") {
			for _, e := range section.List("entries", "nodes") {
				if movement := e.String("movement"); movement == "EARNED" || movement == "PRIOR_PERIOD_ADJUSTMENT" {
					total = total.Add(decimal.RequireFromString(e.String("amount", "amount")))
				}
			}
		}
	}
	return total
}

// laws checks that closed months stay as they were, that all ledgers balance, and
// that what is earned there in all is what it is where nothing closes.
func (y *bookYear) laws(t *testing.T) {
	t.Helper()
	y.verify(t)
	for m := 1; m <= y.closed; m++ {
		for _, payee := range bookPayees {
			reads(t, payee+" in the closed "+bookMonth(m), y.ledger(payee, bookMonth(m)), y.frozen[payee+bookMonth(m)])
		}
	}
	if y.closed == bookMonths {
		return // what comes after is in July
	}
	for _, payee := range bookPayees {
		if closing, open := earnedIn(y.c, payee), earnedIn(y.open, payee); !closing.Equal(open) {
			t.Errorf("%s earns %s in all, and %s where nothing is closed", payee, closing, open)
		}
	}
}

// TestBooksUnderRandomSteps closes, pays and opens months again at random while
// sales, returns, revisions, payments, adjustments and leavers come: every law
// holds after each step. BOOKS, BOOK and STEPS run more of them, from another
// seed, for longer.
func TestBooksUnderRandomSteps(t *testing.T) {
	t.Parallel()
	number := func(name string, otherwise int) int {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return n
		}
		return otherwise
	}
	first, steps := number("BOOK", 1), number("STEPS", 14)
	for seed := first; seed < first+number("BOOKS", 1); seed++ {
		y := newBookYear(t, uint64(seed))
		var done []string
		for range steps {
			what := y.step(t)
			if what == "" {
				continue
			}
			done = append(done, what)
			y.counts[what]++
			if y.laws(t); t.Failed() {
				t.Fatalf("seed %d, after %v", seed, done)
			}
		}
		t.Logf("seed %d: %v", seed, y.counts)
	}
}
