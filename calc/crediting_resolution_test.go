package calc

import (
	"testing"

	"spm/model"
)

func byHand(creditType string, pairs ...string) model.ExceptionResolution {
	r := model.ExceptionResolution{Shares: ruleShares(pairs...), Reason: "checked with sales"}
	if creditType != "" {
		r.CreditTypeID = idPtr(model.KindCreditType, creditType)
	}
	return r
}

func TestResolutionsByHand(t *testing.T) {
	t.Parallel()
	direct, points, rollup := rule("direct"), rule("points", ofType("POINTS")), rule("rollup", toManagers(1))
	overlay := rule("overlay", toPositions(model.CreditOverlay, "SE", "0.5"))
	misspelt := with(sale("ann"), func(t *model.Transaction) { t.Product = "gtx" })
	for _, c := range []struct {
		name  string
		rules []model.CreditingRule
		sale  model.Transaction
		hand  []model.ExceptionResolution
		want  string
	}{
		{"shares replace the sellers and roll up", []model.CreditingRule{direct, rollup, overlay}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE", "R2", "0.5", "R1", "0.5")}, `
			REVENUE DIRECT R1/ann 0.5 500 2026-03-31 by direct
			REVENUE DIRECT R2/bob 0.5 500 2026-03-31 by direct
			REVENUE ROLLUP M1/mia 0.5 500 2026-03-31 via R1 level 1 by rollup
			REVENUE ROLLUP M1/mia 0.5 500 2026-03-31 via R2 level 1 by rollup
			REVENUE OVERLAY SE/- 0.5 500 2026-03-31 by overlay`},
		{"they go on counting when the cause is gone", []model.CreditingRule{direct}, sale("ann"), []model.ExceptionResolution{byHand("REVENUE", "R2", "1")},
			`REVENUE DIRECT R2/bob 1 1000 2026-03-31 by direct`},
		{"no credit", []model.CreditingRule{direct, rollup, overlay}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE")},
			`REVENUE OVERLAY SE/- 0.5 500 2026-03-31 by overlay`},
		{"of one type only", []model.CreditingRule{direct, points}, sale("nobody"), []model.ExceptionResolution{byHand("POINTS", "R1", "1")}, `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by points
			! UNKNOWN_SELLER REVENUE: payee "nobody"`},
		{"of every type that is concerned", []model.CreditingRule{direct}, misspelt, []model.ExceptionResolution{byHand("", "R1", "1")},
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"an unknown product, one type settled", []model.CreditingRule{direct, points}, misspelt, []model.ExceptionResolution{byHand("POINTS", "R1", "1")}, `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by points
			! UNKNOWN_PRODUCT REVENUE: "gtx"`},
		{"no rule, every type", nil, sale("ann"), []model.ExceptionResolution{byHand("", "R1", "1")}, `
			POINTS DIRECT R1/ann 1 1000 2026-03-31 by hand
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by hand`},
		{"no rule, the type said before none", nil, sale("ann"), []model.ExceptionResolution{byHand("", "R1", "1"), byHand("POINTS")},
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by hand`},
		{"the last of two counts", []model.CreditingRule{direct}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE"), byHand("REVENUE", "R1", "1")},
			`REVENUE DIRECT R1/ann 1 1000 2026-03-31 by direct`},
		{"a missing date becomes the event's", []model.CreditingRule{rule("direct", by(model.DatePaid))}, sale("ann"), []model.ExceptionResolution{byHand("REVENUE", "R3", "1")},
			`REVENUE DIRECT R3/cid 1 1000 2026-03-31 by hand`},
		{"an unknown kind", []model.CreditingRule{direct, rollup}, with(sale(), func(t *model.Transaction) { t.Kind = "GIFT" }), []model.ExceptionResolution{byHand("REVENUE", "R1", "1")}, `
			REVENUE DIRECT R1/ann 1 1000 2026-03-31 by hand
			REVENUE ROLLUP M1/mia 1 1000 2026-03-31 via R1 level 1 by rollup`},
		{"an unlinked reversal", []model.CreditingRule{direct, rollup}, back("-10"), []model.ExceptionResolution{byHand("REVENUE", "R1", "1")}, `
			REVENUE DIRECT R1/ann 1 -10 2026-08-10 by hand
			REVENUE ROLLUP M1/mia 1 -10 2026-08-10 via R1 level 1 by rollup`},
		{"shares by hand are whole too", []model.CreditingRule{direct}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE", "R1", "0.9")},
			`! SHARES_NOT_WHOLE REVENUE: the shares sum to 0.9`},
		{"or over-allocate by the rule", []model.CreditingRule{rule("direct", func(r *model.CreditingRule) { r.OverAllocate = true })}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE", "R1", "0.9")},
			`REVENUE DIRECT R1/ann 0.9 900 2026-03-31 by direct`},
		{"a failing rollup still withholds", []model.CreditingRule{direct, rule("rollup", toManagers(1), when("margin > 1"))}, sale("nobody"), []model.ExceptionResolution{byHand("REVENUE", "R1", "1")},
			`! CONDITION_FAILED REVENUE: rule rollup: margin is nil on this row: test it first with margin != nil (line 1, column 1)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			want(t, crediter(t, c.rules...).Credit(Case{Transaction: c.sale, Resolutions: c.hand}), c.want)
		})
	}
}

func TestResolvedReversals(t *testing.T) {
	t.Parallel()
	c := crediter(t, rule("direct"), rule("points", ofType("POINTS"), toPositions(model.CreditDirect, "PM", "1")), rule("overlay", toPositions(model.CreditOverlay, "SE", "0.5")))
	original := sale("nobody")
	for _, hand := range []model.ExceptionResolution{byHand("REVENUE", "R1", "1")} {
		want(t, c.Credit(Case{Transaction: back("-10"), Original: &original, Resolutions: []model.ExceptionResolution{hand}}), `
			POINTS DIRECT PM/- 1 -10 2026-08-10 fx=2026-03-31 by points
			REVENUE DIRECT R1/ann 1 -10 2026-08-10 by hand
			REVENUE OVERLAY SE/- 0.5 -5 2026-08-10 fx=2026-03-31 by overlay`)
	}
	// The sale settled by hand is what its return reverses.
	settled := c.Credit(Case{Transaction: original, Resolutions: []model.ExceptionResolution{byHand("REVENUE", "R2", "1")}})
	want(t, c.Credit(Case{Transaction: back("-1000"), Original: &original, OriginalOutcome: &settled}), `
		POINTS DIRECT PM/- 1 -1000 2026-08-10 fx=2026-03-31 by points
		REVENUE DIRECT R2/bob 1 -1000 2026-08-10 fx=2026-03-31 by direct
		REVENUE OVERLAY SE/- 0.5 -500 2026-08-10 fx=2026-03-31 by overlay`)
	// A position that is not in the set-up cannot be settled on.
	unknown := model.ExceptionResolution{CreditTypeID: idPtr(model.KindCreditType, "REVENUE"), Shares: ruleShares("GONE", "1")}
	got := c.Credit(Case{Transaction: original, Resolutions: []model.ExceptionResolution{unknown}})
	if len(got.Exceptions) != 1 || got.Exceptions[0].Code != model.ExceptionUnknownSeller {
		t.Errorf("%+v", got.Exceptions)
	}
	// One of no type settles what the original withholds, and every type.
	all := c.Credit(Case{Transaction: back("-10"), Original: &original, Resolutions: []model.ExceptionResolution{byHand("", "R1", "1")}})
	want(t, all, `
		POINTS DIRECT R1/ann 1 -10 2026-08-10 by hand
		REVENUE DIRECT R1/ann 1 -10 2026-08-10 by hand
		REVENUE OVERLAY SE/- 0.5 -5 2026-08-10 fx=2026-03-31 by overlay`)
}

// One of no type is for the types that the original withholds as well as for
// those that it was credited in.
func TestResolutionOfNoTypeOnAReversal(t *testing.T) {
	t.Parallel()
	c := crediter(t, rule("direct"), rule("points", ofType("POINTS"), toPositions(model.CreditDirect, "PM", "1")))
	general := []model.ExceptionResolution{byHand("", "R1", "1")}
	partly := sale("nobody") // REVENUE is withheld, POINTS is not
	want(t, c.Credit(Case{Transaction: back("-10"), Original: &partly, Resolutions: general}), `
		POINTS DIRECT R1/ann 1 -10 2026-08-10 by hand
		REVENUE DIRECT R1/ann 1 -10 2026-08-10 by hand`)
	points := crediter(t, rule("points", ofType("POINTS")))
	only := sale("ann") // REVENUE is not concerned
	want(t, points.Credit(Case{Transaction: back("-10"), Original: &only, Resolutions: general}),
		`POINTS DIRECT R1/ann 1 -10 2026-08-10 by hand`)
	whole := with(sale("ann"), func(t *model.Transaction) { t.Product = "no such" })
	want(t, c.Credit(Case{Transaction: back("-10"), Original: &whole, Resolutions: []model.ExceptionResolution{byHand("REVENUE", "R1", "1")}}),
		`REVENUE DIRECT R1/ann 1 -10 2026-08-10 by hand`)
}
