-- Refuses while there is money: a tenant's facts are not dropped by stepping back.
DO $$
BEGIN
    PERFORM set_config('row_security', 'off', true);
    IF EXISTS (SELECT FROM tenant_list) THEN
        RAISE EXCEPTION 'there are tenants: export and remove them before migrating down';
    END IF;
END $$;

DROP TABLE published, problem, result, calculation_run, exception_resolution, crediting_exception, credit, transaction,
    plan_assignment, plan_version, plan, rate_table, quota, measure, crediting_rule, credit_type, transaction_kind, account,
    product, fx_rate, period, fiscal_calendar, position_assignment, payee, position, title, app_user, tenant, setup_stamp, work, recredit,
    dirty, idempotency, seal, change, unsealed, tenant_list CASCADE;
DROP FUNCTION refuse_closed(), refuse_unrecorded(), refuse_rewritten(), spm_xid();
DROP TABLE instance;
DROP SEQUENCE fact_key;
