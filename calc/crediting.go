package calc

import (
	"spm/model"
)

// CreditingSetup is what crediting goes by, whole: every row in force of the
// tenant, dated slices included. The order of the slices does not matter.
type CreditingSetup struct {
	Kinds       []model.TransactionKind
	CreditTypes []model.CreditType
	Rules       []model.CreditingRule
	Titles      []model.Title
	Positions   []model.Position
	Payees      []model.Payee
	Seats       []model.PositionAssignment
	Products    []model.Product
	Accounts    []model.Account
}

// Case is one transaction to be credited, with what else its credits depend
// on.
type Case struct {
	Transaction model.Transaction

	// Original is the sale in force that a REVERSES link of the transaction
	// points at (same source, its external id); nil where there is none.
	Original *model.Transaction

	// OriginalOutcome is what the original is credited as now, by the same
	// Crediter. Where it is nil the original is credited without a case of
	// its own: no resolutions, no original.
	OriginalOutcome *Outcome

	// Resolutions are those in force of this transaction. Should two be of
	// one credit type (or of none) the last counts.
	Resolutions []model.ExceptionResolution
}

// Outcome is what a transaction is credited as. The ids of credits and
// exceptions are left zero.
//
// Credits are ordered by the key of their type, then kind (DIRECT, ROLLUP,
// OVERLAY), external id of the position, external id of the position they come
// via, level, and priority and key of their rule. Exceptions by the key of
// their type (those of every type first), then code. There is at most one
// exception per type and code, and one DIRECT credit per type and position.
type Outcome struct {
	Credits    []model.Credit
	Exceptions []model.CreditingException
}

// Credit says what a transaction is credited as. The outcome depends on
// nothing but the set-up and the case.
func (c *Crediter) Credit(cs Case) Outcome {
	return Outcome{}
}
