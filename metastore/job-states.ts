/** Where stages' jobs can go on: what `stop` and `savepoint` leave for `submit`. */
import type pg from 'pg';

/** The state of a stage's job at some time, in Flink's checkpoint storage. */
export interface JobState {
  /** A URL that the cluster can read. */
  readonly path: string;
  /** `savepoint`: taken on purpose; `checkpoint`: the last one of a job that ended without a savepoint. */
  readonly kind: 'savepoint' | 'checkpoint';
  /** ms since the epoch. */
  readonly takenAt: number;
}

/** Safe to call again with the same state. */
export async function recordJobState(pool: pg.Pool, stage: string, { path, kind, takenAt }: JobState): Promise<void> {
  await pool.query(
    'INSERT INTO job_states (stage, path, kind, taken_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [stage, path, kind, new Date(takenAt)],
  );
}

/** The newest state of a stage that was recorded; undefined where there is none. */
export async function newestJobState(pool: pg.Pool, stage: string): Promise<JobState | undefined> {
  const { rows } = await pool.query<{ path: string; kind: JobState['kind']; taken_at: Date }>(
    'SELECT path, kind, taken_at FROM job_states WHERE stage = $1 ORDER BY taken_at DESC LIMIT 1',
    [stage],
  );
  return rows[0] && { path: rows[0].path, kind: rows[0].kind, takenAt: rows[0].taken_at.getTime() };
}
