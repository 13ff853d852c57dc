-- Calls, meetings, demos, proposals and milestones: facts of positions. One row
-- per version; the one in force has the open tx_to.
CREATE TABLE activity (
    tenant_id       uuid   NOT NULL,
    id              bigint NOT NULL DEFAULT nextval('fact_key'),
    version         int    NOT NULL,
    source          text   NOT NULL,
    external_id     text   NOT NULL,
    kind            text   NOT NULL,
    position_id     uuid   NOT NULL,
    date            date   NOT NULL,
    opportunity     text   NOT NULL DEFAULT '',
    quantity        numeric CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    attributes      jsonb,
    status          text   NOT NULL CHECK (status IN ('DONE', 'WITHDRAWN')),
    source_revision bigint NOT NULL DEFAULT 0,
    tx_from         bigint NOT NULL DEFAULT spm_xid(),
    tx_to           bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX activity_in_force ON activity (tenant_id, source, external_id) WHERE tx_to = 9223372036854775807;
-- The list's order, and what calculation and one person read.
CREATE INDEX activity_date ON activity (tenant_id, date, id);
CREATE INDEX activity_position ON activity (tenant_id, position_id, date);
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();

ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE (tx_to) ON activity TO spm_api, spm_worker;
