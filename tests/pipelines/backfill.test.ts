/** A backfill's pipeline beside a stream that goes on: over files of the archive's kind, with the metastore in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { registerBatchFunction, type BatchFunction } from '../../beam/operators/batch-functions.js';
import { runDirectly } from '../../beam/pipeline/direct-runner.js';
import { writeParquetRecords } from '../../kafka/parquet-records.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { AggregationClaim } from '../../metastore/metastore.js';
import type { KafkaRecord } from '../../model/record.js';
import { makeFolder, readPanes } from '../../pipelines/backfill/folder.js';
import {
  askFunction,
  createAskingAgain,
  createPaneWriter,
  createRangeReader,
  readFunction,
  writeFunction,
  type BackfillOptions,
  type BackfillSources,
} from '../../pipelines/backfill/functions.js';
import { wireBackfill } from '../../pipelines/backfill/wire.js';
import { noReferenceData } from '../transforms/delivery-fixtures.js';
import { anOrder, clock, enrichedRecord, HOUR, NOW } from '../transforms/fixtures.js';

/** What the functions of each backfill ask, by its folder. */
const sources = new Map<string, BackfillSources>();
const register = (name: string, create: (options: BackfillOptions, of: BackfillSources) => unknown) =>
  registerBatchFunction(name, (options) => {
    const of = options as BackfillOptions;
    return create(of, sources.get(of.folder)!) as BatchFunction<never, unknown>;
  });
register(readFunction, createRangeReader);
register(askFunction, (_options, of) => createAskingAgain(of));
register(writeFunction, createPaneWriter);

const first = enrichedRecord(anOrder(), 0);
const second = enrichedRecord(anOrder(), 1);

/** Sums two records, each in a range of its own. `claimed`: what the stream claims once the first of them is read. Answers with the orders in the sums. */
async function sum([one, two]: [KafkaRecord, KafkaRecord], claimed?: KafkaRecord): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'orderflow-pipeline-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await makeFolder(folder);
  const memory = createInMemoryMetastore(noReferenceData, clock);
  let tell = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (tell = resolve));
  /** The first record is asked about first, and the stream claims behind that. */
  async function answersForAggregation(claims: readonly AggregationClaim[]) {
    const ofFirst = claims.find(({ offset }) => offset === one.offset);
    if (!ofFirst) await isAsked;
    const answers = await memory.answersForAggregation(claims);
    if (ofFirst && claimed) {
      const { partition, offset } = claimed;
      await memory.claimForAggregation([{ ...ofFirst, partition, offset }]);
    }
    if (ofFirst) tell();
    return answers;
  }
  const metastore = { answersForAggregation, knowsReleases: memory.knowsReleases };
  sources.set(folder, { kafka: {} as BackfillSources['kafka'], metastore });
  const records = [one, two];
  const ranges = records.map(({ partition, offset }, index) => {
    return { index, partition, from: offset, to: offset + 1, file: join(folder, `${index}.parquet`) };
  });
  for (const { index, file } of ranges)
    await writeParquetRecords(file, {}, [{ record: records[index]!, isWithheld: false, cells: {} }]);
  const options: BackfillOptions = {
    ...{ folder, kafka: '', topic: 'enriched_order', windowSeconds: 60, batchSize: 10, setAside: [] },
    ...{ from: NOW - 24 * HOUR, to: NOW + 24 * HOUR, allowedLatenessMs: 24 * HOUR },
  };
  await runDirectly(wireBackfill(ranges, options));
  let orders = 0;
  for await (const panes of readPanes(folder)) for (const pane of panes) orders += pane.orders;
  return orders;
}

test('an order that nobody claims is in the sums once', async () => {
  expect(await sum([first, second])).toBe(1);
});

test('an order is in the sums once where the stream claims its earliest record meanwhile', async () => {
  expect(await sum([first, second], first)).toBe(1);
});

test('an order of which the stream claims another record meanwhile fails the backfill, which would sum it twice', async () => {
  await expect(sum([first, second], second)).rejects.toThrow('another record of order');
});
