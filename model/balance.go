package model

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Movement is what a ledger entry does.
type Movement string

// The movements, in the order in which a period's balances are struck.
const (
	MoveOpening    Movement = "OPENING"                 // brought at go-live
	MoveEarned     Movement = "EARNED"                  // an earning of the period
	MoveHold       Movement = "HOLD"                    // earned, not payable yet
	MoveRelease    Movement = "RELEASE"                 // what was held is payable now; below 0: held again
	MovePrior      Movement = "PRIOR_PERIOD_ADJUSTMENT" // what a later fact changes of a closed period
	MoveAdjustment Movement = "ADJUSTMENT"              // by hand
	MoveClawback   Movement = "CLAWBACK"                // taken back by rule
	MoveForfeited  Movement = "FORFEITED"               // what was held is lost
	MoveGuarantee  Movement = "GUARANTEE_TOP_UP"        // up to a guarantee
	MoveDraw       Movement = "DRAW"                    // advanced
	MoveRecovery   Movement = "DRAW_RECOVERY"           // an advance paid back
	MoveCarried    Movement = "CARRIED"                 // pay below zero, carried on or taken up
	MoveCollected  Movement = "COLLECTED"               // owed, and asked back from the payee
	MoveWrittenOff Movement = "WRITTEN_OFF"             // owed, and forgiven
	MovePaid       Movement = "PAID"                    // paid out
)

// LedgerAccount is one side of an entry.
type LedgerAccount string

// The accounts of a payee's ledger. What the company owes stands in HELD and
// PAYABLE, what the payee owes in DRAW and CARRIED below zero.
const (
	AccountOpening    LedgerAccount = "OPENING"
	AccountEarned     LedgerAccount = "EARNED"
	AccountAdjustment LedgerAccount = "ADJUSTMENT"
	AccountPrior      LedgerAccount = "PRIOR_PERIOD"
	AccountGuarantee  LedgerAccount = "GUARANTEE"
	AccountClawback   LedgerAccount = "CLAWBACK"
	AccountForfeited  LedgerAccount = "FORFEITED"
	AccountHeld       LedgerAccount = "HELD"
	AccountPayable    LedgerAccount = "PAYABLE"
	AccountDraw       LedgerAccount = "DRAW"
	AccountCarried    LedgerAccount = "CARRIED"
	AccountCollected  LedgerAccount = "COLLECTED"
	AccountWrittenOff LedgerAccount = "WRITTEN_OFF"
	AccountPaid       LedgerAccount = "PAID"
)

// LedgerEntry is one posting: Amount moves from one account to another, so that
// the two sum to zero. It may be below zero.
type LedgerEntry struct {
	Movement     Movement
	From, To     LedgerAccount
	Amount       Money  // in minor units
	Text         string // why, in words
	PositionID   *ID    // EARNED, HOLD, RELEASE, PRIOR_PERIOD_ADJUSTMENT, CLAWBACK, FORFEITED of an earning: whose
	PlanID       *ID    // of an earning, guarantee or draw
	ComponentID  *ID    // of an earning
	Key          string // the component's, guarantee's or draw's key; the adjustment's reason code
	OriginID     *ID    // the payout period of the earning
	EarningCode  string // of an earning or adjustment
	AdjustmentID *ID    // ADJUSTMENT, OPENING
	Source       string // HOLD, RELEASE, CLAWBACK, FORFEITED of a deal: its transaction's source
	ExternalID   string // and external id

	Ledger *Balance `json:"-"` // that it is of; set by Statement for PRIOR_PERIOD_ADJUSTMENT
}

// Correction is what a PRIOR_PERIOD_ADJUSTMENT changes of a component of a closed
// period, and why.
type Correction struct {
	PositionID   ID
	PlanID       ID
	ComponentKey string
	Before       Money             // as booked before, exact
	After        Money             // as booked with it, exact
	Lines        []*CorrectionLine // those that are not the same; what is after less what was before sums to the change
	Causes       []*DiffOfCause    // sum to the change
}

// Change is by how much it is more, or less.
func (c *Correction) Change() Money {
	return Money{Amount: c.After.Amount.Sub(c.Before.Amount), Currency: c.After.Currency}
}

// CorrectionLine is what the lines come to that cite a transaction or activity, or
// that are of the window as a whole.
type CorrectionLine struct {
	TransactionID *ID
	ActivityID    *ID
	Source        string // of the transaction
	ExternalID    string
	Before        *Money // nil: there was none
	After         *Money // nil: there is none
}

// Debt is what a payee owes, or is owed, from one pay period to the next: the
// account says which.
type Debt struct {
	Account  LedgerAccount   `json:"account"` // DRAW, CARRIED; PAYABLE: withheld for a problem
	Currency CurrencyCode    `json:"currency"`
	PlanID   *ID             `json:"plan,omitempty"` // DRAW
	Key      string          `json:"key,omitempty"`  // DRAW
	Amount   decimal.Decimal `json:"amount"`         // above 0
	Age      int             `json:"age,omitempty"`  // DRAW: pay periods since its first advance
}

// GuaranteeRun is how far a guarantee over several pay periods has come.
type GuaranteeRun struct {
	PlanID   ID              `json:"plan"`
	Key      string          `json:"key"`
	PeriodID ID              `json:"period"` // its own
	Currency CurrencyCode    `json:"currency"`
	Earned   decimal.Decimal `json:"earned"` // counted so far
	ToppedUp decimal.Decimal `json:"toppedUp"`
}

// Hold is a part of an earning that is watched: not payable yet, or liable to be
// taken back.
type Hold struct {
	PositionID  ID              `json:"position,omitzero"`
	PlanID      ID              `json:"plan,omitzero"`
	VersionID   ID              `json:"version,omitzero"`
	ComponentID ID              `json:"component,omitzero"`
	Key         string          `json:"key"` // the component's
	EarningCode string          `json:"code"`
	OriginID    ID              `json:"origin,omitzero"` // the payout period of the earning
	Source      string          `json:"source,omitempty"`
	ExternalID  string          `json:"externalId,omitempty"` // of the deal; empty: what cites none
	Credit      string          `json:"credit,omitempty"`     // what tells credits of one deal apart
	Direct      bool            `json:"direct,omitempty"`     // cites a DIRECT or MANUAL credit, or none
	Date        Date            `json:"date"`                 // of the event
	Currency    CurrencyCode    `json:"currency"`
	Whole       decimal.Decimal `json:"whole"`  // earned, in minor units
	AtRate      decimal.Decimal `json:"atRate"` // of it what the rate alone gave, exact
	Held        decimal.Decimal `json:"held"`
	Forfeited   decimal.Decimal `json:"forfeited"`
	Clawed      decimal.Decimal `json:"clawed"`     // taken back so far
	ClawedHeld  decimal.Decimal `json:"clawedHeld"` // of it what was held
	Deferred    decimal.Decimal `json:"deferred"`   // the share that waits for a gate, 0 to 1
	Gate        string          `json:"gate,omitempty"`
	Met         string          `json:"met,omitempty"`      // the gate that has held since, and released it
	Freed       bool            `json:"freed,omitempty"`    // released when the payee left: nothing of it is held again
	WaitsFor    string          `json:"waitsFor,omitempty"` // what the rest is held for, in words
}

// WholeMoney and its kin are amounts of a hold.
func (h *Hold) WholeMoney() Money { return Money{Amount: h.Whole, Currency: h.Currency} }

// HeldMoney is what of it is held.
func (h *Hold) HeldMoney() Money { return Money{Amount: h.Held, Currency: h.Currency} }

// ForfeitedMoney is what of it was lost.
func (h *Hold) ForfeitedMoney() Money { return Money{Amount: h.Forfeited, Currency: h.Currency} }

// ClawedMoney is what of it was taken back.
func (h *Hold) ClawedMoney() Money { return Money{Amount: h.Clawed, Currency: h.Currency} }

// Rest is what rounding to minor units has not posted yet of a component's
// earnings.
type Rest struct {
	Currency CurrencyCode    `json:"currency"`
	Amount   decimal.Decimal `json:"amount"`
}

// Brought is what a payee's ledger hands from one pay period to the next.
type Brought struct {
	Debts      []Debt         `json:"debts,omitempty"`
	Guarantees []GuaranteeRun `json:"guarantees,omitempty"`
	Holds      []Hold         `json:"holds,omitempty"`
	Rests      []Rest         `json:"rests,omitempty"`
}

// Empty tells whether nothing is handed on.
func (b *Brought) Empty() bool {
	return len(b.Debts) == 0 && len(b.Guarantees) == 0 && len(b.Holds) == 0 && len(b.Rests) == 0
}

// Balance is a payee's ledger of a pay period, as it is struck.
type Balance struct {
	PayeeID  ID
	PeriodID ID // the pay period
	RunID    ID
	Entries  []LedgerEntry // in the order of their movements
	Before   Brought
	After    Brought
	Withheld bool   // there is a problem: what is payable is not paid, but brought on
	Fault    string // why an amount of a guarantee or draw could not be calculated; empty: it could
}

// AccountTotal is what an account comes to in a currency.
type AccountTotal struct {
	Account LedgerAccount
	Amount  Money
}

// PayAdjustment is an amount added by hand, by one person and approved by
// another. It is reversed by another one, never deleted.
type PayAdjustment struct {
	ID          ID
	ExternalID  string
	PayeeID     ID
	PeriodID    ID // the pay period in which it counts
	Amount      Money
	ReasonCode  string
	Reason      string
	EarningCode string
	ReversesID  *ID
	State       AdjustmentState
	AuthorID    ID
	AuthorFor   *ID // whom the author acted for; nil for oneself
	ApproverID  *ID
	ApprovedAt  *time.Time
	CreatedAt   time.Time
	Version     int
}

// AdjustmentState is where a manual adjustment stands.
type AdjustmentState string

// The states of a manual adjustment.
const (
	AdjustmentPending  AdjustmentState = "PENDING"
	AdjustmentApproved AdjustmentState = "APPROVED"
	AdjustmentRejected AdjustmentState = "REJECTED"
)

// OpeningEntry is a balance that a payee brings at go-live.
type OpeningEntry struct {
	ID         ID
	ExternalID string
	PayeeID    ID
	PeriodID   ID // the pay period with which the ledger begins
	Account    LedgerAccount
	Amount     Money  // above 0: CARRIED and DRAW are owed by the payee, HELD and PAYABLE by the company, EARNED was paid before
	PlanID     *ID    // DRAW
	Key        string // DRAW: the draw's
	ReleaseOn  *Date  // HELD: the day on which it becomes payable; nil, which is no longer written: held until the payee leaves
	AuthorID   ID
	Version    int
}

// HoldRelease says that somebody has released what waits for a person.
type HoldRelease struct {
	ID          ID
	PayeeID     ID
	PositionID  ID
	PeriodID    ID // the payout period of the earning
	ComponentID ID
	Source      string // of the deal; empty: all of the earning
	ExternalID  string
	Part        string // empty: all that wait for a person
	Date        Date
	Reason      string
	AuthorID    ID
	CreatedAt   time.Time
	Version     int
}

// AnswerKind is what a payee answers to a statement.
type AnswerKind string

// The answers to a statement.
const (
	AnswerSigned    AnswerKind = "SIGNED"
	AnswerContested AnswerKind = "CONTESTED"
	AnswerResolved  AnswerKind = "RESOLVED" // a contest that somebody has settled
)

// StatementAnswer is what a payee answers to a closed statement.
type StatementAnswer struct {
	ID        ID
	PayeeID   ID
	PeriodID  ID
	RunID     ID // of the ledger that was answered
	Answer    AnswerKind
	Reason    string
	AuthorID  ID
	CreatedAt time.Time
	Version   int
	Current   bool // the ledger is still the one that was answered; set by who reads both
}

// PeriodStepKind is what somebody does toward a period's next state.
type PeriodStepKind string

// The steps.
const (
	StepApproval  PeriodStepKind = "APPROVAL"
	StepReopening PeriodStepKind = "REOPENING"
)

// PeriodStep is an approval of a period in review, or a reopening of a closed one
// that one person asks for and another approves.
type PeriodStep struct {
	ID         ID
	PeriodID   ID
	Kind       PeriodStepKind
	Reason     string
	AuthorID   ID
	AuthorFor  *ID // whom the author acted for; nil for oneself
	ApproverID *ID
	Done       bool
	Horizon    int64 // APPROVAL: how often ledgers of the period had been struck; not in the graph
	CreatedAt  time.Time
	Version    int
}

// Payment is what was paid to a payee of a closed period.
type Payment struct {
	ID       ID
	PayeeID  ID
	PeriodID ID
	Amount   Money
	RunID    ID // of the ledger
	PaidOn   Date
	AuthorID ID
	PaidAt   time.Time
}

// PayableOf gives what a ledger has made payable, by currency, in their order:
// nothing where it is withheld.
func (b *Balance) PayableOf() []Money {
	sums, order := map[CurrencyCode]decimal.Decimal{}, []CurrencyCode{}
	add := func(m Money, sign int64) {
		if _, known := sums[m.Currency]; !known {
			order = append(order, m.Currency)
		}
		sums[m.Currency] = sums[m.Currency].Add(m.Amount.Mul(decimal.New(sign, 0)))
	}
	for _, d := range b.Before.Debts {
		if d.Account == AccountPayable {
			add(Money{Amount: d.Amount, Currency: d.Currency}, 1)
		}
	}
	for i := range b.Entries {
		switch e := &b.Entries[i]; AccountPayable {
		case e.To:
			add(e.Amount, 1)
		case e.From:
			add(e.Amount, -1)
		}
	}
	slices.Sort(order)
	out := []Money{}
	for _, currency := range order {
		if sums[currency].IsPositive() && !b.Withheld {
			out = append(out, Money{Amount: sums[currency], Currency: currency})
		}
	}
	return out
}
