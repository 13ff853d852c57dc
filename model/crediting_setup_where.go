package model

// TransactionKindWhere filters transaction kinds.
type TransactionKindWhere struct {
	And, Or []*TransactionKindWhere
	Not     *TransactionKindWhere
	ID      *IDFilter
	Key     *StringFilter
	Roles   []KindRole
	Name    *StringFilter
	Role    *KindRoleFilter
}

// CreditTypeWhere filters credit types.
type CreditTypeWhere struct {
	And, Or []*CreditTypeWhere
	Not     *CreditTypeWhere
	ID      *IDFilter
	Key     *StringFilter
	Name    *StringFilter
}
