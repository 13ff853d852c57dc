-- From earned to payable: ledgers of pay periods, what is added to them by hand,
-- closing, and payment.

ALTER TABLE fiscal_calendar
    ADD COLUMN pay_period text CHECK (pay_period IN ('DAY', 'WEEK', 'SEMI_MONTHLY', 'FOUR_WEEKS', 'MONTH', 'QUARTER', 'HALF', 'YEAR')); -- none: MONTH, or the shortest

-- The transaction that closed the period, while it is closed or paid.
ALTER TABLE period ADD COLUMN closed_xid bigint;

-- One row per run, payee and pay period; never updated. Entries are parallel
-- arrays; detail says the rest of each.
CREATE TABLE ledger (
    tenant_id     uuid      NOT NULL,
    run_id        uuid      NOT NULL,
    payee_id      uuid      NOT NULL,
    period_id     uuid      NOT NULL,
    withheld      boolean   NOT NULL,
    fault         text      NOT NULL DEFAULT '',
    movement      text[]    NOT NULL,
    from_account  text[]    NOT NULL,
    to_account    text[]    NOT NULL,
    currency      text[]    NOT NULL,
    amount        numeric[] NOT NULL,
    detail        jsonb     NOT NULL,
    before        jsonb     NOT NULL,
    after         jsonb     NOT NULL,
    pay_currency  text[]    NOT NULL, -- what is to be paid of the period
    pay_amount    numeric[] NOT NULL,
    PRIMARY KEY (tenant_id, run_id, payee_id, period_id)
);

-- Which run's ledger a reader sees for a payee and pay period.
CREATE TABLE struck (
    tenant_id uuid   NOT NULL,
    payee_id  uuid   NOT NULL,
    period_id uuid   NOT NULL,
    run_id    uuid   NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, payee_id, period_id, tx_from)
);
CREATE UNIQUE INDEX struck_in_force ON struck (tenant_id, payee_id, period_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX struck_period ON struck (tenant_id, period_id);

-- Which run's results say what a closed period would have earned by what is
-- known now.
CREATE TABLE restated (
    tenant_id uuid   NOT NULL,
    payee_id  uuid   NOT NULL,
    period_id uuid   NOT NULL,
    run_id    uuid   NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, payee_id, period_id, tx_from)
);
CREATE UNIQUE INDEX restated_in_force ON restated (tenant_id, payee_id, period_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX restated_period ON restated (tenant_id, period_id);

CREATE TABLE earning_code (
    tenant_id      uuid    NOT NULL,
    id             uuid    NOT NULL,
    version        int     NOT NULL,
    code           text    NOT NULL CHECK (code <> ''),
    name           text    NOT NULL,
    section        text    NOT NULL,
    ledger_account text    NOT NULL DEFAULT '',
    counts_not     boolean NOT NULL DEFAULT false, -- toward draws and guarantees
    tx_from        bigint  NOT NULL DEFAULT spm_xid(),
    tx_to          bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX earning_code_code ON earning_code (tenant_id, code) WHERE tx_to = 9223372036854775807;

CREATE TABLE pay_adjustment (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    version      int         NOT NULL,
    external_id  text        NOT NULL,
    payee_id     uuid        NOT NULL,
    period_id    uuid        NOT NULL,
    amount       numeric     NOT NULL CHECK (amount > '-Infinity' AND amount < 'Infinity' AND amount <> 0),
    currency     text        NOT NULL,
    reason_code  text        NOT NULL CHECK (reason_code <> ''),
    reason       text        NOT NULL CHECK (reason <> ''),
    earning_code text        NOT NULL,
    reverses_id  uuid,
    state        text        NOT NULL CHECK (state IN ('PENDING', 'APPROVED', 'REJECTED')),
    author_id    uuid        NOT NULL,
    approver_id  uuid,
    approved_at  timestamptz,
    created_at   timestamptz NOT NULL,
    tx_from      bigint      NOT NULL DEFAULT spm_xid(),
    tx_to        bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK ((state = 'APPROVED') = (approver_id IS NOT NULL)),
    CHECK (approver_id <> author_id)
);
CREATE UNIQUE INDEX pay_adjustment_external_id ON pay_adjustment (tenant_id, external_id) WHERE tx_to = 9223372036854775807;
CREATE UNIQUE INDEX pay_adjustment_reverses ON pay_adjustment (tenant_id, reverses_id) WHERE tx_to = 9223372036854775807 AND state <> 'REJECTED';
CREATE INDEX pay_adjustment_payee ON pay_adjustment (tenant_id, payee_id, period_id);
CREATE INDEX pay_adjustment_period ON pay_adjustment (tenant_id, period_id);

CREATE TABLE opening_entry (
    tenant_id   uuid    NOT NULL,
    id          uuid    NOT NULL,
    version     int     NOT NULL,
    external_id text    NOT NULL,
    payee_id    uuid    NOT NULL,
    period_id   uuid    NOT NULL,
    account     text    NOT NULL CHECK (account IN ('HELD', 'PAYABLE', 'CARRIED', 'DRAW')),
    amount      numeric NOT NULL CHECK (amount > 0 AND amount < 'Infinity'),
    currency    text    NOT NULL,
    plan_id     uuid,
    key         text    NOT NULL DEFAULT '',
    release_on  date,
    author_id   uuid    NOT NULL,
    tx_from     bigint  NOT NULL DEFAULT spm_xid(),
    tx_to       bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX opening_entry_external_id ON opening_entry (tenant_id, external_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX opening_entry_payee ON opening_entry (tenant_id, payee_id);

-- Somebody has released what waits for a person.
CREATE TABLE hold_release (
    tenant_id    uuid        NOT NULL,
    id           uuid        NOT NULL,
    version      int         NOT NULL,
    payee_id     uuid        NOT NULL,
    position_id  uuid        NOT NULL,
    period_id    uuid        NOT NULL, -- the payout period of the earning
    component_id uuid        NOT NULL,
    source       text        NOT NULL DEFAULT '', -- of the deal; none: all of the earning
    deal         text        NOT NULL DEFAULT '',
    part         text        NOT NULL DEFAULT '', -- none: all that wait for a person
    date         date        NOT NULL,
    reason       text        NOT NULL,
    author_id    uuid        NOT NULL,
    created_at   timestamptz NOT NULL,
    tx_from      bigint      NOT NULL DEFAULT spm_xid(),
    tx_to        bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE INDEX hold_release_payee ON hold_release (tenant_id, payee_id);

-- What a payee has answered to a closed statement.
CREATE TABLE statement_answer (
    tenant_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    version    int         NOT NULL,
    payee_id   uuid        NOT NULL,
    period_id  uuid        NOT NULL,
    run_id     uuid        NOT NULL, -- of the ledger that was answered
    answer     text        NOT NULL CHECK (answer IN ('SIGNED', 'CONTESTED', 'RESOLVED')),
    reason     text        NOT NULL DEFAULT '',
    author_id  uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    tx_from    bigint      NOT NULL DEFAULT spm_xid(),
    tx_to      bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX statement_answer_of ON statement_answer (tenant_id, payee_id, period_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX statement_answer_period ON statement_answer (tenant_id, period_id);

-- Who has approved a period in review, or asked for and approved its reopening.
CREATE TABLE period_step (
    tenant_id   uuid        NOT NULL,
    id          uuid        NOT NULL,
    version     int         NOT NULL,
    period_id   uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('APPROVAL', 'REOPENING')),
    reason      text        NOT NULL DEFAULT '',
    author_id   uuid        NOT NULL,
    approver_id uuid,       -- REOPENING: another person
    done        boolean     NOT NULL DEFAULT false, -- REOPENING: the period was opened
    horizon     bigint      NOT NULL, -- APPROVAL: of what was approved
    created_at  timestamptz NOT NULL,
    tx_from     bigint      NOT NULL DEFAULT spm_xid(),
    tx_to       bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (approver_id <> author_id)
);
CREATE INDEX period_step_period ON period_step (tenant_id, period_id);

-- What was paid of a closed period. Never changed.
CREATE TABLE payment (
    tenant_id uuid        NOT NULL,
    id        uuid        NOT NULL,
    payee_id  uuid        NOT NULL,
    period_id uuid        NOT NULL,
    currency  text        NOT NULL,
    amount    numeric     NOT NULL CHECK (amount > 0 AND amount < 'Infinity'),
    run_id    uuid        NOT NULL, -- of the ledger
    paid_on   date        NOT NULL,
    author_id uuid        NOT NULL,
    paid_at   timestamptz NOT NULL,
    tx_from   bigint      NOT NULL DEFAULT spm_xid(),
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX payment_once ON payment (tenant_id, period_id, payee_id, currency);
CREATE INDEX payment_payee ON payment (tenant_id, payee_id, period_id);

-- A period goes from OPEN and IN_REVIEW to CLOSED and PAID; back to OPEN from
-- CLOSED, by two people, while nothing is paid; from PAID nowhere.
CREATE FUNCTION refuse_period_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE was period%ROWTYPE;
BEGIN
    SELECT * INTO was FROM period WHERE tenant_id = NEW.tenant_id AND id = NEW.id ORDER BY version DESC LIMIT 1;
    IF FOUND AND was.version <> NEW.version - 1 THEN
        RAISE EXCEPTION 'version % of a period does not follow version %', NEW.version, was.version USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF was.id IS NULL THEN
        IF NEW.status NOT IN ('OPEN', 'IN_REVIEW') THEN
            RAISE EXCEPTION 'a period begins open' USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
    ELSIF was.status = 'PAID' OR (was.status = 'CLOSED' AND NEW.status NOT IN ('PAID', 'OPEN'))
        OR (NEW.status = 'PAID' AND was.status <> 'CLOSED')
        OR (was.status IN ('CLOSED', 'PAID') AND (NEW.from_date, NEW.to_date, NEW.type, NEW.calendar_id) <> (was.from_date, was.to_date, was.type, was.calendar_id)) THEN
        RAISE EXCEPTION 'a % period does not become %', was.status, NEW.status USING ERRCODE = 'object_not_in_prerequisite_state';
    ELSIF was.status = 'CLOSED' AND NEW.status = 'OPEN' AND (
        NOT EXISTS (SELECT FROM period_step s JOIN period q ON q.tenant_id = s.tenant_id AND q.id = s.period_id AND q.calendar_id = NEW.calendar_id AND q.from_date < NEW.to_date AND NEW.to_date <= q.to_date
            WHERE s.tenant_id = NEW.tenant_id AND s.kind = 'REOPENING' AND s.done AND s.approver_id <> s.author_id AND s.tx_from = spm_xid() AND s.tx_to = 9223372036854775807)
        OR EXISTS (SELECT FROM payment WHERE tenant_id = NEW.tenant_id AND period_id = NEW.id)) THEN
        RAISE EXCEPTION 'a closed period is opened by two people while nothing of it is paid' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stepped BEFORE INSERT ON period FOR EACH ROW EXECUTE FUNCTION refuse_period_step();

-- A closed period is followed by its next version, never ended.
CREATE FUNCTION refuse_period_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status IN ('CLOSED', 'PAID') AND NOT EXISTS (SELECT FROM period WHERE tenant_id = OLD.tenant_id AND id = OLD.id AND version > OLD.version AND tx_to = 9223372036854775807) THEN
        RAISE EXCEPTION 'a % period does not end', OLD.status USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER followed AFTER UPDATE OF tx_to ON period DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_period_end();

CREATE TRIGGER open_inserted AFTER INSERT ON struck REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_updated AFTER UPDATE ON struck REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_inserted AFTER INSERT ON pay_adjustment REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_updated AFTER UPDATE ON pay_adjustment REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_inserted AFTER INSERT ON opening_entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_updated AFTER UPDATE ON opening_entry REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();

-- A payment is what the closed ledger says, to the cent.
CREATE FUNCTION refuse_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w WHERE NOT EXISTS (
        SELECT FROM struck s JOIN ledger l ON l.tenant_id = s.tenant_id AND l.run_id = s.run_id AND l.payee_id = s.payee_id AND l.period_id = s.period_id
            JOIN period p ON p.tenant_id = s.tenant_id AND p.id = s.period_id AND p.tx_to = 9223372036854775807 AND p.status = 'CLOSED',
            unnest(l.pay_currency, l.pay_amount) d(currency, amount)
        WHERE s.tenant_id = w.tenant_id AND s.payee_id = w.payee_id AND s.period_id = w.period_id AND s.tx_to = 9223372036854775807
            AND s.run_id = w.run_id AND d.currency = w.currency AND d.amount = w.amount)) THEN
        RAISE EXCEPTION 'a payment is not what its closed ledger says' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER as_struck AFTER INSERT ON payment REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_payment();

DO $$
DECLARE t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['ledger', 'struck', 'restated', 'earning_code', 'pay_adjustment', 'opening_entry', 'hold_release', 'statement_answer', 'period_step', 'payment'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant'')::uuid)', t);
        EXECUTE format('GRANT SELECT ON %I TO spm_api, spm_worker', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['earning_code', 'pay_adjustment', 'opening_entry', 'hold_release', 'statement_answer', 'period_step'] LOOP
        EXECUTE format('GRANT INSERT, UPDATE (tx_to) ON %I TO spm_api, spm_worker', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['ledger', 'struck', 'restated', 'pay_adjustment', 'opening_entry', 'hold_release', 'payment'] LOOP
        EXECUTE format('CREATE TRIGGER recorded AFTER INSERT ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded()', t);
    END LOOP;
END $$;
GRANT INSERT ON payment TO spm_api;
GRANT INSERT ON ledger TO spm_worker;
GRANT INSERT, UPDATE (tx_to) ON struck, restated TO spm_worker;
GRANT UPDATE (tx_to) ON restated TO spm_api; -- a period that is opened again has none
