package store

import (
	"time"

	"spm/model"
)

// What rows may be put in groups by, and what may be worked out of the groups.

// groupings are those of the lists that have groups, by the noun of their rows.
var groupings = map[string]*grouping{"Earning": earningGroups, "Credit": creditGroups, "Transaction": transactionGroups, "Quota": quotaGroups}

var (
	byPayee = func(nullable bool) groupKey {
		return byID("payee", nullable, model.KindPayee, func(g *model.Group) **model.ID { return &g.PayeeID })
	}
	byPosition = func(nullable bool) groupKey {
		return byID("position", nullable, model.KindPosition, func(g *model.Group) **model.ID { return &g.PositionID })
	}
	monthOf   = func(g *model.Group) **model.ID { return &g.MonthID }
	quarterOf = func(g *model.Group) **model.ID { return &g.QuarterID }
	halfOf    = func(g *model.Group) **model.ID { return &g.HalfID }
	periodOf  = func(g *model.Group) **model.ID { return &g.PeriodID }
	yearOf    = func(g *model.Group) **int { return &g.FiscalYear }
)

var earningGroups = declared(&grouping{
	listing: earningList, always: "CURRENCY",
	columns: map[string]string{
		"payee": "t.payee_id", "position": "t.position_id", "plan": "t.plan_id", "period": "t.period_id", "from_date": "p.from_date", "to_date": "p.to_date",
		"fiscal_year": "p.fiscal_year", "component": "t.component_key", "plan_component": "t.plan_id::text || t.component_key", "earning_code": "t.earning_code",
		"currency": "t.currency", "amount": "t.amount", "attainment": "t.attainment",
	},
	keys: map[model.GroupKey]groupKey{
		"PAYEE": byPayee(false), "POSITION": byPosition(false),
		"PLAN": byID("plan", false, model.KindPlan, func(g *model.Group) **model.ID { return &g.PlanID }),
		"PERIOD": {order: []orderKey{{expr: "r.from_date", cast: "date"}, {expr: "r.to_date", cast: "date"}, {expr: "r.period", cast: "uuid"}}, put: func(g *model.Group, text string) {
			g.PeriodID = idOf(model.KindPeriod, text)
		}},
		"COMPONENT":    byText("component", func(g *model.Group) **string { return &g.ComponentKey }),
		"EARNING_CODE": byText("earning_code", func(g *model.Group) **string { return &g.EarningCode }),
		"CURRENCY":     byCurrency,
		"MONTH":        bucketOfPeriod("MONTH", "month", monthOf), "QUARTER": bucketOfPeriod("QUARTER", "quarter", quarterOf), "HALF": bucketOfPeriod("HALF", "half", halfOf),
		"FISCAL_YEAR": joining(byInt("fiscal_year", false, yearOf), nil),
	},
	measures: map[string]measure{"amount": {put: amountOf}, "attainment": {nullable: true, unsummed: true, put: attainmentOf}},
	distinct: map[string]string{"payees": "payee", "positions": "position", "plans": "plan", "periods": "period", "components": "plan_component"},
})

var creditGroups = declared(&grouping{
	listing: creditList, always: "CURRENCY",
	columns: map[string]string{ //nolint:gosec // names of columns, no secrets
		"payee": "t.payee_id", "position": "t.position_id", "credit_type": "t.credit_type_id", "kind": "t.kind::text", "level": "t.level", "date": "t.date",
		"transaction": "t.transaction_id", "currency": "t.currency", "amount": "t.amount", "margin": "t.margin", "quantity": "t.quantity",
	},
	keys: map[model.GroupKey]groupKey{
		"PAYEE": byPayee(true), "POSITION": byPosition(false),
		"CREDIT_TYPE": byID("credit_type", false, model.KindCreditType, func(g *model.Group) **model.ID { return &g.CreditTypeID }),
		"KIND": byColumn("kind", isText, false, func(g *model.Group, text string) {
			kind := creditKinds[text[0]]
			g.CreditKind = &kind
		}),
		"LEVEL": byInt("level", false, func(g *model.Group) **int { return &g.Level }),
		"DATE":  byDate("date"), "CURRENCY": byCurrency,
		"MONTH": bucketOfDay("MONTH", "month", monthOf), "QUARTER": bucketOfDay("QUARTER", "quarter", quarterOf), "HALF": bucketOfDay("HALF", "half", halfOf),
		"FISCAL_YEAR": yearOfDay,
	},
	measures: map[string]measure{"amount": {put: amountOf}, "margin": {nullable: true, put: marginOf}, "quantity": {nullable: true, put: quantityOf}},
	distinct: map[string]string{"payees": "payee", "positions": "position", "transactions": "transaction"},
})

var transactionGroups = declared(&grouping{
	listing: transactionList, always: "CURRENCY",
	columns: map[string]string{
		"source": "t.source", "kind": "t.kind", "product": "t.product", "account": "t.account", "date": "t.event_date", "orders": "nullif(t.order_id, '')",
		"products": "nullif(t.product, '')", "accounts": "nullif(t.account, '')",
		"currency": "t.currency", "amount": "t.amount", "margin": "t.margin", "quantity": "t.quantity",
	},
	keys: map[model.GroupKey]groupKey{
		"SOURCE":  byText("source", func(g *model.Group) **string { return &g.Source }),
		"KIND":    byText("kind", func(g *model.Group) **string { return &g.Kind }),
		"PRODUCT": byText("product", func(g *model.Group) **string { return &g.Product }),
		"ACCOUNT": byText("account", func(g *model.Group) **string { return &g.Account }),
		"DATE":    byDate("date"), "CURRENCY": byCurrency,
		"MONTH": bucketOfDay("MONTH", "month", monthOf), "QUARTER": bucketOfDay("QUARTER", "quarter", quarterOf), "HALF": bucketOfDay("HALF", "half", halfOf),
		"FISCAL_YEAR": yearOfDay,
	},
	measures: map[string]measure{"amount": {put: amountOf}, "margin": {nullable: true, put: marginOf}, "quantity": {nullable: true, put: quantityOf}},
	distinct: map[string]string{"orders": "orders", "accounts": "accounts", "products": "products"},
})

var quotaGroups = declared(&grouping{
	listing: quotaList, always: "MEASURE",
	columns: map[string]string{
		"position": "t.position_id", "title": "t.title_id", "measure": "t.measure_id", "period": "t.period_id", "amount": "t.amount",
	},
	keys: map[model.GroupKey]groupKey{
		"POSITION": byPosition(true),
		"TITLE":    byID("title", true, model.KindTitle, func(g *model.Group) **model.ID { return &g.TitleID }),
		"MEASURE":  byID("measure", false, model.KindMeasure, func(g *model.Group) **model.ID { return &g.MeasureID }),
		"PERIOD":   byID("period", false, model.KindPeriod, periodOf),
		"MONTH":    bucketOfPeriod("MONTH", "month", monthOf), "QUARTER": bucketOfPeriod("QUARTER", "quarter", quarterOf), "HALF": bucketOfPeriod("HALF", "half", halfOf),
		"FISCAL_YEAR": yearOfPeriod,
	},
	measures: map[string]measure{"amount": {put: numberOf}},
	distinct: map[string]string{"positions": "position", "titles": "title", "periods": "period"},
})

// joining makes a key one that needs another table, and the permission to read
// periods.
func joining(key groupKey, join func(*builder, model.Scope, *model.ID)) groupKey {
	if join == nil {
		join = func(*builder, model.Scope, *model.ID) {}
	}
	key.join = join
	return key
}

// byDate is a key that is a day.
func byDate(column string) groupKey {
	return byColumn(column, isDate, false, func(g *model.Group, text string) {
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			on := model.DateOf(day)
			g.Date = &on
		}
	})
}

// bucket is a period of the fiscal calendar, joined as what it is called.
func bucket(as string, at func(*model.Group) **model.ID, join func(*builder, model.Scope, *model.ID)) groupKey {
	return groupKey{
		order: []orderKey{{expr: as + ".from_date", cast: "date", nullable: true}, {expr: as + ".id", cast: "uuid", nullable: true}},
		join:  join, put: func(g *model.Group, text string) { *at(g) = idOf(model.KindPeriod, text) },
	}
}

// bucketOfPeriod is the period of a type in which the last day of the row's own
// is, of the same calendar; none where the row's is longer.
func bucketOfPeriod(of model.PeriodType, as string, at func(*model.Group) **model.ID) groupKey {
	return bucket(as, at, func(b *builder, scope model.Scope, _ *model.ID) {
		b.add(" LEFT JOIN (SELECT DISTINCT ON (m.id) m.id AS of, q.id, q.from_date FROM period m JOIN period q ON q.calendar_id = m.calendar_id AND q.type = ?"+
			" AND q.from_date < m.to_date AND q.to_date >= m.to_date AND q.to_date - q.from_date >= m.to_date - m.from_date AND", string(of))
		b.inForce("q", scope).add(" WHERE").inForce("m", scope)
		b.add(" ORDER BY m.id, q.from_date, q.id) " + as + " ON " + as + ".of = r.period")
	})
}

var yearOfPeriod = groupKey{
	order: []orderKey{{expr: "year.fiscal_year", cast: "int", nullable: true}},
	put:   byInt("", false, yearOf).put,
	join: func(b *builder, scope model.Scope, _ *model.ID) {
		b.add(" LEFT JOIN (SELECT m.id AS of, m.fiscal_year FROM period m WHERE").inForce("m", scope).add(") year ON year.of = r.period")
	},
}

// days appends the days of a calendar's periods, as q and day.
func days(b *builder, scope model.Scope, calendar *model.ID) *builder {
	b.add("(SELECT q.*, q.from_date + n AS day FROM period q CROSS JOIN LATERAL generate_series(0, q.to_date - q.from_date - 1) n WHERE").inForce("q", scope)
	if calendar != nil {
		return b.add(" AND q.calendar_id = ?) q", calendar.UUID())
	}
	return b.add(" AND q.calendar_id = (SELECT c.id FROM fiscal_calendar c WHERE").inForce("c", scope).add(")) q")
}

// bucketOfDay is the period of a type in which the row's day is.
func bucketOfDay(of model.PeriodType, as string, at func(*model.Group) **model.ID) groupKey {
	return bucket(as, at, func(b *builder, scope model.Scope, calendar *model.ID) {
		days(b.add(" LEFT JOIN (SELECT DISTINCT ON (q.day) q.day, q.id, q.from_date FROM "), scope, calendar)
		b.add(" WHERE q.type = ? ORDER BY q.day, q.from_date, q.id) "+as+" ON "+as+".day = r.date", string(of))
	})
}

// yearOfDay is the fiscal year in which the row's day is: that of the longest
// period about it, since weeks may reach into the next.
var yearOfDay = groupKey{
	order: []orderKey{{expr: "year.fiscal_year", cast: "int", nullable: true}},
	put:   byInt("", false, yearOf).put,
	join: func(b *builder, scope model.Scope, calendar *model.ID) {
		days(b.add(" LEFT JOIN (SELECT DISTINCT ON (q.day) q.day, q.fiscal_year FROM "), scope, calendar)
		b.add(" ORDER BY q.day, q.to_date - q.from_date DESC, q.from_date, q.id) year ON year.day = r.date")
	},
}
