/** What a DoFn sees, and how its outputs leave: one at a time, each in the window of its element. */
import '../../../beam/sdk.js';
import Long from 'long';
import { serializeFn } from 'apache-beam/internal/serialize';
import { SERIALIZED_JS_DOFN_INFO } from 'apache-beam/internal/urns';
import { ParDoPayload, PTransform } from 'apache-beam/proto/beam_runner_api';
import { requireForSerialization } from 'apache-beam/serialization';
import { timestampParam, windowParam } from 'apache-beam/transforms/pardo';
import { GlobalWindow, IntervalWindow, type WindowedValue } from 'apache-beam/values';
import { NonPromise, type OperatorContext, type ProcessResult } from 'apache-beam/worker/operators';
import { expect, test } from 'vitest';
import { DoFnOperator } from '../../../beam/operators/do-fn-operator.js';

interface Context {
  readonly window: { lookup(): IntervalWindow };
  readonly timestamp: { lookup(): Long };
}

const calls: string[] = [];

class Describe {
  startBundle() {
    calls.push('start');
  }
  // The context is asked while the outputs are taken, as a generator does.
  *process(value: string, { window, timestamp }: Context) {
    for (const number of [1, 2]) {
      calls.push(`make ${value}${number}`);
      yield `${value}${number} at ${timestamp.lookup()} in ${window.lookup().start}`;
    }
  }
  *finishBundle() {
    calls.push('finish');
    yield element('last', [new GlobalWindow()]);
  }
}
class Nothing {
  process() {}
}
requireForSerialization('orderflow/tests/do-fn-operator', { Describe, Nothing });

const element = (value: unknown, windows: WindowedValue<unknown>['windows']) =>
  ({ value, windows, timestamp: Long.fromNumber(5), pane: undefined }) as unknown as WindowedValue<unknown>;
const window = (start: number) => new IntervalWindow(Long.fromNumber(start), Long.fromNumber(start + 10));

/** The operator of a DoFn, and what it has passed on; `receive` says how long passing on takes. */
function operatorOf(doFn: object, receive: () => ProcessResult = () => NonPromise) {
  const context = { window: windowParam(), timestamp: timestampParam() };
  const payload = ParDoPayload.create({
    doFn: { urn: SERIALIZED_JS_DOFN_INFO, payload: serializeFn({ doFn, context }) },
  });
  const transform = PTransform.create({
    spec: { urn: 'unused', payload: ParDoPayload.toBinary(payload) },
    outputs: { out: 'outputs' },
  });
  const received: WindowedValue<unknown>[] = [];
  const operator = new DoFnOperator('id', transform, {
    getReceiver: () => ({
      receive(output: WindowedValue<unknown>) {
        calls.push(`pass ${String(output.value).split(' ')[0]}`);
        received.push(output);
        return receive();
      },
    }),
  } as unknown as OperatorContext);
  calls.length = 0;
  return { operator, received };
}

test('sees one window at a time, and its outputs keep it', async () => {
  const { operator, received } = operatorOf(new Describe());
  await operator.startBundle();
  expect(operator.process(element('a', [window(0), window(10)]))).toBe(NonPromise);
  expect(received.map(({ value, windows }) => [value, windows])).toEqual([
    ['a1 at 5 in 0', [window(0)]],
    ['a2 at 5 in 0', [window(0)]],
    ['a1 at 5 in 10', [window(10)]],
    ['a2 at 5 in 10', [window(10)]],
  ]);
});

test('makes the next output when the one before has been passed on, whether or not that takes time', async () => {
  for (const receive of [() => NonPromise, () => Promise.resolve()]) {
    const { operator } = operatorOf(new Describe(), receive);
    await operator.startBundle();
    await operator.process(element('a', [window(0)]));
    await operator.process(element('b', [window(0)]));
    await operator.finishBundle();
    expect(calls).toEqual([
      'start',
      ...['make a1', 'pass a1', 'make a2', 'pass a2'],
      ...['make b1', 'pass b1', 'make b2', 'pass b2'],
      ...['finish', 'pass last'],
    ]);
  }
});

test('does without outputs, and without a begin and an end', async () => {
  const { operator, received } = operatorOf(new Nothing());
  await operator.startBundle();
  expect(operator.process(element('a', [window(0)]))).toBe(NonPromise);
  await operator.finishBundle();
  expect(received).toEqual([]);
});

test('rejects with what the DoFn throws, at once or later', async () => {
  const { operator } = operatorOf(new Describe(), () => Promise.reject(new Error('no')));
  await operator.startBundle();
  await expect(operator.process(element('a', [window(0)]))).rejects.toThrow('no');
});
