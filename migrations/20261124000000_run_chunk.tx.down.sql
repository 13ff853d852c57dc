DROP TABLE run_chunk;
DROP INDEX calculation_run_queued;
REVOKE UPDATE (status, finished_at, finished_xid) ON calculation_run FROM spm_api;
ALTER TABLE calculation_run DROP CONSTRAINT calculation_run_status_check;
ALTER TABLE calculation_run NO FORCE ROW LEVEL SECURITY;
UPDATE calculation_run SET status = 'FAILED', failure = 'somebody cancelled it' WHERE status = 'CANCELLED';
ALTER TABLE calculation_run FORCE ROW LEVEL SECURITY;
ALTER TABLE calculation_run
    ADD CONSTRAINT calculation_run_status_check CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS', 'FAILED')),
    DROP COLUMN priority, DROP COLUMN settles, DROP COLUMN retry_of, DROP COLUMN chunk_count, DROP COLUMN chunks_done, DROP COLUMN periods;
