package store

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Observer is told of each statement once it has ended. It is called by many
// goroutines at once, and must not block.
type Observer interface {
	Statement(ctx context.Context, statement Statement)
}

// Statement says what a statement was: nothing of its arguments, nor of its text
// beyond the first table that it names.
type Statement struct {
	Kind   string // select, insert, update, delete, copy, or other
	Table  string // "" where it names none
	Begun  time.Time
	Took   time.Duration
	Failed bool

	text string
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

func (t tracer) begin(ctx context.Context, kind, table, text string) context.Context {
	return context.WithValue(ctx, statementKey{}, &Statement{Kind: kind, Table: table, Begun: time.Now(), text: text})
}

func (t tracer) end(ctx context.Context, err error) {
	if begun, has := ctx.Value(statementKey{}).(*Statement); has {
		done := *begun
		done.Took, done.Failed = time.Since(done.Begun), err != nil
		t.observer.Statement(ctx, done)
	}
}

// TraceQueryStart begins a statement.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	kind, table := describe(data.SQL)
	return t.begin(ctx, kind, table, data.SQL)
}

// TraceQueryEnd ends it.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	t.end(ctx, data.Err)
}

// TraceBatchStart begins statements that are sent together, which are one: what
// opens and ends their transaction is no work of theirs.
func (t tracer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	for _, queued := range data.Batch.QueuedQueries {
		if kind, table := describe(queued.SQL); table != "" {
			return t.begin(ctx, kind, table, queued.SQL)
		}
	}
	return t.begin(ctx, "other", "", "")
}

// TraceBatchQuery leaves the statements of a batch together.
func (tracer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd ends them.
func (t tracer) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	t.end(ctx, data.Err)
}

// TraceCopyFromStart begins a COPY.
func (t tracer) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromStartData) context.Context {
	return t.begin(ctx, "copy", strings.Join(data.TableName, "."), "")
}

// TraceCopyFromEnd ends it.
func (t tracer) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceCopyFromEndData) {
	t.end(ctx, data.Err)
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
