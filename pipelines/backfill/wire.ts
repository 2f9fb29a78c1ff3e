/** The aggregator as a bounded pipeline: ranges of `enriched_order` in, sums by to-location and window out, each once. */
import { assignTimestamps, split, windowParam, withName, P, flatten, type PCollection, type Root } from 'apache-beam';
import { batchParDo } from '../../beam/operators/batch-par-do.js';
import { combineOnceByKey, createSpread } from '../../beam/operators/bounded.js';
import { flatMap, map } from '../../beam/operators/plain-functions.js';
import { windowIntoFixed } from '../../beam/pipeline/windowing.js';
import type { OffsetRange } from '../../model/offset-range.js';
import type { AggregationInput } from '../../transforms/aggregator.js';
import type { Unclaimed } from '../../transforms/backfill.js';
import {
  createdAtOf,
  earliest,
  inputInTime,
  keyByOrder,
  keyByToLocation,
  sumOrders,
  toPaneRow,
} from '../named-functions.js';
import { askFunction, readFunction, writeFunction, type BackfillOptions, type Earliest } from './functions.js';
import type { PaneRow } from './folder.js';

/** A range is much work, and waits for Kafka and the metastore: two at a time in a worker, one of which computes. */
const rangeByRange = { maxBatchSize: 1, maxConcurrency: 2 };

const batchByBatch = ({ batchSize }: BackfillOptions) => ({ maxBatchSize: batchSize, maxConcurrency: 2 });

/** Sums go to files of so many. */
const fileByFile = { maxBatchSize: 10_000, maxConcurrency: 1 };

/**
 * Builds the pipeline. Reading a range again brings the same, as long as nobody claims or forgets orders meanwhile. An order that the stream claims between the
 * reading of two of its records would be in the sums twice: its earliest record is asked about again, once all ranges are read.
 */
export function wireBackfill(ranges: readonly OffsetRange[], options: BackfillOptions): (root: Root) => void {
  return (root) => {
    const read = root
      .apply(createSpread('Ranges', ranges))
      .apply(batchParDo('Read', readFunction, options, rangeByRange))
      .apply(withName('Split', split<never>(['aggregate', 'unclaimed']))) as unknown as {
      readonly aggregate: PCollection<AggregationInput>;
      readonly unclaimed: PCollection<Unclaimed>;
    };
    const firsts = read.unclaimed
      .apply(map(withName('Key by order', keyByOrder)))
      .apply(combineOnceByKey('Earliest record', earliest))
      .apply(batchParDo<Earliest, Earliest>('Ask again', askFunction, options, batchByBatch(options)))
      .apply(flatMap(withName('In time', inputInTime)));
    const all = P([read.aggregate, firsts]).apply(withName('All', flatten())) as unknown as typeof read.aggregate;
    all
      .apply(withName('By created_at', assignTimestamps<AggregationInput>(createdAtOf as never)))
      .apply(windowIntoFixed<AggregationInput>({ sizeSeconds: options.windowSeconds, allowedLatenessMs: 0 }))
      .apply(map(withName('Key by to-location', keyByToLocation)))
      .apply(combineOnceByKey('Sum', sumOrders))
      .apply(map(withName('To rows', toPaneRow), { window: windowParam() }))
      .apply(batchParDo<PaneRow, never>('Write', writeFunction, options, fileByFile));
  };
}
