package service

import (
	"cmp"
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
	"spm/store"
)

// CreateTeamInput is a team to add.
type CreateTeamInput struct {
	ExternalID       *string
	Name             string
	Members          []*TeamMemberInput
	ClientMutationID *string
}

// TeamMemberInput is a position's membership of a team, from a day to a day.
type TeamMemberInput struct {
	PositionID model.ID
	StartDate  *model.Date
	EndDate    *model.Date
	Weight     *decimal.Decimal // nil: 1
}

// CreateTeamPayload is what adding a team did.
type CreateTeamPayload struct {
	Outcome
	TeamID *model.ID
}

// CreateTeam adds a team. A position's memberships of it do not overlap:
// OVERLAP.
func (s *Service) CreateTeam(ctx context.Context, input CreateTeamInput) (*CreateTeamPayload, error) {
	return mutate(ctx, s, "createTeam", input, func(tx *store.Tx, p *CreateTeamPayload) error {
		id, err := newID(model.KindTeam)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		team := &model.Team{ID: id, ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name}
		checkText(&errs, "input.name", input.Name, maxName)
		if team.Members, err = checkMembers(ctx, tx, &errs, "input.members", input.Members); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if _, err := tx.SaveTeam(ctx, team); err != nil {
			return err
		}
		p.TeamID = &id
		return markTeam(ctx, tx, &model.Team{}, team)
	})
}

// checkMembers gives the memberships in their order.
func checkMembers(ctx context.Context, tx *store.Tx, errs *model.UserErrors, path string, given []*TeamMemberInput) ([]model.TeamMember, error) {
	if len(given) > model.MaxTeamMembers {
		errs.Add(model.UserTooMany, path, "a team has at most %d memberships, past ones included", model.MaxTeamMembers)
		return nil, nil
	}
	wanted := make([]model.ID, len(given))
	for i, m := range given {
		wanted[i] = m.PositionID
	}
	positions, err := tx.PositionsByID(ctx, tx.Scope(), wanted)
	if err != nil {
		return nil, err
	}
	out := make([]model.TeamMember, 0, len(given))
	of := map[model.ID][]model.Interval{}
	for i, m := range given {
		at := indexed(path, i)
		needed(errs, at+".positionId", &m.PositionID, positions)
		member := model.TeamMember{
			PositionID: m.PositionID, Days: checkDays(errs, at+".endDate", m.StartDate, m.EndDate), Weight: or(m.Weight, decimal.NewFromInt(1)),
		}
		if member.Weight.IsNegative() {
			errs.Add(model.UserInvalid, at+".weight", "a weight is 0 or more")
		}
		if slices.ContainsFunc(of[m.PositionID], member.Days.Overlaps) {
			errs.Add(model.UserOverlap, at+".startDate", "the position is a member on some of these days already, by this list")
		}
		of[m.PositionID] = append(of[m.PositionID], member.Days)
		out = append(out, member)
	}
	slices.SortFunc(out, func(a, b model.TeamMember) int {
		return cmp.Or(cmp.Compare(externalID(positions, a.PositionID), externalID(positions, b.PositionID)), cmp.Compare(a.Days.From, b.Days.From))
	})
	return out, nil
}

func externalID(positions map[model.ID]*model.Position, id model.ID) string {
	if p := positions[id]; p != nil {
		return p.ExternalID
	}
	return ""
}

// markTeam marks what a change of a team's members can alter: on the days on
// which they differ, whoever had sat down in a position of the team before the
// end of a period with such a day, since what one has less another has more.
func markTeam(ctx context.Context, tx *store.Tx, before, after *model.Team) error {
	apart := after.DaysApart(before)
	if len(apart) == 0 {
		return nil
	}
	days := map[model.ID][]model.Interval{}
	for _, id := range slices.Concat(before.Positions(), after.Positions()) {
		days[id] = apart
	}
	marks, err := windowHolders(ctx, tx, days)
	if err != nil {
		return err
	}
	return tx.MarkDirty(ctx, marks...)
}
