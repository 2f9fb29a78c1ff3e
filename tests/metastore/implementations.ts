/** Both forms of the metastore, fresh for each test, with the reference data of ./orders.ts. */
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createPool, withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { eraseCustomer } from '../../metastore/customer-keys.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { isOf, numberOf, type Recorder, recorders, tailOf } from '../../metastore/line-keys.js';
import type { Metastore, StatusChange } from '../../metastore/metastore.js';
import { migrate } from '../../metastore/migrate.js';
import { listPartitions, partitionOf } from '../../metastore/partitions.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import { stageNames } from '../../model/stages.js';
import { startPostgres, type TestPostgres } from '../postgres.js';
import { startRoleDatabase } from '../role-database.js';
import { reference } from './orders.js';

/** A line of a history as a test compares it. */
export interface HistoryLine {
  readonly orderId: string;
  readonly messageId: string;
  readonly status: string;
}

export interface Implementation {
  /** One that knows the reference data and nothing else. */
  reset(): Promise<Metastore>;
  /** The lines that were let in, sorted by order id, message id and status. */
  history(): Promise<HistoryLine[]>;
  /** Deletes a customer's key; the ids of those that were deleted. */
  erase(customer: Uint8Array): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const textOf = (entry: HistoryLine) => [entry.orderId, entry.messageId, entry.status].join(' ');
const sorted = (lines: readonly HistoryLine[]) =>
  lines
    .map(({ orderId, messageId, status }) => ({ orderId, messageId, status }))
    .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));

export function inMemory(): Implementation {
  let metastore = createInMemoryMetastore(reference);
  return {
    reset: async () => (metastore = createInMemoryMetastore(reference)),
    history: async () => sorted(metastore.history),
    erase: async (customer) => metastore.eraseCustomer(customer),
    stop: async () => undefined,
  };
}

/** Empties what the pipelines write. */
async function emptyTables(pool: pg.Pool): Promise<void> {
  // The history refuses to be emptied, so its partitions are dropped.
  for (const date of await listPartitions(pool)) await pool.query(`DROP TABLE ${partitionOf(date)}`);
  await pool.query(`
    DROP TABLE status_lines_default;
    CREATE TABLE status_lines_default PARTITION OF status_lines DEFAULT;
    TRUNCATE places, message_claims, order_claims, delivery_claims, aggregation_claims, parked_deliveries, releases, customer_keys, customer_index_key`);
}

async function historyIn(pool: pg.Pool): Promise<HistoryLine[]> {
  const { rows } = await pool.query<HistoryLine>(
    'SELECT order_id AS "orderId", message_id AS "messageId", status FROM status_history',
  );
  return sorted(rows);
}

/** A database with the schema, and a way to empty what the pipelines write. */
export async function startDatabase(): Promise<{ postgres: TestPostgres; pool: pg.Pool; empty(): Promise<void> }> {
  const postgres = await startPostgres();
  await migrate(postgres.database);
  const pool = createPool(postgres.database, { connections: 4 });
  await loadReferenceData(pool, reference);
  const empty = () => emptyTables(pool);
  return { postgres, pool, empty };
}

/** Hooks of a file of tests: one database for all of them, empty before each, and a metastore on it, which are handed in once they are there. */
export function useDatabase(onStarted: (database: { url: string; pool: pg.Pool; metastore: Metastore }) => void): void {
  let stop: () => Promise<void>;
  let empty: () => Promise<void>;
  beforeAll(async () => {
    const database = await startDatabase();
    const { postgres, pool } = database;
    const metastore = createPostgresMetastore(postgres.database, { connections: 1 });
    empty = database.empty;
    stop = async () => {
      await metastore.close();
      await pool.end();
      await postgres.stop();
    };
    onStarted({ url: postgres.url, pool, metastore });
  });
  beforeEach(() => empty());
  afterAll(() => stop());
}

export async function inPostgres(): Promise<Implementation & { pool: pg.Pool }> {
  const { postgres, pool, empty } = await startDatabase();
  const metastore = createPostgresMetastore(postgres.database, { connections: 2 });
  return {
    pool,
    reset: async () => {
      await empty();
      return metastore;
    },
    history: () => historyIn(pool),
    erase: async (customer) => (await eraseCustomer(pool, { customerId: '', customer })).keyIds,
    stop: async () => {
      await metastore.close();
      await pool.end();
      await postgres.stop();
    },
  };
}

/** In PostgreSQL, where each call is made in the role of the stage that makes it. */
export async function inRoles(): Promise<Implementation> {
  const { config, stop } = await startRoleDatabase();
  const pool = createPool(databaseOf(config, 'owner'), { connections: 2 });
  await withPool(databaseOf(config, 'operator'), (operator) => loadReferenceData(operator, reference));
  const metastores = new Map(
    ([...recorders, 'owner'] as const).map((name) => [
      name,
      createPostgresMetastore(databaseOf(config, name), { connections: 2 }),
    ]),
  );
  const as = (name: Recorder | 'owner') => metastores.get(name)!;
  /** A batch of several recorders is the tests' alone. */
  const recorderOf = (changes: readonly StatusChange[]) => {
    const [first, ...others] = new Set(changes.map(({ recordedBy }) => recordedBy));
    return others.length > 0 ? 'owner' : (first ?? 'validator');
  };
  const processor = as('external-processor');
  const metastore: Metastore = {
    ...processor,
    recordGaps: async (gaps) => {
      for (const stage of stageNames) await as(stage).recordGaps(gaps.filter((gap) => gap.stage === stage));
    },
    knowsReleases: (releases) => as('router').knowsReleases(releases),
    lookupForValidation: (queries) => as('validator').lookupForValidation(queries),
    lookupForEnrichment: (queries) => as('enricher').lookupForEnrichment(queries),
    lookupRoutes: (queries) => as('router').lookupRoutes(queries),
    customerKeys: (keyIds) => as('enricher').customerKeys(keyIds),
    keysOfCustomers: (customers) => as('generator').keysOfCustomers(customers),
    addCustomerKeys: (keys) => as('validator').addCustomerKeys(keys),
    indexKey: (proposed) => as('generator').indexKey(proposed),
    claimForAggregation: (claims) => as('aggregator').claimForAggregation(claims),
    answersForAggregation: (claims) => as('aggregator').answersForAggregation(claims),
    recordStatuses: (changes) => as(recorderOf(changes)).recordStatuses(changes),
    close: async () => {
      await Promise.all([...metastores.values()].map((each) => each.close()));
    },
  };
  return {
    reset: async () => {
      await emptyTables(pool);
      return metastore;
    },
    history: () => historyIn(pool),
    erase: (customer) =>
      withPool(databaseOf(config, 'operator'), async (operator) => {
        return (await eraseCustomer(operator, { customerId: '', customer })).keyIds;
      }),
    stop: async () => {
      await metastore.close();
      await pool.end();
      await stop();
    },
  };
}

/** Adds a line that was recorded at a time of the test's choice (ms), whatever the transitions say: to a publication that has lines already without ids. */
export async function addLine(
  pool: pg.Pool,
  { orderId, messageId, status, createdAt, recordedBy, attempt = 1 }: StatusChange,
  recordedAt: number,
): Promise<void> {
  await pool.query(
    `INSERT INTO status_lines (recorded_at, line, status, order_id, message_id)
     SELECT to_timestamp($6::float8 / 1000), line_key(publication, $5), $4, CASE WHEN has_ids THEN NULL ELSE $2 END, CASE WHEN has_ids THEN NULL ELSE id_bytes($3) END
     FROM publication_key($1, $2, $3, '') publication
     CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM status_lines l WHERE ${isOf('l.line', 'publication')}) AS has_ids) its`,
    [createdAt, orderId, messageId, numberOf(status), tailOf(attempt, recordedBy, status), recordedAt],
  );
}
