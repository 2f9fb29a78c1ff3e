/** What all stages' functions have in common: the time of a batch. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { Metastore } from '../../metastore/metastore.js';
import { millisLeft } from '../../model/deadline.js';
import type { KafkaRecord } from '../../model/record.js';
import { redeliveryFunction } from '../../model/stages.js';
import { createStageFunctions, type StageDependencies } from '../../pipelines/stage-functions.js';
import { aPartnerThat, noReferenceData, notTaken, retryPolicy, routed } from '../transforms/delivery-fixtures.js';
import { NOW, anOrder, clock, counting, enrichedRecord, externalRecord, rawRecord } from '../transforms/fixtures.js';
import { ofPlain } from '../transforms/vaults.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** Each call of the metastore and of the partner takes a second; what was left of the batch's time when each began. */
function slowly() {
  const left: [call: string, millis: number][] = [];
  const slow = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (of, name, receiver) => {
        const member: unknown = Reflect.get(of, name, receiver);
        if (typeof member !== 'function' || name === 'roomFor') return member;
        return (...args: unknown[]) => {
          left.push([String(name), Math.round(millisLeft())]);
          vi.advanceTimersByTime(1_000);
          return (member as (...args: unknown[]) => unknown).apply(of, args);
        };
      },
    });
  const partner = aPartnerThat(() => notTaken('HTTP 503'));
  const memory = createInMemoryMetastore(noReferenceData, clock);
  const dependencies: StageDependencies = {
    metastore: slow<Metastore>(memory),
    partner: slow({ ...partner, close: async () => undefined }),
    clock,
    maxOrderBytes: 900_000,
    allowedLatenessMs: 86_400_000,
    ...ofPlain,
    retry: retryPolicy,
  };
  return { left, dependencies, memory };
}

type Call = (batch: readonly unknown[], context: object) => Promise<readonly unknown[]>;
const call = (name: keyof typeof createStageFunctions, dependencies: StageDependencies, batch: readonly unknown[]) =>
  (createStageFunctions[name](dependencies) as unknown as Call)(batch, counting().context);

describe('all that a batch asks ends within the 5 s that it has in all', () => {
  test.each<[keyof typeof createStageFunctions, KafkaRecord, string[]]>([
    ['validator', rawRecord(anOrder()), ['lookupForValidation', 'recordStatuses']],
    ['enricher', rawRecord(anOrder()), ['lookupForEnrichment', 'recordStatuses']],
    ['router', enrichedRecord(anOrder()), ['lookupRoutes', 'recordStatuses']],
    ['aggregator', enrichedRecord(anOrder()), ['claimForAggregation']],
    [
      'external-processor',
      externalRecord(anOrder()),
      ['claimDeliveries', 'deliver', 'parkDeliveries', 'recordStatuses'],
    ],
  ])('%s', async (stage, record, calls) => {
    const { left, dependencies } = slowly();
    await call(stage, dependencies, [{ ...record, topic: stage === 'enricher' ? 'valid_order' : record.topic }]);
    expect(left).toEqual(calls.map((name, at) => [name, 5_000 - at * 1_000]));
  });

  test('redelivery', async () => {
    const { left, dependencies, memory } = slowly();
    const order = anOrder();
    await routed(memory, [order]);
    const waiting = {
      orderId: 'o-1',
      messageId: 'm-1',
      attempt: 1,
      partnerId: 'P1',
      createdAt: NOW,
      tries: 0,
      waitMillis: 0,
    };
    const record = {
      ...externalRecord(order),
      key: new Uint8Array(),
      value: externalRecord(order).value!,
      release: '',
    };
    await memory.parkDeliveries([{ ...waiting, idempotencyKey: 'k', answer: '', record }]);
    await call(redeliveryFunction, dependencies, [0, 1]);
    expect(left[0]).toEqual(['parkedPartners', 5_000]);
    expect(left.map(([name]) => name)).toContain('postponeDeliveries');
    expect(left.map(([, millis]) => millis)).toEqual(left.map((_, at) => 5_000 - at * 1_000));
  });
});

test('halving a batch gets to its end: each of its calls has the time of a batch', async () => {
  const { left, dependencies, memory } = slowly();
  const records = [0, 1, 2, 3].map((n) => enrichedRecord(anOrder({ orderId: `o-${n}`, messageId: `m-${n}` }), n));
  const dataError = Object.assign(new Error('invalid byte sequence'), { code: '22021' });
  vi.spyOn(memory, 'claimForAggregation').mockImplementation(async (claims) => {
    if (claims.some(({ orderId }) => orderId === 'o-2')) throw dataError;
    return claims.map(() => 'COUNTS' as const);
  });
  const outputs = await call('aggregator', dependencies, records);
  // Those of a location are one output.
  expect(outputs.map((list) => (list as object[]).flatMap(Object.keys))).toEqual([
    ['aggregate'],
    [],
    ['dead_letter'],
    ['aggregate'],
  ]);
  expect(left.filter(([name]) => name === 'claimForAggregation')).toEqual(
    Array(5).fill(['claimForAggregation', 5_000]),
  );
});
