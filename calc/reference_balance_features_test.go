package calc

import "spm/model"

// balanceFeatures are what TestBalances has to have had.
var balanceFeatures = []string{
	"periods of WEEK", "periods of MONTH", "periods of QUARTER", "real sales",
	"two plans", "two versions", "two positions", "a gap between seats", "plan of a payee or position", "another currency of pay", "what counts not", "finer than minor units",
	"come DATE", "come OFFSET", "come CASH", "come CONDITION", "come PERSON", "waits for DATE", "waits for OFFSET", "waits for CASH", "waits for CONDITION", "waits for PERSON",
	"OFFSET from PERIOD", "CASH in proportion", "PERSON of a part", "PERSON of a deal", "bounced payment", "came back wholly", "deal not in force", "released", "negative part held",
	"deferred", "deferral ended",
	"clawback RETURN", "clawback NON_PAYMENT", "clawback LEAVING", "clawback FULL", "clawback PERCENT", "clawback UNEARNED_MONTHS", "clawback PAID", "clawback AT_RATE",
	"its month is earned", "not DIRECT, not clawed", "clawbacks one after the other", "clawed of what is held", "clawed of pay", "clawed already, not held", "given back", "returned too late",
	"guarantee of WEEK in WEEK", "guarantee of MONTH in WEEK", "guarantee of WEEK in MONTH", "guarantee of MONTH in MONTH", "guarantee of QUARTER in MONTH", "guarantee of MONTH in QUARTER",
	"guarantee of QUARTER in QUARTER", "guarantee of HALF in QUARTER", "guarantee that counts some", "guarantee besides", "guarantee begun later", "topped up",
	"prorated promise", "promise not prorated", "promise by a formula", "promise below zero", "promise of two positions", "promise that fails", "promised, but no day counts", "promised in another currency",
	"draw SHORTFALL", "draw UP_FRONT", "draw of some days", "two draws", "advanced", "paid back", "recoverAfter", "recoverShare", "recovered after its end", "suspended", "less pay than counts",
	"draw's end COLLECT", "draw's end WRITE_OFF", "draw ended with its assignment",
	"negative pay carried", "negative pay collected", "carried debit taken up",
	"leaver", "leaver comes back", "leaves twice", "leaver's hold CONTINUE", "leaver's hold RELEASE", "leaver's hold FORFEIT", "leaver's draw COLLECT", "leaver's draw WRITE_OFF",
	"leaver's debit COLLECT", "leaver's debit WRITE_OFF",
	"opening HELD", "opening PAYABLE", "opening CARRIED", "opening DRAW", "opening EARNED", "last pay later", "adjustment", "no plan in the period",
	"late difference", "late failure", "late fact of what was forfeited", "earning gone", "failed", "withheld", "withheld pay brought",
}

// setting counts what the payee and its plans are like.
func (x *balanceReference) setting() {
	s := x.s
	x.hitIf(len(s.Plans) > 1, "two plans")
	x.hitIf(len(s.Pays) > 1, "another currency of pay")
	x.hitIf(len(s.Seats) > 1 && s.Seats[0].Position != s.Seats[1].Position, "two positions")
	x.hitIf(len(s.Seats) > 1 && s.Seats[0].Position == s.Seats[1].Position, "a gap between seats")
	terminated := 0
	for i, status := range s.Statuses {
		if status.Status == model.PayeeTerminated {
			terminated++
			x.hit("leaver")
			x.hitIf(i+1 < len(s.Statuses) && s.Statuses[i+1].Status == model.PayeeActive, "leaver comes back")
			x.hitIf(terminated > 1 && s.Statuses[i-1].Status == model.PayeeActive, "leaves twice")
		}
	}
	for _, p := range s.Plans {
		x.hitIf(len(p.Versions) > 1, "two versions")
		x.hitIf(p.Given.Payee != "" || p.Given.Position != "", "plan of a payee or position")
		for _, d := range p.Versions[0].Draws {
			x.hitIf(d.StartDate != nil || d.EndDate != nil, "draw of some days")
		}
	}
}
