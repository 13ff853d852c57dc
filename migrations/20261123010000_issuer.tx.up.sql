-- The OIDC issuers whose tokens a tenant takes. One row per version; the one in
-- force has the open tx_to.
CREATE TABLE issuer (
    tenant_id      uuid    NOT NULL,
    id             uuid    NOT NULL,
    version        int     NOT NULL,
    name           text    NOT NULL CHECK (name <> ''),
    url            text    NOT NULL CHECK (url <> ''),
    audience       text    NOT NULL CHECK (audience <> ''),
    algorithms     text[]  NOT NULL CHECK (cardinality(algorithms) > 0 AND algorithms <@ ARRAY['RS256', 'PS256', 'ES256', 'EDDSA']),
    jwks_url       text,   -- none: as the issuer's discovery document says
    subject_claim  text    NOT NULL CHECK (subject_claim IN ('SUB', 'OID', 'UID')),
    untyped_tokens boolean NOT NULL,
    active         boolean NOT NULL,
    tx_from        bigint  NOT NULL DEFAULT spm_xid(),
    tx_to          bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);

-- Policy-free: a digest and ids only, so that sign-in can find the tenant that a
-- token's issuer and audience belong to. Both are one tenant's, for good.
CREATE TABLE issuer_list (
    digest    bytea PRIMARY KEY CHECK (octet_length(digest) = 32), -- SHA-256 of url, line feed, audience
    tenant_id uuid  NOT NULL,
    issuer_id uuid  NOT NULL
);

ALTER TABLE issuer ENABLE ROW LEVEL SECURITY;
ALTER TABLE issuer FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON issuer USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
CREATE TRIGGER recorded AFTER INSERT ON issuer FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
GRANT SELECT, INSERT, UPDATE (tx_to) ON issuer TO spm_api;
GRANT SELECT, INSERT ON issuer_list TO spm_api;
GRANT SELECT ON issuer, issuer_list TO spm_worker;
