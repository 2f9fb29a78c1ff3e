/** A backfill from its beginning to its end: sums, compares, writes. See docs/glossary.md. */
import type { Config } from '../config.js';
import { withPool } from '../metastore/connection.js';
import { recordBackfill } from '../metastore/backfills.js';
import { databaseOf } from '../metastore/database.js';
import { removeWorkFolder, workFolder } from '../model/work-folder.js';
import type { Tally } from '../transforms/backfill.js';
import { compareWith, differences, type Compared, type Difference } from './compare.js';
import { writeSums } from './files.js';
import { requireGoingOn } from './interrupted.js';
import { closedAt, withPublisher, type Publish } from './publish.js';
import { sumAgain, type SumRequest } from './sum.js';

/** Where the sums go: into panes of a topic, into a file, or nowhere. */
export type Target = { readonly topic: string; readonly isDryRun: boolean } | { readonly file: string };

export interface BackfillReport {
  readonly name: string;
  readonly records: Tally;
  /** Whether all records of that time were there to be read. */
  readonly isWhole: boolean;
  readonly ranges: number;
  readonly orders: number;
  /** Windows of to-locations by what the topic had of them; all of them `missing` where they went into a file. */
  readonly windows: Readonly<Record<Difference, number>>;
  /** Panes, or rows of the file. */
  readonly written: number;
  /** Windows that may get more orders, and when the last of them gets no more (ms). */
  readonly open: { readonly windows: number; readonly until: number | null };
  /** The first of the windows that were not equal. */
  readonly examples: readonly Compared[];
}

const mostExamples = 20;

/** Keeps the books of what is compared. */
function createBooks(config: Config, readAt: number) {
  const windows = Object.fromEntries(differences.map((each) => [each, 0])) as Record<Difference, number>;
  const examples: Compared[] = [];
  const open = { windows: 0, until: null as number | null };
  return {
    add(compared: readonly Compared[]): void {
      for (const one of compared) {
        windows[one.difference] += 1;
        if (one.difference !== 'equal' && examples.length < mostExamples) examples.push(one);
        const until = closedAt(one.row.windowEnd, config);
        if (until <= readAt) continue;
        open.windows += 1;
        open.until = Math.max(open.until ?? 0, until);
      }
    },
    report: () => ({ windows, examples, open }),
  };
}

/**
 * Sums orders of the past again, and puts the sums where they are to go. Changes nothing but that. May be called again: then there is nothing to
 * write. Fails as sumAgain, compareWith and the writing do, and with INTERRUPTED; nothing is written unless all is summed. `onSummed` is told before anything is.
 */
export async function runBackfill(
  config: Config,
  request: SumRequest,
  target: Target,
  onSummed: () => void = () => undefined,
): Promise<BackfillReport> {
  const { signal } = request;
  const readAt = Date.now();
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    const summed = await withPool(databaseOf(config, 'page'), (reader) => sumAgain(config, reader, request));
    const { tally: records, isWhole, ranges, orders, folder } = summed;
    const books = createBooks(config, readAt);
    onSummed();
    requireGoingOn(signal);

    async function compare(write: Publish, topic: string): Promise<number> {
      let written = 0;
      for await (const compared of compareWith(config, topic, folder, request)) {
        books.add(compared);
        written += await write(compared);
      }
      return written;
    }

    async function writeNothing(): Promise<number> {
      requireGoingOn(signal);
      return 0;
    }

    async function writeTo(): Promise<number> {
      if ('file' in target)
        return writeSums(target.file, folder, {
          onRows: (rows) => books.add(rows.map((row) => ({ difference: 'missing', row }))),
          signal,
        });
      if (target.isDryRun) return compare(writeNothing, target.topic);
      const client = await pool.connect();
      const number = await recordBackfill(client, request.windows).finally(() => client.release());
      const publication = { topic: target.topic, number, at: readAt, isWhole, signal };
      return withPublisher(config, publication, (publish) => compare(publish, target.topic));
    }

    const written = await writeTo();
    return { name: request.name, records, isWhole, ranges, orders, written, ...books.report() };
  }).finally(() => removeWorkFolder(workFolder(config.backfills, request.name)));
}
