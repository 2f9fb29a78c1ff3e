/** Records on every stream, as the stages would write them, without the stages: a test knows every number that they come to. */
import type { Config } from '../../config.js';
import { generateOrders, type Publication } from '../../generator/orders.js';
import { kafkaProducer } from '../../kafka/client.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import type { TopicName } from '../../model/topics.js';
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  fromMillis,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
  toMillis,
  v1,
  type Order,
  type RejectReason,
} from '../../proto/messages.js';

/** What analysts ask of an order. */
export interface KnownOrder {
  readonly orderId: string;
  readonly orderType: string;
  readonly toLocationId: string;
  readonly toRegion: string;
  readonly customerId: string;
  readonly currency: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly items: number;
  /** In minor units. */
  readonly amount: number;
  /** Empty for one that was accepted. */
  readonly reasons: readonly RejectReason[];
  readonly route: 'INTERNAL' | 'EXTERNAL' | undefined;
}

export interface KnownStreams {
  /** Different orders, each once. */
  readonly orders: readonly KnownOrder[];
  /** Records by stream. */
  readonly records: Readonly<Record<TopicName, number>>;
  /** Records of raw_order that are no message. */
  readonly malformed: number;
}

interface Outgoing {
  readonly topic: TopicName;
  readonly key: string;
  readonly value: Uint8Array;
}

const windowMs = 60_000;

/** Orders of a seed on raw_order, and on every later stream what becomes of them; each tenth record of a later stream stands there twice. */
export async function publishStreams(config: Config, options: { orders: number; seed: number }): Promise<KnownStreams> {
  const reference = await readReferenceFile(defaultReferenceFile);
  const publications = [...generateOrders(reference, { seed: options.seed, count: options.orders })];
  const known = publications.flatMap((publication) => knownOrder(publication, reference));
  const later = known.flatMap(({ order, known: of }) => laterRecords(order, of, reference));
  const aggregates = panesOf(known.map((each) => each.known));
  const malformed = publications.filter(({ kind }) => kind === 'malformed');
  const raw = publications.map(({ key, value }): Outgoing => ({ topic: 'raw_order', key, value }));
  const letters = malformed.map(({ key, value }, offset): Outgoing => {
    const letter = {
      topic: 'raw_order',
      partition: 0,
      offset,
      value,
      step: 'validator',
      reason: v1.DeadLetterReason.UNDECODABLE,
    };
    // Where a record has no time, its letter has none.
    const recordTime = offset % 2 === 0 ? fromMillis(Date.now()) : undefined;
    return {
      topic: 'dead_letter',
      key,
      value: deadLetterCodec.encode(v1.DeadLetter.create({ ...letter, recordTime })),
    };
  });
  const sent = [...raw, ...later, ...later.filter((_, index) => index % 10 === 0), ...aggregates, ...letters];
  await send(config, sent);
  const records: Partial<Record<TopicName, number>> = {};
  for (const { topic } of sent) records[topic] = (records[topic] ?? 0) + 1;
  return {
    orders: known.map((each) => each.known),
    records: records as Record<TopicName, number>,
    malformed: malformed.length,
  };
}

/** The order of its first publication; redeliveries and duplicates are records of it. */
function knownOrder(publication: Publication, reference: ReferenceData): { order: Order; known: KnownOrder }[] {
  if (publication.kind !== 'order') return [];
  const order = orderCodec.decode(publication.value);
  const region = reference.locations.find(({ locationId }) => locationId === order.toLocationId)!.region;
  const isAccepted = publication.expected.outcome === 'VALID';
  const known: KnownOrder = {
    orderId: order.orderId,
    orderType: v1.OrderType[order.orderType],
    toLocationId: order.toLocationId,
    toRegion: region,
    customerId: order.customerId,
    currency: order.currency,
    createdAt: toMillis(order.createdAt ?? {}),
    items: order.lines.reduce((sum, { quantity }) => sum + (quantity ?? 0), 0),
    amount: order.lines.reduce((sum, { quantity, unitPrice }) => sum + (quantity ?? 0) * Number(unitPrice ?? 0), 0),
    reasons: publication.expected.rejectReasons,
    route: isAccepted ? (order.orderId.endsWith('7') ? 'EXTERNAL' : 'INTERNAL') : undefined,
  };
  return [{ order, known }];
}

function laterRecords(
  order: Order,
  { orderId: key, reasons, route }: KnownOrder,
  { locations }: ReferenceData,
): Outgoing[] {
  if (!route) {
    const rejections = reasons.map((reason) => ({ reason: v1.RejectReason[reason], detail: 'of a test' }));
    const value = rejectedOrderCodec.encode(v1.RejectedOrder.create({ order, rejections }));
    return [{ topic: 'rejected_order', key, value }];
  }
  const locationOf = (id: string) => locations.find(({ locationId }) => locationId === id);
  const enrichedOrder = v1.EnrichedOrder.create({
    order,
    fromLocation: locationOf(order.fromLocationId),
    toLocation: locationOf(order.toLocationId),
    ipRegion: 'XX',
  });
  const partnerId = route === 'EXTERNAL' ? 'partner-a' : '';
  const routed = v1.RoutedOrder.create({ enrichedOrder, route: v1.Route[route], partnerId });
  return [
    { topic: 'valid_order', key, value: orderCodec.encode(order) },
    { topic: 'enriched_order', key, value: enrichedOrderCodec.encode(enrichedOrder) },
    { topic: route === 'EXTERNAL' ? 'external_order' : 'internal_order', key, value: routedOrderCodec.encode(routed) },
  ];
}

/** Panes that accumulate: of each window one after half of its orders, and one after all. */
function panesOf(orders: readonly KnownOrder[]): Outgoing[] {
  const windows = new Map<string, KnownOrder[]>();
  for (const order of orders.filter(({ route }) => route)) {
    const start = Math.floor(order.createdAt / windowMs) * windowMs;
    const name = `${order.toLocationId} ${start}`;
    windows.set(name, [...(windows.get(name) ?? []), order]);
  }
  const pane = (name: string, counted: readonly KnownOrder[], paneIndex: number): Outgoing => {
    const [toLocationId = '', start] = name.split(' ');
    const byCurrency = new Map<string, number>();
    for (const { currency, amount } of counted) byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + amount);
    const value = aggregatedOrderCodec.encode(
      v1.AggregatedOrder.create({
        toLocationId,
        windowStart: fromMillis(Number(start)),
        windowEnd: fromMillis(Number(start) + windowMs),
        paneIndex,
        orders: counted.length,
        items: counted.reduce((sum, { items }) => sum + items, 0),
        amounts: [...byCurrency].sort().map(([currency, minorUnits]) => ({ currency, minorUnits })),
      }),
    );
    return { topic: 'aggregated_order', key: toLocationId, value };
  };
  return [...windows].flatMap(([name, counted]) => [
    pane(name, counted.slice(0, Math.ceil(counted.length / 2)), 0),
    pane(name, counted, 1),
  ]);
}

async function send(config: Config, records: readonly Outgoing[]): Promise<void> {
  const producer = kafkaProducer(config, 'test-streams');
  await producer.connect();
  try {
    for (let at = 0; at < records.length; at += 500) {
      const some = records.slice(at, at + 500);
      const topicMessages = [...new Set(some.map(({ topic }) => topic))].map((topic) => ({
        topic,
        messages: some
          .filter((record) => record.topic === topic)
          .map(({ key, value }) => ({ key, value: Buffer.from(value) })),
      }));
      await producer.sendBatch({ topicMessages });
    }
  } finally {
    await producer.disconnect();
  }
}
