-- Deliveries that wait for their partner, with the record they came in.

CREATE TABLE parked_deliveries (
  order_id text COLLATE "C" PRIMARY KEY,
  message_id text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  idempotency_key text NOT NULL,
  record_topic text NOT NULL,
  record_partition integer NOT NULL,
  record_offset bigint NOT NULL,
  record_timestamp timestamptz NOT NULL,
  record_key bytea NOT NULL,
  record_value bytea NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT now(),
  leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX parked_deliveries_age ON parked_deliveries (created_at, order_id);
