package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// TreeNodeInput is a product or account to add among others. Its parent is
// named by id or by external id.
type TreeNodeInput struct {
	ExternalID       string
	Name             string
	Aliases          []string
	StartDate        *model.Date
	ParentID         *model.ID
	ParentExternalID *string
	Attributes       []*AttributeInput
}

// CreateTreeNodeInput is a product or account to add.
type CreateTreeNodeInput struct {
	ExternalID       *string
	Name             string
	Aliases          []string
	StartDate        *model.Date
	ParentID         *model.ID
	Attributes       []*AttributeInput
	ClientMutationID *string
}

// TreeNodePayload is what changing a product or account did.
type TreeNodePayload struct {
	Outcome
	NodeID *model.ID
}

// TreeNodesPayload is what adding products or accounts did.
type TreeNodesPayload struct {
	Outcome
	NodeIDs []model.ID // as given
}

// Products and accounts are alike; the graph has a name for each.
type (
	ProductInput         = TreeNodeInput
	AccountInput         = TreeNodeInput
	CreateProductInput   = CreateTreeNodeInput
	CreateAccountInput   = CreateTreeNodeInput
	CreateProductPayload = TreeNodePayload
	CreateAccountPayload = TreeNodePayload
)

// CreateProductsInput is products to add.
type CreateProductsInput struct {
	Products         []*ProductInput // 1 to 250
	ClientMutationID *string
}

// CreateAccountsInput is accounts to add.
type CreateAccountsInput struct {
	Accounts         []*AccountInput // 1 to 250
	ClientMutationID *string
}

// CreateProductsPayload and CreateAccountsPayload tell of several.
type (
	CreateProductsPayload = TreeNodesPayload
	CreateAccountsPayload = TreeNodesPayload
)

// CreateProduct adds a product; transactions that name it are credited anew.
func (s *Service) CreateProduct(ctx context.Context, input CreateProductInput) (*CreateProductPayload, error) {
	return s.createTreeNode(ctx, "createProduct", model.KindProduct, input)
}

// CreateAccount adds an account; transactions that name it are credited anew.
func (s *Service) CreateAccount(ctx context.Context, input CreateAccountInput) (*CreateAccountPayload, error) {
	return s.createTreeNode(ctx, "createAccount", model.KindAccount, input)
}

// CreateProducts adds products, all or none.
func (s *Service) CreateProducts(ctx context.Context, input CreateProductsInput) (*CreateProductsPayload, error) {
	return s.createTreeNodes(ctx, "createProducts", model.KindProduct, input, "input.products", input.Products)
}

// CreateAccounts adds accounts, all or none.
func (s *Service) CreateAccounts(ctx context.Context, input CreateAccountsInput) (*CreateAccountsPayload, error) {
	return s.createTreeNodes(ctx, "createAccounts", model.KindAccount, input, "input.accounts", input.Accounts)
}

func (s *Service) createTreeNode(ctx context.Context, operation string, kind model.Kind, input CreateTreeNodeInput) (*TreeNodePayload, error) {
	return mutate(ctx, s, operation, input, func(tx *store.Tx, p *TreeNodePayload) error {
		id, err := newID(kind)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		one := TreeNodeInput{
			ExternalID: checkKey(ctx, &errs, "input.externalId", input.ExternalID, id), Name: input.Name, Aliases: input.Aliases,
			StartDate: input.StartDate, ParentID: input.ParentID, Attributes: input.Attributes,
		}
		err = addTreeNodes(ctx, tx, &errs, kind, []*treeDraft{draftNode(&errs, "input", id, one)})
		if err == nil {
			p.NodeID = &id
		}
		return err
	})
}

func (s *Service) createTreeNodes(ctx context.Context, operation string, kind model.Kind, input any, path string, given []*TreeNodeInput) (*TreeNodesPayload, error) {
	return mutate(ctx, s, operation, input, func(tx *store.Tx, p *TreeNodesPayload) error {
		var errs model.UserErrors
		if checkCount(&errs, path, len(given)); len(errs) > 0 {
			return errs
		}
		drafts := make([]*treeDraft, len(given))
		made := make([]model.ID, len(given))
		for i, one := range given {
			var err error
			if made[i], err = newID(kind); err != nil {
				return err
			}
			at := indexed(path, i)
			checkText(&errs, at+".externalId", one.ExternalID, maxKey)
			drafts[i] = draftNode(&errs, at, made[i], *one)
		}
		if err := addTreeNodes(ctx, tx, &errs, kind, drafts); err != nil {
			return err
		}
		p.NodeIDs = made
		return nil
	})
}
