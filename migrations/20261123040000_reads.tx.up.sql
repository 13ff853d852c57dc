-- What dashboards ask of results, worked out by the run: which lines cite which
-- credit, the measure whose quota a row is of, and the tier that comes next.
-- Rows of earlier runs have none of it; where their lines reach is not known.
ALTER TABLE result
    ADD COLUMN line_credit bigint[], -- beside trace_paid: the credit, below 0 the activity, 0 nothing
    ADD COLUMN attains     uuid,     -- the measure, where the row has all of it towards its quota
    ADD COLUMN next_from   numeric CHECK (next_from > '-Infinity' AND next_from < 'Infinity'),
    ADD COLUMN next_rate   numeric CHECK (next_rate > '-Infinity' AND next_rate < 'Infinity'),
    ADD COLUMN next_needed numeric CHECK (next_needed > '-Infinity' AND next_needed < 'Infinity'),
    ADD COLUMN goes_back   boolean NOT NULL DEFAULT true; -- lines cite facts before the period
CREATE INDEX result_going_back ON result (tenant_id, run_id, payee_id, period_id) WHERE goes_back;

ALTER TABLE published ADD COLUMN goes_back boolean NOT NULL DEFAULT true; -- a result of it does
CREATE INDEX published_going_back ON published (tenant_id, payee_id, tx_to) WHERE goes_back;

-- Credits of everybody in the order of their days.
CREATE INDEX credit_day ON credit (tenant_id, date, id);

-- Which plans a payee has.
CREATE INDEX plan_assignment_payee ON plan_assignment (tenant_id, payee_id);

-- Who reports to a position: the parent of a position that always had the same,
-- and which ones have had several. Scalars, as only their comparison may come before
-- row security.
ALTER TABLE position
    ADD COLUMN parent text GENERATED ALWAYS AS (slices -> 0 ->> 'parent') STORED,
    ADD COLUMN moved boolean NOT NULL GENERATED ALWAYS AS (jsonb_array_length(slices) > 1) STORED;
CREATE INDEX position_parent ON position (tenant_id, parent);
CREATE INDEX position_moved ON position (tenant_id) WHERE moved;
