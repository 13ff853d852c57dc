package service

import (
	"cmp"

	"spm/model"
)

// releaseOf makes a release schedule of what is given: shares in their shortest
// form.
func releaseOf(given []*ReleasePartInput) []model.ReleasePart {
	var out []model.ReleasePart
	for _, p := range given {
		next := *p
		next.Share = p.Share.Normalize()
		out = append(out, next)
	}
	return out
}

// clawbacksOf makes clawbacks of what is given.
func clawbacksOf(given []*ClawbackInput) []model.Clawback {
	var out []model.Clawback
	for _, c := range given {
		next := *c
		next.Share = normal(c.Share)
		out = append(out, next)
	}
	return out
}

// guaranteesOf makes guarantees of what is given; one without a name has its key.
func guaranteesOf(given []*GuaranteeInput) []model.Guarantee {
	var out []model.Guarantee
	for _, g := range given {
		next := *g
		next.Name, next.Amount = cmp.Or(g.Name, g.Key), normal(g.Amount)
		out = append(out, next)
	}
	return out
}

// drawsOf makes draws of what is given; one without a name has its key.
func drawsOf(given []*DrawInput) []model.Draw {
	var out []model.Draw
	for _, d := range given {
		next := *d
		next.Name, next.Amount, next.RecoverShare = cmp.Or(d.Name, d.Key), normal(d.Amount), normal(d.RecoverShare)
		out = append(out, next)
	}
	return out
}
