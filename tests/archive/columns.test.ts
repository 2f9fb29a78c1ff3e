/** What the archive's columns say, against the specs of Druid. */
import { describe, expect, it } from 'vitest';
import { cellsOf, columnTypes } from '../../archive/columns.js';
import { readSpec, streams } from '../../druid/specs.js';
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  routedOrderCodec,
  v1,
} from '../../proto/messages.js';
import { anEnrichedOrder, anOrder, NOW } from '../transforms/fixtures.js';

it.each(streams)('are those of the datasource %s, but for sketches and the record itself', async (topic) => {
  const { dataSchema } = (await readSpec(topic)).spec;
  const dimensions = dataSchema.dimensionsSpec.dimensions.map((each) => (typeof each === 'string' ? each : each.name));
  const names = [dataSchema.timestampSpec.column, ...dimensions.filter((name) => !name.startsWith('kafka.'))];
  expect(Object.keys(columnTypes(topic)).sort()).toEqual(names.sort());
});

const order = anOrder({
  createdAt: fromMillis(NOW),
  lines: [
    { sku: 'a', quantity: 2, unitPrice: 150 },
    { sku: 'b', quantity: 1, unitPrice: 99 },
  ],
});
const expected = {
  order_id: order.orderId,
  order_type: v1.OrderType[order.orderType],
  to_location_id: order.toLocationId,
  created_at: new Date(NOW),
  items: 3n,
  amount: 399n,
  lines: { sku: ['a', 'b'], quantity: [2, 1], unit_price: [150, 99] },
};

describe('say what the message says', () => {
  it('of an order, and of what holds one', () => {
    const enriched = anEnrichedOrder(order);
    const routed = { enrichedOrder: enriched, route: v1.Route.EXTERNAL, partnerId: 'P' };
    expect(cellsOf('raw_order', orderCodec.encode(order))).toMatchObject(expected);
    expect(cellsOf('enriched_order', enrichedOrderCodec.encode(enriched))).toMatchObject({
      ...expected,
      to_region: enriched.toLocation!.region,
    });
    expect(cellsOf('external_order', routedOrderCodec.encode(v1.RoutedOrder.create(routed)))).toMatchObject({
      ...expected,
      ...{ route: 'EXTERNAL', partner_id: 'P' },
    });
  });

  it('of a pane and of a dead letter', () => {
    const pane = v1.AggregatedOrder.create({ toLocationId: 'L', orders: 2, revision: 1, paneIndex: -1 });
    pane.amounts = [{ currency: 'EUR', minorUnits: 5 }];
    expect(cellsOf('aggregated_order', aggregatedOrderCodec.encode(pane))).toMatchObject({
      ...{ to_location_id: 'L', orders: 2n, revision: 1n, pane_index: -1n, amounts: { EUR: 5 }, window_start: null },
    });
    const letter = v1.DeadLetter.create({ topic: 'raw_order', partition: 1, offset: 7, step: 'validator', reason: 3 });
    expect(cellsOf('dead_letter', deadLetterCodec.encode(letter))).toMatchObject({
      ...{ topic: 'raw_order', partition: 1n, offset: 7n, step: 'validator', reason: 'UNDECODABLE', record_time: null },
    });
  });

  it('of what is no message: nothing', () => {
    const nothing = Object.fromEntries(Object.keys(columnTypes('raw_order')).map((name) => [name, null]));
    expect(cellsOf('raw_order', Buffer.from([0x12, 0x7f]))).toEqual(nothing);
    expect(cellsOf('raw_order', null)).toEqual(nothing);
    expect(cellsOf('rejected_order', new Uint8Array(0))).toMatchObject({ order_id: null, reasons: [] });
  });

  it('of an order without a customer, whose key id stands for one, no payment method', () => {
    const sealed = anOrder({ customerKeyId: 'k'.repeat(22), paymentMethod: v1.PaymentMethod.CARD });
    expect(cellsOf('raw_order', orderCodec.encode(order)).payment_method).not.toBe('');
    expect(cellsOf('raw_order', orderCodec.encode(sealed)).payment_method).toBe('');
  });

  it('of a sum beyond what is exact: nothing', () => {
    const huge = anOrder({ lines: [{ sku: 'a', quantity: 4_000_000_000, unitPrice: 9_000_000_000 }] });
    expect(cellsOf('raw_order', orderCodec.encode(huge))).toMatchObject({ items: 4_000_000_000n, amount: null });
  });
});
