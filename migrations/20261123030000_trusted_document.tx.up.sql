-- Programs that ask with documents known beforehand. One row per version; the
-- one in force has the open tx_to.
CREATE TABLE client_application (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    name      text   NOT NULL CHECK (name <> ''),
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX client_application_name ON client_application (tenant_id, name) WHERE tx_to = 9223372036854775807;

-- The documents of an application. A document's text never changes; later
-- versions say that it was retired, or taken again.
CREATE TABLE trusted_document (
    tenant_id      uuid        NOT NULL,
    id             uuid        NOT NULL,
    version        int         NOT NULL,
    application_id uuid        NOT NULL,
    key            text        NOT NULL CHECK (key <> ''),
    hash           bytea       NOT NULL CHECK (octet_length(hash) = 32), -- SHA-256 of the text
    text           text        NOT NULL,
    operation_name text        NOT NULL CHECK (operation_name <> ''),
    operation_type text        NOT NULL CHECK (operation_type IN ('QUERY', 'MUTATION', 'SUBSCRIPTION')),
    registered_at  timestamptz NOT NULL,
    retired_at     timestamptz,
    tx_from        bigint      NOT NULL DEFAULT spm_xid(),
    tx_to          bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX trusted_document_key ON trusted_document (tenant_id, key, application_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX trusted_document_hash ON trusted_document (tenant_id, hash) WHERE tx_to = 9223372036854775807;
CREATE INDEX trusted_document_application ON trusted_document (tenant_id, application_id) WHERE tx_to = 9223372036854775807;

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['client_application', 'trusted_document'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant'')::uuid)', t);
        EXECUTE format('CREATE TRIGGER recorded AFTER INSERT ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded()', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE (tx_to) ON %I TO spm_api', t);
        EXECUTE format('GRANT SELECT ON %I TO spm_worker', t);
    END LOOP;
END $$;

-- Which documents a key may send: any; any, and those that are not trusted are
-- told; or none but the trusted ones, of its application where it has one.
ALTER TABLE api_key
    ADD COLUMN application_id uuid,
    ADD COLUMN documents text NOT NULL DEFAULT 'ANY' CHECK (documents IN ('ANY', 'PREFER', 'ONLY'));
