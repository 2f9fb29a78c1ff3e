-- In steps (metastore/migration-steps.ts). The first decision of a stage on a publication stands: there is one line for it, whoever comes
-- second gets that one.

-- `about` is empty for the publication itself, else the record (partition@offset) that was set aside under its ids and is none of it.
-- `facts` is what was looked up for the decision, as JSON, where the outputs are made from it.
ALTER TABLE status_history
  ADD COLUMN IF NOT EXISTS about text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS facts text;

CREATE OR REPLACE FUNCTION refuse_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND current_setting('orderflow.migrates', true) = 'on' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'status_history is append-only: drop a partition to forget old orders' USING ERRCODE = 'restrict_violation';
END
$$;

-- Earlier lines do not say which record they were about.
DO $$
BEGIN
  PERFORM set_config('orderflow.migrates', 'on', true);
  IF to_regclass('status_history_slot') IS NULL THEN
    UPDATE status_history SET about = 'earlier' WHERE status = 'DEAD_LETTERED' AND about = '';
  END IF;
END
$$;

CREATE OR REPLACE FUNCTION refuse_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'status_history is append-only: drop a partition to forget old orders' USING ERRCODE = 'restrict_violation';
END
$$;

-- One line in each slot of a publication, attempt and recorder: slotOf in model/transitions.ts. The order's id comes first, so that an
-- order's story needs no other index. A partition's index is made first, so that nobody waits for it.
SELECT format(
  'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS %I ON %I (
     order_id, message_id, attempt, recorded_by, about,
     (CASE WHEN status IN (''CREATED'', ''RELEASED'', ''DELIVERY_PENDING'') THEN status ELSE '''' END), created_on
   )',
  part.relname || '_slot', part.relname
)
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'status_history'::regclass AND to_regclass('status_history_slot') IS NULL
ORDER BY part.relname
\gexec

CREATE UNIQUE INDEX IF NOT EXISTS status_history_slot ON ONLY status_history (
  order_id, message_id, attempt, recorded_by, about,
  (CASE WHEN status IN ('CREATED', 'RELEASED', 'DELIVERY_PENDING') THEN status ELSE '' END),
  created_on
);

-- Those that are attached already are left as they are.
SELECT format('ALTER INDEX status_history_slot ATTACH PARTITION %I', part.relname || '_slot')
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'status_history'::regclass AND to_regclass(format('%I', part.relname || '_slot')) IS NOT NULL
ORDER BY part.relname
\gexec

ALTER TABLE status_history DROP CONSTRAINT IF EXISTS status_history_pkey;

DROP INDEX IF EXISTS status_history_order;

-- A message id belongs to one order and content. Claims from before know neither: they take any.
ALTER TABLE message_claims
  ADD COLUMN IF NOT EXISTS order_id text COLLATE "C",
  ADD COLUMN IF NOT EXISTS content bytea;

-- Whether the order that is claimed was too late for its window: a later limit does not change it.
ALTER TABLE aggregation_claims ADD COLUMN IF NOT EXISTS is_too_late boolean NOT NULL DEFAULT false;

-- What a release was claimed for: a record is of it only with the same content.
ALTER TABLE releases ADD COLUMN IF NOT EXISTS content bytea;
