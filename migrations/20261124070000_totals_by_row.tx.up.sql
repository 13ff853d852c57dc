-- What a publication adds and takes away is looked up row by row, in that order,
-- whatever is known of the tables' sizes: in a young database, of whose tables nothing
-- is known, results came first and each met all that was published, which took a
-- second for fifty publications.
CREATE OR REPLACE FUNCTION add_to_totals() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    d record;
    before record;
BEGIN
    FOR d IN
        SELECT m.tenant_id, m.period_id, r.plan_id, r.component_key, r.earning_code, r.currency, sum(m.sign * r.amount) AS amount, sum(m.sign) AS count
        FROM (SELECT n.tenant_id, n.run_id, n.payee_id, n.period_id, 1 AS sign FROM written n
              UNION ALL
              SELECT n.tenant_id, o.run_id, n.payee_id, n.period_id, -1 FROM written n CROSS JOIN LATERAL (SELECT p.run_id FROM published p WHERE p.tenant_id = n.tenant_id
                  AND p.payee_id = n.payee_id AND p.period_id = n.period_id AND p.tx_to = n.tx_from AND p.tx_from < n.tx_from OFFSET 0) o) m
        CROSS JOIN LATERAL (SELECT e.plan_id, e.component_key, e.earning_code, e.currency, e.amount FROM result e
            WHERE e.tenant_id = m.tenant_id AND e.run_id = m.run_id AND e.payee_id = m.payee_id AND e.period_id = m.period_id OFFSET 0) r
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
