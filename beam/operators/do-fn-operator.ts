/**
 * The operator of a DoFn: takes its next output only when the one before has been passed on.
 *
 * Stands in for GenericParDoOperator of apache-beam's worker/operators.js, which takes all outputs of an element at once, however
 * many there are. What a DoFn's context gives (window, timestamp, side inputs, counters) is the SDK's own.
 */
import '../sdk.js';
import { deserializeFn } from 'apache-beam/internal/serialize';
import { ParDoPayload, type PTransform } from 'apache-beam/proto/beam_runner_api';
import type { WindowedValue } from 'apache-beam/values';
import {
  NonPromise,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  type Receiver,
} from 'apache-beam/worker/operators';
import { createSideInputInfo, ParamProviderImpl } from 'apache-beam/worker/pardo_context';
import { withValue } from './windowed-value.js';

type Element = WindowedValue<unknown>;

interface DoFn {
  startBundle?(context: unknown): void;
  process(value: unknown, context: unknown): Iterable<unknown> | undefined | void;
  finishBundle?(context: unknown): Iterable<Element> | undefined | void;
}

export class DoFnOperator implements IOperator {
  private readonly receiver: Receiver;
  private readonly doFn: DoFn;
  /** The context as the pipeline gives it, and how it is filled in. */
  private readonly given: unknown;
  private readonly newParameters: () => ParamProviderImpl;
  private parameters!: ParamProviderImpl;
  private context: unknown;

  constructor(
    readonly transformId: string,
    transform: PTransform,
    context: OperatorContext,
  ) {
    const payload = ParDoPayload.fromBinary(transform.spec!.payload);
    const serialized = deserializeFn(payload.doFn!.payload) as { doFn: DoFn; context: unknown };
    this.doFn = serialized.doFn;
    this.given = serialized.context;
    this.receiver = context.getReceiver(Object.values(transform.outputs)[0]);
    const sideInputs = createSideInputInfo(transform, payload, context);
    const { getStateProvider, metricsContainer } = context;
    this.newParameters = () => new ParamProviderImpl(transformId, sideInputs, getStateProvider, metricsContainer);
  }

  async startBundle(): Promise<void> {
    this.parameters = this.newParameters();
    this.context = this.parameters.augmentContext(this.given);
    this.doFn.startBundle?.(this.context);
  }

  process(element: Element): ProcessResult {
    if (element.windows.length === 1) return this.processInWindow(element);
    // A DoFn sees one window at a time.
    const singles = element.windows.map((window) => ({ ...element, windows: [window] }));
    return inTurn(singles, (single) => this.processInWindow(single));
  }

  async finishBundle(): Promise<void> {
    void this.parameters.setCurrentValue(undefined);
    const outputs = this.doFn.finishBundle?.(this.context);
    if (outputs) await inTurn(outputs, (output) => this.receiver.receive(output));
  }

  private processInWindow(element: Element): ProcessResult {
    const isFetched = this.parameters.setCurrentValue(element);
    if (isFetched === NonPromise) return this.call(element);
    return isFetched.then(async () => {
      // Side inputs that had to be asked for are at hand now.
      await this.parameters.setCurrentValue(element);
      await this.call(element);
    });
  }

  private call(element: Element): ProcessResult {
    const outputs = this.doFn.process(element.value, this.context);
    return outputs ? inTurn(outputs, (value) => this.receiver.receive(withValue(element, value))) : NonPromise;
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
