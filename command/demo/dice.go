package demo

import (
	"hash/fnv"
	"math/rand/v2"
)

// dice gives the same numbers in every run, a row of its own for each purpose.
type dice struct{ *rand.Rand }

func newDice(purpose string) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose))
	return dice{rand.New(rand.NewPCG(Year, h.Sum64()))}
}

// between is a whole number from low to high, both included.
func (d dice) between(low, high int) int { return low + d.IntN(high-low+1) }

// percent is true in so many cases of a hundred.
func (d dice) percent(p int) bool { return d.IntN(100) < p }

// permille is true in so many cases of a thousand.
func (d dice) permille(p int) bool { return d.IntN(1000) < p }
