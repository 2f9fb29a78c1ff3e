import { execFileSync } from 'node:child_process';
import '../../../beam/fn-api/message-readers.js';
import { Elements, ProcessBundleDescriptor } from 'apache-beam/proto/beam_fn_api';
import { PTransform } from 'apache-beam/proto/beam_runner_api';
import { expect, test } from 'vitest';
import { flatMapDescriptor } from '../descriptors.js';
import { requireForSerialization } from 'apache-beam/serialization';

/** Field 3000 with the value 1, which no message has. */
const unknownField = [0xc0, 0xbb, 0x01, 0x01];

function* same(value: Uint8Array): Iterable<Uint8Array> {
  yield value;
}
requireForSerialization('orderflow/tests/message-readers', { same });

test.each([
  ['data', Elements, { data: [{ instructionId: 'b1', transformId: 't', data: Uint8Array.of(1, 2), isLast: true }] }],
  ['a descriptor', ProcessBundleDescriptor, flatMapDescriptor(same, '127.0.0.1:1')],
  ['a transform', PTransform, { uniqueName: 'x', inputs: { a: 'b' }, annotations: { c: Uint8Array.of(3) } }],
])('reads %s as it was written, also with a field that is not known', (_, type, value) => {
  const message = type.create(value as never);
  const bytes = type.toBinary(message as never);
  expect(type.fromBinary(bytes)).toEqual(message);
  expect(type.fromBinary(Uint8Array.of(...bytes, ...unknownField))).toMatchObject(message);
});

test("the SDK's own readers cannot (when this fails, ours can go)", () => {
  const program = `
    require('apache-beam/pvalue');
    const { Elements } = require('apache-beam/proto/beam_fn_api');
    try { Elements.fromBinary(Uint8Array.from([${unknownField.join()}])); } catch (error) { console.log(error.message); }`;
  const output = execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  expect(output).toBe('wireType is not defined\n');
});
