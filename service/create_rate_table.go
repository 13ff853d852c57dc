package service

import (
	"context"

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
	Dimension  model.DimensionOf
	Expression *string
	CellKind   *model.CellKind
	Bounds     *model.BoundsRule
	Gaps       *bool
	Default    *decimal.Decimal
	Rows       []*RateRowInput
}

// RateRowInput is a row of a rate table as given.
type RateRowInput = model.RateRow

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
		if err := errs.OrNil(); err != nil {
			return err
		}
		table := &model.RateTable{ID: id, Key: input.Key, Name: input.Name, Versions: []model.RateTableVersion{first}}
		if _, err := tx.SaveRateTable(ctx, table); err != nil {
			return err
		}
		p.RateTableID = &id
		return nil
	})
}

// checkRateTable makes a version of a rate table, in force from its first day on,
// with its defaults filled in.
func checkRateTable(errs *model.UserErrors, path string, given RateTableVersionInput) model.RateTableVersion {
	v := model.RateTableVersion{
		Days:      checkDays(errs, path+".startDate", given.StartDate, nil),
		Dimension: given.Dimension, Expression: or(given.Expression, ""),
		CellKind: or(given.CellKind, model.CellRate), Bounds: or(given.Bounds, model.LowerInclusive),
		Gaps: or(given.Gaps, false), Default: or(given.Default, decimal.Zero),
		Rows: make([]model.RateRow, len(given.Rows)),
	}
	for i, row := range given.Rows {
		v.Rows[i] = *row
	}
	switch {
	case v.Dimension == model.ByExpression:
		calc.ValidateExpression(errs, path+".expression", calc.CreditEnv, v.Expression, calc.ResultNumber)
	case v.Expression != "":
		errs.Add(model.UserInvalid, path+".expression", "%s has no use for it", v.Dimension)
	}
	*errs = append(*errs, calc.ValidateRateTable(path+".rows", v)...)
	return v
}
