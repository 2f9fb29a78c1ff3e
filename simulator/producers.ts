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
  /** The order as its producer had it before it was sealed, where it was; of a copy of sealed fields that of the original. */
  readonly plain: v1.Order.$Properties;
}

type Names = Pick<Published, 'orderId' | 'messageId'>;
const namesOf = ({ orderId, messageId }: v1.Order.$Properties) => ({ orderId, messageId }) as Names;

const encoder = new TextEncoder();

/** `seal` answers with an order's bytes, sealed or as they are. */
export function createProducers(
  random: Random,
  topics: Topics,
  clock: () => number,
  seal: (value: Uint8Array) => Promise<Uint8Array>,
) {
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

  async function publish(order: v1.Order.$Properties, release?: string): Promise<string> {
    return write(await seal(orderCodec.encode(v1.Order.create(order))), order, namesOf(order), release);
  }

  function write(value: Uint8Array, plain: v1.Order.$Properties, names: Names, release = ''): string {
    const key = encoder.encode(plain.orderId as string);
    const record = topics.append('raw_order', { key, value }, headersOf(release));
    published.push({ record, ...names, plain });
    const named = names.messageId ? `${names.orderId} ${names.messageId}` : 'no order';
    return `${named} at ${record.partition}@${record.offset}${release ? ` as ${release}` : ''}`;
  }

  /** An order that was published before. */
  function earlier(): Published | undefined {
    const recent = published.slice(-20).filter(({ orderId }) => orderId !== '');
    return recent.length === 0 ? undefined : random.pick(recent);
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
    /** Publishes something, and says what. Rejects as `seal` does. */
    async publish(): Promise<string> {
      const fresh = () => anOrder(`o${++orders}`, messageId());
      const before = earlier();
      if (!before || random.chance(0.45)) return `publishes ${await publish(fresh())}`;
      const { plain: order } = before;
      switch (random.between(0, 9)) {
        case 0:
          return `publishes again ${await publish(order)}`;
        case 1:
          return `publishes a duplicate ${await publish({ ...order, messageId: messageId() })}`;
        case 2:
          return `publishes a corrected version ${await publish(anOrder(order.orderId as string, messageId()))}`;
        case 3:
          return `uses a message id for another order ${await publish(anOrder(`o${++orders}`, order.messageId as string))}`;
        case 4:
          return `uses a message id for another content ${await publish({ ...order, customerId: 'CUSTOMER-9' })}`;
        case 5: {
          const value = orderCodec.encode(v1.Order.create({ ...order, currency: '' }));
          return `publishes what lacks something: ${write(value, order, { orderId: '', messageId: '' })}`;
        }
        case 6: {
          // Its sealed fields, where it has some, belong to another publication.
          const copy = v1.Order.create({ ...orderCodec.decode(before.record.value!), messageId: messageId() });
          const plain = { ...order, messageId: copy.messageId };
          return `copies ${order.messageId} as ${write(orderCodec.encode(copy), plain, namesOf(plain))}`;
        }
        case 7:
          return `forges a release ${await publish(order, forgedRelease())}`;
        case 8: {
          const changed = { ...order, lines: [{ sku: 's1', quantity: 777 }] };
          return `forges a release ${await publish(changed, forgedRelease())}`;
        }
        default:
          return `forges a release ${await publish(fresh(), forgedRelease())}`;
      }
    },
  };
}
