package service

import (
	"context"
	"slices"
	"strings"

	"spm/model"
	"spm/store"
)

// maxAliases is how many aliases a product or account has at most.
const maxAliases = 250

// spellings says which nodes of a tree a transaction may mean by a spelling.
type spellings struct {
	noun     string
	external map[string]*model.TreeNode
	named    map[string][]*model.TreeNode
	alias    map[string]*model.TreeNode
}

// speltLike reads who in the tree has any of the texts as external id, name or
// alias.
func speltLike(ctx context.Context, tx *store.Tx, kind model.Kind, texts []string) (*spellings, error) {
	found, err := tx.TreeNodesSpelt(ctx, tx.Scope(), kind, texts)
	if err != nil {
		return nil, err
	}
	s := &spellings{
		noun: string(kind), external: map[string]*model.TreeNode{},
		named: map[string][]*model.TreeNode{}, alias: map[string]*model.TreeNode{},
	}
	for _, n := range found {
		s.add(n)
	}
	return s, nil
}

func (s *spellings) add(n *model.TreeNode) {
	s.external[n.ExternalID] = n
	s.named[n.Name] = append(s.named[n.Name], n)
	for _, alias := range n.Aliases {
		s.alias[alias] = n
	}
}

// checkExternalID refuses an external id that means another node already.
func (s *spellings) checkExternalID(errs *model.UserErrors, path, text string, self *model.TreeNode) {
	if other := s.external[text]; other != nil && other.ID != self.ID {
		errs.Add(model.UserTaken, path, "another %s has this external id", s.noun)
	} else if other := s.alias[text]; other != nil && other.ID != self.ID {
		errs.Add(model.UserTaken, path, "this is an alias of %s %q", s.noun, other.ExternalID)
	}
}

// checkName refuses a name that would take another node's alias from it.
func (s *spellings) checkName(errs *model.UserErrors, path, text string, self *model.TreeNode) {
	if other := s.alias[text]; other != nil && other.ID != self.ID {
		errs.Add(model.UserTaken, path, "this is an alias of %s %q", s.noun, other.ExternalID)
	}
}

// checkAlias refuses a spelling that means another node already, or would mean
// it before this one.
func (s *spellings) checkAlias(errs *model.UserErrors, path, text string, self *model.TreeNode) {
	if other := s.external[text]; other != nil && other.ID != self.ID {
		errs.Add(model.UserTaken, path, "another %s has this as its external id", s.noun)
		return
	}
	others := s.named[text]
	if i := slices.IndexFunc(others, func(n *model.TreeNode) bool { return n.ID != self.ID }); i >= 0 {
		errs.Add(model.UserTaken, path, "this is the name of %s %q", s.noun, others[i].ExternalID)
		return
	}
	if other := s.alias[text]; other != nil && other.ID != self.ID {
		errs.Add(model.UserTaken, path, "this is an alias of %s %q", s.noun, other.ExternalID)
	}
}

func checkAliases(errs *model.UserErrors, path string, given []string) []string {
	if len(given) > maxAliases {
		errs.Add(model.UserTooMany, path, "at most %d aliases", maxAliases)
		return nil
	}
	for i, alias := range given {
		at := indexed(path, i)
		checkText(errs, at, alias, maxName)
		if slices.Contains(given[:i], alias) {
			errs.Add(model.UserDuplicateInput, at, "the alias stands twice")
		}
	}
	return given
}

// treeLoops tells whether the node is above itself on some day. byID holds its
// ancestors.
func treeLoops(byID map[model.ID]*model.TreeNode, node *model.TreeNode) bool {
	var up func(*model.TreeNode, model.Interval, int) bool
	up = func(at *model.TreeNode, days model.Interval, depth int) bool {
		if at == nil || depth > len(byID)+1 {
			return false
		}
		for _, slice := range at.Slices {
			span := slice.Days.Intersect(days)
			if slice.ParentID == nil || span.Empty() {
				continue
			}
			if *slice.ParentID == node.ID || up(byID[*slice.ParentID], span, depth+1) {
				return true
			}
		}
		return false
	}
	return up(node, model.Always, 0)
}

// ancestors reads whatever stands above the node on any day.
func ancestors(ctx context.Context, tx *store.Tx, node *model.TreeNode) (map[model.ID]*model.TreeNode, error) {
	byID := map[model.ID]*model.TreeNode{}
	level := []*model.TreeNode{node}
	for len(level) > 0 {
		var wanted []model.ID
		for _, n := range level {
			for _, slice := range n.Slices {
				if id := slice.ParentID; id != nil && *id != node.ID && byID[*id] == nil {
					wanted = append(wanted, *id)
				}
			}
		}
		found, err := tx.TreeNodesByID(ctx, tx.Scope(), node.ID.Kind, wanted)
		if err != nil {
			return nil, err
		}
		level = level[:0]
		for id, n := range found {
			byID[id] = n
			level = append(level, n)
		}
	}
	return byID, nil
}

// descendants reads whatever stands below the node on any day.
func descendants(ctx context.Context, tx *store.Tx, id model.ID) ([]*model.TreeNode, error) {
	var all []*model.TreeNode
	seen := map[model.ID]bool{id: true}
	level := []model.ID{id}
	for len(level) > 0 {
		found, err := tx.TreeNodesUnder(ctx, tx.Scope(), id.Kind, level)
		if err != nil {
			return nil, err
		}
		level = nil
		for _, n := range found {
			if !seen[n.ID] {
				seen[n.ID] = true
				all, level = append(all, n), append(level, n.ID)
			}
		}
	}
	return all, nil
}

// markSpelt marks what a change of the tree can alter: the transactions that
// carry one of the spellings, and all earnings from the first day on, whose
// measures may read the tree.
func markSpelt(ctx context.Context, tx *store.Tx, kind model.Kind, days model.Interval, texts []string) error {
	slices.Sort(texts)
	what := store.Recredit{Days: days}
	if texts = slices.Compact(texts); kind == model.KindProduct {
		what.Products = texts
	} else {
		what.Accounts = texts
	}
	if err := tx.MarkRecredit(ctx, what); err != nil {
		return err
	}
	return tx.MarkDirty(ctx, store.Dirty{Days: days})
}

// markNamed marks all transactions where a crediting rule speaks of an external
// id that no node had before: its condition was an error, and is none now.
func markNamed(ctx context.Context, tx *store.Tx, externalIDs []string) error {
	named, err := tx.RulesName(ctx, externalIDs)
	if err != nil {
		return err
	}
	// Within an expression these are written with escapes, so look no closer.
	escaped := slices.ContainsFunc(externalIDs, func(id string) bool { return strings.ContainsAny(id, "\"'`\\") })
	if !named && !escaped {
		return nil
	}
	return tx.MarkRecredit(ctx, store.Recredit{Days: model.Always, All: true})
}
