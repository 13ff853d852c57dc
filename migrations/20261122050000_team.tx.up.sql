-- Positions that share, from a day to a day, by weights. member_ids, member_from
-- and member_to are parallel to members: whose each membership is and its days
-- [from, to), by which reads decide who may see it.
CREATE TABLE team (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    members     jsonb  NOT NULL,
    member_ids  uuid[] NOT NULL,
    member_from date[] NOT NULL,
    member_to   date[] NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (cardinality(member_ids) = jsonb_array_length(members)),
    CHECK (cardinality(member_from) = jsonb_array_length(members)),
    CHECK (cardinality(member_to) = jsonb_array_length(members))
);
CREATE UNIQUE INDEX team_external_id ON team (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

ALTER TABLE team ENABLE ROW LEVEL SECURITY;
ALTER TABLE team FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON team USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT, INSERT, UPDATE (tx_to) ON team TO spm_api, spm_worker;
