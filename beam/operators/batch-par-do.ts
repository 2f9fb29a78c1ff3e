/**
 * An asynchronous ParDo over batches: the DoFns of the SDK are synchronous and see one element at a time, which leaves no
 * way to talk to a database once per batch. Works in our worker and on our DirectRunner.
 */
import '../sdk.js';
import type { PTransform as PTransformProto } from 'apache-beam/proto/beam_runner_api';
import { GeneralObjectCoder } from 'apache-beam/coders/js_coders';
import type { PCollection } from 'apache-beam/pvalue';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import {
  NonPromise,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  type Receiver,
} from 'apache-beam/worker/operators';
import type { WindowedValue } from 'apache-beam/values';
import type { MetricsContainer } from 'apache-beam/worker/metrics';
import { PublicError } from '../../errors.js';
import { batchFunction, type BatchContext, type BatchFunction } from './batch-functions.js';
import { bundleError } from './bundle-error.js';
import { parDoSpec } from './operator-urns.js';
import { observeBatch, observeCounter } from './worker-metrics.js';
import { withValue } from './windowed-value.js';

const batchDoFnUrn = 'orderflow:dofn:batch:v1';
/** A worker's memory is for a few large elements, not for hundreds. */
const defaultBatchBytes = 16 * 1024 * 1024;

interface BatchParDoPayload extends BatchLimits {
  readonly function: string;
  readonly options: unknown;
}

/** What a batch may be. */
export interface BatchLimits {
  /** Elements in a batch, at most. */
  readonly maxBatchSize: number;
  /** Bytes of the byte arrays in its elements with which a batch starts, however few they are; 16 MiB unless given. */
  readonly maxBatchBytes?: number;
  /** Batches under way at once in a bundle, at most. */
  readonly maxConcurrency: number;
}

/**
 * Applies the batch function that is registered under `functionName`, with batches within the limits. The bundle ends after its
 * last batch has.
 *
 * @param options JSON that the function's factory gets in the worker.
 */
export function batchParDo<I, O>(
  name: string,
  functionName: string,
  options: unknown,
  { maxBatchSize, maxBatchBytes, maxConcurrency }: BatchLimits,
): PTransform<PCollection<I>, PCollection<O>> {
  const payload: BatchParDoPayload = { function: functionName, options, maxBatchSize, maxBatchBytes, maxConcurrency };
  return withName(name, ((_input: unknown, pipeline: Pipeline, transformProto: PTransformProto) => {
    transformProto.spec = parDoSpec({ urn: batchDoFnUrn, payload: new TextEncoder().encode(JSON.stringify(payload)) });
    return pipeline.createPCollectionInternal(new GeneralObjectCoder());
  }) as unknown as PTransform<PCollection<I>, PCollection<O>>);
}

interface Pipeline {
  createPCollectionInternal(coder: unknown): unknown;
}

type Element = WindowedValue<unknown>;

class BatchParDoOperator implements IOperator {
  private readonly receiver: Receiver;
  private readonly call: BatchFunction<unknown, unknown>;
  private readonly context: BatchContext;
  private readonly payload: BatchParDoPayload;
  private buffer: Element[] = [];
  private bufferedBytes = 0;
  private running = new Set<Promise<void>>();
  /** Resolves when all batches so far have been emitted: batches run side by side, but leave in order. */
  private emitted: Promise<void> = Promise.resolve();
  private failure: { error: unknown } | undefined;
  private readonly counters = new Map<string, ReturnType<MetricsContainer['getMetric']>>();

  constructor(
    readonly transformId: string,
    transform: PTransformProto,
    context: OperatorContext,
  ) {
    this.payload = JSON.parse(new TextDecoder().decode(transform.spec!.payload)) as BatchParDoPayload;
    this.receiver = context.getReceiver(Object.values(transform.outputs)[0]);
    this.call = batchFunction(this.payload.function, this.payload.options);
    this.context = {
      count: (name, by = 1, part = this.payload.function) => {
        this.counterOf(context.metricsContainer, part, name).update(by);
        observeCounter(part, name, by);
      },
    };
  }

  async startBundle(): Promise<void> {
    this.buffer = [];
    this.bufferedBytes = 0;
    this.running = new Set();
    this.emitted = Promise.resolve();
    this.failure = undefined;
  }

  process(element: Element): ProcessResult {
    if (this.failure) throw this.failure.error;
    this.buffer.push(element);
    this.bufferedBytes += bytesIn(element.value);
    const { maxBatchSize, maxBatchBytes = defaultBatchBytes } = this.payload;
    if (this.buffer.length < maxBatchSize && this.bufferedBytes < maxBatchBytes) return NonPromise;
    this.startBatch();
    // Backpressure: the next element comes when a batch may start again.
    return this.running.size < this.payload.maxConcurrency ? NonPromise : Promise.race(this.running);
  }

  async finishBundle(): Promise<void> {
    if (this.buffer.length > 0) this.startBatch();
    await Promise.all(this.running);
    if (this.failure) throw this.failure.error;
  }

  /**
   * A counter with the stage as its namespace, which the SDK (worker/metrics.js) leaves empty: it keeps a counter by its name alone. It also names the
   * label of the transform wrongly, without which Java drops the counter where it sums up a job's (SimpleMonitoringInfoBuilder).
   */
  private counterOf(container: MetricsContainer, namespace: string, name: string) {
    const key = `${namespace} ${name}`;
    let counter = this.counters.get(key);
    if (!counter) {
      counter = container.getMetric(this.transformId, undefined, {
        metricType: 'beam:metric:user:sum_int64:v1',
        name: key,
      });
      const info = counter.toEmptyMonitoringInfo();
      info.labels['NAMESPACE'] = namespace;
      info.labels['NAME'] = name;
      info.labels['PTRANSFORM'] = this.transformId;
      counter.toEmptyMonitoringInfo = () => info;
      this.counters.set(key, counter);
    }
    return counter;
  }

  private startBatch(): void {
    const batch = this.buffer;
    this.buffer = [];
    this.bufferedBytes = 0;
    const previous = this.emitted;
    const isEmitted = this.runBatch(batch, previous).catch((error: unknown) => {
      const values = batch.map(({ value }) => value);
      this.failure ??= { error: bundleError(`stage ${this.payload.function}`, values, error) };
    });
    this.emitted = isEmitted;
    this.running.add(isEmitted);
    void isEmitted.then(() => this.running.delete(isEmitted));
  }

  private async runBatch(batch: readonly Element[], previous: Promise<void>): Promise<void> {
    const startedAt = performance.now();
    const outputs = await this.call(
      batch.map((element) => element.value),
      this.context,
    );
    if (outputs.length !== batch.length) {
      throw new PublicError(`its function answered ${outputs.length} entries for ${batch.length} elements`);
    }
    observeBatch(this.payload.function, batch.length, (performance.now() - startedAt) / 1000);
    await previous;
    if (this.failure) return;
    for (const [index, element] of batch.entries()) {
      for (const value of outputs[index]!) {
        const sent = this.receiver.receive(withValue(element, value));
        if (sent !== NonPromise) await sent;
      }
    }
  }
}

/** The bytes of the byte arrays that an element consists of, as records do; nothing else of it can be large. */
function bytesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = 0;
  for (const part of Object.values(value)) if (part instanceof Uint8Array) bytes += part.length;
  return bytes;
}

registerOperator(batchDoFnUrn, BatchParDoOperator);
