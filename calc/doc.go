// Package calc is the pure core: it turns facts and set-up into credits, and
// credits into earnings with their explanation. It does no IO, reads no clock
// and no context, draws nothing at random, never depends on the order of a map
// or of its input slices, and holds no amount in binary floating point.
//
// Crediting: NewCrediter indexes a company's set-up, Crediter.Credit says what
// one transaction is credited as, or why it could not be.
//
// Expressions: Compile turns the text of a condition or value into an
// Expression over a TransactionRow or a CreditRow.
package calc
