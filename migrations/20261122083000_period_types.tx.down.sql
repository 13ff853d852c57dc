-- Refuses while there are tenants, as the spine does: what they are paid by is
-- not dropped by stepping back.
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

ALTER TABLE period
    DROP CONSTRAINT period_type_check,
    ADD CONSTRAINT period_type_check CHECK (type IN ('MONTH', 'QUARTER', 'HALF', 'YEAR'));
ALTER TABLE fiscal_calendar
    DROP COLUMN period_types,
    DROP COLUMN week_start,
    DROP COLUMN pattern;
