package store

import (
	"time"

	"spm/model"
)

// The lists of what a company sets up: all are bounded by the size of the
// set-up.

var productList = &listing{
	noun: "Product", from: products.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
		"alias":      {expr: "t.aliases", is: isText, many: true},
	},
}

var accountList = &listing{
	noun: "Account", from: accounts.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
		"alias":      {expr: "t.aliases", is: isText, many: true},
	},
}

var transactionKindList = &listing{
	noun: "TransactionKind", from: transactionKinds.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":    {expr: "t.id", sortable: true},
		"key":   {expr: "t.key", is: isText, sortable: true},
		"roles": {expr: "t.role", is: isWord},
		"name":  {expr: "t.name", is: isText, sortable: true},
		"role":  {expr: "t.role", is: isWord, sortable: true},
	},
}

var creditTypeList = &listing{
	noun: "CreditType", from: creditTypes.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":   {expr: "t.id", sortable: true},
		"key":  {expr: "t.key", is: isText, sortable: true},
		"name": {expr: "t.name", is: isText, sortable: true},
	},
}

var creditingRuleList = &listing{
	noun: "CreditingRule", from: creditingRules.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":           {expr: "t.id", sortable: true},
		"key":          {expr: "t.key", is: isText, sortable: true},
		"creditTypeId": {expr: "(t.content->>'creditType')", is: isCode},
		"creditKinds":  {expr: "(t.content->>'creditKind')", is: isWord},
		"on":           {special: on("t.from_date", "t.to_date")},
		"name":         {expr: "t.name", is: isText, sortable: true},
		"startDate":    {expr: "t.from_date", is: isDate, sortable: true},
	},
}

var measureList = &listing{
	noun: "Measure", from: measures.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":   {expr: "t.id", sortable: true},
		"key":  {expr: "t.key", is: isText, sortable: true},
		"name": {expr: "t.name", is: isText, sortable: true},
	},
}

var measureValueList = &listing{
	noun: "MeasureValue", from: measureValues.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":          {expr: "t.id", sortable: true},
		"measureId":   {expr: "t.measure_id"},
		"positionId":  {expr: "t.position_id", nullable: true},
		"companyWide": {special: missing("t.position_id")},
		"date":        {expr: "t.date", is: isDate, sortable: true},
		"value":       {expr: "t.value", is: isNumber, sortable: true},
	},
	relations: map[string]relation{
		"measure":  {noun: "Measure", key: "t.id", own: "t.measure_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
	},
}

var quotaList = &listing{
	noun: "Quota", from: quotas.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"positionId": {expr: "t.position_id", nullable: true},
		"titleId":    {expr: "t.title_id", nullable: true},
		"measureId":  {expr: "t.measure_id"},
		"periodId":   {expr: "t.period_id"},
		"startDate":  {expr: "t.from_date", is: isDate, nullable: true, sortable: true},
		"amount":     {expr: "t.amount", is: isNumber, sortable: true},
	},
	relations: map[string]relation{
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
		"title":    {noun: "Title", key: "t.id", own: "t.title_id"},
		"measure":  {noun: "Measure", key: "t.id", own: "t.measure_id"},
		"period":   {noun: "Period", key: "t.id", own: "t.period_id"},
	},
}

var rateTableList = &listing{
	noun: "RateTable", from: rateTables.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":   {expr: "t.id", sortable: true},
		"key":  {expr: "t.key", is: isText, sortable: true},
		"name": {expr: "t.name", is: isText, sortable: true},
	},
}

var planList = &listing{
	noun: "Plan", from: plans.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"name":       {expr: "t.name", is: isText, sortable: true},
	},
	relations: map[string]relation{
		"assignments": {noun: "PlanAssignment", many: true, key: "t.plan_id", own: "t.id"},
	},
}

var planVersionList = &listing{
	noun: "PlanVersion", from: planVersions.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":        {expr: "t.id", sortable: true},
		"of":        {special: func(b *builder, value any) { b.add("t.plan_id = ?", value.(*model.ID).UUID()) }, internal: true},
		"planId":    {expr: "t.plan_id"},
		"states":    {expr: "t.state", is: isWord},
		"on":        {special: on("t.from_date", "t.to_date")},
		"state":     {expr: "t.state", is: isWord, sortable: true},
		"number":    {expr: "t.number", is: isWhole, sortable: true},
		"startDate": {expr: "t.from_date", is: isDate, sortable: true},
	},
	relations: map[string]relation{
		"plan": {noun: "Plan", key: "t.id", own: "t.plan_id"},
	},
}

var planAssignmentList = &listing{
	noun: "PlanAssignment", from: planAssignments.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"planId":     {expr: "t.plan_id"},
		"titleId":    {expr: "t.title_id", nullable: true},
		"positionId": {expr: "t.position_id", nullable: true},
		"payeeId":    {expr: "t.payee_id", nullable: true},
		"on":         {special: on("t.from_date", "t.to_date")},
		"startDate":  {expr: "t.from_date", is: isDate, sortable: true},
	},
	relations: map[string]relation{
		"plan":     {noun: "Plan", key: "t.id", own: "t.plan_id"},
		"title":    {noun: "Title", key: "t.id", own: "t.title_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
		"payee":    {noun: "Payee", key: "t.id", own: "t.payee_id"},
	},
}

var parameterValueList = &listing{
	noun: "ParameterValue", from: parameterValues.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"planId":     {expr: "t.plan_id"},
		"key":        {expr: "t.key", is: isText, sortable: true},
		"levels":     {expr: "CASE WHEN t.payee_id IS NOT NULL THEN 'PAYEE' WHEN t.position_id IS NOT NULL THEN 'POSITION' WHEN t.title_id IS NOT NULL THEN 'TITLE' ELSE 'PLAN' END", is: isWord},
		"titleId":    {expr: "t.title_id", nullable: true},
		"positionId": {expr: "t.position_id", nullable: true},
		"payeeId":    {expr: "t.payee_id", nullable: true},
		"on":         {special: on("t.from_date", "t.to_date")},
		"startDate":  {expr: "t.from_date", is: isDate, sortable: true},
		"value":      {expr: "t.value", is: isNumber, sortable: true},
	},
	relations: map[string]relation{
		"plan":     {noun: "Plan", key: "t.id", own: "t.plan_id"},
		"title":    {noun: "Title", key: "t.id", own: "t.title_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
		"payee":    {noun: "Payee", key: "t.id", own: "t.payee_id"},
	},
}

var earningCodeList = &listing{
	noun: "EarningCode", from: earningCodes.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":      {expr: "t.id", sortable: true},
		"code":    {expr: "t.code", is: isText, sortable: true},
		"section": {expr: "t.section", is: isText, sortable: true},
		"name":    {expr: "t.name", is: isText, sortable: true},
	},
}

var apiKeyList = &listing{
	noun: "ApiKey", from: apiKeys.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":        {expr: "t.id", sortable: true},
		"name":      {expr: "t.name", is: isText, sortable: true},
		"revoked":   {special: given("t.revoked_at")},
		"expiresAt": {expr: "t.expires_at", is: isInstant, sortable: true},
		"createdAt": {expr: "t.created_at", is: isInstant, sortable: true},
	},
}

var delegationList = &listing{
	noun: "Delegation", from: delegations.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"giverId":    {expr: "t.giver_id"},
		"receiverId": {expr: "t.receiver_id"},
		"activeAt": {special: func(b *builder, value any) {
			at := *value.(*time.Time)
			b.add("(t.from_at <= ? AND least(t.until_at, t.ended_at) > ?)", at, at)
		}},
		"revoked":   {special: given("t.ended_at")},
		"from":      {expr: "t.from_at", is: isInstant, sortable: true},
		"until":     {expr: "t.until_at", is: isInstant, sortable: true},
		"createdAt": {expr: "t.created_at", is: isInstant, sortable: true},
	},
}

var clientApplicationList = &listing{
	noun: "ClientApplication", from: clientApplications.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":   {expr: "t.id", sortable: true},
		"name": {expr: "t.name", is: isText, sortable: true},
	},
}

var trustedDocumentList = &listing{
	noun: "TrustedDocument", from: trustedDocuments.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":            {expr: "t.id", sortable: true},
		"applicationId": {expr: "t.application_id"},
		"key":           {expr: "t.key", is: isText, sortable: true},
		"operationName": {expr: "t.operation_name", is: isText, sortable: true},
		"retired":       {special: given("t.retired_at")},
		"registeredAt":  {expr: "t.registered_at", is: isInstant, sortable: true},
	},
}

var issuerList = &listing{
	noun: "Issuer", from: issuers.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":       {expr: "t.id", sortable: true},
		"name":     {expr: "t.name", is: isText, sortable: true},
		"url":      {expr: "t.url", is: isText, sortable: true},
		"audience": {expr: "t.audience", is: isText},
		"active":   {expr: "t.active", is: isFlag},
	},
}
