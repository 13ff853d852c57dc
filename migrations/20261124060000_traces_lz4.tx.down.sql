DO $$
DECLARE
	c record;
BEGIN
	FOR c IN SELECT attrelid::regclass AS of, attname AS name FROM pg_attribute
		WHERE attrelid IN ('result'::regclass, 'ledger'::regclass) AND attnum > 0 AND NOT attisdropped AND attstorage = 'x'
	LOOP
		EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET COMPRESSION default', c.of, c.name);
	END LOOP;
END $$;
