package store

import (
	"context"

	"github.com/shopspring/decimal"

	"spm/model"
)

// ruleContent is what of a crediting rule has no column.
type ruleContent struct {
	Priority     int               `json:"priority"`
	CreditKind   model.CreditKind  `json:"creditKind"`
	CreditType   model.ID          `json:"creditType"`
	Kinds        []string          `json:"kinds"`
	DateRule     model.DateRule    `json:"dateRule"`
	Condition    string            `json:"condition"`
	Receivers    model.Receivers   `json:"receivers"`
	Levels       int               `json:"levels"`
	LevelShares  []decimal.Decimal `json:"levelShares"`
	Positions    []model.RuleShare `json:"positions"`
	OverAllocate bool              `json:"overAllocate"`
}

type ruleRow struct {
	head
	Key     string                `bun:"key"`
	Name    string                `bun:"name"`
	From    date                  `bun:"from_date"`
	To      date                  `bun:"to_date"`
	Content document[ruleContent] `bun:"content"`
}

var creditingRules = &table[ruleRow, model.CreditingRule, *ruleRow]{
	name: "crediting_rule", kind: model.KindCreditingRule, key: "key",
	order: []orderKey{{expr: "t.key", cast: "text"}, {expr: "t.from_date", cast: "date"}, {expr: "t.id", cast: "uuid"}},
	model: func(r *ruleRow) *model.CreditingRule {
		c := r.Content.V
		return &model.CreditingRule{
			ID: model.UUIDs(model.KindCreditingRule, r.ID), Key: r.Key, Name: r.Name, Priority: c.Priority, CreditKind: c.CreditKind,
			CreditTypeID: c.CreditType, TransactionKinds: c.Kinds, DateRule: c.DateRule, Condition: c.Condition, Receivers: c.Receivers,
			Levels: c.Levels, LevelShares: c.LevelShares, Positions: c.Positions, OverAllocate: c.OverAllocate,
			Days: model.Interval{From: model.Date(r.From), To: model.Date(r.To)}, Version: r.Version,
		}
	},
	row: func(m *model.CreditingRule) (*ruleRow, model.ID, int) {
		return &ruleRow{Key: m.Key, Name: m.Name, From: date(m.Days.From), To: date(m.Days.To), Content: document[ruleContent]{ruleContent{
			Priority: m.Priority, CreditKind: m.CreditKind, CreditType: m.CreditTypeID, Kinds: m.TransactionKinds, DateRule: m.DateRule,
			Condition: m.Condition, Receivers: m.Receivers, Levels: m.Levels, LevelShares: m.LevelShares, Positions: m.Positions,
			OverAllocate: m.OverAllocate,
		}}}, m.ID, m.Version
	},
}

// CreditingRules reads all crediting rules.
func (r reads) CreditingRules(ctx context.Context, scope model.Scope) ([]*model.CreditingRule, error) {
	return creditingRules.all(ctx, r, scope)
}

// CreditingRulesByID reads crediting rules by id.
func (r reads) CreditingRulesByID(ctx context.Context, scope model.Scope, ids []model.ID) (map[model.ID]*model.CreditingRule, error) {
	return creditingRules.byIDs(ctx, r, scope, ids)
}

// CreditingRulesByKey reads the versions of the rule with this key.
func (r reads) CreditingRulesByKey(ctx context.Context, scope model.Scope, key string) ([]*model.CreditingRule, error) {
	return creditingRules.byKeys(ctx, r, scope, []string{key})
}

// CreditingRulePage reads a page of crediting rules, by key and first day.
func (r reads) CreditingRulePage(ctx context.Context, scope model.Scope, where *model.CreditingRuleWhere, page model.PageArgs) (*model.Connection[model.CreditingRule], error) {
	return creditingRules.page(ctx, r, scope, creditingRuleList, where, page)
}

// SaveCreditingRule writes the rule's next version and gives its number.
func (tx *Tx) SaveCreditingRule(ctx context.Context, m *model.CreditingRule) (int, error) {
	return creditingRules.save(ctx, tx, m)
}

// RemoveCreditingRule ends the rule altogether.
func (tx *Tx) RemoveCreditingRule(ctx context.Context, id model.ID, version int) error {
	return creditingRules.remove(ctx, tx, id, version)
}
