import { expect, it } from 'vitest';
import { holdsPlainPersonalData } from '../../archive/personal.js';
import { putSealed, sealFields, sealingKeys } from '../../personal-data/sealing.js';
import {
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  v1,
  type Order,
} from '../../proto/messages.js';
import { anEnrichedOrder, anOrder } from '../transforms/fixtures.js';

const plain = anOrder();
const sealed = putSealed(anOrder(), sealFields(plain, 'k'.repeat(22), sealingKeys(Buffer.alloc(32, 1))));
const letterAround = (topic: string, value: Uint8Array, step = 'validator') =>
  deadLetterCodec.encode(v1.DeadLetter.create({ topic, value, step }));

const valuesOf = (order: Order) =>
  [
    ['raw_order', orderCodec.encode(order)],
    ['valid_order', orderCodec.encode(order)],
    ['rejected_order', rejectedOrderCodec.encode(v1.RejectedOrder.create({ order }))],
    ['enriched_order', enrichedOrderCodec.encode(anEnrichedOrder(order))],
    ['external_order', routedOrderCodec.encode(v1.RoutedOrder.create({ enrichedOrder: anEnrichedOrder(order) }))],
    ['dead_letter', letterAround('raw_order', orderCodec.encode(order))],
    ['dead_letter', letterAround('enriched_order~2', enrichedOrderCodec.encode(anEnrichedOrder(order)))],
    // Carried on by the validator's job.
    ['dead_letter', letterAround('raw_order', enrichedOrderCodec.encode(anEnrichedOrder(order)), 'router')],
  ] as const;

it('finds who ordered in every topic, unless it is sealed', () => {
  for (const [topic, value] of valuesOf(plain))
    expect([topic, holdsPlainPersonalData(topic, value)]).toEqual([topic, true]);
  for (const [topic, value] of valuesOf(sealed))
    expect([topic, holdsPlainPersonalData(topic, value)]).toEqual([topic, false]);
});

it('finds one plain field beside the sealed ones', () => {
  for (const field of [{ customerId: 'C-1' }, { ipAddress: '10.0.0.1' }, { paymentMethod: 2 }])
    expect(holdsPlainPersonalData('raw_order', orderCodec.encode(v1.Order.create({ ...sealed, ...field })))).toBe(true);
});

it('takes what it cannot read for personal, and nothing for nothing', () => {
  const malformed = Buffer.from([0x12, 0x7f]);
  expect(holdsPlainPersonalData('raw_order', malformed)).toBe(true);
  expect(holdsPlainPersonalData('dead_letter', letterAround('raw_order', malformed))).toBe(true);
  expect(holdsPlainPersonalData('dead_letter', letterAround('elsewhere', malformed))).toBe(true);
  expect(holdsPlainPersonalData('dead_letter', letterAround('raw_order', new Uint8Array(0)))).toBe(false);
  expect(holdsPlainPersonalData('raw_order', null)).toBe(false);
});
