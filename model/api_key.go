package model

import "time"

// APIKeyScope is what an API key may be made for; auth's table says which
// permissions each has.
type APIKeyScope string

// The scopes.
const (
	KeyTransactionsRead  APIKeyScope = "TRANSACTIONS_READ"
	KeyTransactionsWrite APIKeyScope = "TRANSACTIONS_WRITE"
	KeyCreditsRead       APIKeyScope = "CREDITS_READ"
	KeyEarningsRead      APIKeyScope = "EARNINGS_READ"
	KeyProblemsRead      APIKeyScope = "PROBLEMS_READ"
	KeyPayeesRead        APIKeyScope = "PAYEES_READ"
	KeyOrganisationWrite APIKeyScope = "ORGANISATION_WRITE"
	KeyPlansRead         APIKeyScope = "PLANS_READ"
	KeyQuotasRead        APIKeyScope = "QUOTAS_READ"
	KeyQuotasWrite       APIKeyScope = "QUOTAS_WRITE"
	KeyCatalogueRead     APIKeyScope = "CATALOGUE_READ"
	KeyCatalogueWrite    APIKeyScope = "CATALOGUE_WRITE"
	KeyCalendarsRead     APIKeyScope = "CALENDARS_READ"
	KeyCurrenciesRead    APIKeyScope = "CURRENCIES_READ"
	KeyCurrenciesWrite   APIKeyScope = "CURRENCIES_WRITE"
	KeyCreditingRead     APIKeyScope = "CREDITING_READ"
	KeyExceptionsRead    APIKeyScope = "EXCEPTIONS_READ"
	KeyCalculationsRead  APIKeyScope = "CALCULATIONS_READ"
	KeyDocumentsWrite    APIKeyScope = "DOCUMENTS_WRITE"
	KeySchemaRead        APIKeyScope = "SCHEMA_READ"
	KeyExport            APIKeyScope = "EXPORT"
)

// APIKey lets a partner's program in, without its secret.
type APIKey struct {
	ID         ID
	Name       string
	Scopes     []APIKeyScope
	PositionID *ID      // the key sees this position and what is below it; nil: all rows
	ProductID  *ID      // the key sees what was sold of this product and what is below it; nil: of all
	Networks   []string // CIDRs from which it may be used; none: from anywhere
	ExpiresAt  time.Time
	CreatedBy  ID // the user, whose rights bound the key's
	CreatedAt  time.Time
	RotatedAt  *time.Time
	RevokedAt  *time.Time
	// ApplicationID is whose documents the key may send where they must be
	// trusted; nil: any application's.
	ApplicationID *ID
	Documents     DocumentMode
	Version       int
}

// APIKeyUse is when a key was used last, to the minute.
type APIKeyUse struct{ At time.Time }

// APIKeySecret is the SHA-256 of a key's text, and when it ends where another
// has taken its place.
type APIKeySecret struct {
	Hash   []byte
	EndsAt *time.Time
}

// APIKeyWhere filters API keys; all conditions given must hold.
type APIKeyWhere struct {
	And, Or   []*APIKeyWhere
	Not       *APIKeyWhere
	ID        *IDFilter
	Name      *StringFilter
	Revoked   *bool
	ExpiresAt *DateTimeFilter
	CreatedAt *DateTimeFilter
}
