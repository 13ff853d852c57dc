package plantext

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"spm/model"
)

// ChangeKind is what became of a part of a version.
type ChangeKind string

// The kinds of change.
const (
	Added   ChangeKind = "ADDED"
	Removed ChangeKind = "REMOVED"
	Changed ChangeKind = "CHANGED"
)

// Change is one difference between two versions: where, and what in words.
type Change struct {
	Path   string // by the keys of what lists hold: components.commission.rate
	Kind   ChangeKind
	Before *string // as the text has it; nil where it was not there
	After  *string
	Text   string
}

// Diff tells what changes from one version to another, each with the rate tables
// of its own first day, in the order of the text. What stands in a list is
// matched by its key, name or bounds; choices that were not made are compared by
// their defaults. Number, plan and name are no part of what changes.
func Diff(from, to *Version, key func(model.ID) string) []*Change {
	a, b := whole(from, key), whole(to, key)
	d := differ{from: teller{from, key}, to: teller{to, key}}
	d.fields(nil, a, b)
	return d.out
}

// whole writes a version with all of its rules, each filled in.
func whole(v *Version, key func(model.ID) string) *node {
	own := *v
	own.Plan, own.Name, own.Number = "", "", nil
	n := encoder{key: key}.structure(reflect.ValueOf(own))
	rules := own.Rules.WithDefaults()
	rules.StatusPolicy = rules.StatusPolicyGiven()
	filled := encoder{key: key, full: true}.structure(reflect.ValueOf(rules))
	n.fields = slices.DeleteFunc(n.fields, func(f field) bool { return slices.Contains([]string{"plan", "name", "rules"}, f.name) })
	at := 1 + slices.IndexFunc(n.fields, func(f field) bool { return f.name == "calendar" })
	n.fields = slices.Insert(n.fields, at, field{name: "rules", value: filled})
	return n
}

// differ walks two versions side by side.
type differ struct {
	from, to teller
	out      []*Change
}

// step is a place on the way from the version to a part of it: a field, and of
// a list the item.
type step struct {
	field string
	item  string // what the item is matched by; "" of a field that is no list
	node  [2]*node
}

func pathOf(way []step) string {
	var parts []string
	for _, s := range way {
		parts = append(parts, s.field)
		if s.item != "" {
			parts = append(parts, s.item)
		}
	}
	return strings.Join(parts, ".")
}

func (n *node) at(name string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// fields compares two mappings, in the order of the model.
func (d *differ) fields(way []step, a, b *node) {
	var names []string
	for _, side := range []*node{b, a} {
		at := 0
		for _, f := range side.fields {
			if have := slices.Index(names, f.name); have >= 0 {
				at = have + 1
				continue
			}
			names = slices.Insert(names, at, f.name)
			at++
		}
	}
	for _, name := range names {
		d.value(append(slices.Clone(way), step{field: name, node: [2]*node{a.at(name), b.at(name)}}))
	}
}

func (d *differ) value(way []step) {
	last := way[len(way)-1]
	a, b := last.node[0], last.node[1]
	switch {
	case a == nil && b == nil:
	case listed(a) || listed(b):
		d.lists(way, a, b)
	case a == nil:
		d.tell(way, Added)
	case b == nil:
		d.tell(way, Removed)
	case a.kind == mapping && b.kind == mapping:
		d.fields(way, a, b)
	case rowOf(a) != rowOf(b):
		d.tell(way, Changed)
	}
}

// listed tells whether a node is a list of mappings; one of words is compared as
// one value.
func listed(n *node) bool {
	return n != nil && n.kind == list && len(n.items) > 0 && n.items[0].kind == mapping
}

// identities says by which fields the items of a list are the same item; of
// others it is their key, their name, or their place.
var identities = map[string][]string{
	"planRates": {"from", "to"}, "statusPolicy": {"status"}, "steps": {"month"}, "bonus": {"at"}, "overrideLevels": {"level"}, "clawbacks": {"cause"},
	"sources": {"plan", "component"}, "rows": {"from", "to", "keys"},
}

// identified gives the items of a list by what they are matched by, in order.
func identified(field string, n *node) (keys []string, items map[string]*node) {
	items = map[string]*node{}
	if n == nil {
		return nil, items
	}
	for i, item := range n.items {
		var key string
		switch by := identities[field]; {
		case by != nil:
			var parts []string
			for _, name := range by {
				if value := item.at(name); value != nil {
					parts = append(parts, name+"="+rowOf(value))
				}
			}
			if key = strings.Join(parts, " "); len(by) == 1 || key == "" {
				key = strings.TrimPrefix(key, by[0]+"=")
			}
		case item.at("key") != nil:
			key = item.at("key").text
		case item.at("name") != nil:
			key = item.at("name").text
		default:
			key = fmt.Sprint(i + 1)
		}
		if key == "" {
			key = "all"
		}
		for items[key] != nil {
			key += "+"
		}
		keys, items[key] = append(keys, key), item
	}
	return keys, items
}

// ordered are the lists whose order acts.
var ordered = []string{"adjustments", "caps", "dimensions"}

func (d *differ) lists(way []step, a, b *node) {
	last := way[len(way)-1]
	before, old := identified(last.field, a)
	after, now := identified(last.field, b)
	item := func(key string) []step {
		return append(slices.Clone(way[:len(way)-1]), step{field: last.field, item: key, node: [2]*node{old[key], now[key]}})
	}
	var stayed []string
	for _, key := range before {
		if now[key] == nil {
			d.tell(item(key), Removed)
		} else {
			stayed = append(stayed, key)
		}
	}
	var nowStayed []string
	for _, key := range after {
		if old[key] == nil {
			d.tell(item(key), Added)
			continue
		}
		nowStayed = append(nowStayed, key)
		if d.asRow(last.field) {
			if rowOf(old[key]) != rowOf(now[key]) {
				d.tell(item(key), Changed)
			}
			continue
		}
		d.fields(item(key), old[key], now[key])
	}
	if slices.Contains(ordered, last.field) && !slices.Equal(stayed, nowStayed) {
		d.order(way, stayed, nowStayed)
	}
}

// asRow tells whether items of a list are told as one, such as a tier.
func (d *differ) asRow(field string) bool {
	return slices.Contains([]string{"rows", "bonus", "overrideLevels", "planRates", "steps"}, field)
}

func (d *differ) order(way []step, before, after []string) {
	old, now := strings.Join(before, ", "), strings.Join(after, ", ")
	d.out = append(d.out, &Change{
		Path: pathOf(way), Kind: Changed, Before: &old, After: &now,
		Text: fmt.Sprintf("The order of %s is now %s instead of %s.", d.to.whose(way, "the "+nounOf(way[len(way)-1].field)), now, old),
	})
}

func (d *differ) tell(way []step, kind ChangeKind) {
	last := way[len(way)-1]
	change := &Change{Path: pathOf(way), Kind: kind}
	for i, side := range []**string{&change.Before, &change.After} {
		if n := last.node[i]; n != nil {
			text := n.text
			if n.kind != scalar {
				text = rowOf(n)
			}
			*side = &text
		}
	}
	change.Text = d.sentence(way, kind)
	d.out = append(d.out, change)
}
