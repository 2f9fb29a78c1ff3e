-- Backfills that wrote panes: their numbers tell the newer from the older (model/panes.ts). Lines are only added.
CREATE TABLE backfills (
  revision integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The windows that begin from then on, and before then.
  windows_from timestamptz NOT NULL,
  windows_to timestamptz NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now()
);
