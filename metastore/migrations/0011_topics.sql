-- Topics as they were made, and what Kafka deleted of them unread.

-- A topic that is deleted and made anew has another id. `incarnation` counts them: see model/incarnation.ts. The newest is the one that the
-- stages read; one that Kafka has and that is not here, nobody has adopted yet (`orderflow topics adopt`).
CREATE TABLE topic_incarnations (
  topic text COLLATE "C" NOT NULL,
  incarnation smallint NOT NULL CHECK (incarnation > 0),
  -- Kafka's, 22 letters.
  topic_id text NOT NULL,
  known_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (topic, incarnation)
);

-- Records that Kafka deleted before a stage had read them: from first_offset to before next_offset.
CREATE TABLE unread_gaps (
  stage text COLLATE "C" NOT NULL,
  -- With its incarnation.
  topic text COLLATE "C" NOT NULL,
  partition integer NOT NULL,
  first_offset bigint NOT NULL,
  next_offset bigint NOT NULL,
  noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stage, topic, partition, first_offset)
);
