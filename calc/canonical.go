package calc

import (
	"encoding/binary"
	"sync"

	"github.com/shopspring/decimal"
)

// Lines gives the earning's lines, in the order of the facts.
func (e Earning) Lines() []Line { return e.Trace.Lines() }

// Canonical is the earning in bytes: two calculations agree where it is equal.
// It holds what the earning says, its lines and its trace, and cites source,
// external id, line, credit type and position where they hold ids, so that the
// ids that a database gave do not matter. Cites must be filled.
func (e Earning) Canonical() []byte {
	var out canonical
	out.texts(e.Cites.Calendar, e.Cites.Period, e.Cites.Payee, e.Cites.Position, e.Cites.Plan)
	out.number(int64(e.Cites.Version))
	out.texts(e.Key, e.Name, e.EarningCode, string(e.Amount.Currency))
	out.decimal(&e.Amount.Amount)
	out.decimal(&e.Measure)
	out.decimal(e.Quota)
	out.decimal(e.Attainment)
	out.texts(string(e.Why))
	out.truth(e.Provisional)
	out.trace(&e.Trace, e.Cites.Key)
	return out.bytes
}

// canonical writes values so that no two sequences of them give equal bytes.
type canonical struct{ bytes []byte }

func (c *canonical) number(n int64) { c.bytes = binary.AppendVarint(c.bytes, n) }

func (c *canonical) truth(b bool) {
	if b {
		c.number(1)
	} else {
		c.number(0)
	}
}

func (c *canonical) texts(all ...string) {
	for _, text := range all {
		c.number(int64(len(text)))
		c.bytes = append(c.bytes, text...)
	}
}

// decimal writes the number, not how it is held: 1.50 is 1.5; nil is its own.
func (c *canonical) decimal(d *decimal.Decimal) {
	if d == nil {
		c.texts("")
		return
	}
	c.texts(d.Normalize().String())
}

func (c *canonical) trace(given *Trace, key func(int64) CreditKey) {
	t := given.open()
	c.number(int64(t.Format))
	c.number(int64(t.Len()))
	for i := range t.Kinds {
		c.number(int64(t.Kinds[i]))
		c.number(int64(t.Parents[i]))
		c.number(int64(t.Term[i]))
		c.decimal(&t.Amounts[i])
		c.decimal(&t.Values[i])
		if t.Credits[i] == 0 || key == nil {
			c.number(0)
			continue
		}
		k := key(t.Credits[i])
		c.number(1)
		c.texts(k.Source, k.ExternalID, k.Line, k.CreditType, string(k.Kind), k.Position, k.Via, k.Rule)
	}
	c.number(int64(len(t.Terms)))
	for i := range t.Terms {
		term := &t.Terms[i]
		c.texts(term.Label, term.Step)
		for _, d := range []*decimal.Decimal{term.Rate, term.From, term.To, term.FX} {
			c.decimal(d)
		}
	}
	c.number(int64(len(t.Paid)))
	for i := range t.Paid {
		c.decimal(&t.Paid[i])
	}
}

// keyring finds the keys of the credits of one calculation; it is made when
// first asked, because only a comparison asks.
type keyring struct {
	once    sync.Once
	index   *index
	credits []CreditFact
	keys    map[int64]CreditKey
	find    func(int64) CreditKey // key
}

func newKeyring(x *index, credits []CreditFact) *keyring {
	k := &keyring{index: x, credits: credits}
	k.find = k.key
	return k
}

// key gives the key of a credit by its number; only the number where it is not
// known.
func (k *keyring) key(credit int64) CreditKey {
	k.once.Do(func() {
		k.keys = make(map[int64]CreditKey, len(k.credits))
		for i := range k.credits {
			f := &k.credits[i]
			k.keys[f.citation()] = k.index.keyOf(f)
		}
	})
	if key, known := k.keys[credit]; known {
		return key
	}
	return CreditKey{Credit: credit}
}

// keyOf names a fact by the callers' keys.
func (x *index) keyOf(f *CreditFact) CreditKey {
	t := f.transaction()
	return CreditKey{
		Credit:     f.citation(),
		Source:     t.Source,
		ExternalID: t.ExternalID,
		Line:       t.Line,
		CreditType: x.creditTypeKey(f.Credit.CreditTypeID),
		Kind:       f.Credit.Kind,
		Position:   x.positionKey(&f.Credit.PositionID),
		Via:        x.positionKey(f.Credit.ViaPositionID),
		Rule:       f.Rule,
	}
}
