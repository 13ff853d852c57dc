package calc

import (
	"slices"

	"github.com/shopspring/decimal"

	"spm/model"
)

// ValueType is the type of a value in an expression.
type ValueType string

// The types of values.
const (
	TypeNumber  ValueType = "NUMBER" // an exact decimal
	TypeText    ValueType = "TEXT"
	TypeDate    ValueType = "DATE"
	TypeBoolean ValueType = "BOOLEAN"
)

// Variable is a name that an expression can read.
type Variable struct {
	Name     string
	Type     ValueType
	Unit     string // of a number
	MayBeNil bool   // absent on some rows: using it there is an error; `name != nil` tests it
	Meaning  string
}

// Names lists the variables of the environment, in the order of the schema.
func (e Environment) Names() []Variable {
	var out []Variable
	for i := range variables {
		if variables[i].in(e) {
			out = append(out, variables[i].Variable)
		}
	}
	return out
}

// variableEntry is a Variable with its reading; of the readings that of its type is
// set.
type variableEntry struct {
	Variable
	within environments
	number func(stance) *decimal.Decimal
	date   func(stance) *model.Date
	text   func(stance) string
}

// environments is a set of them.
type environments []Environment

// The environments that names and functions stand in.
var (
	everywhere  = environments{TransactionEnv, CreditEnv, ActivityEnv, WindowEnv, EligibilityEnv}
	onFacts     = environments{TransactionEnv, CreditEnv}
	onAnyFacts  = environments{TransactionEnv, CreditEnv, ActivityEnv}
	onCredits   = environments{CreditEnv}
	onActivity  = environments{ActivityEnv}
	onWindows   = environments{WindowEnv}
	onDays      = environments{EligibilityEnv}
	onReceivers = environments{CreditEnv, ActivityEnv, WindowEnv, EligibilityEnv}
)

func (v *variableEntry) in(e Environment) bool { return slices.Contains(v.within, e) }

// variables is the one table of names. The readings of facts get a nil
// CreditRow in TransactionEnv only.
var variables = []variableEntry{
	numberVariable("amount", "major units of currency", false, "amount of the transaction; in CREDIT the credit's part of it", amountOf),
	numberVariable("quantity", "as sent", true, "quantity of the transaction; in CREDIT the credit's part of it", quantityOf),
	numberVariable("margin", "major units of currency", true, "margin of the transaction; in CREDIT the credit's part of it", marginOf),
	textVariable("currency", "ISO 4217 code of amount and margin", func(t *TransactionRow, _ *CreditRow) string { return string(t.Transaction.Currency) }),
	textVariable("kind", "key of the transaction's kind, such as BOOKING", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.Kind }),
	textVariable("source", "the system that sent the transaction", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.Source }),
	textVariable("externalId", "the source's own id of the transaction", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.ExternalID }),
	textVariable("orderId", "the order that the transaction belongs to, or empty", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.OrderID }),
	textVariable("line", "the line of the order, or empty", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.Line }),
	textVariable("product", "external id of the product, or empty where none is given or known", productOf),
	textVariable("account", "external id of the account; as spelt where it is not known", accountOf),
	dateVariable("eventDate", false, "when the fact happened", func(t *TransactionRow, _ *CreditRow) *model.Date { return &t.Transaction.EventDate }),
	dateVariable("bookedDate", true, "when it was booked", func(t *TransactionRow, _ *CreditRow) *model.Date { return t.Transaction.BookedDate }),
	dateVariable("invoicedDate", true, "when it was invoiced", func(t *TransactionRow, _ *CreditRow) *model.Date { return t.Transaction.InvoicedDate }),
	dateVariable("paidDate", true, "when it was paid", func(t *TransactionRow, _ *CreditRow) *model.Date { return t.Transaction.PaidDate }),
	dateVariable("goLiveDate", true, "when it went live", func(t *TransactionRow, _ *CreditRow) *model.Date { return t.Transaction.GoLiveDate }),

	ofCredit(textVariable("creditType", "key of the credit's type", func(_ *TransactionRow, c *CreditRow) string { return c.CreditType })),
	ofCredit(textVariable("creditKind", "DIRECT, ROLLUP, OVERLAY or MANUAL", func(_ *TransactionRow, c *CreditRow) string { return string(c.Credit.Kind) })),
	ofCredit(numberVariable("share", "fraction: 1 is all", false, "the credit's share of the transaction", func(_ *TransactionRow, c *CreditRow) *decimal.Decimal { return &c.Credit.Share })),
	ofCredit(dateVariable("creditDate", false, "the date on which the credit counts", func(_ *TransactionRow, c *CreditRow) *model.Date { return &c.Credit.Date })),
	ofCredit(numberVariable("level", "levels", false, "levels above the direct credit that a rollup comes from; otherwise 0", levelOf)),
	ofCredit(textVariable("position", "external id of the position credited", func(_ *TransactionRow, c *CreditRow) string { return c.position().name() })),
	ofCredit(textVariable("title", "external id of the position's title on the credit's date, or empty", titleOf)),
	ofCredit(textVariable("payee", "external id of the payee credited, or empty where the position was vacant", func(_ *TransactionRow, c *CreditRow) string { return c.payee().name() })),
	ofCredit(textVariable("payeeStatus", "the payee's status on the credit's date, such as ACTIVE; empty where the position was vacant", statusOf)),

	ofActivity(textVariable("kind", "what the activity was, such as MEETING", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.Kind })),
	ofActivity(textVariable("source", "the system that sent the activity", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.Source })),
	ofActivity(textVariable("externalId", "the source's own id of the activity", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.ExternalID })),
	ofActivity(textVariable("opportunity", "the source's id of the opportunity, or empty", func(t *TransactionRow, _ *CreditRow) string { return t.Transaction.OrderID })),
	ofActivity(numberVariable("quantity", "as sent", true, "the number that came with the activity", quantityOf)),
	ofActivity(dateVariable("activityDate", false, "when the activity was", func(t *TransactionRow, _ *CreditRow) *model.Date { return &t.Transaction.EventDate })),
	ofActivity(textVariable("position", "external id of the position whose activity it is", func(_ *TransactionRow, c *CreditRow) string { return c.position().name() })),
	ofActivity(textVariable("title", "external id of the position's title on the activity's date, or empty", titleOf)),
	ofActivity(textVariable("payee", "external id of the payee who held the position then", func(_ *TransactionRow, c *CreditRow) string { return c.payee().name() })),
	ofActivity(textVariable("payeeStatus", "the payee's status on the activity's date, such as ACTIVE", statusOf)),

	windowNumber("measure", "plan currency, or the measure's own unit", false, "what the component's measure comes to in the window", func(w *WindowRow) *decimal.Decimal { return &w.Measure }),
	windowNumber("quota", "as measure", true, "the quota of the component's measure, prorated", func(w *WindowRow) *decimal.Decimal { return w.Quota }),
	windowNumber("attainment", "fraction: 1 is the quota", true, "measure / quota, to 16 decimals", func(w *WindowRow) *decimal.Decimal { return w.Attainment }),
	windowNumber("target", "plan currency", true, "the target incentive of the window, prorated; nil where none is given", func(w *WindowRow) *decimal.Decimal { return w.target() }),
	windowNumber("targetRate", "fraction", true, "target / quota, to 16 decimals; nil without a target incentive or a quota above 0", func(w *WindowRow) *decimal.Decimal { return w.targetRate() }),
	windowNumber("daysHeld", "days", false, "days of the window on which the payee held the position, had the plan and was eligible", func(w *WindowRow) *decimal.Decimal { return count(w.DaysHeld) }),
	windowNumber("daysInWindow", "days", false, "days of the window", func(w *WindowRow) *decimal.Decimal { return count(w.Window.Days()) }),
	windowDate("windowStart", "the first day of the window", func(w *WindowRow) *model.Date { return &w.Window.From }),
	windowDate("windowEnd", "the last day of the window", func(w *WindowRow) *model.Date { return lastDay(w.Window) }),
	windowText("position", "external id of the position", func(w *WindowRow) string { return w.position.name() }),
	windowText("title", "external id of the position's title on the assignment's last day in the window, or empty", func(w *WindowRow) string { return w.hierarchy.titleOf(w.position, w.Day) }),
	windowText("payee", "external id of the payee", func(w *WindowRow) string { return w.payee.name() }),
	windowText("payeeStatus", "the payee's status on the assignment's last day in the window, such as ACTIVE", func(w *WindowRow) string { return string(w.payee.status(w.Day)) }),

	dayText("position", "external id of the position", func(d *DayRow) string { return d.position.name() }),
	dayText("title", "external id of the position's title on the day, or empty", func(d *DayRow) string { return d.hierarchy.titleOf(d.position, d.Day) }),
	dayText("payee", "external id of the payee", func(d *DayRow) string { return d.payee.name() }),
	dayText("payeeStatus", "the payee's status on the day: ACTIVE, LEAVE_PAID, LEAVE_UNPAID, NOTICE or TERMINATED", func(d *DayRow) string { return string(d.payee.status(d.Day)) }),
}

func windowNumber(name, unit string, mayBeNil bool, meaning string, read func(*WindowRow) *decimal.Decimal) variableEntry {
	return variableEntry{
		Variable: Variable{Name: name, Type: TypeNumber, Unit: unit, MayBeNil: mayBeNil, Meaning: meaning}, within: onWindows,
		number: func(s stance) *decimal.Decimal {
			value, _ := s.w.number(name, func() (*decimal.Decimal, error) { return read(s.w), nil })
			return value
		},
	}
}

// windowDate reads a date, which is recorded as its day number.
func windowDate(name, meaning string, read func(*WindowRow) *model.Date) variableEntry {
	return variableEntry{
		Variable: Variable{Name: name, Type: TypeDate, Meaning: meaning}, within: onWindows,
		date: func(s stance) *model.Date {
			number, err := s.w.number(name, func() (*decimal.Decimal, error) { return count(int(*read(s.w))), nil })
			if err != nil || number == nil {
				return nil
			}
			day := model.Date(number.IntPart())
			return &day
		},
	}
}

func windowText(name, meaning string, read func(*WindowRow) string) variableEntry {
	return variableEntry{
		Variable: Variable{Name: name, Type: TypeText, Meaning: meaning}, within: onWindows,
		text: func(s stance) string { return s.w.words(name, func() string { return read(s.w) }) },
	}
}

func dayText(name, meaning string, read func(*DayRow) string) variableEntry {
	return variableEntry{
		Variable: Variable{Name: name, Type: TypeText, Meaning: meaning}, within: onDays,
		text: func(s stance) string { return read(s.d) },
	}
}

// target gives the window's target incentive, nil where there is none.
func (w *WindowRow) target() *decimal.Decimal {
	if w.Target == nil {
		return nil
	}
	target, err := w.Target()
	if err != nil {
		return nil
	}
	return target
}

func (w *WindowRow) targetRate() *decimal.Decimal {
	target := w.target()
	quota := w.Quota
	if w.own != nil {
		quota = w.own
	}
	if target == nil || quota == nil || !quota.IsPositive() {
		return nil
	}
	rate := divide(*target, *quota)
	return &rate
}

func count(n int) *decimal.Decimal {
	d := decimal.NewFromInt(int64(n))
	return &d
}

func lastDay(days model.Interval) *model.Date {
	day := days.Last()
	return &day
}

func numberVariable(name, unit string, mayBeNil bool, meaning string, read func(*TransactionRow, *CreditRow) *decimal.Decimal) variableEntry {
	return variableEntry{Variable: Variable{Name: name, Type: TypeNumber, Unit: unit, MayBeNil: mayBeNil, Meaning: meaning}, within: onFacts, number: func(s stance) *decimal.Decimal { return read(s.t, s.c) }}
}

func dateVariable(name string, mayBeNil bool, meaning string, read func(*TransactionRow, *CreditRow) *model.Date) variableEntry {
	return variableEntry{Variable: Variable{Name: name, Type: TypeDate, MayBeNil: mayBeNil, Meaning: meaning}, within: onFacts, date: func(s stance) *model.Date { return read(s.t, s.c) }}
}

func textVariable(name, meaning string, read func(*TransactionRow, *CreditRow) string) variableEntry {
	return variableEntry{Variable: Variable{Name: name, Type: TypeText, Meaning: meaning}, within: onFacts, text: func(s stance) string { return read(s.t, s.c) }}
}

func ofCredit(v variableEntry) variableEntry {
	v.within = onCredits
	return v
}

func ofActivity(v variableEntry) variableEntry {
	v.within = onActivity
	return v
}

func amountOf(t *TransactionRow, c *CreditRow) *decimal.Decimal {
	if c != nil {
		return &c.Credit.Amount
	}
	return &t.Transaction.Amount
}

func quantityOf(t *TransactionRow, c *CreditRow) *decimal.Decimal {
	if c != nil {
		return c.Credit.Quantity
	}
	return t.Transaction.Quantity
}

func marginOf(t *TransactionRow, c *CreditRow) *decimal.Decimal {
	if c != nil {
		return c.Credit.Margin
	}
	return t.Transaction.Margin
}

func productOf(t *TransactionRow, _ *CreditRow) string {
	externalID, _ := t.Products.Resolve(t.Transaction.Product)
	return externalID
}

func accountOf(t *TransactionRow, _ *CreditRow) string {
	if externalID, found := t.Accounts.Resolve(t.Transaction.Account); found {
		return externalID
	}
	return t.Transaction.Account
}

func levelOf(_ *TransactionRow, c *CreditRow) *decimal.Decimal {
	level := decimal.NewFromInt(int64(c.Credit.Level))
	return &level
}

func titleOf(_ *TransactionRow, c *CreditRow) string {
	return c.Hierarchy.titleOf(c.position(), c.Credit.Date)
}

func statusOf(_ *TransactionRow, c *CreditRow) string {
	if payee := c.payee(); payee != nil {
		return string(payee.status(c.Credit.Date))
	}
	return ""
}

// position gives the node of the position credited, nil where it is not known.
func (r *CreditRow) position() *positionNode { return r.Hierarchy.position(r.Credit.PositionID) }

// payee gives the node of the payee credited, nil where there is none.
func (r *CreditRow) payee() *payeeNode { return r.Hierarchy.payee(r.Credit.PayeeID) }

func (p *positionNode) name() string {
	if p == nil {
		return ""
	}
	return p.externalID
}

func (p *payeeNode) name() string {
	if p == nil {
		return ""
	}
	return p.externalID
}

// dayOf is the day as of which dated things are read: the credit's date, or
// the counting date.
func dayOf(t *TransactionRow, c *CreditRow) model.Date {
	if c != nil {
		return c.Credit.Date
	}
	return t.Date
}
