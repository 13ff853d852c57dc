package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strings"

	"spm/model"
	"spm/service"
)

func prepareTenantCreate(flags *flag.FlagSet) runner {
	var input service.CreateTenantInput
	flags.StringVar(&input.Key, "key", "", "the tenant's `key`: 1 to 63 small letters, digits and dashes; needed")
	flags.StringVar(&input.Name, "name", "", "the tenant's `name`; needed")
	currency := flags.String("currency", "USD", "`currency` in which totals over several currencies are shown")
	flags.StringVar(&input.TimeZone, "time-zone", "UTC", "IANA time `zone` that says what today is")
	flags.StringVar(&input.Subject, "subject", "", "`subject` of the first user's tokens (claim sub); needed")
	flags.StringVar(&input.Issuer, "issuer", ownIssuer, "`issuer` of the first user's tokens (claim iss)")
	flags.StringVar(&input.UserName, "user-name", "", "`name` of the first user; the subject where absent")
	roles := flags.String("roles", string(model.RoleTenantAdmin), "comma-separated `roles` of the first user")
	dataDir := flags.String("data-dir", "", dataDirUsage)
	return func(ctx context.Context, e *Env) error {
		for name, value := range map[string]string{"key": input.Key, "name": input.Name, "subject": input.Subject} {
			if value == "" {
				return usagef("tenant create needs --%s (`spm tenant create --help` lists the flags)", name)
			}
		}
		input.Currency = model.CurrencyCode(*currency)
		if input.UserName == "" {
			input.UserName = input.Subject
		}
		var err error
		if input.Roles, err = parseRoles(*roles); err != nil {
			return err
		}
		dir, err := resolveDataDir(*dataDir)
		if err != nil {
			return err
		}
		return e.withService(ctx, dir, func(svc *service.Service) error {
			id, err := svc.CreateTenant(ctx, input)
			if err != nil {
				return inWords(err)
			}
			fmt.Fprintln(e.Stdout, id)
			return nil
		})
	}
}

var allRoles = []model.Role{
	model.RoleRep, model.RoleManager, model.RoleSalesOps, model.RoleCompAdmin, model.RoleFinance, model.RoleAuditor, model.RoleTenantAdmin,
}

func parseRole(text string) (model.Role, error) {
	for _, role := range allRoles {
		if strings.EqualFold(strings.TrimSpace(text), string(role)) {
			return role, nil
		}
	}
	return "", usagef("there is no role %q; there are %v", text, allRoles)
}

func parseRoles(text string) (roles []model.Role, err error) {
	for one := range strings.SplitSeq(text, ",") {
		role, err := parseRole(one)
		if err != nil {
			return nil, err
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// inWords says all that is wrong with an input, without the paths of the graph.
func inWords(err error) error {
	var wrong model.UserErrors
	if !errors.As(err, &wrong) {
		return err
	}
	var all []string
	for _, one := range wrong {
		all = append(all, one.Message)
	}
	return errors.New(strings.Join(all, "; "))
}
