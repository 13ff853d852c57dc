-- A calendar says which types of period it has, when its weeks start, and
-- whether its months are made of weeks.
ALTER TABLE fiscal_calendar
    ADD COLUMN period_types text[] NOT NULL DEFAULT ARRAY['MONTH', 'QUARTER', 'HALF', 'YEAR'],
    ADD COLUMN week_start   text CHECK (week_start IN ('MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY')), -- none: the year's first day
    ADD COLUMN pattern      text NOT NULL DEFAULT 'MONTHS' CHECK (pattern IN ('MONTHS', 'WEEKS_4_4_5', 'WEEKS_4_5_4', 'WEEKS_5_4_4')),
    ADD CHECK (pattern = 'MONTHS' OR week_start IS NOT NULL);
ALTER TABLE period
    DROP CONSTRAINT period_type_check,
    ADD CONSTRAINT period_type_check CHECK (type IN ('DAY', 'WEEK', 'SEMI_MONTHLY', 'FOUR_WEEKS', 'MONTH', 'QUARTER', 'HALF', 'YEAR'));
