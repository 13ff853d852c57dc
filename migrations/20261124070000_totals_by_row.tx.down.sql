CREATE OR REPLACE FUNCTION add_to_totals() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
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
