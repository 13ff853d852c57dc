package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/shopspring/decimal"

	"spm/model"
)

// bulkColumn gathers one field of many rows into one array argument.
type bulkColumn struct {
	array  string // the type of the argument
	value  string // what the column gets of the element r.cN, with the place %s
	gather func(field func(i int) any, n int) any
}

// insertAll writes rows that carry bun tags by one statement with an array per
// column, however many they are. Fields tagged scanonly are left to their
// defaults.
func insertAll[R any](ctx context.Context, tx *Tx, table string, rows []*R) error {
	if len(rows) == 0 {
		return nil
	}
	fields := make([]reflect.Value, len(rows))
	for i, row := range rows {
		fields[i] = reflect.ValueOf(row).Elem()
	}
	var names, arrays, aliases, values []string
	var args []any
	for j, t := 0, reflect.TypeFor[R](); j < t.NumField(); j++ {
		name, rest, _ := strings.Cut(t.Field(j).Tag.Get("bun"), ",")
		if strings.Contains(rest, "scanonly") {
			continue
		}
		column, known := bulkColumns[t.Field(j).Type]
		if !known {
			return fmt.Errorf("insert many: %s.%s has a type without an array", t, t.Field(j).Name)
		}
		alias := fmt.Sprintf("c%d", j)
		args = append(args, column.gather(func(i int) any { return fields[i].Field(j).Interface() }, len(rows)))
		names, aliases = append(names, name), append(aliases, alias)
		arrays = append(arrays, fmt.Sprintf("$%d::%s", len(args), column.array))
		values = append(values, fmt.Sprintf(column.value, "r."+alias))
	}
	sql := "INSERT INTO " + table + " (" + strings.Join(names, ", ") + ") SELECT " + strings.Join(values, ", ") +
		" FROM unnest(" + strings.Join(arrays, ", ") + ") r(" + strings.Join(aliases, ", ") + ")"
	return tx.later(ctx, sql, args...)
}

// column makes a bulkColumn of fields of type T whose elements are sent as E.
func column[T, E any](array, value string, send func(T) E) (reflect.Type, bulkColumn) {
	return reflect.TypeFor[T](), bulkColumn{array: array, value: value, gather: func(field func(i int) any, n int) any {
		out := make([]E, n)
		for i := range out {
			out[i] = send(field(i).(T))
		}
		return out
	}}
}

// bulkColumns says how fields of each type travel. Numbers and lists go as
// text, which both ends read faster than what pgx makes of them.
var bulkColumns = func() map[reflect.Type]bulkColumn {
	all := map[reflect.Type]bulkColumn{}
	put := func(t reflect.Type, c bulkColumn) { all[t] = c }
	put(column("text[]", "%s", func(v string) string { return v }))
	put(column("text[]", "%s", optionalText))
	put(column("bigint[]", "%s", func(v int64) int64 { return v }))
	put(column("bigint[]", "%s", func(v int) int64 { return int64(v) }))
	put(column("boolean[]", "%s", func(v bool) bool { return v }))
	put(column("uuid[]", "%s", func(v uuid.UUID) [16]byte { return v }))
	put(column("uuid[]", "%s", optionalUUID))
	put(column("date[]", "%s", func(v date) pgtype.Date { return optionalDate(&v) }))
	put(column("date[]", "%s", optionalDate))
	put(column("text[]", "%s::numeric", func(v number) string { return v.String() }))
	put(column("text[]", "%s::numeric", optionalNumber))
	put(column("timestamptz[]", "%s", func(v time.Time) time.Time { return v }))
	put(column("bytea[]", "%s", func(v []byte) []byte { return v }))
	put(column("text[]", "%s::text[]", texts))
	put(column("text[]", "%s::numeric[]", numbers))
	put(column("text[]", "%s::jsonb", func(v json.RawMessage) pgtype.Text { return pgtype.Text{String: string(v), Valid: v != nil} }))
	return all
}()

func optionalText(v *string) pgtype.Text {
	if v == nil {
		return pgtype.Text{}
	}
	return pgtype.Text{String: *v, Valid: true}
}

func optionalUUID(v *uuid.UUID) pgtype.UUID {
	if v == nil {
		return pgtype.UUID{}
	}
	return pgtype.UUID{Bytes: *v, Valid: true}
}

func optionalDate(v *date) pgtype.Date {
	if v == nil {
		return pgtype.Date{}
	}
	out, _ := v.DateValue()
	return out
}

func optionalNumber(v *number) pgtype.Text {
	if v == nil {
		return pgtype.Text{}
	}
	return pgtype.Text{String: v.String(), Valid: true}
}

var quoteElement = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// texts writes a list as Postgres reads arrays, NULL where it is nil.
func texts(list []string) pgtype.Text {
	if list == nil {
		return pgtype.Text{}
	}
	var b strings.Builder
	for i, item := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('"')
		_, _ = quoteElement.WriteString(&b, item)
		b.WriteByte('"')
	}
	return pgtype.Text{String: "{" + b.String() + "}", Valid: true}
}

func numbers(list []number) pgtype.Text {
	if list == nil {
		return pgtype.Text{}
	}
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = n.String()
	}
	return pgtype.Text{String: "{" + strings.Join(parts, ",") + "}", Valid: true}
}

// listed writes a list as Postgres reads arrays, each item by add.
func listed[T any](items []T, add func([]byte, T) []byte) string {
	out := make([]byte, 1, 2+8*len(items))
	out[0] = '{'
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = add(out, item)
	}
	return string(append(out, '}'))
}

func integers[T int16 | int32 | int64](items []T) string {
	return listed(items, func(out []byte, n T) []byte { return strconv.AppendInt(out, int64(n), 10) })
}

func decimals(items model.Numbers) string {
	return listed(items.Texts(), func(out []byte, text string) []byte { return append(out, text...) })
}

// decimalText is nil where there is no number.
func decimalText(d *decimal.Decimal) *string {
	if d == nil {
		return nil
	}
	text := d.String()
	return &text
}

func optionalDecimals(items []*decimal.Decimal) string {
	return listed(items, func(out []byte, d *decimal.Decimal) []byte {
		if d == nil {
			return append(out, "NULL"...)
		}
		return append(out, d.String()...)
	})
}

// newKeys draws n keys for facts, ascending.
func (tx *Tx) newKeys(ctx context.Context, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	var keys []int64
	err := tx.pgx.QueryRow(ctx, "SELECT array_agg(k ORDER BY k) FROM (SELECT nextval('fact_key') k FROM generate_series(1, $1)) s", n).Scan(&keys)
	return keys, err
}
