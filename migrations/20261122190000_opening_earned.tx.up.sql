-- What was earned before go-live may be brought too.
ALTER TABLE opening_entry
    DROP CONSTRAINT opening_entry_account_check,
    ADD CONSTRAINT opening_entry_account_check CHECK (account IN ('HELD', 'PAYABLE', 'CARRIED', 'DRAW', 'EARNED'));
