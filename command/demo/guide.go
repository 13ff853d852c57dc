package demo

import "strings"

// Guide is somebody of the company as whom it is worth asking.
type Guide struct {
	Subject  string // of the user's tokens
	Name     string
	Role     string // in words
	Does     string // what the role lets one do, in words
	PayeeKey string // the payee's external id; "" of those who are not paid
}

// repKey is the rep whom the demo shows things by: whoever holds the first seat
// of Latin America, a deal short of quota in the last quarter.
const repKey = "E018"

// Guides are a rep, the rep's manager, and those who write, approve and record.
type Guides struct{ Rep, Manager, CompAdmin, Finance, Ops Guide }

// All lists them.
func (g Guides) All() []Guide { return []Guide{g.Rep, g.Manager, g.CompAdmin, g.Finance, g.Ops} }

// Guides of the company, which are the same in every run.
func (c *Company) Guides() Guides {
	g := Guides{
		CompAdmin: Guide{Subject: admin, Name: AdminName, Role: "comp admin", Does: "writes plans, gives them out, calculates"},
		Finance:   Guide{Subject: finance, Name: financeName, Role: "finance", Does: "approves plans, reads all pay"},
		Ops:       Guide{Subject: ops, Name: opsName, Role: "sales ops", Does: "records deals, mends data; sees no pay"},
	}
	g.Rep = c.guide(repKey, "a rep", "sees own pay")
	seat := c.lastSeat(repKey)
	for _, at := range c.positions {
		if at.key == seat {
			g.Manager = c.guide(c.holder(at.parent, lastOfYear), "a manager", "sees own pay and the team's, "+firstName(g.Rep.Name)+"'s too")
		}
	}
	return g
}

func (c *Company) guide(key, role, does string) Guide {
	for _, p := range c.payees {
		if p.key == key {
			return Guide{Subject: subjectOf(p.name), Name: p.name, Role: role, Does: does, PayeeKey: key}
		}
	}
	return Guide{}
}

// lastSeat is the position that a payee held last.
func (c *Company) lastSeat(payee string) (position string) {
	for _, s := range c.seats {
		if s.payee == payee {
			position = s.position
		}
	}
	return position
}

// subjectOf is the subject of a payee's tokens.
func subjectOf(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", ".")) }

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
