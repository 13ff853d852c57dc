DROP INDEX credit_ended;
