DROP INDEX activity_written;
DROP INDEX credit_written;
DROP INDEX transaction_written;
