/** A rule with a bug that one order brings out. */
import { beforeEach, expect, test, vi } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { KafkaRecord } from '../../model/record.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { deadLetterCodec, v1 } from '../../proto/messages.js';
import type { StepOutput } from '../../transforms/step/step.js';
import { reference } from '../metastore/orders.js';
import { EMPTY, NOW, anOrder, counting, plain, rawRecord } from './fixtures.js';
import { ofPlain } from './vaults.js';

const planted = vi.hoisted(() => ({ throwFor: new Set<string>(), thrown: new Error('none') as unknown }));
vi.mock('../../transforms/rules/index.js', async (original) => {
  const { rules } = await original<typeof import('../../transforms/rules/index.js')>();
  const check = ({ orderId }: { orderId: string }) => {
    if (planted.throwFor.has(orderId)) throw planted.thrown;
    return null;
  };
  return { rules: [...rules, { reason: 'FULFILMENT_DELAY', check }] };
});

beforeEach(() => planted.throwFor.clear());

const orderOf = (index: number) =>
  anOrder({ orderId: `o-${index}`, messageId: `m-${index}`, customerId: 'C-SECRET', ipAddress: '198.51.100.7' });

async function validate(count: number) {
  const metastore = createInMemoryMetastore(reference, () => NOW);
  let calls = 0;
  const counted = { ...metastore, lookupForValidation: (...args: [never]) => (calls++, metastore.lookupForValidation(...args)) }; // prettier-ignore
  const run = createStageFunctions.validator({
    metastore: counted,
    clock: () => NOW,
    maxOrderBytes: 900_000,
    ...ofPlain,
  } as unknown as StageDependencies) as unknown as (
    records: readonly KafkaRecord[],
    context: object,
  ) => Promise<readonly (readonly StepOutput[])[]>;
  const { context, counts } = counting();
  const records = Array.from({ length: count }, (_, index) => rawRecord(orderOf(index), index));
  return { records, outputs: await run(records, context), counts, calls, history: metastore.history };
}

test('an order that makes a rule throw is a dead letter that names step, rule and error, and all others pass', async () => {
  planted.throwFor.add('o-7');
  planted.thrown = new TypeError('cannot read C-SECRET of 198.51.100.7');
  const { records, outputs, counts, calls, history } = await validate(20);
  expect(outputs.map(([output]) => Object.keys(output!))).toEqual(
    outputs.map((_, index) => [index === 7 ? 'dead_letter' : 'valid_order']),
  );
  const letter = deadLetterCodec.decode(outputs[7]![0]!.dead_letter?.value ?? EMPTY);
  expect(plain(letter.value)).toEqual(plain(records[7]!.value));
  expect(letter).toMatchObject({
    step: 'validator',
    reason: v1.DeadLetterReason.PROCESSING_FAILED,
    orderId: 'o-7',
    messageId: 'm-7',
    offset: 7,
  });
  expect(letter.error).toMatch(
    /^validator failed on this record: rule FULFILMENT_DELAY: TypeError at throwing-rule\.test\.ts:\d+$/,
  );
  expect(history.filter(({ status }) => status === 'DEAD_LETTERED')).toMatchObject([
    { orderId: 'o-7', messageId: 'm-7', recordedBy: 'validator', detail: `PROCESSING_FAILED: ${letter.error}` },
  ]);
  expect(history.filter(({ status }) => status === 'VALIDATED')).toHaveLength(19);
  expect(counts).toEqual({ in: 20, out: 19, dead_letter: 1, 'dead_letter.PROCESSING_FAILED': 1 });
  expect(calls, 'the batch is asked about once').toBe(1);
});

test('a rule that throws for every order costs no more calls than one that throws for none', async () => {
  for (let index = 0; index < 50; index++) planted.throwFor.add(`o-${index}`);
  planted.thrown = 'no Error at all';
  const { outputs, counts, calls } = await validate(50);
  expect(new Set(outputs.map(([output]) => deadLetterCodec.decode(output!.dead_letter?.value ?? EMPTY).error))).toEqual(
    new Set(['validator failed on this record: rule FULFILMENT_DELAY: something that is no Error was thrown']),
  );
  expect([counts.dead_letter, calls]).toEqual([50, 1]);
});
