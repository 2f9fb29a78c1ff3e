/** Time and the aggregator: whatever comes when, how often and with whatever clocks, an order counts once. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createInMemoryMetastore } from '../../metastore/in-memory.js';
import type { KafkaRecord } from '../../model/record.js';
import { aggregatedOrderCodec, deadLetterCodec, fromMillis, toMillis } from '../../proto/messages.js';
import { createAggregationInput, sumOrders, toAggregatedOrder, type Sums } from '../../transforms/aggregator.js';
import { itemsOf } from '../../transforms/decoding/order-problems.js';
import { noReferenceData } from './delivery-fixtures.js';
import { HOUR, NOW, anOrder, counting, enrichedRecord } from './fixtures.js';

const allowedLatenessMs = 24 * HOUR;
const windowMs = 60_000;

/** A record of `enriched_order`, as a test makes it. */
interface Made {
  readonly order: number;
  readonly place: string;
  readonly createdAt: number;
  readonly quantity: number;
  /** When Kafka took it. */
  readonly takenAt: number;
}

const order = fc.record({
  place: fc.constantFrom('L1', 'L2'),
  /** Around the limit, ahead of the clock, or in a few windows that many share. */
  lateness: fc.oneof(
    fc.integer({ min: allowedLatenessMs - 2, max: allowedLatenessMs + 2 }),
    fc.integer({ min: -24 * HOUR, max: 30 * HOUR }),
    fc.integer({ min: -3 * windowMs, max: 3 * windowMs }),
  ),
  quantity: fc.integer({ min: 1, max: 9 }),
  /** How much later the same order is written again, by an enricher that was restarted. */
  copies: fc.array(fc.integer({ min: 0, max: 2 * HOUR }), { maxLength: 2 }),
});

/** Records at their offsets: in any order, but those of one order, which share a partition, in the order of their times. */
const records = fc.array(order, { minLength: 1, maxLength: 12 }).chain((orders) => {
  const made = orders.flatMap(({ place, lateness, quantity, copies }, index) =>
    [0, ...copies.sort((a, b) => a - b)].map((after) => {
      const takenAt = NOW + index + after;
      return { order: index, place, createdAt: NOW + index - lateness, quantity, takenAt };
    }),
  );
  return fc.shuffledSubarray(made, { minLength: made.length }).map((shuffled) => {
    const inTurn = new Map<number, Made[]>();
    for (const one of made) inTurn.set(one.order, [...(inTurn.get(one.order) ?? []), one]);
    return shuffled.map((one) => inTurn.get(one.order)!.shift()!);
  });
});

/** What happens meanwhile. A crash goes back to the last checkpoint: windows and offset are restored, claims stay. */
const event = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('panes' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('checkpoint' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('clock' as const), to: fc.integer({ min: 0, max: 4e12 }) }),
  },
);
type Event = typeof event extends fc.Arbitrary<infer E> ? E : never;

const toRecord = ({ order, place, createdAt, quantity, takenAt }: Made, offset: number): KafkaRecord => ({
  ...enrichedRecord(
    anOrder({
      orderId: `o-${order}`,
      toLocationId: place,
      createdAt: fromMillis(createdAt),
      lines: [{ sku: 's', quantity, unitPrice: 5 }],
    }),
    offset,
  ),
  timestamp: takenAt,
});

interface Result {
  /** Newest panes by place and window: orders and items. */
  readonly newest: Record<string, readonly [orders: number, items: number]>;
  readonly tooLate: readonly string[];
}

/** The aggregator, with a model of Beam and Flink around it: windows that accumulate, panes, checkpoints, crashes. */
async function aggregate(input: readonly Made[], events: readonly Event[]): Promise<Result> {
  const kafka = input.map(toRecord);
  const step = createAggregationInput({
    metastore: createInMemoryMetastore(noReferenceData, () => NOW),
    allowedLatenessMs,
  });
  let state = { next: 0, windows: new Map<string, Sums>(), changed: new Set<string>() };
  const copyOf = (from: typeof state) => ({
    next: from.next,
    windows: new Map(from.windows),
    changed: new Set(from.changed),
  });
  let checkpoint = copyOf(state);
  const newest: Record<string, readonly [number, number]> = {};
  const tooLate = new Set<string>();

  async function read(count: number) {
    const batch = kafka.slice(state.next, state.next + count);
    state.next += batch.length;
    for (const { aggregate, dead_letter } of (await step(batch, counting().context)).flat()) {
      if (dead_letter) tooLate.add(deadLetterCodec.decode(dead_letter.value).orderId);
      if (!aggregate) continue;
      const window = `${aggregate.toLocationId} ${Math.floor(aggregate.createdAt / windowMs) * windowMs}`;
      const before = state.windows.get(window) ?? sumOrders.createAccumulator();
      state.windows.set(window, sumOrders.addInput(before, aggregate));
      state.changed.add(window);
    }
  }
  function writePanes() {
    for (const window of state.changed) {
      const [place, start] = window.split(' ');
      const bounds = { start: Number(start), end: Number(start) + windowMs };
      const pane = aggregatedOrderCodec.decode(toAggregatedOrder(place!, state.windows.get(window)!, bounds, 0).value);
      newest[`${pane.toLocationId} ${toMillis(pane.windowStart!)}`] = [pane.orders, pane.items];
    }
    state.changed.clear();
  }

  for (const what of events) {
    if (what.kind === 'read') await read(what.count);
    if (what.kind === 'panes') writePanes();
    if (what.kind === 'checkpoint') checkpoint = copyOf(state);
    if (what.kind === 'crash') state = copyOf(checkpoint);
    if (what.kind === 'clock') vi.setSystemTime(what.to);
  }
  await read(kafka.length);
  writePanes();
  return { newest, tooLate: [...tooLate].sort() };
}

/** What must come out, from the first record of each order. */
function expectation(input: readonly Made[]): Result {
  const firsts = input.filter(({ order }, index) => input.findIndex((made) => made.order === order) === index);
  const newest: Record<string, readonly [number, number]> = {};
  const tooLate: string[] = [];
  for (const { order, place, createdAt, quantity, takenAt } of firsts) {
    if (takenAt - createdAt > allowedLatenessMs) {
      tooLate.push(`o-${order}`);
      continue;
    }
    const window = `${place} ${createdAt - (createdAt % windowMs)}`;
    const [orders, items] = newest[window] ?? [0, 0];
    newest[window] = [orders + 1, items + itemsOf({ lines: [{ quantity }] as never })];
  }
  return { newest, tooLate: tooLate.sort() };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

test('counts each order in one window or as TOO_LATE, the same through crashes, repeats and jumps of the clock', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.array(event, { maxLength: 40 }), async (input, events) => {
      expect(await aggregate(input, events)).toEqual(expectation(input));
    }),
    { numRuns: 500 },
  );
});

test('gives the same sums in whatever order the orders come', async () => {
  const shuffled = records.chain((input) => {
    const single = input.filter(({ order }, index) => input.findIndex((made) => made.order === order) === index);
    return fc.tuple(fc.constant(single), fc.shuffledSubarray(single, { minLength: single.length }));
  });
  await fc.assert(
    fc.asyncProperty(shuffled, async ([input, other]) => {
      expect(await aggregate(other, [])).toEqual(await aggregate(input, []));
    }),
  );
});
