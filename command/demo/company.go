// Package demo makes up a company and brings it into the product by its public
// API. The company is always the same: the same names, deals and cents.
package demo

import (
	"fmt"
	"time"
)

// Year is the fiscal year of the demo, a calendar year.
const Year = 2026

// Name is what the company is called.
const Name = "Meridian Robotics"

// The titles.
const (
	titleVP       = "VP"
	titleDirector = "DIRECTOR"
	titleManager  = "MANAGER"
	titleAE       = "AE"
	titleAM       = "AM"
)

var titles = []struct{ key, name string }{
	{titleVP, "VP of Sales"}, {titleDirector, "Regional Director"}, {titleManager, "Sales Manager"},
	{titleAE, "Account Executive"}, {titleAM, "Account Manager"},
}

// position is a seat. Parents stand before their children.
type position struct {
	key, name, title, parent string
	region                   *region
	strength                 int // percent of a usual seat's business; 0 of those who do not sell
}

// payee is a person.
type payee struct {
	key, name, currency, hired string
}

// seat says who holds a position when.
type seat struct {
	payee, position string
	start, end      string // end inclusive; empty where it goes on
}

// on tells whether the seat is held on a day.
func (s seat) on(day string) bool { return s.start <= day && (s.end == "" || day <= s.end) }

// region is half of the company, with a currency of its own.
type region struct {
	key, name, currency string
	teams               []team
}

type team struct {
	key, name, title string
	seats            int
}

var regions = []*region{
	{"AMER", "Americas", "USD", []team{
		{"AMER-EAST", "Americas East", titleAE, 7}, {"AMER-WEST", "Americas West", titleAE, 6},
		{"AMER-LATAM", "Latin America", titleAE, 6}, {"AMER-CARE", "Americas Accounts", titleAM, 6},
	}},
	{"EMEA", "Europe", "EUR", []team{
		{"EMEA-NORTH", "Europe North", titleAE, 6}, {"EMEA-DACH", "Europe Central", titleAE, 6},
		{"EMEA-SOUTH", "Europe South", titleAE, 6}, {"EMEA-CARE", "Europe Accounts", titleAM, 6},
	}},
}

// Whose seats change hands, or have nobody.
const (
	openSeat    = "AMER-EAST-7" // has no holder all year; its deals name the seat
	leaverSeat  = "EMEA-DACH-3" // its holder leaves at the end of May
	promotedOut = "EMEA-CARE-2" // its holder takes the leaver's seat in July
	lastDay     = "2026-05-31"
	promotion   = "2026-07-01"
	replacement = "2026-07-13"
)

// Company is all that is loaded.
type Company struct {
	positions []position
	payees    []payee
	seats     []seat
	accounts  []account
	facts     []fact // in the order of their arrival
}

// New makes the company up.
func New() *Company {
	c := &Company{}
	c.positions = append(c.positions, position{key: "VP", name: "VP of Sales", title: titleVP, region: regions[0]})
	for _, r := range regions {
		director := r.key
		c.positions = append(c.positions, position{key: director, name: "Director " + r.name, title: titleDirector, parent: "VP", region: r})
		for _, t := range r.teams {
			c.positions = append(c.positions, position{key: t.key, name: "Manager " + t.name, title: titleManager, parent: director, region: r})
			for n := 1; n <= t.seats; n++ {
				c.positions = append(c.positions, position{
					key: fmt.Sprintf("%s-%d", t.key, n), name: fmt.Sprintf("%s %d", t.name, n), title: t.title, parent: t.key, region: r,
				})
			}
		}
	}
	c.staff()
	c.accounts = makeAccounts()
	c.facts = c.makeFacts()
	return c
}

// staff fills the seats.
func (c *Company) staff() {
	dice := newDice("staff")
	hire := func(r *region, start string) payee {
		n := len(c.payees)
		p := payee{key: fmt.Sprintf("E%03d", n+1), name: firstNames[n] + " " + lastNames[n], currency: r.currency, hired: start}
		c.payees = append(c.payees, p)
		return p
	}
	for i := range c.positions {
		at := &c.positions[i]
		if at.title == titleAE || at.title == titleAM {
			at.strength = dice.between(62, 142)
		}
		if at.key == openSeat {
			at.strength = 35
			continue
		}
		hired := fmt.Sprintf("%d-%02d-01", dice.between(2021, 2025), dice.between(1, 12))
		one := seat{payee: hire(at.region, hired).key, position: at.key, start: hired}
		if at.key == leaverSeat {
			one.end = lastDay
		}
		c.seats = append(c.seats, one)
	}
	for i := range c.seats {
		if c.seats[i].position == promotedOut {
			c.seats[i].end = dayBefore(promotion)
			c.seats = append(c.seats, seat{payee: c.seats[i].payee, position: leaverSeat, start: promotion})
			break
		}
	}
	c.seats = append(c.seats, seat{payee: hire(regions[1], replacement).key, position: promotedOut, start: replacement})
}

// holder is who holds a position on a day; "" where nobody does.
func (c *Company) holder(position, day string) string {
	for _, s := range c.seats {
		if s.position == position && s.on(day) {
			return s.payee
		}
	}
	return ""
}

// titleOf is the title of a payee's last seat.
func (c *Company) titleOf(payee string) string {
	var held string
	for _, s := range c.seats {
		if s.payee == payee {
			held = s.position
		}
	}
	for _, p := range c.positions {
		if p.key == held {
			return p.title
		}
	}
	return ""
}

// quota is the number to reach of a position in a quarter (1 to 4), in whole
// USD; 0 where it has none. Those above are asked for a little less than the
// sum of those below.
func (c *Company) quota(at position, quarter int) int {
	switch at.title {
	case titleAE:
		return aeQuota[quarter-1]
	case titleAM:
		return 0
	}
	sum := 0
	for _, below := range c.positions {
		if below.parent != at.key {
			continue
		}
		if below.title == titleAM {
			sum += amTarget[quarter-1]
		} else {
			sum += c.quota(below, quarter)
		}
	}
	return sum * 96 / 100 / 1000 * 1000
}

// The quota of an account executive's seat per quarter, and what an account
// manager's adds to the quotas above, in USD.
var (
	aeQuota  = [4]int{122_000, 128_000, 122_000, 158_000}
	amTarget = [4]int{140_000, 145_000, 140_000, 165_000}
)

func dayBefore(day string) string { return addDays(day, -1) }

func addDays(day string, n int) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err) // a day of ours
	}
	return at.AddDate(0, 0, n).Format(time.DateOnly)
}
