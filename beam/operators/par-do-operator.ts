/**
 * The operator of a ParDo with a DoFn, around the SDK's own: takes the next output of a DoFn only when the one before has
 * been passed on, and names transform and element in errors.
 *
 * GenericParDoOperator of apache-beam's worker/operators.js takes all outputs of an element at once, however many there
 * are, and its errors say neither.
 */
import '../sdk.js';
import type { PTransform } from 'apache-beam/proto/beam_runner_api';
import type { WindowedValue } from 'apache-beam/values';
import {
  NonPromise,
  createOperator,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  type Receiver,
} from 'apache-beam/worker/operators';
import { bundleError } from './bundle-error.js';
import { parDoUrn, substituteOperator } from './operator-urns.js';

const operatorUrn = 'orderflow:operator:par_do:v1';

/** Gives the ParDos among these transforms the operator of this file. Done to a bundle's descriptor; idempotent. */
export const withParDoOperators = (transforms: Record<string, PTransform>): void =>
  substituteOperator(transforms, parDoUrn, operatorUrn);

type Element = WindowedValue<unknown>;

interface DoFn {
  startBundle?(context: unknown): void;
  process(value: unknown, context: unknown): Iterable<unknown> | undefined | void;
  finishBundle?(context: unknown): Iterable<Element> | undefined | void;
}

/** What the SDK's operator of a DoFn has; those of its own DoFns (splitting, windows) have no `doFn`, and one output. */
type StockOperator = IOperator & { doFn?: DoFn; readonly receiver: Receiver };

class ParDoOperator implements IOperator {
  private readonly stock: StockOperator;
  private readonly place: string;
  /** What the DoFn answered last. */
  private outputs: Iterable<unknown> | undefined;

  constructor(
    readonly transformId: string,
    transform: PTransform,
    context: OperatorContext,
  ) {
    this.place = `transform "${transform.uniqueName}"`;
    const transforms = {
      ...context.descriptor.transforms,
      [transformId]: { ...transform, spec: { ...transform.spec!, urn: parDoUrn } },
    };
    const stockContext = { ...context, descriptor: { ...context.descriptor, transforms } };
    this.stock = createOperator(transformId, stockContext) as StockOperator;
    if (this.stock.doFn) this.stock.doFn = this.keepOutputs(this.stock.doFn);
  }

  /** The DoFn, but the SDK's operator sees no outputs: they are taken from `outputs`. */
  private keepOutputs(doFn: DoFn): DoFn {
    return {
      startBundle: doFn.startBundle?.bind(doFn),
      finishBundle: doFn.finishBundle?.bind(doFn),
      process: (value, context) => {
        this.outputs = doFn.process(value, context) ?? undefined;
      },
    };
  }

  async startBundle(): Promise<void> {
    await this.stock.startBundle().catch((error: unknown) => this.fail([], error));
  }

  process(element: Element): ProcessResult {
    try {
      const result = this.processWindows(element);
      return result === NonPromise ? result : result.catch((error: unknown) => this.fail([element.value], error));
    } catch (error) {
      return this.fail([element.value], error);
    }
  }

  async finishBundle(): Promise<void> {
    await this.stock.finishBundle().catch((error: unknown) => this.fail([], error));
  }

  private fail(elements: readonly unknown[], error: unknown): never {
    throw bundleError(this.place, elements, error);
  }

  private processWindows(element: Element): ProcessResult {
    if (!this.stock.doFn) return this.stock.process(element);
    if (element.windows.length === 1) return this.processOne(element);
    // A DoFn sees one window at a time.
    const singles = element.windows.map((window) => ({ ...element, windows: [window] }));
    return inTurn(singles, (single) => this.processOne(single));
  }

  private processOne(element: Element): ProcessResult {
    this.outputs = undefined;
    const isProcessed = this.stock.process(element);
    return isProcessed === NonPromise ? this.emit(element) : isProcessed.then(() => this.emit(element) ?? undefined);
  }

  private emit(element: Element): ProcessResult {
    if (!this.outputs) return NonPromise;
    return inTurn(this.outputs, (value) => this.stock.receiver.receive({ ...element, value }));
  }
}

/** Handles each item when the one before is done; at once as long as nothing has to be awaited. */
function inTurn<T>(items: Iterable<T>, handle: (item: T) => ProcessResult): ProcessResult {
  const iterator = items[Symbol.iterator]();
  const handleRest = async (pending: Promise<void>) => {
    await pending;
    for (let next = iterator.next(); !next.done; next = iterator.next()) await handle(next.value);
  };
  for (let next = iterator.next(); !next.done; next = iterator.next()) {
    const result = handle(next.value);
    if (result !== NonPromise) return handleRest(result);
  }
  return NonPromise;
}

registerOperator(operatorUrn, ParDoOperator);
