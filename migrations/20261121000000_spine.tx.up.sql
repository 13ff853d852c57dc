-- The spine: tenants and their change stream, nouns, facts, credits, results.
--
-- tx_from and tx_to are transaction horizons (spm_xid): a row is in force at a
-- horizon h when tx_from < h and h <= tx_to. Only tx_to is ever updated.
-- from_date and to_date are business dates [from, to).

CREATE TABLE instance (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid_offset bigint NOT NULL DEFAULT 0
);
INSERT INTO instance DEFAULT VALUES;

CREATE FUNCTION spm_xid() RETURNS bigint LANGUAGE sql STABLE PARALLEL UNSAFE AS
$$ SELECT pg_current_xact_id()::text::bigint + (SELECT xid_offset FROM instance) $$;

CREATE SEQUENCE fact_key;

-- Policy-free: ids and keys only, so that the sealer and sign-in can find a tenant.
CREATE TABLE tenant_list (
    id  uuid PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9][a-z0-9-]{0,62}$')
);

-- Policy-free queue of transactions whose changes are not sealed yet.
CREATE TABLE unsealed (
    tenant_id uuid   NOT NULL,
    xid       bigint NOT NULL
);

CREATE TABLE change (
    tenant_id   uuid        NOT NULL,
    xid         bigint      NOT NULL DEFAULT spm_xid(),
    id          bigint      NOT NULL DEFAULT nextval('fact_key'),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       uuid,
    actor_name  text        NOT NULL,
    operation   text        NOT NULL,
    reason      text        NOT NULL DEFAULT '',
    kind        text        NOT NULL CHECK (kind IN ('CREATE', 'UPDATE', 'DELETE', 'APPEND', 'PUBLISH')),
    object_kind text        NOT NULL,
    object_key  bytea       NOT NULL,
    object_last bytea,
    before      jsonb,
    after       jsonb,
    PRIMARY KEY (tenant_id, xid, id)
);
CREATE INDEX change_kind ON change (tenant_id, object_kind, xid);
CREATE INDEX change_object ON change (tenant_id, object_kind, object_key, id);

CREATE TABLE seal (
    tenant_id uuid        NOT NULL,
    sequence  bigint      NOT NULL,
    horizon   bigint      NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, sequence)
);
CREATE INDEX seal_at ON seal (tenant_id, at);
CREATE INDEX seal_horizon ON seal (tenant_id, horizon);

CREATE TABLE idempotency (
    tenant_id   uuid        NOT NULL,
    caller      uuid        NOT NULL,
    operation   text        NOT NULL,
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea       NOT NULL,
    payload     jsonb       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (tenant_id, caller, operation, key)
);

-- Payees whose earnings a change on [from_date, to_date) may alter.
CREATE TABLE dirty (
    tenant_id uuid   NOT NULL,
    xid       bigint NOT NULL DEFAULT spm_xid(),
    payee_id  uuid   NOT NULL,
    from_date date   NOT NULL,
    to_date   date   NOT NULL,
    PRIMARY KEY (tenant_id, xid, payee_id, from_date, to_date)
);

-- Set-up changes after which transactions must be credited again.
CREATE TABLE recredit (
    tenant_id uuid   NOT NULL,
    id        bigint NOT NULL DEFAULT nextval('fact_key'),
    xid       bigint NOT NULL DEFAULT spm_xid(),
    selector  jsonb  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);

-- Policy-free: tenants that have work waiting for a worker.
CREATE TABLE work (
    tenant_id uuid   NOT NULL,
    xid       bigint NOT NULL DEFAULT spm_xid(),
    PRIMARY KEY (tenant_id, xid)
);

-- Goes up with each change of what crediting goes by, so that a process knows
-- whether the set-up that it has read is still the one in force.
CREATE TABLE setup_stamp (
    tenant_id uuid   NOT NULL,
    stamp     bigint NOT NULL DEFAULT nextval('fact_key'),
    PRIMARY KEY (tenant_id, stamp)
);

CREATE TABLE tenant (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    time_zone text   NOT NULL,
    currency  text   NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (tenant_id = id)
);

CREATE TABLE app_user (
    tenant_id uuid    NOT NULL,
    id        uuid    NOT NULL,
    version   int     NOT NULL,
    issuer    text    NOT NULL,
    subject   text    NOT NULL,
    name      text    NOT NULL,
    roles     text[]  NOT NULL,
    payee_id  uuid,
    active    boolean NOT NULL,
    tx_from   bigint  NOT NULL DEFAULT spm_xid(),
    tx_to     bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX app_user_subject ON app_user (tenant_id, issuer, subject) WHERE tx_to = 9223372036854775807;

CREATE TABLE title (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX title_external_id ON title (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

-- title_ids, title_from and title_to are parallel: the slices' titles and their
-- days [from, to), by which reads decide who may see what is given to a title.
CREATE TABLE position (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    slices      jsonb  NOT NULL,
    title_ids   uuid[] NOT NULL,
    title_from  date[] NOT NULL,
    title_to    date[] NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX position_external_id ON position (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

CREATE TABLE payee (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    slices      jsonb  NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX payee_external_id ON payee (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

CREATE TABLE position_assignment (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    payee_id    uuid   NOT NULL,
    position_id uuid   NOT NULL,
    from_date   date   NOT NULL,
    to_date     date   NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date)
);
CREATE UNIQUE INDEX position_assignment_external_id ON position_assignment (tenant_id, external_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX position_assignment_payee ON position_assignment (tenant_id, payee_id);
CREATE INDEX position_assignment_position ON position_assignment (tenant_id, position_id);

CREATE TABLE fiscal_calendar (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    start_month int    NOT NULL CHECK (start_month BETWEEN 1 AND 12),
    start_day   int    NOT NULL CHECK (start_day BETWEEN 1 AND 28),
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX fiscal_calendar_external_id ON fiscal_calendar (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

CREATE TABLE period (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    calendar_id uuid   NOT NULL,
    type        text   NOT NULL CHECK (type IN ('MONTH', 'QUARTER', 'HALF', 'YEAR')),
    name        text   NOT NULL,
    fiscal_year int    NOT NULL,
    number      int    NOT NULL,
    from_date   date   NOT NULL,
    to_date     date   NOT NULL,
    status      text   NOT NULL CHECK (status IN ('OPEN', 'IN_REVIEW', 'CLOSED', 'PAID')),
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date)
);
CREATE UNIQUE INDEX period_number ON period (tenant_id, calendar_id, type, fiscal_year, number) WHERE tx_to = 9223372036854775807;

CREATE TABLE fx_rate (
    tenant_id     uuid    NOT NULL,
    id            uuid    NOT NULL,
    version       int     NOT NULL,
    from_currency text    NOT NULL,
    to_currency   text    NOT NULL,
    date          date    NOT NULL,
    rate          numeric NOT NULL CHECK (rate > 0 AND rate < 'Infinity'),
    tx_from       bigint  NOT NULL DEFAULT spm_xid(),
    tx_to         bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_currency <> to_currency)
);
CREATE UNIQUE INDEX fx_rate_date ON fx_rate (tenant_id, from_currency, to_currency, date) WHERE tx_to = 9223372036854775807;

CREATE TABLE product (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    aliases     text[] NOT NULL,
    slices      jsonb  NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX product_external_id ON product (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

CREATE TABLE account (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    aliases     text[] NOT NULL,
    slices      jsonb  NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX account_external_id ON account (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

CREATE TABLE transaction_kind (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    role      text   NOT NULL CHECK (role IN ('CREDITABLE', 'REVERSAL', 'CASH')),
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX transaction_kind_key ON transaction_kind (tenant_id, key) WHERE tx_to = 9223372036854775807;

CREATE TABLE credit_type (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    unit      text   NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX credit_type_key ON credit_type (tenant_id, key) WHERE tx_to = 9223372036854775807;

-- content: the rule less what stands in columns.
CREATE TABLE crediting_rule (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    from_date date   NOT NULL,
    to_date   date   NOT NULL,
    content   jsonb  NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date)
);
CREATE UNIQUE INDEX crediting_rule_key ON crediting_rule (tenant_id, key, from_date) WHERE tx_to = 9223372036854775807;

CREATE TABLE measure (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    content   jsonb  NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX measure_key ON measure (tenant_id, key) WHERE tx_to = 9223372036854775807;

CREATE TABLE quota (
    tenant_id   uuid    NOT NULL,
    id          uuid    NOT NULL,
    version     int     NOT NULL,
    position_id uuid,
    title_id    uuid,
    measure_id  uuid    NOT NULL,
    period_id   uuid    NOT NULL,
    amount      numeric NOT NULL CHECK (amount >= 0 AND amount < 'Infinity'),
    tx_from     bigint  NOT NULL DEFAULT spm_xid(),
    tx_to       bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (num_nonnulls(position_id, title_id) = 1)
);
CREATE UNIQUE INDEX quota_position ON quota (tenant_id, position_id, measure_id, period_id) WHERE tx_to = 9223372036854775807 AND position_id IS NOT NULL;
CREATE UNIQUE INDEX quota_title ON quota (tenant_id, title_id, measure_id, period_id) WHERE tx_to = 9223372036854775807 AND title_id IS NOT NULL;

CREATE TABLE rate_table (
    tenant_id uuid   NOT NULL,
    id        uuid   NOT NULL,
    version   int    NOT NULL,
    key       text   NOT NULL,
    name      text   NOT NULL,
    versions  jsonb  NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX rate_table_key ON rate_table (tenant_id, key) WHERE tx_to = 9223372036854775807;

CREATE TABLE plan (
    tenant_id   uuid   NOT NULL,
    id          uuid   NOT NULL,
    version     int    NOT NULL,
    external_id text   NOT NULL,
    name        text   NOT NULL,
    tx_from     bigint NOT NULL DEFAULT spm_xid(),
    tx_to       bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE UNIQUE INDEX plan_external_id ON plan (tenant_id, external_id) WHERE tx_to = 9223372036854775807;

-- content: rules and components; measure_ids and rate_table_ids are what the
-- components refer to. A RETIRED version without a day was never to be used.
CREATE TABLE plan_version (
    tenant_id    uuid   NOT NULL,
    id           uuid   NOT NULL,
    version      int    NOT NULL,
    plan_id      uuid   NOT NULL,
    number       int    NOT NULL,
    state        text   NOT NULL CHECK (state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'PUBLISHED', 'RETIRED')),
    from_date    date   NOT NULL,
    to_date      date   NOT NULL,
    currency     text   NOT NULL,
    calendar_id  uuid   NOT NULL,
    content      jsonb  NOT NULL,
    content_hash text   NOT NULL,
    measure_ids    uuid[] NOT NULL,
    rate_table_ids uuid[] NOT NULL,
    author_id    uuid   NOT NULL,
    submitted_at timestamptz,
    approver_id  uuid,
    approved_at  timestamptz,
    published_at timestamptz,
    tx_from      bigint NOT NULL DEFAULT spm_xid(),
    tx_to        bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date OR (state = 'RETIRED' AND from_date = to_date)),
    CONSTRAINT plan_version_persons CHECK (approver_id <> author_id),
    CHECK ((approver_id IS NOT NULL) = (state IN ('APPROVED', 'PUBLISHED', 'RETIRED')))
);
CREATE INDEX plan_version_plan ON plan_version (tenant_id, plan_id);
CREATE UNIQUE INDEX plan_version_number ON plan_version (tenant_id, plan_id, number) WHERE tx_to = 9223372036854775807;

-- What was submitted stays as it is: only a draft's next version may say
-- otherwise, and only an approved version is published.
CREATE FUNCTION refuse_rewritten() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER kept BEFORE INSERT ON plan_version FOR EACH ROW EXECUTE FUNCTION refuse_rewritten();

CREATE TABLE plan_assignment (
    tenant_id       uuid   NOT NULL,
    id              uuid   NOT NULL,
    version         int    NOT NULL,
    external_id     text   NOT NULL,
    plan_id         uuid   NOT NULL,
    title_id        uuid,
    position_id     uuid,
    payee_id        uuid,
    from_date       date   NOT NULL,
    to_date         date   NOT NULL,
    target_amount   numeric CHECK (target_amount >= 0 AND target_amount < 'Infinity'),
    target_currency text,
    tx_from         bigint NOT NULL DEFAULT spm_xid(),
    tx_to           bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version),
    CHECK (from_date < to_date),
    CHECK (num_nonnulls(title_id, position_id, payee_id) = 1),
    CHECK (num_nonnulls(target_amount, target_currency) <> 1)
);
CREATE UNIQUE INDEX plan_assignment_external_id ON plan_assignment (tenant_id, external_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX plan_assignment_plan ON plan_assignment (tenant_id, plan_id);

-- Facts: one row per revision; the one in force has the open tx_to. A revision
-- that came late and is not the highest has tx_to = tx_from: never in force.
CREATE TABLE transaction (
    tenant_id       uuid        NOT NULL,
    id              bigint      NOT NULL DEFAULT nextval('fact_key'),
    revision        int         NOT NULL,
    source          text        NOT NULL,
    external_id     text        NOT NULL,
    order_id        text        NOT NULL DEFAULT '',
    line            text        NOT NULL DEFAULT '',
    kind            text        NOT NULL,
    event_date      date        NOT NULL,
    booked_date     date,
    invoiced_date   date,
    paid_date       date,
    go_live_date    date,
    amount          numeric     NOT NULL CHECK (amount > '-Infinity' AND amount < 'Infinity'),
    currency        text        NOT NULL,
    quantity        numeric     CHECK (quantity > '-Infinity' AND quantity < 'Infinity'),
    margin          numeric     CHECK (margin > '-Infinity' AND margin < 'Infinity'),
    product         text        NOT NULL DEFAULT '',
    account         text        NOT NULL DEFAULT '',
    seller_payees   text[],     -- '' where the seller is named by position
    seller_positions text[],
    seller_shares   numeric[],
    seller_weights  numeric[],
    relates_type    text        CHECK (relates_type IN ('REVERSES', 'PAYS', 'REPLACES')),
    relates_to      text,
    attributes      jsonb,
    sequence        bigint      NOT NULL DEFAULT 0,
    source_revision bigint      NOT NULL DEFAULT 0,
    content_hash    bytea       NOT NULL,
    recorded_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    tx_from         bigint      NOT NULL DEFAULT spm_xid(),
    tx_to           bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, revision)
);
CREATE UNIQUE INDEX transaction_external_id ON transaction (tenant_id, source, external_id, revision);
CREATE UNIQUE INDEX transaction_in_force ON transaction (tenant_id, source, external_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX transaction_event_date ON transaction (tenant_id, event_date);
CREATE INDEX transaction_relates_to ON transaction (tenant_id, source, relates_to) WHERE relates_to IS NOT NULL;

-- Narrow: amount, quantity and margin are the position's part.
CREATE TABLE credit (
    tenant_id      uuid    NOT NULL,
    id             bigint  NOT NULL DEFAULT nextval('fact_key'),
    transaction_id bigint  NOT NULL,
    position_id    uuid    NOT NULL,
    payee_id       uuid,
    assignment_id  uuid,
    credit_type_id uuid    NOT NULL,
    rule_id        uuid,
    via_id         uuid,
    date           date    NOT NULL,
    fx_date        date    NOT NULL,
    level          smallint NOT NULL DEFAULT 0,
    kind           "char"  NOT NULL CHECK (kind IN ('D', 'R', 'O', 'M')),
    currency       text    NOT NULL,
    share          numeric NOT NULL,
    amount         numeric NOT NULL CHECK (amount > '-Infinity' AND amount < 'Infinity'),
    quantity       numeric,
    margin         numeric,
    tx_from        bigint  NOT NULL DEFAULT spm_xid(),
    tx_to          bigint  NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX credit_payee ON credit (tenant_id, payee_id, date, id);
CREATE INDEX credit_transaction ON credit (tenant_id, transaction_id);
CREATE INDEX credit_position ON credit (tenant_id, position_id, date);

CREATE TABLE crediting_exception (
    tenant_id      uuid        NOT NULL,
    id             bigint      NOT NULL DEFAULT nextval('fact_key'),
    version        int         NOT NULL DEFAULT 1,
    transaction_id bigint      NOT NULL,
    credit_type_id uuid,
    code           text        NOT NULL,
    detail         text        NOT NULL,
    owner_id       uuid,
    since          timestamptz NOT NULL DEFAULT clock_timestamp(),
    tx_from        bigint      NOT NULL DEFAULT spm_xid(),
    tx_to          bigint      NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id, version)
);
CREATE INDEX crediting_exception_transaction ON crediting_exception (tenant_id, transaction_id);

CREATE TABLE exception_resolution (
    tenant_id      uuid   NOT NULL,
    id             bigint NOT NULL DEFAULT nextval('fact_key'),
    transaction_id bigint NOT NULL,
    credit_type_id uuid,
    shares         jsonb  NOT NULL,
    reason         text   NOT NULL CHECK (reason <> ''),
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    tx_from        bigint NOT NULL DEFAULT spm_xid(),
    tx_to          bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX exception_resolution_transaction ON exception_resolution (tenant_id, transaction_id);

CREATE TABLE calculation_run (
    tenant_id     uuid        NOT NULL,
    id            uuid        NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('REQUESTED', 'INCREMENTAL')),
    status        text        NOT NULL CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'SUCCEEDED_WITH_PROBLEMS', 'FAILED')),
    period_id     uuid,
    horizon       bigint      NOT NULL DEFAULT 0,
    sequence      bigint      NOT NULL DEFAULT 0,
    payees_total  int         NOT NULL DEFAULT 0,
    payees_done   int         NOT NULL DEFAULT 0,
    problem_count int         NOT NULL DEFAULT 0,
    engine        text        NOT NULL,
    requested_by  uuid,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at    timestamptz,
    finished_at   timestamptz,
    finished_xid  bigint,
    failure       text        NOT NULL DEFAULT '',
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX calculation_run_unfinished ON calculation_run (tenant_id, created_at) WHERE status IN ('QUEUED', 'RUNNING');
CREATE INDEX calculation_run_created ON calculation_run (tenant_id, created_at, id);

-- One row per run, payee, period, position and component; never updated. The
-- trace is parallel typed arrays, as calc's trace format says; lines are in it.
CREATE TABLE result (
    tenant_id       uuid     NOT NULL,
    run_id          uuid     NOT NULL,
    payee_id        uuid     NOT NULL,
    period_id       uuid     NOT NULL,
    position_id     uuid     NOT NULL,
    component_id    uuid     NOT NULL,
    plan_id         uuid     NOT NULL,
    plan_version_id uuid     NOT NULL,
    component_key   text     NOT NULL,
    currency        text     NOT NULL,
    amount          numeric  NOT NULL CHECK (amount > '-Infinity' AND amount < 'Infinity'),
    measure         numeric  NOT NULL,
    quota           numeric,
    attainment      numeric,
    why             text     NOT NULL,
    provisional     boolean  NOT NULL,
    component_name  text     NOT NULL,
    earning_code    text     NOT NULL,
    trace_format    smallint NOT NULL,
    trace_kind      smallint[] NOT NULL,
    trace_parent    int[]    NOT NULL,
    trace_term      int[]    NOT NULL,
    trace_amount    numeric[] NOT NULL,
    trace_value     numeric[] NOT NULL,
    trace_credit    bigint[] NOT NULL,
    trace_paid      numeric[] NOT NULL, -- the rounded lines, which sum to amount
    term_label      text[]   NOT NULL,
    term_rate       numeric[] NOT NULL,
    term_from       numeric[] NOT NULL,
    term_to         numeric[] NOT NULL,
    term_fx         numeric[] NOT NULL,
    term_step       text[]   NOT NULL,
    PRIMARY KEY (tenant_id, run_id, payee_id, period_id, position_id, component_id)
);

CREATE TABLE problem (
    tenant_id     uuid NOT NULL,
    run_id        uuid NOT NULL,
    payee_id      uuid NOT NULL,
    period_id     uuid NOT NULL,
    position_id   uuid NOT NULL,
    component_id  uuid NOT NULL,
    component_key text NOT NULL,
    code          text NOT NULL,
    detail        text NOT NULL,
    PRIMARY KEY (tenant_id, run_id, payee_id, period_id, position_id, component_id)
);

-- Which run's results a reader sees for a payee and period.
CREATE TABLE published (
    tenant_id uuid   NOT NULL,
    payee_id  uuid   NOT NULL,
    period_id uuid   NOT NULL,
    run_id    uuid   NOT NULL,
    tx_from   bigint NOT NULL DEFAULT spm_xid(),
    tx_to     bigint NOT NULL DEFAULT 9223372036854775807,
    PRIMARY KEY (tenant_id, payee_id, period_id, tx_from)
);
CREATE UNIQUE INDEX published_in_force ON published (tenant_id, payee_id, period_id) WHERE tx_to = 9223372036854775807;
CREATE INDEX published_period ON published (tenant_id, period_id);

-- Money is not written without a row of the change stream in the same transaction.
CREATE FUNCTION refuse_unrecorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM change WHERE tenant_id = current_setting('app.tenant')::uuid AND xid = spm_xid()) THEN
        RAISE EXCEPTION 'money written to % without a change row', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON transaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON credit FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON result FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();
CREATE TRIGGER recorded AFTER INSERT OR UPDATE ON published FOR EACH STATEMENT EXECUTE FUNCTION refuse_unrecorded();

-- The result that readers see of a closed or paid period stays.
CREATE FUNCTION refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM written w JOIN period p ON p.tenant_id = w.tenant_id AND p.id = w.period_id
               WHERE p.tx_to = 9223372036854775807 AND p.status IN ('CLOSED', 'PAID')) THEN
        RAISE EXCEPTION 'a closed period''s results stay' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER open_inserted AFTER INSERT ON published REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();
CREATE TRIGGER open_updated AFTER UPDATE ON published REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed();

-- Row security: the tenant is set in each transaction; unset is an error.
DO $$
DECLARE t text;
BEGIN
    FOR t IN SELECT table_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND column_name = 'tenant_id'
               AND table_name NOT IN ('unsealed', 'work') LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY tenant ON %I USING (tenant_id = current_setting(''app.tenant'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant'')::uuid)', t);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO spm_api, spm_worker', t);
    END LOOP;
    -- What has a system time is closed, never changed.
    FOR t IN SELECT table_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND column_name = 'tx_to' LOOP
        EXECUTE format('GRANT UPDATE (tx_to) ON %I TO spm_api, spm_worker', t);
    END LOOP;
END $$;

REVOKE INSERT ON result, problem, published, seal FROM spm_api;
REVOKE UPDATE (tx_to) ON published FROM spm_api;
GRANT UPDATE (status, horizon, sequence, payees_total, payees_done, problem_count, started_at, finished_at, finished_xid, failure) ON calculation_run TO spm_worker;
GRANT DELETE ON dirty, recredit, idempotency TO spm_worker;
GRANT UPDATE (fingerprint, payload, created_at) ON idempotency TO spm_api, spm_worker;
GRANT SELECT ON instance, tenant_list TO spm_api, spm_worker;
GRANT INSERT ON tenant_list TO spm_worker;
GRANT SELECT, INSERT ON unsealed, work TO spm_api, spm_worker;
GRANT DELETE ON unsealed, work TO spm_worker;
GRANT USAGE ON SEQUENCE fact_key TO spm_api, spm_worker;
