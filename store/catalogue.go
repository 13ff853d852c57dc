package store

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"spm/model"
)

// treeRow is a row of either dated tree: products and accounts are alike.
type treeRow struct {
	head
	ExternalID string                      `bun:"external_id"`
	Name       string                      `bun:"name"`
	Aliases    []string                    `bun:"aliases,array"`
	Slices     document[[]model.TreeSlice] `bun:"slices"`
}

// trees are the two trees as trees; products and accounts read the same rows
// as what they are.
var trees = map[model.Kind]*table[treeRow, model.TreeNode, *treeRow]{
	model.KindProduct: treeOf("product", model.KindProduct, itself, itself),
	model.KindAccount: treeOf("account", model.KindAccount, itself, itself),
}

func itself(n *model.TreeNode) *model.TreeNode { return n }

var (
	products = treeOf("product", model.KindProduct,
		func(n *model.TreeNode) *model.Product { return (*model.Product)(n) }, func(p *model.Product) *model.TreeNode { return (*model.TreeNode)(p) })
	accounts = treeOf("account", model.KindAccount,
		func(n *model.TreeNode) *model.Account { return (*model.Account)(n) }, func(a *model.Account) *model.TreeNode { return (*model.TreeNode)(a) })
)

func treeOf[M any](name string, kind model.Kind, as func(*model.TreeNode) *M, of func(*M) *model.TreeNode) *table[treeRow, M, *treeRow] {
	return &table[treeRow, M, *treeRow]{
		name: name, kind: kind, key: "external_id",
		order: []orderKey{{expr: "t.external_id", cast: "text"}},
		model: func(r *treeRow) *M {
			return as(&model.TreeNode{
				ID: model.UUIDs(kind, r.ID), ExternalID: r.ExternalID, Name: r.Name, Aliases: r.Aliases, Slices: r.Slices.V, Version: r.Version,
			})
		},
		row: func(m *M) (*treeRow, model.ID, int) {
			n := of(m)
			return &treeRow{ExternalID: n.ExternalID, Name: n.Name, Aliases: append([]string{}, n.Aliases...), Slices: document[[]model.TreeSlice]{n.Slices}}, n.ID, n.Version
		},
	}
}

// Products reads all products.
func (r reads) Products(ctx context.Context, scope model.Scope) ([]*model.Product, error) {
	return products.all(ctx, r, scope)
}

// ProductsByID reads products by id.
func (r reads) ProductsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Product, error) {
	return products.byIDs(ctx, r, scope, ids)
}

// ProductPage reads a page of products, by external id.
func (r reads) ProductPage(ctx context.Context, scope model.Scope, where *model.ProductWhere, page model.PageArgs) (*model.Connection[model.Product], error) {
	return products.page(ctx, r, scope, productList, where, page)
}

// Accounts reads all accounts.
func (r reads) Accounts(ctx context.Context, scope model.Scope) ([]*model.Account, error) {
	return accounts.all(ctx, r, scope)
}

// AccountsByID reads accounts by id.
func (r reads) AccountsByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.Account, error) {
	return accounts.byIDs(ctx, r, scope, ids)
}

// AccountPage reads a page of accounts, by external id.
func (r reads) AccountPage(ctx context.Context, scope model.Scope, where *model.AccountWhere, page model.PageArgs) (*model.Connection[model.Account], error) {
	return accounts.page(ctx, r, scope, accountList, where, page)
}

// TreeNodesByID reads nodes of the kind's tree by id.
func (r reads) TreeNodesByID(ctx context.Context, scope model.Scope, kind model.Kind, ids []model.ID) (map[model.ID]*model.TreeNode, error) {
	return trees[kind].byIDs(ctx, r, scope, ids)
}

// TreeNodesSpelt reads the nodes of the kind's tree that have any of the
// spellings as external id, name or alias, in one pass over the tree whatever
// plan the database has.
func (r reads) TreeNodesSpelt(ctx context.Context, scope model.Scope, kind model.Kind, spellings []string) ([]*model.TreeNode, error) {
	t := trees[kind]
	set, err := textSet(spellings)
	if err != nil {
		return nil, err
	}
	b := t.from(t.columns(), scope)
	b.add(" AND (jsonb_exists(?, t.external_id) OR jsonb_exists(?, t.name)", set, set)
	b.add(" OR t.aliases <> '{}' AND EXISTS (SELECT FROM unnest(t.aliases) a WHERE jsonb_exists(?, a))) ORDER BY t.external_id", set)
	return t.models(ctx, r, scope, b)
}

// TreeNodesUnder reads the nodes of the kind's tree that stand directly below
// any of the parents on any day.
func (r reads) TreeNodesUnder(ctx context.Context, scope model.Scope, kind model.Kind, parents []model.ID) ([]*model.TreeNode, error) {
	texts := make([]string, len(parents))
	for i, id := range parents {
		texts[i] = id.String()
	}
	set, err := textSet(texts)
	if err != nil {
		return nil, err
	}
	t := trees[kind]
	b := t.from(t.columns(), scope)
	b.add(" AND EXISTS (SELECT FROM jsonb_array_elements(t.slices) d WHERE jsonb_exists(?, d->>'parent')) ORDER BY t.external_id", set)
	return t.models(ctx, r, scope, b)
}

// textSet is a set of texts as the keys of an object, which the database looks
// up in logarithmic time; = ANY and && would try each.
func textSet(texts []string) (json.RawMessage, error) {
	set := make(map[string]bool, len(texts))
	for _, text := range texts {
		set[text] = true
	}
	return json.Marshal(set)
}

// SaveTreeNode writes the next version of a product or account and gives its
// number.
func (tx *Tx) SaveTreeNode(ctx context.Context, m *model.TreeNode) (int, error) {
	return trees[m.ID.Kind].save(ctx, tx, m)
}

// RulesName tells whether any crediting rule in force, on whatever days, has
// one of the texts in it.
func (tx *Tx) RulesName(ctx context.Context, texts []string) (bool, error) {
	b := &builder{}
	b.add("SELECT EXISTS (SELECT FROM crediting_rule t WHERE").inForce("t", tx.Scope())
	b.add(" AND EXISTS (SELECT FROM unnest(?::text[]) x WHERE position(x in t.content::text) > 0))", texts)
	var found bool
	err := tx.query(ctx, tx.Scope(), b.sql(), b.args, func(rows pgx.Rows) error { return rows.Scan(&found) })
	return found, err
}
