package service

import (
	"context"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
	"spm/store"
)

// CreateRateTableInput is a rate table to add, with its first version.
type CreateRateTableInput struct {
	Key              string
	Name             string
	Version          RateTableVersionInput
	ClientMutationID *string
}

// RateTableVersionInput is what a rate table is to say from a day on.
type RateTableVersionInput struct {
	StartDate  *model.Date
	Dimension  *model.DimensionOf
	Dimensions []*TableDimensionInput
	Precedence *model.Precedence
	Lookup     *model.Lookup
	Expression *string
	CellKind   *model.CellKind
	Bounds     *model.BoundsRule
	Gaps       *bool
	Default    *decimal.Decimal
	Rows       []*RateRowInput
}

// TableDimensionInput is a dimension of a matrix as given.
type TableDimensionInput struct {
	Name       string
	Expression string
	Match      *model.Match
	Tree       *model.TableTree
}

// RowKeyInput is what a row of a matrix wants of one dimension.
type RowKeyInput = model.RowKey

// RateRowInput is a row of a rate table as given.
type RateRowInput struct {
	From *decimal.Decimal
	To   *decimal.Decimal
	Keys []*RowKeyInput
	Cell decimal.Decimal
}

// CreateRateTablePayload is what adding a rate table did.
type CreateRateTablePayload struct {
	Outcome
	RateTableID *model.ID
}

// CreateRateTable adds a rate table.
func (s *Service) CreateRateTable(ctx context.Context, input CreateRateTableInput) (*CreateRateTablePayload, error) {
	return mutate(ctx, s, "createRateTable", input, func(tx *store.Tx, p *CreateRateTablePayload) error {
		id, err := newID(model.KindRateTable)
		if err != nil {
			return err
		}
		var errs model.UserErrors
		checkText(&errs, "input.key", input.Key, maxKey)
		checkText(&errs, "input.name", input.Name, maxName)
		first := checkRateTable(&errs, "input.version", input.Version)
		if err := checkTrees(ctx, tx, tx.Scope(), &errs, "input.version", &first); err != nil {
			return err
		}
		if err := errs.OrNil(); err != nil {
			return err
		}
		table := &model.RateTable{ID: id, Key: input.Key, Name: input.Name, Versions: []model.RateTableVersion{first}}
		if _, err := tx.SaveRateTable(ctx, table); err != nil {
			return err
		}
		p.RateTableID = &id
		users, err := versionsLookingUp(ctx, tx, table) // a formula may have named it already
		if err != nil {
			return err
		}
		return markTableUsers(ctx, tx, users, first.Days)
	})
}

// checkRateTable makes a version of a rate table, in force from its first day on,
// with its defaults filled in.
func checkRateTable(errs *model.UserErrors, path string, given RateTableVersionInput) model.RateTableVersion {
	v := model.RateTableVersion{
		Days:      checkDays(errs, path+".startDate", given.StartDate, nil),
		Dimension: or(given.Dimension, ""), Expression: or(given.Expression, ""),
		CellKind: or(given.CellKind, model.CellRate), Bounds: or(given.Bounds, model.LowerInclusive),
		Gaps: or(given.Gaps, false), Default: or(given.Default, decimal.Zero),
		Precedence: or(given.Precedence, ""), Lookup: or(given.Lookup, ""),
		Rows: make([]model.RateRow, len(given.Rows)),
	}
	for i, d := range given.Dimensions {
		checkText(errs, fmt.Sprintf("%s.dimensions.%d.name", path, i), d.Name, maxName)
		v.Dimensions = append(v.Dimensions, model.TableDimension{Name: d.Name, Expression: d.Expression, Match: or(d.Match, model.MatchRange), Tree: or(d.Tree, "")})
	}
	for i, row := range given.Rows {
		v.Rows[i] = model.RateRow{From: row.From, To: row.To, Cell: row.Cell}
		for _, key := range row.Keys {
			v.Rows[i].Keys = append(v.Rows[i].Keys, *key)
		}
	}
	switch {
	case v.Matrix() && v.Dimension != "":
		errs.Add(model.UserInvalid, path+".dimension", "give either dimension or dimensions")
	case !v.Matrix() && v.Dimension == "":
		errs.Add(model.UserRequired, path+".dimension", "give dimension or dimensions")
	}
	switch {
	case v.Dimension == model.ByExpression:
		calc.ValidateExpression(errs, path+".expression", calc.WindowEnv, v.Expression, calc.ResultNumber)
	case v.Expression != "":
		errs.Add(model.UserInvalid, path+".expression", "only a look-up by EXPRESSION has use for it")
	}
	if v.Precedence != "" && !v.Matrix() {
		errs.Add(model.UserInvalid, path+".precedence", "only a table with dimensions has use for it")
	}
	*errs = append(*errs, calc.ValidateRateTable(path+".rows", v)...)
	return v
}

// treeReads is the read of products and accounts by their external ids.
type treeReads interface {
	TreeNodesSpelt(ctx context.Context, scope model.Scope, kind model.Kind, spelt []string) ([]*model.TreeNode, error)
}

// checkTrees checks that the products and accounts which rows name are there.
func checkTrees(ctx context.Context, r treeReads, scope model.Scope, errs *model.UserErrors, path string, v *model.RateTableVersion) error {
	for i := range v.Dimensions {
		kind := model.KindProduct
		switch v.Dimensions[i].Tree {
		case "":
			continue
		case model.TreeAccount:
			kind = model.KindAccount
		}
		var named []string
		for j := range v.Rows {
			if keys := v.Rows[j].Keys; i < len(keys) && keys[i].Under != nil {
				named = append(named, *keys[i].Under)
			}
		}
		found, err := r.TreeNodesSpelt(ctx, scope, kind, named)
		if err != nil {
			return err
		}
		for j := range v.Rows {
			keys := v.Rows[j].Keys
			if i < len(keys) && keys[i].Under != nil && !slices.ContainsFunc(found, func(n *model.TreeNode) bool { return n.ExternalID == *keys[i].Under }) {
				errs.Add(model.UserNotFound, fmt.Sprintf("%s.rows.%d.keys.%d.under", path, j, i), "there is none with this external id")
			}
		}
	}
	return nil
}
