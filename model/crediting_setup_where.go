package model

// TransactionKindWhere filters transaction kinds.
type TransactionKindWhere struct {
	ID    *IDFilter
	Key   *StringFilter
	Roles []KindRole
}

// CreditTypeWhere filters credit types.
type CreditTypeWhere struct {
	ID  *IDFilter
	Key *StringFilter
}
