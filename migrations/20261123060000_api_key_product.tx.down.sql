ALTER TABLE api_key DROP COLUMN product_id;
