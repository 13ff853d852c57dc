package model

import "context"

// Cursor is an opaque place in an ordered list: the values of the order keys
// of a row and a hash of the where and order they belong to.
type Cursor string

// PageArgs are a connection's paging arguments as given; nil means absent.
// Bounds are checked by store.Page.
type PageArgs struct {
	First  *int
	After  *Cursor
	Last   *int
	Before *Cursor
}

// The page sizes of every connection.
const (
	DefaultPage = 25
	MaxPage     = 250
)

// PageInfo tells where a page lies in its list, as Relay defines it.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *Cursor
	EndCursor       *Cursor
}

// Edge is a row of a connection with its cursor.
type Edge[T any] struct {
	Node   *T
	Cursor Cursor
}

// Connection is one page of a list. Its total is counted only when asked.
type Connection[T any] struct {
	Edges    []*Edge[T]
	PageInfo *PageInfo
	Count    func(context.Context) (int, error)
}

// Nodes gives the rows of the page without their cursors.
func (c *Connection[T]) Nodes() []*T {
	nodes := make([]*T, len(c.Edges))
	for i, e := range c.Edges {
		nodes[i] = e.Node
	}
	return nodes
}

// TotalCount counts the rows of the whole list that the caller may see.
func (c *Connection[T]) TotalCount(ctx context.Context) (int, error) { return c.Count(ctx) }

// Query is the graph's root of reads.
type Query struct{}

// Mutation is the graph's root of writes.
type Mutation struct{}

// Subscription is the root of what arrives by itself.
type Subscription struct{}
