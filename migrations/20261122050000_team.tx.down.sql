-- Refuses while there are teams: what shares is divided by is not dropped by
-- stepping back.
ALTER TABLE team NO FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF EXISTS (SELECT FROM team) THEN
        RAISE EXCEPTION 'there are teams: export and remove them before migrating down';
    END IF;
END $$;

DROP TABLE team;
