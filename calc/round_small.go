package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// wholeOf is whole for a column; it fills the rounded lines.
func (r rounding) wholeOf(lines *model.Numbers, room *scratch, paid *model.Numbers) decimal.Decimal {
	paid.Empty()
	units, exp, ok := unitsOf(lines, r.scale, room.units[:0])
	if !ok {
		whole, list := r.whole(lines.Decimals())
		for _, line := range list {
			paid.Append(line)
		}
		return whole
	}
	unit, all := smallPowers[-exp-r.scale], int64(0)
	if r.stage == model.RoundLine {
		for i, n := range units {
			units[i] = roundedUnits(n, unit, r.mode)
			all += units[i]
		}
	} else {
		for _, n := range units {
			all += n
		}
		all = roundedUnits(all, unit, r.mode)
		share(all, unit, units)
	}
	room.units = units
	paid.Grow(len(units))
	for _, n := range units {
		paid.AppendSmall(n, -r.scale)
	}
	return decimal.New(all, -r.scale)
}

// unitsOf is smallAll for a column.
func unitsOf(lines *model.Numbers, scale int32, room []int64) (units []int64, exp int32, ok bool) {
	exp = -scale
	for i := range lines.Len() {
		_, own, fits := lines.Small(i)
		if !fits {
			return nil, 0, false
		}
		exp = min(exp, own)
	}
	if -exp-scale > smallDigits {
		return nil, 0, false
	}
	units = slices.Grow(room, lines.Len())
	var left uint64 = 1<<63 - 1
	for i := range lines.Len() {
		c, own, _ := lines.Small(i)
		n, ok := rescaled(c, own-exp)
		if !ok || magnitude(n) > left {
			return nil, 0, false
		}
		units = append(units, n)
		left -= magnitude(n)
	}
	return units, exp, true
}

// allotSmall is allot for numbers that fit a machine word.
func (r rounding) allotSmall(whole decimal.Decimal, lines []decimal.Decimal) ([]decimal.Decimal, bool) {
	units, exp, ok := smallAll(lines, r.scale)
	if !ok {
		return nil, false
	}
	left, _ := inUnits(whole, r.scale)
	share(left.Int64(), smallPowers[-exp-r.scale], units)
	paid := make([]decimal.Decimal, len(units))
	for i, n := range units {
		paid[i] = decimal.New(n, -r.scale)
	}
	return paid, true
}

// share is allot on numbers in fine units, which become numbers in units of so
// many of those, as the whole is.
func share(whole, unit int64, units []int64) {
	sign := int64(1)
	if unitsLean(units) < 0 {
		sign = -1
	}
	spare := sign * whole
	var few [64]int64
	rests := few[:0]
	if len(units) > len(few) {
		rests = make([]int64, 0, len(units))
	}
	for i, n := range units {
		n *= sign
		rest := n % unit
		if rest < 0 {
			rest += unit
		}
		rests = append(rests, rest)
		units[i] = sign * ((n - rest) / unit)
		spare -= sign * units[i]
	}
	if spare > 0 {
		raise(units, rests, leastRaised(rests, int(spare), unit), int(spare), sign)
	}
}

// leastRaised gives the least of the so many largest rests, each less than unit.
func leastRaised(rests []int64, spare int, unit int64) int64 {
	var counts [1000]uint16
	if unit > int64(len(counts)) || len(rests) > 1<<16-1 {
		sorted := slices.Clone(rests)
		slices.Sort(sorted)
		return sorted[len(sorted)-spare]
	}
	for _, rest := range rests {
		counts[rest]++
	}
	least := unit - 1
	for spare -= int(counts[least]); spare > 0; spare -= int(counts[least]) {
		least--
	}
	return least
}

// raise gives a unit more to so many lines with the largest rests, those above
// the least, and of that the earlier lines.
func raise(units, rests []int64, least int64, spare int, by int64) {
	for i, rest := range rests {
		if rest > least {
			units[i] += by
			spare--
		}
	}
	for i, rest := range rests {
		if rest == least && spare > 0 {
			units[i] += by
			spare--
		}
	}
}

// unitsLean is leans.
func unitsLean(units []int64) int64 {
	total, first := int64(0), int64(0)
	for _, n := range units {
		total += n
		if first == 0 {
			first = n
		}
	}
	if total != 0 {
		return total
	}
	return first
}

// roundings keeps the labels of rounding policies.
type roundings struct {
	policies []rounding
	labels   []string
}

func (k *roundings) roundingLabel(r rounding) string {
	if i := slices.Index(k.policies, r); i >= 0 {
		return k.labels[i]
	}
	label := r.label()
	if len(k.policies) < fewTerms {
		k.policies, k.labels = append(k.policies, r), append(k.labels, label)
	}
	return label
}
