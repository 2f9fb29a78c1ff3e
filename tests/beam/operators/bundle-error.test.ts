/** What is shown of an error in a bundle, in the answer to the runner and in the log: place and order, and no values. */
import { afterEach, describe, expect, test } from 'vitest';
import '../../../beam/sdk.js';
import { requireForSerialization } from 'apache-beam/serialization';
import { registerBatchFunction } from '../../../beam/operators/batch-functions.js';
import { bundleError, nameElementsBy, nameStage } from '../../../beam/operators/bundle-error.js';
import { PublicError } from '../../../errors.js';
import { flatMapDescriptor } from '../descriptors.js';
import { disarm, startStockWorker } from '../stock-worker.js';
import { text, threeRecords, underTest } from '../worker-under-test.js';

const planted = ['192.0.2.7', 'customer-4711', '4111111111111111'];
const leak = () => {
  const error = new TypeError(`${planted.join(' ')}\n    at ${planted[0]}:1:1`);
  return Object.assign(error, { code: '23505', detail: `Key (customer_id)=(${planted[1]}) exists` });
};
const isClean = (shown: string) => planted.every((value) => !shown.includes(value));

registerBatchFunction('reveal', () => async () => {
  throw leak();
});
// eslint-disable-next-line require-yield
function* revealInDoFn(): Iterable<Uint8Array> {
  throw leak();
}
// eslint-disable-next-line require-yield
function* revealAsOperator(): Iterable<Uint8Array> {
  throw new PublicError('the metastore did not answer (57P01)', { cause: leak() });
}
requireForSerialization('orderflow/tests/bundle-error', { revealInDoFn, revealAsOperator });

const nameAsOrder = (element: unknown) => `order ${Buffer.from(element as Uint8Array).toString()} (raw_order 3@1234)`;
afterEach(() => {
  nameElementsBy(() => undefined);
  nameStage(undefined);
});

describe('the error of a bundle', () => {
  const fail = (elements: unknown[], error: unknown = new PublicError('no')) =>
    bundleError('stage enricher', elements, error).message;

  test('names the first element, and says how many more there are', () => {
    nameElementsBy(nameAsOrder);
    expect(fail([text('7')])).toBe('stage enricher, order 7 (raw_order 3@1234): no');
    expect(fail([text('7'), text('8'), text('9')])).toBe('stage enricher, order 7 (raw_order 3@1234) and 2 more: no');
  });

  test('counts elements that have no name, or whose name cannot be found', () => {
    expect([fail([]), fail([1]), fail([1, 2])]).toEqual([
      'stage enricher: no',
      'stage enricher, an element: no',
      'stage enricher, 2 elements: no',
    ]);
    nameElementsBy(() => {
      throw leak();
    });
    expect(fail([1, 2])).toBe('stage enricher, 2 elements: no');
  });

  test('names the stage, once it is known, and once', () => {
    nameStage('router');
    const error = new PublicError('no');
    expect(bundleError('transform "Route"', [1], error).message).toBe(
      'stage router, transform "Route", an element: no',
    );
    expect(bundleError('stage router', [1], error).message).toBe('stage router, an element: no');
    expect(bundleError('stage redelivery', [], error).message).toBe('stage router, stage redelivery: no');
  });

  test('keeps the place where it was thrown first', () => {
    const inner = bundleError('transform "Sum"', [], new PublicError('no'));
    expect(bundleError('stage aggregator', [1], inner)).toBe(inner);
  });

  test('shows of an error that is not public its kind, code and place', () => {
    expect(fail([], leak())).toMatch(/^stage enricher: TypeError 23505 at bundle-error\.test\.ts:\d+$/);
    expect(fail([], planted[0])).toBe('stage enricher: something that is no Error was thrown');
  });
});

const ours = underTest();

/** Runs a bundle that fails; what the runner is answered, which is what is logged. */
async function failureOf(descriptorId: string): Promise<string> {
  const { error } = await ours.runner.runBundle('b1', descriptorId, threeRecords);
  expect(ours.errors).toEqual([{ instruction: 'processBundle', error }]);
  expect(isClean(error)).toBe(true);
  return error;
}

describe('a worker', () => {
  test('names stage and order when a batch function fails', async () => {
    nameElementsBy(nameAsOrder);
    await ours.start();
    ours.runner.addDescriptor('reveal');
    expect(await failureOf('reveal')).toMatch(
      /^stage reveal, order a \(raw_order 3@1234\) and 2 more: TypeError 23505 at bundle-error\.test\.ts:\d+\n\s+at leak /,
    );
  });

  test.each([
    [revealInDoFn, 'TypeError 23505 at bundle-error\\.test\\.ts:\\d+'],
    [revealAsOperator, 'the metastore did not answer \\(57P01\\)'],
  ])('names transform and order when the DoFn %o fails', async (fn, what) => {
    nameElementsBy(nameAsOrder);
    await ours.start();
    ours.runner.descriptors.set('DoFn', flatMapDescriptor(fn, ours.runner.endpoint));
    expect(await failureOf('DoFn')).toMatch(
      new RegExp(`^transform "flatMap\\(${fn.name}\\)", order a \\(raw_order 3@1234\\): ${what}\n`),
    );
  });

  test('shows nothing of bytes that are no elements', async () => {
    await ours.start();
    ours.runner.addDescriptor('copy');
    const { error } = await ours.runner.runBundle('b1', 'copy', [text('4711')]);
    expect(error).toMatch(/^the bundle: \w+ at .*\n/);
    expect(error).not.toContain('4711');
  });

  test('of the SDK shows all that the error said, and no place (when this fails, ours can go)', async () => {
    ours.runner.descriptors.set('DoFn', flatMapDescriptor(revealInDoFn, ours.runner.endpoint));
    disarm(await startStockWorker(ours.runner));
    const { error } = await ours.runner.runBundle('b1', 'DoFn', threeRecords);
    expect(error).toBe(`TypeError: ${leak().message}`);
  });
});
