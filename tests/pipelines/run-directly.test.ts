/** Every stage of the table as a whole pipeline on Beam's DirectRunner: what it writes for a few records, word for word. */
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import type { KafkaRecord } from '../../model/record.js';
import { decideDirectly, runStageDirectly, type DirectRecord } from '../../pipelines/run-directly.js';
import { fromMillis, orderCodec, v1 } from '../../proto/messages.js';
import { aPartner } from '../partner/process.js';
import {
  anOrder,
  aRecord,
  clock,
  enrichedRecord,
  externalRecord,
  HOUR,
  NOW,
  rawRecord,
  shop,
  utf8,
  warehouse,
} from '../transforms/fixtures.js';

const config = loadConfig({});

const reference: ReferenceData = {
  locations: [warehouse, shop],
  routes: [
    { orderType: 'STANDARD', destination: '*', route: 'INTERNAL' },
    { orderType: 'EXPRESS', destination: 'EU-SOUTH', route: 'EXTERNAL', partnerId: 'P1' },
  ],
  fraudNetworks: ['203.0.113.0/24', '2001:db8::/32'],
  paymentDefaulters: ['c-bad'],
  ipRegions: [{ network: '192.0.2.0/24', region: 'EU-SOUTH' }],
  leadTimes: [{ fromRegion: 'EU-NORTH', toRegion: 'EU-SOUTH', minutes: 120 }],
  cancelledOrders: ['o-cancelled'],
};

const validRecord = (order: ReturnType<typeof anOrder>, offset = 0) =>
  aRecord('valid_order', orderCodec.encode(order), offset);

const iso = (millis: number) => new Date(millis).toISOString();

/** The order of fixtures.ts as JSON. */
const orderJson = (changes: object = {}) => ({
  messageId: 'm-1',
  orderId: 'o-1',
  orderType: 'STANDARD',
  customerId: 'c-1',
  ipAddress: '192.0.2.7',
  fromLocationId: 'L1',
  toLocationId: 'L2',
  createdAt: iso(NOW - HOUR),
  promisedBy: iso(NOW + 48 * HOUR),
  currency: 'EUR',
  lines: [
    { sku: 'sku-1', quantity: 2, unitPrice: 1_999 },
    { sku: 'sku-2', quantity: 1, unitPrice: 0 },
  ],
  paymentMethod: 'CARD',
  ...changes,
});
const enrichedJson = (changes: object = {}) => ({
  order: orderJson(changes),
  fromLocation: warehouse,
  toLocation: shop,
  ipRegion: 'EU-SOUTH',
});

/** The dead letter of a record of fixtures.ts. */
const deadLetter = (step: string, { topic, offset, value }: KafkaRecord, what: object): DirectRecord => ({
  topic: 'dead_letter',
  key: 'key',
  value: {
    key: Buffer.from('key').toString('base64'),
    value: Buffer.from(value ?? []).toString('base64'),
    topic,
    partition: 1,
    offset,
    recordTime: iso(NOW - 1_000),
    step,
    orderId: '',
    messageId: '',
    release: '',
    ...what,
  },
});

describe('validator', () => {
  const broken = [
    { change: { ipAddress: '203.0.113.9' }, reasons: ['FRAUD_IP'] },
    { change: { ipAddress: '2001:db8::1' }, reasons: ['FRAUD_IP'] },
    { change: { orderId: 'o-1', messageId: 'm-again' }, reasons: ['DUPLICATE_ORDER'] },
    { change: { customerId: 'c-bad' }, reasons: ['PAYMENT_DEFAULTER'] },
    { change: { orderId: 'o-cancelled' }, reasons: ['CANCELLED_ORDER'] },
    { change: { promisedBy: fromMillis(NOW) }, reasons: ['FULFILMENT_DELAY'] },
    {
      change: { orderId: 'o-1', ipAddress: '203.0.113.9', customerId: 'c-bad', promisedBy: fromMillis(NOW) },
      // In one batch with the order that it repeats: that is not accepted yet.
      reasons: ['FRAUD_IP', 'PAYMENT_DEFAULTER', 'FULFILMENT_DELAY'],
    },
  ];
  const orders = broken.map(({ change }, index) =>
    anOrder({ orderId: `o-${index + 2}`, messageId: `m-${index + 2}`, ...change }),
  );
  const noOrder = aRecord('raw_order', utf8('{"order_id": "o-9"}'), 20);
  const empty = aRecord('raw_order', null, 21);
  const records = [
    rawRecord(anOrder(), 0),
    ...orders.map((order, index) => rawRecord(order, index + 1)),
    rawRecord(anOrder(), 19), // the same message id again
    noOrder,
    empty,
  ];

  it('is alone, where it carries orders on elsewhere', async () => {
    const fused = loadConfig({ ORDERFLOW_FUSED: 'true' });
    const run = () => runStageDirectly('validator', records, { reference, clock, config: fused });
    expect(await run()).toEqual(await runStageDirectly('validator', records, { reference, clock, config }));
  });

  it('passes good orders, rejects with every reason, sets aside what is no order, ignores redeliveries', async () => {
    const { records: written, statuses } = await runStageDirectly('validator', records, { reference, clock, config });
    expect(written.filter(({ topic }) => topic === 'valid_order')).toEqual([
      { topic: 'valid_order', key: 'o-1', value: orderJson() },
    ]);
    const rejected = written.filter(({ topic }) => topic === 'rejected_order');
    expect(
      rejected.map(({ key, value }) => {
        const { order, rejections } = value as { order: object; rejections: { reason: string }[] };
        return { key, order, reasons: rejections.map(({ reason }) => reason) };
      }),
    ).toEqual(
      broken.map(({ change, reasons }, index) => {
        const { promisedBy, ...rest } = change as { promisedBy?: object; orderId?: string };
        const order = orderJson({
          orderId: `o-${index + 2}`,
          messageId: `m-${index + 2}`,
          ...rest,
          ...(promisedBy && { promisedBy: iso(NOW) }),
        });
        return { key: order.orderId, order, reasons };
      }),
    );
    const deadLetters = written.filter(({ topic }) => topic === 'dead_letter');
    expect(deadLetters).toEqual([
      deadLetter('validator', noOrder, { reason: 'UNDECODABLE', error: expect.any(String) as string }),
      deadLetter('validator', empty, { reason: 'EMPTY_VALUE', error: expect.any(String) as string }),
    ]);
    expect(written).toHaveLength(1 + broken.length + 2);
    expect(statuses).toEqual({ VALIDATED: 1, REJECTED: broken.length });
  });

  it('decides the same in every call, also when calls run side by side', async () => {
    const [one, other] = await Promise.all([
      decideDirectly('validator', records, reference, clock),
      decideDirectly('validator', records, { ...reference, paymentDefaulters: [] }, clock),
    ]);
    expect(await decideDirectly('validator', records, reference, clock)).toEqual(one);
    const countOf = (written: readonly DirectRecord[]) => written.filter(({ topic }) => topic === 'valid_order').length;
    expect([countOf(one), countOf(other)]).toEqual([1, 2]);
  });
});

describe('enricher', () => {
  it('adds names and regions, and sets aside what names an unknown location', async () => {
    const unknown = validRecord(anOrder({ orderId: 'o-2', messageId: 'm-2', toLocationId: 'L9' }), 1);
    const elsewhere = validRecord(anOrder({ orderId: 'o-3', messageId: 'm-3', ipAddress: '198.51.100.1' }), 2);
    const run = await runStageDirectly('enricher', [validRecord(anOrder()), unknown, elsewhere], {
      reference,
      clock,
      config,
    });
    expect(run).toEqual({
      records: [
        { topic: 'enriched_order', key: 'o-1', value: enrichedJson() },
        {
          topic: 'enriched_order',
          key: 'o-3',
          value: {
            ...enrichedJson({ orderId: 'o-3', messageId: 'm-3', ipAddress: '198.51.100.1' }),
            ipRegion: '',
          },
        },
        deadLetter('enricher', unknown, {
          reason: 'UNKNOWN_LOCATION',
          error: 'not in the reference data: to_location_id L9',
          orderId: 'o-2',
          messageId: 'm-2',
        }),
      ],
      statuses: { ENRICHED: 2, DEAD_LETTERED: 1 },
    });
  });
});

describe('router', () => {
  it('sends each order to one of three topics, by Partition', async () => {
    const orderOf = (number: number, orderType: v1.OrderType) =>
      anOrder({ orderId: `o-${number}`, messageId: `m-${number}`, orderType });
    const nowhere = enrichedRecord(orderOf(3, v1.OrderType.WHOLESALE), 2);
    const run = await runStageDirectly(
      'router',
      [
        enrichedRecord(orderOf(1, v1.OrderType.STANDARD), 0),
        enrichedRecord(orderOf(2, v1.OrderType.EXPRESS), 1),
        nowhere,
      ],
      { reference, clock, config },
    );
    expect(run).toEqual({
      records: [
        {
          topic: 'internal_order',
          key: 'o-1',
          value: { enrichedOrder: enrichedJson(), route: 'INTERNAL', partnerId: '' },
        },
        {
          topic: 'external_order',
          key: 'o-2',
          value: {
            enrichedOrder: enrichedJson({ orderId: 'o-2', messageId: 'm-2', orderType: 'EXPRESS' }),
            route: 'EXTERNAL',
            partnerId: 'P1',
          },
        },
        deadLetter('router', nowhere, {
          reason: 'NO_ROUTE',
          error: 'no route for WHOLESALE to EU-SOUTH',
          orderId: 'o-3',
          messageId: 'm-3',
        }),
      ],
      statuses: { ROUTED: 2, DEAD_LETTERED: 1 },
    });
  });
});

describe('external-processor', () => {
  const orders = [1, 2, 3].map((number) => anOrder({ orderId: `o-${number}`, messageId: `m-${number}` }));

  it('delivers each order once to the partner, however often it is in the input', async () => {
    const partner = await aPartner();
    const records = [...orders, orders[0]!].map((order, offset) => externalRecord(order, offset));
    const run = await runStageDirectly('external-processor', records, {
      reference,
      clock,
      config,
      partnerUrl: partner.ordersUrl,
    });
    expect(run).toEqual({ records: [], statuses: { DELIVERED: 3 } });
    const entries = await partner.entries();
    expect(entries.map(({ orderId, outcome }) => [orderId, outcome]).sort()).toEqual([
      ['o-1', 'effect'],
      ['o-2', 'effect'],
      ['o-3', 'effect'],
    ]);
  });

  it('sets aside what the partner refuses', async () => {
    const partner = await aPartner();
    await partner.behave({ status: 422 });
    const record = externalRecord(orders[0]!);
    const run = await runStageDirectly('external-processor', [record], {
      reference,
      clock,
      config,
      partnerUrl: partner.ordersUrl,
    });
    expect(run).toEqual({
      records: [
        deadLetter('external-processor', record, {
          reason: 'DELIVERY_REFUSED',
          error: 'the delivery failed: HTTP 422 AS_TOLD',
          orderId: 'o-1',
          messageId: 'm-1',
        }),
      ],
      statuses: { DELIVERY_FAILED: 1 },
    });
  });

  it('leaves pending what no partner takes', async () => {
    const partner = await aPartner();
    await partner.close();
    const records = orders.map((order, offset) => externalRecord(order, offset));
    const run = await runStageDirectly('external-processor', records, {
      reference,
      clock,
      config,
      partnerUrl: partner.ordersUrl,
    });
    expect(run).toEqual({ records: [], statuses: { DELIVERY_PENDING: 3 } });
  });

  it('asks for a partner', async () => {
    await expect(decideDirectly('external-processor', [], reference, clock)).rejects.toMatchObject({
      code: 'NO_PARTNER',
      exitCode: 2,
    });
  });
});

describe('aggregator', () => {
  const minute = Math.floor((NOW - HOUR) / 60_000) * 60_000;
  const at = (number: number, createdAt: number, changes: v1.Order.$Properties = {}) =>
    anOrder({ orderId: `o-${number}`, messageId: `m-${number}`, createdAt: fromMillis(createdAt), ...changes });

  it('sums by to-location and window of created_at, counts an order once, and sets aside what is too late', async () => {
    const late = enrichedRecord(at(9, NOW - 25 * HOUR), 9);
    const records = [
      enrichedRecord(at(1, minute), 0),
      enrichedRecord(at(2, minute + 59_999), 1),
      enrichedRecord(at(3, minute + 60_000), 2),
      enrichedRecord(at(4, minute, { toLocationId: 'L1' }), 3),
      enrichedRecord(at(5, minute + 1, { currency: 'DKK', lines: [{ sku: 's', quantity: 3, unitPrice: 7 }] }), 4),
      enrichedRecord(at(1, minute), 5), // written twice by the enricher
      late,
    ];
    const { records: written } = await runStageDirectly('aggregator', records, { reference, clock, config });
    const aggregates = written.filter(({ topic }) => topic === 'aggregated_order');
    const aggregate = (toLocationId: string, start: number, sums: object) => ({
      topic: 'aggregated_order',
      key: toLocationId,
      value: {
        toLocationId,
        windowStart: iso(start),
        windowEnd: iso(start + 60_000),
        paneIndex: 0,
        revision: 0,
        ...sums,
      },
    });
    const euro = (orders: number) => ({ currency: 'EUR', minorUnits: orders * 2 * 1_999 });
    expect(aggregates).toHaveLength(3);
    expect(aggregates).toEqual(
      expect.arrayContaining([
        aggregate('L2', minute, {
          orders: 3,
          items: 9,
          amounts: [{ currency: 'DKK', minorUnits: 21 }, euro(2)],
        }),
        aggregate('L2', minute + 60_000, { orders: 1, items: 3, amounts: [euro(1)] }),
        aggregate('L1', minute, { orders: 1, items: 3, amounts: [euro(1)] }),
      ]),
    );
    expect(written.filter(({ topic }) => topic === 'dead_letter')).toEqual([
      deadLetter('aggregator', late, {
        reason: 'TOO_LATE',
        error: 'the order was created too long before the time of its record to be aggregated',
        orderId: 'o-9',
        messageId: 'm-9',
      }),
    ]);
  });
});
