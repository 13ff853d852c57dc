package model

// Violation is a law that the data breaks, and where.
type Violation struct {
	Law    string
	Detail string
}
