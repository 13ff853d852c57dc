package service

import (
	"context"
	"slices"

	"spm/model"
	"spm/store"
)

// AliasInput is a spelling to add to, or take away from, a product or account.
type AliasInput struct {
	ID               model.ID
	IfVersion        *int
	Alias            string
	ClientMutationID *string
}

// Products and accounts are alike; the graph has a name for each.
type (
	AddProductAliasInput      = AliasInput
	RemoveProductAliasInput   = AliasInput
	AddAccountAliasInput      = AliasInput
	RemoveAccountAliasInput   = AliasInput
	AddProductAliasPayload    = TreeNodePayload
	RemoveProductAliasPayload = TreeNodePayload
	AddAccountAliasPayload    = TreeNodePayload
	RemoveAccountAliasPayload = TreeNodePayload
)

// AddProductAlias adds a spelling of a product; transactions that carry it are
// credited anew. One that the product has already stays.
func (s *Service) AddProductAlias(ctx context.Context, input AddProductAliasInput) (*AddProductAliasPayload, error) {
	return s.changeAlias(ctx, "addProductAlias", model.KindProduct, input, addAlias)
}

// RemoveProductAlias takes a spelling of a product away; transactions that
// carry it are credited anew.
func (s *Service) RemoveProductAlias(ctx context.Context, input RemoveProductAliasInput) (*RemoveProductAliasPayload, error) {
	return s.changeAlias(ctx, "removeProductAlias", model.KindProduct, input, removeAlias)
}

// AddAccountAlias is AddProductAlias for an account.
func (s *Service) AddAccountAlias(ctx context.Context, input AddAccountAliasInput) (*AddAccountAliasPayload, error) {
	return s.changeAlias(ctx, "addAccountAlias", model.KindAccount, input, addAlias)
}

// RemoveAccountAlias is RemoveProductAlias for an account.
func (s *Service) RemoveAccountAlias(ctx context.Context, input RemoveAccountAliasInput) (*RemoveAccountAliasPayload, error) {
	return s.changeAlias(ctx, "removeAccountAlias", model.KindAccount, input, removeAlias)
}

// changeAlias changes the aliases of a node as change says, which adds to errs
// what is wrong.
func (s *Service) changeAlias(ctx context.Context, operation string, kind model.Kind, input AliasInput,
	change func(context.Context, *store.Tx, *model.UserErrors, *model.TreeNode, string) error,
) (*TreeNodePayload, error) {
	return mutate(ctx, s, operation, input, func(tx *store.Tx, p *TreeNodePayload) error {
		if err := tx.LockSetup(ctx); err != nil {
			return err
		}
		found, err := tx.TreeNodesByID(ctx, tx.Scope(), kind, ids(&input.ID))
		if err != nil {
			return err
		}
		var errs model.UserErrors
		node := needed(&errs, "input.id", &input.ID, found)
		if node == nil {
			return errs
		}
		p.NodeID = &input.ID
		had := len(node.Aliases)
		if err := change(ctx, tx, &errs, node, input.Alias); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		if input.IfVersion != nil && *input.IfVersion != node.Version {
			return model.Refuse(model.UserConflict, "input.ifVersion", "somebody else has changed it: read it again and repeat the change on its current version")
		}
		if len(node.Aliases) == had {
			return nil
		}
		if _, err := tx.SaveTreeNode(ctx, node); err != nil {
			return err
		}
		return markSpelt(ctx, tx, kind, model.Always, []string{input.Alias})
	})
}

func addAlias(ctx context.Context, tx *store.Tx, errs *model.UserErrors, node *model.TreeNode, alias string) error {
	if checkText(errs, "input.alias", alias, maxName); len(*errs) > 0 || slices.Contains(node.Aliases, alias) {
		return nil
	}
	if len(node.Aliases) >= maxAliases {
		errs.Add(model.UserTooMany, "input.alias", "at most %d aliases", maxAliases)
	}
	there, err := speltLike(ctx, tx, node.ID.Kind, []string{alias})
	if err != nil {
		return err
	}
	there.checkAlias(errs, "input.alias", alias, node)
	node.Aliases = append(node.Aliases, alias)
	return nil
}

func removeAlias(_ context.Context, _ *store.Tx, _ *model.UserErrors, node *model.TreeNode, alias string) error {
	node.Aliases = slices.DeleteFunc(node.Aliases, func(a string) bool { return a == alias })
	return nil
}
