package store

import "spm/model"

// concern says whom rows that are given to a payee, a position or a title
// concern, for readers who may not see all: a plan assignment, a quota, a
// parameter value.
type concern struct {
	alias    string // of the row: it has position_id and title_id
	payees   bool   // it has payee_id too
	from, to string // expressions for the days [from, to) on which it counts
}

// own keeps what concerns the caller's own payee: what is given to it, to a
// position that it held on one of the days, or to a title which that position
// had then. The caller has opened a parenthesis.
func (c concern) own(b *builder, scope model.Scope) {
	if c.payees {
		b.add(c.alias+".payee_id = ? OR ", scope.Reach.Payee)
	}
	b.add("EXISTS (SELECT FROM position_assignment s WHERE s.payee_id = ? AND", scope.Reach.Payee).standing("s", scope)
	b.add(" AND GREATEST(s.from_date, " + c.from + ") < LEAST(s.to_date, " + c.to + ") AND (s.position_id = " + c.alias + ".position_id OR EXISTS (SELECT FROM " + titled + " AND")
	b.standing("p", scope)
	b.add(" AND p.id = s.position_id AND x.title = " + c.alias + ".title_id AND GREATEST(s.from_date, x.from_date, " + c.from + ") < LEAST(s.to_date, x.to_date, " + c.to + "))))")
}

// titled is the positions with the titles that they had.
const titled = "position p, unnest(p.title_ids, p.title_from, p.title_to) x(title, from_date, to_date) WHERE true"

// below keeps what concerns the caller's subtree as it was on the last of the
// days, today where they go on: what is given to a position in it, to a title
// of such a position, or to a payee all of whose positions are in it.
func (c concern) below(b *builder, scope model.Scope) {
	spanned := func() {
		b.add("EXISTS (SELECT FROM "+spans("v"), spanArgs(scope.Reach)...)
		b.add(" WHERE v.from_date <= d.day AND d.day < v.to_date AND ")
	}
	seated := func() {
		b.add("EXISTS (SELECT FROM position_assignment s WHERE s.payee_id = " + c.alias + ".payee_id AND s.from_date <= d.day AND d.day < s.to_date AND")
		b.standing("s", scope)
	}
	b.add(" OR EXISTS (SELECT FROM (SELECT LEAST(?, "+c.to+" - 1)) d(day) WHERE ", date(scope.Reach.Today))
	spanned()
	b.add("(v.position = " + c.alias + ".position_id OR EXISTS (SELECT FROM " + titled + " AND")
	b.standing("p", scope)
	b.add(" AND p.id = v.position AND x.title = " + c.alias + ".title_id AND x.from_date <= d.day AND d.day < x.to_date)))")
	if c.payees {
		b.add(" OR (")
		seated()
		b.add(") AND NOT ")
		seated()
		b.add(" AND NOT ")
		spanned()
		b.add("v.position = s.position_id)))")
	}
	b.add(")")
}

// concerns appends a condition, without a leading AND, that the row concerns
// the caller or somebody below.
func (b *builder) concerns(scope model.Scope, c concern) {
	b.add("(" + c.from + " < " + c.to + " AND ")
	if c.payees {
		b.notOf(scope, c.alias+".payee_id")
	}
	b.add("(")
	c.own(b, scope)
	if len(scope.Reach.Subtree) > 0 {
		c.below(b, scope)
	}
	b.add("))")
}

// quotaConcerns appends a condition that the quota at the alias does.
func (b *builder) quotaConcerns(scope model.Scope, quota string) {
	b.add("EXISTS (SELECT FROM period r WHERE r.id = "+quota+".period_id AND").inForce("r", scope).add(" AND ")
	b.concerns(scope, concern{alias: quota, from: "r.from_date", to: "r.to_date"})
	b.add(")")
}

// valueConcerns appends a condition that the value of a measure at the alias
// does: the whole company's concerns everybody, a position's who held it on its
// date, and who has it below, as for a credit of that date.
func (b *builder) valueConcerns(scope model.Scope, value string) {
	b.add("("+value+".position_id IS NULL OR ").heldOn(scope, value).add(")")
}

// heldOn appends conditions, joined by OR, that the row is of a position that
// the caller held on its date, or has below, as for a credit of that date.
func (b *builder) heldOn(scope model.Scope, alias string) *builder {
	held := func(column string) {
		b.add("SELECT "+column+" FROM position_assignment s WHERE s.payee_id = ? AND", scope.Reach.Payee).standing("s", scope)
	}
	// The list of positions lets an index find the few rows of one person.
	b.add("(" + alias + ".position_id = ANY(ARRAY(")
	held("s.position_id")
	b.add(")) AND EXISTS (")
	held("")
	b.add(" AND s.position_id = " + alias + ".position_id AND s.from_date <= " + alias + ".date AND " + alias + ".date < s.to_date))")
	if len(scope.Reach.Subtree) > 0 {
		b.add(" OR ").belowOn(scope, alias)
	}
	return b
}

// versionConcerns appends a condition that the plan version at the alias was
// published and is given to somebody whom it concerns.
func (b *builder) versionConcerns(scope model.Scope, version string) {
	b.add(version + ".state IN ('PUBLISHED', 'RETIRED') AND EXISTS (SELECT FROM plan_assignment a WHERE a.plan_id = " + version + ".plan_id AND")
	b.inForce("a", scope).add(" AND ")
	b.concerns(scope, concern{
		alias: "a", payees: true,
		from: "GREATEST(a.from_date, " + version + ".from_date)", to: "LEAST(a.to_date, " + version + ".to_date)",
	})
	b.add(")")
}

// parameterConcerns appends a condition that the parameter value at the alias
// does: its plan is given on its days to somebody whom it concerns, and it is
// the whole plan's or that of somebody whom it concerns.
func (b *builder) parameterConcerns(scope model.Scope, value string) {
	b.add("EXISTS (SELECT FROM plan_assignment a WHERE a.plan_id = "+value+".plan_id AND").inForce("a", scope).add(" AND ")
	b.concerns(scope, concern{
		alias: "a", payees: true,
		from: "GREATEST(a.from_date, " + value + ".from_date)", to: "LEAST(a.to_date, " + value + ".to_date)",
	})
	b.add(") AND (num_nonnulls(" + value + ".title_id, " + value + ".position_id, " + value + ".payee_id) = 0 OR ")
	b.concerns(scope, concern{alias: value, payees: true, from: value + ".from_date", to: value + ".to_date"})
	b.add(")")
}

// referred appends a condition that the noun t stands in a list of such a plan
// version: rate tables and measures show where they are used.
func (b *builder) referred(scope model.Scope, list string) {
	b.add("EXISTS (SELECT FROM plan_version w WHERE t.id = ANY(w."+list+") AND").inForce("w", scope).add(" AND ")
	b.versionConcerns(scope, "w")
	b.add(")")
}
