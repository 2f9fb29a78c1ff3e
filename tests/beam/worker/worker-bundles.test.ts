import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import '../../../beam/sdk.js';
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import { MultiplexingDataChannel as StockDataChannel } from 'apache-beam/worker/data';
import { MetricsContainer } from 'apache-beam/worker/metrics';
import { registerBatchFunction } from '../../../beam/operators/batch-functions.js';
import { OrderedDataChannel } from '../../../beam/fn-api/data-channel.js';
import { countersOf, encodeChunk } from '../descriptors.js';
import { disarm, startStockWorker } from '../stock-worker.js';
import { copied, text, threeRecords, underTest } from '../worker-under-test.js';

let allHasCome: Promise<void> = Promise.resolve();
registerBatchFunction('copy when all has come', () => async (batch) => {
  await allHasCome;
  await delay(2);
  return batch.map((value) => [value]);
});
registerBatchFunction('cannot start', () => {
  throw new Error('no address of the metastore is given');
});

const ours = underTest();

/** 20,000 records of 1.5 kB, numbered, in chunks of about 1 MB as Flink sends them. */
const recordCount = 20_000;
const numbers = Array.from({ length: recordCount }, (_, number) => number);
function numberedChunks(): Uint8Array[] {
  const chunkSize = 700;
  const records = numbers.map((number) => {
    const record = Buffer.alloc(1_500);
    record.writeUInt32BE(number);
    return new Uint8Array(record);
  });
  const starts = numbers.filter((number) => number % chunkSize === 0);
  return starts.map((first) => encodeChunk(records.slice(first, first + chunkSize)));
}
const numberOf = (record: Uint8Array) => Buffer.from(record).readUInt32BE();

describe('bundles', () => {
  test('a bundle of many chunks comes back complete and in order', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy when all has come');
    const { error, outputs } = await ours.runner.runBundle('b1', 'copy when all has come', numberedChunks());
    expect(error).toBe('');
    expect(outputs.map(numberOf)).toEqual(numbers);
  });

  test('bundles that run side by side do not mix', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy', 2);
    const names = Array.from({ length: 8 }, (_, index) => `b${index}`);
    const recordsOf = (name: string) => Array.from({ length: 9 }, (_, index) => text(`${name} ${index}`));
    const outcomes = await Promise.all(
      names.map((name) =>
        ours.runner.runBundle(
          name,
          'copy',
          recordsOf(name).map((record) => encodeChunk([record])),
        ),
      ),
    );
    expect(outcomes.map(({ outputs }) => outputs)).toEqual(names.map(recordsOf));
  });

  test('counts each bundle for itself', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy');
    for (const bundle of ['b1', 'b2', 'b3']) {
      const { response } = await ours.runner.runBundle(bundle, 'copy', threeRecords);
      expect(countersOf(response)).toEqual({ read: 3, written: 3, copy_copied: 3 });
    }
  });

  test('counts the parts of a function, each under its own name, though they count the same thing', async () => {
    registerBatchFunction('in parts', () => async (batch: readonly never[], context) => {
      context.count('in', batch.length);
      context.count('in', 1, 'a part');
      context.count('in', 2, 'another');
      return batch.map((element) => [element]);
    });
    await ours.start();
    ours.runner.addDescriptor('in parts');
    for (const bundle of ['b1', 'b2']) {
      const { response } = await ours.runner.runBundle(bundle, 'in parts', threeRecords);
      expect(countersOf(response)).toMatchObject({ 'in parts_in': 3, 'a part_in': 1, another_in: 2 });
    }
  });

  test('a function that fails fails its bundle with its message, while others go on', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy', 1);
    ours.runner.addDescriptor('refuse');
    const outcomes = await Promise.all([
      ours.runner.runBundle('b1', 'copy', threeRecords),
      ours.runner.runBundle('b2', 'refuse', threeRecords),
      ours.runner.runBundle('b3', 'copy', threeRecords),
    ]);
    expect(outcomes.map(({ error }) => error.split('\n')[0])).toEqual([
      '',
      'stage refuse, 3 elements: the metastore is away',
      '',
    ]);
    expect(ours.errors).toMatchObject([{ instruction: 'processBundle' }]);
    expect(await ours.runner.runBundle('b4', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('a descriptor that the runner does not have fails the bundle, and is asked for again', async () => {
    await ours.start();
    const first = await ours.runner.runBundle('b1', 'copy', threeRecords);
    expect(first.error).toContain('no such descriptor');
    ours.runner.addDescriptor('copy');
    expect(await ours.runner.runBundle('b2', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('keeps nothing of bundles that ended, well or not, and goes on after thousands of them', async () => {
    const register = vi.spyOn(OrderedDataChannel.prototype, 'registerConsumer');
    const worker = await ours.start();
    for (const name of ['copy', 'refuse', 'cannot start']) ours.runner.addDescriptor(name);
    const chunk = encodeChunk([new Uint8Array(64 * 1024)]);
    const large = [chunk];
    for (let bundle = 0; bundle < 500; bundle++) {
      const outcomes = await Promise.all([
        ours.runner.runBundle(`good ${bundle}`, 'copy', threeRecords),
        ours.runner.runBundle(`bad ${bundle}`, 'refuse', large),
        ours.runner.runBundle(`worse ${bundle}`, 'cannot start', large),
        ours.runner.runBundle(`unknown ${bundle}`, 'never described', large),
      ]);
      expect(outcomes.map(({ error }) => error.split('\n')[0])).toEqual([
        '',
        'stage refuse, an element: the metastore is away',
        'the bundle cannot be set up: no address of the metastore is given',
        'the bundle cannot be set up: 5 NOT_FOUND: no such descriptor',
      ]);
      // Too late.
      void ours.runner.sendData(`good ${bundle}`, chunk, true);
    }
    expect(await ours.runner.runBundle('last', 'copy', threeRecords)).toMatchObject(copied);
    const channels = new Set(register.mock.contexts as OrderedDataChannel[]);
    expect([...channels].map((channel) => channel.kept)).toEqual([{ queues: 0, bytes: 0, unsentBytes: 0 }]);
    // One processor of the function that works, and the descriptors that the runner has.
    expect(worker.kept).toEqual({ active: 0, idle: 1, descriptors: 3, instructions: 0 });
  }, 120_000);
});

describe("the SDK's own worker (when these fail, ours can go)", () => {
  async function startStock(functionName: string) {
    ours.runner.addDescriptor(functionName);
    return startStockWorker(ours.runner);
  }

  test('loses records of a bundle of many chunks, and says nothing', async () => {
    const stock = await startStock('copy when all has come');
    disarm(stock);
    allHasCome = new Promise((resolve) => {
      vi.spyOn(StockDataChannel.prototype, 'registerConsumer').mockImplementationOnce(function (
        this: StockDataChannel,
        ...registered
      ) {
        this.dataChannel.on('data', ({ data }: Elements) => data.some(({ isLast }) => isLast) && resolve());
        return this.registerConsumer(...registered);
      });
    });
    const { error, outputs, isComplete } = await ours.runner.runBundle(
      'b1',
      'copy when all has come',
      numberedChunks(),
    );
    allHasCome = Promise.resolve();
    expect({ error, isComplete }).toEqual({ error: '', isComplete: true });
    expect(outputs.length).toBeLessThan(recordCount);
  });

  test('counts the elements of earlier bundles again', async () => {
    disarm(await startStock('copy'));
    const first = await ours.runner.runBundle('b1', 'copy', threeRecords);
    const second = await ours.runner.runBundle('b2', 'copy', threeRecords);
    expect(countersOf(first.response)).toMatchObject({ read: 3 });
    expect(countersOf(second.response)).toMatchObject({ read: 6 });
  });

  test('leaves the namespace of its counters empty', () => {
    const spec = { metricType: 'beam:metric:user:sum_int64:v1', name: 'copied' };
    const { labels } = new MetricsContainer().getMetric('t', undefined, spec).toEmptyMonitoringInfo();
    expect(labels).toEqual({ NAMESPACE: '', NAME: 'copied', TRANSFORM: 't' });
  });

  test('keeps an entry for every bundle', async () => {
    const stock = await startStock('copy');
    disarm(stock);
    for (const bundle of ['b1', 'b2', 'b3']) await ours.runner.runBundle(bundle, 'copy', threeRecords);
    expect([...stock.dataChannels.values()].map(({ consumers }) => consumers.size)).toEqual([3]);
  });
});
