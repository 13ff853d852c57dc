package calc

import (
	"cmp"
	"fmt"
	"slices"

	"spm/model"
)

// Catalogue is an index of one dated tree: the tenant's products, or its
// accounts. It finds a node by what a source system wrote, and answers where
// the node stood on a day. It is immutable and safe for concurrent use. A nil
// Catalogue is an empty one.
type Catalogue struct {
	nodes      map[model.ID]*catalogueNode
	byExternal map[string]*catalogueNode
	byName     map[string]*catalogueNode // nil value: several nodes share it
	byAlias    map[string]*catalogueNode
}

type catalogueNode struct {
	id         model.ID
	externalID string
	name       string
	aliases    []string
	slices     []treeSlice // ordered by From
}

// treeSlice is a model.TreeSlice with its parent resolved.
type treeSlice struct {
	days       model.Interval
	parent     *catalogueNode // nil: none, or none that is known
	attributes []model.Attribute
}

// NewProductCatalogue indexes products. Two products with one id or external
// id are an error.
func NewProductCatalogue(products []model.Product) (*Catalogue, error) {
	nodes, slices := make([]catalogueNode, len(products)), make([][]model.TreeSlice, len(products))
	for i, p := range products {
		nodes[i] = catalogueNode{id: p.ID, externalID: p.ExternalID, name: p.Name, aliases: p.Aliases}
		slices[i] = p.Slices
	}
	return newCatalogue("product", nodes, slices)
}

// NewAccountCatalogue indexes accounts. Two accounts with one id or external
// id are an error.
func NewAccountCatalogue(accounts []model.Account) (*Catalogue, error) {
	nodes, slices := make([]catalogueNode, len(accounts)), make([][]model.TreeSlice, len(accounts))
	for i, a := range accounts {
		nodes[i] = catalogueNode{id: a.ID, externalID: a.ExternalID, name: a.Name, aliases: a.Aliases}
		slices[i] = a.Slices
	}
	return newCatalogue("account", nodes, slices)
}

func newCatalogue(noun string, nodes []catalogueNode, dated [][]model.TreeSlice) (*Catalogue, error) {
	c := &Catalogue{
		nodes:      make(map[model.ID]*catalogueNode, len(nodes)),
		byExternal: make(map[string]*catalogueNode, len(nodes)),
		byName:     make(map[string]*catalogueNode, len(nodes)),
		byAlias:    map[string]*catalogueNode{},
	}
	for i := range nodes {
		n := &nodes[i]
		if c.nodes[n.id] != nil {
			return nil, fmt.Errorf("two %ss have the id %s", noun, n.id)
		}
		if c.byExternal[n.externalID] != nil {
			return nil, fmt.Errorf("two %ss have the external id %q", noun, n.externalID)
		}
		c.nodes[n.id], c.byExternal[n.externalID] = n, n
		enter(c.byName, n.name, n)
		for _, alias := range n.aliases {
			enter(c.byAlias, alias, n)
		}
	}
	for i := range nodes {
		nodes[i].slices = c.resolveSlices(dated[i])
	}
	return c, nil
}

func (c *Catalogue) resolveSlices(dated []model.TreeSlice) []treeSlice {
	out := make([]treeSlice, len(dated))
	for i, d := range dated {
		out[i] = treeSlice{days: d.Days, attributes: d.Attributes}
		if d.ParentID != nil {
			out[i].parent = c.nodes[*d.ParentID]
		}
	}
	slices.SortFunc(out, func(a, b treeSlice) int { return cmp.Compare(a.days.From, b.days.From) })
	return out
}

// enter notes that a spelling means the node, or nothing where it already
// means another.
func enter(index map[string]*catalogueNode, spelling string, n *catalogueNode) {
	if other, taken := index[spelling]; taken && other != n {
		index[spelling] = nil
		return
	}
	index[spelling] = n
}

// Resolve gives the external id of the node that a spelling means: the node
// with that external id, else the only one with that name, else the only one
// with that alias. Letters, case and spaces must match exactly. A name that
// several share means none of them, until an alias says which.
func (c *Catalogue) Resolve(spelling string) (externalID string, found bool) {
	if n := c.resolve(spelling); n != nil {
		return n.externalID, true
	}
	return "", false
}

func (c *Catalogue) resolve(spelling string) *catalogueNode {
	if c == nil || spelling == "" {
		return nil
	}
	if n := c.byExternal[spelling]; n != nil {
		return n
	}
	if n := c.byName[spelling]; n != nil {
		return n
	}
	return c.byAlias[spelling]
}

// within tells whether the node is the ancestor or stood below it on the day.
// A cycle in the tree ends the search.
func (c *Catalogue) within(n, ancestor *catalogueNode, day model.Date) bool {
	for steps := 0; n != nil && steps <= len(c.nodes); steps++ {
		if n == ancestor {
			return true
		}
		slice := n.on(day)
		if slice == nil {
			return false
		}
		n = slice.parent
	}
	return false
}

// attribute gives the node's attribute as of the day, "" where it has none.
func (n *catalogueNode) attribute(name string, day model.Date) string {
	if n == nil {
		return ""
	}
	if slice := n.on(day); slice != nil {
		return attributeOf(slice.attributes, name)
	}
	return ""
}

// on gives where the node stood on the day, nil where nothing is known of it.
func (n *catalogueNode) on(day model.Date) *treeSlice {
	for i := range n.slices {
		if n.slices[i].days.Contains(day) {
			return &n.slices[i]
		}
	}
	return nil
}

// attributeOf gives the value of the attribute, "" where it is not there.
func attributeOf(attributes []model.Attribute, name string) string {
	for i := range attributes {
		if attributes[i].Name == name {
			return attributes[i].Value
		}
	}
	return ""
}

// external gives the node with the external id, nil where there is none.
func (c *Catalogue) external(externalID string) *catalogueNode {
	if c == nil {
		return nil
	}
	return c.byExternal[externalID]
}
