-- Every status that an order's publication ever had. A partition holds the orders that were created on one day (UTC);
-- metastore/partitions.ts makes and drops them. The default partition takes the days that have none.

CREATE TABLE status_history (
  created_on date NOT NULL,
  order_id text COLLATE "C" NOT NULL,
  message_id text COLLATE "C" NOT NULL,
  status text COLLATE "C" NOT NULL,
  attempt smallint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  recorded_by text NOT NULL,
  detail text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- What makes a line that is recorded twice stand there once.
  PRIMARY KEY (created_on, order_id, message_id, status, attempt)
) PARTITION BY RANGE (created_on);

-- For an order's story and for reading page by page, which do not know the day.
CREATE INDEX status_history_order ON status_history (order_id, message_id);

CREATE TABLE status_history_default PARTITION OF status_history DEFAULT;

CREATE FUNCTION refuse_status_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'status_history is append-only: drop a partition to forget old orders' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER status_history_append_only BEFORE UPDATE OR DELETE ON status_history
  FOR EACH ROW EXECUTE FUNCTION refuse_status_change();
CREATE TRIGGER status_history_no_truncate BEFORE TRUNCATE ON status_history
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_status_change();
