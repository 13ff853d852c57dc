-- Refuses while there are tenants, as the spine does: what they have brought is
-- not dropped by stepping back.
DO $$
BEGIN
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

ALTER TABLE opening_entry
    DROP CONSTRAINT opening_entry_account_check,
    ADD CONSTRAINT opening_entry_account_check CHECK (account IN ('HELD', 'PAYABLE', 'CARRIED', 'DRAW'));
