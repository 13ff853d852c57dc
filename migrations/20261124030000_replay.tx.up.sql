-- What a run was worked out from and came to, as hashes: replaying it proves both.
ALTER TABLE run_chunk
    ADD COLUMN input_hash  bytea,
    ADD COLUMN result_hash bytea;
ALTER TABLE calculation_run
    ADD COLUMN setup_hash  bytea,
    ADD COLUMN input_hash  bytea,
    ADD COLUMN result_hash bytea;
GRANT UPDATE (input_hash, result_hash) ON run_chunk TO spm_worker;
GRANT UPDATE (setup_hash, input_hash, result_hash) ON calculation_run TO spm_worker;
