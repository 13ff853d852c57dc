DROP INDEX published_from;
