DROP TRIGGER totalled ON published;
DROP FUNCTION add_to_totals();
DROP TABLE earning_total;
