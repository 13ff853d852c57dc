package resolver

import (
	"container/list"
	"context"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// DefaultDocumentCacheBytes is the default bound of a DocumentCache.
const DefaultDocumentCacheBytes = 16 << 20

// DocumentCache keeps parsed and validated documents, the least recently used
// leaving first, bounded by the memory that they take. It is safe for
// concurrent use; the documents in it are only read.
type DocumentCache struct {
	partition func(context.Context) string

	mu     sync.Mutex
	left   int
	recent *list.List // of *cachedDocument, most recent first
	byKey  map[documentKey]*list.Element
}

type documentKey struct{ partition, query string }

type cachedDocument struct {
	key      documentKey
	document *ast.QueryDocument
	bytes    int
}

var _ graphql.Cache[*ast.QueryDocument] = (*DocumentCache)(nil)

// NewDocumentCache makes a cache of at most so many bytes. The partition, such
// as the tenant, keeps callers from learning by timing what others ask; one
// cache for all if nil.
func NewDocumentCache(bytes int, partition func(context.Context) string) *DocumentCache {
	if partition == nil {
		partition = func(context.Context) string { return "" }
	}
	return &DocumentCache{partition: partition, left: bytes, recent: list.New(), byKey: map[documentKey]*list.Element{}}
}

// Get gives the document of a query, if it is there.
func (c *DocumentCache) Get(ctx context.Context, query string) (*ast.QueryDocument, bool) {
	key := documentKey{c.partition(ctx), query}
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.byKey[key]
	if element == nil {
		return nil, false
	}
	c.recent.MoveToFront(element)
	return element.Value.(*cachedDocument).document, true
}

// Add keeps a document and drops as many old ones as its memory needs.
func (c *DocumentCache) Add(ctx context.Context, query string, document *ast.QueryDocument) {
	added := &cachedDocument{key: documentKey{c.partition(ctx), query}, document: document, bytes: weigh(query, document)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.byKey[added.key]; element != nil {
		c.drop(element)
	}
	c.byKey[added.key] = c.recent.PushFront(added)
	c.left -= added.bytes
	for c.left < 0 {
		c.drop(c.recent.Back())
	}
}

// Len is the number of documents held.
func (c *DocumentCache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.byKey)
}

func (c *DocumentCache) drop(element *list.Element) {
	dropped := c.recent.Remove(element).(*cachedDocument)
	delete(c.byKey, dropped.key)
	c.left += dropped.bytes
}

// The memory of a node of a document with its position, generously, and of an
// entry of the cache.
const (
	nodeBytes  = 400
	entryBytes = 1000
)

// weigh estimates the memory that a document takes.
func weigh(query string, document *ast.QueryDocument) int {
	nodes := 0
	for _, operation := range document.Operations {
		nodes += 2 + nodesOf(operation.SelectionSet) + nodesOfDirectives(operation.Directives)
		for _, variable := range operation.VariableDefinitions {
			nodes += 2 + nodesOfValue(variable.DefaultValue) + nodesOfDirectives(variable.Directives)
		}
	}
	for _, fragment := range document.Fragments {
		nodes += 2 + nodesOf(fragment.SelectionSet) + nodesOfDirectives(fragment.Directives)
	}
	return entryBytes + 2*len(query) + nodes*nodeBytes
}

func nodesOf(selections ast.SelectionSet) int {
	nodes := len(selections)
	for _, selection := range selections {
		switch s := selection.(type) {
		case *ast.Field:
			nodes += nodesOfArguments(s.Arguments) + nodesOfDirectives(s.Directives) + nodesOf(s.SelectionSet)
		case *ast.InlineFragment:
			nodes += nodesOfDirectives(s.Directives) + nodesOf(s.SelectionSet)
		case *ast.FragmentSpread:
			nodes += nodesOfDirectives(s.Directives)
		}
	}
	return nodes
}

func nodesOfArguments(arguments ast.ArgumentList) int {
	nodes := len(arguments)
	for _, argument := range arguments {
		nodes += nodesOfValue(argument.Value)
	}
	return nodes
}

func nodesOfDirectives(directives ast.DirectiveList) int {
	nodes := len(directives)
	for _, directive := range directives {
		nodes += nodesOfArguments(directive.Arguments)
	}
	return nodes
}

func nodesOfValue(value *ast.Value) int {
	if value == nil {
		return 0
	}
	nodes := 1
	for _, child := range value.Children {
		nodes += 1 + nodesOfValue(child.Value)
	}
	return nodes
}
