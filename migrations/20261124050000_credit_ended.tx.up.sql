-- What was taken away since a moment, for what is held in memory.
CREATE INDEX credit_ended ON credit (tenant_id, tx_to) WHERE tx_to < 9223372036854775807;
