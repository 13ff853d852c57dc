-- What the earnings that readers see come to, by period and component. It is kept
-- by the publication itself, whichever program makes it, so that it is never other
-- than what the earnings sum to at the same read point.
CREATE TABLE earning_total (
    tenant_id     uuid    NOT NULL,
    period_id     uuid    NOT NULL,
    plan_id       uuid    NOT NULL,
    component_key text    NOT NULL,
    earning_code  text    NOT NULL,
    currency      text    NOT NULL,
    amount        numeric NOT NULL,
    count         bigint  NOT NULL CHECK (count > 0), -- of earnings
    tx_from       bigint  NOT NULL DEFAULT spm_xid(),
    tx_to         bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, period_id, plan_id, component_key, earning_code, currency, tx_from)
);
CREATE UNIQUE INDEX earning_total_in_force ON earning_total (tenant_id, period_id, plan_id, component_key, earning_code, currency) WHERE tx_to = 9223372036854775807;

ALTER TABLE earning_total ENABLE ROW LEVEL SECURITY;
ALTER TABLE earning_total FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON earning_total USING (tenant_id = current_setting('app.tenant')::uuid) WITH CHECK (tenant_id = current_setting('app.tenant')::uuid);
GRANT SELECT ON earning_total TO spm_api;
GRANT SELECT, INSERT, UPDATE (tx_to) ON earning_total TO spm_worker;

-- Adds what the publications come to, less what they take the place of. They are
-- looked up one by one by index, few or many, whatever is known of the tables' sizes.
CREATE FUNCTION add_to_totals() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    d record;
    before record;
BEGIN
    FOR d IN
        SELECT r.tenant_id, r.period_id, r.plan_id, r.component_key, r.earning_code, r.currency, sum(m.sign * r.amount) AS amount, sum(m.sign) AS count
        FROM (SELECT n.tenant_id, n.run_id, n.payee_id, n.period_id, 1 AS sign FROM written n
              UNION ALL
              SELECT o.tenant_id, o.run_id, o.payee_id, o.period_id, -1 FROM written n JOIN published o ON o.tenant_id = n.tenant_id AND o.payee_id = n.payee_id
                  AND o.period_id = n.period_id AND o.tx_to = n.tx_from AND o.tx_from < n.tx_from) m
        JOIN result r ON r.tenant_id = m.tenant_id AND r.run_id = m.run_id AND r.payee_id = m.payee_id AND r.period_id = m.period_id
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(m.sign * r.amount) <> 0 OR sum(m.sign) <> 0
        ORDER BY 1, 2, 3, 4, 5, 6
    LOOP
        UPDATE earning_total t SET tx_to = spm_xid()
        WHERE t.tenant_id = d.tenant_id AND t.period_id = d.period_id AND t.plan_id = d.plan_id AND t.component_key = d.component_key
            AND t.earning_code = d.earning_code AND t.currency = d.currency AND t.tx_to = 9223372036854775807
        RETURNING t.amount, t.count INTO before;
        IF d.count + coalesce(before.count, 0) <> 0 THEN
            INSERT INTO earning_total (tenant_id, period_id, plan_id, component_key, earning_code, currency, amount, count)
            VALUES (d.tenant_id, d.period_id, d.plan_id, d.component_key, d.earning_code, d.currency, d.amount + coalesce(before.amount, 0), d.count + coalesce(before.count, 0));
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER totalled AFTER INSERT ON published REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION add_to_totals();

-- Of before this migration too, as of any moment. The trigger's creation holds off
-- publications until this is committed; readers go on.
DO $$
DECLARE
    one uuid;
BEGIN
    FOR one IN SELECT id FROM tenant_list LOOP
        PERFORM set_config('app.tenant', one::text, true);
        INSERT INTO earning_total
        SELECT tenant_id, period_id, plan_id, component_key, earning_code, currency, amount, count, xid, coalesce(next, 9223372036854775807)
        FROM (SELECT tenant_id, period_id, plan_id, component_key, earning_code, currency, xid, sum(amount) OVER running AS amount, sum(count) OVER running AS count, lead(xid) OVER running AS next
              FROM (SELECT r.tenant_id, r.period_id, r.plan_id, r.component_key, r.earning_code, r.currency, e.xid, sum(e.sign * r.amount) AS amount, sum(e.sign) AS count
                    FROM published v
                    JOIN result r ON r.tenant_id = v.tenant_id AND r.run_id = v.run_id AND r.payee_id = v.payee_id AND r.period_id = v.period_id
                    CROSS JOIN LATERAL (VALUES (v.tx_from, 1), (v.tx_to, -1)) e(xid, sign)
                    WHERE e.xid <> 9223372036854775807
                    GROUP BY 1, 2, 3, 4, 5, 6, 7) d
              WINDOW running AS (PARTITION BY tenant_id, period_id, plan_id, component_key, earning_code, currency ORDER BY xid)) t
        WHERE count > 0;
    END LOOP;
END $$;
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON earning_total FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
