package service

import (
	"context"

	"spm/model"
	"spm/store"
)

// treeDraft is a product or account that is being added.
type treeDraft struct {
	path  string
	given TreeNodeInput
	node  *model.TreeNode
}

func draftNode(errs *model.UserErrors, path string, id model.ID, given TreeNodeInput) *treeDraft {
	checkText(errs, path+".name", given.Name, maxName)
	return &treeDraft{path: path, given: given, node: &model.TreeNode{
		ID: id, ExternalID: given.ExternalID, Name: given.Name,
		Aliases: checkAliases(errs, path+".aliases", given.Aliases),
		Slices: []model.TreeSlice{{
			Days:       checkDays(errs, path+".startDate", given.StartDate, nil),
			Attributes: checkAttributes(errs, path+".attributes", given.Attributes),
		}},
	}}
}

// addTreeNodes checks the drafts against what is there and each other, writes
// them, and marks what they can alter.
func addTreeNodes(ctx context.Context, tx *store.Tx, errs *model.UserErrors, kind model.Kind, drafts []*treeDraft) error {
	if err := tx.LockSetup(ctx); err != nil {
		return err
	}
	var texts, wanted []string
	for _, d := range drafts {
		texts = append(texts, d.node.Spellings()...)
		if d.given.ParentExternalID != nil {
			wanted = append(wanted, *d.given.ParentExternalID)
		}
	}
	there, err := speltLike(ctx, tx, kind, append(wanted, texts...))
	if err != nil {
		return err
	}
	checkSpellings(errs, there, drafts)
	if err := resolveParents(ctx, tx, errs, kind, there, drafts); err != nil {
		return err
	}
	refuseDraftLoops(errs, drafts)
	if err := errs.OrNil(); err != nil {
		return err
	}
	externalIDs := make([]string, len(drafts))
	for i, d := range drafts {
		if _, err := tx.SaveTreeNode(ctx, d.node); err != nil {
			return err
		}
		externalIDs[i] = d.node.ExternalID
	}
	if err := markNamed(ctx, tx, externalIDs); err != nil {
		return err
	}
	return markSpelt(ctx, tx, kind, model.Always, texts)
}

// checkSpellings adds each draft to the spellings that are there, where it
// fits.
func checkSpellings(errs *model.UserErrors, there *spellings, drafts []*treeDraft) {
	mine := map[string]bool{}
	for _, d := range drafts {
		if mine[d.node.ExternalID] {
			errs.Add(model.UserDuplicateInput, d.path+".externalId", "the external id stands twice")
			continue
		}
		mine[d.node.ExternalID] = true
		there.checkExternalID(errs, d.path+".externalId", d.node.ExternalID, d.node)
		there.checkName(errs, d.path+".name", d.node.Name, d.node)
		for i, alias := range d.node.Aliases {
			there.checkAlias(errs, indexed(d.path+".aliases", i), alias, d.node)
		}
		there.add(d.node)
	}
}

// resolveParents finds what the drafts name as parents, drafts included.
func resolveParents(ctx context.Context, tx *store.Tx, errs *model.UserErrors, kind model.Kind, there *spellings, drafts []*treeDraft) error {
	var wanted []model.ID
	for _, d := range drafts {
		wanted = append(wanted, ids(d.given.ParentID)...)
	}
	found, err := tx.TreeNodesByID(ctx, tx.Scope(), kind, wanted)
	if err != nil {
		return err
	}
	for _, d := range drafts {
		slice := &d.node.Slices[0]
		needed(errs, d.path+".parentId", d.given.ParentID, found)
		slice.ParentID = d.given.ParentID
		if d.given.ParentExternalID == nil {
			continue
		}
		parent := there.external[*d.given.ParentExternalID]
		switch {
		case d.given.ParentID != nil:
			errs.Add(model.UserInvalid, d.path+".parentExternalId", "give parentId or parentExternalId, not both")
		case parent == nil:
			errs.Add(model.UserNotFound, d.path+".parentExternalId", "no %s has this external id", kind)
		default:
			slice.ParentID = &parent.ID
		}
	}
	return nil
}

// refuseDraftLoops refuses drafts that are above themselves; only other drafts
// can be above them that way.
func refuseDraftLoops(errs *model.UserErrors, drafts []*treeDraft) {
	byID := map[model.ID]*model.TreeNode{}
	for _, d := range drafts {
		byID[d.node.ID] = d.node
	}
	for _, d := range drafts {
		if treeLoops(byID, d.node) {
			errs.Add(model.UserCycle, d.path+".parentExternalId", "it would be above itself")
		}
	}
}
