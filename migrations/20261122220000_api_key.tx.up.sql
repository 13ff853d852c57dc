-- API keys of partners. One row per version; the one in force has the open tx_to.
CREATE TABLE api_key (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    version     int         NOT NULL,
    name        text        NOT NULL CHECK (name <> ''),
    scopes      text[]      NOT NULL,
    position_id uuid,       -- the key sees this position and what is below it; none: all rows
    networks    text[]      NOT NULL, -- CIDRs; none: any address
    expires_at  timestamptz NOT NULL,
    created_by  uuid        NOT NULL,
    created_at  timestamptz NOT NULL,
    rotated_at  timestamptz,
    revoked_at  timestamptz,
    tx_from     bigint      NOT NULL DEFAULT spm_xid(),
    tx_to       bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (expires_at <= coalesce(rotated_at, created_at) + interval '366 days')
);

-- What a key's text hashes to. It stands apart from the key, so that no change
-- row, which holds versions of the key, holds it.
CREATE TABLE api_key_secret (
    tenant_id uuid  NOT NULL,
    key_id    uuid  NOT NULL,
    number    int   NOT NULL, -- 1 for the first, one more with each rotation
    hash      bytea NOT NULL CHECK (octet_length(hash) = 32), -- SHA-256 of the key's text
    ends_at   timestamptz, -- of one that was replaced
    PRIMARY KEY (tenant_id, key_id, number)
);

-- When a key was used last, to the minute. No change: it is overwritten.
CREATE TABLE api_key_use (
    tenant_id uuid        NOT NULL,
    key_id    uuid        NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['api_key', 'api_key_secret', 'api_key_use'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant'')::uuid)', t);
    END LOOP;
END $$;
CREATE TRIGGER recorded AFTER INSERT ON api_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON api_key_secret FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
GRANT SELECT, INSERT, UPDATE (tx_to) ON api_key TO spm_api;
GRANT SELECT, INSERT, UPDATE (ends_at) ON api_key_secret TO spm_api;
GRANT SELECT, INSERT, UPDATE (at) ON api_key_use TO spm_api;
GRANT SELECT ON api_key TO spm_worker;
