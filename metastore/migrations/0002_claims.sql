-- Which record won: the same record read again after a failure passes, another one stops. The indexes by time are for
-- deleting what is older than the retention.

CREATE TABLE message_claims (
  message_id text COLLATE "C" PRIMARY KEY,
  record_topic text NOT NULL,
  record_partition integer NOT NULL,
  record_offset bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX message_claims_age ON message_claims (claimed_at);

-- The publication (message) that is accepted as the order; its record stands in message_claims.
CREATE TABLE order_claims (
  order_id text COLLATE "C" PRIMARY KEY,
  message_id text COLLATE "C" NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_claims_age ON order_claims (claimed_at);

-- An order whose delivery failed can be released under another attempt, with an idempotency key of its own.
CREATE TABLE delivery_claims (
  order_id text COLLATE "C" NOT NULL,
  attempt smallint NOT NULL DEFAULT 1,
  record_topic text NOT NULL,
  record_partition integer NOT NULL,
  record_offset bigint NOT NULL,
  -- Set in the statement that adds the outcome to the history, so that asking for it needs no search there.
  is_done boolean NOT NULL DEFAULT false,
  claimed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, attempt)
) WITH (fillfactor = 70); -- room on the page for the row whose is_done is set, which then needs no new index entries
CREATE INDEX delivery_claims_age ON delivery_claims (claimed_at);

CREATE TABLE aggregation_claims (
  order_id text COLLATE "C" PRIMARY KEY,
  record_topic text NOT NULL,
  record_partition integer NOT NULL,
  record_offset bigint NOT NULL,
  claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX aggregation_claims_age ON aggregation_claims (claimed_at);
