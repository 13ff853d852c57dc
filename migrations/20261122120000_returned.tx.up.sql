-- Credits of returns of sales of other days: a change of the window of a sale is
-- one of what its return pays back.
CREATE INDEX credit_returned ON credit (tenant_id, payee_id, fx_date) WHERE fx_date <> date;
