-- Refuses while there are tenants, as the spine does: what they are paid by is
-- not dropped by stepping back.
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

ALTER TABLE period DROP COLUMN paid_on;
