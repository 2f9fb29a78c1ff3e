import '../../../beam/sdk.js';
import Long from 'long';
import * as beam from 'apache-beam';
import { requireForSerialization } from 'apache-beam/serialization';
import { assignTimestamps } from 'apache-beam/transforms/window';
import { describe, expect, test } from 'vitest';
import { batchParDo } from '../../../beam/operators/batch-par-do.js';
import { registerBatchFunction, type BatchFunction } from '../../../beam/operators/batch-functions.js';
import { runDirectly } from '../../../beam/pipeline/direct-runner.js';
import { readFromMemory, writeToMemory } from '../../../beam/pipeline/memory-io.js';
import { PublicError } from '../../../errors.js';
import { windowIntoFixed } from '../../../beam/pipeline/windowing.js';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
let functions = 0;

/** Runs the function over the elements on the DirectRunner and answers what came out. */
async function run<I, O>(
  elements: readonly I[],
  call: BatchFunction<I, O>,
  maxBatchSize: number,
  maxConcurrency = 1,
  maxBatchBytes?: number,
) {
  const name = `test-${++functions}`;
  registerBatchFunction(name, () => call as never);
  const outputs: O[] = [];
  await runDirectly(async (root) => {
    root
      .apply(readFromMemory('Elements', elements))
      .apply(batchParDo('Batch', name, {}, { maxBatchSize, maxConcurrency, ...(maxBatchBytes && { maxBatchBytes }) }))
      .apply(writeToMemory('Outputs', outputs as unknown[]));
  });
  return outputs;
}

describe('batchParDo', () => {
  test('calls with full batches, and with the rest before the bundle ends', async () => {
    const sizes: number[] = [];
    const outputs = await run(
      numbers(25),
      async (batch: readonly number[]) => {
        sizes.push(batch.length);
        return batch.map((number) => [number * 2]);
      },
      10,
    );
    expect(sizes).toEqual([10, 10, 5]);
    expect(outputs).toEqual(numbers(25).map((number) => number * 2));
  });

  test.each([
    [undefined, [3, 3, 1]],
    [8 * 2 ** 20, [2, 2, 2, 1]],
  ])('starts a batch early when its records hold many bytes: with %s as the limit', async (maxBatchBytes, expected) => {
    const sizes: number[] = [];
    const records = [5, 5, 7, 1, 1, 20, 1].map((mebibytes) => ({
      key: null,
      value: Buffer.alloc(mebibytes * 2 ** 20),
    }));
    const call = async (batch: readonly unknown[]) => {
      sizes.push(batch.length);
      return batch.map(() => []);
    };
    await run(records, call, 1_000, 1, maxBatchBytes);
    expect(sizes).toEqual(expected);
  });

  test('emits any number of outputs for an element, in the order of the elements', async () => {
    const outputs = await run(numbers(7), async (batch) => batch.map((number) => Array(number % 3).fill(number)), 2);
    expect(outputs).toEqual([1, 2, 2, 4, 5, 5]);
  });

  test('runs at most so many batches at once, and keeps the order when a later one is faster', async () => {
    let running = 0;
    let mostRunning = 0;
    const gates: (() => void)[] = [];
    const outputs = await run(
      numbers(12),
      async (batch: readonly number[]) => {
        mostRunning = Math.max(mostRunning, ++running);
        // Every second batch waits until the one after it is done.
        if (batch[0]! % 4 === 0 && batch[0]! < 8) await new Promise<void>((resolve) => gates.push(resolve));
        else gates.shift()?.();
        running--;
        return batch.map((number) => [number]);
      },
      2,
      2,
    );
    expect(mostRunning).toBe(2);
    expect(outputs).toEqual(numbers(12));
  });

  test('starts no batch before the one before has ended, where one may run at a time', async () => {
    const events: string[] = [];
    const outputs = await run(
      numbers(9),
      async (batch: readonly number[]) => {
        events.push(`starts at ${batch[0]}`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`ends at ${batch[0]}`);
        return batch.map((number) => [number]);
      },
      3,
      1,
    );
    expect(events).toEqual([0, 3, 6].flatMap((first) => [`starts at ${first}`, `ends at ${first}`]));
    expect(outputs).toEqual(numbers(9));
  });

  test('starts no further batch after one that failed', async () => {
    const firsts: number[] = [];
    const call: BatchFunction<number, number> = async (batch) => {
      firsts.push(batch[0]!);
      if (firsts.length === 2) throw new PublicError('the metastore is away');
      return batch.map((number) => [number]);
    };
    await expect(run(numbers(50), call, 5)).rejects.toThrow('the metastore is away');
    expect(firsts).toEqual([0, 5]);
  });

  test('fails the bundle with the error of the call', async () => {
    const call: BatchFunction<number, number> = async (batch) => {
      if (batch.includes(7)) throw new PublicError('the metastore is away');
      return batch.map((number) => [number]);
    };
    await expect(run(numbers(20), call, 5)).rejects.toThrow('the metastore is away');
  });

  test('fails the bundle when an answer does not match its batch', async () => {
    await expect(run(numbers(3), async () => [[1]], 3)).rejects.toThrow('answered 1 entries for 3 elements');
  });

  test('keeps timestamp and window of every element', async () => {
    registerBatchFunction('identity', () => async (batch) => batch.map((element) => [element]));
    const outputs: unknown[] = [];
    await runDirectly(async (root) => {
      root
        .apply(readFromMemory('Seconds', [5, 65, 125]))
        .apply(assignTimestamps(fromSeconds as never))
        .apply(windowIntoFixed<number>({ sizeSeconds: 60, allowedLatenessMs: 0 }))
        .apply(batchParDo<number, number>('Batch', 'identity', {}, { maxBatchSize: 2, maxConcurrency: 1 }))
        .map(describeElement, { window: beam.windowParam(), timestamp: beam.timestampParam() } as never)
        .apply(writeToMemory('Outputs', outputs));
    });
    expect(outputs).toEqual([
      { element: 5, windowEnd: 60_000, timestamp: 5_000 },
      { element: 65, windowEnd: 120_000, timestamp: 65_000 },
      { element: 125, windowEnd: 180_000, timestamp: 125_000 },
    ]);
  });
});

function fromSeconds(seconds: number): Long {
  return Long.fromNumber(seconds * 1000);
}

interface Looked {
  window: { lookup(): { end: Long } };
  timestamp: { lookup(): Long };
}

function describeElement(element: number, { window, timestamp }: Looked) {
  return { element, windowEnd: window.lookup().end.toNumber(), timestamp: timestamp.lookup().toNumber() };
}

requireForSerialization('orderflow/tests/batch-par-do', { fromSeconds, describeElement });
