CREATE OR REPLACE FUNCTION refuse_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE old plan_version;
BEGIN
    SELECT * INTO old FROM plan_version v WHERE v.tenant_id = NEW.tenant_id AND v.id = NEW.id AND v.version = NEW.version - 1;
    IF NOT FOUND THEN
        IF NEW.state <> 'DRAFT' THEN
            RAISE EXCEPTION 'a plan version begins as a draft' USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    ELSIF old.state <> 'DRAFT' AND (NEW.content, NEW.content_hash, NEW.plan_id, NEW.number, NEW.currency, NEW.calendar_id, NEW.from_date, NEW.author_id)
        IS DISTINCT FROM (old.content, old.content_hash, old.plan_id, old.number, old.currency, old.calendar_id, old.from_date, old.author_id) THEN
        RAISE EXCEPTION 'what a submitted plan version says stays' USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF NEW.state <> old.state AND (old.state, NEW.state) NOT IN (('DRAFT', 'IN_REVIEW'), ('IN_REVIEW', 'DRAFT'), ('IN_REVIEW', 'APPROVED'),
        ('APPROVED', 'DRAFT'), ('APPROVED', 'PUBLISHED'), ('PUBLISHED', 'RETIRED')) THEN
        RAISE EXCEPTION 'a plan version does not go from % to %', old.state, NEW.state USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF old.state IN ('PUBLISHED', 'RETIRED') AND NEW.to_date > old.to_date THEN
        RAISE EXCEPTION 'a published plan version only ends earlier' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE period_step DROP COLUMN author_for;
ALTER TABLE pay_adjustment DROP COLUMN author_for;
ALTER TABLE plan_version DROP COLUMN author_for;
ALTER TABLE change DROP COLUMN on_behalf_of, DROP COLUMN delegation_id;
DROP TABLE delegation;
