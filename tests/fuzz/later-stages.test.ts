/** A law: what the validator lets through, no later stage finds anything wrong with. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLaterStages, readingPartner } from '../../fuzz/later-stages.js';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import { limits } from '../../model/limits.js';
import type { KafkaRecord } from '../../model/record.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { orderCodec, v1, type Order } from '../../proto/messages.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { reference } from '../metastore/orders.js';
import { NOW, aRecord, anOrder } from '../transforms/fixtures.js';
import { ofPlain } from '../transforms/vaults.js';

const dependencies: StageDependencies = {
  metastore: createInMemoryMetastore(reference, () => NOW),
  partner: readingPartner(limits.requestBytes),
  clock: () => NOW,
  maxOrderBytes: 900_000,
  allowedLatenessMs: 86_400_000,
  ...ofPlain,
  retry: { retryMs: 5_000, retryMaxMs: 5_000, maxTries: 1, giveUpMs: 5_000 },
};
const validate = createStageFunctions.validator(dependencies) as unknown as (
  records: readonly KafkaRecord[],
  context: object,
) => Promise<readonly (readonly StepOutput[])[]>;
const passOn = createLaterStages(dependencies);

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 220 }),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.constantFrom('__proto__', 'constructor', '\u{10ffff}', '\ufeff', '\u2028', '"\\'),
);
const int64 = fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-(2 ** 63), 2 ** 62, 2 ** 53, 0, -1));
const near = fc.integer({ min: -90_000, max: 90_000 }).map((seconds) => NOW / 1000 + seconds);
const timestamp = fc.record({
  seconds: fc.oneof({ weight: 9, arbitrary: near }, int64),
  nanos: fc.oneof({ weight: 9, arbitrary: fc.nat(999_999_999) }, fc.integer()),
});
const line = fc.record({
  sku: text,
  quantity: fc.oneof(fc.nat(100), fc.nat(2 ** 31 - 1), fc.constant(2 ** 32 - 1)),
  unitPrice: fc.oneof(fc.nat(), int64),
});
const fields = {
  messageId: text,
  orderId: text,
  orderType: fc.integer({ min: -1, max: 6 }),
  customerId: text,
  ipAddress: fc.oneof(fc.ipV4(), fc.ipV6(), text),
  fromLocationId: fc.oneof(fc.constantFrom('LOC-A', 'LOC-B', 'LOC-M'), text),
  toLocationId: fc.oneof(fc.constantFrom('LOC-A', 'LOC-B', 'LOC-M'), text),
  createdAt: timestamp,
  promisedBy: timestamp,
  currency: fc.oneof(fc.stringMatching(/^[A-Z]{3}$/), text),
  lines: fc.array(line, { maxLength: 5 }),
  paymentMethod: fc.integer({ min: -1, max: 6 }),
};
/** What to change in a good order: more would hardly ever pass. */
const order = fc
  .subarray(Object.keys(fields) as (keyof typeof fields)[], { minLength: 1, maxLength: 3 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fields[name] as fc.Arbitrary<unknown>]))))
  .map((changes) => changes as Partial<Order>);

it('no later stage finds anything wrong with what the validator lets through', async () => {
  let offset = 0;
  let passed = 0;
  const known = { fromLocationId: 'LOC-A', toLocationId: 'LOC-B', customerId: 'C-1' };
  await fc.assert(
    fc.asyncProperty(fc.array(order, { minLength: 1, maxLength: 10 }), async (batch) => {
      const records = batch.map((changes) => {
        const unique = { messageId: `m-${++offset}`, orderId: `o-${offset}` };
        const value = orderCodec.encode(v1.Order.create({ ...anOrder(), ...known, ...unique, ...changes }) as Order);
        return aRecord('raw_order', value, offset);
      });
      const outputs = await validate(records, { count: () => undefined });
      const valid = outputs.flatMap(([first], index) =>
        first?.valid_order ? [{ index, output: first.valid_order }] : [],
      );
      passed += valid.length;
      expect(await passOn(valid)).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(passed).toBeGreaterThan(100);
});
