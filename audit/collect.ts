/** Collects denials from the logs of Kafka and PostgreSQL into the audit trail, and publishes the trail meanwhile. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { appendAuditEvent, appendAuditEvents, hasNoTrail } from '../metastore/audit-trail.js';
import {
  collecting,
  isWindowOver,
  readCounted,
  readPosition,
  writeCounted,
  writePosition,
} from '../metastore/audit-sources.js';
import { createPool, type Pool, type PoolClient } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { actorOf } from './audited.js';
import { type Denial, writable } from './denial.js';
import { kafkaDenial } from './kafka-log.js';
import { readLog } from './log-files.js';
import { postgresDenial } from './postgres-log.js';
import { publishEvents } from './publish.js';
import { countDenials, type Repeat } from './repeats.js';

/** THE table of logs: whose it is, where it is, and how a line is read. */
const sources = {
  kafka: kafkaDenial,
  postgres: postgresDenial,
} as const satisfies Record<string, (line: string) => Denial | null>;
export type AuditSource = keyof typeof sources;
export const auditSources = Object.keys(sources) as AuditSource[];

/** Below `home`: the process that collects has written its number there once it has begun, whether the metastore answers or not. */
export const collectorFile = join('run', 'auditor.ready');

/** How long after a round the next one begins, in ms. */
const roundMs = 1_000;

/** What a round has come to. */
export interface Collected {
  readonly denials: number;
  readonly events: number;
  /** There may be more in the logs already. */
  readonly isFull: boolean;
}

/**
 * Reads on in the logs, and appends what there is to say. Each line counts once, though it is killed, or runs twice at the same time. Rejects where
 * the metastore does not answer, or a log cannot be read; then nothing is taken for read.
 */
export async function collectOnce(config: Config, pool: Pool, now = Date.now()): Promise<Collected> {
  return collecting(pool, async (client) => {
    const denials: Denial[] = [];
    let events = 0;
    let isFull = false;
    for (const source of auditSources) {
      const found = await readSource(client, config, source);
      denials.push(...found.denials);
      isFull ||= found.isFull;
      if (found.isGap) events += await reportGap(client, config, source);
    }
    if (denials.length > 0 || (await isWindowOver(client, now))) {
      const before = await readCounted<Repeat>(client);
      const { entries, repeats } = countDenials(before, denials, now);
      await writeCounted(client, before, repeats);
      await appendAuditEvents(client, entries);
      events += entries.length;
    }
    return { denials: denials.length, events, isFull };
  });
}

async function readSource(client: PoolClient, config: Config, source: AuditSource) {
  const before = await readPosition(client, source);
  const { lines, position, isGap, isFull } = await readLog(config.denialLogs[source], before);
  if (lines.length > 0 || isGap) await writePosition(client, source, position);
  return {
    denials: lines
      .map(sources[source])
      .filter((denial) => denial !== null)
      .map(writable),
    isGap,
    isFull,
  };
}

/** The log that was read last is gone. */
async function reportGap(client: PoolClient, config: Config, source: AuditSource): Promise<number> {
  const details = { problem: 'the log that was read last is not there any more: denials in it may be missing' };
  const entry = { action: 'audit collect', subjects: [`log of ${source}`], outcome: 'failed', details } as const;
  await appendAuditEvent(client, { ...actorOf(config), ...entry });
  return 1;
}

/**
 * Collects until the signal ends it, once a second, and publishes what is not on the topic yet. What goes wrong is told to `onProblem`, once until
 * it goes well again; the logs wait meanwhile.
 */
export async function collect(
  config: Config,
  { signal, onRound, onProblem }: { signal: AbortSignal; onRound: () => void; onProblem: (error: unknown) => void },
): Promise<void> {
  const pool = createPool(databaseOf(config, config.principal), { connections: 2, queryTimeoutMs: 30_000 });
  let problem = '';
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      const result = await work();
      return result;
    } catch (error) {
      const text = hasNoTrail(error) ? '' : String(error);
      if (text !== '' && text !== problem) onProblem(error);
      problem = text;
      return undefined;
    }
  };
  try {
    while (!signal.aborted) {
      const done = await attempt(() => collectOnce(config, pool));
      const published = done && (await attempt(() => publishEvents(config, pool)));
      if (published !== undefined) problem = '';
      onRound();
      if (!done?.isFull) await sleep(roundMs, undefined, { signal }).catch(() => undefined);
    }
  } finally {
    await pool.end();
  }
}
