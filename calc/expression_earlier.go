package calc

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// MaxPrior bounds how many windows or periods before this one an expression
// can name.
const MaxPrior = 12

// Earlier is what an expression reads of the windows, or payout periods, before
// the one at hand.
type Earlier struct {
	Earning    bool   // what a component has earned; else what a measure came to
	Attainment bool   // instead of the component's own measure
	Own        bool   // of the component that asks; else of Key
	Key        string // of the measure or component
	Back       int    // which one before, from 1 to MaxPrior; 0: those of the fiscal year
}

// EarlierPart is what one window or payout period adds to it.
type EarlierPart struct {
	Name  string // of the window or period
	Value decimal.Decimal
}

// lookBack is how far an expression looks back, and at what.
type lookBack struct {
	windows  int      // how many before this one
	year     bool     // those of the fiscal year
	own      bool     // what the component itself measures
	earnings []string // keys of the components whose earnings it reads
}

// any tells whether it looks back at all.
func (l *lookBack) any() bool { return l.windows > 0 || l.year }

// note adds what a function reads.
func (l *lookBack) note(e Earlier) {
	if e.Earning {
		l.year, l.earnings = true, append(l.earnings, e.Key)
		return
	}
	l.windows, l.year, l.own = max(l.windows, e.Back), l.year || e.Back == 0, l.own || e.Own
}

// parts reads the sum of what several windows add, each noted under the label
// with the window's name.
func (w *WindowRow) parts(label string, read func() ([]EarlierPart, error)) (decimal.Decimal, error) {
	total, prefix := decimal.Zero, label+" in "
	if w.reads != nil {
		known := false
		for said, value := range w.reads.numbers {
			if strings.HasPrefix(said, prefix) && value != nil {
				total, known = total.Add(*value), true
			}
		}
		switch {
		case known:
			return total, nil
		case w.reads.replayed:
			return total, fmt.Errorf("%s is not recorded", label)
		}
	}
	parts, err := read()
	if err != nil {
		return total, err
	}
	if len(parts) == 0 {
		parts = []EarlierPart{{Name: "no earlier one"}}
	}
	for i := range parts {
		total = total.Add(parts[i].Value)
		if w.reads != nil {
			w.reads.labels = append(w.reads.labels, prefix+parts[i].Name)
			w.reads.numbers[prefix+parts[i].Name] = &parts[i].Value
		}
	}
	return total, nil
}

// buildEarlier builds a function that reads earlier windows, or what components
// have earned in earlier periods: of a key where it takes a text, and of the one
// so many before where it takes a number, which is written out.
func buildEarlier(name string, what Earlier) builder {
	return func(c *compiler, at int, args []operand) (operand, error) {
		e := what
		e.Own = true
		key := func(stance) (string, error) { return "", nil }
		for i := range args {
			var err error
			switch {
			case args[i].kind != TypeText:
				e.Back, err = c.before(args[i])
			case e.Earning && !args[i].constant:
				err = c.errorAt(args[i].at, "the key of the component is written out")
			default:
				key, e.Own = args[i].text, false
			}
			if err != nil {
				return operand{}, err
			}
		}
		if e.Earning {
			e.Key, _ = key(stance{})
		}
		c.back.note(e)
		return operand{kind: TypeNumber, at: at, number: func(s stance) (decimal.Decimal, error) {
			e := e
			var err error
			if e.Key, err = key(s); err != nil {
				return decimal.Decimal{}, err
			}
			value, err := s.w.parts(e.label(name), func() ([]EarlierPart, error) {
				if s.w.Earlier == nil {
					return nil, fmt.Errorf("%s cannot be read here", name)
				}
				return s.w.Earlier(e)
			})
			if err != nil {
				return decimal.Decimal{}, c.errorAt(at, "%s", err)
			}
			return value, nil
		}}, nil
	}
}

// label is how what was read is called in a trace.
func (e *Earlier) label(name string) string {
	var said []string
	if !e.Own {
		said = append(said, e.Key)
	}
	if e.Back > 0 {
		said = append(said, strconv.Itoa(e.Back))
	}
	return name + "(" + strings.Join(said, ", ") + ")"
}

// before reads which window before this one is meant.
func (c *compiler) before(o operand) (int, error) {
	if o.constant {
		n, err := o.number(stance{})
		if err == nil && n.IsInteger() && n.IsPositive() && n.LessThanOrEqual(decimal.NewFromInt(MaxPrior)) {
			return int(n.IntPart()), nil
		}
	}
	return 0, c.errorAt(o.at, "which one before is a whole number from 1 to %d, written out", MaxPrior)
}
