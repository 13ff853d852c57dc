package storetest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// schema stands in for the migrations: as many tables and indexes as they are about to have.
func schema(tables int) Migrator {
	var b strings.Builder
	for i := range tables {
		fmt.Fprintf(&b, `CREATE TABLE noun_%d (tenant_id uuid NOT NULL, id uuid NOT NULL, name text NOT NULL,
			valid_from date, valid_to date, PRIMARY KEY (tenant_id, id));
			CREATE INDEX ON noun_%d (tenant_id, name);
			INSERT INTO noun_%d SELECT gen_random_uuid(), gen_random_uuid(), 'n' || g FROM generate_series(1, 10) g;`, i, i, i)
	}
	return Migrator{
		Hash: fmt.Sprintf("schema of %d tables", tables),
		Run:  func(ctx context.Context, dsn string) error { return execute(ctx, dsn, b.String()) },
	}
}

func execute(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

// BenchmarkDatabase is what a test pays for its database: the clone, a connection to it, and
// the removal.
func BenchmarkDatabase(b *testing.B) {
	s := get(b)
	source, err := s.template(schema(60))
	if err != nil {
		b.Fatal(err)
	}
	ctx := b.Context()
	for _, strategy := range []string{fileCopy, "WAL_LOG"} {
		b.Run(strategy, func(b *testing.B) {
			steps := []struct {
				name string
				run  func(name string) error
			}{
				{"clone", func(name string) error { return s.clone(ctx, name, source, strategy) }},
				{"connect", func(name string) error { return execute(ctx, s.dsn(name), "SELECT") }},
				{"drop", func(name string) error { return s.drop(ctx, name) }},
			}
			var spent [3]float64
			for i := 0; b.Loop(); i++ {
				for j, step := range steps {
					before := b.Elapsed()
					if err := step.run(fmt.Sprintf("spm_bench_%d", i)); err != nil {
						b.Fatal(err)
					}
					spent[j] += float64((b.Elapsed() - before).Microseconds()) / 1000
				}
			}
			for j, step := range steps {
				b.ReportMetric(spent[j]/float64(b.N), step.name+"-ms")
			}
		})
	}
}
