package store

import "spm/model"

// The lists of facts, which grow with every sale: rows are found or walked by an
// index, and what has none refines what is found.

var transactionList = &listing{
	noun: "Transaction", from: transactionsFrom, since: "t.tx_from",
	key: idTail("bigint"), big: true,
	fields: map[string]field{
		"id":           {expr: "t.id", is: isInt, sortable: true, served: "transaction_pkey"},
		"source":       {expr: "t.source", is: isText, sortable: true, served: "transaction_external_id"},
		"externalId":   {expr: "t.external_id", is: isText, sortable: true, served: "transaction_external_id"},
		"orderId":      {expr: "t.order_id", is: isText, served: "refines"},
		"kind":         {expr: "t.kind", is: isText, served: "refines"},
		"product":      {expr: "t.product", is: isText, served: "refines"},
		"account":      {expr: "t.account", is: isText, served: "refines"},
		"eventDate":    {expr: "t.event_date", is: isDate, sortable: true, served: "transaction_event_date"},
		"bookedDate":   {expr: "t.booked_date", is: isDate, nullable: true, served: "refines"},
		"invoicedDate": {expr: "t.invoiced_date", is: isDate, nullable: true, served: "refines"},
		"paidDate":     {expr: "t.paid_date", is: isDate, nullable: true, served: "refines"},
		"goLiveDate":   {expr: "t.go_live_date", is: isDate, nullable: true, served: "refines"},
		"amount":       {expr: "t.amount", is: isNumber, served: "refines"},
		"currency":     {expr: "t.currency", is: isWord, served: "refines"},
		"quantity":     {expr: "t.quantity", is: isNumber, nullable: true, served: "refines"},
	},
	relations: map[string]relation{
		"credits": {noun: "Credit", many: true, key: "t.transaction_id", own: "t.id"},
	},
}

// inPeriod keeps rows whose day lies in a period. Its bounds are read once, so that
// an index over the days serves.
func inPeriod(expr string) func(*builder, model.Scope, any) {
	return func(b *builder, scope model.Scope, value any) {
		bound := func(column string) {
			b.add("(SELECT p."+column+" FROM period p WHERE").inForce("p", scope).add(" AND p.id = ?)", value.(*model.ID).UUID())
		}
		b.add("(" + expr + " >= ")
		bound("from_date")
		b.add(" AND " + expr + " < ")
		bound("to_date")
		b.add(")")
	}
}

var creditList = &listing{
	noun: "Credit", from: creditsFrom, since: "t.tx_from",
	key: idTail("bigint"), big: true, narrow: []string{"transactionId", "payeeId", "positionId"},
	fields: map[string]field{
		"id":            {expr: "t.id", is: isInt, sortable: true, served: "credit_pkey"},
		"transactionId": {expr: "t.transaction_id", is: isInt, served: "credit_transaction"},
		"payeeId":       {expr: "t.payee_id", nullable: true, served: "credit_payee"},
		"positionId":    {expr: "t.position_id", served: "credit_position"},
		"creditTypeId":  {expr: "t.credit_type_id", served: "refines"},
		"kinds":         {expr: "t.kind::text", is: isLetter, served: "refines"},
		"date":          {expr: "t.date", is: isDate, sortable: true, served: "credit_day"},
		"periodId":      {scoped: inPeriod("t.date"), served: "credit_day"},
		"kind":          {expr: "t.kind::text", is: isLetter, served: "refines"},
		"amount":        {expr: "t.amount", is: isNumber, narrowed: true, served: "refines"},
		"currency":      {expr: "t.currency", is: isWord, served: "refines"},
		"quantity":      {expr: "t.quantity", is: isNumber, nullable: true, served: "refines"},
		"level":         {expr: "t.level", is: isWhole, served: "refines"},
	},
	relations: map[string]relation{
		"transaction": {noun: "Transaction", key: "t.id", own: "t.transaction_id"},
		"payee":       {noun: "Payee", key: "t.id", own: "t.payee_id"},
		"position":    {noun: "Position", key: "t.id", own: "t.position_id"},
		"creditType":  {noun: "CreditType", key: "t.id", own: "t.credit_type_id"},
	},
}

var creditingExceptionList = &listing{
	noun: "CreditingException", from: exceptionsFrom, since: "t.tx_from",
	key: idTail("bigint"),
	fields: map[string]field{
		"id":            {expr: "t.id", is: isInt, sortable: true},
		"transactionId": {expr: "t.transaction_id", is: isInt},
		"codes":         {expr: "t.code", is: isWord},
		"ownerId":       {expr: "t.owner_id", nullable: true},
		"owned":         {special: given("t.owner_id")},
		"creditTypeId":  {expr: "t.credit_type_id", nullable: true},
		"code":          {expr: "t.code", is: isWord, sortable: true},
		"since":         {expr: "t.since", is: isInstant, sortable: true},
	},
	relations: map[string]relation{
		"transaction": {noun: "Transaction", key: "t.id", own: "t.transaction_id"},
	},
}

var activityList = &listing{
	noun: "Activity", from: activitiesFrom, since: "t.tx_from",
	key: idTail("bigint"), big: true,
	fields: map[string]field{
		"id":          {expr: "t.id", is: isInt, sortable: true, served: "activity_pkey"},
		"source":      {expr: "t.source", is: isText, served: "activity_in_force"},
		"externalId":  {expr: "t.external_id", is: isText, served: "activity_in_force"},
		"kind":        {expr: "t.kind", is: isText, served: "refines"},
		"positionId":  {expr: "t.position_id", served: "activity_position"},
		"opportunity": {expr: "t.opportunity", is: isText, served: "refines"},
		"date":        {expr: "t.date", is: isDate, sortable: true, served: "activity_date"},
		"statuses":    {expr: "t.status", is: isWord, served: "refines"},
		"status":      {expr: "t.status", is: isWord, served: "refines"},
		"quantity":    {expr: "t.quantity", is: isNumber, nullable: true, served: "refines"},
	},
	relations: map[string]relation{
		"position": {noun: "Position", key: "t.id", own: "t.position_id"},
	},
}
