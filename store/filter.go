package store

import (
	"github.com/google/uuid"

	"spm/model"
)

// The helpers append " AND ..." for each operator that a filter gives.

func (b *builder) ids(column string, f *model.IDFilter) {
	if f == nil {
		return
	}
	if f.Eq != nil {
		b.add(" AND "+column+" = ?", f.Eq.UUID())
	}
	if f.In != nil {
		keys := make([]uuid.UUID, len(f.In))
		for i, id := range f.In {
			keys[i] = id.UUID()
		}
		b.add(" AND "+column+" = ANY(?)", keys)
	}
}

// anyID filters an array of ids by having one that the filter keeps.
func (b *builder) anyID(column string, f *model.IDFilter) {
	if f == nil {
		return
	}
	if f.Eq != nil {
		b.add(" AND ? = ANY("+column+")", f.Eq.UUID())
	}
	if f.In != nil {
		b.add(" AND "+column+" && ?", uuids(f.In))
	}
}

func (b *builder) intIDs(column string, f *model.IDFilter) {
	if f == nil {
		return
	}
	if f.Eq != nil {
		b.add(" AND "+column+" = ?", f.Eq.Int())
	}
	if f.In != nil {
		keys := make([]int64, len(f.In))
		for i, id := range f.In {
			keys[i] = id.Int()
		}
		b.add(" AND "+column+" = ANY(?)", keys)
	}
}

func (b *builder) strings(column string, f *model.StringFilter) {
	if f == nil {
		return
	}
	if f.Eq != nil {
		b.add(" AND "+column+" = ?", *f.Eq)
	}
	if f.In != nil {
		b.add(" AND "+column+" = ANY(?)", f.In)
	}
}

func (b *builder) dates(column string, f *model.DateFilter) {
	if f == nil {
		return
	}
	for _, bound := range []struct {
		op    string
		value *model.Date
	}{{"=", f.Eq}, {">=", f.Gte}, {">", f.Gt}, {"<=", f.Lte}, {"<", f.Lt}} {
		if bound.value != nil {
			b.add(" AND "+column+" "+bound.op+" ?", date(*bound.value))
		}
	}
}

// enums filters by a closed set of words.
func enums[T ~string](b *builder, column string, in []T) {
	if in == nil {
		return
	}
	words := make([]string, len(in))
	for i, w := range in {
		words[i] = string(w)
	}
	b.add(" AND "+column+" = ANY(?)", words)
}

// anyOf filters an array of a closed set of words by having one of them.
func anyOf[T ~string](b *builder, column string, in []T) {
	if in == nil {
		return
	}
	words := make([]string, len(in))
	for i, w := range in {
		words[i] = string(w)
	}
	b.add(" AND "+column+" && ?", words)
}

// texts filters an array of texts by having one that the filter keeps.
func (b *builder) texts(column string, f *model.StringFilter) {
	if f == nil {
		return
	}
	if f.Eq != nil {
		b.add(" AND ? = ANY("+column+")", *f.Eq)
	}
	if f.In != nil {
		b.add(" AND "+column+" && ?", f.In)
	}
}

// on keeps rows whose [from, to) contains the day.
func (b *builder) on(from, to string, day *model.Date) {
	if day != nil {
		b.add(" AND "+from+" <= ? AND "+to+" > ?", date(*day), date(*day))
	}
}
