package docs

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"spm/model"
	"spm/test/harness"
)

// TestCalculation works docs/calculation.md's examples out on a server: each
// `text worked:NAME` is what the example of that name gives.
func TestCalculation(t *testing.T) {
	f := &firm{harness.New(t).NewCompany(), t}
	page := readPage(t, "docs/calculation.md")
	all := maps.Clone(examples)
	maps.Copy(all, ways)
	for _, b := range page.blocks {
		name, worked := b.word("worked")
		example := all[name]
		switch {
		case !worked:
			t.Errorf("%s:%d: a block that is no worked example", page.name, b.line)
		case example == nil:
			t.Errorf("%s:%d: there is no example %q", page.name, b.line, name)
		default:
			if got := example(f); got != b.text {
				wrong(t, b, got, "%s:%d: %s gives\n%s", page.name, b.line, name, got)
			}
		}
	}
	if *update {
		page.save(t)
	}
}

// tiers are 5% up to quota and 10% above; level pays at an attainment.
func (f *firm) tiers(payee string) string {
	f.t.Helper()
	return f.Tiers("TIERS-"+payee, model.ByAttainment, [3]string{"0", "1", "0.05"}, [3]string{"1", "", "0.1"})
}

func level(at, amount string) in { return in{"at": at, "amount": amount} }

// examples are worked out in the order in which the document has them; one may
// go on with what an earlier one has left.
var examples = map[string]func(*firm) string{
	"splits": func(f *firm) string {
		f.Hire("MIA", "Mia", "USD", "")
		for _, name := range []string{"ANN", "BEN", "CLEO"} {
			f.Hire(name, name, "USD", "MIA")
		}
		f.Record(with(sale("S-1", "", "2026-01-10", "100.00"), "sellers", []in{{"payee": "ANN"}, {"payee": "BEN"}, {"payee": "CLEO"}}))
		f.Record(with(sale("S-2", "", "2026-01-11", "100.00"), "sellers", []in{{"payee": "ANN", "weight": "2"}, {"payee": "BEN", "weight": "1"}}))
		return f.credits("S-1", "S-2")
	},
	"returns": func(f *firm) string {
		f.Record(taken("S-3", "2026-02-03", "-60.00", "S-1"))
		return f.credits("S-3")
	},
	"revisions": func(f *firm) string {
		f.Hire("DAN", "Dan", "USD", "")
		f.Record(with(sale("R-1", "DAN", "2026-01-10", "1000.00"), "sourceRevision", "1"))
		f.Record(with(sale("R-1", "DAN", "2026-01-10", "1200.00"), "sourceRevision", "3"))
		f.Record(with(sale("R-1", "DAN", "2026-01-10", "1100.00"), "sourceRevision", "2")) // too late to count
		return f.credits("R-1")
	},
	"flat": func(f *firm) string {
		f.Hire("EVE", "Eve", "USD", "")
		f.earns("EVE", nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1"})
		f.Record(sale("E-1", "EVE", "2026-01-10", "1000.00"), sale("E-2", "EVE", "2026-01-20", "250.50"))
		return f.trees("EVE", "2026-01")
	},
	"activities": func(f *firm) string {
		f.Hire("LIA", "Lia", "USD", "")
		counts := func(key, kind string) string {
			return f.Make("createMeasure", "measure", in{"key": key, "name": key, "source": "ACTIVITIES", "condition": "kind == '" + kind + "'"})
		}
		f.earns("LIA", nil, in{"key": "demos", "name": "For each opportunity with a demo", "measureId": counts("DEMOS", "DEMO"), "rateKind": "PER_EVENT", "event": "ORDER", "rate": "40"},
			in{"key": "meetings", "name": "For each meeting", "measureId": counts("MEETINGS", "MEETING"), "rateKind": "UNIT", "rate": "15"})
		var rows []in
		for i, kind := range []string{"MEETING", "CALL", "MEETING", "MEETING", "DEMO", "DEMO"} {
			rows = append(rows, in{"source": "crm", "externalId": fmt.Sprint("LI-", i+1), "kind": kind, "position": "LIA", "date": fmt.Sprint("2026-01-1", i), "opportunity": "O1"})
		}
		rows = append(rows, with(rows[3], "status", "WITHDRAWN"))
		f.Do(f.Admin(), `mutation($a: [ActivityInput!]!) { recordActivities(input: {activities: $a}) { rejected userErrors { path message } } }`, in{"a": rows})
		return f.trees("LIA", "2026-01")
	},
	"counted": func(f *firm) string {
		f.Hire("FAY", "Fay", "USD", "")
		big := f.Make("createMeasure", "measure", in{"key": "BIG_DEALS", "name": "Big deals", "creditKinds": []string{"DIRECT"}, "value": "COUNT", "condition": "amount >= 5000"})
		f.earns("FAY", nil, in{"key": "big", "name": "For each big deal", "measureId": big, "rateKind": "RATE_ON_VALUE", "rate": "50"})
		f.Record(sale("F-1", "FAY", "2026-01-10", "8000"), sale("F-2", "FAY", "2026-01-11", "900"), sale("F-3", "FAY", "2026-01-12", "5000"))
		return f.trees("FAY", "2026-01")
	},
	"marginal": func(f *firm) string {
		f.Hire("GUS", "Gus", "USD", "")
		f.earns("GUS", nil, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("GUS")})
		f.Quota("GUS", f.Own, "10000", "2026-01")
		f.Record(sale("G-1", "GUS", "2026-01-08", "6000"), sale("G-2", "GUS", "2026-01-20", "7000"))
		return f.trees("GUS", "2026-01")
	},
	"walked-back": func(f *firm) string {
		f.Record(taken("G-3", "2026-01-25", "-5000", "G-2"))
		return f.trees("GUS", "2026-01")
	},
	"retroactive": func(f *firm) string {
		f.Hire("HAL", "Hal", "USD", "")
		f.earns("HAL", nil, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "RETROACTIVE", "rateTableId": f.tiers("HAL")})
		f.Quota("HAL", f.Own, "10000", "2026-01")
		f.Record(sale("H-1", "HAL", "2026-01-08", "6000"), sale("H-2", "HAL", "2026-01-20", "7000"))
		return f.trees("HAL", "2026-01")
	},
	"bonus": func(f *firm) string {
		f.Hire("IDA", "Ida", "USD", "")
		levels := []in{level("1", "1000"), level("1.2", "3000"), level("1.5", "8000")}
		f.earns("IDA", nil,
			in{"key": "each", "name": "Each level", "rateKind": "BONUS", "bonusLevels": "EACH", "bonus": levels},
			in{"key": "highest", "name": "Highest level", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": levels})
		f.Quota("IDA", f.Own, "10000", "2026-01")
		f.Record(sale("I-1", "IDA", "2026-01-08", "13000"))
		return f.trees("IDA", "2026-01")
	},
	"prorated": func(f *firm) string {
		f.Hire("JON", "Jon", "USD", "", in{"startDate": "2026-01-17"})
		f.earns("JON", nil, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("JON")})
		f.Quota("JON", f.Own, "10000", "2026-01")
		f.Record(sale("J-1", "JON", "2026-01-20", "5000"))
		return f.trees("JON", "2026-01")
	},
	"on-leave": func(f *firm) string { return f.onLeave("INA", nil) },
	"not-paid": func(f *firm) string {
		return f.onLeave("JIM", in{"statusPolicy": []in{{"status": "LEAVE_UNPAID", "accrues": false, "pays": false, "prorates": true}}})
	},
	"left-whole":   func(f *firm) string { return f.leaves("JANA", "FULL") },
	"left-nothing": func(f *firm) string { return f.leaves("JOST", "FORFEIT") },
	"plan-changes": func(f *firm) string {
		f.Hire("KIM", "Kim", "USD", "")
		rate := func(r string) in {
			return in{"key": "commission", "name": "Commission", "payout": "QUARTER", "rateKind": "RATE_ON_VALUE", "rate": r}
		}
		plan := f.earns("KIM", nil, rate("0.05"))
		f.Version(plan, 2, "2026-02-01", f.version(nil, rate("0.06")))
		f.Record(sale("K-1", "KIM", "2026-01-31", "1000"), sale("K-2", "KIM", "2026-02-01", "1000"))
		return f.trees("KIM", "2026-Q1")
	},
	"adjusted": func(f *firm) string {
		f.Hire("PIA", "Pia", "USD", "")
		f.earns("PIA", nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{
			{"kind": "CAP", "name": "a deal at most", "over": "LINE", "amount": "500"},
			{"kind": "MULTIPLIER", "name": "above quota", "condition": "attainment > 1", "factor": "1.2"},
			{"kind": "GATE", "name": "team sells too", "condition": "measureOf('TEAM') > 0", "factor": "0.5"},
			{"kind": "FLOOR", "name": "minimum", "amount": "600"},
		}})
		f.Quota("PIA", f.Own, "8000", "2026-01")
		f.Record(sale("P-1", "PIA", "2026-01-08", "6000"), sale("P-2", "PIA", "2026-01-20", "4000"))
		return f.trees("PIA", "2026-01")
	},
	"order-capped": func(f *firm) string {
		f.Hire("ORI", "Ori", "USD", "")
		f.earns("ORI", nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{{"kind": "CAP", "name": "an order at most", "over": "ORDER", "amount": "500"}}})
		f.Record(with(sale("OR-1", "ORI", "2026-01-08", "4000"), "orderId", "O1"), with(sale("OR-2", "ORI", "2026-01-09", "3000"), "orderId", "O1"), with(sale("OR-3", "ORI", "2026-01-10", "6000"), "orderId", "O2"))
		f.Record(with(taken("OR-4", "2026-01-20", "-2000", "OR-3"), "orderId", "O2"))
		return f.trees("ORI", "2026-01")
	},
	"long-caps": func(f *firm) string {
		f.Hire("XENA", "Xena", "USD", "")
		f.earns("XENA", nil,
			in{"key": "carried", "name": "Carried", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{{"kind": "CAP", "name": "a month at most", "amount": "300", "excess": "CARRIED"}}},
			in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{{"kind": "CAP", "name": "a year at most", "amount": "500", "per": "YEAR"}}})
		f.Record(sale("XE-1", "XENA", "2026-01-08", "4000"), sale("XE-2", "XENA", "2026-02-09", "1500"))
		return f.trees("XENA", "2026-02")
	},
	"period-caps": func(f *firm) string {
		f.Hire("VIC", "Vic", "USD", "")
		trued := func(key, name, excess string) in {
			return in{"key": key, "name": name, "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{{"kind": "CAP", "name": "a month at most", "amount": "100", "per": "PERIOD", "excess": excess}}}
		}
		f.earns("VIC", nil, trued("carried", "Carried", "CARRIED"), trued("commission", "Commission", "FORFEITED"))
		f.Record(sale("VC-1", "VIC", "2026-01-08", "1500"), sale("VC-2", "VIC", "2026-02-09", "300"), sale("VC-3", "VIC", "2026-03-09", "800"))
		return f.trees("VIC", "2026-02")
	},
	"plan-capped": func(f *firm) string {
		f.Hire("ZARA", "Zara", "USD", "")
		version := f.version(nil, in{"key": "sales", "name": "Sales", "rateKind": "RATE_ON_VALUE", "rate": "0.1"}, in{"key": "spif", "name": "SPIF", "rateKind": "RATE_ON_VALUE", "rate": "0.05"})
		f.Plan("PLAN-ZARA", with(version, "caps", []in{{"kind": "CAP", "name": "a month at most", "over": "PLAN", "amount": "120"}}), "ZARA")
		f.Record(sale("ZA-1", "ZARA", "2026-01-08", "400"), sale("ZA-2", "ZARA", "2026-01-20", "600"))
		return f.trees("ZARA", "2026-01")
	},
	"attainment-cap": func(f *firm) string {
		f.Hire("ULF", "Ulf", "USD", "")
		f.earns("ULF", nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "attainmentCap": "1.5"})
		f.Quota("ULF", f.Own, "10000", "2026-01")
		f.Record(sale("UL-1", "ULF", "2026-01-08", "12000"), sale("UL-2", "ULF", "2026-01-20", "8000"))
		return f.trees("ULF", "2026-01")
	},
	"currencies": func(f *firm) string {
		f.Hire("LEA", "Lea", "EUR", "")
		f.earns("LEA", nil, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.03"})
		f.Do(f.Admin(), `mutation($r: [FXRateInput!]!) { setFXRates(input: {rates: $r}) { userErrors { message } } }`, in{"r": []in{
			{"fromCurrency": "GBP", "toCurrency": "USD", "date": "2026-01-15", "rate": "1.25"},
			{"fromCurrency": "USD", "toCurrency": "EUR", "date": "2026-01-15", "rate": "0.9"},
			{"fromCurrency": "GBP", "toCurrency": "USD", "date": "2026-01-20", "rate": "1.3"},
		}})
		f.Record(with(sale("L-1", "LEA", "2026-01-15", "1000.01"), "currency", "GBP"), with(sale("L-2", "LEA", "2026-01-20", "500"), "currency", "GBP"))
		return f.trees("LEA", "2026-01")
	},
	"pay-date": func(f *firm) string {
		f.Hire("LARS", "Lars", "EUR", "")
		f.earns("LARS", in{"fxCreditToPlan": "PLAN_RATE", "planRates": []in{{"fromCurrency": "GBP", "toCurrency": "USD", "rate": "1.2"}}, "fxPlanToPay": "PAY_DATE"},
			in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.03"})
		f.Do(f.Admin(), `mutation($r: [FXRateInput!]!, $p: ID!) {
			setFXRates(input: {rates: $r}) { userErrors { message } }
			setPayDates(input: {payDates: [{periodId: $p, payDate: "2026-02-10"}]}) { userErrors { message } } }`,
			in{"r": []in{{"fromCurrency": "USD", "toCurrency": "EUR", "date": "2026-02-10", "rate": "0.95"}}, "p": f.Period("2026-01")})
		f.Record(with(sale("LA-1", "LARS", "2026-01-15", "1000.01"), "currency", "GBP"), with(sale("LA-2", "LARS", "2026-01-20", "500"), "currency", "GBP"))
		return f.trees("LARS", "2026-01")
	},
	"rounded-once": func(f *firm) string { return f.rounded("MAX", nil) },
	"rounded-by-line": func(f *firm) string {
		return f.rounded("NIA", in{"roundStage": "LINE"})
	},
	"capped-by-line": func(f *firm) string {
		f.Hire("NED", "Ned", "USD", "")
		f.earns("NED", in{"roundStage": "LINE"}, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.1", "adjustments": []in{
			{"kind": "CAP", "name": "at most", "amount": "15"},
		}})
		f.Record(sale("NE-1", "NED", "2026-01-10", "100.06"), sale("NE-2", "NED", "2026-01-20", "100.06"))
		return f.trees("NED", "2026-01")
	},
	"rounded-together": func(f *firm) string {
		f.Hire("NORA", "Nora", "USD", "")
		f.earns("NORA", in{"roundStage": "STATEMENT"},
			in{"key": "1-hunting", "name": "Hunting", "rateKind": "RATE_ON_VALUE", "rate": "0.05"}, in{"key": "2-farming", "name": "Farming", "rateKind": "RATE_ON_VALUE", "rate": "0.05"})
		f.Record(sale("NO-1", "NORA", "2026-01-10", "30.50"))
		return f.trees("NORA", "2026-01")
	},
	"trued-up-together": func(f *firm) string {
		f.Hire("MONA", "Mona", "USD", "")
		trued := func(key, name string) in {
			return in{"key": key, "name": name, "window": "YEAR", "settlement": "TRUE_UP", "rateKind": "RATE_ON_VALUE", "rate": "0.05"}
		}
		f.earns("MONA", in{"roundStage": "STATEMENT"}, trued("1-hunting", "Hunting"), trued("2-farming", "Farming"))
		f.Record(sale("MN-1", "MONA", "2026-01-10", "30.50"), sale("MN-2", "MONA", "2026-02-10", "30.50"))
		return f.trees("MONA", "2026-02")
	},
	"zeros": func(f *firm) string {
		f.Hire("OLE", "Ole", "USD", "")
		margin := f.Make("createMeasure", "measure", in{"key": "MARGIN", "name": "Margin", "creditKinds": []string{"DIRECT"}, "value": "MARGIN"})
		f.earns("OLE", nil,
			in{"key": "1", "name": "Services", "condition": `product == "SERVICES"`, "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
			in{"key": "2", "name": "Bonus", "rateKind": "BONUS", "bonusLevels": "HIGHEST", "bonus": []in{level("1", "1000")}},
			in{"key": "3", "name": "Commission on January's last day", "condition": "eventDate >= date(\"2026-01-31\")", "rateKind": "RATE_ON_VALUE", "rate": "0.1"},
			in{"key": "4", "name": "Commission on margin", "measureId": margin, "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers("OLE")})
		f.Quota("OLE", f.Own, "10000", "2026-01")
		f.Record(sale("O-1", "OLE", "2026-01-10", "4000"), sale("O-2", "OLE", "2026-01-31", "500"), taken("O-3", "2026-01-31", "-500", "O-2"))
		return f.trees("OLE", "2026-01")
	},
}

// onLeave pays who goes on unpaid leave on the 21st of January.
func (f *firm) onLeave(payee string, rules in) string {
	f.t.Helper()
	f.Hire(payee, payee, "USD", "")
	f.earns(payee, rules, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers(payee)})
	f.Quota(payee, f.Own, "9300", "2026-01")
	f.Record(sale(payee+"-1", payee, "2026-01-08", "7000"), sale(payee+"-2", payee, "2026-01-25", "4000"))
	f.Status(payee, "2026-01-21", model.PayeeLeaveUnpaid)
	f.Status(payee, "2026-02-01", model.PayeeActive)
	return f.trees(payee, "2026-01")
}

// leaves lets a payee sell 21,000 and leave with the 20th of January.
func (f *firm) leaves(payee, open string) string {
	f.t.Helper()
	f.Hire(payee, payee, "USD", "")
	f.earns(payee, in{"leaver": in{"openWindow": open}}, in{"key": "commission", "name": "Commission", "rateKind": "TIERED", "tierMode": "MARGINAL", "rateTableId": f.tiers(payee)})
	f.Quota(payee, f.Own, "31000", "2026-01")
	f.Record(sale(payee+"-1", payee, "2026-01-08", "21000"))
	f.Status(payee, "2026-01-21", model.PayeeTerminated)
	return f.trees(payee, "2026-01")
}

// rounded pays 5% on three deals.
func (f *firm) rounded(payee string, rules in) string {
	f.t.Helper()
	f.Hire(payee, payee, "USD", "")
	f.earns(payee, rules, in{"key": "commission", "name": "Commission", "rateKind": "RATE_ON_VALUE", "rate": "0.05"})
	f.Record(sale(payee[:1]+"-1", payee, "2026-01-10", "30.50"), sale(payee[:1]+"-2", payee, "2026-01-11", "30.50"), sale(payee[:1]+"-3", payee, "2026-01-12", "30.25"))
	tree := f.trees(payee, "2026-01")
	lines := f.Do(f.Admin(), `query($p: ID!) { earnings(where: {payeeId: {eq: $p}}) { nodes { lines { nodes { amount { amount } } } } } }`, in{"p": f.Payees[payee].String()})
	return tree + "\n\nlines: " + strings.Join(harness.Texts(lines.List("earnings", "nodes", 0, "lines", "nodes"), "amount", "amount"), ", ")
}
