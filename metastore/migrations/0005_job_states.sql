-- Where a stage's job can go on: its savepoints, and the last checkpoints of jobs that ended without one.

CREATE TABLE job_states (
  stage text COLLATE "C" NOT NULL,
  -- As Flink names it, a URL that the cluster can read.
  path text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('savepoint', 'checkpoint')),
  taken_at timestamptz NOT NULL,
  PRIMARY KEY (stage, path)
);
CREATE INDEX job_states_newest ON job_states (stage, taken_at DESC);
