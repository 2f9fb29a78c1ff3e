/** Orders of a size that is asked for. */
import { beforeAll, describe, expect, it } from 'vitest';
import { generateOrders } from '../../generator/orders.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import { limits } from '../../model/limits.js';
import { orderCodec, v1 } from '../../proto/messages.js';
import { problemsOf, problemsOfIds } from '../../transforms/decoding/order-problems.js';

let reference: ReferenceData;
beforeAll(async () => {
  reference = await readReferenceFile(defaultReferenceFile);
});

const valuesAt = (orderBytes: number, count: number) =>
  [...generateOrders(reference, { seed: 7, count, orderBytes, shares: { malformed: 0 } })].map(({ value }) => value);

describe('generateOrders', () => {
  it.each([200, 1_000, 10_000])('fills %i bytes with lines of different products, to the last line', (orderBytes) => {
    const longestLine = 25;
    for (const value of valuesAt(orderBytes, 300)) {
      const skus = orderCodec.decode(value).lines.map(({ sku }) => sku);
      expect(new Set(skus).size).toBe(skus.length);
      expect(value.length).toBeLessThanOrEqual(orderBytes);
      expect(value.length).toBeGreaterThan(orderBytes - longestLine);
    }
  });

  it('gives an order one line at least, and no more than it may have', () => {
    const linesAt = (orderBytes: number) =>
      new Set(valuesAt(orderBytes, 20).map((value) => orderCodec.decode(value).lines.length));
    expect(linesAt(1)).toEqual(new Set([1]));
    expect(linesAt(limits.lines * 100)).toEqual(new Set([limits.lines]));
  });

  // docs/performance.md says so.
  it('has 150 to 200 bytes for an order of one line, where the least valid order has 45', () => {
    const lengths = valuesAt(1, 20_000).map(({ length }) => length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(150);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(200);
    const least = v1.Order.create({
      messageId: 'm',
      orderId: 'o',
      orderType: v1.OrderType.STANDARD,
      customerId: 'c',
      ipAddress: '::',
      fromLocationId: 'f',
      toLocationId: 't',
      createdAt: { seconds: limits.earliest / 1_000 },
      promisedBy: {},
      currency: 'EUR',
      lines: [{ sku: 's', quantity: 1 }],
      paymentMethod: v1.PaymentMethod.CARD,
    });
    expect([...problemsOf(least, Date.now()), ...problemsOfIds(least)]).toEqual([]);
    expect(orderCodec.encode(least).length).toBe(45);
  });
});
