package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"spm/model"
)

// reads holds every read; Store runs each in a short transaction of its own,
// Tx in the one it is.
type reads struct{ q queryer }

type queryer interface {
	query(ctx context.Context, scope model.Scope, sql string, args []any, each func(pgx.Rows) error) error
}

func (s *Store) query(ctx context.Context, scope model.Scope, sql string, args []any, each func(pgx.Rows) error) error {
	return s.alone(ctx, readOnly, RoleAPI, scope.Tenant, sql, args, each)
}

// Who the statements after it are of, until their transaction ends, and whether it
// may write.
const (
	readWrite = "SELECT set_config('role', $1, true), set_config('app.tenant', $2, true)"
	readOnly  = readWrite + ", set_config('transaction_read_only', 'on', true)"
)

// alone runs a statement in a transaction of its own, in one round trip: what is sent
// before one Sync is one transaction to Postgres, without BEGIN and COMMIT.
func (s *Store) alone(ctx context.Context, begin string, role Role, tenant uuid.UUID, sql string, args []any, each func(pgx.Rows) error) error {
	work := WorkOf(ctx)
	end, err := work.begin(ctx)
	if err != nil {
		return err
	}
	defer end()
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return unavailable(err)
	}
	defer conn.Release()
	defer func(begun time.Time) { work.Spend(time.Since(begun)) }(time.Now())
	var batch pgx.Batch
	batch.Queue(begin, string(role), tenant.String())
	batch.Queue(sql, args...)
	err = drain(conn.SendBatch(ctx, &batch), each)
	if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
		_, _ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK")
	}
	return unavailable(err)
}

func drain(results pgx.BatchResults, each func(pgx.Rows) error) (err error) {
	defer func() { err = errors.Join(err, results.Close()) }()
	if _, err = results.Exec(); err != nil {
		return err
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err = each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (tx *Tx) query(ctx context.Context, scope model.Scope, sql string, args []any, each func(pgx.Rows) error) error {
	if scope.Tenant != tx.Tenant {
		return errors.New("a transaction reads its own tenant only")
	}
	rows, err := tx.pgx.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// collect reads all rows into structs whose fields are the columns in order.
func collect[R any](ctx context.Context, q queryer, scope model.Scope, b *builder) ([]*R, error) {
	var out []*R
	var into []any
	err := q.query(ctx, scope, b.sql(), b.args, func(rows pgx.Rows) error {
		row := new(R)
		out = append(out, row)
		into = pointers(reflect.ValueOf(row).Elem(), into[:0])
		return rows.Scan(into...)
	})
	return out, err
}

// pointers lists pointers to the fields of a struct, embedded ones in place,
// in the order of columns.
func pointers(v reflect.Value, into []any) []any {
	for _, at := range members(v.Type()) {
		into = append(into, v.FieldByIndex(at).Addr().Interface())
	}
	return into
}

var membersOf sync.Map // by the type of a struct of columns, the indexes of its fields

// members tells where in a struct its columns are.
func members(t reflect.Type) [][]int {
	if known, has := membersOf.Load(t); has {
		return known.([][]int)
	}
	var out [][]int
	for i := range t.NumField() {
		field := t.Field(i)
		switch {
		case field.Type.Name() == "BaseModel":
		case field.Anonymous:
			for _, below := range members(field.Type) {
				out = append(out, append([]int{i}, below...))
			}
		default:
			out = append(out, []int{i})
		}
	}
	membersOf.Store(t, out)
	return out
}

// columns names the columns of a row struct by its bun tags.
func columns(t reflect.Type, alias string) []string {
	var out []string
	for field := range t.Fields() {
		switch {
		case field.Type.Name() == "BaseModel":
		case field.Anonymous:
			out = append(out, columns(field.Type, alias)...)
		default:
			name, _, _ := strings.Cut(field.Tag.Get("bun"), ",")
			if name == "" {
				panic(fmt.Sprintf("%s.%s has no bun tag", t, field.Name))
			}
			out = append(out, alias+"."+name)
		}
	}
	return out
}

// builder collects a statement and its $n arguments.
type builder struct {
	text strings.Builder
	args []any
}

// add appends text in which each ? becomes the next argument.
func (b *builder) add(text string, args ...any) *builder {
	for _, arg := range args {
		before, after, found := strings.Cut(text, "?")
		if !found {
			panic("more arguments than places: " + text)
		}
		b.args = append(b.args, arg)
		fmt.Fprintf(&b.text, "%s$%d", before, len(b.args))
		text = after
	}
	if strings.Contains(text, "?") {
		panic("fewer arguments than places: " + text)
	}
	b.text.WriteString(text)
	return b
}

// join appends another statement with its arguments.
func (b *builder) join(other *builder) *builder {
	text := other.text.String()
	for {
		before, after, found := strings.Cut(text, "$")
		b.text.WriteString(before)
		if !found {
			break
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		n, _ := strconv.Atoi(after[:digits])
		fmt.Fprintf(&b.text, "$%d", len(b.args)+n)
		text = after[digits:]
	}
	b.args = append(b.args, other.args...)
	return b
}

func (b *builder) sql() string { return b.text.String() }

// inForce is the predicate of a system-time row at the scope's read point.
func (b *builder) inForce(alias string, scope model.Scope) *builder {
	return b.add(" "+alias+".tenant_id = ? AND "+alias+".tx_from < ? AND "+alias+".tx_to >= ?", scope.Tenant, scope.Read.Horizon, scope.Read.Horizon)
}

// standing is the predicate of a row in force now, whatever the read point:
// asOf looks back at what one may see today, and never widens it.
func (b *builder) standing(alias string, scope model.Scope) *builder {
	return b.add(" "+alias+".tenant_id = ? AND "+alias+".tx_to = "+inForceNow, scope.Tenant)
}
