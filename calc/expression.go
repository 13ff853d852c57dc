package calc

import (
	"fmt"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Environment says what an expression can read.
type Environment string

// The environments. Names lists what each one has.
const (
	TransactionEnv Environment = "TRANSACTION" // conditions of crediting rules; evaluated on a *TransactionRow
	CreditEnv      Environment = "CREDIT"      // conditions and values of measures and components; on a *CreditRow
	ActivityEnv    Environment = "ACTIVITY"    // the same over activities; on a *CreditRow of one
	EligibilityEnv Environment = "ELIGIBILITY" // who is eligible on a day; on a *DayRow
	WindowEnv      Environment = "WINDOW"      // conditions of adjustments, formulas, dimensions of tables; on a *WindowRow
)

// ResultType is what an expression must yield.
type ResultType string

// The result types.
const (
	ResultBool   ResultType = "BOOLEAN" // a condition
	ResultNumber ResultType = "NUMBER"  // a value
	ResultText   ResultType = "TEXT"    // a key
)

// The bounds of an expression. Together with the absence of loops they bound
// the cost of one evaluation: each node is evaluated at most once.
const (
	MaxExpressionLength = 2000 // characters
	MaxExpressionNodes  = 500
	MaxExpressionDepth  = 200
	MaxExpressionMuls   = 64 // multiplications and divisions: they are what makes numbers longer
)

// ExpressionError says what is wrong with an expression, or with its
// evaluation on a row, and at which character.
type ExpressionError struct {
	Offset  int // characters (not bytes) before the one concerned
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
}

// Error gives the message with line and column.
func (e *ExpressionError) Error() string {
	return fmt.Sprintf("%s (line %d, column %d)", e.Message, e.Line, e.Column)
}

// TransactionRow is what a crediting rule's condition is evaluated on.
type TransactionRow struct {
	Transaction *model.Transaction
	Date        model.Date // the counting date, as of which product and account are read
	Products    *Catalogue // nil: none
	Accounts    *Catalogue // nil: none
}

// CreditRow is what the conditions and values of measures and components are
// evaluated on. All that is dated is read as of Credit.Date; Date is not read.
type CreditRow struct {
	TransactionRow               // the credit's transaction
	Credit         *model.Credit // in force
	CreditType     string        // the key of the credit's type
	Activity       bool          // it is of an activity
	Hierarchy      *Hierarchy    // nil: titles, payees and their attributes are ""
}

// WindowRow is what the conditions of adjustments, formulas and the dimensions
// of tables are evaluated on: what one
// component came to in one window. All that is dated is read as of Day.
type WindowRow struct {
	Window       model.Interval
	Day          model.Date // the assignment's last day in the window
	DaysHeld     int
	Measure      decimal.Decimal
	Quota        *decimal.Decimal                 // nil: there is none
	Attainment   *decimal.Decimal                 // nil without a quota above 0
	Target       func() (*decimal.Decimal, error) // the target incentive of the window
	MeasureOf    func(key string) (*decimal.Decimal, error)
	QuotaOf      func(key string) (*decimal.Decimal, error)
	AttainmentOf func(key string) (*decimal.Decimal, error)
	EarningOf    func(component string) (*decimal.Decimal, error)
	Parameter    func(key string) (*decimal.Decimal, error)
	Lookup       func(table string, value decimal.Decimal) (*decimal.Decimal, error)
	Earlier      func(Earlier) ([]EarlierPart, error) // in order of days; nil: cannot be read

	own       *decimal.Decimal // the quota of the days in this position
	reads     *reads           // nil: nobody asks what is read
	payee     *payeeNode
	position  *positionNode
	hierarchy *Hierarchy
}

// reads is what an expression has read of a window, in order or, replayed, what
// it reads instead.
type reads struct {
	replayed bool
	labels   []string
	numbers  map[string]*decimal.Decimal
	texts    map[string]string
}

// number reads a number of the window under a label.
func (w *WindowRow) number(label string, read func() (*decimal.Decimal, error)) (*decimal.Decimal, error) {
	if w.reads == nil {
		return read()
	}
	value, known := w.reads.numbers[label]
	if w.reads.replayed && !known {
		return nil, fmt.Errorf("%s is not recorded", label)
	}
	if known {
		return value, nil
	}
	value, err := read()
	if err == nil {
		w.reads.labels = append(w.reads.labels, label)
		w.reads.numbers[label] = value
	}
	return value, err
}

// words reads a text of the window under a label.
func (w *WindowRow) words(label string, read func() string) string {
	if w.reads == nil {
		return read()
	}
	text, known := w.reads.texts[label]
	if !known && !w.reads.replayed {
		text = read()
		w.reads.labels = append(w.reads.labels, label)
		w.reads.texts[label] = text
	}
	return text
}

// Row is a *TransactionRow, a *CreditRow, a *WindowRow or a *DayRow.
type Row interface{ lay() stance }

// stance is a row as the closures of an expression read it.
type stance struct {
	t *TransactionRow
	c *CreditRow // nil in TRANSACTION
	w *WindowRow // WINDOW only
	d *DayRow    // ELIGIBILITY only
}

func (r *TransactionRow) lay() stance {
	return stance{t: r}
}

func (r *CreditRow) lay() stance {
	return stance{t: &r.TransactionRow, c: r}
}

func (w *WindowRow) lay() stance {
	return stance{w: w}
}

// environment is the one that the row is of; none where it is not complete.
func (s stance) environment() Environment {
	switch {
	case s.w != nil:
		return WindowEnv
	case s.d != nil:
		return EligibilityEnv
	case s.t == nil || s.t.Transaction == nil:
		return ""
	case s.c == nil:
		return TransactionEnv
	case s.c.Credit == nil:
		return ""
	case s.c.Activity:
		return ActivityEnv
	}
	return CreditEnv
}

// Expression is a compiled expression: immutable, without state between
// evaluations, safe for concurrent use.
type Expression struct {
	environment Environment
	text        string
	condition   boolFunc
	value       numberFunc
	key         func(stance) (string, error)
	earnings    []string // keys of the components whose earnings of the period it reads
	back        lookBack
}

// Compile turns the text of an expression into one that yields what is
// wanted. The empty (or blank) text is the condition "true", and is refused as
// a value. Every error is an *ExpressionError that points at the character.
//
// The language is that of expr-lang cut down to what docs name: numbers are
// exact decimals throughout, text, dates and truth values; the operators
// + - * / == != < <= > >= in, contains, startsWith, endsWith, and or not ?: ;
// and the names and functions of the environment. There are no other
// built-ins, loops, predicates, ranges, pipes, variables or maps, and neither
// ** nor %.
func Compile(environment Environment, text string, want ResultType) (*Expression, error) {
	c, err := newCompiler(environment, text)
	if err != nil {
		return nil, err
	}
	return c.compile(want)
}

// Text gives what was compiled.
func (e *Expression) Text() string { return e.text }

// Bool evaluates a condition. A row of the other environment, and a value
// instead of a condition, are mistakes of the program and also an error; every
// error is an *ExpressionError.
func (e *Expression) Bool(row Row) (bool, error) {
	if e.condition == nil {
		return false, &ExpressionError{Line: 1, Column: 1, Message: "this expression is a value, not a condition"}
	}
	s, err := e.open(row)
	if err != nil {
		return false, err
	}
	return e.condition(s)
}

// Decimal evaluates a value: exact, of any number of decimals; the caller
// checks that it can be stored. Errors are those of Bool.
func (e *Expression) Decimal(row Row) (decimal.Decimal, error) {
	if e.value == nil {
		return decimal.Decimal{}, &ExpressionError{Line: 1, Column: 1, Message: "this expression is a condition, not a value"}
	}
	s, err := e.open(row)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return e.value(s)
}

// Text of a row: evaluates a key. Errors are those of Bool.
func (e *Expression) words(row Row) (string, error) {
	if e.key == nil {
		return "", &ExpressionError{Line: 1, Column: 1, Message: "this expression is no text"}
	}
	s, err := e.open(row)
	if err != nil {
		return "", err
	}
	return e.key(s)
}

// open checks that the row is complete and of the expression's environment.
func (e *Expression) open(row Row) (stance, error) {
	s := row.lay()
	if s.environment() != e.environment {
		return stance{}, &ExpressionError{Line: 1, Column: 1, Message: "the row is not one of the environment " + string(e.environment)}
	}
	return s, nil
}
