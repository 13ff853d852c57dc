package command

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"spm/auth"
	"spm/model"
	"spm/service"
)

func prepareToken(flags *flag.FlagSet) runner {
	tenant := flags.String("tenant", "", "`key` of the tenant; needed where there are several")
	role := flags.String("role", "", "a user who has this `role`, the one with the fewest others: "+roleList())
	payee := flags.String("payee", "", "the user who is the payee of this `name` or external id")
	subject := flags.String("subject", "", "the user with this `subject`")
	ttl := flags.Duration("ttl", 12*time.Hour, "`duration` for which the token is valid, at most 24h")
	dataDir := flags.String("data-dir", "", dataDirUsage)
	return func(ctx context.Context, e *Env) error {
		wanted := wantedUser{payee: *payee, subject: *subject}
		given := 0
		for _, one := range []string{*role, *payee, *subject} {
			if one != "" {
				given++
			}
		}
		if given != 1 {
			return usagef("token needs exactly one of --role, --payee and --subject")
		}
		if *ttl <= 0 || *ttl > auth.MaxTokenLifetime {
			return usagef("--ttl is more than 0 and at most %s", auth.MaxTokenLifetime)
		}
		var err error
		if *role != "" {
			if wanted.role, err = parseRole(*role); err != nil {
				return err
			}
		}
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		return e.withService(ctx, dir, func(svc *service.Service) error {
			token, err := e.token(ctx, svc, dir, *tenant, wanted, *ttl)
			if err != nil {
				return err
			}
			fmt.Fprintln(e.Stdout, token)
			return nil
		})
	}
}

func roleList() string {
	names := make([]string, len(allRoles))
	for i, role := range allRoles {
		names[i] = string(role)
	}
	return strings.Join(names, ", ")
}

// wantedUser says by one of its fields which user a token is for.
type wantedUser struct {
	role    model.Role
	payee   string
	subject string
}

// token signs a token for a user with the data directory's own key.
func (e *Env) token(ctx context.Context, svc *service.Service, dir, tenantKey string, wanted wantedUser, ttl time.Duration) (string, error) {
	tokens, err := e.tokens(dir)
	if err != nil {
		return "", err
	}
	if len(tokens.Keys) == 0 {
		return "", fmt.Errorf("tokens come from the issuer %s, not from the data directory's key", tokens.Issuer)
	}
	key, err := ownKey(dir)
	if err != nil {
		return "", err
	}
	tenant, err := findTenant(ctx, svc, tenantKey)
	if err != nil {
		return "", err
	}
	user, err := findUser(ctx, svc, tenant, tokens.Issuer, wanted)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims := auth.Claims{Issuer: user.Issuer, Subject: user.Subject, Tenant: tenant, Expires: now.Add(ttl)}
	return key.Sign(claims, tokens.Audience, now)
}

// findTenant finds a tenant by its key, or the only one.
func findTenant(ctx context.Context, svc *service.Service, key string) (uuid.UUID, error) {
	if key != "" {
		return svc.Store.TenantByKey(ctx, key)
	}
	all, err := svc.Store.TenantIDs(ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if len(all) != 1 {
		return uuid.Nil, usagef("name one of the %d tenants with --tenant", len(all))
	}
	return all[0], nil
}

// findUser finds the active user of our issuer that is wanted.
func findUser(ctx context.Context, svc *service.Service, tenant uuid.UUID, issuer string, wanted wantedUser) (*model.User, error) {
	point, err := svc.Store.ReadPoint(ctx, tenant, nil)
	if err != nil {
		return nil, err
	}
	scope := model.Unbounded(tenant, point)
	users, err := svc.Store.Users(ctx, scope)
	if err != nil {
		return nil, err
	}
	fits := func(u *model.User) bool { return u.Subject == wanted.subject }
	what := fmt.Sprintf("with the subject %q", wanted.subject)
	switch {
	case wanted.role != "":
		fits = func(u *model.User) bool { return slices.Contains(u.Roles, wanted.role) }
		what = fmt.Sprintf("with the role %s", wanted.role)
	case wanted.payee != "":
		payee, err := findPayee(ctx, svc, scope, wanted.payee)
		if err != nil {
			return nil, err
		}
		fits = func(u *model.User) bool { return u.PayeeID != nil && *u.PayeeID == payee.ID }
		what = fmt.Sprintf("who is the payee %q", payee.Name)
	}
	users = slices.DeleteFunc(users, func(u *model.User) bool { return !u.Active || u.Issuer != issuer || !fits(u) })
	if len(users) == 0 {
		return nil, fmt.Errorf("there is no active user of the issuer %s %s", issuer, what)
	}
	slices.SortFunc(users, func(a, b *model.User) int {
		return cmp.Or(len(a.Roles)-len(b.Roles), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Subject, b.Subject))
	})
	return users[0], nil
}

// findPayee finds a payee by external id or name, whatever its letters' case.
func findPayee(ctx context.Context, svc *service.Service, scope model.Scope, name string) (*model.Payee, error) {
	payees, err := svc.Store.Payees(ctx, scope)
	if err != nil {
		return nil, err
	}
	var found []*model.Payee
	for _, payee := range payees {
		if payee.ExternalID == name {
			return payee, nil
		}
		if strings.EqualFold(payee.Name, name) {
			found = append(found, payee)
		}
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no payee %q", name)
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, payee := range found {
		ids = append(ids, payee.ExternalID)
	}
	return nil, fmt.Errorf("%d payees are called %q: take an external id, one of %s", len(found), name, strings.Join(ids, ", "))
}
