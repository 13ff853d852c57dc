-- A quota may hold from a day within its period on, and be relieved of a share.
ALTER TABLE quota
    ADD COLUMN from_date     date, -- none: the first day of its period
    ADD COLUMN relief        numeric CHECK (relief >= 0 AND relief <= 1),
    ADD COLUMN relief_reason text CHECK (relief_reason <> ''),
    ADD CHECK ((relief IS NULL) = (relief_reason IS NULL));
DROP INDEX quota_position;
DROP INDEX quota_title;
CREATE UNIQUE INDEX quota_position ON quota (tenant_id, position_id, measure_id, period_id, coalesce(from_date, '-infinity'::date))
    WHERE tx_to = 9223372036854775807 AND position_id IS NOT NULL;
CREATE UNIQUE INDEX quota_title ON quota (tenant_id, title_id, measure_id, period_id, coalesce(from_date, '-infinity'::date))
    WHERE tx_to = 9223372036854775807 AND title_id IS NOT NULL;
