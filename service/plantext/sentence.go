package plantext

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"spm/model"
)

// teller tells parts of one version in words.
type teller struct {
	v   *Version
	key func(model.ID) string
}

func (t teller) component(key string) *model.Component {
	at := slices.IndexFunc(t.v.Components, func(c model.Component) bool { return c.Key == key })
	if at < 0 {
		return nil
	}
	return &t.v.Components[at]
}

func (t teller) table(key string) *RateTable {
	at := slices.IndexFunc(t.v.RateTables, func(r RateTable) bool { return r.Key == key })
	if at < 0 {
		return nil
	}
	return &t.v.RateTables[at]
}

func (t teller) money(d decimal.Decimal) string { return grouped(d) + " " + string(t.v.Currency) }

// owner names what a part belongs to: "Commission", "step Kicker of Commission",
// "" for the version itself.
func (t teller) owner(way []step) string {
	if len(way) == 0 {
		return ""
	}
	last := way[len(way)-1]
	own := ""
	switch {
	case last.item == "" && last.field == "rules":
	case last.item == "":
		own = "the " + nounOf(last.field)
	case last.field == "components":
		own = last.item
		if c := t.component(last.item); c != nil {
			own = c.Name
		}
	case last.field == "statusPolicy":
		own = "days of the status " + last.item
	default:
		own = nounOf(last.field) + " " + last.item
	}
	above := t.owner(way[:len(way)-1])
	switch {
	case own == "":
		return above
	case above == "":
		return own
	}
	return own + " of " + above
}

// whose names a part with what it belongs to.
func (t teller) whose(way []step, noun string) string {
	if owner := t.owner(way[:len(way)-1]); owner != "" {
		return noun + " of " + owner
	}
	return noun
}

// say tells what a part is.
func (t teller) say(way []step, n *node) string {
	if n == nil {
		return ""
	}
	last := way[len(way)-1]
	switch n.kind {
	case list:
		var parts []string
		for _, item := range n.items {
			parts = append(parts, t.say(append(slices.Clone(way[:len(way)-1]), step{field: last.field, item: "x"}), item))
		}
		return strings.Join(parts, "; ")
	case mapping:
		var parts []string
		for _, f := range n.fields {
			if f.name != "key" && f.name != "name" {
				parts = append(parts, nounOf(f.name)+" "+t.say(append(slices.Clone(way), step{field: f.name}), f.value))
			}
		}
		return strings.Join(parts, ", ")
	}
	if d, is := n.number(); is {
		return t.number(way, d)
	}
	if n.plain {
		return phrase(last.field, n.text)
	}
	return n.text
}

// number gives the exact number that a node is.
func (n *node) number() (decimal.Decimal, bool) {
	if n == nil || n.kind != scalar || !n.plain {
		return decimal.Decimal{}, false
	}
	d, err := model.ParseDecimal(n.text)
	return d, err == nil
}

func (t teller) number(way []step, d decimal.Decimal) string {
	switch called[way[len(way)-1].field].unit {
	case asPercent:
		return percent(d)
	case ofQuota:
		return percent(d) + " of quota"
	case asMoney:
		return t.money(d)
	case byKind:
		if c := t.component(way[0].item); c != nil && way[0].field == "components" {
			return t.rate(c, d)
		}
	case asFactor:
		return "x " + grouped(d)
	case asCell:
		if table := t.table(way[0].item); table != nil {
			return t.cell(table.CellKind, d)
		}
	}
	if len(way) > 1 && way[len(way)-1].field == "weight" && way[len(way)-2].field == "goals" {
		return percent(d)
	}
	return grouped(d)
}

// rate tells a component's rate: money, or a fraction.
func (t teller) rate(c *model.Component, d decimal.Decimal) string {
	if c.RateKind == model.RateUnit || c.RateKind == model.RatePerEvent {
		return t.money(d)
	}
	return percent(d)
}

// cell tells a cell of a rate table.
func (t teller) cell(kind model.CellKind, d decimal.Decimal) string {
	switch kind {
	case model.CellMoney:
		return t.money(d)
	case model.CellPerUnit:
		return t.money(d) + " per unit"
	case model.CellTarget:
		return percent(d) + " of the target incentive"
	case model.CellTargetRate:
		return grouped(d) + " x the target rate"
	}
	return percent(d)
}

// bounds tells which values find a row.
func (t teller) bounds(table *RateTable, row *model.RateRow) string {
	if len(row.Keys) > 0 {
		var parts []string
		for i, k := range row.Keys {
			name := fmt.Sprint(i + 1)
			if i < len(table.Dimensions) {
				name = table.Dimensions[i].Name
			}
			switch {
			case k.Open():
				parts = append(parts, "any "+name)
			case k.Equals != nil:
				parts = append(parts, name+" "+*k.Equals)
			case k.Under != nil:
				parts = append(parts, name+" at or under "+*k.Under)
			default:
				parts = append(parts, name+" "+span(k.From, k.To, grouped, ""))
			}
		}
		return "for " + strings.Join(parts, ", ")
	}
	if table.Dimension == model.ByAttainment {
		return span(row.From, row.To, percent, " of quota")
	}
	return span(row.From, row.To, grouped, "")
}

// span tells bounds; of is what they are fractions of.
func span(from, to *decimal.Decimal, say func(decimal.Decimal) string, of string) string {
	switch {
	case from == nil && to == nil:
		return "everywhere"
	case from == nil:
		return "up to " + say(*to) + of
	case to == nil:
		return "from " + say(*from) + of + " up"
	}
	return "from " + say(*from) + " to " + say(*to) + of
}

// row tells an item that is told as one: where it stands, and what it gives.
func (t teller) row(way []step, n *node) (where, what string) {
	last := way[len(way)-1]
	amount := func(name string) string {
		return t.say(append(slices.Clone(way), step{field: name}), n.at(name))
	}
	switch last.field {
	case "rows":
		table := t.table(way[0].item)
		row := &model.RateRow{}
		d := decoder{lines: map[string]int{}, find: func(Reference) (model.ID, bool) { return model.ID{}, true }}
		d.structure(reflect.ValueOf(row).Elem(), n, "")
		return "tier " + t.bounds(table, row) + " in " + way[0].item, t.cell(table.CellKind, row.Cell)
	case "bonus":
		return t.whose(way, "bonus at "+amount("at")), amount("amount")
	case "overrideLevels":
		return t.whose(way, "rate of level "+n.at("level").text), percentOf(n.at("rate"))
	case "planRates":
		return "stated rate from " + n.at("from").text + " to " + n.at("to").text, amount("rate")
	}
	return t.whose(way, "month "+n.at("month").text), t.say(way, n)
}

func percentOf(n *node) string {
	d, _ := n.number()
	return percent(d)
}

// item tells an item of a list that is there, or was.
func (t teller) item(way []step, n *node) (subject, what string) {
	last := way[len(way)-1]
	name := last.item
	if own := n.at("name"); own != nil {
		name = own.text
	}
	switch last.field {
	case "components":
		return "component " + t.component(last.item).Name, t.summary(t.component(last.item))
	case "adjustments", "caps":
		kind := strings.ToLower(n.at("kind").text)
		return t.whose(way, kind+" "+name), t.step(way, n)
	case "release", "clawbacks", "guarantees", "draws":
		if what := t.balance(way); what != "" {
			return t.whose(way, nounOf(last.field)+" "+name), what
		}
	case "rateTables":
		table := t.table(last.item)
		var tiers []string
		for i := range table.Rows {
			tiers = append(tiers, t.bounds(table, &table.Rows[i])+" "+t.cell(table.CellKind, table.Rows[i].Cell))
		}
		return "the rate table " + last.item, strings.Join(tiers, "; ")
	}
	return t.whose(way, nounOf(last.field)+" "+name), t.say(way, n)
}

// step tells an adjustment, or a cap or floor over a plan or payee.
func (t teller) step(way []step, n *node) string {
	var parts []string
	if amount := n.at("amount"); amount != nil {
		bound := map[string]string{"CAP": "at most ", "FLOOR": "at least "}[n.at("kind").text]
		parts = append(parts, bound+t.say(append(slices.Clone(way), step{field: "amount"}), amount))
	}
	for _, f := range n.fields {
		if !slices.Contains([]string{"kind", "name", "amount", "key"}, f.name) {
			parts = append(parts, nounOf(f.name)+" "+t.say(append(slices.Clone(way), step{field: f.name}), f.value))
		}
	}
	return strings.Join(parts, ", ")
}

// summary tells in a few words what a component pays.
func (t teller) summary(c *model.Component) string {
	of, rate := "", ""
	if !c.MeasureID.IsZero() {
		of = t.key(c.MeasureID)
	}
	if c.Rate != nil {
		rate = t.rate(c, *c.Rate)
	}
	table := ""
	if c.RateTableID != nil {
		table = t.key(*c.RateTableID)
	}
	var pays string
	switch c.RateKind {
	case model.RateOnValue:
		pays = rate + " of " + of
	case model.RateUnit:
		pays = rate + " per unit of " + of
	case model.RatePerEvent:
		pays = rate + " for " + phrase("event", string(or(c.Event, model.EventCredit))) + " of " + of
	case model.RateTiered:
		pays = "tiers of " + table + " on " + of + ", " + phrase("tierMode", string(c.TierMode))
	case model.RateBonus:
		var levels []string
		for _, l := range c.Bonus {
			levels = append(levels, t.money(l.Amount)+" at "+percent(l.At)+" of quota")
		}
		pays = "a bonus on " + of + ", " + strings.Join(levels, ", ")
	case model.RateObjectives:
		var goals []string
		for i := range c.Goals {
			goals = append(goals, c.Goals[i].Key+" "+percent(c.Goals[i].Weight))
		}
		pays = "objectives: " + strings.Join(goals, ", ")
	case model.RateFormula:
		pays = "the formula " + c.Formula
	case model.RateOverride:
		var levels []string
		for _, l := range c.Levels {
			levels = append(levels, percent(l.Rate)+" of level "+fmt.Sprint(l.Level))
		}
		pays = "an override on " + phrase("overrideBasis", string(or(c.Basis, model.OverrideCredits))) + ", " + strings.Join(levels, ", ")
	case model.RatePool:
		pays = "a part of the fund " + c.Fund
	default:
		pays = phrase("rateKind", string(c.RateKind)) + " " + table + " on " + of
	}
	return strings.TrimSpace(pays) + ", paid each " + phrase("payout", string(c.Payout))
}

func or[T ~string](given, preset T) T {
	if given == "" {
		return preset
	}
	return given
}

// sentence tells one change.
func (d *differ) sentence(way []step, kind ChangeKind) string {
	last := way[len(way)-1]
	old, now := last.node[0], last.node[1]
	if last.item == "" {
		return upper(d.fieldSentence(way, kind))
	}
	if d.asRow(last.field) {
		side, n := d.to, now
		if kind == Removed {
			side, n = d.from, old
		}
		where, what := side.row(way, n)
		switch kind {
		case Added:
			return upper(where + " is new: " + what + ".")
		case Removed:
			return upper(where + " is gone; it was " + what + ".")
		}
		_, was := d.from.row(way, old)
		return upper(where + ": " + what + " instead of " + was + ".")
	}
	if kind == Removed {
		subject, what := d.from.item(way, old)
		return upper(ended(subject+" is gone", "; it was ", what))
	}
	subject, what := d.to.item(way, now)
	return upper(ended(subject+" is new", ": ", what))
}

func ended(subject, colon, what string) string {
	if what == "" {
		return subject + "."
	}
	return subject + colon + what + "."
}

func (d *differ) fieldSentence(way []step, kind ChangeKind) string {
	last := way[len(way)-1]
	noun := "the " + nounOf(last.field)
	switch kind {
	case Added:
		return d.to.whose(way, noun) + " is new: " + d.to.say(way, last.node[1]) + "."
	case Removed:
		return d.from.whose(way, noun) + " is gone; it was " + d.from.say(way, last.node[0]) + "."
	}
	was, is := d.from.say(way, last.node[0]), d.to.say(way, last.node[1])
	_, number := last.node[0].number()
	if _, both := last.node[1].number(); number && both {
		return d.to.whose(way, noun) + " goes from " + was + " to " + is + "."
	}
	return d.to.whose(way, noun) + " is now " + is + " instead of " + was + "."
}

// upper begins a sentence.
func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
