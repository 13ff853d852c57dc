package calc

import (
	"strings"
	"testing"
)

func TestSample(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		environment Environment
		text        string
		sample      map[string]string
		want        string // type and value, or a part of what is wrong
	}{
		{WindowEnv, "attainment >= 0.5 and measureOf('CSAT') > 8", map[string]string{"attainment": "0.6", "measureOf(CSAT)": "8.5"}, "BOOLEAN true"},
		{WindowEnv, "measure * parameter('rate')", map[string]string{"measure": "1000", "parameter(rate)": "0.05"}, "NUMBER 50"},
		{WindowEnv, "quota == nil ? 0 : measure / quota", map[string]string{"measure": "1000"}, "NUMBER 0"},
		{WindowEnv, "measure == 0 ? 0 : 1 / measure", map[string]string{"measure": "0"}, "NUMBER 0"},
		{WindowEnv, "1 / measure", map[string]string{"measure": "0"}, "division by zero"},
		{WindowEnv, "quota * 2", nil, "quota is nil"},
		{WindowEnv, "lookup('T', measure * 2)", map[string]string{"measure": "2", "lookup(T, 4)": "7"}, "NUMBER 7"},
		{WindowEnv, "measure >= prior(1) and toDate() > 5", map[string]string{"measure": "2", "prior(1)": "2", "toDate()": "6"}, "BOOLEAN true"},
		{WindowEnv, "priorOf('T', 12) + earnedBefore('c')", map[string]string{"priorOf(T, 12)": "7", "earnedBefore(c)": "1"}, "NUMBER 8"},
		{WindowEnv, "prior(0)", nil, "a whole number from 1 to 12, written out"},
		{WindowEnv, "prior(13)", nil, "a whole number from 1 to 12, written out"},
		{WindowEnv, "prior(1.5)", nil, "a whole number from 1 to 12, written out"},
		{WindowEnv, "prior(daysHeld)", nil, "a whole number from 1 to 12, written out"},
		{WindowEnv, "priorEarningOf(title, 1)", nil, "the key of the component is written out"},
		{WindowEnv, "toDate(1)", nil, "toDate takes 0 arguments, not 1"},
		{CreditEnv, "prior(1) > 0", nil, "no function prior here"},
		{WindowEnv, "title", map[string]string{"title": "AE"}, "TEXT AE"},
		{WindowEnv, "monthsBetween(windowStart, windowEnd)", map[string]string{"windowStart": "2026-01-31", "windowEnd": "2026-03-30"}, "NUMBER 1"},
		{WindowEnv, "measure > 1", nil, "does not say measure"},
		{WindowEnv, "measure * 2", nil, "does not say measure"},
		{WindowEnv, "measure > 1", map[string]string{"measure": "x"}, "is no number"},
		{WindowEnv, "mesure > 1", map[string]string{"mesure": "1"}, "unknown name mesure"},
		{CreditEnv, "productIn('X') and attr('segment') == 'SMB' and eventDate >= date('2026-01-01')", map[string]string{"productIn(X)": "true", "attr(segment)": "SMB", "eventDate": "2026-02-01"}, "BOOLEAN true"},
		{CreditEnv, "quantity != nil ? quantity : 1", map[string]string{}, "NUMBER 1"},
		{TransactionEnv, "amount > 5 ? 'big' : 'small'", map[string]string{"amount": "4"}, "TEXT small"},
	} {
		found, err := Sample(c.environment, c.text, c.sample)
		var got string
		if err != nil {
			got = err.Error()
		} else {
			got = string(found.Type) + " " + found.Text
		}
		if !strings.Contains(got, c.want) {
			t.Errorf("%s on %v: got %s, want %s", c.text, c.sample, got, c.want)
		}
	}
}
