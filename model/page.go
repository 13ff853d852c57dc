package model

import (
	"context"
	"time"
)

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

	// OrderBy is the caller's order, Offset how many rows it passes over, and
	// UpdatedSince keeps rows of which it may not have read the newest version.
	OrderBy      []*Order
	Offset       *int
	UpdatedSince *time.Time
	// Within gives the scope of what the caller may see of another noun of the
	// graph. A where that has it is a caller's, and bounded.
	Within func(ctx context.Context, noun string) (Scope, error)
	// Export is for callers who may ask for MaxExport rows at a time.
	Export bool
	// Parents asks for the page of each of several rows, given as Below.
	Parents *Parents
}

// Parents are the rows below which a list is read, by the list's field that
// names them.
type Parents struct {
	Field string
	IDs   []ID
}

// Below is the page of one parent, or why it has none.
type Below[T any] struct {
	Page *Connection[T]
	Err  error
}

// Most is how many rows a page may have.
func (a PageArgs) Most() int {
	if a.Export {
		return MaxExport
	}
	return MaxPage
}

// In gives the arguments with an order, an offset and an instant, nil where
// absent.
func (a PageArgs) In(orderBy []*Order, offset *int, updatedSince *time.Time) PageArgs {
	a.OrderBy, a.Offset, a.UpdatedSince = orderBy, offset, updatedSince
	return a
}

// The page sizes of every connection.
const (
	DefaultPage = 25
	MaxPage     = 250
	MaxExport   = 1000
	MaxOffset   = 10000
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
	// Below has the page of each parent where PageArgs has Parents, and nothing
	// else then.
	Below map[ID]Below[T]
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
