/** The batch functions of a backfill: reading a range of records, asking again about what nobody had claimed, and writing sums. */
import type { BatchFunction } from '../../beam/operators/batch-functions.js';
import { readParquetRecords } from '../../kafka/parquet-records.js';
import { readStretch } from '../../kafka/stretches.js';
import type { KafkaAccess } from '../../kafka/security.js';
import type { Metastore } from '../../metastore/metastore.js';
import { topicNameOf } from '../../model/incarnation.js';
import type { OffsetRange } from '../../model/offset-range.js';
import type { KafkaRecord } from '../../model/record.js';
import type { AggregationInput } from '../../transforms/aggregator.js';
import {
  createBackfillStep,
  createEarliestStep,
  createRangeSums,
  windowStart,
  type Unclaimed,
} from '../../transforms/backfill.js';
import { type PaneRow, writePanes, writeTally } from './folder.js';

/** The names of the functions. */
export const readFunction = 'backfill-read';
export const askFunction = 'backfill-ask';
export const writeFunction = 'backfill-write';

/** What a backfill tells its workers: JSON. Addresses and secrets of the metastore are the worker's own. */
export interface BackfillOptions {
  /** See folder.ts. */
  readonly folder: string;
  /** Bootstrap servers. */
  readonly kafka: string;
  /** With its incarnation, as claims have it. */
  readonly topic: string;
  readonly windowSeconds: number;
  /** Windows that begin from `from` on, and before `to`; ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly allowedLatenessMs: number;
  /** Records in a call of the metastore, at most. */
  readonly batchSize: number;
  /** See BackfillDependencies. */
  readonly setAside: readonly string[];
}

/** An output of the reading: exactly one of them. */
type Read =
  | { readonly aggregate: AggregationInput; readonly unclaimed?: undefined }
  | { readonly unclaimed: Unclaimed; readonly aggregate?: undefined };

/** Where a worker reads. */
export interface BackfillSources {
  readonly kafka: KafkaAccess;
  readonly metastore: Pick<Metastore, 'answersForAggregation' | 'knowsReleases'>;
}

/** Reads ranges: of each the sums of what counts, and what nobody has claimed. */
export function createRangeReader(
  { folder, topic, windowSeconds, from, to, allowedLatenessMs, batchSize, setAside }: BackfillOptions,
  { kafka, metastore }: BackfillSources,
): BatchFunction<OffsetRange, Read> {
  const windowMs = windowSeconds * 1000;
  const step = createBackfillStep({
    metastore,
    allowedLatenessMs,
    setAside: new Set(setAside),
    isInSpan(createdAt) {
      const start = windowStart(createdAt, windowMs);
      return start >= from && start < to;
    },
  });

  async function readRange(range: OffsetRange, count: (outcome: string, by: number) => void) {
    const sums = createRangeSums(windowMs);
    for await (const portion of portionsOf(kafka, topicNameOf(topic), range)) {
      for (const records of batchesOf(portion, batchSize)) {
        const named = records.map((record): KafkaRecord => ({ ...record, topic }));
        sums.add(await step(named, { count: () => undefined }));
      }
    }
    const tally = sums.tally();
    for (const [outcome, records] of Object.entries(tally)) if (records > 0) count(outcome, records);
    await writeTally(folder, range.index, tally);
    return [
      ...sums.sums().map((aggregate) => ({ aggregate })),
      ...sums.unclaimed().map((unclaimed) => ({ unclaimed })),
    ];
  }

  return (ranges, context) =>
    Promise.all(ranges.map((range) => readRange(range, (outcome, by) => context.count(outcome, by))));
}

/** An order's earliest record, by the order's id. */
export interface Earliest {
  readonly key: string;
  readonly value: Unclaimed;
}

/** Asks again about records that nobody had claimed when they were read. */
export function createAskingAgain({
  metastore,
}: Pick<BackfillSources, 'metastore'>): BatchFunction<Earliest, Earliest> {
  const step = createEarliestStep({ metastore });
  return async (orders) => {
    const records = await step(orders.map(({ value }) => value));
    return orders.map(({ key }, index) => [{ key, value: records[index]! }]);
  };
}

/** Writes sums into the backfill's folder. */
export const createPaneWriter =
  ({ folder }: BackfillOptions): BatchFunction<PaneRow, never> =>
  async (panes) => {
    await writePanes(folder, panes);
    return panes.map(() => []);
  };

/** The records of a range in their order, from Kafka or from a file. */
async function* portionsOf(
  kafka: KafkaAccess,
  topic: string,
  { partition, from, to, file }: OffsetRange,
): AsyncGenerator<readonly KafkaRecord[]> {
  if (file === undefined) yield* readStretch(kafka, { topic, partition, from, to });
  else
    for await (const portion of readParquetRecords(file))
      yield portion.filter(({ offset }) => offset >= from && offset < to);
}

function* batchesOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
