import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchesOf, dueIn, paceOf, splitByBytes } from '../../generator/batches.js';
import type { Publication } from '../../generator/orders.js';

const expected = { outcome: 'VALID', rejectReasons: [] } as const;
const publications = fc.array(
  fc
    .record({ kind: fc.constantFrom('order', 'duplicate', 'redelivery'), bytes: fc.nat(50) })
    .map(({ kind, bytes }): Publication => {
      const value = new Uint8Array(bytes);
      return { kind: kind as 'order', key: 'k', value, orderId: 'k', messageId: 'm', createdAt: 0, expected };
    }),
);
const ordersIn = (batch: readonly Publication[]) => batch.filter(({ kind }) => kind === 'order').length;

describe('batchesOf', () => {
  it('keeps every publication in its order, and fills all batches but the last', () => {
    fc.assert(
      fc.property(publications, fc.integer({ min: 1, max: 10 }), (all, size) => {
        const batches = [...batchesOf(all, size)];
        expect(batches.flat()).toEqual(all);
        for (const batch of batches.slice(0, -1)) expect(ordersIn(batch)).toBe(size);
        for (const batch of batches.slice(-1)) expect(ordersIn(batch)).toBeLessThanOrEqual(size);
      }),
    );
  });
});

describe('splitByBytes', () => {
  it('keeps every publication in its order, and stays within the bytes unless one alone is larger', () => {
    fc.assert(
      fc.property(publications, fc.integer({ min: 1, max: 100 }), (all, maxBytes) => {
        const parts = splitByBytes(all, maxBytes);
        expect(parts.flat()).toEqual(all);
        for (const part of parts) {
          const bytes = part.reduce((sum, { value }) => sum + value.length, 0);
          expect(part.length > 0 && (bytes <= maxBytes || part.length === 1)).toBe(true);
        }
      }),
    );
  });
});

describe('dueIn', () => {
  it('counts from the start, so that a late batch does not put off the next ones', () => {
    expect(dueIn(1_000, 500, 0)).toBe(2_000);
    expect(dueIn(1_000, 500, 1_900)).toBe(100);
    expect(dueIn(1_000, 500, 2_500)).toBe(0);
    expect(dueIn(2_000, 500, 2_500)).toBe(1_500);
    expect(dueIn(1_000, undefined, 0)).toBe(0);
  });
});

describe('paceOf', () => {
  it('waits for longer than a timer of Node can, which would end at once', async () => {
    const controller = new AbortController();
    let isOver = false;
    const waiting = paceOf(0.000_000_1, controller.signal)(1).then(() => (isOver = true));
    await sleep(10);
    expect(isOver).toBe(false);
    controller.abort();
    await waiting;
  });

  it('returns when the signal ends the work', async () => {
    await paceOf(0.000_001, AbortSignal.abort())(1);
    const controller = new AbortController();
    const waiting = paceOf(0.000_001, controller.signal)(1);
    controller.abort();
    await waiting;
  });
});
