package model

// TransactionKey is how the source knows a transaction.
type TransactionKey struct{ Source, ExternalID string }

// Key is how the source knows the transaction.
func (t *Transaction) Key() TransactionKey { return TransactionKey{t.Source, t.ExternalID} }

// Reverses gives the key of the sale that the transaction reverses, and false
// where it reverses none.
func (t *Transaction) Reverses() (TransactionKey, bool) {
	if t.RelatesTo == nil || t.RelatesTo.Type != LinkReverses {
		return TransactionKey{}, false
	}
	return TransactionKey{t.Source, t.RelatesTo.ExternalID}, true
}

// AmountMoney is the amount with its currency.
func (t *Transaction) AmountMoney() Money { return Money{Amount: t.Amount, Currency: t.Currency} }

// MarginMoney is the margin with its currency, nil where it is not known.
func (t *Transaction) MarginMoney() *Money {
	if t.Margin == nil {
		return nil
	}
	return &Money{Amount: *t.Margin, Currency: t.Currency}
}

// AmountMoney is the position's part of the amount with its currency.
func (c *Credit) AmountMoney() Money { return Money{Amount: c.Amount, Currency: c.Currency} }

// MarginMoney is the position's part of the margin, nil where it is not known.
func (c *Credit) MarginMoney() *Money {
	if c.Margin == nil {
		return nil
	}
	return &Money{Amount: *c.Margin, Currency: c.Currency}
}
