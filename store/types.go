package store

import (
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"spm/model"
)

// date carries a model.Date to and from a date column.
type date model.Date

// ScanDate reads a date column.
func (d *date) ScanDate(v pgtype.Date) error {
	if !v.Valid || v.InfinityModifier != pgtype.Finite {
		return fmt.Errorf("not a finite date")
	}
	*d = date(model.DateOf(v.Time))
	return nil
}

// DateValue writes a date argument.
func (d date) DateValue() (pgtype.Date, error) {
	return pgtype.Date{Time: model.Date(d).Time(), Valid: true}, nil
}

// Value writes a date into bun's text.
func (d date) Value() (driver.Value, error) { return model.Date(d).String(), nil }

// MarshalText writes a date into the change stream.
func (d date) MarshalText() ([]byte, error) { return model.Date(d).MarshalText() }

func dates(d *date) *model.Date { return (*model.Date)(d) }

func datesRow(d *model.Date) *date { return (*date)(d) }

// idPtr and uuidPtr carry an optional reference.
func idPtr(kind model.Kind, u *uuid.UUID) *model.ID {
	if u == nil {
		return nil
	}
	id := model.UUIDs(kind, *u)
	return &id
}

func uuidPtr(id *model.ID) *uuid.UUID {
	if id == nil {
		return nil
	}
	u := id.UUID()
	return &u
}

// document is a jsonb column that holds a T.
type document[T any] struct{ V T }

// Value writes the document into bun's text.
func (d document[T]) Value() (driver.Value, error) {
	raw, err := json.Marshal(d.V)
	return string(raw), err
}

// MarshalJSON writes the content alone.
func (d document[T]) MarshalJSON() ([]byte, error) { return json.Marshal(d.V) }

// UnmarshalJSON reads the content.
func (d *document[T]) UnmarshalJSON(raw []byte) error { return json.Unmarshal(raw, &d.V) }

// array is a column that holds an array of T, which writes itself as text.
type array[T encoding.TextMarshaler] []T

// Value writes the array into bun's text. Elements are ids and dates, which
// need no quotes.
func (a array[T]) Value() (driver.Value, error) {
	parts := make([]string, len(a))
	for i, v := range a {
		text, err := v.MarshalText()
		if err != nil {
			return nil, err
		}
		parts[i] = string(text)
	}
	return "{" + strings.Join(parts, ",") + "}", nil
}

// arrayOf gives the UUIDs of ids, without repeats.
func arrayOf(ids []model.ID) array[uuid.UUID] {
	out := make(array[uuid.UUID], 0, len(ids))
	for _, id := range ids {
		if !slices.Contains(out, id.UUID()) {
			out = append(out, id.UUID())
		}
	}
	return out
}

// uuids lists the first UUIDs of ids.
func uuids(ids []model.ID) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, id := range ids {
		out[i] = id.UUID()
	}
	return out
}

// columnList names the columns of a row struct over the alias t.
func columnList[R any]() string {
	return strings.Join(columns(reflect.TypeFor[R](), "t"), ", ")
}
