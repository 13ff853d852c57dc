-- A key may be limited to what was sold of a product and of what is below it.
ALTER TABLE api_key
    ADD COLUMN product_id uuid,
    ADD CONSTRAINT api_key_one_limit CHECK (position_id IS NULL OR product_id IS NULL);
