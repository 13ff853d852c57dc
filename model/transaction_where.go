package model

// TransactionWhere filters transactions.
type TransactionWhere struct {
	ID         *IDFilter
	Source     *StringFilter
	ExternalID *StringFilter
	OrderID    *StringFilter
	Kind       *StringFilter // the key
	Product    *StringFilter
	Account    *StringFilter
	EventDate  *DateFilter
}

// CreditWhere filters credits.
type CreditWhere struct {
	ID            *IDFilter
	TransactionID *IDFilter
	PayeeID       *IDFilter
	PositionID    *IDFilter
	CreditTypeID  *IDFilter
	Kinds         []CreditKind
	Date          *DateFilter
}

// CreditingExceptionWhere filters crediting exceptions; Owned keeps those that
// have an owner, or those that have none.
type CreditingExceptionWhere struct {
	ID            *IDFilter
	TransactionID *IDFilter
	Codes         []ExceptionCode
	OwnerID       *IDFilter
	Owned         *bool
	CreditTypeID  *IDFilter
}

// CreditingRuleWhere filters crediting rules; On keeps those in force that day.
type CreditingRuleWhere struct {
	ID           *IDFilter
	Key          *StringFilter
	CreditTypeID *IDFilter
	CreditKinds  []CreditKind
	On           *Date
}
