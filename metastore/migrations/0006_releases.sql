-- Dead letters that were sent back: two lines each, one before the sending and one after it. A release that is claimed
-- and not sent belongs to a command that died in between, or to one that is at it: see dead-letters/replay.ts.

CREATE TABLE releases (
  -- topic/partition/offset/step, of the record that was set aside first
  letter text COLLATE "C" NOT NULL,
  number smallint NOT NULL CHECK (number > 0),
  event text NOT NULL CHECK (event IN ('CLAIMED', 'SENT')),
  -- Empty where it could not be read.
  order_id text COLLATE "C" NOT NULL,
  recorded_by text NOT NULL,
  why text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (letter, number, event)
);
CREATE INDEX releases_order ON releases (order_id) WHERE order_id <> '';

CREATE FUNCTION refuse_release_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'releases is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER releases_append_only BEFORE UPDATE OR DELETE ON releases
  FOR EACH ROW EXECUTE FUNCTION refuse_release_change();

-- A released record takes over the claim of the record that was set aside: record_… stays the name of that one,
-- `release` is the number of the newest release, copy_… is where the record of that release stands.
ALTER TABLE message_claims
  ADD COLUMN release smallint NOT NULL DEFAULT 0,
  ADD COLUMN copy_partition integer,
  ADD COLUMN copy_offset bigint;
ALTER TABLE aggregation_claims
  ADD COLUMN release smallint NOT NULL DEFAULT 0,
  ADD COLUMN copy_partition integer,
  ADD COLUMN copy_offset bigint;

-- One order may wait twice for a moment: as the attempt that failed, and as the one that was released.
ALTER TABLE parked_deliveries
  ADD COLUMN attempt smallint NOT NULL DEFAULT 1,
  ADD COLUMN release text NOT NULL DEFAULT '',
  DROP CONSTRAINT parked_deliveries_pkey,
  ADD PRIMARY KEY (order_id, attempt);

-- Two stages may set the same order aside, and each counts its releases.
ALTER TABLE status_history DROP CONSTRAINT status_history_pkey;
ALTER TABLE status_history ADD PRIMARY KEY (created_on, order_id, message_id, status, attempt, recorded_by);
