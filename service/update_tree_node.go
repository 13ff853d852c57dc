package service

import (
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"spm/model"
	"spm/store"
)

// UpdateTreeNodeInput is a change of a product or account from a day on.
type UpdateTreeNodeInput struct {
	ID               model.ID
	IfVersion        int
	EffectiveFrom    *model.Date
	Name             graphql.Omittable[*string]           `json:",omitzero"`
	ParentID         graphql.Omittable[*model.ID]         `json:",omitzero"`
	Attributes       graphql.Omittable[[]*AttributeInput] `json:",omitzero"`
	ClientMutationID *string
}

// Products and accounts are alike; the graph has a name for each.
type (
	UpdateProductInput   = UpdateTreeNodeInput
	UpdateAccountInput   = UpdateTreeNodeInput
	UpdateProductPayload = TreeNodePayload
	UpdateAccountPayload = TreeNodePayload
)

// UpdateProduct changes a product from a day on. The transactions concerned
// are credited anew.
func (s *Service) UpdateProduct(ctx context.Context, input UpdateProductInput) (*UpdateProductPayload, error) {
	return s.updateTreeNode(ctx, "updateProduct", model.KindProduct, input)
}

// UpdateAccount changes an account from a day on. The transactions concerned
// are credited anew.
func (s *Service) UpdateAccount(ctx context.Context, input UpdateAccountInput) (*UpdateAccountPayload, error) {
	return s.updateTreeNode(ctx, "updateAccount", model.KindAccount, input)
}

func (s *Service) updateTreeNode(ctx context.Context, operation string, kind model.Kind, input UpdateTreeNodeInput) (*TreeNodePayload, error) {
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
		texts := node.Spellings()
		if err := renameNode(ctx, tx, &errs, node, input.Name); err != nil {
			return err
		}
		days := applyTreeNode(&errs, node, input)
		if err := checkNodeParent(ctx, tx, &errs, node, input); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		node.Version = input.IfVersion
		if _, err := tx.SaveTreeNode(ctx, node); err != nil {
			return err
		}
		return markNode(ctx, tx, node, input, days, texts)
	})
}

// renameNode sets the name that is given.
func renameNode(ctx context.Context, tx *store.Tx, errs *model.UserErrors, node *model.TreeNode, given graphql.Omittable[*string]) error {
	name, isGiven := given.ValueOK()
	if !isGiven {
		return nil
	}
	node.Name = checkNewName(errs, name)
	there, err := speltLike(ctx, tx, node.ID.Kind, []string{node.Name})
	if err == nil {
		there.checkName(errs, "input.name", node.Name, node)
	}
	return err
}

// applyTreeNode sets what is dated and gives the days on which anything of the
// node changes. Without anything dated the slices stay as they are.
func applyTreeNode(errs *model.UserErrors, node *model.TreeNode, input UpdateTreeNodeInput) model.Interval {
	if !input.ParentID.IsSet() && !input.Attributes.IsSet() {
		return model.Always
	}
	days := checkDays(errs, "input.effectiveFrom", input.EffectiveFrom, nil)
	node.Slices = replaceFrom(node.Slices, days.From, treeDays, func(s model.TreeSlice) model.TreeSlice {
		if parent, given := input.ParentID.ValueOK(); given {
			s.ParentID = parent
		}
		if attributes, given := input.Attributes.ValueOK(); given {
			s.Attributes = checkAttributes(errs, "input.attributes", attributes)
		}
		return s
	})
	if input.Name.IsSet() {
		return model.Always
	}
	return days
}

// checkNodeParent refuses a parent that is not there or is below the node.
func checkNodeParent(ctx context.Context, tx *store.Tx, errs *model.UserErrors, node *model.TreeNode, input UpdateTreeNodeInput) error {
	parent, _ := input.ParentID.ValueOK()
	if parent == nil {
		return nil
	}
	if *parent == node.ID {
		errs.Add(model.UserCycle, "input.parentId", "it would be above itself")
		return nil
	}
	above, err := ancestors(ctx, tx, node)
	if err != nil {
		return err
	}
	if needed(errs, "input.parentId", parent, above) != nil && treeLoops(above, node) {
		errs.Add(model.UserCycle, "input.parentId", "it would be above itself")
	}
	return nil
}

// markNode marks the transactions that name the node, by its old name too, and
// where it moved those that name what is below it.
func markNode(ctx context.Context, tx *store.Tx, node *model.TreeNode, input UpdateTreeNodeInput, days model.Interval, texts []string) error {
	texts = append(texts, node.Name)
	if input.ParentID.IsSet() {
		below, err := descendants(ctx, tx, node.ID)
		if err != nil {
			return err
		}
		for _, n := range below {
			texts = slices.Concat(texts, n.Spellings())
		}
	}
	return markSpelt(ctx, tx, node.ID.Kind, days, texts)
}
