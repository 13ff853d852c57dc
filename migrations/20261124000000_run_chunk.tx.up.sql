-- A run is cut into chunks of payees, which replicas take one by one; what it covers
-- stays known, so that it can be gone on with and replayed.
ALTER TABLE calculation_run
    ADD COLUMN priority    smallint  NOT NULL DEFAULT 2 CHECK (priority BETWEEN 1 AND 3), -- 1 first
    ADD COLUMN settles     boolean   NOT NULL DEFAULT false,                              -- publishing clears the dirty marks below its horizon
    ADD COLUMN retry_of    uuid,
    ADD COLUMN chunk_count int       NOT NULL DEFAULT 0,
    ADD COLUMN chunks_done int       NOT NULL DEFAULT 0,
    ADD COLUMN periods     uuid[]    NOT NULL DEFAULT '{}',                               -- that its chunks number
    DROP CONSTRAINT calculation_run_status_check,
    ADD CONSTRAINT calculation_run_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS', 'FAILED', 'CANCELLED'));

-- Two requests for the same period are one while it waits.
CREATE UNIQUE INDEX calculation_run_queued ON calculation_run (tenant_id, period_id) WHERE status = 'QUEUED' AND kind = 'REQUESTED';

CREATE TABLE run_chunk (
    tenant_id uuid       NOT NULL,
    run_id    uuid       NOT NULL,
    number    int        NOT NULL,
    payees    uuid[]     NOT NULL,
    counts    smallint[] NOT NULL, -- how many periods of each payee are calculated; with none its balances alone are struck
    periods   smallint[] NOT NULL, -- of all payees, one after the other: places in the run's periods, from 0
    attempts  smallint   NOT NULL DEFAULT 0,
    problems  int        NOT NULL DEFAULT 0,
    done_at   timestamptz,
    PRIMARY KEY (tenant_id, run_id, number)
);
ALTER TABLE run_chunk ENABLE ROW LEVEL SECURITY;
ALTER TABLE run_chunk FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON run_chunk USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON run_chunk TO spm_api;
GRANT SELECT, INSERT, UPDATE (attempts, problems, done_at) ON run_chunk TO spm_worker;
GRANT UPDATE (settles, chunk_count, chunks_done, periods) ON calculation_run TO spm_worker;
-- Who may ask for a run may cancel it.
GRANT UPDATE (status, finished_at, finished_xid) ON calculation_run TO spm_api;
