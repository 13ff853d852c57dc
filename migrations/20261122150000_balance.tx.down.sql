-- Refuses while anything was struck, added, closed or paid: pay is not dropped by
-- stepping back.
DO $$
DECLARE t text; there boolean;
BEGIN
    FOREACH t IN ARRAY ARRAY['ledger', 'earning_code', 'pay_adjustment', 'opening_entry', 'hold_release', 'statement_answer', 'period_step', 'payment'] LOOP
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', t) INTO there;
        IF there THEN
            RAISE EXCEPTION 'there are rows in %: export and remove them before migrating down', t;
        END IF;
    END LOOP;
END $$;

DROP TABLE payment, period_step, statement_answer, hold_release, opening_entry, pay_adjustment, earning_code, restated, struck, ledger;
DROP FUNCTION refuse_payment();
DROP TRIGGER stepped ON period;
DROP FUNCTION refuse_period_step();
DROP TRIGGER followed ON period;
DROP FUNCTION refuse_period_end();
ALTER TABLE period DROP COLUMN closed_xid;
ALTER TABLE fiscal_calendar DROP COLUMN pay_period;
