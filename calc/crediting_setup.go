package calc

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"spm/model"
)

// Crediter credits transactions by one set-up. It is immutable and safe for
// concurrent use.
type Crediter struct {
	hierarchy *Hierarchy
	products  *Catalogue
	accounts  *Catalogue
	kinds     map[string]*kindRules
	otherKind *kindRules // of a kind that is not in the list
	rules     map[model.ID]*ruleEntry
}

// kindRules are the rules that take transactions of one kind.
type kindRules struct {
	role  model.KindRole
	types []typeRules // one per credit type, ordered by key
}

// typeRules are those that give credits of one type, each list ordered by
// priority, key and days.
type typeRules struct {
	id                      *model.ID
	direct, rollup, overlay []*ruleEntry
}

// ruleEntry is a rule made ready.
type ruleEntry struct {
	model.CreditingRule
	rank      int         // its place in the order of all rules
	condition *Expression // nil: takes all
	broken    error       // why the condition does not compile
	receivers []receiver  // POSITIONS: by external id
}

// NewCrediter indexes a set-up. Rows that contradict each other are an error:
// two of one id, key or external id; a seat or rule that names a position,
// payee or credit type that is not there; receivers that the rule's kind of
// credit cannot have; a negative share. A condition that does not compile is
// not: what reaches it gets a CONDITION_FAILED exception.
func NewCrediter(setup CreditingSetup) (*Crediter, error) {
	c := &Crediter{kinds: make(map[string]*kindRules, len(setup.Kinds)), rules: make(map[model.ID]*ruleEntry, len(setup.Rules))}
	var err error
	if c.hierarchy, err = NewHierarchy(setup.Titles, setup.Positions, setup.Payees, setup.Seats); err != nil {
		return nil, err
	}
	if c.products, err = NewProductCatalogue(setup.Products); err != nil {
		return nil, err
	}
	if c.accounts, err = NewAccountCatalogue(setup.Accounts); err != nil {
		return nil, err
	}
	types, err := orderedTypes(setup.CreditTypes)
	if err != nil {
		return nil, err
	}
	rules, err := c.orderedRules(setup.Rules, types)
	if err != nil {
		return nil, err
	}
	for _, kind := range setup.Kinds {
		if c.kinds[kind.Key] != nil {
			return nil, fmt.Errorf("two transaction kinds have the key %q", kind.Key)
		}
		c.kinds[kind.Key] = rulesOfKind(kind.Key, kind.Role, types, rules)
	}
	c.otherKind = rulesOfKind("", "", types, rules)
	return c, nil
}

func orderedTypes(types []model.CreditType) ([]model.CreditType, error) {
	types = slices.Clone(types)
	slices.SortFunc(types, func(a, b model.CreditType) int { return strings.Compare(a.Key, b.Key) })
	ids := make(map[model.ID]bool, len(types))
	for i, t := range types {
		if ids[t.ID] || (i > 0 && types[i-1].Key == t.Key) {
			return nil, fmt.Errorf("two credit types have the id or key of %q", t.Key)
		}
		ids[t.ID] = true
	}
	return types, nil
}

// orderedRules makes the rules ready, in order of priority, key and days.
func (c *Crediter) orderedRules(rules []model.CreditingRule, types []model.CreditType) ([]*ruleEntry, error) {
	keys := make(map[model.ID]string, len(types))
	for _, t := range types {
		keys[t.ID] = t.Key
	}
	out := make([]*ruleEntry, len(rules))
	for i := range rules {
		entry, err := c.ready(rules[i])
		if err != nil {
			return nil, fmt.Errorf("crediting rule %q: %w", rules[i].Key, err)
		}
		if _, known := keys[entry.CreditTypeID]; !known {
			return nil, fmt.Errorf("crediting rule %q: an unknown credit type", entry.Key)
		}
		if c.rules[entry.ID] != nil {
			return nil, fmt.Errorf("crediting rule %q: another has its id", entry.Key)
		}
		out[i], c.rules[entry.ID] = entry, entry
	}
	slices.SortFunc(out, func(a, b *ruleEntry) int {
		return cmp.Or(
			cmp.Compare(a.Priority, b.Priority),
			strings.Compare(a.Key, b.Key),
			cmp.Compare(a.Days.From, b.Days.From),
			strings.Compare(keys[a.CreditTypeID], keys[b.CreditTypeID]),
			strings.Compare(string(a.CreditKind), string(b.CreditKind)),
			cmp.Compare(a.Version, b.Version),
			strings.Compare(a.ID.Key, b.ID.Key), // only where two rules contradict each other
		)
	})
	for i := range out {
		out[i].rank = i
	}
	return out, nil
}

func (c *Crediter) ready(rule model.CreditingRule) (*ruleEntry, error) {
	entry := &ruleEntry{CreditingRule: rule}
	if _, known := dateReaders[rule.DateRule]; !known {
		return nil, fmt.Errorf("an unknown date rule %q", rule.DateRule)
	}
	switch {
	case rule.CreditKind == model.CreditDirect && rule.Receivers == model.ReceiveSellers:
	case rule.CreditKind == model.CreditRollup && rule.Receivers == model.ReceiveManagers:
	case rule.CreditKind == model.CreditDirect && rule.Receivers == model.ReceivePositions,
		rule.CreditKind == model.CreditOverlay && rule.Receivers == model.ReceivePositions:
		var err error
		if entry.receivers, err = c.positionsOf(rule.Positions); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%s credits cannot go to %s", rule.CreditKind, rule.Receivers)
	}
	for _, share := range rule.LevelShares {
		if share.IsNegative() {
			return nil, fmt.Errorf("a level share is negative")
		}
	}
	if strings.TrimSpace(rule.Condition) != "" {
		entry.condition, entry.broken = Compile(TransactionEnv, rule.Condition, ResultBool)
	}
	return entry, nil
}

// positionsOf gives the positions of shares as receivers in order of external
// id, without those whose share is 0; a position named twice gets both shares.
func (c *Crediter) positionsOf(shares []model.RuleShare) ([]receiver, error) {
	var out []receiver
	for _, s := range shares {
		position := c.hierarchy.position(s.PositionID)
		if position == nil {
			return nil, fmt.Errorf("there is no position %s", s.PositionID)
		}
		if s.Share.IsNegative() {
			return nil, fmt.Errorf("the share of %s is negative", position.externalID)
		}
		out = addReceiver(out, receiver{position: position, weight: s.Share})
	}
	slices.SortFunc(out, func(a, b receiver) int { return strings.Compare(a.position.externalID, b.position.externalID) })
	return out, nil
}

// rulesOfKind picks the rules that take a kind. A rule that names no kind
// takes it too: whether any rule applies to the kind is for its role to say.
func rulesOfKind(key string, role model.KindRole, types []model.CreditType, rules []*ruleEntry) *kindRules {
	k := &kindRules{role: role, types: make([]typeRules, len(types))}
	for i := range types {
		t := typeRules{id: &types[i].ID}
		for _, rule := range rules {
			if rule.CreditTypeID != *t.id || (len(rule.TransactionKinds) > 0 && !slices.Contains(rule.TransactionKinds, key)) {
				continue
			}
			switch rule.CreditKind {
			case model.CreditDirect:
				t.direct = append(t.direct, rule)
			case model.CreditRollup:
				t.rollup = append(t.rollup, rule)
			default:
				t.overlay = append(t.overlay, rule)
			}
		}
		k.types[i] = t
	}
	return k
}

// levelShare is the share of the direct credit that a manager gets.
func (r *ruleEntry) levelShare(level int) decimal.Decimal {
	if len(r.LevelShares) == 0 {
		return whole
	}
	return r.LevelShares[max(1, min(level, len(r.LevelShares)))-1]
}

// whole is the share that is all.
var whole = decimal.NewFromInt(1)

// dateReaders read the date that a rule counts by, nil where it is missing.
var dateReaders = map[model.DateRule]func(*model.Transaction) *model.Date{
	model.DateEvent:    func(t *model.Transaction) *model.Date { return &t.EventDate },
	model.DateBooked:   func(t *model.Transaction) *model.Date { return t.BookedDate },
	model.DateInvoiced: func(t *model.Transaction) *model.Date { return t.InvoicedDate },
	model.DatePaid:     func(t *model.Transaction) *model.Date { return t.PaidDate },
	model.DateGoLive:   func(t *model.Transaction) *model.Date { return t.GoLiveDate },
}

// counting gives the date of the transaction that the rule counts by; where it
// is missing, the event date and false.
func (r *ruleEntry) counting(t *model.Transaction) (model.Date, bool) {
	if date := dateReaders[r.DateRule](t); date != nil {
		return *date, true
	}
	return t.EventDate, false
}
