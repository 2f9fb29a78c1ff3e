-- ANALYZE keeps a sample of each column's values, which stays when a row is deleted, and which all may read who may read the column: none is
-- kept of what erasing a customer takes out, nor of orders that wait for their partner. A change of the type, which stays the same, drops
-- those that are there, and rewrites nothing. Each of these columns is unique, or is not looked for: no plan needs them.
ALTER TABLE customer_keys
  ALTER COLUMN customer SET STATISTICS 0,
  ALTER COLUMN wrapped SET STATISTICS 0,
  ALTER COLUMN customer TYPE bytea,
  ALTER COLUMN wrapped TYPE bytea;

ALTER TABLE payment_defaulters
  ALTER COLUMN customer_id SET STATISTICS 0,
  ALTER COLUMN customer_id TYPE text COLLATE "C";

ALTER TABLE parked_deliveries
  ALTER COLUMN record_value SET STATISTICS 0,
  ALTER COLUMN record_value TYPE bytea;
