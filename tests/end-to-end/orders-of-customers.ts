/** Orders of customers whom a test names, published as the generator publishes: sealed where the stack seals. */
import type { Config } from '../../config.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { generateOrders, type PublishedOrder } from '../../generator/orders.js';
import { publishOrders } from '../../generator/producer.js';
import { kafkaProducer } from '../../kafka/client.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { fromMillis, orderCodec, v1, type Order } from '../../proto/messages.js';

export interface Customer {
  readonly customerId: string;
  readonly ipAddress: string;
}

/** What becomes of the order, when the partner takes orders: delivered; rejected as promised too soon; set aside as no order. */
export type Fate = 'delivered' | 'rejected' | 'invalid';

const changes: Readonly<Record<Fate, v1.Order.$Properties>> = {
  delivered: {},
  rejected: { promisedBy: fromMillis(Date.now()) },
  invalid: { lines: [] },
};

/** Whoever made the order of a seed, it goes to a partner: all routes to this region do, but for orders that are collected. */
async function anyOrder(seed: number): Promise<PublishedOrder & { readonly order: Order }> {
  const reference = await readReferenceFile(defaultReferenceFile);
  const shares = { fraudIp: 0, defaulter: 0, cancelled: 0, delayed: 0, duplicate: 0, redelivery: 0, malformed: 0 };
  for (const publication of generateOrders(reference, { seed, count: Infinity, shares })) {
    if (publication.kind !== 'order') continue;
    const order = orderCodec.decode(publication.value);
    const to = reference.locations.find(({ locationId }) => locationId === order.toLocationId)!;
    const isCollected = order.orderType === v1.OrderType.CLICK_AND_COLLECT;
    if (to.region === 'EU-NORTH' && !isCollected) return { ...publication, order };
  }
  throw new Error('an endless stream ended');
}

let lastSeed = 1_000;

export interface Published {
  readonly orderId: string;
  readonly toLocationId: string;
}

async function orderOf(customer: Customer, fate: Fate): Promise<PublishedOrder & Published> {
  const { order, ...publication } = await anyOrder(++lastSeed);
  const value = orderCodec.encode(v1.Order.create({ ...order, ...customer, ...changes[fate] }));
  return { ...publication, value, toLocationId: order.toLocationId };
}

/** Publishes an order of each customer. */
export async function publishFor(config: Config, fate: Fate, customers: readonly Customer[]): Promise<Published[]> {
  const orders = await Promise.all(customers.map((customer) => orderOf(customer, fate)));
  await withMetastore(config, (metastore) => publishOrders(config, orders, metastore, { batch: orders.length }));
  return orders;
}

/** Publishes a plain order, as one does who does not seal. */
export async function publishPlain(config: Config, customer: Customer): Promise<Published> {
  const order = await orderOf(customer, 'delivered');
  const producer = kafkaProducer({ ...config, principal: 'generator' }, 'test-plain-order');
  await producer.connect();
  await producer.send({ topic: 'raw_order', messages: [{ key: order.key, value: Buffer.from(order.value) }] });
  await producer.disconnect();
  return order;
}
