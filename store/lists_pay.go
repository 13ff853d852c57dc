package store

import "spm/model"

// The lists of results and pay.

// published gives the from of a run's rows that are published.
func published(table string) func(string, model.Scope) *builder {
	return func(selected string, scope model.Scope) *builder { return publishedFrom(table, selected, scope) }
}

var earningList = &listing{
	noun: "Earning", from: published("result"), since: "v.tx_from",
	key: []orderKey{{expr: "t.payee_id", cast: "uuid"}, {expr: "t.position_id", cast: "uuid"}, {expr: "t.component_id", cast: "uuid"}, {expr: "t.period_id", cast: "uuid"}}, big: true,
	fields: map[string]field{
		"payeeId":      {expr: "t.payee_id", served: "published_in_force"},
		"positionId":   {expr: "t.position_id", served: "refines"},
		"periodId":     {expr: "t.period_id", served: "published_period"},
		"planId":       {expr: "t.plan_id", served: "refines"},
		"calendarId":   {expr: "p.calendar_id", internal: true, served: "published_period"},
		"componentKey": {expr: "t.component_key", is: isText, sortable: true, served: "refines"},
		"periodTypes":  {expr: "p.type", is: isWord, served: "published_period"},
		"periodStart":  {expr: "p.from_date", is: isDate, sortable: true, served: "published_period"},
		"periodEnd":    {expr: "(p.to_date - 1)", is: isDate, sortable: true, served: "published_period"},
		"earningCode":  {expr: "t.earning_code", is: isText, served: "refines"},
		"amount":       {expr: "t.amount", is: isNumber, sortable: true, served: "refines"},
		"currency":     {expr: "t.currency", is: isWord, sortable: true, served: "refines"},
		"attainment":   {expr: "t.attainment", is: isNumber, nullable: true, sortable: true, served: "refines"},
		"provisional":  {expr: "t.provisional", is: isFlag, served: "refines"},
	},
	relations: map[string]relation{
		"payee":    {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
		"period":   {noun: "Period", key: "t.id", own: "t.period_id"},
		"plan":     {noun: "Plan", key: "t.id", own: "t.plan_id"},
	},
}

var problemList = &listing{
	noun: "Problem", from: published("problem"), since: "v.tx_from",
	key: []orderKey{{expr: "t.payee_id", cast: "uuid"}, {expr: "t.position_id", cast: "uuid"}, {expr: "t.component_id", cast: "uuid"}, {expr: "t.period_id", cast: "uuid"}}, big: true,
	fields: map[string]field{
		"payeeId":      {expr: "t.payee_id", served: "published_in_force"},
		"periodId":     {expr: "t.period_id", served: "published_period"},
		"codes":        {expr: "t.code", is: isWord, served: "refines"},
		"code":         {expr: "t.code", is: isWord, sortable: true, served: "refines"},
		"positionId":   {expr: "t.position_id", served: "refines"},
		"componentKey": {expr: "t.component_key", is: isText, sortable: true, served: "refines"},
	},
	relations: map[string]relation{
		"payee":    {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
		"period":   {noun: "Period", key: "t.id", own: "t.period_id"},
	},
}

var calculationRunList = &listing{
	noun: "CalculationRun", from: runsFrom,
	key: idTail("uuid"),
	fields: map[string]field{
		"id":        {expr: "t.id", sortable: true},
		"periodId":  {expr: "t.period_id", nullable: true},
		"kinds":     {expr: "t.kind", is: isWord},
		"statuses":  {expr: "t.status", is: isWord},
		"kind":      {expr: "t.kind", is: isWord, sortable: true},
		"status":    {expr: "t.status", is: isWord, sortable: true},
		"createdAt": {expr: "t.created_at", is: isInstant, sortable: true},
	},
}

var payAdjustmentList = &listing{
	noun: "PayAdjustment", from: payAdjustments.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"payeeId":    {expr: "t.payee_id"},
		"periodId":   {expr: "t.period_id"},
		"states":     {expr: "t.state", is: isWord},
		"state":      {expr: "t.state", is: isWord, sortable: true},
		"amount":     {expr: "t.amount", is: isNumber, sortable: true},
		"currency":   {expr: "t.currency", is: isWord, sortable: true},
		"createdAt":  {expr: "t.created_at", is: isInstant, sortable: true},
	},
	relations: map[string]relation{
		"payee":  {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"period": {noun: "Period", key: "t.id", own: "t.period_id"},
	},
}

var openingEntryList = &listing{
	noun: "OpeningEntry", from: openingEntries.from, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":         {expr: "t.id", sortable: true},
		"externalId": {expr: "t.external_id", is: isText, sortable: true},
		"payeeId":    {expr: "t.payee_id"},
		"periodId":   {expr: "t.period_id"},
		"amount":     {expr: "t.amount", is: isNumber, sortable: true},
		"currency":   {expr: "t.currency", is: isWord, sortable: true},
	},
	relations: map[string]relation{
		"payee":  {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"period": {noun: "Period", key: "t.id", own: "t.period_id"},
	},
}

var paymentList = &listing{
	noun: "Payment", from: paymentsFrom, since: "t.tx_from",
	key: idTail("uuid"),
	fields: map[string]field{
		"id":       {expr: "t.id", sortable: true},
		"payeeId":  {expr: "t.payee_id"},
		"periodId": {expr: "t.period_id"},
		"amount":   {expr: "t.amount", is: isNumber, sortable: true},
		"currency": {expr: "t.currency", is: isWord, sortable: true},
		"paidOn":   {expr: "t.paid_on", is: isDate, sortable: true},
	},
	relations: map[string]relation{
		"payee":  {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"period": {noun: "Period", key: "t.id", own: "t.period_id"},
	},
}
