/** Which topics the stages read: Kafka's id of each topic, as it was when it was first seen, and each time that it was adopted since. */
import type pg from 'pg';

/** A topic that the stages read, or read before it was deleted. */
export interface TopicIncarnation {
  readonly topic: string;
  /** 1, 2, 3… of this topic. See model/incarnation.ts. */
  readonly incarnation: number;
  /** By which Kafka tells it from another topic of the same name. */
  readonly topicId: string;
  /** Milliseconds since the epoch. */
  readonly knownSince: number;
}

/** The newest incarnation of each topic that is known. */
export async function newestIncarnations(pool: pg.Pool): Promise<Map<string, TopicIncarnation>> {
  const { rows } = await pool.query<TopicIncarnation>(
    `SELECT DISTINCT ON (topic) topic, incarnation, topic_id AS "topicId",
       round(extract(epoch FROM known_since) * 1000)::float8 AS "knownSince"
     FROM topic_incarnations ORDER BY topic, incarnation DESC`,
  );
  return new Map(rows.map((row) => [row.topic, row]));
}

/** Says that this is the topic of that incarnation. Of two who say it at once the first is right; safe to call again. */
export async function recordIncarnation(
  pool: pg.Pool,
  { topic, incarnation, topicId }: Omit<TopicIncarnation, 'knownSince'>,
): Promise<void> {
  await pool.query(
    'INSERT INTO topic_incarnations (topic, incarnation, topic_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    [topic, incarnation, topicId],
  );
}
