import { BlockList, isIP, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { generateOrders, type OrderOptions, type Publication, type PublishedOrder } from '../../generator/orders.js';
import { shareNames, type Shares } from '../../generator/shares.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import { orderCodec, toMillis, v1, type Order, type RejectReason } from '../../proto/messages.js';

const startTime = Date.UTC(2026, 0, 15, 12);
const noShares = Object.fromEntries(shareNames.map((name) => [name, 0])) as unknown as Shares;

let reference: ReferenceData;
beforeAll(async () => {
  reference = await readReferenceFile(defaultReferenceFile);
});

const generate = (options: Partial<OrderOptions>): Publication[] => [
  ...generateOrders(reference, { seed: 7, count: 1_000, startTime, ...options }),
];
const ordersOf = (publications: readonly Publication[]) =>
  publications.filter((each): each is PublishedOrder => each.kind !== 'malformed');
const count = <T>(items: readonly T[], isCounted: (item: T) => boolean) => items.filter(isCounted).length;

/** The validator's rules once more, without its code. Cancellations and duplicates stand in no order. */
function brokenRules(order: Order): RejectReason[] {
  const fraud = new BlockList();
  for (const network of reference.fraudNetworks) {
    const [address, length] = network.split('/');
    fraud.addSubnet(address!, Number(length), isIPv4(address!) ? 'ipv4' : 'ipv6');
  }
  const regionOf = (id: string) => reference.locations.find((row) => row.locationId === id)!.region;
  const lead = reference.leadTimes.find(
    (row) => row.fromRegion === regionOf(order.fromLocationId) && row.toRegion === regionOf(order.toLocationId),
  )!;
  const broken: RejectReason[] = [];
  if (fraud.check(order.ipAddress, isIPv4(order.ipAddress) ? 'ipv4' : 'ipv6')) broken.push('FRAUD_IP');
  if (reference.paymentDefaulters.includes(order.customerId)) broken.push('PAYMENT_DEFAULTER');
  if (toMillis(order.promisedBy!) < toMillis(order.createdAt!) + lead.minutes * 60_000) broken.push('FULFILMENT_DELAY');
  return broken;
}

describe('generateOrders', () => {
  it('gives the same publications, byte for byte, for the same seed and start time', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 4e12 }), fc.nat({ max: 60 }), (seed, start, orders) => {
        const options = { seed, startTime: start, count: orders, shares: { duplicate: 0.3, redelivery: 0.3 } };
        expect(generate(options)).toEqual(generate(options));
      }),
      { numRuns: 25 },
    );
  });

  it('gives a longer stream the same beginning, up to what a shorter one repeats at its end', () => {
    const first = (orders: number) => generate({ count: orders }).filter(({ kind }) => kind === 'order');
    expect(first(500).slice(0, 100)).toEqual(first(100));
  });

  it('gives other orders for another seed', () => {
    const baskets = (seed: number) =>
      ordersOf(generate({ seed, count: 50 })).map(({ value }) => orderCodec.decode(value).lines);
    expect(baskets(1)).not.toEqual(baskets(2));
  });

  it('gives the same orders under other ids for the same seed at another time', () => {
    const [one, other] = [startTime, startTime + 1].map((start) => ordersOf(generate({ startTime: start })));
    const content = ({ value }: PublishedOrder) => {
      const { customerId, lines, ipAddress } = orderCodec.decode(value);
      return { customerId, lines, ipAddress };
    };
    expect(one!.map(content)).toEqual(other!.map(content));
    const ids = (orders: PublishedOrder[]) => orders.flatMap(({ orderId, messageId }) => [orderId, messageId]);
    const seen = new Set(ids(one!));
    expect(ids(other!).filter((id) => seen.has(id))).toEqual([]);
  });

  it('uses each message id for one publication and its redeliveries, each order id for one order', () => {
    const published = generate({ count: 5_000, shares: { duplicate: 0.2, redelivery: 0.2 } });
    const orders = ordersOf(published);
    const originals = orders.filter(({ kind }) => kind !== 'redelivery');
    expect(new Set(originals.map(({ messageId }) => messageId)).size).toBe(originals.length);
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(5_000);
    expect(count(orders, ({ kind }) => kind === 'order')).toBe(5_000);
  });

  it('breaks exactly the rules that it says, and no others', () => {
    const shares = { fraudIp: 0.2, defaulter: 0.2, delayed: 0.2, cancelled: 0.2, duplicate: 0.2 };
    for (const { value, expected } of ordersOf(generate({ count: 3_000, shares }))) {
      if (expected.outcome === 'IGNORED') continue;
      const unseen: readonly RejectReason[] = ['CANCELLED_ORDER', 'DUPLICATE_ORDER'];
      const visible = expected.rejectReasons.filter((reason) => !unseen.includes(reason));
      expect(brokenRules(orderCodec.decode(value))).toEqual(visible);
      expect(expected.outcome).toBe(expected.rejectReasons.length > 0 ? 'REJECTED' : 'VALID');
    }
  });

  it('makes good orders only when no share is asked for', () => {
    const published = generate({ count: 2_000, shares: noShares });
    expect(published.length).toBe(2_000);
    for (const { kind, value, expected } of published) {
      expect({ kind, expected, broken: brokenRules(orderCodec.decode(value)) }).toEqual({
        kind: 'order',
        expected: { outcome: 'VALID', rejectReasons: [] },
        broken: [],
      });
    }
  });

  it('makes complete orders that name known locations on a way that has a route', () => {
    const locations = new Map(reference.locations.map((row) => [row.locationId, row.region]));
    for (const { value, orderId, messageId, createdAt } of ordersOf(generate({ count: 2_000 }))) {
      const order = orderCodec.decode(value);
      expect([order.orderId, order.messageId, toMillis(order.createdAt!)]).toEqual([orderId, messageId, createdAt]);
      const region = locations.get(order.toLocationId);
      const type = v1.OrderType[order.orderType];
      const isRouted = ({ orderType, destination }: ReferenceData['routes'][number]) =>
        orderType === type && [region, '*'].includes(destination);
      expect(reference.routes.some(isRouted)).toBe(true);
      expect(locations.has(order.fromLocationId)).toBe(true);
      expect(isIP(order.ipAddress)).not.toBe(0);
      expect(order.customerId).toMatch(/^C-\d{6}$/);
      expect(order.currency).toMatch(/^(EUR|SEK|GBP|USD)$/);
      expect(order.paymentMethod in v1.PaymentMethod && order.paymentMethod > 0).toBe(true);
      expect(order.lines.length).toBeGreaterThanOrEqual(1);
      expect(order.lines.length).toBeLessThanOrEqual(8);
      for (const line of order.lines) expect(line.quantity! > 0 && line.unitPrice! > 0).toBe(true);
    }
  });

  it('meets every share of a large sample within a tenth', () => {
    const shares: Shares = {
      fraudIp: 0.05,
      defaulter: 0.1,
      cancelled: 0.05,
      delayed: 0.1,
      duplicate: 0.1,
      redelivery: 0.05,
      malformed: 0.05,
    };
    const published = generate({ count: 40_000, shares });
    const orders = published.filter((each) => each.kind === 'order');
    const breaking = (reason: RejectReason) => count(orders, (each) => each.expected.rejectReasons.includes(reason));
    const counted: Shares = {
      fraudIp: breaking('FRAUD_IP'),
      defaulter: breaking('PAYMENT_DEFAULTER'),
      cancelled: breaking('CANCELLED_ORDER'),
      delayed: breaking('FULFILMENT_DELAY'),
      duplicate: count(published, ({ kind }) => kind === 'duplicate'),
      redelivery: count(published, ({ kind }) => kind === 'redelivery'),
      malformed: count(published, ({ kind }) => kind === 'malformed'),
    };
    expect(orders.length).toBe(40_000);
    for (const name of shareNames) {
      expect(counted[name] / 40_000 / shares[name], name).toBeGreaterThan(0.9);
      expect(counted[name] / 40_000 / shares[name], name).toBeLessThan(1.1);
    }
  });

  it('publishes a duplicate after its order under another message id, and else the same', () => {
    const published = generate({ count: 500, shares: { ...noShares, duplicate: 1 } });
    const firsts = new Map<string, PublishedOrder>();
    for (const publication of ordersOf(published)) {
      if (publication.kind === 'order') {
        firsts.set(publication.orderId, publication);
        continue;
      }
      const first = firsts.get(publication.orderId)!;
      expect(publication.messageId).not.toBe(first.messageId);
      expect(publication.expected).toEqual({ outcome: 'REJECTED', rejectReasons: ['DUPLICATE_ORDER'] });
      const again = orderCodec.decode(publication.value);
      again.messageId = first.messageId;
      expect(again).toEqual(orderCodec.decode(first.value));
    }
    expect(published.length).toBe(1_000);
  });

  it('publishes a redelivery after its order, byte for byte', () => {
    const published = generate({ count: 500, shares: { ...noShares, redelivery: 1 } });
    const firsts = new Map<string, PublishedOrder>();
    for (const publication of ordersOf(published)) {
      if (publication.kind === 'order') firsts.set(publication.orderId, publication);
      else
        expect(publication).toEqual({
          ...firsts.get(publication.orderId)!,
          kind: 'redelivery',
          expected: { outcome: 'IGNORED', rejectReasons: [] },
        });
    }
    expect(published.length).toBe(1_000);
  });

  it('makes bytes that are no order in several ways', () => {
    const malformed = generate({ count: 2_000, shares: { ...noShares, malformed: 1 } }).filter(
      ({ kind }) => kind === 'malformed',
    );
    const forms = new Set<string>();
    for (const { value } of malformed) {
      let orderId = '';
      try {
        orderId = orderCodec.decode(value).orderId;
        forms.add(value.length === 0 ? 'empty' : 'wrong shape');
      } catch {
        forms.add('undecodable');
      }
      expect(orderId).toBe('');
    }
    expect([...forms].sort()).toEqual(['empty', 'undecodable', 'wrong shape']);
    expect(malformed.length).toBe(2_000);
  });

  it('dates orders shortly before their publication, slightly out of order', () => {
    const rate = 50;
    const times = ordersOf(generate({ rate, shares: noShares })).map(({ createdAt }) => createdAt);
    times.forEach((createdAt, index) => {
      const published = startTime + (index * 1_000) / rate;
      expect(createdAt).toBeLessThanOrEqual(published);
      expect(createdAt).toBeGreaterThan(published - 2_000);
    });
    expect(count(times, (time) => times.indexOf(time) > 0 && time < times[times.indexOf(time) - 1]!)).toBeGreaterThan(
      0,
    );
  });

  it('skews customers and locations as real trade does', () => {
    const orders = ordersOf(generate({ count: 20_000, shares: noShares })).map(({ value }) => orderCodec.decode(value));
    const shareOfBusiest = (keyOf: (order: Order) => string, part: number) => {
      const counts = new Map<string, number>();
      for (const order of orders) counts.set(keyOf(order), (counts.get(keyOf(order)) ?? 0) + 1);
      const sorted = [...counts.values()].sort((a, b) => b - a);
      return sorted.slice(0, Math.ceil(sorted.length * part)).reduce((sum, each) => sum + each, 0) / orders.length;
    };
    expect(shareOfBusiest((order) => order.toLocationId, 0.2)).toBeGreaterThan(0.4);
    expect(shareOfBusiest((order) => order.customerId, 0.2)).toBeGreaterThan(0.4);
  });

  it('says what the reference data lack', () => {
    const lacking = (change: Partial<ReferenceData>) => () => [
      ...generateOrders({ ...reference, ...change }, { seed: 1, count: 1 }),
    ];
    expect(lacking({ leadTimes: [] })).toThrow('the reference data lack two locations with a route');
    expect(lacking({ fraudNetworks: [] })).toThrow('the reference data lack fraud networks');
    expect(lacking({ paymentDefaulters: [] })).toThrow('the reference data lack payment defaulters');
  });
});
