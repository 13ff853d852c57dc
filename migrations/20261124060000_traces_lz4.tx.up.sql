-- Traces are compressed as they are written, by the thousand: lz4 takes a fraction of
-- pglz's time (ADR 35). What is stored already stays as it is. A Postgres that was
-- built without lz4 goes on with pglz.
DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT attrelid::regclass AS of, attname AS name FROM pg_attribute
		WHERE attrelid IN ('result'::regclass, 'ledger'::regclass) AND attnum > 0 AND NOT attisdropped AND attstorage = 'x'
	LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION lz4', c.of, c.name);
	END LOOP;
EXCEPTION WHEN feature_not_supported THEN
	NULL;
END $$;
