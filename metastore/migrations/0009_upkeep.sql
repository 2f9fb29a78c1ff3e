-- In steps (metastore/migration-steps.ts). What the upkeep needs: metastore/upkeep.ts, partitions.ts, forget.ts.

-- How a delivery ended, so that nobody concludes it from a history that may be gone. Null: it has not, or a version before this one
-- ended it and said so in the history alone.
ALTER TABLE delivery_claims ADD COLUMN IF NOT EXISTS is_failed boolean;

-- The upkeep alone takes lines out, of the default partition, which has no day to be dropped with.
CREATE OR REPLACE FUNCTION refuse_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('orderflow.forgets', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'status_history is append-only: `orderflow retention run` forgets old orders' USING ERRCODE = 'restrict_violation';
END
$$;

-- Which lines are young, at the price of a few pages: lines stand in the order in which they were recorded.
CREATE INDEX IF NOT EXISTS status_history_age ON ONLY status_history USING brin (recorded_at) WITH (autosummarize = on);

SELECT format(
  'CREATE INDEX CONCURRENTLY IF NOT EXISTS %I ON %I USING brin (recorded_at) WITH (autosummarize = on)',
  part.relname || '_age', part.relname
)
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'status_history'::regclass
ORDER BY part.relname
\gexec

-- Those that are attached already are left as they are.
SELECT format('ALTER INDEX status_history_age ATTACH PARTITION %I', part.relname || '_age')
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
WHERE inhparent = 'status_history'::regclass
ORDER BY part.relname
\gexec

-- A line for each run of the upkeep. `problem` is empty until it ended badly, `ended_at` null until it ended; one that died stays so.
CREATE TABLE IF NOT EXISTS upkeep_runs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_by text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  partitions_made integer NOT NULL DEFAULT 0,
  partitions_dropped integer NOT NULL DEFAULT 0,
  lines_deleted bigint NOT NULL DEFAULT 0,
  claims_deleted bigint NOT NULL DEFAULT 0,
  problem text NOT NULL DEFAULT ''
);
