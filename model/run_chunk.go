package model

// RunPlan is what a run covers, cut into chunks that any process may work out
// beside others.
type RunPlan struct {
	Settles bool   // publishing it clears the dirty marks below its horizon
	Setup   []byte // the hash of what it is set up by
	Chunks  []RunChunk
}

// Payees counts the payees of all chunks.
func (p *RunPlan) Payees() (number int) {
	for i := range p.Chunks {
		number += len(p.Chunks[i].Payees)
	}
	return number
}

// Pairs lists what the run calculates, in the chunks' order.
func (p *RunPlan) Pairs() []PayeePeriod {
	var out []PayeePeriod
	for i := range p.Chunks {
		for _, payee := range p.Chunks[i].Payees {
			for _, period := range payee.Periods {
				out = append(out, PayeePeriod{Payee: payee.Payee, Period: period})
			}
		}
	}
	return out
}

// RunChunk is a part of a run: some payees, whole.
type RunChunk struct {
	Number   int
	Payees   []PayeePeriods
	Attempts int // times that it was begun
	Problems int // components of it that could not be calculated
	Done     bool
	Inputs   []byte // done: the hash of the facts that it was worked out from
	Results  []byte // done: that of what it came to
}

// PayeePeriods is a payee with the periods that are calculated; without any its
// balances alone are struck.
type PayeePeriods struct {
	Payee   ID
	Periods []ID
}
