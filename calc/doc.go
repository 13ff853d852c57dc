// Package calc is the pure core: it turns facts and set-up into credits, and
// credits into earnings with their explanation. It does no IO, reads no clock
// and no context, draws nothing at random, never depends on the order of a map
// or of its input slices, and holds no amount in binary floating point.
//
// Crediting: NewCrediter indexes a company's set-up, Crediter.Credit says what
// one transaction is credited as, or why it could not be.
//
// Earnings: NewEngine indexes a Book, the set-up by which is paid. Engine.Begin
// starts a Run over a Company, Run.Payee lays out the facts of a payee, credits and
// activities, and Payee.Calculate gives the Result of a payout period: earnings with
// their lines and a Trace each, and problems, which stop one component of one payee.
// Trace.Explain lays a trace out for readers; Verify recomputes the amount from the
// trace alone. Engine.Periods and Dependents say what a change calls for,
// Engine.Window, SalesBefore and SoldWith which facts a calculation reads.
// Payee.WhyNot, Payee.WhyNotEarned and Crediter.WhyNot say what stopped pay; Replay
// splits a change of pay between two moments by cause, ComparePeriods that of two
// periods. docs/calculation.md has each rule, with worked numbers.
//
// Expressions: Compile turns the text of a condition, value, dimension or formula
// into an Expression over a row of its Environment: a TransactionRow, a CreditRow,
// a DayRow or a WindowRow.
package calc
