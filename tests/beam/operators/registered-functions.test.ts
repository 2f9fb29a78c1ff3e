/** A job from outside brings functions: only what is registered in the worker runs. */
import { execFileSync } from 'node:child_process';
import '../../../beam/sdk.js';
import { serializeFn } from 'apache-beam/internal/serialize';
import {
  JS_ASSIGN_TIMESTAMPS_DOFN_URN,
  JS_WINDOW_INTO_DOFN_URN,
  SERIALIZED_JS_DOFN_INFO,
  SPLITTING_JS_DOFN_URN,
} from 'apache-beam/internal/urns';
import { PTransform } from 'apache-beam/proto/beam_runner_api';
import { requireForSerialization } from 'apache-beam/serialization';
import { afterEach, describe, expect, test } from 'vitest';
import { parDoSpec } from '../../../beam/operators/operator-urns.js';
import { batchDescriptor, descriptorOf } from '../descriptors.js';
import { threeRecords, underTest } from '../worker-under-test.js';

const ours = underTest();

declare global {
  var ran: string | undefined;
}
afterEach(() => delete globalThis.ran);

const planted = 'globalThis.ran = "it ran"';
/** As another program writes it, with no SDK at all. */
const graph = (...data: object[]) => new TextEncoder().encode(JSON.stringify({ root: 0, data }));
const objectOf = (refs: Record<string, number>, prototype = 1) => ({
  kind: 'object',
  prototype,
  refs,
  descriptions: {},
});
const builtin = (name: string) => ({ kind: 'builtin', name });
const plain = builtin('Object.prototype');
const source = {
  kind: 'function',
  source: `(${planted}, function* () {})`,
  closure: 3,
  prototype: 1,
  refs: {},
  descriptions: {},
};
const nothing = { kind: 'primitive' };

function* harmless(value: Uint8Array): Iterable<Uint8Array> {
  yield value;
}
requireForSerialization('orderflow/tests/registered-functions', { harmless });

/** A bundle with a DoFn of that kind and payload, and what the worker answers. */
async function errorOf(urn: string, payload: Uint8Array): Promise<string> {
  await ours.start();
  const transform = PTransform.create({ uniqueName: 'From outside', spec: parDoSpec({ urn, payload }) });
  ours.runner.descriptors.set('outside', descriptorOf('outside', ours.runner.endpoint, transform));
  const { error } = await ours.runner.runBundle('b1', 'outside', threeRecords);
  return error;
}
const refusal = (what: string) =>
  `the bundle cannot be set up: the job brings ${what}: a worker runs only the functions that are registered in it`;

describe('a worker refuses, and runs nothing of', () => {
  const fields: [string, string][] = [
    [SERIALIZED_JS_DOFN_INFO, 'doFn'],
    [JS_WINDOW_INTO_DOFN_URN, 'windowFn'],
    [JS_ASSIGN_TIMESTAMPS_DOFN_URN, 'func'],
    [SPLITTING_JS_DOFN_URN, 'knownTags'],
    ['orderflow:dofn:combine:v1', 'combineFn'],
  ];

  test.each(fields)('source code in a %s', async (urn, field) => {
    expect((await errorOf(urn, graph(objectOf({ [field]: 2 }), plain, source, nothing))).split('\n')[0]).toBe(
      refusal('source code'),
    );
    expect(globalThis.ran).toBeUndefined();
  });

  test('source code among the names of a closure', async () => {
    const closure = objectOf({ [`a = (${planted})`]: 4 });
    const payload = graph(
      objectOf({ func: 2 }),
      plain,
      { ...source, source: '() => 0', closure: 3 },
      closure,
      builtin('beam:orderflow/tests/registered-functions.harmless.self'),
    );
    expect(await errorOf(JS_ASSIGN_TIMESTAMPS_DOFN_URN, payload)).toContain(refusal('source code'));
    expect(globalThis.ran).toBeUndefined();
  });

  test('a regular expression, which is evaluated, too', async () => {
    const payload = graph(objectOf({ func: 2 }), plain, { kind: 'regex', value: planted });
    expect(await errorOf(JS_ASSIGN_TIMESTAMPS_DOFN_URN, payload)).toContain(refusal('something of the kind "regex"'));
    expect(globalThis.ran).toBeUndefined();
  });

  test.each([
    'eval',
    'Function',
    'Reflect.apply',
    'beam:orderflow/tests/registered-functions.harmless.constructor',
    'beam:orderflow/tests/registered-functions.harmless.Object.getPrototypeOf',
    'beam:apache-beam/io.readFromKafka.self',
    'beam:orderflow/tests/registered-functions.missing.self',
    'orderflow/tests/registered-functions',
  ])('the name %s', async (name) => {
    const payload = graph(objectOf({ func: 2 }), plain, builtin(name));
    expect(await errorOf(JS_ASSIGN_TIMESTAMPS_DOFN_URN, payload)).toContain(refusal(`the name "${name}"`));
  });

  test('a property that is computed', async () => {
    const getter = { ...objectOf({}), descriptions: { doFn: { get: 2 } } };
    const payload = graph(getter, plain, builtin('beam:orderflow/tests/registered-functions.harmless.self'));
    expect(await errorOf(SERIALIZED_JS_DOFN_INFO, payload)).toContain(refusal('properties that are no data'));
  });

  test('what the SDK makes of a function that is not registered', async () => {
    const payload = serializeFn({ doFn: { process: () => [] }, context: undefined });
    expect(await errorOf(SERIALIZED_JS_DOFN_INFO, payload)).toContain(refusal('source code'));
  });

  test('a batch function whose name nobody knows', async () => {
    await ours.start();
    ours.runner.descriptors.set('unknown', batchDescriptor('unknown', ours.runner.endpoint));
    const { error } = await ours.runner.runBundle('b1', 'unknown', threeRecords);
    expect(error).toContain('no batch function "unknown" is registered in this worker');
  });
});

test('runs a registered one that somebody names', async () => {
  const doFn = graph(
    objectOf({ doFn: 2 }),
    plain,
    objectOf({ process: 3 }),
    builtin('beam:orderflow/tests/registered-functions.harmless.self'),
  );
  expect(await errorOf(SERIALIZED_JS_DOFN_INFO, doFn)).toBe('');
});

test('the SDK runs all of it (when this fails, ours can go)', () => {
  const program = `
    require('apache-beam/pvalue');
    const { deserializeFn } = require('apache-beam/internal/serialize');
    deserializeFn(Buffer.from(${JSON.stringify(Buffer.from(graph(source, plain, nothing, nothing)).toString('base64'))}, 'base64'));
    console.log(globalThis.ran, deserializeFn(Buffer.from('{"root":0,"data":[{"kind":"builtin","name":"eval"}]}')) === eval);`;
  expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).toBe('it ran true\n');
});
