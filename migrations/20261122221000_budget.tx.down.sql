-- It is of the last minute: nothing is lost with it.
DROP TABLE budget;
