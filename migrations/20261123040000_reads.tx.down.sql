ALTER TABLE position DROP COLUMN moved, DROP COLUMN parent;
DROP INDEX plan_assignment_payee;
DROP INDEX credit_day;
ALTER TABLE published DROP COLUMN goes_back;
ALTER TABLE result
    DROP COLUMN line_credit, DROP COLUMN attains, DROP COLUMN next_from, DROP COLUMN next_rate, DROP COLUMN next_needed, DROP COLUMN goes_back;
