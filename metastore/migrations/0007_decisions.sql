-- The first decision of a stage on a publication stands: there is one line for it, whoever comes second gets that one.

-- `about` is empty for the publication itself, else the record (partition@offset) that was set aside under its ids and is none of it.
-- `facts` is what was looked up for the decision, as JSON, where the outputs are made from it.
ALTER TABLE status_history
  ADD COLUMN about text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN facts text;

-- Earlier lines do not say which record they were about.
ALTER TABLE status_history DISABLE TRIGGER status_history_append_only;
UPDATE status_history SET about = 'earlier' WHERE status = 'DEAD_LETTERED';
ALTER TABLE status_history ENABLE TRIGGER status_history_append_only;

-- One line in each slot of a publication, attempt and recorder: slotOf in model/transitions.ts. The order's id comes first, so that an
-- order's story needs no other index.
ALTER TABLE status_history DROP CONSTRAINT status_history_pkey;
CREATE UNIQUE INDEX status_history_slot ON status_history (
  order_id, message_id, attempt, recorded_by, about,
  (CASE WHEN status IN ('CREATED', 'RELEASED', 'DELIVERY_PENDING') THEN status ELSE '' END),
  created_on
);
DROP INDEX status_history_order;

-- A message id belongs to one order and content. Claims from before know neither: they take any.
ALTER TABLE message_claims
  ADD COLUMN order_id text COLLATE "C",
  ADD COLUMN content bytea;

-- Whether the order that is claimed was too late for its window: a later limit does not change it.
ALTER TABLE aggregation_claims ADD COLUMN is_too_late boolean NOT NULL DEFAULT false;

-- What a release was claimed for: a record is of it only with the same content.
ALTER TABLE releases ADD COLUMN content bytea;
