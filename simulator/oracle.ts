/**
 * What has to hold when all is quiet (docs/invariants.md), from the topics, the partner's memory, the windows and the histories. It
 * shares no code with what it judges but the messages, and the vault that opens sealed orders.
 */
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
import {
  grouped,
  hasPassed,
  hex,
  type Evidence,
  type Report,
  type Seen,
  type Violation,
  type Written,
} from './evidence.js';
import { judgePersonalData, sourcesOf } from './personal-data.js';

const positionOf = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }) =>
  `${topic} ${partition}@${offset}`;

/** What is wrong; nothing where all promises are kept. */
export async function judge(evidence: Evidence): Promise<Violation[]> {
  const { published, released, all, effects, history, sums, windowOf, parked } = evidence;
  const violations: Violation[] = [];
  const report: Report = (invariant, what, ...about) => void violations.push({ invariant, what, about });

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
      // What a later stage sets aside of a record that was carried to it, has its position, too.
      ({ letter }) =>
        letter.step === 'validator' &&
        hex(letter.value) === hex(record.value) &&
        (!reasons || reasons.includes(letter.reason)),
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
    // 4: of what came under a message id, one content goes on, and the others are set aside and nothing else.
    const goesOnAlone = (source: string) =>
      entries.every((entry) =>
        hex(entry.record.value) === source ? !aside(entry, [v1.DeadLetterReason.MESSAGE_ID_REUSED]) : aside(entry),
      );
    if (contents.size === 1 && !sourcesOf(ends[0]!, entries).some(goesOnAlone))
      report(4, `message ${message} went on with what nobody published, or another content of it is lost`, message);
    // 2: a record that goes on is not set aside as well; of copies, and of releases, one may be.
    const [entry] = entries;
    const isAlone = entries.length === 1 && !released.some(({ value }) => hex(value) === hex(entry!.record.value));
    if (contents.size > 0 && isAlone && aside(entry!))
      report(2, `message ${message} goes on, and is set aside`, message);
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
  // Where the partner's answer was lost before its customer was erased, nobody can ask again.
  const failedErased = new Set(
    history.flatMap(({ orderId, status, detail }) =>
      status === 'DELIVERY_FAILED' && detail?.includes('erased') ? [orderId] : [],
    ),
  );
  for (const order of effects.keys())
    if (!hasLine('DELIVERED', order) && !failedErased.has(order))
      report(10, `order ${order} was taken, and is not DELIVERED`, order);
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
  await judgePersonalData(evidence, seen, report);
  return violations;
}
