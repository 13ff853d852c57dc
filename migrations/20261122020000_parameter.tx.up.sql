-- What the parameters that plan versions declare are, from a day to a day: for
-- the whole plan, or for one title, position or payee.
CREATE TABLE parameter_value (
    tenant_id   uuid    NOT NULL,
    id          uuid    NOT NULL,
    version     int     NOT NULL,
    plan_id     uuid    NOT NULL,
    key         text    NOT NULL CHECK (key <> ''),
    title_id    uuid,
    position_id uuid,
    payee_id    uuid,
    from_date   date    NOT NULL,
    to_date     date    NOT NULL,
    value       numeric NOT NULL CHECK (value > '-Infinity' AND value < 'Infinity'),
    tx_from     bigint  NOT NULL DEFAULT spm_xid(),
    tx_to       bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date),
    CHECK (num_nonnulls(title_id, position_id, payee_id) <= 1)
);
CREATE INDEX parameter_value_plan ON parameter_value (tenant_id, plan_id, key);
CREATE UNIQUE INDEX parameter_value_start ON parameter_value (tenant_id, plan_id, key, coalesce(payee_id, position_id, title_id, plan_id), from_date)
    WHERE tx_to = 9223372036854775807;

ALTER TABLE parameter_value ENABLE ROW LEVEL SECURITY;
ALTER TABLE parameter_value FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON parameter_value USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE (tx_to) ON parameter_value TO spm_api, spm_worker;
