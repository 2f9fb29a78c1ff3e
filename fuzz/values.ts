/** The stream of hostile records: each one is made from the seed and its index alone, so that one can be had again. */
import { createOrderMaker } from '../generator/order-maker.js';
import { createRandom } from '../generator/random.js';
import { defaultShares } from '../generator/shares.js';
import { weighted } from '../generator/weighted.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import type { KafkaRecord } from '../model/record.js';
import { orderCodec, type Order } from '../proto/messages.js';
import type { Kind } from './kind.js';
import { kindsOfBytes } from './kinds-of-bytes.js';
import { kindsOfLines } from './kinds-of-lines.js';
import { kindsOfNumbers } from './kinds-of-numbers.js';
import { kindsOfRecords } from './kinds-of-records.js';
import { kindsOfStructure } from './kinds-of-structure.js';
import { kindsOfTexts } from './kinds-of-texts.js';
import { fieldsOf } from './wire.js';

/** Their order counts: which kind an index is of depends on it. */
export const kinds: readonly Kind[] = [
  ...kindsOfRecords,
  ...kindsOfBytes,
  ...kindsOfStructure,
  ...kindsOfTexts,
  ...kindsOfNumbers,
  ...kindsOfLines,
];

export interface HostileRecord {
  readonly kind: Kind;
  /** On partition 0 of raw_order; its index is its offset. */
  readonly record: KafkaRecord;
  /** The order that it was made from. */
  readonly order: Order;
}

export interface HostileOptions {
  readonly seed: number;
  readonly reference: ReferenceData;
  /** Milliseconds since the epoch: orders are made in the hour before. */
  readonly now: number;
  readonly maxOrderBytes: number;
}

const chooseKind = weighted([...kinds], (kind) => kind.weight);
/** How far an order that comes again lies back at most: within a few batches. */
const FARTHEST_BACK = 1_500;

/** The record of an index (0 or more). */
export function hostileRecords({
  seed,
  reference,
  now,
  maxOrderBytes,
}: HostileOptions): (index: number) => HostileRecord {
  const makeOrder = createOrderMaker(reference, defaultShares);
  function orderAt(index: number): Order {
    const random = createRandom(`order ${seed} ${index}`);
    const identity = {
      // Ids of which no changed bit makes another order's.
      messageId: random.uuid(),
      orderId: random.uuid(),
      createdAt: now - random.between(0, 3_600_000),
    };
    return makeOrder(random, identity, []);
  }
  return (index) => {
    const random = createRandom(`${seed} ${index}`);
    const kind = chooseKind(random);
    const order = orderAt(index);
    const { value, key, timestamp } = kind.make(random, {
      order,
      fields: fieldsOf(orderCodec.encode(order)),
      earlier: () => orderAt(Math.max(0, index - random.between(1, FARTHEST_BACK))),
      maxOrderBytes,
    });
    const record = {
      topic: 'raw_order',
      partition: 0,
      offset: index,
      timestamp: timestamp ?? now,
      key: key === undefined ? Buffer.from(order.orderId) : key,
      value,
    };
    return { kind, record, order };
  };
}
