/** One turn of a contestant, on a stack of its own that begins empty. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, loadConfig } from '../../config.js';
import { applyTopics } from '../../kafka/topics.js';
import { down } from '../../local/down.js';
import { logTail } from '../../local/log-file.js';
import { runningProcess } from '../../local/pid-file.js';
import { readProcess } from '../../local/processes.js';
import type { ServiceName } from '../../local/service.js';
import { up } from '../../local/up.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { prepareSchema } from '../../metastore/prepare.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import type { Contestant, Running } from './contestant.js';
import { type Load, measure, type Measured } from './measure.js';
import { byPart, type Part, partOf } from './usage.js';

/** What every contestant has. */
const common = ['kafka', 'postgres', 'partner'] as const;

export interface Turn {
  measure(load: Load): Promise<Measured>;
}

/** Where a turn is played. */
export interface Ground {
  /** A folder for this alone: it is emptied before, and deleted afterwards. */
  readonly home: string;
  /** What orders are made of. */
  readonly data: ReferenceData;
  /** What the tables hold; the same where it is not said. */
  readonly tables?: ReferenceData;
  /** Its jars and ports are used. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

/** A contestant that did not start, ended in the middle, or did not end; with the end of its log. */
export class ContestantError extends Error {}

/**
 * Starts Kafka, PostgreSQL, the partner and the contestant, lets `play` measure, and stops and deletes everything. Rejects with ContestantError
 * where the contestant is to blame, otherwise as its parts do.
 */
export async function playTurn<T>(
  contestant: Contestant,
  { home, data, tables, environment = process.env, signal }: Ground,
  play: (turn: Turn) => Promise<T>,
): Promise<T> {
  return onEmptyStack({ home, data, tables, environment, services: contestant.services }, async (config) => {
    const folder = join(home, 'contestant');
    await mkdir(folder);
    const running = await blamed(contestant, () => contestant.start({ config, folder }));
    const services = [...common, ...contestant.services];
    const leadersOf = (part: Part) =>
      services.filter((name) => partOf(name) === part).flatMap((name) => runningProcess(config, name)?.pid ?? []);
    const leaders = { ...byPart(leadersOf), 'its own': [...leadersOf('its own'), ...running.pids] };
    const checkAlive = () => {
      services.forEach((name) => checkService(config, name, contestant));
      checkPrograms(contestant, running);
    };
    const stop = () => blamed(contestant, () => running.stop());
    const turn: Turn = { measure: (load) => measure({ config, data, leaders, checkAlive, signal }, load) };
    const played = await play(turn).catch(async (error: unknown) => {
      // One of its own that has ended is told by this, with its log.
      const atStop = await stop().catch((error: unknown) => error);
      throw error instanceof ContestantError && atStop instanceof ContestantError ? atStop : error;
    });
    await stop();
    return played;
  });
}

/** Kafka, PostgreSQL and the partner with tables, reference data and topics, and nothing in them; with other services, where they are named. */
export async function onEmptyStack<T>(
  {
    home,
    data,
    tables = data,
    environment = process.env,
    services = [],
  }: Omit<Ground, 'signal'> & { services?: readonly ServiceName[] },
  work: (config: Config) => Promise<T>,
): Promise<T> {
  const { jars } = loadConfig(environment);
  const config = loadConfig({ ...environment, ORDERFLOW_HOME: home, ORDERFLOW_JARS: jars });
  const clear = async () => {
    await down(config, { progress: 'silent' });
    await rm(home, { recursive: true, force: true });
  };
  // One that was killed may have left its services.
  await clear();
  try {
    await up(config, { only: [...common, ...services], progress: 'silent' });
    await prepareSchema(config, Date.now());
    await withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, tables));
    await applyTopics(config);
    return await work(config);
  } finally {
    await clear();
  }
}

async function blamed<T>({ name }: Contestant, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ContestantError(`${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function checkService(config: Config, name: ServiceName, contestant: Contestant): void {
  if (runningProcess(config, name)) return;
  const sentence = `${name} ended while it was to run:\n${logTail(config, name, 2_000)}`;
  throw contestant.services.includes(name)
    ? new ContestantError(`${contestant.name}: ${sentence}`)
    : new Error(sentence);
}

function checkPrograms({ name }: Contestant, { pids }: Running): void {
  if (pids.some((pid) => !readProcess(pid))) throw new ContestantError(`${name}: one of its processes has ended`);
}
