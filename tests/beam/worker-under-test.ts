/** A worker and a fake runner for each test of a file, and the functions that they run. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';
import '../../beam/sdk.js';
import { StateKey } from 'apache-beam/proto/beam_fn_api';
import { PTransform } from 'apache-beam/proto/beam_runner_api';
import {
  NonPromise,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
} from 'apache-beam/worker/operators';
import { registerBatchFunction } from '../../beam/operators/batch-functions.js';
import { startWorker, type Worker } from '../../beam/worker/worker.js';
import { PublicError } from '../../errors.js';
import { descriptorOf, encodeChunk } from './descriptors.js';
import { maxMessageBytes, startFakeRunner, type FakeRunner } from './fake-runner.js';

registerBatchFunction('copy', () => async (batch, { count }) => {
  await delay(2);
  count('copied', batch.length);
  return batch.map((value) => [value]);
});
registerBatchFunction('refuse', () => async () => {
  throw new PublicError('the metastore is away');
});

/** Where the batches of the function `wait` wait until they are let go on. */
export const gate = {
  waiting: [] as (() => void)[],
  get isWaiting() {
    return this.waiting.length > 0;
  },
  open() {
    for (const goOn of this.waiting.splice(0)) goOn();
  },
};
registerBatchFunction('wait', () => async (batch) => {
  await new Promise<void>((resolve) => gate.waiting.push(resolve));
  return batch.map((value) => [value]);
});

/** Reads a state for each element, and puts nothing out. */
class ReadStateOperator implements IOperator {
  constructor(
    readonly transformId: string,
    _transform: PTransform,
    private readonly context: OperatorContext,
  ) {}
  async startBundle() {}
  process(): ProcessResult {
    const state = this.context.getStateProvider().getState(StateKey.create({}), (data) => data);
    return state.type === 'promise' ? state.promise.then(() => undefined) : NonPromise;
  }
  async finishBundle() {}
}
registerOperator('orderflow:test:read_state', ReadStateOperator);

/** The id of a descriptor whose bundles read state; the runner gets it by this call. */
export function addReadState(runner: FakeRunner): string {
  const id = 'read state';
  const spec = { urn: 'orderflow:test:read_state', payload: new Uint8Array() };
  runner.descriptors.set(id, descriptorOf(id, runner.endpoint, PTransform.create({ uniqueName: 'Read state', spec })));
  return id;
}

export const until = (condition: () => unknown) => vi.waitUntil(condition, { timeout: 20_000 });
export const text = (value: string) => new TextEncoder().encode(value);
export const firstChunk = encodeChunk([text('a'), text('b')]);
export const threeRecords = [firstChunk, encodeChunk([text('c')])];
/** The outcome when they are copied. */
export const copied = { error: '', isComplete: true, outputs: ['a', 'b', 'c'].map(text) };

/** What is the test's: made before each, ended after it. */
export interface UnderTest {
  runner: FakeRunner;
  /** What the worker logged as an error. */
  readonly errors: { instruction?: string; error?: string }[];
  /** Starts the worker, and resolves when it has opened its control channel; at another endpoint, at once. */
  start(endpoint?: string): Promise<Worker>;
}

export function underTest(...fake: Parameters<typeof startFakeRunner>): UnderTest {
  let worker: Worker | undefined;
  const current: UnderTest = {
    runner: undefined as never,
    errors: [],
    async start(endpoint) {
      const log = { info: () => undefined, error: (details: object) => void current.errors.push(details) };
      worker = startWorker('w1', endpoint ?? current.runner.endpoint, log, { maxMessageBytes });
      if (endpoint === undefined) await current.runner.connected;
      return worker;
    },
  };
  beforeEach(async () => {
    vi.restoreAllMocks();
    // The SDK writes a line per bundle.
    vi.spyOn(console, 'debug').mockImplementation(() => undefined);
    current.errors.length = 0;
    current.runner = await startFakeRunner(...fake);
  });
  afterEach(async () => {
    await worker?.stop(0);
    worker = undefined;
    current.runner.kill();
    gate.open();
  });
  return current;
}
