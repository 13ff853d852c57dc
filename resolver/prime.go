package resolver

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
)

// primeCredits loads the credits that the rows of an answer cite, with their
// transactions, where the query asks for them at one of the paths: all at once.
// Rendering many rows takes longer than a loader gathers ids, so that one by one
// they would come in several statements.
func primeCredits(ctx context.Context, ids []model.ID, paths ...string) {
	if len(ids) == 0 || !graphql.AnyFieldRequested(ctx, paths...) {
		return
	}
	credits, err := several(ctx, from(ctx).credits, ids)
	if err != nil {
		return // whoever asks for one gets the error
	}
	below := make([]string, len(paths))
	for i, path := range paths {
		below[i] = path + ".transaction"
	}
	if graphql.AnyFieldRequested(ctx, below...) {
		transactions := make([]model.ID, len(credits))
		for i, c := range credits {
			transactions[i] = c.TransactionID
		}
		_, _ = several(ctx, from(ctx).transactions, transactions) // as above
	}
}

// primePage loads what the rows of a page of credits lead to, where the query asks
// for it, at once and side by side.
func primePage(ctx context.Context, page *model.Connection[model.Credit]) {
	var credits, transactions, payees []model.ID
	for _, edge := range page.Edges {
		credits, transactions = append(credits, edge.Node.ID), append(transactions, edge.Node.TransactionID)
		if edge.Node.PayeeID != nil {
			payees = append(payees, *edge.Node.PayeeID)
		}
	}
	l := from(ctx)
	begin(ctx, "transaction", l.transactions, transactions)
	begin(ctx, "commission", l.commissions, credits)
	begin(ctx, "payee", l.payees, payees)
}

// begin begins to load objects where the rows of a page are asked for the field
// that they stand in. Whoever asks for one waits for it, and gets the error.
func begin[M any](ctx context.Context, field string, n *noun[M], ids []model.ID) {
	if len(ids) == 0 || !graphql.AnyFieldRequested(ctx, "nodes."+field, "edges.node."+field) {
		return
	}
	for _, id := range ids {
		soon(ctx, n, id)
	}
}

// citedIn lists the credits that a tree cites.
func citedIn(n *model.ExplanationNode, into []model.ID) []model.ID {
	if n == nil {
		return into
	}
	if n.CreditID != nil {
		into = append(into, *n.CreditID)
	}
	for _, child := range n.Children {
		into = citedIn(child, into)
	}
	return into
}

// citedOn lists the credits that a page of lines cites.
func citedOn(page *model.Connection[model.EarningLine]) []model.ID {
	var out []model.ID
	for _, edge := range page.Edges {
		if edge.Node.CreditID != nil {
			out = append(out, *edge.Node.CreditID)
		}
	}
	return out
}
