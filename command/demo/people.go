package demo

import (
	"context"
	"fmt"
	"slices"
)

func (l *Loader) organisation(ctx context.Context) (string, error) {
	for _, list := range []string{"titles", "positions", "payees", "positionAssignments"} {
		if _, err := l.known(ctx, list, "externalId"); err != nil {
			return "", err
		}
	}
	for _, t := range titles {
		if err := l.make(ctx, "titles", t.key, "createTitle", "title", map[string]any{"externalId": t.key, "name": t.name}); err != nil {
			return "", err
		}
	}
	// Parents first: one level after the other.
	for _, level := range [][]string{{titleVP}, {titleDirector}, {titleManager}, {titleAE, titleAM}} {
		at := slices.DeleteFunc(slices.Clone(l.company.positions), func(p position) bool { return !slices.Contains(level, p.title) })
		if err := each(ctx, at, l.position); err != nil {
			return "", err
		}
	}
	err := each(ctx, l.company.payees, func(ctx context.Context, p payee) error {
		return l.make(ctx, "payees", p.key, "createPayee", "payee", map[string]any{"externalId": p.key, "name": p.name, "currency": p.currency})
	})
	if err != nil {
		return "", err
	}
	err = each(ctx, l.company.seats, func(ctx context.Context, s seat) error {
		input := map[string]any{
			"externalId": s.payee + " in " + s.position, "payeeId": l.id("payees", s.payee), "positionId": l.id("positions", s.position), "startDate": s.start,
		}
		if s.end != "" {
			input["endDate"] = s.end
		}
		return l.make(ctx, "positionAssignments", s.payee+" in "+s.position, "assignPosition", "assignment", input)
	})
	return fmt.Sprintf("%d payees, %d positions on 4 levels", len(l.company.payees), len(l.company.positions)), err
}

func (l *Loader) position(ctx context.Context, p position) error {
	input := map[string]any{
		"externalId": p.key, "name": p.name, "titleId": l.id("titles", p.title),
		"attributes": []any{map[string]any{"name": "region", "value": p.region.key}},
	}
	if p.parent != "" {
		input["parentId"] = l.id("positions", p.parent)
	}
	return l.make(ctx, "positions", p.key, "createPosition", "position", input)
}

// user is somebody to sign in.
type user struct {
	subject, name, payee string
	role                 string
}

// everybody lists who signs in beside the administrator: every payee too.
func (c *Company) everybody() []user {
	all := []user{
		{finance, financeName, "", "FINANCE"}, {ops, opsName, "", "SALES_OPS"}, {auditor, "Uma Stone", "", "AUDITOR"},
	}
	for _, p := range c.payees {
		role := "MANAGER"
		if title := c.titleOf(p.key); title == titleAE || title == titleAM {
			role = "REP"
		}
		all = append(all, user{subjectOf(p.name), p.name, p.key, role})
	}
	return all
}

func (l *Loader) users(ctx context.Context) (string, error) {
	if _, err := l.known(ctx, "users", "subject"); err != nil {
		return "", err
	}
	all := l.company.everybody()
	err := each(ctx, all, func(ctx context.Context, u user) error {
		input := map[string]any{"subject": u.subject, "name": u.name, "roles": []string{u.role}}
		if u.payee != "" {
			input["payeeId"] = l.id("payees", u.payee)
		}
		return l.make(ctx, "users", u.subject, "createUser", "user", input)
	})
	return fmt.Sprintf("%d, every payee among them", len(all)+1), err
}
