package demo

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// source is the system that the facts come from.
const source = "CRM"

// fact is a transaction as the CRM sends it. Money is in hundredths.
type fact struct {
	id, order, kind, day string
	revision             int
	cents                int
	currency             string
	quantity             int
	product, account     string
	sellers              []seller
	reverses             string
	arrival              string // the day on which it comes, for the order
}

// seller is named by person or, where the seat is empty, by position.
type seller struct{ payee, position, share, weight string }

// input is the fact as the API takes it.
func (f fact) input() map[string]any {
	row := map[string]any{
		"source": source, "externalId": f.id, "orderId": f.order, "line": "1", "sourceRevision": fmt.Sprint(f.revision),
		"kind": f.kind, "eventDate": f.day, "bookedDate": f.day, "amount": money(f.cents), "currency": f.currency,
		"quantity": fmt.Sprint(f.quantity), "product": f.product, "account": f.account,
	}
	var sellers []any
	for _, s := range f.sellers {
		one := map[string]any{}
		for name, value := range map[string]string{"payee": s.payee, "position": s.position, "share": s.share, "weight": s.weight} {
			if value != "" {
				one[name] = value
			}
		}
		sellers = append(sellers, one)
	}
	row["sellers"] = sellers
	if f.reverses != "" {
		row["relatesTo"] = map[string]any{"type": "REVERSES", "externalId": f.reverses}
	}
	return row
}

// money writes hundredths as a decimal.
func money(cents int) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	return fmt.Sprintf("%s%d.%02d", sign, cents/100, cents%100)
}

// months weighs the months of the year: business comes at the ends of quarters.
var months = [12]int{70, 85, 135, 75, 90, 140, 65, 75, 140, 90, 110, 175}

// dealsAYear is how many deals a seat of usual strength closes.
var dealsAYear = map[string]int{titleAE: 74, titleAM: 96}

// makeFacts lets every seat sell for a year. What the CRM sends is as CRMs
// are: late, revised, taken back, split and misspelt.
func (c *Company) makeFacts() []fact {
	var facts []fact
	for i := range c.positions {
		at := &c.positions[i]
		if at.strength == 0 {
			continue
		}
		roll := newDice("deals of " + at.key)
		for n := range dealsAYear[at.title] * at.strength / 100 {
			deal := c.deal(at, roll, fmt.Sprintf("%s-%03d", at.key, n+1))
			facts = append(facts, deal)
			facts = append(facts, aftermath(deal, roll)...)
		}
	}
	slices.SortStableFunc(facts, func(a, b fact) int { return cmp.Or(cmp.Compare(a.arrival, b.arrival), cmp.Compare(a.id, b.id)) })
	return facts
}

// deal makes one sale of a seat.
func (c *Company) deal(at *position, roll dice, id string) fact {
	day := someDay(roll)
	what := pick(at, roll)
	quantity := 1
	if what.price < 4000 {
		quantity = roll.between(1, 4)
	}
	if roll.percent(6) {
		quantity *= 3
	}
	discount := roll.between(0, 18)
	f := fact{
		id: "D-" + id, order: "O-" + id, kind: "BOOKING", day: day, revision: 1, quantity: quantity, currency: at.region.currency,
		cents: what.price*quantity*(100-discount) + roll.between(0, 99), product: spelling(what, roll),
		account: c.customer(at, roll), arrival: addDays(day, roll.between(0, 4)),
	}
	f.sellers = c.sellers(at, roll, day)
	return f
}

// pick chooses what is sold: account managers rarely sell machines.
func pick(at *position, roll dice) product {
	for {
		what := products[roll.IntN(len(products))]
		if what.price > 0 && (at.title == titleAE || what.parent != "HARDWARE" || roll.percent(12)) {
			return what
		}
	}
}

// spelling is how the CRM spells a product: by key, name, alias or wrongly.
func spelling(what product, roll dice) string {
	switch {
	case what.key == "FLEET-VIEW" && roll.permille(30):
		return unknownSpelling
	case what.alias != "" && roll.percent(15):
		return what.alias
	case roll.percent(40):
		return what.name
	}
	return what.key
}

func (c *Company) customer(at *position, roll dice) string {
	for {
		if a := c.accounts[roll.IntN(len(c.accounts))]; a.region == at.region {
			return a.key
		}
	}
}

// sellers names who sold: mostly one, sometimes with a colleague of the team.
func (c *Company) sellers(at *position, roll dice, day string) []seller {
	own := c.named(at.key, day)
	if roll.permille(2) {
		return []seller{{payee: "E999"}} // nobody: an exception
	}
	if !roll.percent(13) {
		return []seller{own}
	}
	mate := c.colleague(at, roll, day)
	switch {
	case mate == "":
		return []seller{own}
	case roll.percent(60):
		own.share = "0.6"
		return []seller{own, {payee: mate, share: "0.4"}}
	default:
		own.weight = "2"
		return []seller{own, {payee: mate, weight: "1"}}
	}
}

// named is who holds the seat, or the seat itself where nobody does.
func (c *Company) named(position, day string) seller {
	if payee := c.holder(position, day); payee != "" {
		return seller{payee: payee}
	}
	return seller{position: position}
}

func (c *Company) colleague(at *position, roll dice, day string) string {
	var mates []string
	for _, p := range c.positions {
		if p.parent == at.parent && p.key != at.key {
			if payee := c.holder(p.key, day); payee != "" {
				mates = append(mates, payee)
			}
		}
	}
	if len(mates) == 0 {
		return ""
	}
	return mates[roll.IntN(len(mates))]
}

// aftermath is what becomes of a deal later: a correction, a return, or both.
// Either may come before the deal itself does.
func aftermath(deal fact, roll dice) []fact {
	var later []fact
	if roll.percent(3) {
		revised := deal
		revised.revision = 2
		revised.cents = deal.cents * roll.between(80, 115) / 100
		revised.arrival = addDays(deal.day, roll.between(0, 12))
		later = append(later, revised)
		deal = revised
	}
	day := addDays(deal.day, roll.between(3, 45))
	if roll.permille(28) && day <= lastOfYear {
		back := deal
		back.id, back.kind, back.revision, back.reverses = "R-"+deal.id[2:], "RETURN", 1, deal.id
		back.day, back.cents, back.quantity = day, -deal.cents, -deal.quantity
		back.arrival = addDays(day, roll.between(0, 2))
		if roll.percent(20) {
			back.arrival = deal.day // known before the deal is
		}
		if roll.percent(40) {
			back.cents /= 2 // a part of it
		}
		later = append(later, back)
	}
	return later
}

const lastOfYear = "2026-12-31"

// someDay is a weekday of the year, by the weights of its months.
func someDay(roll dice) string {
	total := 0
	for _, weight := range months {
		total += weight
	}
	for {
		at, month := roll.IntN(total), 0
		for at >= months[month] {
			at -= months[month]
			month++
		}
		day := time.Date(Year, time.Month(month+1), roll.between(1, 31), 0, 0, 0, 0, time.UTC)
		if day.Month() == time.Month(month+1) && day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			return day.Format(time.DateOnly)
		}
	}
}

// rate is what one EUR is in USD in each month, in ten thousandths; it holds
// for every day of the month.
var rate = [12]int{10820, 10790, 10850, 10930, 11010, 10980, 11060, 11120, 11090, 11030, 10970, 11000}

// rates are the exchange rates of the year, both ways, a day each.
func rates() []any {
	var all []any
	for day := time.Date(Year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == Year; day = day.AddDate(0, 0, 1) {
		r := rate[day.Month()-1]
		all = append(all,
			map[string]any{"fromCurrency": "EUR", "toCurrency": "USD", "date": day.Format(time.DateOnly), "rate": fmt.Sprintf("%d.%04d", r/10000, r%10000)},
			map[string]any{"fromCurrency": "USD", "toCurrency": "EUR", "date": day.Format(time.DateOnly), "rate": fmt.Sprintf("0.%06d", 10_000_000_000/r)},
		)
	}
	return all
}
