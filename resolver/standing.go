package resolver

import (
	"context"
	"slices"
	"strings"

	"spm/auth"
	"spm/model"
)

// standings are the loaders of how payees stand, and of who reports to whom.
type standings struct {
	standing    *noun[model.Standing] // by the id of the payee's statement of the period
	commissions *noun[model.Money]    // by the credit's id
	seatsOf     *noun[[]*model.PositionAssignment]
	reports     *noun[[]*model.Payee] // by position and day
}

func (r *Resolver) newStandings() standings {
	return standings{
		standing:    load(auth.EarningRead, r.Store.Standings),
		commissions: load(auth.EarningRead, r.Store.CommissionsByID),
		seatsOf: load(auth.PositionRead, grouped(r.Store.SeatsOf, func(s *model.PositionAssignment) model.ID {
			return s.PayeeID
		})),
		reports: load(auth.PayeeRead, r.reportsOn),
	}
}

// standingOf gives how a payee stands in a period.
func standingOf(ctx context.Context, payee, period model.ID) (*model.Standing, error) {
	if period.Kind != model.KindPeriod {
		return nil, nil
	}
	id := model.UUIDs(model.KindStatement, payee.UUID(), period.UUID())
	return one(ctx, from(ctx).standing, &id)
}

// positionOn is what reports are loaded by.
func positionOn(position model.ID, day model.Date) model.ID {
	return model.ID{Kind: model.KindPosition, Key: position.Key + day.String()}
}

func (r *Resolver) reportsOn(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*[]*model.Payee, error) {
	byDay := map[string][]model.ID{}
	for _, id := range ids {
		position := model.UUIDs(model.KindPosition, id.UUID())
		day := id.Key[len(position.Key):]
		byDay[day] = append(byDay[day], position)
	}
	out := map[model.ID]*[]*model.Payee{}
	for text, above := range byDay {
		day, err := model.ParseDate(text)
		if err != nil {
			return nil, err
		}
		found, err := r.Store.Reports(ctx, scope, above, day)
		if err != nil {
			return nil, err
		}
		for position, payees := range found {
			out[positionOn(position, day)] = &payees
		}
	}
	return out, nil
}

// reportsTo gives who reports to a payee on a day.
func reportsTo(ctx context.Context, payee model.ID, day model.Date, args model.PageArgs) (*model.Connection[model.Payee], error) {
	seats, err := listOf(ctx, from(ctx).seatsOf, payee)
	if err != nil {
		return nil, err
	}
	var all []*model.Payee
	seen := map[model.ID]bool{}
	for _, seat := range seats {
		if !seat.Days.Contains(day) {
			continue
		}
		below, err := listOf(ctx, from(ctx).reports, positionOn(seat.PositionID, day))
		if err != nil {
			return nil, err
		}
		for _, p := range below {
			if !seen[p.ID] {
				seen[p.ID], all = true, append(all, p)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *model.Payee) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	return pageOf(all, args)
}
