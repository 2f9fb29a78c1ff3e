/** The jobs that Flink runs, as its REST API tells. */
import type { Config } from '../config.js';
import { askFlink } from './rest.js';

export interface JobStatus {
  readonly id: string;
  readonly name: string;
  /** Flink's own word: RUNNING, RESTARTING, FAILED, … */
  readonly state: string;
  /** Whether all of its tasks run: a job is RUNNING from its acceptance on, while its workers still start. */
  readonly hasStarted: boolean;
  readonly runningMs: number;
  /** Time since the last checkpoint that was completed, in ms; undefined before the first. */
  readonly checkpointAgeMs?: number;
  readonly failedCheckpoints: number;
  readonly restarts: number;
}

interface Overview {
  readonly jobs: readonly {
    jid: string;
    name: string;
    state: string;
    duration: number;
    tasks: { running: number; total: number };
  }[];
}
interface Checkpoints {
  readonly counts: { failed: number; restored: number };
  readonly latest: { completed: { latest_ack_timestamp: number } | null };
}
type Metrics = readonly { id: string; value: string }[];

const ended: readonly string[] = ['FINISHED', 'CANCELED', 'FAILED'];

/**
 * The jobs that have not ended, by name. Rejects when Flink does not answer.
 * Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/ops/rest_api/
 */
export async function listJobs(config: Config): Promise<JobStatus[]> {
  const { jobs } = await askFlink<Overview>(config, '/jobs/overview');
  const active = jobs.filter((job) => !ended.includes(job.state));
  const statuses = await Promise.all(
    active.map(async ({ jid, name, state, duration, tasks }): Promise<JobStatus> => {
      const [{ counts, latest }, metrics] = await Promise.all([
        askFlink<Checkpoints>(config, `/jobs/${jid}/checkpoints`),
        askFlink<Metrics>(config, `/jobs/${jid}/metrics?get=numRestarts`),
      ]);
      return {
        id: jid,
        name,
        state,
        hasStarted: state === 'RUNNING' && tasks.running === tasks.total,
        runningMs: duration,
        ...(latest.completed && { checkpointAgeMs: Math.max(0, Date.now() - latest.completed.latest_ack_timestamp) }),
        failedCheckpoints: counts.failed,
        restarts: Number(metrics[0]?.value ?? 0),
      };
    }),
  );
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}
