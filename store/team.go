package store

import (
	"context"

	"github.com/google/uuid"

	"spm/model"
)

type teamRow struct {
	head
	ExternalID string                       `bun:"external_id"`
	Name       string                       `bun:"name"`
	Members    document[[]model.TeamMember] `bun:"members"`
	MemberIDs  array[uuid.UUID]             `bun:"member_ids"`
	MemberFrom array[date]                  `bun:"member_from"`
	MemberTo   array[date]                  `bun:"member_to"`
}

var teams = &table[teamRow, model.Team, *teamRow]{
	name: "team", kind: model.KindTeam, key: "external_id",
	order: []orderKey{{expr: "t.external_id", cast: "text"}},
	model: func(r *teamRow) *model.Team {
		return &model.Team{ID: model.UUIDs(model.KindTeam, r.ID), ExternalID: r.ExternalID, Name: r.Name, Members: r.Members.V, Version: r.Version}
	},
	row: func(m *model.Team) (*teamRow, model.ID, int) {
		row := &teamRow{ExternalID: m.ExternalID, Name: m.Name, Members: document[[]model.TeamMember]{append([]model.TeamMember{}, m.Members...)}}
		for _, member := range m.Members {
			row.MemberIDs = append(row.MemberIDs, member.PositionID.UUID())
			row.MemberFrom, row.MemberTo = append(row.MemberFrom, date(member.Days.From)), append(row.MemberTo, date(member.Days.To))
		}
		return row, m.ID, m.Version
	},
	// Weights are pay: of a team one sees the memberships that concern oneself or
	// somebody below, and no team without any.
	part: func(b *builder, scope model.Scope) {
		b.add("(SELECT o.tenant_id, o.id, o.version, o.tx_from, o.tx_to, o.external_id, o.name, x.members, x.member_ids, x.member_from, x.member_to FROM team o, LATERAL (" +
			"SELECT jsonb_agg(o.members -> (m.n - 1)::int ORDER BY m.n), array_agg(m.position_id ORDER BY m.n), array_agg(m.from_date ORDER BY m.n), array_agg(m.to_date ORDER BY m.n)" +
			" FROM (SELECT u.*, NULL::uuid AS title_id FROM unnest(o.member_ids, o.member_from, o.member_to) WITH ORDINALITY u(position_id, from_date, to_date, n)) m WHERE ")
		b.concerns(scope, concern{alias: "m", from: "m.from_date", to: "m.to_date"})
		b.add(") x(members, member_ids, member_from, member_to) WHERE x.members IS NOT NULL)")
	},
}

// Teams reads all teams.
func (r reads) Teams(ctx context.Context, scope model.Scope) ([]*model.Team, error) {
	return teams.all(ctx, r, scope)
}

// TeamsByID reads teams by id.
func (r reads) TeamsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Team, error) {
	return teams.byIDs(ctx, r, scope, ids)
}

// TeamsByKey reads teams by external id.
func (r reads) TeamsByKey(ctx context.Context, scope model.Scope, keys []string) ([]*model.Team, error) {
	return teams.byKeys(ctx, r, scope, keys)
}

// TeamPage reads a page of teams, by external id.
func (r reads) TeamPage(ctx context.Context, scope model.Scope, where *model.TeamWhere, page model.PageArgs) (*model.Connection[model.Team], error) {
	return teams.page(ctx, r, scope, teamList, where, page)
}

// SaveTeam writes the team's next version and gives its number.
func (tx *Tx) SaveTeam(ctx context.Context, m *model.Team) (int, error) {
	return teams.save(ctx, tx, m)
}
