package model

// Node is any noun with a global id.
type Node interface{ IsNode() }

// IsNode marks the nouns that node(id) gives.
func (Tenant) IsNode()             {}
func (User) IsNode()               {}
func (APIKey) IsNode()             {}
func (ClientApplication) IsNode()  {}
func (TrustedDocument) IsNode()    {}
func (Delegation) IsNode()         {}
func (Issuer) IsNode()             {}
func (Title) IsNode()              {}
func (Position) IsNode()           {}
func (Payee) IsNode()              {}
func (PositionAssignment) IsNode() {}
func (Team) IsNode()               {}
func (FiscalCalendar) IsNode()     {}
func (Period) IsNode()             {}
func (FXRate) IsNode()             {}
func (Product) IsNode()            {}
func (Account) IsNode()            {}
func (TransactionKind) IsNode()    {}
func (Transaction) IsNode()        {}
func (CreditType) IsNode()         {}
func (CreditingRule) IsNode()      {}
func (Credit) IsNode()             {}
func (CreditingException) IsNode() {}
func (Measure) IsNode()            {}
func (MeasureValue) IsNode()       {}
func (Activity) IsNode()           {}
func (Quota) IsNode()              {}
func (RateTable) IsNode()          {}
func (Plan) IsNode()               {}
func (PlanVersion) IsNode()        {}
func (PlanAssignment) IsNode()     {}
func (ParameterValue) IsNode()     {}
func (CalculationRun) IsNode()     {}
func (Earning) IsNode()            {}
func (Statement) IsNode()          {}
func (Problem) IsNode()            {}
func (EarningCode) IsNode()        {}
func (PayAdjustment) IsNode()      {}
func (OpeningEntry) IsNode()       {}
func (Payment) IsNode()            {}
func (AuditEntry) IsNode()         {}

// Aliases by which the graph names pages and rows of each noun.
type (
	EarningCodeEdge              = Edge[EarningCode]
	EarningCodeConnection        = Connection[EarningCode]
	PayAdjustmentEdge            = Edge[PayAdjustment]
	PayAdjustmentConnection      = Connection[PayAdjustment]
	OpeningEntryEdge             = Edge[OpeningEntry]
	OpeningEntryConnection       = Connection[OpeningEntry]
	PaymentEdge                  = Edge[Payment]
	PaymentConnection            = Connection[Payment]
	AuditEntryEdge               = Edge[AuditEntry]
	AuditEntryConnection         = Connection[AuditEntry]
	TitleEdge                    = Edge[Title]
	TitleConnection              = Connection[Title]
	PositionEdge                 = Edge[Position]
	PositionConnection           = Connection[Position]
	PayeeEdge                    = Edge[Payee]
	PayeeConnection              = Connection[Payee]
	PositionAssignmentEdge       = Edge[PositionAssignment]
	PositionAssignmentConnection = Connection[PositionAssignment]
	TeamEdge                     = Edge[Team]
	TeamConnection               = Connection[Team]
	APIKeyEdge                   = Edge[APIKey]
	APIKeyConnection             = Connection[APIKey]
	ClientApplicationEdge        = Edge[ClientApplication]
	ClientApplicationConnection  = Connection[ClientApplication]
	TrustedDocumentEdge          = Edge[TrustedDocument]
	TrustedDocumentConnection    = Connection[TrustedDocument]
	DelegationEdge               = Edge[Delegation]
	DelegationConnection         = Connection[Delegation]
	IssuerEdge                   = Edge[Issuer]
	IssuerConnection             = Connection[Issuer]
	UserEdge                     = Edge[User]
	UserConnection               = Connection[User]
	FiscalCalendarEdge           = Edge[FiscalCalendar]
	FiscalCalendarConnection     = Connection[FiscalCalendar]
	PeriodEdge                   = Edge[Period]
	PeriodConnection             = Connection[Period]
	FXRateEdge                   = Edge[FXRate]
	FXRateConnection             = Connection[FXRate]
	ProductEdge                  = Edge[Product]
	ProductConnection            = Connection[Product]
	AccountEdge                  = Edge[Account]
	AccountConnection            = Connection[Account]
	TransactionKindEdge          = Edge[TransactionKind]
	TransactionKindConnection    = Connection[TransactionKind]
	TransactionEdge              = Edge[Transaction]
	TransactionConnection        = Connection[Transaction]
	CreditTypeEdge               = Edge[CreditType]
	CreditTypeConnection         = Connection[CreditType]
	CreditingRuleEdge            = Edge[CreditingRule]
	CreditingRuleConnection      = Connection[CreditingRule]
	CreditEdge                   = Edge[Credit]
	CreditConnection             = Connection[Credit]
	CreditingExceptionEdge       = Edge[CreditingException]
	CreditingExceptionConnection = Connection[CreditingException]
	MeasureEdge                  = Edge[Measure]
	MeasureConnection            = Connection[Measure]
	MeasureValueEdge             = Edge[MeasureValue]
	MeasureValueConnection       = Connection[MeasureValue]
	DiffChangeEdge               = Edge[DiffChange]
	DiffChangeConnection         = Connection[DiffChange]
	ActivityEdge                 = Edge[Activity]
	ActivityConnection           = Connection[Activity]
	QuotaEdge                    = Edge[Quota]
	QuotaConnection              = Connection[Quota]
	RateTableEdge                = Edge[RateTable]
	RateTableConnection          = Connection[RateTable]
	PlanEdge                     = Edge[Plan]
	PlanConnection               = Connection[Plan]
	PlanVersionEdge              = Edge[PlanVersion]
	PlanVersionConnection        = Connection[PlanVersion]
	PlanAssignmentEdge           = Edge[PlanAssignment]
	PlanAssignmentConnection     = Connection[PlanAssignment]
	ParameterValueEdge           = Edge[ParameterValue]
	ParameterValueConnection     = Connection[ParameterValue]
	CalculationRunEdge           = Edge[CalculationRun]
	CalculationRunConnection     = Connection[CalculationRun]
	EarningEdge                  = Edge[Earning]
	EarningConnection            = Connection[Earning]
	ProblemEdge                  = Edge[Problem]
	ProblemConnection            = Connection[Problem]
)
