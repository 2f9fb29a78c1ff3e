/** Sums as files for people and their tools: JSON lines, CSV, Parquet. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { codeOf, OperatorError } from '../errors.js';
import { readPanes, type PaneRow } from '../pipelines/backfill/folder.js';
import { requireGoingOn } from './interrupted.js';

type Days = AsyncGenerator<readonly PaneRow[]>;

/** Writes the rows into the file. `currencies`: those that any row has, sorted. */
type Write = (path: string, days: Days, currencies: readonly string[]) => Promise<void>;

/** By the end of the file's name. */
const formats: Readonly<Record<string, Write>> = {
  '.jsonl': (path, days) => writeFile(path, jsonLines(days)),
  '.csv': (path, days, currencies) => writeFile(path, csv(days, currencies)),
  '.parquet': writeParquet,
};

const timeOf = (millis: number) => new Date(millis).toISOString();

/** As `topics tail --json` shows a pane's value. */
async function* jsonLines(days: Days): AsyncGenerator<string> {
  for await (const rows of days)
    yield rows
      .map(({ windowStart, windowEnd, amounts, ...row }) => ({
        toLocationId: row.toLocationId,
        windowStart: timeOf(windowStart),
        windowEnd: timeOf(windowEnd),
        orders: row.orders,
        items: row.items,
        amounts: Object.entries(amounts).map(([currency, minorUnits]) => ({ currency, minorUnits })),
      }))
      .map((row) => `${JSON.stringify(row)}\n`)
      .join('');
}

const amountColumn = (currency: string) => `amount_${currency.toLowerCase()}`;

/** Amounts in minor units; empty where a window has none in that currency. */
async function* csv(days: Days, currencies: readonly string[]): AsyncGenerator<string> {
  const sums = ['to_location_id', 'window_start', 'window_end', 'orders', 'items'];
  yield stringify([[...sums, ...currencies.map(amountColumn)]]);
  for await (const rows of days)
    yield stringify(
      rows.map(({ toLocationId, windowStart, windowEnd, orders, items, amounts }) => [
        ...[toLocationId, timeOf(windowStart), timeOf(windowEnd), orders, items],
        ...currencies.map((currency) => amounts[currency] ?? ''),
      ]),
    );
}

async function writeParquet(path: string, days: Days, currencies: readonly string[]): Promise<void> {
  async function* rowsOf() {
    for await (const rows of days)
      for (const { toLocationId, windowStart, windowEnd, orders, items, amounts } of rows)
        yield {
          to_location_id: toLocationId,
          window_start: new Date(windowStart),
          window_end: new Date(windowEnd),
          orders: BigInt(orders),
          items: BigInt(items),
          ...Object.fromEntries(
            currencies.map((currency) => [amountColumn(currency), bigIntOf(amounts[currency])] as const),
          ),
        };
  }
  await parquetWriteRows({
    writer: fileWriter(path),
    rows: rowsOf(),
    createdBy: 'orderflow',
    columns: [
      { name: 'to_location_id', type: 'STRING', nullable: false },
      { name: 'window_start', type: 'TIMESTAMP', nullable: false },
      { name: 'window_end', type: 'TIMESTAMP', nullable: false },
      { name: 'orders', type: 'INT64', nullable: false },
      { name: 'items', type: 'INT64', nullable: false },
      ...currencies.map((currency) => ({ name: amountColumn(currency), type: 'INT64' as const })),
    ],
  });
}

const bigIntOf = (amount: number | undefined) => (amount === undefined ? null : BigInt(amount));

/** Fails with BAD_ARGUMENTS where a file's name says no format that there is. */
export function requireFormat(path: string): void {
  if (extname(path).toLowerCase() in formats) return;
  const names = Object.keys(formats).join(', ');
  throw new OperatorError('BAD_ARGUMENTS', `--output: expected a file that ends in ${names}, not "${path}"`, {
    exitCode: 2,
  });
}

/** Where a file is written before it is there. */
export const partOf = (path: string) => `${path}.part`;

/**
 * Writes the sums of a backfill's folder, sorted by window and to-location, in the format that the file's name says; answers with the number of rows.
 * The file is there whole, or not at all. Fails with BAD_OUTPUT_FILE and INTERRUPTED.
 */
export async function writeSums(
  path: string,
  folder: string,
  { onRows, signal }: { readonly onRows: (rows: readonly PaneRow[]) => void; readonly signal: AbortSignal },
): Promise<number> {
  async function* days(): Days {
    for await (const rows of readPanes(folder)) {
      requireGoingOn(signal);
      yield rows;
    }
  }

  const currencies = new Set<string>();
  let written = 0;
  for await (const rows of days()) {
    onRows(rows);
    written += rows.length;
    for (const { amounts } of rows) for (const currency of Object.keys(amounts)) currencies.add(currency);
  }
  const part = partOf(path);
  try {
    await formats[extname(path).toLowerCase()]!(part, days(), [...currencies].sort());
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof OperatorError) throw error;
    const why = codeOf(error) ?? (error as Error).message;
    const message = `--output ${path} cannot be written (${why}): give a file that can`;
    throw new OperatorError('BAD_OUTPUT_FILE', message, { cause: error });
  }
  return written;
}
