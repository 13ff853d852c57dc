package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// receiver is a position that a direct or overlay credit goes to.
type receiver struct {
	position *positionNode
	holder   *seat           // nil where the position is vacant
	weight   decimal.Decimal // a share or a weight, above 0
}

// addReceiver adds to the weight of the one that is there already for the
// position and its holder. A weight of 0 receives nothing.
func addReceiver(all []receiver, r receiver) []receiver {
	if r.weight.IsZero() {
		return all
	}
	for i := range all {
		if all[i].position == r.position && all[i].holder.is(r.holder) {
			all[i].weight = all[i].weight.Add(r.weight)
			return all
		}
	}
	return append(all, r)
}

// holding gives the receivers with those who held the positions on the day.
func holding(receivers []receiver, day model.Date) []receiver {
	out := make([]receiver, len(receivers))
	for i, r := range receivers {
		out[i] = receiver{position: r.position, holder: r.position.holder(day), weight: r.weight}
	}
	return out
}

// weighing is how the sellers of a transaction say their parts.
type weighing int

const (
	byNothing weighing = iota // equal weights
	byWeight
	byShare
	byBoth // which is not allowed
)

func weighingOf(sellers []model.Seller) weighing {
	shares, weights := 0, 0
	for i := range sellers {
		if sellers[i].Share != nil {
			shares++
		}
		if sellers[i].Weight != nil {
			weights++
		}
	}
	switch {
	case shares == 0 && weights == 0:
		return byNothing
	case shares == len(sellers) && weights == 0:
		return byShare
	case weights == len(sellers) && shares == 0:
		return byWeight
	}
	return byBoth
}

// sellers gives the receivers that the transaction names, in its order, and
// tells whether their weights are shares. Every fault is passed to except.
func (w *crediting) sellers(day model.Date, except func(model.ExceptionCode, string)) (out []receiver, shares bool) {
	if len(w.t.Sellers) == 0 {
		except(model.ExceptionNoSeller, "no seller is named")
		return nil, false
	}
	how := weighingOf(w.t.Sellers)
	if how == byBoth {
		except(model.ExceptionSharesNotWhole, "shares and weights are mixed")
	}
	for i := range w.t.Sellers {
		s := &w.t.Sellers[i]
		r := receiver{weight: whole}
		switch how {
		case byShare:
			r.weight = *s.Share
		case byWeight:
			r.weight = *s.Weight
		}
		if r.weight.IsNegative() || !sane(r.weight) {
			except(model.ExceptionSharesNotWhole, fmt.Sprintf("the part of %s is negative or out of bounds", quoted(s.Payee+s.Position)))
			continue
		}
		if code, detail := w.c.seat(s, day, &r); code != "" {
			except(code, detail)
			continue
		}
		out = addReceiver(out, r)
	}
	return out, how == byShare
}

// sane tells whether a weight can be calculated with.
func sane(weight decimal.Decimal) bool {
	const bound = 18
	return weight.Exponent() >= -bound && weight.Exponent() <= bound
}

// seat finds the position of a seller on the day and who holds it; otherwise
// it says what is wrong.
func (c *Crediter) seat(s *model.Seller, day model.Date, r *receiver) (model.ExceptionCode, string) {
	if s.Position != "" {
		r.position = c.hierarchy.byExternal[s.Position]
		switch {
		case r.position == nil:
			return model.ExceptionUnknownSeller, "position " + quoted(s.Position)
		case !r.position.existed(day):
			return model.ExceptionNoPosition, fmt.Sprintf("position %s is not there on %s", quoted(s.Position), day)
		}
		r.holder = r.position.holder(day)
		return "", ""
	}
	payee := c.hierarchy.payeeByName[s.Payee]
	if payee == nil {
		return model.ExceptionUnknownSeller, "payee " + quoted(s.Payee)
	}
	for i := range payee.seats {
		held := &payee.seats[i]
		if !held.days.Contains(day) || held.position == r.position {
			continue
		}
		if r.position != nil {
			return model.ExceptionSeveralPositions, fmt.Sprintf("%s holds %s and %s on %s", s.Payee, r.position.externalID, held.position.externalID, day)
		}
		r.position, r.holder = held.position, held
	}
	if r.position == nil {
		return model.ExceptionNoPosition, fmt.Sprintf("%s holds no position on %s", s.Payee, day)
	}
	return "", ""
}
