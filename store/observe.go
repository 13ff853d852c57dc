package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Observer is told of statements and transactions. It is called by many goroutines
// at once, and must not block.
type Observer interface {
	// Statement is told of each statement once it has ended: of one in a transaction
	// below the context that Transaction gave.
	Statement(ctx context.Context, statement Statement)
	// Transaction is told of a transaction that writes and is about to begin, by its
	// operation; the function that it gives, of its end.
	Transaction(ctx context.Context, operation string) (context.Context, func(err error))
}

// unobserved is the observer of those who have none.
type unobserved struct{}

func (unobserved) Statement(context.Context, Statement) {}

// Transaction observes nothing.
func (unobserved) Transaction(ctx context.Context, _ string) (context.Context, func(error)) {
	return ctx, func(error) {}
}

// Statement says what a statement was: nothing of its arguments, nor of its text
// beyond the first table that it names.
type Statement struct {
	Kind   string // select, insert, update, delete, copy, or other
	Table  string // "" where it names none
	Begun  time.Time
	Took   time.Duration
	Failed bool
	Rows   int64 // that it read or wrote

	text   string
	within context.Context // of its transaction; nil for one alone
}

// Observed makes the connections of a store tell an observer of their statements.
func Observed(observer Observer) func(*pgxpool.Config) {
	return func(config *pgxpool.Config) { config.ConnConfig.Tracer = tracer{observer} }
}

// tracer is called by pgx round every statement.
type tracer struct{ observer Observer }

var (
	_ pgx.QueryTracer    = tracer{}
	_ pgx.BatchTracer    = tracer{}
	_ pgx.CopyFromTracer = tracer{}
)

type statementKey struct{}

// transactionKey is where a connection keeps the context of its transaction: whoever
// writes in one need not know it.
const transactionKey = "transaction"

func (t tracer) begin(ctx context.Context, conn *pgx.Conn, kind, table, text string) context.Context {
	within, _ := conn.PgConn().CustomData()[transactionKey].(context.Context)
	return context.WithValue(ctx, statementKey{}, &Statement{Kind: kind, Table: table, Begun: time.Now(), text: text, within: within})
}

func (t tracer) end(ctx context.Context, rows int64, err error) {
	if begun, has := ctx.Value(statementKey{}).(*Statement); has {
		done := *begun
		done.Took, done.Failed = time.Since(done.Begun), err != nil
		done.Rows += rows
		if done.within != nil {
			ctx = done.within
		}
		t.observer.Statement(ctx, done)
	}
}

// TraceQueryStart begins a statement.
func (t tracer) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	kind, table := describe(data.SQL)
	return t.begin(ctx, conn, kind, table, data.SQL)
}

// TraceQueryEnd ends it.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.CommandTag.RowsAffected(), data.Err)
}

// TraceBatchStart begins statements that are sent together, which are one: what
// opens and ends their transaction is no work of theirs.
func (t tracer) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	last, text := "other", ""
	for _, queued := range data.Batch.QueuedQueries {
		kind, table := describe(queued.SQL)
		if table != "" {
			return t.begin(ctx, conn, kind, table, queued.SQL)
		}
		if kind != "other" {
			last, text = kind, queued.SQL
		}
	}
	return t.begin(ctx, conn, last, "", text)
}

// TraceBatchQuery counts the rows of the statement that names the batch.
func (tracer) TraceBatchQuery(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchQueryData) {
	if begun, has := ctx.Value(statementKey{}).(*Statement); has && begun.text == data.SQL {
		begun.Rows += data.CommandTag.RowsAffected()
	}
}

// TraceBatchEnd ends them.
func (t tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, 0, data.Err)
}

// TraceCopyFromStart begins a COPY.
func (t tracer) TraceCopyFromStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return t.begin(ctx, conn, "copy", strings.Join(data.TableName, "."), "")
}

// TraceCopyFromEnd ends it.
func (t tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.end(ctx, data.CommandTag.RowsAffected(), data.Err)
}

// statementKinds are the first words of statements that are told apart.
var statementKinds = map[string]string{
	"select": "select", "with": "select", "insert": "insert", "update": "update", "delete": "delete", "copy": "copy",
}

// describe gives the kind of a statement and the first table that it names. It
// reads no further than the first quoted value, which may be somebody's data: bun
// writes arguments into the text.
func describe(sql string) (kind, table string) {
	sql, _, _ = strings.Cut(sql, "'")
	named := false
	for word := range strings.FieldsSeq(sql) {
		lower := strings.ToLower(strings.TrimLeft(word, "("))
		if kind == "" {
			if kind = statementKinds[lower]; kind == "" {
				return "other", ""
			}
			named = kind == "update"
			continue
		}
		if named {
			if name := tableName(lower); name != "" {
				return kind, name
			}
		}
		named = lower == "from" || lower == "into" || lower == "join"
	}
	return kind, ""
}

// tableName gives a word that is a table's name as we write them; "" for
// functions, subqueries and words of SQL.
func tableName(word string) string {
	word = strings.TrimRight(strings.ReplaceAll(word, `"`, ""), ",;)")
	if word == "" || len(word) > 63 || word == "lateral" || word == "only" || word == "select" {
		return ""
	}
	for _, c := range []byte(word) {
		if (c < 'a' || c > 'z') && c != '_' {
			return ""
		}
	}
	return word
}
