-- Roles that a user hands over to another for some time. One row per version;
-- the one in force has the open tx_to.
CREATE TABLE delegation (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    version       int         NOT NULL,
    giver_id      uuid        NOT NULL,
    giver_name    text        NOT NULL, -- as it was when the delegation was made
    receiver_id   uuid        NOT NULL,
    receiver_name text        NOT NULL,
    roles         text[]      NOT NULL CHECK (cardinality(roles) > 0 AND NOT roles && ARRAY['REP', 'TENANT_ADMIN']),
    from_at       timestamptz NOT NULL,
    until_at      timestamptz NOT NULL,
    reason        text        NOT NULL CHECK (reason <> ''),
    created_by    uuid        NOT NULL,
    created_at    timestamptz NOT NULL,
    ended_by      uuid,
    ended_at      timestamptz, -- before until_at
    tx_from       bigint      NOT NULL DEFAULT spm_xid(),
    tx_to         bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (giver_id <> receiver_id),
    CHECK (from_at < until_at AND until_at <= from_at + interval '400 days'),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE INDEX delegation_receiver ON delegation (tenant_id, receiver_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX delegation_giver ON delegation (tenant_id, giver_id) WHERE tx_to = 9223372036854775807;
ALTER TABLE delegation ENABLE ROW LEVEL SECURITY;
ALTER TABLE delegation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON delegation USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
CREATE TRIGGER recorded AFTER INSERT ON delegation FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
GRANT SELECT, INSERT, UPDATE (tx_to) ON delegation TO spm_api;
GRANT SELECT ON delegation TO spm_worker;

-- For whom, and by which delegation, the actor did it.
ALTER TABLE change
    ADD COLUMN on_behalf_of  uuid,
    ADD COLUMN delegation_id uuid,
    ADD CHECK ((on_behalf_of IS NULL) = (delegation_id IS NULL));
CREATE INDEX change_on_behalf_of ON change (tenant_id, on_behalf_of, xid, id) WHERE on_behalf_of IS NOT NULL;
CREATE INDEX change_delegation ON change (tenant_id, delegation_id, xid, id) WHERE delegation_id IS NOT NULL;

-- For whom the author wrote what another person is to approve: neither approves it.
ALTER TABLE plan_version ADD COLUMN author_for uuid, ADD CHECK (approver_id <> author_for);
ALTER TABLE pay_adjustment ADD COLUMN author_for uuid, ADD CHECK (approver_id <> author_for);
ALTER TABLE period_step ADD COLUMN author_for uuid, ADD CHECK (approver_id <> author_for);

CREATE OR REPLACE FUNCTION refuse_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE old plan_version;
BEGIN
    SELECT * INTO old FROM plan_version v WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.id AND v.version = NEW.version - 1;
    IF NOT FOUND THEN
        IF NEW.state <> 'DRAFT' THEN
            RAISE EXCEPTION 'a plan version begins as a draft' USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    ELSIF old.state <> 'DRAFT' AND (NEW.content, NEW.content_hash, NEW.plan_id, NEW.number, NEW.currency, NEW.calendar_id, NEW.from_date, NEW.author_id, NEW.author_for)
        IS DISTINCT FROM (old.content, old.content_hash, old.plan_id, old.number, old.currency, old.calendar_id, old.from_date, old.author_id, old.author_for) THEN
        RAISE EXCEPTION 'what a submitted plan version says stays' USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF NEW.state <> old.state AND (old.state, NEW.state) NOT IN (('DRAFT', 'IN_REVIEW'), ('IN_REVIEW', 'DRAFT'), ('IN_REVIEW', 'APPROVED'),
        ('APPROVED', 'DRAFT'), ('APPROVED', 'PUBLISHED'), ('PUBLISHED', 'RETIRED')) THEN
        RAISE EXCEPTION 'a plan version does not go from % to %', old.state, NEW.state USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF old.state IN ('PUBLISHED', 'RETIRED') AND NEW.to_date > old.to_date THEN
        RAISE EXCEPTION 'a published plan version only ends earlier' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END $$;
