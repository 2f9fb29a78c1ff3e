/** Those who write to `raw_order`: honest ones, clumsy ones and hostile ones. */
import type { Random } from '../generator/random.js';
import type { KafkaRecord } from '../model/record.js';
import { headersOf } from '../model/release.js';
import { fromMillis, orderCodec, v1 } from '../proto/messages.js';
import { addresses, customers, locationIds, orderTypes } from './reference.js';
import type { Topics } from './topics.js';

/** What was published: the oracle's ground. Ids are empty where the record is no complete order. */
export interface Published {
  readonly record: KafkaRecord;
  readonly orderId: string;
  readonly messageId: string;
}

const encoder = new TextEncoder();

export function createProducers(random: Random, topics: Topics, clock: () => number) {
  const published: Published[] = [];
  let orders = 0;
  let messages = 0;
  const messageId = () => `m${++messages}`;

  function anOrder(orderId: string, id: string): v1.Order.$Properties {
    const createdAt = clock() - (random.chance(0.05) ? 40 * 3_600_000 : random.between(0, 120_000));
    return {
      orderId,
      messageId: id,
      orderType: v1.OrderType[random.pick(orderTypes)],
      customerId: random.pick(customers),
      ipAddress: random.pick(addresses),
      fromLocationId: random.pick(locationIds.slice(0, 3)),
      toLocationId: random.pick(locationIds),
      createdAt: fromMillis(createdAt),
      promisedBy: fromMillis(createdAt + 3_600_000),
      currency: random.pick(['EUR', 'USD']),
      lines: [{ sku: 's1', quantity: random.between(1, 3), unitPrice: random.between(1, 99) }],
      paymentMethod: v1.PaymentMethod.CARD,
    };
  }

  function publish(order: v1.Order.$Properties, release?: string): string {
    const { orderId, messageId: id } = order as { orderId: string; messageId: string };
    const value = orderCodec.encode(v1.Order.create(order));
    return write(orderId, value, { orderId, messageId: id }, release);
  }

  function write(key: string, value: Uint8Array, names: { orderId: string; messageId: string }, release = ''): string {
    const record = topics.append('raw_order', { key: encoder.encode(key), value }, headersOf(release));
    published.push({ record, ...names });
    const named = names.messageId ? `${names.orderId} ${names.messageId}` : 'no order';
    return `${named} at ${record.partition}@${record.offset}${release ? ` as ${release}` : ''}`;
  }

  /** An order that was published before, with its fields. */
  function earlier(): v1.Order.$Properties | undefined {
    const recent = published.slice(-20).filter(({ orderId }) => orderId !== '');
    return recent.length === 0 ? undefined : orderCodec.decode(random.pick(recent).record.value!);
  }

  /** A name that somebody might think up, or copy from a record or a dead letter. */
  function forgedRelease(): string {
    const topic = random.pick(['raw_order', 'raw_order', 'enriched_order', 'valid_order']);
    const step = random.pick(['validator', 'validator', 'enricher', 'router']);
    const offset = random.between(0, Math.max(0, topics.end('raw_order', 0) - 1));
    return `${topic}/${random.between(0, 1)}/${offset}/${step}/${random.pick([1, 1, 2, 999])}`;
  }

  return {
    published: published as readonly Published[],
    orderIds: () => Array.from({ length: Math.max(1, orders) }, (_, index) => `o${index + 1}`).slice(-10),
    nextOrderId: () => `o${orders + 1}`,
    /** Publishes something, and says what. */
    publish(): string {
      const fresh = () => anOrder(`o${++orders}`, messageId());
      const order = earlier();
      if (!order || random.chance(0.45)) return `publishes ${publish(fresh())}`;
      switch (random.between(0, 8)) {
        case 0:
          return `publishes again ${publish(order)}`;
        case 1:
          return `publishes a duplicate ${publish({ ...order, messageId: messageId() })}`;
        case 2:
          return `publishes a corrected version ${publish(anOrder(order.orderId as string, messageId()))}`;
        case 3:
          return `uses a message id for another order ${publish(anOrder(`o${++orders}`, order.messageId as string))}`;
        case 4:
          return `uses a message id for another content ${publish({ ...order, customerId: 'C9' })}`;
        case 5: {
          const value = orderCodec.encode(v1.Order.create({ ...order, currency: '' }));
          return `publishes what lacks something: ${write(order.orderId as string, value, { orderId: '', messageId: '' })}`;
        }
        case 6:
          return `forges a release ${publish(order, forgedRelease())}`;
        case 7:
          return `forges a release ${publish({ ...order, lines: [{ sku: 's1', quantity: 777 }] }, forgedRelease())}`;
        default:
          return `forges a release ${publish(fresh(), forgedRelease())}`;
      }
    },
  };
}
