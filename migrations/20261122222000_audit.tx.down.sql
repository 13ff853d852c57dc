-- Refuses while there are tenants, as the spine does: what they have brought is
-- not dropped by stepping back.
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

DROP TRIGGER kept ON seal;
DROP TRIGGER kept ON change;
DROP TABLE audit_link;
DROP FUNCTION refuse_changed();
DROP INDEX change_at;
DROP INDEX change_actor;
