package calc

import (
	"math/bits"
	"slices"
	"sync"
)

// scratch is memory that calculations use over and over: nothing of it is in a
// result. It is used as a stack, by one calculation within another.
type scratch struct {
	facts    []*CreditFact
	cells    [][]cell // free
	sheets   []*worksheet
	earnings []*Earning
	postings []posting
	units    []int64
	roundings
	used scratchUse
}

// scratchUse is how far a scratch is in use.
type scratchUse struct{ sheets, earnings, postings int }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Free gives back the memory that the payee's calculations have used; their
// results stay good, the payee does not. Not to call it costs only time.
func (p *Payee) Free() {
	if p.scratch == nil {
		return
	}
	for _, all := range p.places {
		for _, col := range all.columns {
			p.scratch.cells = append(p.scratch.cells, col.cells)
		}
	}
	clear(p.scratch.facts)
	p.places, p.node, p.scratch.facts = nil, nil, p.scratch.facts[:0]
	p.scratch.used = scratchUse{}
	scratches.Put(p.scratch)
	p.scratch = nil
}

// column gives n cells of nothing.
func (s *scratch) column(n int) []cell {
	for i, all := range slices.Backward(s.cells) {
		if cap(all) >= n {
			s.cells = slices.Delete(s.cells, i, i+1)
			all = all[:n]
			clear(all)
			return all
		}
	}
	return make([]cell, n, 1<<bits.Len(uint(n)))
}

// sheet gives a worksheet that keeps only the room of an earlier one.
func (s *scratch) sheet() *worksheet {
	if s.used.sheets == len(s.sheets) {
		s.sheets = append(s.sheets, &worksheet{})
	}
	w := s.sheets[s.used.sheets]
	s.used.sheets++
	w.exact.Empty()
	w.trace.empty()
	*w = worksheet{exact: w.exact, trace: w.trace}
	return w
}

// earning gives an earning.
func (s *scratch) earning() *Earning {
	if s.used.earnings == len(s.earnings) {
		s.earnings = append(s.earnings, &Earning{})
	}
	e := s.earnings[s.used.earnings]
	s.used.earnings++
	return e
}

// room gives an empty list of postings with room for n. The last one that was
// given may give back what it did not need.
func (s *scratch) room(n int) []posting {
	if s.used.postings+n > len(s.postings) {
		s.postings, s.used.postings = make([]posting, max(2*n, 1024)), 0 // who uses the old ones keeps them
	}
	from := s.used.postings
	s.used.postings += n
	return s.postings[from : from : from+n]
}

func (s *scratch) giveBack(all []posting) { s.used.postings -= cap(all) - len(all) }
