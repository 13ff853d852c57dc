package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

var placeholder = regexp.MustCompile(`\$[0-9]+`)

// PlanHash gives a hash of the plan by which the database answers a statement for
// a tenant now, whatever its arguments: the shape without costs and numbers of rows, 16
// hex digits. It executes nothing. Statements that write, and those whose
// arguments stand in the text, have none.
func (s *Store) PlanHash(ctx context.Context, tenant uuid.UUID, statement Statement) (string, error) {
	highest := 0
	for _, name := range placeholder.FindAllString(statement.text, -1) {
		var n int
		if _, err := fmt.Sscanf(name, "$%d", &n); err == nil {
			highest = max(highest, n)
		}
	}
	if statement.Kind != "select" || highest == 0 || highest > 100 {
		return "", errors.New("the statement has no plan of its own")
	}
	var plan []byte
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SELECT set_config('role', $1, true), set_config('app.tenant', $2, true)", string(RoleAPI), tenant.String()); err != nil {
			return err
		}
		conn := tx.Conn().PgConn()
		if _, err := conn.Exec(ctx, "PREPARE spm_plan_hash AS "+statement.text).ReadAll(); err != nil {
			return err
		}
		nulls := strings.TrimSuffix(strings.Repeat("NULL,", highest), ",")
		results, err := conn.Exec(ctx, "EXPLAIN (COSTS OFF) EXECUTE spm_plan_hash("+nulls+")").ReadAll()
		if err == nil {
			for _, row := range results[0].Rows {
				plan = append(append(plan, row[0]...), '\n')
			}
		}
		_, free := conn.Exec(context.WithoutCancel(ctx), "DEALLOCATE spm_plan_hash").ReadAll()
		return errors.Join(err, free)
	})
	if err != nil {
		return "", fmt.Errorf("explain: %w", err)
	}
	hash := sha256.Sum256(plan)
	return hex.EncodeToString(hash[:8]), nil
}
