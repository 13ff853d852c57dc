-- Refuses while there are tenants, as the spine does: what they are paid by is
-- not dropped by stepping back.
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

DROP INDEX quota_position;
DROP INDEX quota_title;
CREATE UNIQUE INDEX quota_position ON quota (tenant_id, position_id, measure_id, period_id) WHERE tx_to = 9223372036854775807 AND position_id IS NOT NULL;
CREATE UNIQUE INDEX quota_title ON quota (tenant_id, title_id, measure_id, period_id) WHERE tx_to = 9223372036854775807 AND title_id IS NOT NULL;
ALTER TABLE quota
    DROP COLUMN from_date,
    DROP COLUMN relief,
    DROP COLUMN relief_reason;
