-- Dated numbers that are no credits: of a position, or of the whole company.
CREATE TABLE measure_value (
    tenant_id   uuid    NOT NULL,
    id          uuid    NOT NULL,
    version     int     NOT NULL,
    measure_id  uuid    NOT NULL,
    position_id uuid,
    date        date    NOT NULL,
    value       numeric NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
    tx_from     bigint  NOT NULL DEFAULT spm_xid(),
    tx_to       bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX measure_value_position ON measure_value (tenant_id, measure_id, position_id, date) WHERE tx_to = 9223372036854775807 AND position_id IS NOT NULL;
CREATE UNIQUE INDEX measure_value_company ON measure_value (tenant_id, measure_id, date) WHERE tx_to = 9223372036854775807 AND position_id IS NULL;
-- The list's order, the values of a measure, and what one person may see.
CREATE INDEX measure_value_date ON measure_value (tenant_id, date, id);
CREATE INDEX measure_value_measure ON measure_value (tenant_id, measure_id, date);
CREATE INDEX measure_value_whose ON measure_value (tenant_id, position_id, date);

ALTER TABLE measure_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE measure_value FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON measure_value USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE (tx_to) ON measure_value TO spm_api, spm_worker;
