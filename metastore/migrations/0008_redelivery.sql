-- When each parked delivery is tried again, and for which partner: one that fails, or is down, holds up its own orders only.
-- What was parked before is due at once, for the partner without a name, until it is tried.

ALTER TABLE parked_deliveries
  ADD COLUMN partner_id text COLLATE "C" NOT NULL DEFAULT '',
  -- Those that failed, as far as the order may be the reason.
  ADD COLUMN tries integer NOT NULL DEFAULT 0,
  ADD COLUMN next_try_at timestamptz NOT NULL DEFAULT now(),
  -- What the partner last said, or what came in its place.
  ADD COLUMN last_answer text NOT NULL DEFAULT '',
  -- By whom and why it is not to be tried again; empty while it is. The external-processor sets it aside.
  ADD COLUMN given_up text NOT NULL DEFAULT '';

DROP INDEX parked_deliveries_age;
CREATE INDEX parked_deliveries_due ON parked_deliveries (partner_id, next_try_at);
CREATE INDEX parked_deliveries_given_up ON parked_deliveries (next_try_at) WHERE given_up <> '';
