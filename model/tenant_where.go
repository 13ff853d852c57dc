package model

// UserWhere filters users; Roles keeps those with any of them.
type UserWhere struct {
	And, Or []*UserWhere
	Not     *UserWhere
	ID      *IDFilter
	Subject *StringFilter
	PayeeID *IDFilter
	Roles   []Role
	Active  *bool
}
