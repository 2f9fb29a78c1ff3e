/** The status history's partitions, a day of orders each: made ahead of time, while orders flow. */
import type pg from 'pg';
import { firstKey } from './line-keys.js';
import { aloneInPool, briefly, inShortTransaction, untilUnlocked } from './schema-lock.js';
import { dayOf } from './status-history.js';

export const dayMs = 86_400_000;
export const partitionOf = (date: string) => `status_lines_${date.replaceAll('-', '')}`;

/** The days that have a partition, oldest first, as YYYY-MM-DD. */
export async function listPartitions(client: pg.Pool | pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ day: string }>(
    `SELECT to_char(to_date(right(inhrelid::regclass::text, 8), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
     FROM pg_inherits
     WHERE inhparent = 'status_lines'::regclass AND inhrelid::regclass::text ~ '^status_lines_\\d{8}$'
     ORDER BY day`,
  );
  return rows.map((row) => row.day);
}

/** The first key of a day's lines, and that of the next day. */
export const boundsOf = (date: string) => [firstKey(Date.parse(date)), firstKey(Date.parse(date) + dayMs)] as const;

// Names and bounds take no parameters; both are made of the digits of a date of ours.

/** Makes a table for a day's lines, beside the history: with its indexes, and with a constraint that spares attachDay a look at the lines. */
export async function createDay(client: pg.ClientBase, name: string, date: string): Promise<void> {
  const [first, next] = boundsOf(date);
  const isOfDay = `line IS NOT NULL AND line >= '${first}' AND line < '${next}'`;
  await client.query(
    `CREATE TABLE ${name} (LIKE status_lines INCLUDING ALL, CONSTRAINT of_its_day CHECK (${isOfDay}))`,
  );
}

/**
 * Makes the table the day's partition. Takes the default partition from everybody, whose lines PostgreSQL looks at unless
 * `keepFromDefault` was called: to be called in a short transaction.
 */
export async function attachDay(client: pg.ClientBase, name: string, date: string): Promise<void> {
  const [first, next] = boundsOf(date);
  await client.query(
    `ALTER TABLE status_lines ATTACH PARTITION ${name} FOR VALUES FROM ('${first}') TO ('${next}');
     ALTER TABLE ${name} DROP CONSTRAINT of_its_day`,
  );
}

/**
 * Runs the work while the default partition says of itself that it has no lines of the days, which PostgreSQL then believes. It had to be
 * looked at for that, but nobody waits meanwhile. A line of these days that comes to the default partition now is refused: they must be days
 * of which none can come.
 */
export async function keepFromDefault<T>(
  client: pg.ClientBase,
  days: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const others = days.map((date) => `(line < '${boundsOf(date)[0]}' OR line >= '${boundsOf(date)[1]}')`).join(' AND ');
  await allowAllInDefault(client);
  await inShortTransaction(client, () =>
    client.query(`ALTER TABLE status_lines_default ADD CONSTRAINT without_days CHECK (${others}) NOT VALID`),
  );
  try {
    await untilUnlocked(client, () =>
      client.query(briefly('ALTER TABLE status_lines_default VALIDATE CONSTRAINT without_days')),
    );
    return await work();
  } finally {
    await allowAllInDefault(client);
  }
}

/** Ends what `keepFromDefault` began, also where that was killed. */
async function allowAllInDefault(client: pg.ClientBase): Promise<void> {
  const { rowCount } = await client.query(
    "SELECT FROM pg_constraint WHERE conrelid = 'status_lines_default'::regclass AND conname = 'without_days'",
  );
  if (!rowCount) return;
  await inShortTransaction(client, () => client.query('ALTER TABLE status_lines_default DROP CONSTRAINT without_days'));
}

export interface PartitionRange {
  readonly daysBack: number;
  readonly daysAhead: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Days that are so far ahead have no lines yet: an order is created a day after its record at most (model/limits.ts). The others are a
 * week in which a process that was killed here is run again.
 */
const freeDaysAhead = 8;

/**
 * Makes the partitions from `daysBack` before today (UTC) to `daysAhead` after, those that are missing and can be made; the days that it
 * made. Safe to call again, by several at once, and while orders flow: nobody waits for longer than a moment. To be called at least every
 * `daysAhead - freeDaysAhead` days, then no day is missing when its orders come.
 *
 * Where the default partition has lines already, a day that is at hand gets no partition: its lines stand in the default one, and are
 * forgotten there.
 */
export async function ensurePartitions(pool: pg.Pool, range: PartitionRange): Promise<string[]> {
  return aloneInPool(pool, async (client) => {
    const missing = await missingDays(client, range);
    if (missing.length === 0) return [];
    await allowAllInDefault(client);
    const { rowCount: hasLines } = await client.query('SELECT FROM status_lines_default LIMIT 1');
    if (!hasLines) return attachAll(client, missing);
    const { rows } = await client.query<{ day: string }>(
      `SELECT day FROM unnest($1::text[], $2::uuid[], $3::uuid[]) AS d(day, first, next)
       WHERE day::date >= $4::date AND NOT EXISTS (SELECT FROM status_lines_default WHERE line >= first AND line < next)
       ORDER BY day`,
      [
        missing,
        missing.map((date) => boundsOf(date)[0]),
        missing.map((date) => boundsOf(date)[1]),
        dayOf(range.now + freeDaysAhead * dayMs),
      ],
    );
    const days = rows.map(({ day }) => day);
    return days.length > 0 ? keepFromDefault(client, days, () => attachAll(client, days)) : [];
  });
}

async function missingDays(client: pg.ClientBase, { daysBack, daysAhead, now }: PartitionRange): Promise<string[]> {
  const wanted = Array.from({ length: daysBack + daysAhead + 1 }, (_, index) =>
    dayOf(now + (index - daysBack) * dayMs),
  );
  const present = new Set(await listPartitions(client));
  return wanted.filter((date) => !present.has(date));
}

/** Each in a transaction of its own, so that one that was killed leaves nothing half made. */
async function attachAll(client: pg.ClientBase, days: readonly string[]): Promise<string[]> {
  for (const date of days)
    await inShortTransaction(client, async () => {
      await createDay(client, partitionOf(date), date);
      await attachDay(client, partitionOf(date), date);
    });
  return [...days];
}
