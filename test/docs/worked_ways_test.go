package docs

import (
	"slices"
	"strings"

	"spm/model"
)

// ways are the examples of the ways of earning that stand beside plain rates
// and tiers.
var ways = map[string]func(*firm) string{
	"spif": func(f *firm) string {
		f.Hire("SPI", "Spi", "USD", "")
		f.earns("SPI", nil, in{"key": "spif", "name": "Winter SPIF", "startDate": "2026-01-12", "endDate": "2026-01-21", "rateKind": "RATE_ON_VALUE", "rate": "0.02"})
		f.Record(sale("SP-1", "SPI", "2026-01-09", "9000"), sale("SP-2", "SPI", "2026-01-15", "4000"), sale("SP-3", "SPI", "2026-01-22", "5000"))
		f.Record(taken("SP-4", "2026-01-26", "-9000", "SP-1"), taken("SP-5", "2026-01-28", "-1000", "SP-2"))
		return f.trees("SPI", "2026-01")
	},
	"weekly": func(f *firm) string {
		calendar := f.Make("createFiscalCalendar", "calendar", in{"externalId": "WEEKS", "name": "Weeks", "periodTypes": []string{"WEEK", "MONTH", "YEAR"}, "weekStart": "MONDAY"})
		f.Open(calendar)
		f.Hire("WES", "Wes", "USD", "")
		table := f.Tiers("TIERS-WES", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
		f.Plan("PLAN-WES", with(f.version(nil, in{"key": "commission", "name": "Commission", "payout": "WEEK", "window": "MONTH", "settlement": "TRUE_UP", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table}), "calendarId", calendar), "WES")
		f.Record(sale("WE-1", "WES", "2026-01-10", "800"), sale("WE-2", "WES", "2026-01-28", "600"), sale("WE-3", "WES", "2026-02-03", "600"))
		return f.trees("WES", "2026-W05") + "\n\n" + f.trees("WES", "2026-W06")
	},
	"carried": func(f *firm) string {
		f.Hire("GIL", "Gil", "USD", "")
		f.earns("GIL", in{"quotaCarry": "SHORTFALL"}, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("GIL")})
		f.Quota("GIL", f.Own, "10000", "2026-01", "2026-02")
		f.Record(sale("GI-1", "GIL", "2026-01-10", "7000"), sale("GI-2", "GIL", "2026-02-10", "15000"))
		return f.trees("GIL", "2026-02")
	},
	"weighted": func(f *firm) string {
		f.Hire("KAI", "Kai", "USD", "")
		f.earns("KAI", in{"quotaChange": "DAY_WEIGHTED"}, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("KAI")})
		f.quotas("KAI", in{"amount": "90000"}, in{"amount": "180000", "startDate": "2026-03-01"})
		f.Record(sale("KA-1", "KAI", "2026-02-10", "130000"))
		return f.trees("KAI", "2026-Q1")
	},
	"ramped": func(f *firm) string {
		f.Hire("LOU", "Lou", "USD", "", in{"startDate": "2026-01-16"})
		ramp := in{"steps": []in{{"month": 1, "share": "0.5"}, {"month": 2, "share": "1"}}}
		f.earns("LOU", in{"ramp": ramp}, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("LOU")})
		f.quotas("LOU", in{"amount": "90000", "relief": in{"share": "0.2", "reason": "sick leave"}})
		f.Record(sale("LO-1", "LOU", "2026-02-10", "50000"))
		return f.trees("LOU", "2026-Q1")
	},
	"moved": func(f *firm) string {
		f.Payees["MAE"] = f.payee("MAE", "Mae")
		f.sits("MAE", "WEST", "90000", in{"startDate": "2026-01-01", "endDate": "2026-01-31"})
		f.sits("MAE", "EAST", "180000", in{"startDate": "2026-02-01"})
		f.earns("MAE", in{"continuity": "FOLLOW_PAYEE"}, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("MAE")})
		f.Record(sale("MA-1", "MAE", "2026-01-10", "40000"), sale("MA-2", "MAE", "2026-02-10", "100000"), sale("MA-3", "MAE", "2026-03-10", "20000"))
		return f.trees("MAE", "2026-Q1")
	},
	"taken-over": func(f *firm) string {
		f.Payees["MEG"], f.Payees["NAT"] = f.payee("MEG", "Meg"), f.payee("NAT", "Nat")
		f.sits("MEG", "NORTH", "90000", in{"startDate": "2026-01-01", "endDate": "2026-01-31"})
		f.sits("NAT", "NORTH", "90000", in{"startDate": "2026-02-01"})
		plan := f.earns("NAT", in{"continuity": "FOLLOW_POSITION"}, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("NAT")})
		f.Make("assignPlan", "planAssignment", in{"externalId": "NORTH to MEG", "planId": plan, "payeeId": f.Payees["MEG"].String(), "startDate": "2026-01-01"})
		f.Record(sale("ME-1", "MEG", "2026-01-10", "40000"), sale("NA-1", "NAT", "2026-02-10", "60000"))
		return f.trees("NAT", "2026-Q1")
	},
	"to-date": func(f *firm) string {
		f.Hire("HUI", "Hui", "USD", "")
		f.earns("HUI", in{"quotaBasis": "TO_DATE"}, in{"key": "commission", "name": "Commission", "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("HUI")})
		f.Quota("HUI", f.Own, "365000", "2026")
		f.Record(sale("HU-1", "HUI", "2026-01-10", "36000"), sale("HU-2", "HUI", "2026-02-10", "30000"))
		return f.trees("HUI", "2026-02")
	},
	"per-unit": func(f *firm) string {
		f.Hire("QUI", "Qui", "USD", "")
		seats := f.Make("createMeasure", "measure", in{"key": "SEATS", "name": "Seats sold", "creditKinds": []string{"DIRECT"}, "value": "QUANTITY"})
		unit := in{"key": "seats", "name": "For each seat", "payout": "QUARTER", "measureId": seats, "rateKind": "UNIT", "rate": "2"}
		plan := f.earns("QUI", nil, unit)
		f.Version(plan, 2, "2026-02-01", f.version(nil, with(unit, "rate", "3")))
		f.Record(with(sale("Q-1", "QUI", "2026-01-10", "900"), "quantity", "10"), with(sale("Q-2", "QUI", "2026-02-10", "900"), "quantity", "10"),
			with(taken("Q-3", "2026-02-20", "-360", "Q-1"), "quantity", "-4"))
		return f.trees("QUI", "2026-Q1")
	},
	"per-order": func(f *firm) string {
		f.Hire("RAY", "Ray", "USD", "")
		f.earns("RAY", nil, in{"key": "orders", "name": "For each order", "rateKind": "PER_EVENT", "event": "ORDER", "rate": "50"})
		f.Record(with(sale("R-11", "RAY", "2026-01-05", "100"), "orderId", "O1"), with(sale("R-12", "RAY", "2026-01-06", "10"), "orderId", "O1"),
			with(sale("R-21", "RAY", "2026-01-07", "80"), "orderId", "O2"), with(taken("R-22", "2026-01-09", "-80", "R-21"), "orderId", "O2"))
		return f.trees("RAY", "2026-01")
	},
	"whole-credit": func(f *firm) string {
		f.Hire("SAM", "Sam", "USD", "")
		table := f.tiers("SAM")
		whole := in{"rateKind": "TIERED", "tierMode": "WHOLE_CREDIT", "rateTableId": table}
		f.earns("SAM", nil, with(whole, "key", "after", "name", "At the total with the deal"), with(whole, "key", "before", "name", "At the total before the deal", "rateMoment", "BEFORE"))
		f.Quota("SAM", f.Own, "10000", "2026-01")
		f.Record(sale("S-11", "SAM", "2026-01-08", "6000"), sale("S-12", "SAM", "2026-01-20", "7000"))
		return f.trees("SAM", "2026-01")
	},
	"by-itself": func(f *firm) string {
		f.Hire("TOM", "Tom", "USD", "")
		table := f.Tiers("TIERS-TOM", model.ByMeasure, [3]string{"0", "5000", "0.05"}, [3]string{"5000", "", "0.1"})
		f.earns("TOM", nil, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "accumulate": "ORDER", "rateTableId": table})
		f.Record(with(sale("T-1", "TOM", "2026-01-08", "4000"), "orderId", "O3"), with(sale("T-2", "TOM", "2026-01-09", "4000"), "orderId", "O4"), with(sale("T-3", "TOM", "2026-01-10", "2000"), "orderId", "O3"))
		return f.trees("TOM", "2026-01")
	},
	"as-sold": func(f *firm) string {
		f.Hire("ODA", "Oda", "USD", "")
		table := f.Tiers("TIERS-ODA", model.ByMeasure, [3]string{"0", "1000", "0.05"}, [3]string{"1000", "", "0.1"})
		tiered := in{"rateKind": "TIERED", "rateTableId": table}
		f.earns("ODA", nil, with(tiered, "key", "each", "name", "Each by itself", "tierMode", "MARGINAL", "accumulate", "EVENT"), with(tiered, "key", "whole", "name", "Unsplit", "tierMode", "WHOLE_CREDIT"))
		f.Record(sale("OD-1", "ODA", "2026-01-08", "600"), sale("OD-2", "ODA", "2026-01-20", "1500"), taken("OD-3", "2026-02-10", "-600", "OD-2"))
		return f.trees("ODA", "2026-02")
	},
	"looked-up-by-another": func(f *firm) string {
		f.Hire("TAJ", "Taj", "USD", "")
		margin := f.Make("createMeasure", "measure", in{"key": "MARGIN-TAJ", "name": "Margin", "creditKinds": []string{"DIRECT"}, "value": "MARGIN", "condition": "amount >= 1000"})
		f.earns("TAJ", nil, in{"key": "commission", "name": "Commission", "measureId": margin, "lookedUpById": f.Own, "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("TAJ")})
		f.Quota("TAJ", f.Own, "10000", "2026-01")
		f.Record(with(sale("TA-1", "TAJ", "2026-01-08", "6000"), "margin", "1200"), with(sale("TA-2", "TAJ", "2026-01-09", "500"), "margin", "100"), with(sale("TA-3", "TAJ", "2026-01-20", "7000"), "margin", "2100"))
		return f.trees("TAJ", "2026-01")
	},
	"target-ramped": func(f *firm) string {
		f.Hire("OVI", "Ovi", "USD", "", in{"startDate": "2026-01-16"})
		ramp := in{"steps": []in{{"month": 1, "share": "0.5", "targetShare": "0.5"}, {"month": 2, "share": "1"}}}
		f.aims("OVI", "36000", in{"ramp": ramp}, in{"key": "sales", "name": "Sales", "payout": "QUARTER", "rateKind": "PAY_CURVE", "rateTableId": f.curve()})
		f.quotas("OVI", in{"amount": "90000"})
		f.Record(sale("OV-1", "OVI", "2026-02-10", "59500"))
		return f.trees("OVI", "2026-Q1")
	},
	"money-per-unit": func(f *firm) string {
		f.Hire("ABI", "Abi", "USD", "")
		seats := f.Make("createMeasure", "measure", in{"key": "SEATS-ABI", "name": "Seats sold", "creditKinds": []string{"DIRECT"}, "value": "QUANTITY"})
		table := f.table("BY-SEAT", in{"dimension": "MEASURE", "cellKind": "MONEY_PER_UNIT", "rows": []in{{"from": "0", "to": "10", "cell": "20"}, {"from": "10", "cell": "30"}}})
		f.earns("ABI", nil, in{"key": "seats", "name": "For each seat", "measureId": seats, "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table})
		f.Record(with(sale("AB-1", "ABI", "2026-01-10", "900"), "quantity", "8"), with(sale("AB-2", "ABI", "2026-01-12", "900"), "quantity", "6"))
		return f.trees("ABI", "2026-01")
	},
	"curve": func(f *firm) string {
		f.Hire("UMA", "Uma", "USD", "")
		curve := f.table("CURVE", in{"dimension": "ATTAINMENT", "lookup": "LINEAR", "cellKind": "FRACTION_OF_TARGET", "rows": []in{point("0.8", "0.5"), point("1", "1"), point("1.2", "2")}})
		f.aims("UMA", "40000", nil, in{"key": "sales", "name": "Sales", "payout": "QUARTER", "rateKind": "PAY_CURVE", "rateTableId": curve})
		f.Quota("UMA", f.Own, "100000", "2026-Q1")
		f.Record(sale("U-1", "UMA", "2026-02-10", "105000"))
		return f.trees("UMA", "2026-Q1")
	},
	"raised": func(f *firm) string {
		f.Hire("VAL", "Val", "USD", "")
		plan := f.Plan("PLAN-VAL", f.version(nil, in{"key": "sales", "name": "Sales", "payout": "QUARTER", "rateKind": "PAY_CURVE", "rateTableId": f.curve()}))
		f.aim("VAL", plan, "36000", in{"endDate": "2026-02-14"})
		f.aim("VAL", plan, "72000", in{"startDate": "2026-02-15"})
		f.Quota("VAL", f.Own, "100000", "2026-Q1")
		f.Record(sale("V-1", "VAL", "2026-02-10", "100000"))
		return f.trees("VAL", "2026-Q1")
	},
	"accelerator": func(f *firm) string {
		f.Hire("WIM", "Wim", "USD", "")
		table := f.table("ACCELERATOR", in{"dimension": "ATTAINMENT", "cellKind": "MULTIPLE_OF_TARGET_RATE", "rows": []in{{"from": "0", "to": "1", "cell": "1"}, {"from": "1", "cell": "1.5"}}})
		f.aims("WIM", "40000", nil, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": table})
		f.Quota("WIM", f.Own, "100000", "2026-Q1")
		f.Record(sale("W-1", "WIM", "2026-01-20", "80000"), sale("W-2", "WIM", "2026-02-20", "40000"))
		return f.trees("WIM", "2026-Q1")
	},
	"matrix": func(f *firm) string {
		f.Hire("XIA", "Xia", "USD", "")
		csat := f.Make("createMeasure", "measure", in{"key": "CSAT", "name": "Satisfaction", "source": "VALUES", "aggregation": "AVERAGE"})
		f.values(csat, "XIA", map[string]string{"2026-01-31": "8", "2026-02-28": "9"})
		table := f.table("QUALITY", in{
			"dimensions": []in{{"name": "attainment", "expression": "attainment"}, {"name": "satisfaction", "expression": "measureOf('CSAT')"}},
			"cellKind":   "FRACTION_OF_TARGET",
			"rows": []in{
				{"keys": []in{{"to": "0.8"}, {}}, "cell": "0"},
				{"keys": []in{{"from": "0.8"}, {"to": "8"}}, "cell": "0.75"},
				{"keys": []in{{"from": "0.8"}, {"from": "8"}}, "cell": "1.25"},
			},
		})
		f.aims("XIA", "40000", nil, in{"key": "quality", "name": "Sales and satisfaction", "payout": "QUARTER", "rateKind": "MATRIX", "rateTableId": table, "targetShare": "0.3"})
		f.Quota("XIA", f.Own, "100000", "2026-Q1")
		f.Record(sale("X-1", "XIA", "2026-02-10", "90000"))
		return f.trees("XIA", "2026-Q1")
	},
	"matrix-by-credit": func(f *firm) string {
		f.Hire("YAN", "Yan", "USD", "")
		table := f.table("BY-DEAL", in{
			"dimensions": []in{{"name": "channel", "expression": "attr('channel')", "match": "EQUALS"}, {"name": "amount", "expression": "amount"}},
			"precedence": "MOST_SPECIFIC",
			"rows": []in{
				{"keys": []in{{}, {}}, "cell": "0.05"},
				{"keys": []in{{"equals": "partner"}, {}}, "cell": "0.03"},
				{"keys": []in{{"equals": "partner"}, {"from": "5000"}}, "cell": "0.04"},
			},
		})
		f.earns("YAN", nil, in{"key": "commission", "name": "Commission", "rateKind": "MATRIX", "accumulate": "EVENT", "rateTableId": table})
		partner := []in{{"name": "channel", "value": "partner"}}
		f.Record(sale("Y-1", "YAN", "2026-01-10", "2000"), with(sale("Y-2", "YAN", "2026-01-11", "2000"), "attributes", partner), with(sale("Y-3", "YAN", "2026-01-12", "8000"), "attributes", partner))
		return f.trees("YAN", "2026-01")
	},
	"by-tree": func(f *firm) string {
		f.Hire("ZED", "Zed", "USD", "")
		under := func(id, parent string) in { return in{"externalId": id, "name": id, "parentId": parent} }
		all := f.Make("createProduct", "product", in{"externalId": "ALL", "name": "All products"})
		software := f.Make("createProduct", "product", under("SOFTWARE", all))
		f.Make("createProduct", "product", under("LAPTOP", all))
		f.Make("createProduct", "product", under("SUPPORT", software))
		f.Make("createProduct", "product", under("OFFICE", software))
		table := f.table("BY-PRODUCT", in{
			"dimensions": []in{{"name": "product", "expression": "product", "match": "TREE", "tree": "PRODUCT"}},
			"precedence": "MOST_SPECIFIC",
			"rows":       []in{{"keys": []in{{"under": "ALL"}}, "cell": "0.02"}, {"keys": []in{{"under": "SOFTWARE"}}, "cell": "0.04"}, {"keys": []in{{"under": "SUPPORT"}}, "cell": "0.06"}},
		})
		f.earns("ZED", nil, in{"key": "commission", "name": "Commission", "rateKind": "MATRIX", "accumulate": "EVENT", "rateTableId": table})
		f.Record(with(sale("ZE-1", "ZED", "2026-01-10", "1000"), "product", "LAPTOP"), with(sale("ZE-2", "ZED", "2026-01-11", "1000"), "product", "OFFICE"), with(sale("ZE-3", "ZED", "2026-01-12", "1000"), "product", "SUPPORT"))
		return f.trees("ZED", "2026-01")
	},
	"goals": func(f *firm) string {
		f.Hire("ZOE", "Zoe", "USD", "")
		score := f.Make("createMeasure", "measure", in{"key": "PROJECTS", "name": "Projects, as scored by the manager", "source": "VALUES", "aggregation": "LAST"})
		f.values(score, "ZOE", map[string]string{"2026-01-31": "0.5", "2026-03-31": "0.9"})
		f.aims("ZOE", "40000", nil, in{"key": "goals", "name": "Goals", "payout": "QUARTER", "rateKind": "OBJECTIVES", "goals": []in{
			{"key": "sales", "measureId": f.Own, "weight": "0.6", "rateTableId": f.curve()},
			{"key": "projects", "measureId": score, "weight": "0.4"},
		}})
		f.Quota("ZOE", f.Own, "100000", "2026-Q1")
		f.Record(sale("Z-1", "ZOE", "2026-02-10", "110000"))
		return f.trees("ZOE", "2026-Q1")
	},
	"formula": func(f *firm) string {
		f.Hire("ABE", "Abe", "USD", "")
		plan := f.Plan("PLAN-ABE", with(f.version(nil,
			in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
			in{"key": "kicker", "name": "Kicker", "rateKind": "FORMULA", "formula": "attainment >= 1 ? earningOf('commission') * parameter('kicker') : 0"},
		), "parameters", []in{{"key": "kicker", "name": "Kicker", "default": "0.1"}}), "ABE")
		f.Do(f.Admin(), `mutation($v: [ParameterValueInput!]!) { setParameterValues(input: {values: $v}) { userErrors { path code message } } }`, in{"v": []in{
			{"planId": plan, "key": "kicker", "payeeId": f.Payees["ABE"].String(), "startDate": "2026-01-01", "value": "0.25"},
		}})
		f.Quota("ABE", f.Own, "10000", "2026-01")
		f.Record(sale("A-1", "ABE", "2026-01-10", "12000"))
		return f.trees("ABE", "2026-01")
	},
	"earlier": func(f *firm) string {
		f.Hire("CAL", "Cal", "USD", "")
		f.earns("CAL", nil,
			in{"key": "commission", "name": "Commission", "rateKind": "FORMULA", "formula": "min(measure * 0.1, 500 - earnedBefore('commission'))"},
			in{"key": "steady", "name": "Two good months", "rateKind": "RATE_ON_VALUE", "rate": "0.02", "adjustments": []in{
				{"kind": "GATE", "name": "two good months", "over": "COMPONENT", "condition": "measure >= 3000 and prior(1) >= 3000"}}})
		f.Record(sale("CA-1", "CAL", "2026-01-10", "3000"), sale("CA-2", "CAL", "2026-02-10", "4000"))
		return f.trees("CAL", "2026-02")
	},
	"override-credits": func(f *firm) string {
		f.Hire("IRA", "Ira", "USD", "")
		f.Hire("KIT", "Kit", "USD", "IRA")
		f.Hire("LIV", "Liv", "USD", "KIT")
		f.earns("IRA", nil, in{"key": "override", "name": "Override on sales", "measureId": f.Team, "rateKind": "OVERRIDE", "overrideLevels": []in{{"level": 1, "rate": "0.02"}, {"level": 2, "rate": "0.01"}}})
		f.Record(sale("LI-1", "LIV", "2026-01-10", "10000"), sale("KI-1", "KIT", "2026-01-12", "4000"))
		return f.trees("IRA", "2026-01")
	},
	"override-earnings": func(f *firm) string {
		reps := f.Plan("REPS", f.version(nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}), "KIT", "LIV")
		f.Plan("RESULTS", f.version(nil, in{
			"key": "results", "name": "Override on results", "measureId": nil, "rateKind": "OVERRIDE", "overrideBasis": "EARNINGS", "overrideLevels": []in{{"level": 1, "rate": "0.1"}},
			"sources": []in{{"planId": reps, "componentKey": "commission"}, {"componentKey": "results"}},
		}), "KIT", "IRA")
		trees := strings.Split(f.trees("IRA", "2026-01"), "\n\n")
		return trees[slices.IndexFunc(trees, func(tree string) bool { return strings.HasPrefix(tree, "EARNING Override on results") })]
	},
	"pool": func(f *firm) string {
		for _, name := range []string{"PAM", "ROY", "SUE"} {
			f.Hire(name, name, "USD", "")
		}
		team := f.Make("createTeam", "team", in{"externalId": "STORE", "name": "Store", "members": []in{
			{"positionId": f.Positions["PAM"], "weight": "2"}, {"positionId": f.Positions["ROY"]}, {"positionId": f.Positions["SUE"], "startDate": "2026-01-17"},
		}})
		f.Plan("POOL", f.version(nil, in{"key": "pool", "name": "Share of the store", "rateKind": "POOL", "teamId": team, "fund": "measure * 0.01"}), "PAM", "ROY", "SUE")
		f.Record(sale("PA-1", "PAM", "2026-01-10", "10000"), sale("RO-1", "ROY", "2026-01-12", "5005"))
		return f.trees("PAM", "2026-01") + "\n\n" + f.trees("SUE", "2026-01")
	},
	"paid-up": func(f *firm) string {
		f.Hire("BEA", "Bea", "USD", "")
		table := f.Tiers("TIERS-BEA", model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
		f.earns("BEA", nil, in{"key": "commission", "name": "Commission", "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "TIERED", "tierMode": "RETROACTIVE", "rateTableId": table})
		f.Quota("BEA", f.Own, "100000", "2026")
		f.Record(sale("B-1", "BEA", "2026-01-10", "40000"), sale("B-2", "BEA", "2026-02-10", "40000"), sale("B-3", "BEA", "2026-03-10", "40000"))
		return f.trees("BEA", "2026-02") + "\n\n" + f.trees("BEA", "2026-03")
	},
	"nothing-new": func(f *firm) string { return f.trees("BEA", "2026-04") },
	"short-windows": func(f *firm) string {
		f.Hire("DEE", "Dee", "USD", "")
		f.earns("DEE", nil, in{"key": "commission", "name": "Commission", "payout": "QUARTER", "window": "MONTH", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("DEE")})
		f.Quota("DEE", f.Own, "10000", "2026-01", "2026-02", "2026-03")
		f.Record(sale("D-1", "DEE", "2026-01-10", "15000"), sale("D-2", "DEE", "2026-02-10", "5000"))
		return f.trees("DEE", "2026-Q1")
	},
}

func point(at, cell string) in { return in{"from": at, "cell": cell} }

func (f *firm) table(key string, version in) string {
	f.t.Helper()
	return f.Make("createRateTable", "rateTable", in{"key": key, "name": key, "version": version})
}

// curve is the table that the example "curve" has made.
func (f *firm) curve() string {
	f.t.Helper()
	return f.Do(f.Admin(), `{ rateTables(where: {key: {eq: "CURVE"}}) { nodes { id } } }`, nil).String("rateTables", "nodes", 0, "id")
}

// aims is earns with a target incentive.
func (f *firm) aims(payee, target string, rules in, components ...in) {
	f.t.Helper()
	f.aim(payee, f.Plan("PLAN-"+payee, f.version(rules, components...)), target, nil)
}

// aim gives a plan to a payee with a target incentive, from the year's first
// day on where more does not say otherwise.
func (f *firm) aim(payee, plan, target string, more in) {
	f.t.Helper()
	given := in{"planId": plan, "payeeId": f.Payees[payee].String(), "startDate": "2026-01-01", "targetIncentive": in{"amount": target, "currency": "USD"}}
	given = with(given, flatten(more)...)
	given["externalId"] = payee + " from " + given["startDate"].(string)
	f.Make("assignPlan", "planAssignment", given)
}

// values sets a position's values of a measure.
func (f *firm) values(measure, payee string, byDay map[string]string) {
	f.t.Helper()
	var all []in
	for day, value := range byDay {
		all = append(all, in{"measureId": measure, "positionId": f.Positions[payee], "date": day, "value": value})
	}
	f.Do(f.Admin(), `mutation($v: [MeasureValueInput!]!) { setMeasureValues(input: {values: $v}) { userErrors { path code message } } }`, in{"v": all})
}

// payee adds a payee without a position.
func (f *firm) payee(externalID, name string) model.ID {
	f.t.Helper()
	return f.Do(f.Admin(), `mutation($id: String!, $name: String!) { createPayee(input: {externalId: $id, name: $name, currency: "USD"}) { payee { id } userErrors { message } } }`,
		in{"id": externalID, "name": name}).ID("createPayee", "payee", "id")
}

// sits gives a payee a position on days, which has a quota of the quarter.
func (f *firm) sits(payee, position, quota string, days in) {
	f.t.Helper()
	if f.Positions[position] == "" {
		f.Positions[position] = f.Make("createPosition", "position", in{"externalId": position, "name": position})
	}
	f.Make("assignPosition", "assignment", with(days, "externalId", payee+" in "+position, "payeeId", f.Payees[payee].String(), "positionId", f.Positions[position]))
	f.quotas(position, in{"amount": quota})
}

// quotas sets quotas of a payee's position for the first quarter.
func (f *firm) quotas(payee string, all ...in) {
	f.t.Helper()
	for i := range all {
		all[i] = with(all[i], "positionId", f.Positions[payee], "measureId", f.Own, "periodId", f.Period("2026-Q1"))
	}
	f.Do(f.Admin(), `mutation($q: [QuotaInput!]!) { setQuotas(input: {quotas: $q}) { userErrors { message } } }`, in{"q": all})
}
