package model

// TreeWhere filters the nodes of a dated tree; Alias looks at each alias.
type TreeWhere struct {
	And, Or    []*TreeWhere
	Not        *TreeWhere
	ID         *IDFilter
	ExternalID *StringFilter
	Name       *StringFilter
	Alias      *StringFilter
}

// ProductWhere and AccountWhere filter either tree.
type (
	ProductWhere = TreeWhere
	AccountWhere = TreeWhere
)
