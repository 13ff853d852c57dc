package store

import "spm/model"

// The lists of who sells and when: all are bounded by the size of the company.

var titleList = &listing{
	noun: "Title", from: titles.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
	},
}

var positionList = &listing{
	noun: "Position", from: positions.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
	},
	relations: map[string]relation{
		"titles":      {noun: "Title", many: true, key: "t.id", own: "ANY t.title_ids"},
		"assignments": {noun: "PositionAssignment", many: true, key: "t.position_id", own: "t.id"},
	},
}

var payeeList = &listing{
	noun: "Payee", from: payees.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
	},
	relations: map[string]relation{
		"assignments": {noun: "PositionAssignment", many: true, key: "t.payee_id", own: "t.id"},
	},
}

var positionAssignmentList = &listing{
	noun: "PositionAssignment", from: positionAssignments.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"payeeId":    {expr: "t.payee_id"},
		"positionId": {expr: "t.position_id"},
		"on":         {special: on("t.from_date", "t.to_date")},
		"startDate":  {expr: "t.from_date", is: isDate, sortable: true},
	},
	relations: map[string]relation{
		"payee":    {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
	},
}

var teamList = &listing{
	noun: "Team", from: teams.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
		"positionId": {expr: "t.member_ids", many: true},
	},
}

var userList = &listing{
	noun: "User", from: users.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":      {expr: "t.id", sortable: true},
		"subject": {expr: "t.subject", is: isText, sortable: true},
		"payeeId": {expr: "t.payee_id", nullable: true},
		"roles":   {expr: "t.roles", is: isWord, many: true},
		"active":  {expr: "t.active", is: isFlag},
	},
}

var fiscalCalendarList = &listing{
	noun: "FiscalCalendar", from: calendars.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
	},
}

var periodList = &listing{
	noun: "Period", from: periods.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"calendarId": {expr: "t.calendar_id"},
		"of":         {special: func(b *builder, value any) { b.add("t.calendar_id = ?", value.(*model.ID).UUID()) }, internal: true},
		"types":      {expr: "t.type", is: isWord},
		"fiscalYear": {expr: "t.fiscal_year", is: isWhole},
		"contains":   {special: on("t.from_date", "t.to_date")},
		"statuses":   {expr: "t.status", is: isWord},
		"names":      {expr: "t.name", is: isWord},
		"type":       {expr: "t.type", is: isWord, sortable: true},
		"status":     {expr: "t.status", is: isWord, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
		"startDate":  {expr: "t.from_date", is: isDate, sortable: true},
		"endDate":    {expr: "(t.to_date - 1)", is: isDate, sortable: true},
	},
}

var fxRateList = &listing{
	noun: "FXRate", from: fxRates.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":             {expr: "t.id", sortable: true},
		"fromCurrencies": {expr: "t.from_currency", is: isWord},
		"toCurrencies":   {expr: "t.to_currency", is: isWord},
		"date":           {expr: "t.date", is: isDate, sortable: true},
		"fromCurrency":   {expr: "t.from_currency", is: isWord, sortable: true},
		"toCurrency":     {expr: "t.to_currency", is: isWord, sortable: true},
		"rate":           {expr: "t.rate", is: isNumber, sortable: true},
	},
}

// listings are the lists by noun.
var listings = map[string]*listing{
	"Title":              titleList,
	"Position":           positionList,
	"Payee":              payeeList,
	"PositionAssignment": positionAssignmentList,
	"Team":               teamList,
	"User":               userList,
	"FiscalCalendar":     fiscalCalendarList,
	"Period":             periodList,
	"FXRate":             fxRateList,
	"Product":            productList,
	"Account":            accountList,
	"TransactionKind":    transactionKindList,
	"CreditType":         creditTypeList,
	"CreditingRule":      creditingRuleList,
	"Transaction":        transactionList,
	"Credit":             creditList,
	"CreditingException": creditingExceptionList,
	"Measure":            measureList,
	"MeasureValue":       measureValueList,
	"Quota":              quotaList,
	"RateTable":          rateTableList,
	"Plan":               planList,
	"PlanVersion":        planVersionList,
	"PlanAssignment":     planAssignmentList,
	"ParameterValue":     parameterValueList,
	"Activity":           activityList,
	"Earning":            earningList,
	"Problem":            problemList,
	"CalculationRun":     calculationRunList,
	"EarningCode":        earningCodeList,
	"PayAdjustment":      payAdjustmentList,
	"OpeningEntry":       openingEntryList,
	"Payment":            paymentList,
	"AuditEntry":         auditEntryList,
	"ApiKey":             apiKeyList,
	"Delegation":         delegationList,
	"ClientApplication":  clientApplicationList,
	"TrustedDocument":    trustedDocumentList,
	"Issuer":             issuerList,
}
