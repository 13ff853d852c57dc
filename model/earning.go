package model

import (
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

// ComponentID is the identity that a component keeps across the versions of
// its plan: a UUIDv5 of the plan and the component's key.
func ComponentID(plan ID, key string) ID {
	return UUIDs(KindComponent, uuid.NewSHA1(plan.UUID(), []byte(key)))
}

// Earning is what a component yields for a payee, position and period, as
// published. Its id survives recalculation.
type Earning struct {
	ID                ID
	PayeeID           ID
	PositionID        ID
	PeriodID          ID
	ComponentID       ID
	ComponentKey      string
	ComponentName     string
	EarningCode       string
	PlanID            ID
	PlanVersionID     ID
	RunID             ID
	Amount            Money            // in the payee's pay currency
	Measure           decimal.Decimal  // in plan currency, or in the measure's own unit
	Quota             *decimal.Decimal // after proration; nil where the component has none
	Attainment        *decimal.Decimal // measure / quota, 16 decimals HALF_EVEN; nil without quota
	Attains           *ID              // the measure, where Measure is all of it towards its quota
	Next              *NextTier        // nil where no tier above pays
	Why               Why
	Provisional       bool // a provisional FX rate was used
	CalculatedThrough int64
	CalculatedAt      *time.Time
}

// Why says in a code what the amount of an earning comes from, or why it is 0.
type Why string

// The reasons of an earning's amount.
const (
	WhyPaid           Why = "PAID"            // it has lines that pay
	WhyNoCredits      Why = "NO_CREDITS"      // no credit matched in the window
	WhyBelowThreshold Why = "BELOW_THRESHOLD" // the level, tier or gate was not reached
	WhyNetZero        Why = "NET_ZERO"        // lines cancel each other
	WhyGateNotMet     Why = "GATE_NOT_MET"    // a gate of the component did not hold
	WhyCapped         Why = "CAPPED"          // a cap has taken what there was
	WhyIneligible     Why = "INELIGIBLE"      // the payee was not eligible, or is not paid in their status
	WhyNothingNew     Why = "NOTHING_NEW"     // the window has earned no more than its earlier periods have paid
	WhyProblem        Why = "PROBLEM"         // it could not be calculated: see the problem
)

// EarningLine is a part of an earning that cites a credit or an activity, or the
// window's result where both are nil; lines sum to the earning to the minor unit.
type EarningLine struct {
	Number     int
	CreditID   *ID
	ActivityID *ID
	Measured   decimal.Decimal // what the credit or activity adds to the measure
	Exact      decimal.Decimal // unrounded, at most 10 decimals, in pay currency
	Amount     Money
}

// TraceKind is what a node of an explanation is.
type TraceKind string

// The kinds of explanation node, from the root to the leaves.
const (
	TraceEarning    TraceKind = "EARNING"    // the root: the rounded amount
	TraceMeasure    TraceKind = "MEASURE"    // the measure: value; no amount of its own
	TraceQuota      TraceKind = "QUOTA"      // the quota as given and after proration
	TraceAttainment TraceKind = "ATTAINMENT" // measure / quota
	TraceLine       TraceKind = "LINE"       // one credit's part
	TraceSlice      TraceKind = "SLICE"      // a part of a credit or window at one rate
	TraceBonus      TraceKind = "BONUS"      // a level that was reached, or not
	TraceFX         TraceKind = "FX"         // a currency step
	TraceRounding   TraceKind = "ROUNDING"   // rounded less exact
	TraceRule       TraceKind = "RULE"       // a choice that acted
	TraceReason     TraceKind = "REASON"     // why nothing was paid
	TraceMultiplier TraceKind = "MULTIPLIER" // an adjustment: what its factor adds or takes
	TraceGate       TraceKind = "GATE"       // an adjustment: what a gate that does not hold takes
	TraceCap        TraceKind = "CAP"        // an adjustment: what lies above a cap
	TraceFloor      TraceKind = "FLOOR"      // an adjustment: what is missing to a floor
	TraceTarget     TraceKind = "TARGET"     // the target incentive of the window, after proration
	TraceResult     TraceKind = "RESULT"     // what a curve, matrix or formula gives for the whole window
	TraceInput      TraceKind = "INPUT"      // what an expression has read
	TracePoint      TraceKind = "POINT"      // a point of a curve beside what was looked up
	TraceEarned     TraceKind = "EARNED"     // what others have earned
	TraceEarlier    TraceKind = "EARLIER"    // what earlier periods of the window have earned
	TraceLookup     TraceKind = "LOOKUP"     // what a credit adds to the total of another measure that tiers are looked up by
)

// ExplanationNode is a node of the typed tree behind an earning. The Amounts
// of the leaves (nodes without children) sum to the root's exactly.
type ExplanationNode struct {
	Kind       TraceKind
	Label      string
	Amount     decimal.Decimal  // in pay currency, at most 10 decimals; 0 on nodes that only inform
	Value      *decimal.Decimal // what the rate applies to, or what the node informs of
	Rate       *decimal.Decimal
	From       *decimal.Decimal // bounds of a slice, in the dimension's unit
	To         *decimal.Decimal
	CreditID   *ID
	ActivityID *ID
	Children   []*ExplanationNode
}

// ProblemCode says why a component of a payee could not be calculated.
type ProblemCode string

// The codes of calculation problems.
const (
	ProblemNoQuota      ProblemCode = "NO_QUOTA"
	ProblemNoTarget     ProblemCode = "NO_TARGET"
	ProblemNoWeight     ProblemCode = "NO_WEIGHT"
	ProblemOffTable     ProblemCode = "OFF_TABLE"
	ProblemNoFXRate     ProblemCode = "NO_FX_RATE"
	ProblemOverflow     ProblemCode = "OVERFLOW"
	ProblemExpression   ProblemCode = "EXPRESSION"
	ProblemCycle        ProblemCode = "CYCLE"
	ProblemDependsOn    ProblemCode = "DEPENDS_ON_FAILED"
	ProblemNotSupported ProblemCode = "NOT_SUPPORTED"
)

// Problem stops one component of one payee and period, and nobody else.
type Problem struct {
	ID           ID // payee, position, period, component
	PayeeID      ID
	PositionID   ID
	PeriodID     ID
	ComponentID  ID
	ComponentKey string
	Code         ProblemCode
	Detail       string
}

// RunKind is what started a calculation run.
type RunKind string

// The kinds of run.
const (
	RunRequested   RunKind = "REQUESTED"   // by runCalculation
	RunIncremental RunKind = "INCREMENTAL" // by changed facts or set-up
)

// RunStatus is where a run stands.
type RunStatus string

// The states of a run.
const (
	RunQueued    RunStatus = "QUEUED"
	RunRunning   RunStatus = "RUNNING"
	RunSucceeded RunStatus = "SUCCEEDED"
	RunProblems  RunStatus = "SUCCEEDED_WITH_PROBLEMS"
	RunFailed    RunStatus = "FAILED"
	RunCancelled RunStatus = "CANCELLED"
)

// RunPriority is which of several waiting runs comes first.
type RunPriority string

// The priorities, first to last.
const (
	PriorityHigh   RunPriority = "HIGH"
	PriorityNormal RunPriority = "NORMAL"
	PriorityLow    RunPriority = "LOW"
)

// RunPriorities lists them, first to last.
var RunPriorities = []RunPriority{PriorityHigh, PriorityNormal, PriorityLow}

// CalculationRun is one calculation: its scope, the moment of its inputs, and
// its progress. Its effect is atomic.
type CalculationRun struct {
	ID           ID
	Kind         RunKind
	Status       RunStatus
	PeriodID     *ID // REQUESTED: the period; components whose payout period lies in it
	PayeesTotal  int
	PayeesDone   int
	ProblemCount int
	Horizon      int64  // of the read point of its inputs
	Sequence     int64  // the change sequence whose facts it includes
	Engine       string // the engine's version
	Priority     RunPriority
	ChunksTotal  int // that it was cut into; 0 until it has begun
	ChunksDone   int
	InputHash    *string // hexadecimal, of what it was worked out from; nil until it is visible
	ResultHash   *string // and of what it came to
	RetryOf      *ID     // the run that failed or was cancelled which this one repeats
	RequestedBy  *ID
	CreatedAt    time.Time
	StartedAt    *time.Time
	FinishedAt   *time.Time
	Failure      string
}

// Statement is what one payee earned in one period: the earnings of all
// components whose payout period ends in it; where it is no pay period, of those
// that are no longer than it.
type Statement struct {
	ID       ID
	PayeeID  ID
	PeriodID ID
	Where    *EarningWhere // which earnings it lists
	Totals   []Money       // one per currency; nil where the caller may not see every position of the payee
	Complete bool          // whether the caller sees all of the payee's earnings of the period
	Balance  *Balance      // the ledger; nil where there is none, or the caller may not see all of the payee's
}

// StatementSection is what of a ledger stands together on a statement.
type StatementSection struct {
	Name    string
	Totals  []Money // what it adds to what is payable, by currency
	Entries []*LedgerEntry
}

// Aliases by which the graph names pages of what ledgers hold.
type (
	LedgerEntryEdge       = Edge[LedgerEntry]
	LedgerEntryConnection = Connection[LedgerEntry]
	HoldEdge              = Edge[Hold]
	HoldConnection        = Connection[Hold]

	CorrectionLineEdge       = Edge[CorrectionLine]
	CorrectionLineConnection = Connection[CorrectionLine]
)
