/** Whether what is to run fits: one sentence before a submission, instead of jobs that restart for ever. */
import { request } from 'undici';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { connectionBudget } from '../metastore/connection-budget.js';
import type { Pool } from '../metastore/connection.js';
import { fusedStages } from '../model/fusion.js';
import { filesFor } from '../model/principals.js';
import { stageNames, type StageName } from '../model/stages.js';
import { tlsAgent } from '../model/tls-agent.js';
import { listJobs } from './jobs.js';
import { askFlink } from './rest.js';

/**
 * The workers of one subtask of a stage: one for each chain of its steps that runs in Node. Those that ask PostgreSQL have connections of
 * their own; the aggregator's sums do not.
 */
export const workersPerSubtask: Readonly<Record<StageName, { readonly all: number; readonly atMetastore: number }>> = {
  validator: { all: 1, atMetastore: 1 },
  enricher: { all: 1, atMetastore: 1 },
  router: { all: 1, atMetastore: 1 },
  'external-processor': { all: 2, atMetastore: 2 },
  aggregator: { all: 2, atMetastore: 1 },
};

/** Stages by the parallelism that they run at, or are to run at. */
export type Plan = ReadonlyMap<StageName, number>;

/** Something of which there is only so much. */
export interface Resource {
  readonly code: string;
  /** What it is, as in `40 task slots`. */
  readonly what: string;
  readonly perSubtask: (stage: StageName) => number;
  /** What the stages may have of it. */
  readonly limit: number;
  /** Whether what runs now is known to have what it is counted with, so that a plan which needs no more is let through. */
  readonly isKnown: boolean;
  /** How to have as many as are needed, beside a lower parallelism. */
  readonly raise: (needed: number) => string;
}

const total = ({ perSubtask }: Resource, plan: Plan) =>
  [...plan].reduce((sum, [stage, parallelism]) => sum + perSubtask(stage) * parallelism, 0);

/**
 * Fails with the resource's code when the stages that are to run need more of it than there is, unless those that run now need as
 * much: a plan that does not grow is let through. `changed` are the stages that are (re)submitted, at one parallelism.
 */
export function checkResource(resource: Resource, now: Plan, planned: Plan, changed: readonly StageName[]): void {
  const { code, what, perSubtask, limit, isKnown, raise } = resource;
  const needed = total(resource, planned);
  if (needed <= limit || (isKnown && needed <= total(resource, now))) return;
  const perUnit = changed.reduce((sum, stage) => sum + perSubtask(stage), 0);
  const others = needed - perUnit * planned.get(changed[0]!)!;
  const fitting = Math.floor((limit - others) / perUnit);
  const lower = fitting > 0 ? `set ORDERFLOW_PARALLELISM to ${fitting} at most` : 'stop another stage';
  throw new OperatorError(
    code,
    `the stages would need ${needed} ${what}, and there are ${limit} for them: ${lower}, or ${raise(needed)}`,
  );
}

interface JobConfig {
  readonly 'execution-config': { readonly 'job-parallelism': number };
}

/**
 * Fails with TOO_FEW_PARTITIONS where a job would have more readers than there are partitions: they would have nothing to do, and one
 * without a partition holds back for a day what forgets the windows.
 */
export function checkPartitions({ parallelism, partitions }: Pick<Config, 'parallelism' | 'partitions'>): void {
  if (parallelism <= partitions) return;
  throw new OperatorError(
    'TOO_FEW_PARTITIONS',
    `parallelism ${parallelism} needs as many partitions, and the topics have ${partitions}: ` +
      `set ORDERFLOW_PARALLELISM to ${partitions} at most, or ORDERFLOW_PARTITIONS to ${parallelism}`,
  );
}

/** The stages that run, and at which parallelism. Rejects when Flink does not answer, or a job ends meanwhile. */
export async function runningPlan(config: Config): Promise<Plan> {
  const jobs = (await listJobs(config)).flatMap(({ id, name }) => {
    const stage = stageNames.find((each) => each === name);
    return stage ? [{ id, stage }] : [];
  });
  const rows = jobs.map(async ({ id, stage }) => {
    const { 'execution-config': execution } = await askFlink<JobConfig>(config, `/jobs/${id}/config`);
    return [stage, execution['job-parallelism']] as const;
  });
  return new Map(await Promise.all(rows));
}

/** Beside what `now` runs, or in place of it, these stages at the configuration's parallelism. */
export const planWith = (now: Plan, { parallelism }: Config, changed: readonly StageName[]): Plan =>
  new Map([...now, ...changed.map((name) => [name, parallelism] as const)]);

/** Flink's task slots. Rejects when it does not answer. */
export async function taskSlots(config: Config): Promise<Resource[]> {
  // A cluster elsewhere may start TaskManagers as it needs them.
  if (config.remote.flink) return [];
  const limit = (await askFlink<{ 'slots-total': number }>(config, '/overview'))['slots-total'];
  // The TaskManager is not there yet.
  if (limit === 0) return [];
  const raise = () => `\`orderflow down\` and \`ORDERFLOW_PARALLELISM=${config.parallelism} orderflow up\``;
  return [{ code: 'TOO_FEW_SLOTS', what: "of Flink's task slots", perSubtask: () => 1, limit, isKnown: true, raise }];
}

/** The workers of the pool here. One that is elsewhere, or does not answer, has none to count: it refuses by itself. */
export async function workers(config: Config): Promise<Resource[]> {
  const limit = config.remote.workerPool ? undefined : await mostWorkers(config);
  if (limit === undefined) return [];
  const raise = (needed: number) =>
    `start the worker pool with ORDERFLOW_MAX_WORKERS=${needed} (\`orderflow down worker-pool\`, then \`orderflow up\`)`;
  const perSubtask = (stage: StageName) => workersPerSubtask[stage].all;
  return [{ code: 'TOO_FEW_WORKERS', what: 'workers', perSubtask, limit, isKnown: true, raise }];
}

/** What the pool says of itself; undefined where it does not answer. */
async function mostWorkers({
  urlHost,
  ports,
  workerMetricsTls,
  flinkTls,
  principal,
}: Config): Promise<number | undefined> {
  // Whoever asks Flink asks the pool.
  const files = { ...filesFor(flinkTls, principal), caFile: workerMetricsTls.caFile };
  const scheme = workerMetricsTls.certFile === '' ? 'http' : 'https';
  try {
    const { body } = await request(`${scheme}://${urlHost}:${ports.workerMetrics}/metrics`, {
      dispatcher: tlsAgent(files, 'the metrics'),
      signal: AbortSignal.timeout(3_000),
    });
    const line = /^orderflow_pool_max_workers (\d+)$/m.exec(await body.text());
    return line ? Number(line[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** PostgreSQL's connections. Rejects as the pool does. */
export async function connections(config: Config, pool: Pool): Promise<Resource[]> {
  const { forWorkers: limit, forOthers } = await connectionBudget(pool);
  const perWorker = config.postgresConnections;
  // A fused worker asks as each of its stages, with connections of each.
  const pools = (stage: StageName) => (config.fused && stage === fusedStages[0] ? fusedStages.length : 1);
  const perSubtask = (stage: StageName) => workersPerSubtask[stage].atMetastore * pools(stage) * perWorker;
  const raise = (needed: number) => {
    const fewer = Math.floor((limit * perWorker) / needed);
    const server = `PostgreSQL's max_connections to ${needed + forOthers}`;
    return fewer > 0 ? `ORDERFLOW_POSTGRES_CONNECTIONS to ${fewer}, or ${server}` : server;
  };
  // The jobs that run may have been submitted with fewer.
  return [{ code: 'TOO_FEW_CONNECTIONS', what: 'connections to PostgreSQL', perSubtask, limit, isKnown: false, raise }];
}
