package scenario

import (
	"testing"

	"spm/test/harness"
)

// TestNestingSendsFewStatements: references of the rows of a page, four deep and with
// conditions on relations, sends as many statements for one row as for many.
func TestNestingSendsFewStatements(t *testing.T) {
	t.Parallel()
	s := newSecrets(harness.New(t), "1")
	url, sent := s.h.Counting()
	admin := s.h.Admin()
	const query = `query($first: Int) {
		earnings(where: {payee: {is: {assignments: {some: {position: {is: {name: {ne: "nobody"}}}}}}}}, orderBy: [{by: AMOUNT, direction: DESC}], first: $first) {
			totalCount
			nodes {
				payee { name } position { name title { name } parent { title { name } } } period { calendar { name } } planVersion { plan { name } }
			}
		}
		transactions(where: {credits: {some: {payee: {is: {name: {ne: "nobody"}}}}}}, orderBy: [{by: EVENT_DATE, direction: DESC}], first: $first) {
			totalCount
			nodes { sellers { payee { name } position { title { name } } } revisions { id } relatedTransaction { revisions { id } } }
		}
	}`
	count := func(first int) int64 {
		sent()
		answer := s.h.PostTo(url, admin, query, row{"first": first})
		if len(answer.Errors) > 0 {
			t.Fatal(answer.Errors)
		}
		n := sent()
		t.Logf("%d rows: %d bytes, %d statements", first, len(answer.Data), n)
		return n
	}
	count(1) // what is cached for the session is read
	few, many := count(3), count(12)
	if many > few+6 || many > 45 {
		t.Errorf("3 rows take %d statements, 12 take %d", few, many)
	}
}
