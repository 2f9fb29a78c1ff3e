import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { KafkaRecord } from '../../model/record.js';
import { headersOf } from '../../model/release.js';
import { fromMillis } from '../../proto/messages.js';
import { createAggregationInput, sumOrders } from '../../transforms/aggregator.js';
import {
  createBackfillStep,
  createEarliestStep,
  createRangeSums,
  earliest,
  type Unclaimed,
} from '../../transforms/backfill.js';
import { aRecord, anOrder, counting, EMPTY, enrichedRecord, HOUR, NOW } from './fixtures.js';

const lateness = 24 * HOUR;
const minute = 60_000;
const noReference = {
  locations: [],
  leadTimes: [],
  fraudNetworks: [],
  paymentDefaulters: [],
  cancelledOrders: [],
  ipRegions: [],
  routes: [],
};

/** A stream and a backfill over one metastore. */
function both({
  setAside = [],
  isInSpan = () => true,
}: { setAside?: string[]; isInSpan?: (createdAt: number) => boolean } = {}) {
  const metastore = createInMemoryMetastore(noReference as never);
  const stream = createAggregationInput({ metastore, allowedLatenessMs: lateness });
  const step = createBackfillStep({ metastore, allowedLatenessMs: lateness, isInSpan, setAside: new Set(setAside) });
  const { context } = counting();
  return {
    stream: (records: readonly KafkaRecord[]) => stream(records, context),
    askAgain: createEarliestStep({ metastore }),
    async again(records: readonly KafkaRecord[]) {
      const sums = createRangeSums(minute);
      sums.add(await step(records, context));
      const tally = Object.fromEntries(Object.entries(sums.tally()).filter(([, count]) => count > 0));
      return { tally, sums: sums.sums(), unclaimed: sums.unclaimed() };
    },
  };
}

const order = (orderId: string, ago = HOUR, toLocationId = 'L2') =>
  anOrder({ orderId, toLocationId, createdAt: fromMillis(NOW - ago) });

describe('what counts', () => {
  test('is what the stream counted, and nothing else of the order', async () => {
    const { stream, again } = both();
    const first = enrichedRecord(order('o-1'), 0);
    const repeated = enrichedRecord(order('o-1'), 1);
    const late = enrichedRecord(order('o-2', lateness + HOUR), 2);
    await stream([first, late]);
    await stream([repeated]);
    const { tally, sums } = await again([repeated, late, first, aRecord('enriched_order', EMPTY, 3)]);
    expect(tally).toEqual({ counted: 1, repeated: 1, too_late: 1, set_aside: 1 });
    expect(sums).toEqual([{ toLocationId: 'L2', createdAt: NOW - HOUR, orders: 1, items: 3, amounts: { EUR: 3_998 } }]);
  });

  test('is decided by the claim, and not by how late an order may be now', async () => {
    const { stream, again } = both();
    const record = { ...enrichedRecord(order('o-1'), 0), timestamp: NOW - HOUR };
    await stream([record]);
    // The time of a record is that of Kafka: it does not change. This one would be too late if it were asked again.
    expect((await again([{ ...record, timestamp: NOW + 2 * lateness }])).tally).toEqual({ counted: 1 });
  });

  test('is not what the aggregator set aside though it is an order, nor what is of another time', async () => {
    const [one, two] = [enrichedRecord(order('o-1'), 7), enrichedRecord(order('o-2', 2 * HOUR), 8)];
    const { stream, again } = both({ setAside: ['1@7'], isInSpan: (createdAt) => createdAt >= NOW - HOUR });
    await stream([one, two]);
    expect((await again([one, two])).tally).toEqual({ set_aside: 1, out_of_span: 1 });
  });

  test('is not what the aggregator set aside before it could claim the order, until a release of it counts', async () => {
    const record = enrichedRecord(order('o-1'), 7);
    const { again } = both({ setAside: ['1@7'] });
    expect(await again([record])).toEqual({ tally: { set_aside: 1 }, sums: [], unclaimed: [] });
    const released = { ...record, offset: 9 };
    expect((await again([record, released])).tally).toEqual({ set_aside: 1, unclaimed: 1 });
  });

  test('is not a release for another stage, and a header that pretends to be one changes nothing', async () => {
    const { again } = both();
    const pretended = { ...enrichedRecord(order('o-1'), 0), headers: headersOf('enriched_order/1/5/router/1') };
    expect((await again([pretended])).tally).toEqual({ unclaimed: 1 });
  });

  test('claims nothing: whoever comes after it finds all as it was', async () => {
    const { stream, again } = both();
    const [first, second] = [enrichedRecord(order('o-1'), 0), enrichedRecord(order('o-1'), 1)];
    expect((await again([first, second])).tally).toEqual({ unclaimed: 2 });
    await stream([second]);
    expect((await again([first, second])).tally).toEqual({ repeated: 1, counted: 1 });
  });
});

describe('what nobody had claimed is asked about again, once all is read', () => {
  const [first, second] = [enrichedRecord(order('o-1'), 0), enrichedRecord(order('o-1'), 1)];
  const late = enrichedRecord(order('o-2', lateness + HOUR), 2);

  test('and counts where still nobody has, unless it came too late', async () => {
    const { again, askAgain } = both();
    const { unclaimed } = await again([first, late]);
    expect(await askAgain(unclaimed)).toEqual(unclaimed);
    expect(unclaimed.map(({ claim }) => claim.isTooLate)).toEqual([false, true]);
  });

  test('and counts, or does not, as the stream has decided of that record meanwhile', async () => {
    const { stream, again, askAgain } = both();
    const { unclaimed } = await again([first, late]);
    await stream([first, late]);
    // By the stream's word, whatever would be thought of it now.
    const turned = unclaimed.map((each) => ({ ...each, claim: { ...each.claim, isTooLate: !each.claim.isTooLate } }));
    expect(await askAgain(turned)).toEqual(unclaimed);
  });

  test('and may be in the sums already where the stream has claimed another record of the order', async () => {
    const { stream, again, askAgain } = both();
    const { unclaimed } = await again([first]);
    await stream([second]);
    expect((await again([second])).tally).toEqual({ counted: 1 });
    await expect(askAgain(unclaimed)).rejects.toThrow(
      'the aggregator claimed another record of order o-1 meanwhile: run it again',
    );
  });
});

test('of records that nobody has claimed the earliest one counts, in whatever order they are put together', () => {
  const place = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3));
  fc.assert(
    fc.property(fc.uniqueArray(place, { minLength: 1, selector: String }), fc.nat(), (places, cut) => {
      const records = places.map((each): Unclaimed => ({
        claim: { topic: 'enriched_order', partition: each[1], offset: each[2], orderId: 'o-1', isTooLate: false },
        place: each,
        input: { toLocationId: 'L', createdAt: 0, ...sumOrders.createAccumulator() },
      }));
      const accumulate = (some: readonly Unclaimed[]) => some.reduce(earliest.addInput, earliest.createAccumulator());
      const at = cut % (records.length + 1);
      const merged = earliest.mergeAccumulators([accumulate(records.slice(0, at)), accumulate(records.slice(at))]);
      const first = places.toSorted((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2])[0];
      expect(earliest.extractOutput(merged)?.place).toEqual(first);
      expect(earliest.extractOutput(accumulate(records))?.place).toEqual(first);
    }),
  );
});
