//go:build linux

package fault

import (
	"testing"
	"time"

	"spm/test/harness"
)

// failing makes statements that write fail, as many in a thousand as the table
// says, as they do where the disk is full.
var failing = []string{
	"CREATE TABLE fault_rate (thousandth int NOT NULL)", "INSERT INTO fault_rate VALUES (0)", "CREATE SEQUENCE fault_hits",
	`CREATE FUNCTION fail_now_and_then() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
	IF random() * 1000 < (SELECT thousandth FROM fault_rate) THEN
		PERFORM nextval('fault_hits');
		RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
	END IF;
	RETURN NULL;
END $$`,
	`DO $$
DECLARE name text;
BEGIN
	FOR name IN SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname <> 'fault_rate' LOOP
		EXECUTE format('CREATE TRIGGER fail_now_and_then AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH STATEMENT EXECUTE FUNCTION fail_now_and_then()', name);
	END LOOP;
END $$`,
}

// TestStatementsFail lets statements fail at random places, under load, as a full
// disk does: what they are a part of fails whole, callers are told to try again,
// and once there is room all work is finished. FAILING (milliseconds) and SEED
// lengthen or repeat it.
func TestStatementsFail(t *testing.T) {
	t.Parallel()
	random, lasts := seeded(t), time.Duration(counted("FAILING", 1500))*time.Millisecond
	h := harness.New(t)
	year := company(h)
	h.Settle()
	ownerSQL(h, "ANALYZE")
	ownerSQL(h, failing...)
	h.Stop()
	_, here := h.Start()
	_, there := h.Start()
	l := loaded(t, h, random, here, there)
	ownerSQL(h, "UPDATE fault_rate SET thousandth = 40")
	told := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.codes["UNAVAILABLE"]
	}
	for begun := time.Now(); time.Since(begun) < lasts || told() < 5 && time.Since(begun) < time.Minute; {
		_, _ = l.post(here, `mutation($p: ID!) { runCalculation(input: {periodId: $p}) { run { id } userErrors { message } } }`, map[string]any{"p": year}, "")
		time.Sleep(time.Duration(random.IntN(500)) * time.Millisecond) // until it is asked for anew
	}
	ownerSQL(h, "UPDATE fault_rate SET thousandth = 0")
	l.end(year)
	if l.codes["UNAVAILABLE"] == 0 {
		t.Errorf("nobody was told to try again: %v", l.codes)
	}
	t.Logf("%s statements failed", h.Strings("SELECT last_value::text FROM fault_hits")[0])
}
