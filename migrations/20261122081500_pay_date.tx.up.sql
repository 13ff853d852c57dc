-- A period may say when it is paid out.
ALTER TABLE period
    ADD COLUMN paid_on date, -- none: its last day
    ADD CHECK (paid_on >= from_date);
