/**
 * Each refusal of the two matrices of rights comes into the audit stream: every principal by topic, group and cluster by operation, and every role by
 * table by operation, tried on a secured Kafka and PostgreSQL while the auditor runs. What is told apart is on the topic `audit` within 10 s of the
 * refusal; what came again is counted by then, and on the topic when its window has ended.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decodeAuditEvent } from '../../audit/message.js';
import { firstWindowMs, type Repeat } from '../../audit/repeats.js';
import { actingAs, type Config } from '../../config.js';
import { followTopic } from '../../kafka/topic-reader.js';
import { up } from '../../local/up.js';
import { readCounted } from '../../metastore/audit-sources.js';
import { auditEventsAfter } from '../../metastore/audit-trail.js';
import { inTransaction, withPool } from '../../metastore/connection.js';
import { databaseOf, userOf } from '../../metastore/database.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { grantees } from '../../metastore/roles.js';
import type { AuditEvent } from '../../model/audit.js';
import { matrixSettings, prepareMatrix, tried, tryKafka } from '../kafka/rights-matrix.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { relationsOf, tryTables } from '../metastore/rights-matrix.js';

/** What a refusal may take until it is on the topic. */
const promisedMs = 10_000;

/** A cell's try, of either matrix. */
interface Tried {
  /** What tells its refusal from those of other cells: who, what, which operation. Columns of a table are one. */
  readonly kind: string;
  readonly principal: string;
  /** topic, group, cluster, table or view. */
  readonly type: string;
  readonly cell: string;
  readonly isAllowed: boolean;
  readonly isAsWanted: boolean;
  readonly endedAt: number;
}

/** How often a kind of refusal stands on the topic, and when it first was there, by `performance.now()`. */
interface Found {
  readonly count: number;
  readonly at: number;
}

let config: Config;
const found = new Map<string, Found>();
const over = new AbortController();
let following: Promise<void>;
const tries: Tried[] = [];

beforeAll(async () => {
  config = await localStack(matrixSettings);
  await up(config, { only: ['kafka', 'postgres'], progress: 'silent' });
  await prepareSchema(config, Date.now());
  await prepareMatrix(config);
  await up(config, { only: ['auditor'], progress: 'silent' });
  following = followTopic(
    actingAs(config, 'operator'),
    'audit',
    ({ key, value, timestamp }) => {
      // What those write for a try who may write to it has none.
      if (key === null) return;
      const event = decodeAuditEvent(value!);
      if (event.outcome !== 'denied') return;
      const [kind, count] = countOf(event);
      found.set(kind, {
        at: timestamp - performance.timeOrigin,
        ...found.get(kind),
        count: (found.get(kind)?.count ?? 0) + count,
      });
    },
    { fromBeginning: true, signal: over.signal },
  );
}, 600_000);
afterAll(async () => {
  over.abort();
  await following;
  await removeLocalStack(config);
});

/** As a `denied` event says it, and as a try is called here. */
function kindOf(
  principal: string,
  subject: string,
  { operation, request, command }: Readonly<Record<string, unknown>>,
) {
  const tried = operation === undefined ? String(command) : `${String(operation)} by ${String(request)}`;
  return `${principal}: ${tried} of ${subject}`;
}

/** The kind of refusal that a `denied` event tells of, and how many of them. */
function countOf({ principal, subjects, details }: AuditEvent): [kind: string, count: number] {
  const { count, ...tried } = JSON.parse(details) as Record<string, unknown>;
  return [kindOf(principal, subjects[0] ?? '', tried), Number(count)];
}

async function walkKafka(): Promise<void> {
  for (const name of tried)
    for (const { type, resource, operation, request, ...outcome } of await tryKafka(config, name)) {
      const principal = `User:${name}`;
      const kind = kindOf(principal, `${type} ${resource}`, { operation, request });
      tries.push({ ...outcome, kind, cell: kind, principal, type });
    }
}

async function walkTables(): Promise<void> {
  const relations = await withPool(databaseOf(config, 'owner'), relationsOf);
  for (const grantee of grantees) {
    const database = databaseOf(config, grantee);
    const principal = userOf(database);
    const done = await withPool(database, (pool) => tryTables(pool, grantee, relations));
    for (const { relation, command, column, isAllowed, isAsWanted, endedAt } of done) {
      const kind = kindOf(principal, relation, { command });
      tries.push({ kind, cell: `${kind} ${column}`, principal, type: relation.split(' ')[0]!, isAllowed, isAsWanted, endedAt }); // prettier-ignore
    }
  }
}

const refusals = () => tries.filter(({ isAllowed }) => !isAllowed);
const add = (counts: Map<string, number>, kind: string, count: number) =>
  counts.set(kind, (counts.get(kind) ?? 0) + count);

/** How many of each kind were refused. */
function refusedCounts(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of refusals()) add(counts, kind, 1);
  return counts;
}

/** How many of each kind the metastore knows of: in events, and counted since the last event. */
const countsInTrail = (): Promise<Map<string, number>> =>
  withPool(databaseOf(config, 'auditor'), (pool) =>
    inTransaction(
      pool,
      async (client) => {
        const counts = new Map<string, number>();
        for (const event of await auditEventsAfter(client, 0, 100_000))
          if (event.outcome === 'denied') add(counts, ...countOf(event));
        for (const { denial, count } of (await readCounted<Repeat>(client)).values())
          add(counts, kindOf(denial.principal, denial.subject, denial.details), count); // prettier-ignore
        return counts;
      },
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    ),
  );

/** The kinds whose counts are not those of the refusals, with both; kinds that were not tried are not looked at. */
function differences(counts: ReadonlyMap<string, number>): [kind: string, refused: number, counted: number][] {
  return [...refusedCounts()]
    .map(([kind, refused]): [string, number, number] => [kind, refused, counts.get(kind) ?? 0])
    .filter(([, refused, counted]) => refused !== counted);
}

/** From the end of the first refusal of each kind until it was on the topic, in ms. */
function delays(of: readonly Tried[]): number[] {
  const ends = new Map<string, number>();
  for (const { kind, endedAt } of of) if (!ends.has(kind)) ends.set(kind, endedAt);
  return [...ends].map(([kind, endedAt]) => found.get(kind)!.at - endedAt);
}

/** A row for each principal and type: how many cells were tried, let and refused, how many refusals were found, and the longest delay. */
function summary(): string[] {
  const groups = new Map<string, Tried[]>();
  for (const one of tries) {
    const group = `${one.principal} ${one.type}`;
    groups.set(group, [...(groups.get(group) ?? []), one]);
  }
  return [...groups].map(([group, cells]) => {
    const refused = cells.filter(({ isAllowed }) => !isAllowed);
    const isFound = refused.filter(({ kind }) => found.has(kind));
    const slowest = Math.max(0, ...delays(isFound)) / 1000;
    return `${group}: tried ${cells.length}, let ${cells.length - refused.length}, refused ${refused.length}, found ${isFound.length}, slowest ${slowest.toFixed(2)} s`; // prettier-ignore
  });
}

test('what must work works, and all else is refused', async () => {
  await Promise.all([walkKafka(), walkTables()]);
  expect(tries.filter(({ isAsWanted }) => !isAsWanted)).toEqual([]);
  expect(new Set(tries.map(({ cell }) => cell)).size).toBe(tries.length);
  expect(refusals().length).toBeGreaterThan(4_000);
});

test('each refusal is told apart from all others in the audit stream, within 10 s of it', async () => {
  const missing = () => [...refusedCounts().keys()].filter((kind) => !found.has(kind));
  await vi.waitFor(() => expect(missing()).toEqual([]), { timeout: 6 * promisedMs, interval: 100 });
  const slowest = Math.max(...delays(refusals()));
  console.log([...summary(), `${refusals().length} refusals of ${refusedCounts().size} kinds, the slowest after ${(slowest / 1000).toFixed(2)} s`].join('\n')); // prettier-ignore
  expect(slowest).toBeLessThan(promisedMs);
});

test('refusals of further columns are counted within 10 s of them, and are in the stream when their window has ended', async () => {
  await vi.waitFor(async () => expect(differences(await countsInTrail())).toEqual([]), { timeout: promisedMs });
  const counts = () => new Map([...found].map(([kind, { count }]) => [kind, count]));
  await vi.waitFor(() => expect(differences(counts())).toEqual([]), { timeout: 2 * firstWindowMs, interval: 500 });
}, 240_000);
