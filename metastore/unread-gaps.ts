/** What Kafka deleted of the topics before a stage had read it, as the stages have told: retention, or somebody's DeleteRecords. */
import type pg from 'pg';
import type { UnreadGap } from '../model/record.js';
import type { RunStatement } from './connection.js';

/** See Metastore. The same gap may be told again, with an end that is further: by a job that was set back to before it. */
export async function recordGaps(run: RunStatement, gaps: readonly UnreadGap[]): Promise<void> {
  if (gaps.length === 0) return;
  await run(
    `INSERT INTO unread_gaps AS known (stage, topic, partition, first_offset, next_offset)
     SELECT stage, topic, partition, first, max(next)
     FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::bigint[]) AS g(stage, topic, partition, first, next)
     GROUP BY stage, topic, partition, first ORDER BY stage, topic, partition, first
     ON CONFLICT (stage, topic, partition, first_offset)
     DO UPDATE SET next_offset = greatest(known.next_offset, excluded.next_offset)`,
    [
      gaps.map(({ stage }) => stage),
      gaps.map(({ topic }) => topic),
      gaps.map(({ partition }) => partition),
      gaps.map(({ first }) => first),
      gaps.map(({ next }) => next),
    ],
  );
}

/** A gap, and when a stage came to it, in ms since the epoch. */
export interface NoticedGap extends UnreadGap {
  readonly noticedAt: number;
}

/** Those that were noticed at that time (ms) or later, the newest first. */
export async function gapsSince(pool: pg.Pool, since: number): Promise<NoticedGap[]> {
  const { rows } = await pool.query<NoticedGap>(
    `SELECT stage, topic, partition, first_offset::float8 AS first, next_offset::float8 AS next,
       round(extract(epoch FROM noticed_at) * 1000)::float8 AS "noticedAt"
     FROM unread_gaps WHERE noticed_at >= $1 ORDER BY noticed_at DESC, stage, topic, partition, first_offset`,
    [new Date(since)],
  );
  return rows;
}
