import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import '../../beam/sdk.js';
import type { Elements } from 'apache-beam/proto/beam_fn_api';
import { MultiplexingDataChannel as StockDataChannel } from 'apache-beam/worker/data';
import { Worker as StockWorker } from 'apache-beam/worker/worker';
import { registerBatchFunction } from '../../beam/batch-functions.js';
import { withBatchOperators } from '../../beam/batch-par-do.js';
import { OrderedDataChannel } from '../../beam/data-channel.js';
import { startWorker, type Worker } from '../../beam/worker.js';
import { countersOf, encodeChunk } from './descriptors.js';
import { startFakeRunner, type FakeRunner } from './fake-runner.js';

registerBatchFunction('copy', () => async (batch, { count }) => {
  await delay(2);
  count('copied', batch.length);
  return batch.map((value) => [value]);
});
let allHasCome: Promise<void> = Promise.resolve();
registerBatchFunction('copy when all has come', () => async (batch) => {
  await allHasCome;
  await delay(2);
  return batch.map((value) => [value]);
});
registerBatchFunction('refuse', () => async () => {
  throw new Error('the metastore is away');
});
registerBatchFunction('cannot start', () => {
  throw new Error('no address of the metastore is given');
});
const gate: { open: () => void; isWaiting: boolean } = { open: () => undefined, isWaiting: false };
registerBatchFunction('wait', () => async (batch) => {
  await new Promise<void>((resolve) => {
    gate.open = resolve;
    gate.isWaiting = true;
  });
  gate.isWaiting = false;
  return batch.map((value) => [value]);
});

const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 20_000 });
let runner: FakeRunner;
let worker: Worker | undefined;
const errors: object[] = [];
const log = { info: () => undefined, error: (details: object) => void errors.push(details) };

beforeEach(async () => {
  vi.restoreAllMocks();
  // The SDK writes a line per bundle, its worker one per instruction.
  for (const method of ['debug', 'log', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation(() => undefined);
  }
  errors.length = 0;
  runner = await startFakeRunner();
});

afterEach(async () => {
  await worker?.stop(0);
  worker = undefined;
  runner.kill();
});

async function start(): Promise<Worker> {
  worker = startWorker('w1', runner.endpoint, log);
  await runner.connected;
  return worker;
}

const text = (value: string) => new TextEncoder().encode(value);
const threeRecords = [encodeChunk([text('a'), text('b')]), encodeChunk([text('c')])];
const copied = { error: '', isComplete: true, outputs: ['a', 'b', 'c'].map(text) };

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
    await start();
    runner.addDescriptor('copy when all has come');
    const { error, outputs } = await runner.runBundle('b1', 'copy when all has come', numberedChunks());
    expect(error).toBe('');
    expect(outputs.map(numberOf)).toEqual(numbers);
  });

  test('bundles that run side by side do not mix', async () => {
    await start();
    runner.addDescriptor('copy', 2);
    const names = Array.from({ length: 8 }, (_, index) => `b${index}`);
    const recordsOf = (name: string) => Array.from({ length: 9 }, (_, index) => text(`${name} ${index}`));
    const outcomes = await Promise.all(
      names.map((name) =>
        runner.runBundle(
          name,
          'copy',
          recordsOf(name).map((record) => encodeChunk([record])),
        ),
      ),
    );
    expect(outcomes.map(({ outputs }) => outputs)).toEqual(names.map(recordsOf));
  });

  test('counts each bundle for itself', async () => {
    await start();
    runner.addDescriptor('copy');
    for (const bundle of ['b1', 'b2', 'b3']) {
      const { response } = await runner.runBundle(bundle, 'copy', threeRecords);
      expect(countersOf(response)).toEqual({ read: 3, batched: 3, copied: 3 });
    }
  });

  test('a function that fails fails its bundle with its message, while others go on', async () => {
    await start();
    runner.addDescriptor('copy', 1);
    runner.addDescriptor('refuse');
    const outcomes = await Promise.all([
      runner.runBundle('b1', 'copy', threeRecords),
      runner.runBundle('b2', 'refuse', threeRecords),
      runner.runBundle('b3', 'copy', threeRecords),
    ]);
    expect(outcomes.map(({ error }) => error.split('\n')[0])).toEqual(['', 'Error: the metastore is away', '']);
    expect(errors).toMatchObject([{ instruction: 'processBundle' }]);
    expect(await runner.runBundle('b4', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('a descriptor that the runner does not have fails the bundle, and is asked for again', async () => {
    await start();
    const first = await runner.runBundle('b1', 'copy', threeRecords);
    expect(first.error).toContain('no such descriptor');
    runner.addDescriptor('copy');
    expect(await runner.runBundle('b2', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('keeps nothing of bundles that ended, well or not, and goes on after any number of them', async () => {
    const register = vi.spyOn(OrderedDataChannel.prototype, 'registerConsumer');
    await start();
    for (const name of ['copy', 'refuse', 'cannot start']) runner.addDescriptor(name);
    const megabyte = [encodeChunk([new Uint8Array(1024 * 1024)])];
    for (let bundle = 0; bundle < 20; bundle++) {
      const outcomes = await Promise.all([
        runner.runBundle(`good ${bundle}`, 'copy', threeRecords),
        runner.runBundle(`bad ${bundle}`, 'refuse', megabyte),
        runner.runBundle(`worse ${bundle}`, 'cannot start', megabyte),
      ]);
      expect(outcomes.map(({ error }) => error.split('\n')[0])).toEqual([
        '',
        'Error: the metastore is away',
        'Error: no address of the metastore is given',
      ]);
    }
    const channels = new Set(register.mock.contexts as OrderedDataChannel[]);
    expect([...channels].map((channel) => channel.kept)).toEqual([{ queues: 0, bytes: 0 }]);
  });
});

describe('instructions', () => {
  const emptyMetrics = { monitoringInfos: [], monitoringData: {} };
  const unknown = 'a bundle that has ended';
  test.each([
    [{ oneofKind: 'finalizeBundle', finalizeBundle: { instructionId: unknown } }, { finalizeBundle: {} }],
    [
      { oneofKind: 'processBundleProgress', processBundleProgress: { instructionId: unknown } },
      { processBundleProgress: emptyMetrics },
    ],
    [
      { oneofKind: 'processBundleSplit', processBundleSplit: { instructionId: unknown, desiredSplits: {} } },
      { processBundleSplit: { primaryRoots: [], residualRoots: [], channelSplits: [] } },
    ],
    [
      { oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId: ['never heard of'] } },
      { monitoringInfos: { monitoringInfo: {} } },
    ],
    [
      { oneofKind: 'harnessMonitoringInfos', harnessMonitoringInfos: {} },
      { harnessMonitoringInfos: { monitoringData: {} } },
    ],
    [{ oneofKind: 'register', register: { processBundleDescriptor: [] } }, { register: {} }],
  ])('answers $oneofKind', async (request, response) => {
    await start();
    expect(await runner.instruct(request as never, 'i1')).toEqual({
      instructionId: 'i1',
      error: '',
      response: { oneofKind: request.oneofKind, ...response },
    });
  });

  test('takes descriptors that are registered', async () => {
    await start();
    const descriptor = runner.addDescriptor('copy');
    runner.descriptors.clear();
    await runner.instruct({ oneofKind: 'register', register: { processBundleDescriptor: [descriptor] } });
    expect(await runner.runBundle('b1', 'copy', threeRecords)).toMatchObject(copied);
  });

  test('tells the names of the counters that it reported', async () => {
    await start();
    runner.addDescriptor('copy');
    const { response } = await runner.runBundle('b1', 'copy', threeRecords);
    const monitoringInfoId = Object.keys(response!.monitoringData);
    const answer = await runner.instruct({ oneofKind: 'monitoringInfos', monitoringInfos: { monitoringInfoId } });
    const { monitoringInfos } = answer.response as { monitoringInfos: { monitoringInfo: Record<string, object> } };
    expect(Object.values(monitoringInfos.monitoringInfo)).toMatchObject(
      response!.monitoringInfos.map(({ urn, labels }) => ({ urn, labels })),
    );
  });

  test('reports the progress of a bundle under way', async () => {
    await start();
    runner.addDescriptor('wait');
    const bundle = runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    const { response } = await runner.instruct({
      oneofKind: 'processBundleProgress',
      processBundleProgress: { instructionId: 'b1' },
    });
    expect(response.oneofKind).toBe('processBundleProgress');
    expect(countersOf((response as never)['processBundleProgress'])).toEqual({ read: 3 });
    gate.open();
    expect(await bundle).toMatchObject(copied);
  });

  test('answers an instruction that it does not know with an error, and works on', async () => {
    await start();
    runner.addDescriptor('copy');
    const { error } = await runner.instruct({ oneofKind: undefined });
    expect(error).toContain('does not know the instruction');
    expect(await runner.runBundle('b1', 'copy', threeRecords)).toMatchObject(copied);
  });
});

describe('the end', () => {
  test('comes when the runner ends the control channel', async () => {
    const { ended } = await start();
    await runner.end('control');
    expect(await ended).toBe('the runner closed the control channel');
  });

  test('comes when the control channel breaks, also in the middle of a bundle', async () => {
    const { ended } = await start();
    runner.addDescriptor('wait');
    void runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    runner.kill();
    expect(await ended).toMatch(/^(control|data) channel: /);
    gate.open();
  });

  test('comes when the data channel is lost, since no bundle could run any more', async () => {
    const { ended } = await start();
    runner.addDescriptor('copy');
    await runner.runBundle('b1', 'copy', threeRecords);
    await runner.end('data');
    expect(await ended).toBe('data channel: the runner closed the data channel');
  });

  test('comes when nothing listens at the endpoint', async () => {
    worker = startWorker('w1', '127.0.0.1:1', log);
    expect(await worker.ended).toMatch(/^control channel: /);
  });

  test('waits, when it is asked to stop, for the bundles under way, and takes no new ones', async () => {
    const { ended, stop } = await start();
    runner.addDescriptor('wait');
    const bundle = runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    const stopped = stop(60_000);
    const refused = await runner.runBundle('b2', 'wait', threeRecords);
    expect(refused.error).toContain('this worker is being stopped');
    gate.open();
    expect(await bundle).toMatchObject(copied);
    await stopped;
    expect(await ended).toBe('stopped');
  });

  test('does not wait longer than it was told', async () => {
    const { ended, stop } = await start();
    runner.addDescriptor('wait');
    void runner.runBundle('b1', 'wait', threeRecords);
    await until(() => gate.isWaiting);
    await Promise.all([stop(1), stop(1)]);
    expect(await ended).toBe('stopped');
    gate.open();
  });
});

describe("the SDK's own worker (when these fail, ours can go)", () => {
  async function startStock(functionName: string) {
    const descriptor = runner.addDescriptor(functionName);
    withBatchOperators(descriptor.transforms);
    const stock = new StockWorker('w1', { controlUrl: runner.endpoint } as never, {}) as unknown as {
      controlChannel: NodeJS.EventEmitter;
      controlClient: { close(): void };
      dataChannels: Map<string, { consumers: Map<string, unknown> }>;
    };
    await runner.connected;
    return stock;
  }
  type Stock = Awaited<ReturnType<typeof startStock>>;
  /** Else the end of the test would end its process. */
  const disarm = (stock: Stock) => stock.controlChannel.on('error', () => undefined);

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
    const { error, outputs, isComplete } = await runner.runBundle('b1', 'copy when all has come', numberedChunks());
    allHasCome = Promise.resolve();
    expect({ error, isComplete }).toEqual({ error: '', isComplete: true });
    expect(outputs.length).toBeLessThan(recordCount);
  });

  test('counts the elements of earlier bundles again', async () => {
    disarm(await startStock('copy'));
    const first = await runner.runBundle('b1', 'copy', threeRecords);
    const second = await runner.runBundle('b2', 'copy', threeRecords);
    expect(countersOf(first.response)).toMatchObject({ read: 3 });
    expect(countersOf(second.response)).toMatchObject({ read: 6 });
  });

  test('keeps an entry for every bundle', async () => {
    const stock = await startStock('copy');
    disarm(stock);
    for (const bundle of ['b1', 'b2', 'b3']) await runner.runBundle(bundle, 'copy', threeRecords);
    expect([...stock.dataChannels.values()][0].consumers.size).toBe(3);
  });

  test('answers finalizeBundle with an error', async () => {
    disarm(await startStock('copy'));
    const answer = await runner.instruct({ oneofKind: 'finalizeBundle', finalizeBundle: { instructionId: 'b1' } });
    expect(answer.error).toBe('Unknown instruction type: finalizeBundle');
  });

  test('does not handle an error of the control channel, which ends the process', async () => {
    const stock = await startStock('copy');
    expect(stock.controlChannel.listenerCount('error')).toBe(0);
    const broken = once(stock.controlChannel, 'error');
    runner.kill();
    expect(await broken).toEqual([expect.any(Error)]);
  });
});
