package service

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// periods splits the difference of two periods by their traces.
func (d *earningsDiff) periods(ctx context.Context, in *EarningsDiffPeriodsInput) (*model.EarningsDiff, error) {
	before, err := d.readSide(ctx, in.ComparedWithID, d.scope.Read)
	if err != nil {
		return nil, err
	}
	now, err := d.readSide(ctx, in.PeriodID, d.scope.Read)
	if err != nil || len(d.visible) == 0 && !d.scope.Reach.All || len(before.earnings)+len(now.earnings) == 0 {
		return nil, err
	}
	was, err := d.traced(ctx, before)
	if err != nil {
		return nil, err
	}
	is, err := d.traced(ctx, now)
	if err != nil {
		return nil, err
	}
	deals, err := d.deals(ctx, was, is)
	if err != nil {
		return nil, err
	}
	var causes []*model.DiffOfCause
	for _, step := range calc.ComparePeriods(was, is) {
		causes = append(causes, &model.DiffOfCause{Cause: step.Cause, Totals: model.ChangeOf(step.Parts), Parts: step.Parts, Changes: []*model.DiffChange{}})
	}
	if len(deals) > 0 {
		i := slices.IndexFunc(causes, func(c *model.DiffOfCause) bool { return c.Cause == model.DiffVolume })
		if i < 0 {
			i = 0
			if len(causes) > 0 && causes[0].Cause == model.DiffComponent {
				i = 1
			}
			causes = slices.Insert(causes, i, &model.DiffOfCause{Cause: model.DiffVolume, Totals: []model.Money{}, Parts: []*model.DiffPart{}})
		}
		causes[i].Changes = deals
	}
	return d.answer(before, now, causes), nil
}

// traced gives calc's earnings of a side, those that who asks may see.
func (d *earningsDiff) traced(ctx context.Context, s *side) ([]*calc.Earning, error) {
	var ids []model.ID
	for _, e := range s.earnings {
		ids = append(ids, e.ID)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	traces, err := d.s.Store.TracesByID(ctx, model.Unbounded(d.scope.Tenant, s.read), ids)
	var out []*calc.Earning
	for _, e := range s.earnings {
		if trace := traces[e.ID]; trace != nil && d.sees(e.PositionID) {
			out = append(out, earningOf(e, trace))
		}
	}
	return out, err
}

// cited is a credit in one of two periods.
type cited struct {
	credit int64
	gone   bool // in the earlier one
}

// citedBy sums what the lines come to that cite a credit, by currency.
func citedBy(was, is []*calc.Earning) (sums map[cited]map[model.CurrencyCode]decimal.Decimal, credits []model.ID) {
	sums = map[cited]map[model.CurrencyCode]decimal.Decimal{}
	for gone, earnings := range map[bool][]*calc.Earning{true: was, false: is} {
		for _, e := range earnings {
			for _, line := range e.Lines() {
				if line.Credit <= 0 {
					continue
				}
				key := cited{line.Credit, gone}
				if sums[key] == nil {
					sums[key] = map[model.CurrencyCode]decimal.Decimal{}
					credits = append(credits, model.IntID(model.KindCredit, line.Credit))
				}
				sums[key][e.Amount.Currency] = sums[key][e.Amount.Currency].Add(line.Amount)
			}
		}
	}
	return sums, credits
}

// deals lists the transactions that the lines of two periods cite, each with what
// its lines come to: those of the earlier period are gone, those of the other are
// new, and returns say what they take back.
func (d *earningsDiff) deals(ctx context.Context, was, is []*calc.Earning) ([]*model.DiffChange, error) {
	sums, credits := citedBy(was, is)
	known, err := d.s.Store.CreditsByID(ctx, model.Unbounded(d.scope.Tenant, d.scope.Read), credits)
	if err != nil {
		return nil, err
	}
	var ids []model.ID
	for _, c := range known {
		ids = append(ids, c.TransactionID)
	}
	transactions, err := d.s.Store.TransactionsByID(ctx, model.Unbounded(d.scope.Tenant, d.scope.Read), ids)
	if err != nil {
		return nil, err
	}
	type deal struct {
		id       model.ID
		gone     bool
		currency model.CurrencyCode
	}
	byDeal := map[deal]decimal.Decimal{}
	for key, amounts := range sums {
		credit := known[model.IntID(model.KindCredit, key.credit)]
		if credit == nil {
			continue
		}
		for currency, amount := range amounts {
			of := deal{credit.TransactionID, key.gone, currency}
			byDeal[of] = byDeal[of].Add(amount)
		}
	}
	out := []*model.DiffChange{}
	for of, amount := range byDeal {
		t := transactions[of.id]
		if t == nil {
			continue
		}
		words := dealWords(t)
		change := &model.DiffChange{ObjectID: of.id, Name: t.ExternalID, Own: true, Amount: &model.Money{Amount: amount, Currency: of.currency}, After: &words}
		if of.gone {
			change.Before, change.After, change.Amount.Amount = &words, nil, amount.Neg()
		}
		out = append(out, change)
	}
	slices.SortFunc(out, func(a, b *model.DiffChange) int {
		return cmp.Or(
			b.Amount.Amount.Abs().Cmp(a.Amount.Amount.Abs()), strings.Compare(a.Name, b.Name),
			cmp.Compare(a.ObjectID.Int(), b.ObjectID.Int()), strings.Compare(string(a.Amount.Currency), string(b.Amount.Currency)),
		)
	})
	return out[:min(len(out), maxEvidence)], nil
}

// dealWords says what a transaction is: a deal, or what it takes back.
func dealWords(t *model.Transaction) string {
	what := t.Kind
	if t.RelatesTo != nil && t.RelatesTo.Type == model.LinkReverses {
		what += " of " + t.RelatesTo.ExternalID
	}
	return what + " on " + t.EventDate.String()
}
