package migrations_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"spm/migrations"
	"spm/store/storetest"
)

// TestRestoredDatabaseGoesOnCounting: rows that a higher-numbered cluster has
// written stay in the past of what is written now.
func TestRestoredDatabaseGoesOnCounting(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	url := storetest.Database(t, storetest.Migrator{Hash: migrations.Hash(), Run: func(ctx context.Context, url string) error {
		_, err := migrations.Up(ctx, url)
		return err
	}})
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.WithoutCancel(ctx)) })
	up := func() (offset, xid int64) {
		t.Helper()
		if _, err := migrations.Up(ctx, url); err != nil {
			t.Fatal(err)
		}
		if err := conn.QueryRow(ctx, "SELECT xid_offset, spm_xid() FROM instance").Scan(&offset, &xid); err != nil {
			t.Fatal(err)
		}
		return offset, xid
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("INSERT INTO tenant_list VALUES ('00000000-0000-0000-0000-000000000001', 'one'), ('00000000-0000-0000-0000-000000000002', 'two')")
	exec("INSERT INTO seal (tenant_id, sequence, horizon) VALUES ('00000000-0000-0000-0000-000000000001', 1, pg_current_xact_id()::text::bigint)")
	if offset, _ := up(); offset != 0 {
		t.Errorf("the offset is %d though nothing was restored", offset)
	}
	const restored = 5_000_000_000
	exec("INSERT INTO seal (tenant_id, sequence, horizon) VALUES ('00000000-0000-0000-0000-000000000002', 1, 5000000000)")
	offset, xid := up()
	if xid <= restored {
		t.Errorf("a transaction is numbered %d, below the restored horizon", xid)
	}
	if again, _ := up(); again != offset {
		t.Errorf("the offset moved from %d to %d by itself", offset, again)
	}
}
