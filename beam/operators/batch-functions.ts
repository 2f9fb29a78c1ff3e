/** Functions on batches, registered by name: a pipeline carries the name, a worker finds the function under it. */

export interface BatchContext {
  /**
   * Adds to a Beam counter, which the Flink UI shows under the transform, and to the worker's own metrics. `part` is what counts: the
   * function, unless given.
   */
  count(counter: string, by?: number, part?: string): void;
}

/**
 * Handles a batch and answers with one entry per input element, in the same order: the outputs for that element, which
 * get its timestamp, windows and pane. A rejection fails the bundle, which the runner then repeats; of the error a
 * PublicError's message is shown, and no other's.
 */
export type BatchFunction<I, O> = (batch: readonly I[], context: BatchContext) => Promise<readonly (readonly O[])[]>;

/** Makes the function in the process that will run it, once: the place to open connections. */
export type BatchFunctionFactory = (options: unknown) => BatchFunction<never, unknown>;

const factories = new Map<string, BatchFunctionFactory>();
const instances = new Map<string, BatchFunction<never, unknown>>();

/** Registers a factory. Throws when the name is taken by another one. */
export function registerBatchFunction(name: string, factory: BatchFunctionFactory): void {
  const existing = factories.get(name);
  if (existing && existing !== factory) throw new Error(`the batch function "${name}" is registered twice`);
  factories.set(name, factory);
}

/** The function for a name and options: one per process, however many bundles use it. */
export function batchFunction(name: string, options: unknown): BatchFunction<unknown, unknown> {
  const key = JSON.stringify([name, options]);
  let instance = instances.get(key);
  if (!instance) {
    const factory = factories.get(name);
    if (!factory) throw new Error(`no batch function "${name}" is registered in this worker`);
    instance = factory(options);
    instances.set(key, instance);
  }
  return instance as BatchFunction<unknown, unknown>;
}

type Close = () => Promise<unknown>;
const closers: Close[] = [];

/** Has `close` called when this worker ends in good order: the place to give connections back. */
export function onWorkerEnd(close: Close): void {
  closers.push(close);
}

/** Calls what was given to onWorkerEnd. Never rejects. */
export async function closeFunctions(): Promise<void> {
  await Promise.allSettled(closers.map((close) => close()));
}
