-- In steps (metastore/migration-steps.ts): the history is large by now, and gets its new key beside the old one.

-- Dead letters that were sent back: two lines each, one before the sending and one after it. A release that is claimed
-- and not sent belongs to a command that died in between, or to one that is at it: see dead-letters/replay.ts.
-- `letter` is topic/partition/offset/step, of the record that was set aside first; `order_id` is empty where it could not be read.
CREATE TABLE IF NOT EXISTS releases (
  letter text COLLATE "C" NOT NULL,
  number smallint NOT NULL CHECK (number > 0),
  event text NOT NULL CHECK (event IN ('CLAIMED', 'SENT')),
  order_id text COLLATE "C" NOT NULL,
  recorded_by text NOT NULL,
  why text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (letter, number, event)
);
CREATE INDEX IF NOT EXISTS releases_order ON releases (order_id) WHERE order_id <> '';
CREATE OR REPLACE FUNCTION refuse_release_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'releases is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE OR REPLACE TRIGGER releases_append_only BEFORE UPDATE OR DELETE ON releases
  FOR EACH ROW EXECUTE FUNCTION refuse_release_change();

-- A released record takes over the claim of the record that was set aside: record_… stays the name of that one,
-- `release` is the number of the newest release, copy_… is where the record of that release stands.
ALTER TABLE message_claims
  ADD COLUMN IF NOT EXISTS release smallint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS copy_partition integer,
  ADD COLUMN IF NOT EXISTS copy_offset bigint;

ALTER TABLE aggregation_claims
  ADD COLUMN IF NOT EXISTS release smallint NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS copy_partition integer,
  ADD COLUMN IF NOT EXISTS copy_offset bigint;

-- One order may wait twice for a moment: as the attempt that failed, and as the one that was released.
ALTER TABLE parked_deliveries
  ADD COLUMN IF NOT EXISTS attempt smallint NOT NULL DEFAULT 1,
  ADD COLUMN IF NOT EXISTS release text NOT NULL DEFAULT '';

SELECT 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS parked_deliveries_next ON parked_deliveries (order_id, attempt)'
FROM pg_constraint
WHERE conrelid = 'parked_deliveries'::regclass AND contype = 'p' AND cardinality(conkey) = 1
\gexec

DO $$
BEGIN
  IF to_regclass('parked_deliveries_next') IS NOT NULL THEN
    ALTER TABLE parked_deliveries
      DROP CONSTRAINT parked_deliveries_pkey,
      ADD CONSTRAINT parked_deliveries_pkey PRIMARY KEY USING INDEX parked_deliveries_next;
  END IF;
END
$$;

-- Two stages may set the same order aside, and each counts its releases. A partition's index is made first, and changes places with the old
-- one in a moment: a partitioned table knows neither CONCURRENTLY nor USING INDEX.
SELECT format(
  'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS %I ON %I (created_on, order_id, message_id, status, attempt, recorded_by)',
  part.relname || '_next', part.relname
)
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'status_history'::regclass AND 5 = (
  SELECT cardinality(conkey) FROM pg_constraint WHERE conrelid = 'status_history'::regclass AND contype = 'p'
)
ORDER BY part.relname
\gexec

DO $$
DECLARE
  part name;
BEGIN
  IF 5 = (SELECT cardinality(conkey) FROM pg_constraint WHERE conrelid = 'status_history'::regclass AND contype = 'p') THEN
    ALTER TABLE status_history DROP CONSTRAINT status_history_pkey;
    ALTER TABLE ONLY status_history
      ADD PRIMARY KEY (created_on, order_id, message_id, status, attempt, recorded_by);
    FOR part IN
      SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'status_history'::regclass
    LOOP
      EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I', part, part || '_pkey', part || '_next');
      EXECUTE format('ALTER INDEX status_history_pkey ATTACH PARTITION %I', part || '_pkey');
    END LOOP;
  END IF;
END
$$;
