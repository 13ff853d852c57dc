DROP INDEX credit_returned;
