/** Druid's Kafka supervisors: applied from the specs, looked at, and set back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { TopicName } from '../model/topics.js';
import { askDruid, DruidError, overlord, queryDruid } from './rest.js';
import { fingerprintKey, specFor, streams, type SupervisorSpec } from './specs.js';

/** How long tasks may take to end, and supervisors to start reading, in ms. */
const limitMs = 60_000;
const pollMs = 250;

/** The answer, or undefined where Druid knows no such thing. */
export async function unlessUnknown<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof DruidError && error.status === 404) return undefined;
    throw error;
  }
}

export type Applied = 'created' | 'changed' | 'unchanged';

/**
 * Gives Druid the specs that it does not have yet. A supervisor whose spec changed goes on where the old one stopped. May be called
 * again: what is there already stays untouched. Fails as askDruid does; a spec that Druid refuses is a DruidError.
 */
export async function applySupervisors(
  config: Config,
  topics: readonly TopicName[] = streams,
): Promise<Map<TopicName, Applied>> {
  const applied = new Map<TopicName, Applied>();
  for (const topic of topics) {
    const spec = await specFor(config, topic);
    const present = await unlessUnknown(askDruid<SupervisorSpec>(config, `${overlord}/supervisor/${topic}`));
    const isSame = present?.context?.[fingerprintKey] === spec.context?.[fingerprintKey];
    if (!isSame) await askDruid(config, `${overlord}/supervisor`, { method: 'POST', body: spec });
    applied.set(topic, isSame ? 'unchanged' : present ? 'changed' : 'created');
  }
  return applied;
}

interface StatusAnswer {
  readonly payload: {
    readonly state: string;
    readonly detailedState: string;
    readonly healthy: boolean;
    readonly suspended: boolean;
    readonly activeTasks: readonly { readonly id: string; readonly currentOffsets?: Record<string, number> }[];
    readonly publishingTasks: readonly { readonly id: string; readonly currentOffsets?: Record<string, number> }[];
    readonly latestOffsets?: Record<string, number> | null;
    readonly recentErrors: readonly { readonly message: string }[];
  };
}
/** Task group → task → build segments → counts. */
type StatsAnswer = Record<
  string,
  Record<string, { totals?: { buildSegments?: { unparseable: number; thrownAway: number; processed: number } } }>
>;
interface ParseError {
  readonly input: string | null;
  readonly details: readonly string[];
  readonly timeOfExceptionMillis: number;
}

export interface SupervisorState {
  readonly topic: TopicName;
  /** In Druid's words; undefined where there is no such supervisor. */
  readonly state: string | undefined;
  readonly isHealthy: boolean;
  readonly tasks: number;
  /** Partition → the offset that is read next, a few seconds old. */
  readonly position: ReadonlyMap<number, number>;
  /** Records that the running tasks could make no row of. */
  readonly unparseable: number;
  /** What was wrong with the last of them. */
  readonly parseErrors: readonly string[];
}

/** How a stream's supervisor is. Fails as askDruid does. */
export async function supervisorState(config: Config, topic: TopicName): Promise<SupervisorState> {
  const path = `${overlord}/supervisor/${topic}`;
  const status = await unlessUnknown(askDruid<StatusAnswer>(config, `${path}/status`));
  if (!status) {
    const none = { tasks: 0, position: new Map<number, number>(), unparseable: 0, parseErrors: [] };
    return { topic, state: undefined, isHealthy: false, ...none };
  }
  const [stats, errors] = await Promise.all([
    unlessUnknown(askDruid<StatsAnswer>(config, `${path}/stats`)),
    unlessUnknown(askDruid<ParseError[]>(config, `${path}/parseErrors`)),
  ]);
  const { detailedState, healthy, activeTasks, publishingTasks } = status.payload;
  const position = new Map<number, number>();
  for (const { currentOffsets } of [...activeTasks, ...publishingTasks]) {
    for (const [partition, offset] of Object.entries(currentOffsets ?? {}))
      position.set(Number(partition), Math.max(offset, position.get(Number(partition)) ?? 0));
  }
  const totals = Object.values(stats ?? {}).flatMap((tasks) => Object.values(tasks));
  return {
    topic,
    state: detailedState,
    isHealthy: healthy,
    tasks: activeTasks.length + publishingTasks.length,
    position,
    unparseable: totals.reduce((sum, { totals: counts }) => {
      const { unparseable = 0, thrownAway = 0 } = counts?.buildSegments ?? {};
      return sum + unparseable + thrownAway;
    }, 0),
    parseErrors: (errors ?? []).flatMap(({ details }) => details.slice(0, 1)),
  };
}

/** Waits until every stream's supervisor has a task that reads. Fails with DRUID_SILENT after a minute. */
export async function waitUntilReading(config: Config, topics: readonly TopicName[] = streams): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const states = await Promise.all(topics.map((topic) => supervisorState(config, topic)));
    const idle = states.find(({ state, isHealthy, tasks }) => !(state === 'RUNNING' && isHealthy && tasks > 0));
    if (!idle) return;
    if (performance.now() > deadline) {
      const problem = `Druid's supervisor of ${idle.topic} does not read yet (${idle.state ?? 'it is not there'})`;
      throw new OperatorError('DRUID_SILENT', `${problem}: see \`orderflow logs druid-coordinator\``);
    }
    await sleep(pollMs);
  }
}

/** Fails with DRUID_SILENT where Druid does not do that until then (performance.now()), and waits a moment where there is time. */
async function waitOn(deadline: number, problem: string): Promise<void> {
  if (performance.now() > deadline)
    throw new OperatorError('DRUID_SILENT', `Druid ${problem}: see \`orderflow logs druid-indexer\``);
  await sleep(pollMs);
}

const allTime = '0001-01-01/9999-12-31';

/** Waits until the published segments of a stream are all served. Fails as askDruid does, and with DRUID_SILENT after `waitMs`. */
export async function waitUntilServed(config: Config, topic: TopicName, waitMs = 300_000): Promise<void> {
  const deadline = performance.now() + waitMs;
  // From the metadata store: coordinator and broker hear of a segment later than it is published, up to a minute.
  const path = `/druid/coordinator/v1/metadata/datasources/${topic}/segments`;
  const published = await askDruid<string[]>(config, path, { method: 'POST', body: [allTime] });
  // A datasource's first segment is there before SQL knows the datasource.
  const query = `
    SELECT segment_id AS segment FROM sys.segments
    WHERE datasource = ? AND (is_available = 1 OR is_overshadowed = 1)
      AND datasource IN (SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = 'druid')`;
  for (;;) {
    const served = await queryDruid<{ segment: string }>(config, query, { parameters: [topic] });
    const there = new Set(served.map(({ segment }) => segment));
    if (published.every((segment) => there.has(segment))) return;
    await waitOn(deadline, `does not serve all that it has published of ${topic}`);
  }
}

async function waitUntilNone(config: Config, topic: TopicName, query: string, waitMs: number, problem: string) {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const [left] = await queryDruid<{ segments: number | null }>(config, query, { parameters: [topic] });
    if (!left?.segments) return;
    await waitOn(deadline, `${problem} ${topic}`);
  }
}

/**
 * Lets the tasks of a stream publish what they have read, as they do by themselves at the end of `taskDuration`, and waits until that is
 * served as segments. Meant for a stream to which nothing is written meanwhile. Fails as askDruid does, and with DRUID_SILENT after `waitMs`.
 */
export async function publishSegments(config: Config, topic: TopicName, waitMs = 300_000): Promise<void> {
  const notServed = `
    SELECT SUM(CASE WHEN is_realtime = 0 AND is_published = 1 AND is_available = 1 THEN 0 ELSE 1 END) AS segments
    FROM sys.segments WHERE datasource = ? AND num_rows > 0`;
  // All partitions are read by one task: taskCount is 1.
  const path = `${overlord}/supervisor/${topic}/taskGroups/handoff`;
  await askDruid(config, path, { method: 'POST', body: { taskGroupIds: [0] } });
  await waitUntilNone(config, topic, notServed, waitMs, 'does not publish what it has read of');
}

/**
 * Removes what Druid has read of the streams, and lets it read their topics again from the beginning, by the present specs. What Kafka no longer
 * holds is gone then. May be called again, also when it was cut off. Fails as askDruid does, and with DRUID_SILENT.
 */
export async function resetStreams(config: Config, topics: readonly TopicName[] = streams): Promise<void> {
  for (const topic of topics) {
    const path = `${overlord}/supervisor/${topic}`;
    // Forgets the offsets first: only a supervisor that is there can.
    if (await unlessUnknown(askDruid(config, `${path}/status`))) {
      await askDruid(config, `${path}/reset`, { method: 'POST' });
      await askDruid(config, `${path}/terminate`, { method: 'POST' });
    }
    await endTasks(config, topic);
    await unlessUnknown(askDruid(config, `/druid/coordinator/v1/datasources/${topic}`, { method: 'DELETE' }));
    // For some seconds servers go on with segments that are no longer used: who asks then would find the rows.
    const served = 'SELECT COUNT(*) AS segments FROM sys.segments WHERE datasource = ? AND is_available = 1';
    await waitUntilNone(config, topic, served, limitMs, 'still serves what was removed of');
  }
  await applySupervisors(config, topics);
}

/** Ends all tasks of a datasource: they would publish what they have read. */
async function endTasks(config: Config, topic: TopicName): Promise<void> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const tasks = await Promise.all(
      ['running', 'pending', 'waiting'].map((state) =>
        askDruid<unknown[]>(config, `${overlord}/tasks?datasource=${topic}&state=${state}`),
      ),
    );
    if (tasks.flat().length === 0) return;
    if (performance.now() > deadline) {
      throw new OperatorError(
        'DRUID_SILENT',
        `Druid's tasks of ${topic} do not end: see \`orderflow logs druid-indexer\``,
      );
    }
    // What ended by itself meanwhile is unknown.
    await unlessUnknown(askDruid(config, `${overlord}/datasources/${topic}/shutdownAllTasks`, { method: 'POST' }));
    await sleep(pollMs);
  }
}
