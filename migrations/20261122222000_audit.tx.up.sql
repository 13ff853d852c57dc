-- The audit trail: for each sealed batch a link that holds the digests of its
-- changes, and of the facts that they name, chained by its hash to the one before.
CREATE TABLE audit_link (
    tenant_id uuid        NOT NULL,
    sequence  bigint      NOT NULL,
    horizon   bigint      NOT NULL,
    sealed_at timestamptz NOT NULL,
    format    smallint    NOT NULL,
    digests   bytea       NOT NULL CHECK (octet_length(digests) % 8 = 0), -- the first 8 bytes of each entry's, in order
    previous  bytea       NOT NULL CHECK (octet_length(previous) = 32),
    hash      bytea       NOT NULL CHECK (octet_length(hash) = 32),
    PRIMARY KEY (tenant_id, sequence)
);
ALTER TABLE audit_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_link FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON audit_link USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON audit_link TO spm_api, spm_worker;
GRANT INSERT ON audit_link TO spm_worker;

-- What somebody did, and when, in the order of the trail.
CREATE INDEX change_actor ON change (tenant_id, actor, xid, id);
CREATE INDEX change_at ON change (tenant_id, at, xid, id);

CREATE FUNCTION refuse_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is not changed: %', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_link FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON change FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed();
CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_changed();
