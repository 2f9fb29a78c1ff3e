/** What has to hold of personal data when all is quiet: the oracle's part of docs/invariants.md that is about docs/personal-data.md. */
import type { KafkaRecord } from '../model/record.js';
import { releaseTopicOf } from '../model/release.js';
import type { TopicName } from '../model/topics.js';
import {
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  v1,
  type Order,
} from '../proto/messages.js';
import { grouped, hex, type Evidence, type Report, type Seen, type Written } from './evidence.js';
import type { Published } from './producers.js';
import { readingKey } from './readings.js';

/** Milliseconds after which an erasure counts everywhere. */
const minute = 60_000;
const isSealed = ({ customerKeyId }: Order) => customerKeyId !== '';
const contentOf = ({ record }: Published) => hex(record.value);
const orderIn = ({ record }: Published) => orderCodec.decode(record.value!);

const personal = [
  'customerId',
  'ipAddress',
  'paymentMethod',
  'customerKeyId',
  'sealedCustomerId',
  'sealedIpAddress',
  'sealedPaymentMethod',
];
/** The bytes of all that says nothing of who ordered. */
const restOf = (order: Order) =>
  hex(
    orderCodec.encode(
      v1.Order.create(Object.fromEntries(Object.entries(order).filter(([name]) => !personal.includes(name)))),
    ),
  );

/** The plain orders of a publication that are this sealed one but for the personal data. */
const plainOf = ({ order }: Written, entries: readonly Published[]): Published[] =>
  isSealed(order)
    ? entries.filter((entry) => !isSealed(orderIn(entry)) && restOf(orderIn(entry)) === restOf(order))
    : [];

/** The contents of which an order that went on may have come, each once. */
export function sourcesOf(end: Written, entries: readonly Published[]): string[] {
  const contents = entries.map(contentOf);
  return [
    ...new Set([...contents.filter((content) => content === end.content), ...plainOf(end, entries).map(contentOf)]),
  ];
}

/** The order in a record of a topic; null where there is none. */
function orderOf(topic: TopicName, value: Uint8Array): Order | null {
  try {
    switch (topic) {
      case 'rejected_order':
        return rejectedOrderCodec.decode(value).order as Order;
      case 'enriched_order':
        return enrichedOrderCodec.decode(value).order as Order;
      case 'internal_order':
      case 'external_order':
        return routedOrderCodec.decode(value).enrichedOrder?.order as Order;
      case 'dead_letter': {
        const letter = deadLetterCodec.decode(value);
        return orderOf(releaseTopicOf(letter) ?? (letter.topic as TopicName), letter.value);
      }
      default:
        return orderCodec.decode(value);
    }
  } catch {
    return null;
  }
}

const laterTopics = ['valid_order', 'rejected_order', 'enriched_order', 'internal_order', 'external_order', 'dead_letter'] as const; // prettier-ignore

/** Reports what breaks the invariants 14 to 16. */
export async function judgePersonalData(evidence: Evidence, seen: Seen, report: Report): Promise<void> {
  const { published, all, effects, history, readings, erasedAt, open } = evidence;
  const entriesOf = grouped(published, ({ messageId }) => messageId);
  const needles = [
    ...new Set(published.flatMap(({ plain }) => [plain.customerId as string, plain.ipAddress as string])),
  ];
  const reading = (stage: Parameters<typeof readingKey>[0], content: string) =>
    readings.get(readingKey(stage, content));
  /** Whether no process had read any of these bytes before the erasure counted everywhere. */
  const isErasedBefore = (
    stage: Parameters<typeof readingKey>[0],
    contents: readonly string[],
    { customerKeyId }: Order,
  ) => {
    const firsts = contents.flatMap((bytes) => reading(stage, bytes)?.first ?? []);
    return firsts.length > 0 && Math.min(...firsts) > (erasedAt.get(customerKeyId) ?? Infinity) + minute;
  };
  /** What was decided of a plain order, stands for the same order that comes sealed later. */
  const wasErasedBefore = (end: Written) => {
    const plains = plainOf(end, entriesOf.get(end.order.messageId) ?? []);
    return isErasedBefore('validator', [end.content, ...plains.map(contentOf)], end.order);
  };

  // 14: what is sealed is plain nowhere, and the histories know nothing.
  const hasNeedle = (bytes: Uint8Array | string) =>
    needles.some((needle) => Buffer.from(bytes as string).includes(needle));
  const tell = ({ topic, partition, offset }: KafkaRecord) => `${topic} ${partition}@${offset}`;
  for (const topic of laterTopics)
    for (const record of all(topic)) {
      const order = orderOf(topic, record.value!);
      if (order && isSealed(order) && hasNeedle(record.value!))
        report(
          14,
          `${tell(record)} says who ordered ${order.orderId}, which is sealed`,
          order.orderId,
          order.messageId,
        );
    }
  for (const { orderId, messageId, detail = '', facts = '' } of history)
    if (hasNeedle(detail + facts)) report(14, `a status line says who ordered ${orderId}`, orderId, messageId);

  // 15: a plain order goes on as a reading of it said, and who ordered can be read until the customer is erased.
  const ends = [...seen.valid, ...seen.rejected];
  const opened = (await open(ends.map(({ order }) => order))).values();
  const addresses = new Map<string, string>();
  for (const end of ends) {
    const { order, content } = end;
    const { orderId, messageId } = order;
    const entries = entriesOf.get(messageId) ?? [];
    const plains = plainOf(end, entries);
    const isPublished = entries.some((entry) => contentOf(entry) === content);
    if (!isSealed(order)) {
      addresses.set(messageId, order.ipAddress);
      if (!reading('validator', content)?.modes.has('plain'))
        report(15, `message ${messageId} went on plain, and no validator took plain ones so`, orderId, messageId);
      continue;
    }
    if (!isPublished && !plains.some((entry) => reading('validator', contentOf(entry))?.modes.has('sealed')))
      report(15, `message ${messageId} was sealed, and no validator seals`, orderId, messageId);
    const fields = opened.next().value!;
    if (fields.kind === 'OPEN') {
      addresses.set(messageId, fields.fields.ipAddress);
      const { customerId, ipAddress, paymentMethod } = fields.fields;
      const isTheirs = entries.some(
        ({ plain }) =>
          plain.customerId === customerId && plain.ipAddress === ipAddress && plain.paymentMethod === paymentMethod,
      );
      if (!isTheirs) report(15, `message ${messageId} has the sealed fields of another`, orderId, messageId);
    } else if (fields.kind !== 'ERASED' || !erasedAt.has(order.customerKeyId))
      report(15, `message ${messageId} cannot be opened, and its customer was not erased`, orderId, messageId);
  }

  // 16: an erasure counts everywhere after a minute, and for nobody else.
  for (const end of seen.valid)
    if (wasErasedBefore(end))
      report(16, `message ${end.order.messageId} is valid, and its customer was erased before`, end.order.messageId);
  for (const { value } of all('rejected_order')) {
    const { order: any, rejections } = rejectedOrderCodec.decode(value!);
    const order = any as Order;
    const isErased = rejections.some(({ reason }) => reason === v1.RejectReason.CUSTOMER_ERASED);
    const end = { order, bytes: hex(value), content: hex(orderCodec.encode(v1.Order.create(order))) };
    if (isErased ? !erasedAt.has(order.customerKeyId) : wasErasedBefore(end))
      report(16, `message ${order.messageId} is ${isErased ? '' : 'not '}CUSTOMER_ERASED`, order.messageId);
  }
  for (const { value } of all('enriched_order')) {
    const { order: any, ipRegion } = enrichedOrderCodec.decode(value!);
    const order = any as Order;
    const isBefore = isErasedBefore('enricher', [hex(orderCodec.encode(v1.Order.create(order)))], order);
    const region = addresses.get(order.messageId) === '192.0.2.1' ? 'EU' : '';
    const isRight = erasedAt.has(order.customerKeyId) ? !isBefore || ipRegion === '' : ipRegion === region;
    if (!isRight) report(16, `order ${order.orderId} has the region ${ipRegion}`, order.orderId, order.messageId);
  }
  for (const { order, bytes } of seen.external)
    if (isErasedBefore('external-processor', [bytes], order) && effects.has(order.orderId))
      report(16, `order ${order.orderId} was taken after its customer was erased`, order.orderId, order.messageId);
}
