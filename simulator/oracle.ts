/**
 * What has to hold when all is quiet (docs/invariants.md), from the topics, the partner's memory, the windows and the histories. It
 * shares no code with what it judges but the messages.
 */
import type { StatusChange } from '../metastore/metastore.js';
import type { KafkaRecord } from '../model/record.js';
import type { TopicName } from '../model/topics.js';
import {
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type DeadLetter,
  type Order,
} from '../proto/messages.js';
import { isPoison } from './partner.js';
import type { Published } from './producers.js';

/** What is wrong: which invariant, and of what. */
export interface Violation {
  readonly invariant: number;
  readonly what: string;
  /** Words by which its story is found. */
  readonly about: readonly string[];
}

export interface Evidence {
  readonly published: readonly Published[];
  readonly released: readonly KafkaRecord[];
  readonly all: (topic: TopicName) => readonly KafkaRecord[];
  readonly effects: ReadonlyMap<string, number>;
  readonly history: readonly StatusChange[];
  readonly sums: ReadonlyMap<string, { readonly orders: number; readonly items: number; readonly amounts: object }>;
  readonly windowOf: (toLocationId: string, millis: number) => string;
  /** How many deliveries wait. */
  readonly parked: number;
}

const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
const positionOf = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }) =>
  `${topic} ${partition}@${offset}`;

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

interface Written {
  readonly order: Order;
  readonly bytes: string;
  /** Of the order alone. */
  readonly content: string;
}

export function judge(evidence: Evidence): Violation[] {
  const { published, released, all, effects, history, sums, windowOf, parked } = evidence;
  const violations: Violation[] = [];
  const report = (invariant: number, what: string, ...about: string[]) =>
    void violations.push({ invariant, what, about });

  const read = (topic: TopicName, orderOf: (value: Uint8Array) => Order): Written[] =>
    all(topic).map(({ value }) => {
      const order = orderOf(value!);
      return { order, bytes: hex(value), content: hex(orderCodec.encode(v1.Order.create(order))) };
    });
  const valid = read('valid_order', (value) => orderCodec.decode(value));
  const rejected = read('rejected_order', (value) => rejectedOrderCodec.decode(value).order as Order);
  const enriched = read('enriched_order', (value) => enrichedOrderCodec.decode(value).order as Order);
  const routedOrder = (value: Uint8Array) => routedOrderCodec.decode(value).enrichedOrder?.order as Order;
  const internal = read('internal_order', routedOrder);
  const external = read('external_order', routedOrder);
  const letters = all('dead_letter').map(({ value }) => ({
    letter: deadLetterCodec.decode(value!),
    bytes: hex(value),
  }));
  const byMessage = (written: readonly Written[]) => grouped(written, ({ order }) => order.messageId);
  const byOrder = (written: readonly Written[]) => grouped(written, ({ order }) => order.orderId);
  const lettersAt = grouped(letters, ({ letter }) => positionOf(letter));

  // 1 and 2: a record read again has the same outputs.
  const seen: Seen = { valid, rejected, enriched, internal, external };
  for (const [name, written] of Object.entries(seen) as [string, readonly Written[]][])
    for (const [message, copies] of byMessage(written))
      if (new Set(copies.map(({ bytes }) => bytes)).size > 1)
        report(1, `message ${message} is ${name} with different bytes`, message, copies[0]!.order.orderId);
  // A record that somebody wrote with a release's name and bytes before there was one, is a copy of it from then on.
  const nameOf = (letter: DeadLetter) => `${positionOf(letter)} at ${letter.step} ${letter.release}`.trim();
  for (const [name, copies] of grouped(letters, ({ letter }) => nameOf(letter)))
    if (new Set(copies.map(({ bytes }) => bytes)).size > 1) report(1, `${name} has different dead letters`, name);
  const [validOf, rejectedOf] = [byMessage(valid), byMessage(rejected)];
  for (const message of validOf.keys())
    if (rejectedOf.has(message)) report(2, `message ${message} is valid and rejected`, message);
  const [internalOf, externalOf] = [byOrder(internal), byOrder(external)];
  for (const order of internalOf.keys())
    if (externalOf.has(order)) report(2, `order ${order} is internal and external`, order);

  // 3: every record on raw_order has its end.
  const aside = ({ record }: Published, reasons?: readonly v1.DeadLetterReason[]) =>
    (lettersAt.get(positionOf(record)) ?? []).some(
      ({ letter }) => hex(letter.value) === hex(record.value) && (!reasons || reasons.includes(letter.reason)),
    );
  const complete = published.filter(({ messageId }) => messageId !== '');
  for (const entry of published)
    if (entry.messageId === '' && !aside(entry))
      report(3, `${positionOf(entry.record)} is lost`, positionOf(entry.record));
  for (const [message, entries] of grouped(complete, ({ messageId }) => messageId)) {
    const ends = [...(validOf.get(message) ?? []), ...(rejectedOf.get(message) ?? [])];
    const contents = new Set(ends.map(({ content }) => content));
    if (contents.size > 1) report(4, `message ${message} went on with two contents`, message);
    const isAside = entries.some((entry) => aside(entry));
    if (contents.size === 0 && !isAside) report(3, `message ${message} is lost`, message);
    // 4: what came under a known message id with something else in it, is set aside and nothing else.
    for (const entry of entries) {
      const isEnd = contents.has(hex(entry.record.value));
      if (contents.size > 0 && !isEnd && !aside(entry))
        report(4, `${positionOf(entry.record)} has the message id ${message} of another, and is lost`, message);
      if (isEnd && aside(entry, [v1.DeadLetterReason.MESSAGE_ID_REUSED]) && contents.size === 1)
        report(4, `${positionOf(entry.record)} is message ${message}, and set aside as another's`, message);
    }
    const publishedContents = new Set(entries.map(({ record }) => hex(record.value)));
    for (const content of contents)
      if (!publishedContents.has(content)) report(4, `message ${message} went on with what nobody published`, message);
  }

  // 5 and 6: an order is accepted once, and a duplicate is one of an accepted order.
  const acceptedOf = byOrder(valid);
  for (const [order, copies] of acceptedOf)
    if (new Set(copies.map(({ order: { messageId } }) => messageId)).size > 1)
      report(5, `order ${order} is accepted under two message ids`, order);
  for (const { value } of all('rejected_order')) {
    const { order, rejections } = rejectedOrderCodec.decode(value!);
    const { orderId, messageId } = order as Order;
    const isDuplicate = rejections.some(({ reason }) => reason === v1.RejectReason.DUPLICATE_ORDER);
    if (isDuplicate && !acceptedOf.has(orderId))
      report(6, `message ${messageId} is a duplicate of order ${orderId}, which nobody accepted`, orderId, messageId);
  }

  // 7 and 8: what was accepted goes on, and with its own bytes; a release leads to something.
  const enrichedOf = byOrder(enriched);
  const lettersOf = grouped(letters, ({ letter }) => `${letter.step} ${letter.orderId}`);
  const isSetAside = (step: string, order: string) => lettersOf.has(`${step} ${order}`);
  for (const [order, [accepted]] of acceptedOf) {
    const next = enrichedOf.get(order);
    if (!next && !isSetAside('enricher', order)) report(7, `order ${order} is valid, and lost`, order);
    for (const { content } of [...(next ?? []), ...(internalOf.get(order) ?? []), ...(externalOf.get(order) ?? [])])
      if (content !== accepted!.content) report(8, `order ${order} goes on with another content`, order);
    if (next && !internalOf.has(order) && !externalOf.has(order) && !isSetAside('router', order))
      report(7, `order ${order} is enriched, and lost`, order);
  }
  for (const order of [...enrichedOf.keys(), ...internalOf.keys(), ...externalOf.keys()])
    if (!acceptedOf.has(order)) report(8, `order ${order} went on, and was never accepted`, order);

  // 9 to 11: deliveries.
  const linesOf = grouped(history, ({ orderId, status }) => `${status} ${orderId}`);
  const hasLine = (status: string, order: string) => linesOf.has(`${status} ${order}`);
  for (const [order, count] of effects) if (count > 1) report(9, `order ${order} was taken ${count} times`, order);
  for (const order of effects.keys())
    if (!hasLine('DELIVERED', order)) report(10, `order ${order} was taken, and is not DELIVERED`, order);
  for (const [key, [line]] of linesOf)
    if (key.startsWith('DELIVERED ') && !effects.has(line!.orderId))
      report(10, `order ${line!.orderId} is DELIVERED, and nobody has it`, line!.orderId);
  for (const order of externalOf.keys()) {
    if (effects.has(order) || isSetAside('external-processor', order)) continue;
    report(11, `order ${order} is neither delivered nor set aside${isPoison(order) ? ', nor given up' : ''}`, order);
  }
  if (parked > 0) report(11, `${parked} deliveries still wait`);

  // 12: each enriched order is in its window once, or set aside there.
  const expected = new Map<string, { orders: number; items: number; amounts: Record<string, number> }>();
  for (const [order, [first]] of enrichedOf) {
    if (isSetAside('aggregator', order)) continue;
    const { toLocationId, createdAt, currency, lines } = first!.order;
    const window = windowOf(toLocationId, toMillis(createdAt ?? {}));
    const sum = expected.get(window) ?? { orders: 0, items: 0, amounts: {} };
    sum.orders += 1;
    for (const { quantity, unitPrice } of lines) {
      sum.items += quantity ?? 0;
      sum.amounts[currency] = (sum.amounts[currency] ?? 0) + (quantity ?? 0) * Number(unitPrice ?? 0);
    }
    expected.set(window, sum);
  }
  const sorted = (amounts: object) => JSON.stringify(Object.entries(amounts).sort());
  for (const window of new Set([...expected.keys(), ...sums.keys()])) {
    const [is, should] = [sums.get(window), expected.get(window)];
    const isRight =
      is &&
      should &&
      is.orders === should.orders &&
      is.items === should.items &&
      sorted(is.amounts) === sorted(should.amounts);
    if (!isRight)
      report(12, `window ${window} holds ${is?.orders ?? 0} orders, and should hold ${should?.orders ?? 0}`, window);
  }

  // 13: a release that came to its topic has led on, or come back; of copies of a record, one of them has.
  const returned = new Set(
    letters.flatMap(({ letter: { step, value, release } }) => (release === '' ? [] : `${step} ${hex(value)}`)),
  );
  for (const record of released) {
    const name = Buffer.from(record.headers![0]!.value!).toString();
    const step = name.split('/')[3]!;
    if (!returned.has(`${step} ${hex(record.value)}`) && !hasPassed(step, record, evidence, seen))
      report(13, `release ${name} led to nothing`, name);
  }
  return violations;
}

interface Seen {
  readonly valid: readonly Written[];
  readonly rejected: readonly Written[];
  readonly enriched: readonly Written[];
  readonly internal: readonly Written[];
  readonly external: readonly Written[];
}

/** Whether the order in a released record has gone on from the step. */
function hasPassed(step: string, { value }: KafkaRecord, { effects }: Evidence, seen: Seen): boolean {
  const has = (written: readonly Written[], { orderId, messageId }: Order) =>
    written.some(({ order }) => order.orderId === orderId && order.messageId === messageId);
  try {
    switch (step) {
      case 'validator':
        return has([...seen.valid, ...seen.rejected], orderCodec.decode(value!));
      case 'enricher':
        return has(seen.enriched, orderCodec.decode(value!));
      case 'router':
        return has([...seen.internal, ...seen.external], enrichedOrderCodec.decode(value!).order as Order);
      case 'external-processor':
        return effects.has((routedOrderCodec.decode(value!).enrichedOrder?.order as Order).orderId);
      default:
        // Of the aggregator the windows say it.
        return true;
    }
  } catch {
    return false;
  }
}
