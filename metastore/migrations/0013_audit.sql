-- The audit trail: who changed what, and who was denied what. metastore/audit-trail.ts, docs/operations.md.

-- Each event holds the hash of the one before it, so that none can be changed, taken out or put in without a trace but the newest ones: those
-- stand on the topic `audit`, too. `role`, `address`, `seq`, `at` and the hashes are the server's; the others are what the client says.
CREATE TABLE audit_events (
  seq bigint PRIMARY KEY,
  at timestamptz NOT NULL,
  -- Who was logged in at PostgreSQL, and from where.
  role text COLLATE "C" NOT NULL,
  address text NOT NULL,
  -- The account on the machine that the command ran on; of a denial, who was denied, and from where.
  principal text NOT NULL CHECK (length(principal) <= 300),
  host text NOT NULL CHECK (length(host) <= 300),
  -- The person, where the account is not theirs alone.
  person text NOT NULL CHECK (length(person) <= 300),
  action text COLLATE "C" NOT NULL CHECK (action ~ '^[a-z][a-z -]{0,59}$'),
  subjects text[] NOT NULL CHECK (cardinality(subjects) <= 20 AND length(array_to_string(subjects, '')) <= 6000),
  outcome text COLLATE "C" NOT NULL CHECK (outcome IN ('begun', 'done', 'failed', 'denied')),
  details json NOT NULL CHECK (octet_length(details::text) <= 4000),
  previous_hash bytea NOT NULL CHECK (octet_length(previous_hash) = 32),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
CREATE INDEX audit_events_at ON audit_events (at);

-- The newest event that was forgotten: the chain goes on after it.
CREATE TABLE audit_anchor (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  seq bigint NOT NULL,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO audit_anchor (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- The newest event that Kafka has confirmed. Locked by whoever publishes.
CREATE TABLE audit_publication (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  seq bigint NOT NULL
);
INSERT INTO audit_publication (seq) VALUES (0);

-- Where the collector is in the logs of Kafka and PostgreSQL: audit/log-files.ts.
CREATE TABLE audit_sources (
  source text COLLATE "C" PRIMARY KEY,
  file text NOT NULL,
  next_byte bigint NOT NULL,
  head_bytes integer NOT NULL,
  head_hash bytea NOT NULL
);

-- Denials that come again and again are counted for a while: audit/repeats.ts.
CREATE TABLE audit_repeats (
  key bytea PRIMARY KEY,
  -- The denial, as its event says it.
  denial json NOT NULL,
  count bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  window_ms bigint NOT NULL,
  ends_at timestamptz NOT NULL
);

-- A text with its length in bytes before it, so that no two lists of texts are written the same way.
CREATE FUNCTION audit_field(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT octet_length(convert_to(value, 'UTF8')) || ':' || value
$$;

-- SHA-256 of the hash before and of all else that the event says. audit/chain.ts computes the same.
CREATE FUNCTION audit_hash(event audit_events) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(event.previous_hash || convert_to(
    audit_field(event.seq::text) || audit_field((extract(epoch FROM event.at) * 1000000)::bigint::text)
    || audit_field(event.role) || audit_field(event.address)
    || audit_field(event.principal) || audit_field(event.host) || audit_field(event.person)
    || audit_field(event.action) || audit_field(cardinality(event.subjects)::text)
    || coalesce((SELECT string_agg(audit_field(s.subject), '' ORDER BY s.n)
                 FROM unnest(event.subjects) WITH ORDINALITY AS s(subject, n)), '')
    || audit_field(event.outcome) || audit_field(event.details::text), 'UTF8'))
$$;

-- Appends an event, and answers with its number. Until the transaction ends, others that append wait: the chain has one order.
-- It runs as the tables' owner, so that whoever may call it can append, and can do nothing else to the trail.
CREATE FUNCTION audit_append(
  principal text, host text, person text, action text, subjects text[], outcome text, details json
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  event audit_events;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('orderflow audit'));
  SELECT e.seq, e.hash INTO event.seq, event.previous_hash FROM audit_events e ORDER BY e.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    SELECT a.seq, a.hash INTO event.seq, event.previous_hash FROM audit_anchor a;
  END IF;
  event.seq := event.seq + 1;
  event.at := clock_timestamp();
  event.role := session_user;
  event.address := coalesce(host(inet_client_addr()), 'local');
  event.principal := audit_append.principal;
  event.host := audit_append.host;
  event.person := audit_append.person;
  event.action := audit_append.action;
  event.subjects := audit_append.subjects;
  event.outcome := audit_append.outcome;
  event.details := audit_append.details;
  event.hash := audit_hash(event);
  INSERT INTO audit_events SELECT event.*;
  RETURN event.seq;
END
$$;

-- Takes out the events that are older, by so many days, if they stand on the topic; the anchor and an event say which. Answers how many.
-- 90 days at least: who may call it shall not be able to take out what they did today.
CREATE FUNCTION audit_forget(keep_days integer) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  from_seq bigint;
  last_seq bigint;
  last_hash bytea;
BEGIN
  IF keep_days < 90 THEN
    RAISE EXCEPTION 'audit events are kept for 90 days at least' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('orderflow audit'));
  SELECT a.seq INTO from_seq FROM audit_anchor a;
  SELECT e.seq, e.hash INTO last_seq, last_hash FROM audit_events e
  WHERE e.seq <= (SELECT p.seq FROM audit_publication p)
    AND e.seq < coalesce((SELECT min(y.seq) FROM audit_events y WHERE y.at >= now() - keep_days * interval '1 day'), e.seq + 1)
  ORDER BY e.seq DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 0;
  END IF;
  PERFORM set_config('orderflow.forgets', 'on', true); -- the trigger that refuses others knows us by it
  DELETE FROM audit_events e WHERE e.seq <= last_seq;
  PERFORM set_config('orderflow.forgets', 'off', true);
  UPDATE audit_anchor SET seq = last_seq, hash = last_hash;
  PERFORM audit_append('', '', '', 'audit forget', ARRAY[]::text[], 'done', json_build_object(
    'first', from_seq + 1, 'last', last_seq, 'hash', encode(last_hash, 'hex'), 'keepDays', keep_days));
  RETURN last_seq - from_seq;
END
$$;
REVOKE EXECUTE ON FUNCTION audit_forget FROM PUBLIC;

-- What runs as the owner must find the owner's tables, whatever its caller's search_path says.
DO $$
BEGIN
  EXECUTE format('ALTER FUNCTION audit_append SET search_path = %I, pg_temp', current_schema());
  EXECUTE format('ALTER FUNCTION audit_forget SET search_path = %I, pg_temp', current_schema());
END
$$;

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('orderflow.forgets', true) = 'on' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'audit_events is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE ON audit_events
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE TRIGGER audit_events_not_truncated BEFORE TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
