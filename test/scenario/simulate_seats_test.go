package scenario

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"spm/test/harness"
)

const simulateLines = `query($i: SimulateInput!) { simulate(input: $i, first: 250) { userErrors { path code message } problemCount
	payees { payee { externalId } lines { period { name } position { externalId } plan { externalId } componentKey then { amount currency } } } } }`

// earnedLines are the earnings that readers see, a line each.
const earnedLines = `SELECT concat_ws(' ', p.external_id, q.name, o.external_id, l.external_id, r.component_key, round(r.amount, 2), r.currency)
	FROM published v JOIN result r ON r.tenant_id = v.tenant_id AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
	JOIN payee p ON p.id = r.payee_id AND p.tx_to = v.tx_to JOIN period q ON q.id = r.period_id AND q.tx_to = v.tx_to AND q.fiscal_year = 2017
	JOIN position o ON o.id = r.position_id AND o.tx_to = v.tx_to JOIN plan l ON l.id = r.plan_id AND l.tx_to = v.tx_to
	WHERE v.tx_to = 9223372036854775807 ORDER BY 1`

// TestSimulatedSeatsAreWhatIsEarned asks what would be earned were positions given to
// others, seats ended, parameters of another value, and deals and returns made, a few
// at a time; makes the changes, and finds what was said, returns of sales that others
// are credited with now and their managers' included. What is refused is refused the
// same way. TURNS of the environment makes more.
func TestSimulatedSeatsAreWhatIsEarned(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	random := rand.New(rand.NewPCG(3, 29))
	var rows []row
	for range 25 {
		rows = append(rows, s.sale(random))
	}
	record(s.h, rows, 1000)
	s.h.Settle()
	turns := 24
	if n, err := strconv.Atoi(os.Getenv("TURNS")); err == nil {
		turns = n
	}
	refused, made, differ := map[string]int{}, 0, 0
	ends := func(errs []string) (out []string) { // of the paths, which begin otherwise
		for _, e := range errs {
			out = append(out, e[strings.LastIndex(strings.Fields(e)[0], ".")+1:])
		}
		return out
	}
	for turn := range turns {
		ask := func(changes []any) row {
			return row{"i": row{"changes": changes, "periodIds": []any{s.period("2017")}}}
		}
		var changes []any
		var really []func() []string
		for range 1 + random.IntN(4) {
			known := len(s.facts)
			change, do := s.supposed(random)
			errs := s.h.Refused(s.h.Admin(), simulateLines, ask(append(slices.Clip(changes), change)))
			switch {
			case len(errs) == 0:
				changes, really = append(changes, change), append(really, do)
			case len(changes) == 0:
				harness.Same(t, fmt.Sprint(change), ends(errs), ends(do())...)
				refused[ends(errs)[0]]++
			default: // it may be refused for what was not made
				s.facts = s.facts[:known]
			}
		}
		if len(changes) == 0 {
			continue
		}
		said := s.h.Do(s.h.Admin(), simulateLines, ask(changes)).At("simulate")
		was := s.h.Strings(earnedLines)
		for i, do := range really {
			if codes := do(); len(codes) > 0 {
				t.Fatalf("turn %d: %v is refused: %v", turn, changes[i], codes)
			}
		}
		s.h.Settle()
		made += len(changes)
		var want []string
		for _, payee := range said.List("payees") {
			for _, line := range payee.List("lines") {
				if line.At("then").V != nil {
					want = append(want, strings.Join([]string{payee.String("payee", "externalId"), line.String("period", "name"), line.String("position", "externalId"),
						line.String("plan", "externalId"), line.String("componentKey"), line.String("then", "amount"), line.String("then", "currency")}, " "))
				}
			}
		}
		slices.Sort(want)
		now := slices.Sorted(slices.Values(s.h.Strings(earnedLines)))
		if !slices.Equal(now, want) {
			t.Fatalf("turn %d, %v:\nearned, not said: %v\nsaid, not earned: %v", turn, changes, without(now, want), without(want, now))
		}
		if !slices.Equal(slices.Sorted(slices.Values(was)), now) {
			differ++
		}
	}
	if t.Logf("%d changes made, %d of %d turns changed what is earned, refused %v", made, differ, turns, refused); 4*differ < turns {
		t.Error("too few of the turns changed what is earned")
	}
}

// supposed draws a change as simulate takes it, and what makes it.
func (s *shop) supposed(random *rand.Rand) (change row, really func() []string) {
	last := pick[any](random, nil, someDay(random), someDay(random))
	forReal := func(name string, in row, more ...any) func() []string {
		pairs := slices.Clone(more)
		for _, key := range slices.Sorted(maps.Keys(in)) {
			pairs = append(pairs, key, in[key])
		}
		return func() []string { return s.change(name, pairs...) }
	}
	switch random.IntN(6) {
	case 0, 1:
		s.sent++
		in := row{"payeeId": s.payees[pick(random, "cid", "cid", "ann", "bob")].String(), "positionId": s.positions[pick(random, "open", "open", "ann", "boss")], "startDate": someDay(random), "endDate": last}
		return row{"assignPosition": in}, forReal("assignPosition", in, "externalId", fmt.Sprint("seat", s.sent))
	case 2:
		seat := s.any(random, "positionAssignments", "id version")
		in := row{"id": seat.String("id"), "endDate": last}
		return row{"endPositionAssignment": in}, func() []string { // what was drawn may have changed since
			now := s.h.Do(s.h.Admin(), `query($id: ID!) { node(id: $id) { ... on PositionAssignment { version } } }`, row{"id": in["id"]}).At("node", "version").V
			return s.change("endPositionAssignment", "id", in["id"], "endDate", last, "ifVersion", now)
		}
	case 3:
		in := row{"planId": s.tiers, "key": pick(random, "factor", "factor", "factor", "other"), "startDate": someDay(random), "value": pick(random, "0.5", "1.25")}
		if random.IntN(2) == 0 {
			in["payeeId"] = s.payees["bob"].String()
		}
		return row{"parameter": in}, forReal("setParameterValues", row{"values": []any{in}})
	case 4:
		deal := s.back(random, pick(random, s.sales()...))
		return row{"deal": deal}, s.recorded(deal)
	default:
		deal := s.sale(random)
		return row{"deal": deal}, s.recorded(deal)
	}
}

// recorded records a deal, and tells what of it waits.
func (s *shop) recorded(deal row) func() []string {
	return func() []string {
		record(s.h, []row{deal}, 1)
		s.h.Settle()
		waits := s.h.Strings(`SELECT 'deal INVALID' FROM crediting_exception e JOIN transaction t ON t.id = e.transaction_id AND t.tx_to = e.tx_to
			WHERE e.tx_to = 9223372036854775807 AND t.external_id = $1`, deal["externalId"])
		return waits
	}
}
