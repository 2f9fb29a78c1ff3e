-- In steps (metastore/migration-steps.ts). An order in a kilobyte: ids stand once, keys are of 16 bytes. docs/decisions/0032 says why; the view
-- `status_history` at the end is for people. The tables are made beside those that orders flow through, get what is added there by triggers
-- and what was there before page by page, and take their places in one moment. Numbers of statuses, recorders and slots: metastore/line-keys.ts.

-- The key of a claim: who would find another id with the same one had to try 2^128 of them.
CREATE OR REPLACE FUNCTION key_of(id text) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT substr(encode(sha256(convert_to(id, 'UTF8')), 'hex'), 1, 32)::uuid
$$;
-- The first of a publication's keys, and the last one; `millis` is the order's created_at. Ids hold no NUL.
CREATE OR REPLACE FUNCTION publication_key(millis double precision, order_id text, message_id text, about text)
RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (
    lpad(to_hex(greatest(0, least(281474976710655, floor(millis)))::bigint), 12, '0')
    || substr(encode(sha256(convert_to(order_id, 'UTF8') || '\x00'::bytea || convert_to(message_id, 'UTF8') || '\x00'::bytea || convert_to(about, 'UTF8')), 'hex'), 1, 16)
    || '0000'
  )::uuid
$$;
CREATE OR REPLACE FUNCTION publication_of(line uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (left(line::text, 32) || '0000')::uuid
$$;
CREATE OR REPLACE FUNCTION publication_end(line uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (left(line::text, 32) || 'ffff')::uuid
$$;
CREATE OR REPLACE FUNCTION line_key(publication uuid, tail integer) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (left(publication::text, 32) || lpad(to_hex(tail), 4, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION line_tail(line uuid) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ('x' || right(line::text, 4))::bit(16)::integer
$$;
-- In ms since the epoch.
CREATE OR REPLACE FUNCTION created_millis(line uuid) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT ('x' || left(line::text, 8) || substr(line::text, 10, 4))::bit(48)::bigint
$$;
-- Most message ids are UUIDs, of which 16 bytes are kept. Another one of that length gets a NUL, which no id begins with.
CREATE OR REPLACE FUNCTION id_bytes(id text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN decode(replace(id, '-', ''), 'hex')
    WHEN octet_length(convert_to(id, 'UTF8')) = 16 THEN '\x00'::bytea || convert_to(id, 'UTF8')
    ELSE convert_to(id, 'UTF8')
  END
$$;
CREATE OR REPLACE FUNCTION id_in(bytes bytea) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN octet_length(bytes) = 16 THEN encode(bytes, 'hex')::uuid::text
    ELSE convert_from(CASE WHEN octet_length(bytes) = 17 AND get_byte(bytes, 0) = 0 THEN substr(bytes, 2) ELSE bytes END, 'UTF8')
  END
$$;
-- Where a record stands, as claims have it: the number of its topic's partition, and its offset.
CREATE OR REPLACE FUNCTION record_at(place integer, its_offset bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT place::bigint << 46 | its_offset
$$;
CREATE OR REPLACE FUNCTION place_in(record bigint) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (record >> 46)::integer
$$;
CREATE OR REPLACE FUNCTION offset_in(record bigint) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT record & ((1::bigint << 46) - 1)
$$;

-- Every status that an order's publication ever had. A partition holds the orders that were created on one day (UTC): metastore/partitions.ts.
-- Eight columns at most: so a row's header is as small as it can be, with NULLs, too.
CREATE TABLE IF NOT EXISTS status_lines (
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Of the line's slot: what makes a line that is recorded twice stand there once.
  line uuid NOT NULL,
  status smallint NOT NULL,
  -- In one line of the publication, the first to come; after a race in two. NULL in the others.
  order_id text COLLATE "C",
  message_id bytea, -- id_bytes
  -- NULL for the publication itself.
  about text COLLATE "C",
  -- NULL where there is none.
  detail text,
  -- What was looked up for the decision, as JSON, where the outputs are made from it.
  facts text,
  -- A page is left to the lines that come later of the same orders: four or five each.
  PRIMARY KEY (line) WITH (fillfactor = 35)
) PARTITION BY RANGE (line);
CREATE INDEX IF NOT EXISTS status_lines_order ON status_lines (hashtextextended(order_id, 0)) WHERE order_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS status_lines_age ON status_lines USING brin (recorded_at) WITH (autosummarize = on);

SELECT format(
  'CREATE TABLE IF NOT EXISTS %1$I PARTITION OF status_lines FOR VALUES FROM (%2$L) TO (%3$L)'
    || CASE WHEN right(part.relname, 8) <= to_char(now(), 'YYYYMMDD') THEN '; ALTER INDEX %1$s_pkey SET (fillfactor = 90)' ELSE '' END,
  'status_lines_' || right(part.relname, 8),
  rpad(replace(left(day.first::text, 13), '-', ''), 32, '0')::uuid,
  rpad(replace(left(day.next::text, 13), '-', ''), 32, '0')::uuid
)
FROM pg_inherits JOIN pg_class part ON part.oid = inhrelid
CROSS JOIN LATERAL (SELECT extract(epoch FROM to_date(right(part.relname, 8), 'YYYYMMDD')) * 1000 AS millis) midnight
CROSS JOIN LATERAL (
  SELECT publication_key(millis::float8, '', '', '') AS first, publication_key(millis::float8 + 86400000, '', '', '') AS next
) day
WHERE inhparent = to_regclass('status_history') AND part.relname ~ '\d{8}$' AND to_regclass('status_lines_default') IS NULL
ORDER BY part.relname
\gexec

CREATE TABLE IF NOT EXISTS status_lines_default PARTITION OF status_lines DEFAULT;
ALTER INDEX status_lines_default_pkey SET (fillfactor = 90);

CREATE OR REPLACE FUNCTION refuse_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('orderflow.forgets', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'the status history is append-only: `orderflow retention run` forgets old orders' USING ERRCODE = 'restrict_violation';
END
$$;
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'status_lines'::regclass AND tgname = 'status_lines_append_only') THEN
    CREATE TRIGGER status_lines_append_only BEFORE UPDATE OR DELETE ON status_lines
      FOR EACH ROW EXECUTE FUNCTION refuse_line_change();
    CREATE TRIGGER status_lines_no_truncate BEFORE TRUNCATE ON status_lines
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_line_change();
  END IF;
END
$$;

-- Whether a publication was rejected. plpgsql, so that it is planned by itself, and once: it is rarely asked, and as a part of the statements that do
-- ask, it makes their cost so large that PostgreSQL compiles them (jit), for seconds. REJECTED is 2, VALIDATED 1.
CREATE OR REPLACE FUNCTION is_rejected(publication uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (
    SELECT coalesce(bool_or(status = 2) AND NOT bool_or(status = 1), false)
    FROM status_lines WHERE line >= publication AND line <= publication_end(publication)
  );
END
$$;

-- Partitions of topics, by number: a claim names the record by it.
CREATE TABLE IF NOT EXISTS places (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  UNIQUE (topic, partition)
);

DO $$
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('status_history')) = 'p' THEN
    -- `record` is the one that holds the claim (record_at). Columns in an order that leaves no gaps, NULL as a rule where they may be.
    CREATE TABLE message_claims_next (
      message_key uuid PRIMARY KEY,
      publication uuid NOT NULL,
      record bigint NOT NULL,
      -- The first half of contentOf (model/record.ts), which covers the order id. NULL in claims that are older than contents: they take any.
      content bigint,
      -- `record` stays the one that was set aside: `copy` (partition@offset) is where that of its newest release stands.
      release smallint,
      copy text
    );
    -- The publication that is accepted as the order.
    CREATE TABLE order_claims_next (
      order_key uuid PRIMARY KEY,
      publication uuid NOT NULL
    );
    -- Each release of an order whose delivery failed is another attempt. record 0: its end came before a record asked.
    CREATE TABLE delivery_claims_next (
      order_key uuid NOT NULL,
      record bigint NOT NULL,
      attempt smallint NOT NULL DEFAULT 1,
      -- How it ended; NULL while it has not.
      is_failed boolean,
      PRIMARY KEY (order_key, attempt)
    ) WITH (fillfactor = 80); -- room on the page for the row that ends, which then needs no new index entry
    CREATE TABLE aggregation_claims_next (
      order_key uuid PRIMARY KEY,
      record bigint NOT NULL,
      is_too_late boolean, -- NULL: it was not
      release smallint,
      copy text
    );
    -- Which pages have been copied.
    CREATE TABLE copied_pages (part text, page integer, PRIMARY KEY (part, page));
  END IF;
EXCEPTION WHEN duplicate_table THEN
  NULL; -- all of them are there
END
$$;

-- What becomes of an earlier row: each function adds it to the new table, where it is not there yet.
CREATE OR REPLACE FUNCTION place_of(its_topic text, its_partition integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  found integer;
BEGIN
  SELECT id INTO found FROM places WHERE topic = its_topic AND partition = its_partition;
  IF found IS NULL THEN
    INSERT INTO places (topic, partition) VALUES (its_topic, its_partition)
      ON CONFLICT (topic, partition) DO UPDATE SET topic = excluded.topic RETURNING id INTO found;
  END IF;
  RETURN found;
END
$$;
CREATE OR REPLACE FUNCTION content_number(content bytea) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT ('x' || encode(substr(content, 1, 8), 'hex'))::bit(64)::bigint
$$;
CREATE OR REPLACE FUNCTION earlier_publication(created_at timestamptz, order_id text, message_id text, about text)
RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT publication_key(round(extract(epoch FROM created_at) * 1000)::float8, order_id, message_id, about)
$$;
CREATE OR REPLACE FUNCTION earlier_line(publication uuid, attempt smallint, recorded_by text, status text)
RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT line_key(
    publication,
    (least(attempt, 1023) << 6)
    | ((coalesce(array_position(ARRAY['generator', 'validator', 'enricher', 'router', 'external-processor', 'aggregator'], recorded_by), 16) - 1) << 2)
    | CASE status WHEN 'CREATED' THEN 0 WHEN 'RELEASED' THEN 1 WHEN 'DELIVERY_PENDING' THEN 2 ELSE 3 END
  )
$$;
CREATE OR REPLACE FUNCTION number_of_status(status text) RETURNS smallint LANGUAGE sql STABLE AS $$
  SELECT (array_position(ARRAY[
    'CREATED', 'VALIDATED', 'REJECTED', 'ENRICHED', 'ROUTED', 'DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED', 'DEAD_LETTERED', 'RELEASED'
  ], status) - 1)::smallint
$$;
CREATE OR REPLACE FUNCTION has_ids(publication uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM status_lines s WHERE s.line >= publication AND s.line <= publication_end(publication) AND s.order_id IS NOT NULL)
$$;
-- Whether a claim of before is_failed ended in a failure: its history says so.
CREATE OR REPLACE FUNCTION has_failed(its_order text, its_attempt smallint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT coalesce(bool_or(status IN ('DELIVERY_FAILED', 'DEAD_LETTERED')) AND NOT bool_or(status = 'DELIVERED'), false)
  FROM status_history
  WHERE order_id = its_order AND attempt = its_attempt AND (recorded_by = 'external-processor' OR status = 'DELIVERED')
$$;
-- Of an earlier claim on an order, which does not know created_at: its lines do.
CREATE OR REPLACE FUNCTION publication_in_history(its_order text, its_message text) RETURNS uuid LANGUAGE sql AS $$
  SELECT earlier_publication(h.created_at, h.order_id, h.message_id, h.about) FROM status_history h
  WHERE h.order_id = its_order AND h.message_id = its_message AND h.about = '' ORDER BY h.recorded_at LIMIT 1
$$;

-- From now on what is added is added here, too. The trigger waits for those who write already.
CREATE OR REPLACE FUNCTION forward_line() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  its uuid := earlier_publication(NEW.created_at, NEW.order_id, NEW.message_id, NEW.about);
  is_first boolean := NOT has_ids(its);
BEGIN
  INSERT INTO status_lines (recorded_at, line, status, order_id, message_id, about, detail, facts)
  VALUES (
    NEW.recorded_at, earlier_line(its, NEW.attempt, NEW.recorded_by, NEW.status), number_of_status(NEW.status),
    CASE WHEN is_first THEN NEW.order_id END, CASE WHEN is_first THEN id_bytes(NEW.message_id) END,
    CASE WHEN is_first THEN nullif(NEW.about, '') END, nullif(NEW.detail, ''), NEW.facts
  )
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION forward_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO message_claims_next (message_key, publication, record, content, release, copy)
  VALUES (
    key_of(NEW.message_id), publication_key(0, '', NEW.message_id, ''), -- its publication has no line yet
    record_at(place_of(NEW.record_topic, NEW.record_partition), NEW.record_offset), content_number(NEW.content),
    nullif(NEW.release, 0), NEW.copy_partition || '@' || NEW.copy_offset
  )
  ON CONFLICT (message_key) DO UPDATE SET release = excluded.release, copy = excluded.copy;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION forward_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO order_claims_next (order_key, publication)
  SELECT key_of(NEW.order_id), its FROM publication_in_history(NEW.order_id, NEW.message_id) its WHERE its IS NOT NULL
  ON CONFLICT (order_key) DO UPDATE SET publication = excluded.publication;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION forward_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO delivery_claims_next (order_key, record, attempt, is_failed)
  VALUES (
    key_of(NEW.order_id), CASE WHEN NEW.record_topic = '' THEN 0 ELSE record_at(place_of(NEW.record_topic, NEW.record_partition), NEW.record_offset) END,
    NEW.attempt, CASE WHEN NEW.is_done THEN coalesce(NEW.is_failed, has_failed(NEW.order_id, NEW.attempt)) END
  )
  ON CONFLICT (order_key, attempt) DO UPDATE SET is_failed = excluded.is_failed;
  RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION forward_aggregation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO aggregation_claims_next (order_key, record, is_too_late, release, copy)
  VALUES (
    key_of(NEW.order_id), record_at(place_of(NEW.record_topic, NEW.record_partition), NEW.record_offset), nullif(NEW.is_too_late, false),
    nullif(NEW.release, 0), NEW.copy_partition || '@' || NEW.copy_offset
  )
  ON CONFLICT (order_key) DO UPDATE SET release = excluded.release, is_too_late = excluded.is_too_late, copy = excluded.copy;
  RETURN NULL;
END
$$;

-- One table at a time, so that no two of them are held at once.
SELECT format(
  'CREATE TRIGGER forwards AFTER INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION %I()', forward.part, forward.function
)
FROM (
  VALUES ('status_history', 'forward_line'), ('message_claims', 'forward_message'), ('order_claims', 'forward_order'),
    ('delivery_claims', 'forward_delivery'), ('aggregation_claims', 'forward_aggregation')
) AS forward(part, function)
WHERE (SELECT relkind FROM pg_class WHERE oid = to_regclass('status_history')) = 'p'
  AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = to_regclass(forward.part) AND tgname = 'forwards')
\gexec

-- What was there before, some pages in each transaction: whoever changes one of these claims meanwhile waits for its end.
CREATE OR REPLACE FUNCTION copy_pages(part text, page integer, until integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  rows text := format('(SELECT * FROM %I WHERE ctid >= %L AND ctid < %L)', part, format('(%s,0)', page), format('(%s,0)', until));
BEGIN
  IF EXISTS (SELECT FROM copied_pages c WHERE c.part = copy_pages.part AND c.page = copy_pages.page) THEN
    RETURN;
  END IF;
  IF part LIKE 'status_history%' THEN
    EXECUTE format($copy$
      WITH h AS MATERIALIZED (
        SELECT *, row_number() OVER (PARTITION BY publication ORDER BY recorded_at) AS nth
        FROM (SELECT *, earlier_publication(created_at, order_id, message_id, about) AS publication FROM %s rows) rows
      ), named AS MATERIALIZED (
        SELECT *, nth = 1 AND NOT has_ids(publication) AS is_first FROM h
      ), lines AS (
        INSERT INTO status_lines (recorded_at, line, status, order_id, message_id, about, detail, facts)
        SELECT
          recorded_at, earlier_line(publication, attempt, recorded_by, status), number_of_status(status),
          CASE WHEN is_first THEN order_id END, CASE WHEN is_first THEN id_bytes(message_id) END,
          CASE WHEN is_first THEN nullif(about, '') END, nullif(detail, ''), facts
        FROM named
        ORDER BY 2
        ON CONFLICT DO NOTHING
      ), orders AS (
        INSERT INTO order_claims_next (order_key, publication)
        SELECT key_of(order_id), publication FROM h JOIN order_claims c USING (order_id, message_id)
        WHERE h.about = '' AND h.nth = 1
        ORDER BY 1
        ON CONFLICT DO NOTHING
      )
      INSERT INTO message_claims_next (message_key, publication, record, content, release, copy)
      SELECT DISTINCT ON (1)
        key_of(c.message_id), publication, record_at(place_of(c.record_topic, c.record_partition), c.record_offset), content_number(c.content),
        nullif(c.release, 0), c.copy_partition || '@' || c.copy_offset
      FROM h JOIN message_claims c ON c.message_id = h.message_id AND coalesce(c.order_id, h.order_id) = h.order_id
      WHERE h.about = '' AND h.nth = 1
      ORDER BY 1, 2
      ON CONFLICT DO NOTHING
    $copy$, rows);
  ELSIF part = 'message_claims' THEN
    EXECUTE format($copy$
      INSERT INTO message_claims_next (message_key, publication, record, content, release, copy)
      SELECT
        key_of(message_id), publication_key(0, '', message_id, ''), record_at(place_of(record_topic, record_partition), record_offset),
        content_number(content), nullif(release, 0), copy_partition || '@' || copy_offset
      FROM %s c
      ORDER BY 1
      ON CONFLICT DO NOTHING
    $copy$, rows);
  ELSIF part = 'delivery_claims' THEN
    EXECUTE format($copy$
      INSERT INTO delivery_claims_next (order_key, record, attempt, is_failed)
      SELECT
        key_of(order_id), CASE WHEN record_topic = '' THEN 0 ELSE record_at(place_of(record_topic, record_partition), record_offset) END,
        attempt, CASE WHEN is_done THEN coalesce(is_failed, has_failed(order_id, attempt)) END
      FROM %s c
      ORDER BY 1, attempt
      ON CONFLICT DO NOTHING
    $copy$, rows);
  ELSE
    EXECUTE format($copy$
      INSERT INTO aggregation_claims_next (order_key, record, is_too_late, release, copy)
      SELECT
        key_of(order_id), record_at(place_of(record_topic, record_partition), record_offset), nullif(is_too_late, false),
        nullif(release, 0), copy_partition || '@' || copy_offset
      FROM %s c
      ORDER BY 1
      ON CONFLICT DO NOTHING
    $copy$, rows);
  END IF;
  INSERT INTO copied_pages VALUES (part, page);
END
$$;

-- The history first: it says when the orders of the claims were created. A claim on an order without a line holds nothing.
SELECT format('SELECT copy_pages(%L, %s, %s)', part, page, page + 200)
FROM (
  SELECT 1 AS turn, c.relname::text AS part, c.oid FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
  WHERE inhparent = to_regclass('status_history')
  UNION ALL
  SELECT 2, name, to_regclass(name) FROM unnest(ARRAY['message_claims', 'delivery_claims', 'aggregation_claims']) name
) parts
CROSS JOIN LATERAL generate_series(0, greatest(0, pg_relation_size(oid) / current_setting('block_size')::int - 1)::int, 200) page
WHERE (SELECT relkind FROM pg_class WHERE oid = to_regclass('status_history')) = 'p'
ORDER BY turn, part, page
\gexec

DO $$
BEGIN
  IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('status_history')) = 'p' THEN
    LOCK TABLE message_claims, order_claims, delivery_claims, aggregation_claims, status_history;
    DROP TABLE message_claims, order_claims, delivery_claims, aggregation_claims, status_history, copied_pages;
    ALTER TABLE message_claims_next RENAME TO message_claims;
    ALTER INDEX message_claims_next_pkey RENAME TO message_claims_pkey;
    ALTER TABLE order_claims_next RENAME TO order_claims;
    ALTER INDEX order_claims_next_pkey RENAME TO order_claims_pkey;
    ALTER TABLE delivery_claims_next RENAME TO delivery_claims;
    ALTER INDEX delivery_claims_next_pkey RENAME TO delivery_claims_pkey;
    ALTER TABLE aggregation_claims_next RENAME TO aggregation_claims;
    ALTER INDEX aggregation_claims_next_pkey RENAME TO aggregation_claims_pkey;
    -- For people: each line with its publication's ids. `WHERE hashtextextended(order_id, 0) = hashtextextended('…', 0)` goes by the index.
    CREATE VIEW status_history AS
    SELECT
      i.order_id, id_in(i.message_id) AS message_id,
      (ARRAY[
        'CREATED', 'VALIDATED', 'REJECTED', 'ENRICHED', 'ROUTED', 'DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED', 'DEAD_LETTERED', 'RELEASED'
      ])[l.status + 1] AS status,
      line_tail(l.line) >> 6 AS attempt,
      to_timestamp(created_millis(l.line) / 1000.0) AS created_at,
      (ARRAY[
        'generator', 'validator', 'enricher', 'router', 'external-processor', 'aggregator'
      ])[(line_tail(l.line) >> 2 & 15) + 1] AS recorded_by,
      coalesce(i.about, '') AS about, coalesce(l.detail, '') AS detail, l.facts, l.recorded_at, l.line
    FROM status_lines i
    JOIN status_lines l ON l.line >= publication_of(i.line) AND l.line <= publication_end(i.line)
    WHERE i.order_id IS NOT NULL AND NOT EXISTS (
      SELECT FROM status_lines e WHERE e.line >= publication_of(i.line) AND e.line < i.line AND e.order_id IS NOT NULL
    );
  END IF;
END
$$;

DROP FUNCTION IF EXISTS forward_line, forward_message, forward_order, forward_delivery, forward_aggregation, copy_pages, place_of, content_number, has_failed, has_ids,
  publication_in_history, earlier_line, earlier_publication, number_of_status, refuse_status_change;
