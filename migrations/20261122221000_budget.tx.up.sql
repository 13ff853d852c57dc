-- What is left of the points that a caller, and a tenant as a whole, may spend: one
-- row each, the tenant's own under the id of all zeros. It is of the last minute
-- only, so it is not logged: after a crash of the database all begin with a full one.
CREATE UNLOGGED TABLE budget (
    tenant_id uuid             NOT NULL,
    actor_id  uuid             NOT NULL,
    level     double precision NOT NULL CHECK (level > '-Infinity' AND level < 'Infinity'),
    at        timestamptz      NOT NULL,
    PRIMARY KEY (tenant_id, actor_id)
) WITH (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

ALTER TABLE budget ENABLE ROW LEVEL SECURITY;
ALTER TABLE budget FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON budget USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE (level, at) ON budget TO spm_api;
