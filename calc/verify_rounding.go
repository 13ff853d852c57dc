package calc

import (
	"errors"
	"strconv"
	"strings"

	"spm/model"
)

// rounding rounds the lines again.
func (v *verifier) rounding(i, end int) {
	policy, err := roundingFrom(choicesOf(v.term(i).Label))
	if err != nil || v.rounded {
		v.fail(i, "not a rounding, or a second one")
		return
	}
	v.rounded = true
	t, exact := v.t, sum(v.lines)
	whole, paid := policy.whole(v.lines)
	if i+1 < end {
		whole = v.statement(i, end, policy, exact)
		paid = policy.allotAny(whole, v.lines)
	}
	v.amount, v.paid = whole, paid
	v.same(i, "value", t.Values[i], exact)
	v.same(i, "amount", t.Amounts[i], whole.Sub(exact))
}

// choicesOf reads the choices in the label of a node: "name=value", parted by
// spaces.
func choicesOf(label string) map[string]string {
	choices := map[string]string{}
	for field := range strings.FieldsSeq(label) {
		if name, value, found := strings.Cut(field, "="); found {
			if _, taken := choices[name]; !taken {
				choices[name] = value
			}
		}
	}
	return choices
}

// roundingFrom reads a rounding policy.
func roundingFrom(choices map[string]string) (rounding, error) {
	scale, err := strconv.Atoi(choices["scale"])
	if err != nil || scale < 0 || scale > model.Scale {
		return rounding{}, errors.New("no scale")
	}
	r := rounding{stage: model.RoundStage(choices["roundStage"]), mode: model.RoundMode(choices["roundMode"]), scale: int32(scale)}
	switch r.stage {
	case model.RoundLine, model.RoundComponent, model.RoundStatement:
	default:
		return r, errors.New("no stage")
	}
	switch r.mode {
	case model.HalfUp, model.HalfEven, model.RoundUp, model.RoundDn:
		return r, nil
	}
	return r, errors.New("no mode")
}
