-- Refuses while there are activities: a tenant's facts are not dropped by stepping back.
ALTER TABLE activity NO FORCE ROW LEVEL SECURITY;
DO $$
BEGIN
    IF EXISTS (SELECT FROM activity) THEN
        RAISE EXCEPTION 'there are activities: export and remove them before migrating down';
    END IF;
END $$;

DROP TABLE activity;
