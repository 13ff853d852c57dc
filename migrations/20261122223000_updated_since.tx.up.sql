-- What was written since an instant, of the tables that grow with every sale.
CREATE INDEX transaction_written ON transaction (tenant_id, tx_from);
CREATE INDEX credit_written ON credit (tenant_id, tx_from);
CREATE INDEX activity_written ON activity (tenant_id, tx_from);
