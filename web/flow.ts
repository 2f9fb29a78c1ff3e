/** The state of the whole, for the view "flow": each part is asked for itself, and one that does not answer leaves the others. */
import type { Config } from '../config.js';
import { unlessEmpty } from '../druid/counts.js';
import { deadLetterKey } from '../druid/measures.js';
import { queryDruid } from '../druid/rest.js';
import { OperatorError } from '../errors.js';
import { listJobs } from '../flink/jobs.js';
import { flinkError } from '../flink/rest.js';
import { metastoreError } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { countParked } from '../metastore/measures.js';
import { stageNames } from '../model/stages.js';
import { problemOf, type Parts } from './cube/parts.js';
import { keptMs, type Sampler, stageFlows } from './samples.js';
import type { FlowAnswer, JobFlow, Point } from './shared/answers.js';

const minuteMs = 60_000;
const queryTimeoutMs = 10_000;

type Rejects = NonNullable<FlowAnswer['rejects']>;
type DeadLetters = NonNullable<FlowAnswer['deadLetters']>;

const rejectsQuery = (time: string) => `
SELECT ${time} AS "time", reasons AS reason, COUNT(DISTINCT order_id) AS orders
FROM rejected_order
WHERE __time >= MILLIS_TO_TIMESTAMP(?) AND __time < MILLIS_TO_TIMESTAMP(?)
GROUP BY 1, 2`;

/** Rejected orders by reason and minute of their creation; those of more than one minute are counted over all of it, not added up. */
async function readRejects(config: Config, since: number, now: number): Promise<Rejects> {
  const ask = (time: string) =>
    unlessEmpty(
      queryDruid<{ time: string; reason: string | null; orders: number }>(config, rejectsQuery(time), {
        parameters: [since, now],
        timeoutMs: queryTimeoutMs,
      }),
    );
  const [all, minutes] = await Promise.all([ask(`'all'`), ask(`TIME_FLOOR(__time, 'PT1M')`)]);
  const times = Array.from({ length: Math.ceil((now - since) / minuteMs) }, (_, index) => since + index * minuteMs);
  return all
    .map(({ reason, orders }) => {
      const counts = new Map(
        minutes.filter((row) => row.reason === reason).map((row) => [Date.parse(row.time), row.orders]),
      );
      return { reason: reason ?? '', orders, history: times.map((time): Point => [time, counts.get(time) ?? 0]) };
    })
    .sort((a, b) => b.orders - a.orders);
}

const letterColumns = deadLetterKey.map((name) => `"${name}"`).join(', ');
const deadLettersQuery = `
SELECT step, reason, COUNT(*) AS "all", SUM(CASE WHEN written >= MILLIS_TO_TIMESTAMP(?) THEN 1 ELSE 0 END) AS recent
FROM (SELECT ${letterColumns}, reason, MAX(__time) AS written FROM dead_letter GROUP BY ${letterColumns}, reason)
GROUP BY 1, 2
ORDER BY step, reason`;

async function readDeadLetters(config: Config, since: number): Promise<DeadLetters> {
  return unlessEmpty(
    queryDruid<DeadLetters[number]>(config, deadLettersQuery, { parameters: [since], timeoutMs: queryTimeoutMs }),
  );
}

/** The stages' jobs, those that are missing too. */
async function readJobs(config: Config): Promise<JobFlow[]> {
  const jobs = await listJobs(config).catch((error: unknown) => {
    throw flinkError(config, error);
  });
  return stageNames.map((name) => {
    const job = jobs.find((each) => each.name === name);
    return {
      name,
      state: job?.state ?? null,
      hasStarted: job?.hasStarted ?? false,
      restarts: job?.restarts ?? 0,
      failedCheckpoints: job?.failedCheckpoints ?? 0,
      checkpointAgeMs: job?.checkpointAgeMs ?? null,
    };
  });
}

/** kafkajs has errors of its own, about a topic that is not there for instance. */
const kafkaProblem = (failure: unknown) =>
  failure instanceof OperatorError
    ? failure.message
    : 'Kafka does not say how far the stages are: `orderflow topics apply` makes the topics that are missing';

/** Never rejects because a part does not answer: `problems` says so, a sentence for each. */
export async function answerFlow({ config, pool }: Parts, sampler: Sampler, now = Date.now()): Promise<FlowAnswer> {
  const since = Math.ceil((now - keptMs) / minuteMs) * minuteMs;
  const problems = new Set<string>();
  const orNull = (error: unknown) => {
    problems.add(problemOf(error));
    return null;
  };
  const failure = sampler.failure();
  if (failure !== undefined) problems.add(kafkaProblem(failure));
  const [jobs, rejects, deadLetters, parked] = await Promise.all([
    readJobs(config).catch(orNull),
    readRejects(config, since, now).catch(orNull),
    readDeadLetters(config, since).catch(orNull),
    countParked(pool).catch((error: unknown) => orNull(metastoreError(databaseOf(config, 'page'), error))),
  ]);
  return {
    since,
    stages: failure === undefined ? stageFlows(sampler.samples()) : null,
    rejects,
    deadLetters,
    jobs,
    parked,
    problems: [...problems],
    answeredAt: now,
  };
}
