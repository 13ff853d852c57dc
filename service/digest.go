package service

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"math/big"
	"reflect"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"spm/calc"
	"spm/model"
)

// digest hashes values one after the other, each by what it is and not by how it
// is held: 1.10 as 1.1, and no list as an empty one.
type digest struct {
	hash hash.Hash
	buf  []byte
}

func newDigest() *digest { return &digest{hash: sha256.New()} }

// sum gives the hash, 32 bytes.
func (d *digest) sum() []byte {
	d.flush(0)
	return d.hash.Sum(nil)
}

// flush hashes what is gathered, if it is more than a number of bytes. A digest
// without a hash gathers all.
func (d *digest) flush(keep int) {
	if d.hash != nil && len(d.buf) > keep {
		d.hash.Write(d.buf)
		d.buf = d.buf[:0]
	}
}

func (d *digest) int(n int64) {
	d.buf = binary.AppendVarint(d.buf, n)
	d.flush(1 << 12)
}

// raw hashes what another digest has gathered.
func (d *digest) raw(written []byte) {
	d.buf = append(d.buf, written...)
	d.flush(1 << 12)
}

func (d *digest) text(s string) {
	d.int(int64(len(s)))
	d.buf = append(d.buf, s...)
}

func (d *digest) flag(is bool) {
	if is {
		d.int(1)
	} else {
		d.int(0)
	}
}

func (d *digest) id(id *model.ID) {
	if id == nil {
		d.text("")
		return
	}
	d.text(id.Key)
}

var ten = big.NewInt(10)

// number hashes the digits without the zeros at the end, and their exponent.
func (d *digest) number(n decimal.Decimal) {
	if units, exp, fits := model.SmallNumber(n); fits {
		d.small(units, exp)
		return
	}
	digits, exp, rest := n.Coefficient(), n.Exponent(), new(big.Int)
	for {
		shorter, _ := new(big.Int).QuoRem(digits, ten, rest)
		if rest.Sign() != 0 {
			break
		}
		digits, exp = shorter, exp+1
	}
	if units, exp, fits := model.SmallNumber(decimal.NewFromBigInt(digits, exp)); fits {
		d.small(units, exp)
		return
	}
	d.int(2)
	d.text(digits.String())
	d.int(int64(exp))
}

func (d *digest) small(units int64, exp int32) {
	if units == 0 {
		exp = 0
	}
	for units != 0 && units%10 == 0 {
		units, exp = units/10, exp+1
	}
	d.int(1)
	d.int(units)
	d.int(int64(exp))
}

func (d *digest) optional(n *decimal.Decimal) {
	if n == nil {
		d.int(0)
		return
	}
	d.number(*n)
}

func (d *digest) numbers(list model.Numbers) {
	d.int(int64(list.Len()))
	for i := range list.Len() {
		if units, exp, fits := list.Small(i); fits {
			d.small(units, exp)
		} else {
			d.number(list.At(i))
		}
	}
}

func digestInts[T int16 | int32 | int64](d *digest, list []T) {
	d.int(int64(len(list)))
	for _, n := range list {
		d.int(int64(n))
	}
}

func (d *digest) texts(list []string) {
	d.int(int64(len(list)))
	for _, s := range list {
		d.text(s)
	}
}

func (d *digest) optionals(list []*decimal.Decimal) {
	d.int(int64(len(list)))
	for _, n := range list {
		d.optional(n)
	}
}

// result hashes all that is kept of a result but its run, and what its trace says
// already.
func (d *digest) result(r *model.Result) {
	for _, id := range []model.ID{r.PayeeID, r.PeriodID, r.PositionID, r.ComponentID, r.PlanID, r.PlanVersionID} {
		d.text(id.Key)
	}
	d.texts([]string{r.ComponentKey, r.ComponentName, r.EarningCode, string(r.Amount.Currency), string(r.Why)})
	d.number(r.Amount.Amount)
	d.number(r.Measure)
	d.optional(r.Quota)
	d.optional(r.Attainment)
	d.flag(r.Provisional)
	d.id(r.Attains)
	d.flag(r.Next != nil)
	if r.Next != nil {
		d.number(r.Next.Threshold)
		d.number(r.Next.Rate)
		d.number(r.Next.Needed)
	}
	t := &r.Trace
	d.int(int64(t.Format))
	digestInts(d, t.Kinds)
	digestInts(d, t.Parents)
	digestInts(d, t.Terms)
	d.numbers(t.Amounts)
	d.numbers(t.Values)
	digestInts(d, t.Credits)
	d.numbers(t.Paid)
	d.texts(t.TermLabel)
	d.optionals(t.TermRate)
	d.optionals(t.TermFrom)
	d.optionals(t.TermTo)
	d.optionals(t.TermFX)
	d.texts(t.TermStep)
}

// resultHash hashes what a chunk came to, in whatever order it is.
func resultHash(p *part) ([]byte, error) {
	d := newDigest()
	results := make([]*model.Result, len(p.results))
	for i := range p.results {
		results[i] = &p.results[i]
	}
	slices.SortFunc(results, func(a, b *model.Result) int {
		return cmp.Or(cmp.Compare(a.PayeeID.Key, b.PayeeID.Key), cmp.Compare(a.PeriodID.Key, b.PeriodID.Key),
			cmp.Compare(a.PositionID.Key, b.PositionID.Key), cmp.Compare(a.ComponentID.Key, b.ComponentID.Key))
	})
	d.int(int64(len(results)))
	for _, r := range results {
		d.result(r)
	}
	problems := make([]string, len(p.problems))
	for i := range p.problems {
		q := &p.problems[i]
		problems[i] = fmt.Sprintf("%s %s %s %s %s %s %q", q.PayeeID, q.PeriodID, q.PositionID, q.ComponentID, q.ComponentKey, q.Code, q.Detail)
	}
	slices.Sort(problems)
	d.texts(problems)
	balances := make([]string, len(p.balances))
	for i, b := range p.balances {
		raw, err := json.Marshal([]any{b.PayeeID, b.PeriodID, b.Withheld, b.Fault, b.Entries, b.Before, b.After})
		if err != nil {
			return nil, err
		}
		balances[i] = string(raw)
	}
	slices.Sort(balances)
	d.texts(balances)
	return d.sum(), nil
}

// inputHash hashes the facts that a chunk was worked out from: each credit and
// activity with its amounts and dates. What else a fact says stays once it is
// written, and is in the audit trail.
func inputHash(facts map[model.ID][]model.CreditFact) []byte {
	d := newDigest()
	for _, payee := range slices.SortedFunc(maps.Keys(facts), func(a, b model.ID) int { return cmp.Compare(a.Key, b.Key) }) {
		all := make([]*model.CreditFact, len(facts[payee]))
		for i := range facts[payee] {
			all[i] = &facts[payee][i]
		}
		slices.SortFunc(all, func(a, b *model.CreditFact) int {
			return cmp.Or(cmp.Compare(a.Credit.ID.Int(), b.Credit.ID.Int()), cmp.Compare(a.Credit.ID.Kind, b.Credit.ID.Kind))
		})
		d.text(payee.Key)
		d.int(int64(len(all)))
		for _, f := range all {
			d.int(f.Credit.ID.Int())
			d.flag(f.Activity)
			d.int(int64(f.Credit.Date))
			d.text(string(f.Credit.Currency))
			d.number(f.Credit.Amount)
			d.optional(f.Credit.Quantity)
			d.optional(f.Credit.Margin)
			d.number(f.Transaction.Amount)
			d.int(int64(f.Transaction.EventDate))
		}
	}
	return d.sum()
}

// setupDigest is the hash of what a calculation is set up by, and what each list
// of it was written as: a list that has not changed is not written again.
type setupDigest struct {
	book  *calc.Book
	lists map[string][]byte // by the name of the list, as it goes into the hash
	hash  []byte
}

// digestSetup hashes the version of everything that a calculation is set up by;
// what a version says stays. The digest of a book that shares lists with this one
// saves their work; there may be none.
func digestSetup(book *calc.Book, before *setupDigest) (*setupDigest, error) {
	out := &setupDigest{book: book, lists: map[string][]byte{}}
	d := newDigest()
	d.text(book.Tenant.ID.Key)
	d.int(int64(book.Tenant.Version))
	of := reflect.ValueOf(book).Elem()
	for i := range of.NumField() {
		list, name := of.Field(i), of.Type().Field(i).Name
		if list.Kind() != reflect.Slice {
			continue
		}
		if before == nil || !sameList(list, reflect.ValueOf(before.book).Elem().Field(i)) {
			lines, err := listLines(list)
			if err != nil {
				return nil, err
			}
			written := &digest{}
			written.text(name)
			written.texts(lines)
			out.lists[name] = written.buf
		} else {
			out.lists[name] = before.lists[name]
		}
		d.raw(out.lists[name])
	}
	out.hash = d.sum()
	return out, nil
}

// sameList tells that two lists are one; neither is written to after it was read.
func sameList(a, b reflect.Value) bool {
	return a.Len() == b.Len() && a.Pointer() == b.Pointer()
}

// listLines gives a line for each row of a list, sorted: its id and version or,
// where it has no version, all of it.
func listLines(list reflect.Value) ([]string, error) {
	id, _ := list.Type().Elem().FieldByName("ID")
	version, versioned := list.Type().Elem().FieldByName("Version")
	lines := make([]string, list.Len())
	for i := range lines {
		row := list.Index(i)
		if versioned && row.FieldByIndex(version.Index).CanInt() {
			key := row.FieldByIndex(id.Index).Addr().Interface().(*model.ID).Key
			lines[i] = key + " " + strconv.FormatInt(row.FieldByIndex(version.Index).Int(), 10)
			continue
		}
		raw, err := json.Marshal(row.Interface())
		if err != nil {
			return nil, err
		}
		lines[i] = string(raw)
	}
	slices.Sort(lines)
	return lines, nil
}
