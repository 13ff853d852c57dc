package auth

import (
	"maps"
	"slices"

	"spm/model"
)

// Rows says which rows of what a permission opens a role may see.
type Rows int

// The reaches, from none to the whole tenant.
const (
	NoRows  Rows = iota
	Self         // the user's own payee
	Subtree      // self, and what is below the positions that the payee holds today
	All
)

// everyone may read what holds nobody's pay, and their own user, and hand roles
// over that they have.
var everyone = map[Permission]Rows{
	Public: All, SchemaRead: All, TenantRead: All, CalendarRead: All, CurrencyRead: All, CatalogueRead: All, UserRead: Self,
	DelegationRead: Self, DelegationWrite: Self,
}

// policy is the one table of who may do what. A role that is missing a
// permission does not have it.
var policy = map[model.Role]map[Permission]Rows{
	model.RoleRep: {
		PositionRead: Self, PayeeRead: Self, TransactionRead: Self, CreditRead: Self, QuotaRead: Self, PlanRead: Self,
		EarningRead: Self, ProblemRead: Self, StatementAnswer: Self,
	},
	model.RoleManager: {
		PositionRead: Subtree, PayeeRead: Subtree, TransactionRead: Subtree, CreditRead: Subtree, QuotaRead: Subtree,
		PlanRead: Subtree, EarningRead: Subtree, ProblemRead: Subtree, StatementAnswer: Self,
	},
	model.RoleSalesOps: {
		PositionRead: All, PayeeRead: All, OrganisationEdit: All, CalendarWrite: All, CatalogueWrite: All,
		CreditingRead: All, CreditingWrite: All, TransactionRead: All, TransactionWrite: All, CreditRead: All,
		ExceptionRead: All, ExceptionWrite: All, QuotaRead: All, QuotaWrite: All,
	},
	model.RoleCompAdmin: {
		PositionRead: All, PayeeRead: All, OrganisationEdit: All, CalendarWrite: All, CurrencyWrite: All, CatalogueWrite: All,
		CreditingRead: All, CreditingWrite: All, TransactionRead: All, TransactionWrite: All, CreditRead: All,
		ExceptionRead: All, ExceptionWrite: All, QuotaRead: All, QuotaWrite: All, PlanRead: All, PlanWrite: All,
		PlanApprove: All, PlanAssign: All, CalculationRead: All, CalculationRun: All, EarningRead: All, ProblemRead: All,
		UserRead: All, DelegationRead: All, ChangeRead: All, AdjustmentWrite: All, AdjustmentApprove: All, HoldRelease: All, PeriodClose: All, PeriodApprove: All,
	},
	model.RoleFinance: {
		PositionRead: All, PayeeRead: All, CurrencyWrite: All, CreditingRead: All, TransactionRead: All, CreditRead: All,
		ExceptionRead: All, QuotaRead: All, PlanRead: All, PlanApprove: All, CalculationRead: All, CalculationRun: All,
		EarningRead: All, ProblemRead: All, ChangeRead: All, AdjustmentWrite: All, AdjustmentApprove: All, HoldRelease: All, PeriodClose: All,
		PeriodApprove: All, PeriodPay: All,
	},
	model.RoleAuditor: {
		PositionRead: All, PayeeRead: All, CreditingRead: All, TransactionRead: All, CreditRead: All, ExceptionRead: All,
		QuotaRead: All, PlanRead: All, CalculationRead: All, EarningRead: All, ProblemRead: All, UserRead: All, DelegationRead: All, APIKeyRead: All, IssuerRead: All, DocumentRead: All, ChangeRead: All,
	},
	model.RoleTenantAdmin: {
		UserRead: All, UserWrite: All, DelegationRead: All, DelegationWrite: All, APIKeyRead: All, APIKeyWrite: All, IssuerRead: All, IssuerWrite: All, DocumentRead: All, DocumentWrite: All, PositionRead: All, PayeeRead: All, OrganisationEdit: All, CalendarWrite: All,
	},
}

// RowsOf gives the widest reach that any of the roles has for a permission.
func RowsOf(roles []model.Role, do Permission) Rows {
	rows := everyone[do]
	for _, role := range roles {
		rows = max(rows, policy[role][do])
	}
	return rows
}

// PermissionsOf lists, in alphabetical order, what the roles permit for any
// row at all.
func PermissionsOf(roles []model.Role) []Permission {
	granted := maps.Clone(everyone)
	for _, role := range roles {
		maps.Copy(granted, policy[role])
	}
	return slices.Sorted(maps.Keys(granted))
}

// permissions lists, in alphabetical order, what the principal may do for any
// row at all.
func (p *Principal) permissions() []Permission {
	if p.Key == nil {
		return PermissionsOf(p.Roles)
	}
	granted := slices.Clone(everyKey)
	for _, scope := range p.Key.Scopes {
		for _, do := range keyScopes[scope] {
			if p.Can(do) {
				granted = append(granted, do)
			}
		}
	}
	slices.Sort(granted)
	return slices.Compact(granted)
}
