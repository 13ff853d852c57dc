-- What a seal published is found by the transactions that it numbers.
CREATE INDEX published_from ON published (tenant_id, tx_from);
