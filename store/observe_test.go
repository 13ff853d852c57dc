package store

import "testing"

func TestStatementsAreTold(t *testing.T) {
	t.Parallel()
	for _, one := range []struct{ sql, kind, table string }{
		{"SELECT p.id FROM payee p WHERE p.tenant_id = $1", "select", "payee"},
		{"SELECT extract(epoch FROM now()), x FROM (SELECT 1 FROM earning) e", "select", "earning"},
		{"WITH h AS MATERIALIZED (SELECT 1 AS horizon) SELECT 1 FROM h, unsealed u", "select", "h"},
		{`INSERT INTO "payee" ("name") VALUES ('from secret_person')`, "insert", "payee"},
		{"INSERT INTO dirty (tenant_id) SELECT $1", "insert", "dirty"},
		{"UPDATE period SET state = 'x' FROM secret_person", "update", "period"},
		{"DELETE FROM work WHERE xid < $1", "delete", "work"},
		{"SELECT 'from secret_person' FROM payee", "select", ""},
		{"SELECT set_config('role', $1, true)", "select", ""},
		{"SELECT a FROM unnest($1::uuid[]) a JOIN payee p ON true", "select", "payee"},
		{"BEGIN READ ONLY", "other", ""},
	} {
		if kind, table := describe(one.sql); kind != one.kind || table != one.table {
			t.Errorf("%q is told as %q of %q, not %q of %q", one.sql, kind, table, one.kind, one.table)
		}
	}
}
