package service

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/uuid"

	"spm/calc"
	"spm/model"
)

// TestDigestOfAPatchedBook: the digest that another saved work for is the one made
// from nothing, and each change of a row or of the tenant gives another; the order
// of the rows does not.
func TestDigestOfAPatchedBook(t *testing.T) {
	hash := func(b calc.Book, before *setupDigest) *setupDigest {
		t.Helper()
		d, err := digestSetup(&b, before)
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := digestSetup(&b, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(d.hash, fresh.hash) {
			t.Errorf("%x of a patched book is not %x, of the whole", d.hash, fresh.hash)
		}
		return d
	}
	book := calc.Book{Tenant: model.Tenant{ID: model.UUIDs(model.KindTenant, uuid.UUID{1}), Version: 1}}
	for i := range byte(40) {
		book.Titles = append(book.Titles, model.Title{ID: model.UUIDs(model.KindTitle, uuid.UUID{2, i}), Version: 1})
		book.Periods = append(book.Periods, model.Period{ID: model.UUIDs(model.KindPeriod, uuid.UUID{3, i}), Version: 1})
	}
	first := hash(book, nil)
	if again := hash(book, first); !bytes.Equal(again.hash, first.hash) {
		t.Error("the same book has another digest")
	}
	turned := book
	turned.Titles = slices.Clone(book.Titles)
	slices.Reverse(turned.Titles)
	if again := hash(turned, first); !bytes.Equal(again.hash, first.hash) {
		t.Error("the order of the rows counts")
	}
	before := first
	seen := [][]byte{first.hash}
	for name, change := range map[string]func(*calc.Book){
		"a row's version": func(b *calc.Book) { b.Titles = slices.Clone(b.Titles); b.Titles[7].Version++ },
		"a row gone":      func(b *calc.Book) { b.Titles = b.Titles[:39:39] },
		"all rows gone":   func(b *calc.Book) { b.Titles = nil },
		"of another list": func(b *calc.Book) { b.Periods = slices.Clone(b.Periods); b.Periods[3].Version++ },
		"the tenant":      func(b *calc.Book) { b.Tenant.Version++ },
	} {
		changed := book
		change(&changed)
		after := hash(changed, before)
		if slices.ContainsFunc(seen, func(h []byte) bool { return bytes.Equal(h, after.hash) }) {
			t.Errorf("%s: the digest is one seen before", name)
		}
		seen, before = append(seen, after.hash), after
	}
}
