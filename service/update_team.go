package service

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateTeamInput is a change of a team. Members, where given, are all of them.
type UpdateTeamInput struct {
	ID               model.ID
	IfVersion        int
	Name             graphql.Omittable[*string]            `json:",omitzero"`
	Members          graphql.Omittable[[]*TeamMemberInput] `json:",omitzero"`
	ClientMutationID *string
}

// UpdateTeamPayload is what changing a team did.
type UpdateTeamPayload struct {
	Outcome
	TeamID *model.ID
}

// UpdateTeam changes a team. Earnings of the days on which its members change
// follow.
func (s *Service) UpdateTeam(ctx context.Context, input UpdateTeamInput) (*UpdateTeamPayload, error) {
	return mutate(ctx, s, "updateTeam", input, func(tx *store.Tx, p *UpdateTeamPayload) error {
		found, err := tx.TeamsByID(ctx, tx.Scope(), ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		team := needed(&errs, "input.id", &input.ID, found)
		if team == nil {
			return errs
		}
		p.TeamID = &input.ID
		before := *team
		if name, given := input.Name.ValueOK(); given {
			team.Name = checkNewName(&errs, name)
		}
		if members, given := input.Members.ValueOK(); given {
			if team.Members, err = checkMembers(ctx, tx, &errs, "input.members", members); err != nil {
				return err
			}
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		team.Version = input.IfVersion
		if _, err := tx.SaveTeam(ctx, team); err != nil {
			return err
		}
		return markTeam(ctx, tx, &before, team)
	})
}
