package calc

import "github.com/shopspring/decimal"

type (
	boolFunc   func(*TransactionRow, *CreditRow) (bool, error)
	numberFunc func(*TransactionRow, *CreditRow) (decimal.Decimal, error)
)

type compiler struct{}

func newCompiler(environment Environment, text string) (*compiler, error) { return &compiler{}, nil }
func (c *compiler) compile(want ResultType) (*Expression, error)          { return nil, nil }
