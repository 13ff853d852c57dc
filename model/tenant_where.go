package model

// UserWhere filters users; Roles keeps those with any of them.
type UserWhere struct {
	ID      *IDFilter
	Subject *StringFilter
	PayeeID *IDFilter
	Roles   []Role
	Active  *bool
}
