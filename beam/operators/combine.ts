/**
 * CombinePerKey over string keys with its accumulators in the runner's state: a stateful ParDo, which the SDK lacks.
 *
 * The SDK's combinePerKey is a GroupByKey on the portable Flink runner. Where panes accumulate, that keeps each value until
 * its window is forgotten, and hands all of them to a worker again for each pane.
 */
import { Context, type Coder } from 'apache-beam/coders/coders';
import { GeneralObjectCoder } from 'apache-beam/coders/js_coders';
import { KVCoder, PaneInfoCoder } from 'apache-beam/coders/required_coders';
import { StrUtf8Coder } from 'apache-beam/coders/standard_coders';
import { deserializeFn, serializeFn } from 'apache-beam/internal/serialize';
import { StateKey } from 'apache-beam/proto/beam_fn_api';
import { StateSpec, type PTransform as PTransformProto } from 'apache-beam/proto/beam_runner_api';
import type { PCollection } from 'apache-beam/pvalue';
import type { CombineFn } from 'apache-beam/transforms/group_and_combine';
import { withCoderInternal } from 'apache-beam/transforms/internal';
import { withName, type PTransform } from 'apache-beam/transforms/transform';
import type { KV, Window, WindowedValue } from 'apache-beam/values';
import {
  NonPromise,
  registerOperator,
  type IOperator,
  type OperatorContext,
  type ProcessResult,
  type Receiver,
} from 'apache-beam/worker/operators';
import { PublicError } from '../../errors.js';
import type { StateChannel } from '../fn-api/state-channel.js';
import { Reader, Writer } from '../sdk.js';
import { bundleError } from './bundle-error.js';
import { parDoSpec } from './operator-urns.js';

/** What a key and window have so far. */
export interface Pane<O> {
  /** 0 for the first pane of the key and window; the newer of two has the larger. */
  readonly index: number;
  readonly value: O;
}

interface Pipeline {
  readonly context: { getCoderId(coder: unknown): string };
  getProto(): { requirements: string[] };
  createPCollectionInternal(coder: unknown): unknown;
}

const combineDoFnUrn = 'orderflow:dofn:combine:v1';
const bagStateUrn = 'beam:user_state:bag:v1';
const statefulUrn = 'beam:requirement:pardo:stateful:v1';
const stateId = 'combined';
const textCoder = new StrUtf8Coder();
const keyedCoder = () => new KVCoder(textCoder, new GeneralObjectCoder());

/**
 * Combines the values of each key and window, over all bundles. Each bundle puts out a pane for each key and window that it changed, with
 * all that these have so far, at the end of the window; how long a bundle collects is the runner's setting. The runner
 * forgets the state when the window is over by the allowed lateness.
 *
 * @param combineFn registered with requireForSerialization; its accumulators are plain JSON.
 */
export function combineByKey<I, A, O>(
  name: string,
  combineFn: CombineFn<I, A, O>,
): PTransform<PCollection<KV<string, I>>, PCollection<KV<string, Pane<O>>>> {
  function combine(_input: unknown, pipeline: Pipeline, transformProto: PTransformProto) {
    const elementCoderId = pipeline.context.getCoderId(textCoder);
    transformProto.spec = parDoSpec(
      { urn: combineDoFnUrn, payload: serializeFn({ combineFn }) },
      {
        [stateId]: StateSpec.create({
          protocol: { urn: bagStateUrn },
          spec: { oneofKind: 'bagSpec', bagSpec: { elementCoderId } },
        }),
      },
    );
    const { requirements } = pipeline.getProto();
    if (!requirements.includes(statefulUrn)) requirements.push(statefulUrn);
    return pipeline.createPCollectionInternal(keyedCoder());
  }
  return withName(name, ((input: PCollection<KV<string, I>>) =>
    input
      // The runner has to know the key's bytes: it finds the state by them.
      .apply(withName('Encode', withCoderInternal(keyedCoder())) as never)
      .apply(withName('Combine', combine) as never)) as never);
}

interface Group<A> {
  readonly key: string;
  readonly window: Window;
  readonly stateKey: StateKey;
  accumulator: A;
}

class CombineOperator<I, A, O> implements IOperator {
  private readonly place: string;
  private readonly receiver: Receiver;
  private readonly combineFn: CombineFn<I, A, O>;
  private readonly windowCoder: Coder<Window>;
  private groups = new Map<string, Group<A>>();

  constructor(
    readonly transformId: string,
    transform: PTransformProto,
    private readonly context: OperatorContext,
  ) {
    this.place = `transform "${transform.uniqueName}"`;
    this.receiver = context.getReceiver(Object.values(transform.outputs)[0]);
    this.combineFn = (deserializeFn(transform.spec!.payload) as { combineFn: CombineFn<I, A, O> }).combineFn;
    this.windowCoder = context.pipelineContext.getCoder(windowCoderIdOf(transform, context.descriptor));
  }

  async startBundle(): Promise<void> {
    this.groups = new Map();
  }

  process(element: WindowedValue<unknown>): ProcessResult {
    const { value: keyed, windows } = element as WindowedValue<KV<string, I>>;
    const { key, value } = keyed;
    try {
      for (const window of windows) {
        const group = this.groupOf(key, window);
        group.accumulator = this.combineFn.addInput(group.accumulator, value);
      }
    } catch (error) {
      throw bundleError(this.place, [value], error);
    }
    return NonPromise;
  }

  async finishBundle(): Promise<void> {
    const state = userStateOf(this.context);
    const groups = [...this.groups.values()];
    const panes = await Promise.all(groups.map((group) => this.addToState(group, state))).catch((error: unknown) => {
      throw bundleError(this.place, [], error);
    });
    for (const [index, { key, window }] of groups.entries()) {
      const sent = this.receiver.receive({
        value: { key, value: panes[index] },
        windows: [window],
        timestamp: window.maxTimestamp(),
        pane: PaneInfoCoder.ONE_AND_ONLY_FIRING,
      });
      if (sent !== NonPromise) await sent;
    }
  }

  private groupOf(key: string, window: Window): Group<A> {
    const encodedWindow = encode(this.windowCoder, window);
    const id = `${Buffer.from(encodedWindow).toString('latin1')} ${key}`;
    let group = this.groups.get(id);
    if (!group) {
      const bagUserState = {
        transformId: this.transformId,
        userStateId: stateId,
        window: encodedWindow,
        key: encode(textCoder, key),
      };
      const stateKey = StateKey.create({ type: { oneofKind: 'bagUserState', bagUserState } });
      group = { key, window, stateKey, accumulator: this.combineFn.createAccumulator() };
      this.groups.set(id, group);
    }
    return group;
  }

  private async addToState({ stateKey, accumulator }: Group<A>, state: UserState): Promise<Pane<O>> {
    const before = fromState<A>(await state.get(stateKey));
    const combined = before ? this.combineFn.mergeAccumulators([before.value, accumulator]) : accumulator;
    const index = before ? before.index + 1 : 0;
    await state.set(stateKey, encode(textCoder, JSON.stringify({ index, value: combined })));
    return { index, value: this.combineFn.extractOutput(combined) };
  }
}

/** The coder of the windows of the transform's one input. */
function windowCoderIdOf(
  { uniqueName, inputs }: PTransformProto,
  { pcollections, windowingStrategies }: OperatorContext['descriptor'],
): string {
  const [input = ''] = Object.values(inputs);
  const strategy = windowingStrategies[pcollections[input]?.windowingStrategyId ?? ''];
  if (!strategy) throw new PublicError(`the input of transform "${uniqueName}" has no windowing strategy`);
  return strategy.windowCoderId;
}

function encode<T>(coder: Coder<T>, value: T): Uint8Array {
  const writer = new Writer();
  coder.encode(value, writer, Context.needsDelimiters);
  return writer.finish();
}

function fromState<A>(data: Uint8Array): Pane<A> | undefined {
  if (data.length === 0) return undefined;
  return JSON.parse(textCoder.decode(new Reader(data), Context.needsDelimiters)) as Pane<A>;
}

interface UserState {
  get(key: StateKey): Promise<Uint8Array>;
  set(key: StateKey, data: Uint8Array): Promise<void>;
}

/** On a DirectRunner all that there is comes in one bundle: nothing is there before it, and nobody reads what it leaves. */
const noState: UserState = { get: async () => new Uint8Array(), set: async () => undefined };

/** The SDK's provider of state can only read, and keeps what it has read; under it lies the worker's state channel. */
function userStateOf(context: OperatorContext): UserState {
  const { underlying } = context.getStateProvider() as unknown as {
    readonly underlying: { readonly multiplexingChannel?: StateChannel };
  };
  const channel = underlying.multiplexingChannel;
  if (!channel) return noState;
  const bundleId = context.getBundleId();
  return {
    get: (key) => channel.getState(bundleId, key, (data) => data).promise,
    set: (key, data) => channel.setState(bundleId, key, data),
  };
}

registerOperator(combineDoFnUrn, CombineOperator);
