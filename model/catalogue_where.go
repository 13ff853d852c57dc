package model

// TreeWhere filters the nodes of a dated tree; Alias looks at each alias.
type TreeWhere struct {
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
