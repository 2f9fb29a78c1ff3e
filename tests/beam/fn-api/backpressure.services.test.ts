/** How much a worker holds of a bundle that is much larger than it may hold, when one end is slow. */
import { setImmediate as nextTick, setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { requireForSerialization } from 'apache-beam/serialization';
import { registerBatchFunction } from '../../../beam/operators/batch-functions.js';
import { startWorker, type Worker } from '../../../beam/worker/worker.js';
import { encodeChunk, flatMapDescriptor } from '../descriptors.js';
import { maxMessageBytes, startFakeRunner, type FakeRunner } from '../fake-runner.js';
import { disarm, startStockWorker } from '../stock-worker.js';

const MiB = 1024 * 1024;
const bundleBytes = 128 * MiB;
/**
 * 16 MiB in the data channel; up to 16 messages of 1 MiB each in gRPC's streams at both ends, which Node's streams count
 * by the piece; what is on its way; and the batches under way.
 */
const boundBytes = (16 + 16 + 16 + 4) * MiB;

const record = (number: number, bytes: number) => {
  const value = Buffer.alloc(bytes);
  value.writeUInt32BE(number);
  return new Uint8Array(value);
};
const numberOf = (value: Uint8Array) => Buffer.from(value).readUInt32BE();
const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

let handledBytes = 0;
let isHeld: Promise<void> = Promise.resolve();
let release: () => void = () => undefined;
registerBatchFunction('hold', () => async (batch: readonly unknown[]) => {
  await isHeld;
  await nextTick();
  for (const value of batch) handledBytes += (value as Uint8Array).length;
  return batch.map((value) => [(value as Uint8Array).subarray(0, 4)]);
});

let madeBytes = 0;
registerBatchFunction('make much', () => async (batch: readonly unknown[]) => {
  madeBytes += batch.length * MiB;
  return batch.map((value) => [record(numberOf(value as Uint8Array), MiB)]);
});

/** As many records as the element says, each of 1 MiB. */
function* makeMany(value: Uint8Array): Iterable<Uint8Array> {
  for (const number of numbers(numberOf(value))) {
    madeBytes += MiB;
    yield record(number, MiB);
  }
}
requireForSerialization('orderflow/tests/backpressure', { makeMany });

/** The value when it has begun to change, and has not for a while: when everybody waits for somebody. */
async function atRest(read: () => number): Promise<number> {
  while (read() === 0) await delay(20);
  let value = read();
  for (let unchanged = 0; unchanged < 20; unchanged++) {
    await delay(20);
    if (read() !== value) unchanged = 0;
    value = read();
  }
  return value;
}

let runner: FakeRunner;
let worker: Worker | undefined;
beforeEach(async () => {
  [handledBytes, madeBytes] = [0, 0];
  isHeld = new Promise((resolve) => (release = resolve));
  runner = await startFakeRunner();
});
afterEach(async () => {
  await worker?.stop(0);
  worker = undefined;
  runner.kill();
});

const startOurs = async () => {
  worker = startWorker('w1', runner.endpoint, { info: () => undefined, error: () => undefined }, { maxMessageBytes });
  await runner.connected;
};
const startStock = async () => disarm(await startStockWorker(runner));

/** How much a worker takes in while its function is slow, of 2,048 records in chunks of 1 MiB; then all that comes out. */
async function heldOfInputs(start: () => Promise<unknown>) {
  runner.addDescriptor('hold', 16);
  await start();
  let sentBytes = 0;
  const run = runner.openBundle('b1', 'hold');
  const sendAll = async () => {
    for (const chunk of numbers(bundleBytes / MiB)) {
      const records = numbers(16).map((index) => record(chunk * 16 + index, MiB / 16));
      await runner.sendData('b1', encodeChunk(records), false);
      sentBytes += MiB;
    }
    await runner.sendData('b1', new Uint8Array(), true);
  };
  const sending = sendAll();
  const heldBytes = (await atRest(() => sentBytes)) - handledBytes;
  release();
  await sending;
  const { error, outputs } = await run;
  return { heldBytes, error, came: outputs.map(numberOf) };
}

describe('a bundle of 128 MiB whose function is slow', () => {
  test('waits at the runner, but for a bounded part', async () => {
    const { heldBytes, error, came } = await heldOfInputs(startOurs);
    expect(heldBytes).toBeGreaterThan(16 * MiB);
    expect(heldBytes).toBeLessThan(boundBytes);
    expect(error).toBe('');
    expect(came).toEqual(numbers(2048));
  });

  test("is taken in whole by the SDK's own worker (when this fails, ours can go)", async () => {
    const { heldBytes } = await heldOfInputs(startStock);
    expect(heldBytes).toBe(bundleBytes);
  });
});

/** How much a worker makes while the runner takes nothing, of one record of 1 MiB for each input; then all that comes out. */
async function heldOfOutputs(descriptorId: string, inputs: readonly Uint8Array[], start: () => Promise<unknown>) {
  await start();
  const run = runner.openBundle('b1', descriptorId);
  const resume = await runner.pauseOutputs();
  await runner.sendData('b1', encodeChunk(inputs), false);
  await runner.sendData('b1', new Uint8Array(), true);
  const heldBytes = await atRest(() => madeBytes);
  resume();
  const { error, outputs } = await run;
  return { heldBytes, error, came: outputs.map(numberOf) };
}

describe('a bundle that makes 128 MiB for a runner that takes nothing', () => {
  const inputs = numbers(bundleBytes / MiB).map((number) => record(number, 4));

  test('waits, but for a bounded part', async () => {
    runner.addDescriptor('make much', 1);
    const { heldBytes, error, came } = await heldOfOutputs('make much', inputs, startOurs);
    expect(heldBytes).toBeGreaterThan(16 * MiB);
    expect(heldBytes).toBeLessThan(boundBytes);
    expect(error).toBe('');
    expect(came).toEqual(numbers(128));
  });

  test("is made whole, and held, by the SDK's own worker (when this fails, ours can go)", async () => {
    runner.addDescriptor('make much', 1);
    const { heldBytes } = await heldOfOutputs('make much', inputs, startStock);
    expect(heldBytes).toBe(bundleBytes);
  });
});

describe('a DoFn that makes much of one element', () => {
  const addDoFn = () => runner.descriptors.set('makeMany', flatMapDescriptor(makeMany, runner.endpoint));

  test('waits, but for a bounded part, and each of its outputs comes once', async () => {
    addDoFn();
    const { heldBytes, error, came } = await heldOfOutputs('makeMany', [record(128, 4)], startOurs);
    expect(heldBytes).toBeGreaterThan(16 * MiB);
    expect(heldBytes).toBeLessThan(boundBytes);
    expect(error).toBe('');
    expect(came).toEqual(numbers(128));
  });

  test("does not wait in the SDK's own worker, and outputs come several times (when this fails, ours can go)", async () => {
    addDoFn();
    const { heldBytes, came } = await heldOfOutputs('makeMany', [record(3, 4)], startStock);
    expect(heldBytes).toBe(3 * MiB);
    expect(came).toEqual([0, 0, 1, 0, 1, 2]);
  });
});
