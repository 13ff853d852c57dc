-- Refuses while there are values: a tenant's facts are not dropped by stepping back.
ALTER TABLE measure_value NO FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF EXISTS (SELECT FROM measure_value) THEN
        RAISE EXCEPTION 'there are values of measures: export and remove them before migrating down';
    END IF;
END $$;

DROP TABLE measure_value;
