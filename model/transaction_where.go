package model

// TransactionWhere filters transactions.
type TransactionWhere struct {
	ID         *IDFilter
	Source     *StringFilter
	ExternalID *StringFilter
	OrderID    *StringFilter
	Kind       *StringFilter
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
	Kind          []CreditKind
	Date          *DateFilter
}

// CreditingExceptionWhere filters crediting exceptions. EveryType keeps those
// that concern every credit type, or those that concern one.
type CreditingExceptionWhere struct {
	ID            *IDFilter
	TransactionID *IDFilter
	Code          []ExceptionCode
	OwnerID       *IDFilter
	Owned         *bool
	CreditTypeID  *IDFilter
}

// CreditingRuleWhere filters crediting rules; On keeps those in force that day.
type CreditingRuleWhere struct {
	ID           *IDFilter
	Key          *StringFilter
	CreditTypeID *IDFilter
	CreditKind   []CreditKind
	On           *Date
}
