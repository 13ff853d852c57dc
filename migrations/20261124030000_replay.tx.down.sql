ALTER TABLE run_chunk DROP COLUMN input_hash, DROP COLUMN result_hash;
ALTER TABLE calculation_run DROP COLUMN setup_hash, DROP COLUMN input_hash, DROP COLUMN result_hash;
