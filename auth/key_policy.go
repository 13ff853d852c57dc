package auth

import (
	"maps"
	"slices"

	"spm/model"
)

// keyScopes says what each scope of an API key permits, beside what every key
// may: ask who it is. None opens users, API keys, plans' content to write, or a
// step that two persons share: a key is nobody's second pair of eyes.
var keyScopes = map[model.APIKeyScope][]Permission{
	model.KeyTransactionsRead:  {TransactionRead},
	model.KeyTransactionsWrite: {TransactionWrite},
	model.KeyCreditsRead:       {CreditRead},
	model.KeyEarningsRead:      {EarningRead},
	model.KeyProblemsRead:      {ProblemRead},
	model.KeyPayeesRead:        {PayeeRead, PositionRead},
	model.KeyOrganisationWrite: {OrganisationEdit},
	model.KeyPlansRead:         {PlanRead},
	model.KeyQuotasRead:        {QuotaRead},
	model.KeyQuotasWrite:       {QuotaWrite},
	model.KeyCatalogueRead:     {CatalogueRead},
	model.KeyCatalogueWrite:    {CatalogueWrite},
	model.KeyCalendarsRead:     {CalendarRead},
	model.KeyCurrenciesRead:    {CurrencyRead},
	model.KeyCurrenciesWrite:   {CurrencyWrite},
	model.KeyCreditingRead:     {CreditingRead},
	model.KeyExceptionsRead:    {ExceptionRead},
	model.KeyCalculationsRead:  {CalculationRead},
	model.KeyDocumentsWrite:    {DocumentRead, DocumentWrite},
	model.KeySchemaRead:        {SchemaRead},
	model.KeyExport:            {}, // nothing more to see, but more of it at a time
}

// everyKey may see its tenant's settings, and itself.
var everyKey = []Permission{Public, TenantRead}

// PermissionsOfScope lists what a scope permits; nothing for one that there is
// not.
func PermissionsOfScope(scope model.APIKeyScope) []Permission { return keyScopes[scope] }

// KeyScopes lists the scopes in alphabetical order.
func KeyScopes() []model.APIKeyScope { return slices.Sorted(maps.Keys(keyScopes)) }

// Grants tells whether who has the roles may make a key with the scope: the
// key sees all rows, so its maker must.
func Grants(roles []model.Role, scope model.APIKeyScope) bool {
	return !slices.ContainsFunc(keyScopes[scope], func(do Permission) bool { return RowsOf(roles, do) != All })
}

// Bounds tells whether a position's subtree bounds what the scope opens, as it
// bounds a manager's view, or what it opens concerns nobody's pay.
func Bounds(scope model.APIKeyScope) bool {
	return !slices.ContainsFunc(keyScopes[scope], func(do Permission) bool { return !bounded(do) })
}

// BoundsByProduct tells whether what the scope opens is bounded by a product
// line, each row being of one product, or concerns nobody's pay.
func BoundsByProduct(scope model.APIKeyScope) bool {
	return !slices.ContainsFunc(keyScopes[scope], func(do Permission) bool { return everyone[do] != All && !ofLine(do) })
}

func ofLine(do Permission) bool { return do == TransactionRead || do == CreditRead }

func bounded(do Permission) bool {
	return everyone[do] == All || policy[model.RoleManager][do] == Subtree
}

// Key is the API key that a principal is.
type Key struct {
	APIKey

	Name     string
	Scopes   []model.APIKeyScope
	Creator  []model.Role // the roles that the key's creator has now
	Position *model.ID    // its limit: this position and what is below it; nil: all rows
	Product  *model.ID    // its limit: what was sold of this product and what is below it; nil: of all
	// Application is whose documents are trusted; nil: any application's.
	Application *model.ID
	Documents   model.DocumentMode
}

// rows gives the key's reach for a permission: nothing where its creator does
// not see all rows any more.
func (k *Key) rows(do Permission) Rows {
	if slices.Contains(everyKey, do) {
		return All
	}
	scoped := slices.ContainsFunc(k.Scopes, func(scope model.APIKeyScope) bool { return slices.Contains(keyScopes[scope], do) })
	switch {
	case !scoped || RowsOf(k.Creator, do) != All:
		return NoRows
	case k.Position == nil && k.Product == nil || everyone[do] == All:
		return All
	case k.Position != nil && bounded(do), k.Product != nil && ofLine(do):
		return Subtree
	}
	return NoRows
}
