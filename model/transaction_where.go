package model

// TransactionWhere filters transactions.
type TransactionWhere struct {
	And, Or      []*TransactionWhere
	Not          *TransactionWhere
	ID           *IDFilter
	Source       *StringFilter
	ExternalID   *StringFilter
	OrderID      *StringFilter
	Kind         *StringFilter // the key
	Product      *StringFilter
	Account      *StringFilter
	EventDate    *DateFilter
	BookedDate   *DateFilter
	InvoicedDate *DateFilter
	PaidDate     *DateFilter
	GoLiveDate   *DateFilter
	Amount       *DecimalFilter
	Currency     *CurrencyFilter
	Quantity     *DecimalFilter
	Credits      *Many[CreditWhere]
}

// CreditWhere filters credits.
type CreditWhere struct {
	And, Or       []*CreditWhere
	Not           *CreditWhere
	ID            *IDFilter
	TransactionID *IDFilter
	PayeeID       *IDFilter
	PositionID    *IDFilter
	CreditTypeID  *IDFilter
	Kinds         []CreditKind
	Date          *DateFilter
	PeriodID      *ID
	Kind          *CreditKindFilter
	Amount        *DecimalFilter
	Currency      *CurrencyFilter
	Quantity      *DecimalFilter
	Level         *IntFilter
	Transaction   *One[TransactionWhere]
	Payee         *One[PayeeWhere]
	Position      *One[PositionWhere]
	CreditType    *One[CreditTypeWhere]
}

// CreditingExceptionWhere filters crediting exceptions; Owned keeps those that
// have an owner, or those that have none.
type CreditingExceptionWhere struct {
	And, Or       []*CreditingExceptionWhere
	Not           *CreditingExceptionWhere
	ID            *IDFilter
	TransactionID *IDFilter
	Codes         []ExceptionCode
	OwnerID       *IDFilter
	Owned         *bool
	CreditTypeID  *IDFilter
	Code          *ExceptionCodeFilter
	Since         *DateTimeFilter
	Transaction   *One[TransactionWhere]
}

// CreditingRuleWhere filters crediting rules; On keeps those in force that day.
type CreditingRuleWhere struct {
	And, Or      []*CreditingRuleWhere
	Not          *CreditingRuleWhere
	ID           *IDFilter
	Key          *StringFilter
	CreditTypeID *IDFilter
	CreditKinds  []CreditKind
	On           *Date
	Name         *StringFilter
	StartDate    *DateFilter
}
