/** The stream of records that a shop's systems would publish: pure, and the same for the same seed. */
import { createHash } from 'node:crypto';
import type { ReferenceData } from '../metastore/reference-data.js';
import { orderCodec, v1, type Order, type RejectReason } from '../proto/messages.js';
import { malformedValue } from './malformed.js';
import { createOrderMaker } from './order-maker.js';
import { createRandom, type Random } from './random.js';
import { defaultShares, type Shares } from './shares.js';

export interface OrderOptions {
  /** The same seed gives the same orders; ids and times also depend on `startTime`. */
  readonly seed: number;
  /** How many different orders; Infinity for an endless stream. What is published beside them comes on top. */
  readonly count: number;
  /** Milliseconds since the epoch: when the first order is published. Default: now. */
  readonly startTime?: number;
  /** Orders per second, for the times of the orders. Default: about as many as can be published. */
  readonly rate?: number;
  readonly shares?: Partial<Shares>;
  /** Bytes of an order: it has as many lines as fit into them, one at least. Default: one to eight lines. */
  readonly orderBytes?: number;
}

/** What should become of a publication. */
export interface Expected {
  /** IGNORED: a redelivery, which changes nothing. */
  readonly outcome: 'VALID' | 'REJECTED' | 'IGNORED' | 'DEAD_LETTERED';
  /** Every rule that it breaks, in the order of the rules; empty unless REJECTED. */
  readonly rejectReasons: readonly RejectReason[];
}

/** A record for `raw_order`. */
export type Publication = PublishedOrder | PublishedBytes;

export interface PublishedOrder {
  /** `order`: its first publication. `duplicate`: another message id. `redelivery`: the very same bytes again. */
  readonly kind: 'order' | 'duplicate' | 'redelivery';
  /** The order id. */
  readonly key: string;
  readonly value: Uint8Array;
  readonly orderId: string;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly expected: Expected;
}

export interface PublishedBytes {
  readonly kind: 'malformed';
  readonly key: string;
  readonly value: Uint8Array;
  readonly expected: Expected;
}

/** Orders per second where no rate is set: more than the producer publishes, so that no order comes from the future. */
const FASTEST = 100_000;
/** Orders reach us a little after they were made: this many milliseconds on average, five times as many at most. */
const MEAN_DELAY_MS = 300;
/** A repeated publication comes after at most this many other orders. */
const LONGEST_WAIT = 40;

/**
 * Yields the publications in their order. A cancelled order has to be cancelled before it is published: its `expected`
 * names CANCELLED_ORDER. Throws OperatorError BAD_REFERENCE_DATA when the reference data cannot serve the shares.
 */
export function* generateOrders(reference: ReferenceData, options: OrderOptions): Generator<Publication, void> {
  const { seed, count, startTime = Date.now(), rate = FASTEST, orderBytes } = options;
  const shares = { ...defaultShares, ...options.shares };
  const content = createRandom(`orders ${seed}`);
  // Two runs with the same seed are the same orders in content, and other orders by their ids.
  const ids = createRandom(`ids ${seed} ${startTime}`);
  const run = createHash('sha256').update(`run ${seed} ${startTime}`).digest('hex').slice(0, 12);
  const makeOrder = createOrderMaker(reference, shares, orderBytes);
  /** What waits to be published again, by the number of the order that it follows. */
  const waiting = new Map<number, Publication[]>();
  const publishAfter = (index: number, publication: Publication) => {
    const after = Math.min(index + content.between(1, LONGEST_WAIT), count - 1);
    waiting.set(after, [...(waiting.get(after) ?? []), publication]);
  };
  for (let index = 0; index < count; index++) {
    const orderId = `ORD-${run}-${String(index + 1).padStart(7, '0')}`;
    const published = startTime + Math.floor((index * 1000) / rate);
    const identity = { messageId: ids.uuid(), orderId, createdAt: published - delay(content) };
    const breaks = drawReasons(content, shares);
    const order = makeOrder(content, identity, breaks);
    const first = publicationOf('order', order, identity.createdAt, breaks);
    yield first;
    if (content.chance(shares.malformed)) {
      const value = malformedValue(content, order);
      const expected = { outcome: 'DEAD_LETTERED', rejectReasons: [] } as const;
      yield { kind: 'malformed', key: `malformed-${orderId}`, value, expected };
    }
    if (content.chance(shares.duplicate)) {
      const again = v1.Order.create({ ...order, messageId: ids.uuid() });
      // One that was rejected is no order yet, and leaves its id to the next publication.
      const reasons: RejectReason[] = breaks.length > 0 ? breaks : ['DUPLICATE_ORDER'];
      publishAfter(index, publicationOf('duplicate', again, identity.createdAt, reasons));
    }
    if (content.chance(shares.redelivery)) {
      const expected = { outcome: 'IGNORED', rejectReasons: [] } as const;
      publishAfter(index, { ...first, kind: 'redelivery', expected });
    }
    yield* waiting.get(index) ?? [];
    waiting.delete(index);
  }
}

function publicationOf(
  kind: 'order' | 'duplicate',
  order: Order,
  createdAt: number,
  rejectReasons: readonly RejectReason[],
): PublishedOrder {
  const { orderId, messageId } = order;
  const outcome = rejectReasons.length > 0 ? 'REJECTED' : 'VALID';
  const value = orderCodec.encode(order);
  return { kind, key: orderId, value, orderId, messageId, createdAt, expected: { outcome, rejectReasons } };
}

function drawReasons(random: Random, shares: Shares): RejectReason[] {
  const drawn: [number, RejectReason][] = [
    [shares.fraudIp, 'FRAUD_IP'],
    [shares.defaulter, 'PAYMENT_DEFAULTER'],
    [shares.cancelled, 'CANCELLED_ORDER'],
    [shares.delayed, 'FULFILMENT_DELAY'],
  ];
  return drawn.flatMap(([share, reason]) => (random.chance(share) ? [reason] : []));
}

/** Exponentially distributed, so that orders come slightly out of the order of their times. */
function delay(random: Random): number {
  return Math.floor(Math.min(-Math.log(1 - random.fraction()), 5) * MEAN_DELAY_MS);
}
