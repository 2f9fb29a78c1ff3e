-- Personal data are sealed with a key of each customer: docs/personal-data.md.

-- The KMS alone opens what is wrapped. No customer is named: `customer` is a keyed hash of the id. Both are NULL of a customer who was erased, so that
-- an erased key is told from an unknown one.
CREATE TABLE customer_keys (
  -- Random; it stands in the orders.
  key_id text COLLATE "C" PRIMARY KEY,
  customer bytea UNIQUE,
  wrapped bytea,
  -- The id of the KMS's key.
  kms_key text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  erased_at timestamptz,
  CHECK ((erased_at IS NULL) = (wrapped IS NOT NULL) AND (erased_at IS NULL) = (customer IS NOT NULL))
);

-- The key of that hash, wrapped as the others are. One row.
CREATE TABLE customer_index_key (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  wrapped bytea NOT NULL,
  kms_key text NOT NULL
);
