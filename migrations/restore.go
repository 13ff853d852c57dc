package migrations

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// raiseOffset goes on counting where a restored database stopped: a new
// cluster begins with lower transaction ids than those that its rows hold, and
// everything written from now on would lie in their past. Where nothing was
// restored it does nothing: its own id is drawn last, so it is above all that
// it has read.
func raiseOffset(ctx context.Context, pool *pgxpool.Pool) error {
	const sql = `DO $$ DECLARE t uuid; one bigint; top bigint := 0; BEGIN
		FOR t IN SELECT id FROM tenant_list LOOP
			PERFORM set_config('app.tenant', t::text, true);
			SELECT greatest((SELECT max(horizon) FROM seal WHERE tenant_id = t), (SELECT max(xid) FROM change WHERE tenant_id = t)) INTO one;
			top := greatest(top, coalesce(one, 0));
		END LOOP;
		UPDATE instance SET xid_offset = xid_offset + top - spm_xid() + 1 WHERE spm_xid() < top;
	END $$`
	if _, err := pool.Exec(ctx, sql); err != nil {
		return fmt.Errorf("go on after a restore: %w", err)
	}
	return nil
}
