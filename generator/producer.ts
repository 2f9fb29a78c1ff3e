/** Publishes generated orders on `raw_order`, in batches, each record once. */
import {
  kafkaProducer,
  maxRequestBytes,
  type Message,
  patient,
  type Producer,
  requireTopic,
  withKafkaAdmin,
} from '../kafka/client.js';
import type { StatusChange } from '../metastore/metastore.js';
import type { SealedFields } from '../personal-data/sealing.js';
import type { Order } from '../proto/messages.js';
import { batchesOf, paceOf, splitByBytes } from './batches.js';
import type { Publication, PublishedOrder } from './orders.js';
import { sealedBatch } from './sealed-batch.js';
import { createTally, type Summary } from './summary.js';
import type { KafkaAccess } from '../kafka/security.js';

/** What is said to the metastore before a batch is published. Both may be called again with the same orders. */
export interface BeforePublishing {
  /** Records CREATED for each publication, redeliveries aside. */
  recordStatuses(changes: readonly StatusChange[]): Promise<unknown>;
  /** Cancels the orders that are to be cancelled. */
  cancelOrders(orderIds: readonly string[]): Promise<void>;
  /** Seals the orders' personal data; absent where they are published as they are. The same order again has the same bytes. */
  readonly sealOrders?: (orders: readonly Order[]) => Promise<SealedFields[]>;
}

export interface PublishOptions {
  /** Orders per batch. */
  readonly batch: number;
  /** Orders per second; as fast as possible where it is not set. */
  readonly rate?: number;
  /** Ends the run after the batch that is under way. */
  readonly signal?: AbortSignal;
  /** Called with the orders that Kafka has confirmed so far. */
  readonly onProgress?: (orders: number) => void;
}

const TOPIC = 'raw_order';

/**
 * Publishes all of it and answers with a summary of what Kafka confirmed. When Kafka goes away it waits and goes on; the
 * idempotent producer sends nothing twice, as long as the same process goes on. Throws OperatorError KAFKA_UNREACHABLE
 * when Kafka is not there at the start, NO_SUCH_TOPIC, and what the metastore's functions throw.
 */
export async function publishOrders(
  config: KafkaAccess,
  publications: Iterable<Publication>,
  metastore: BeforePublishing,
  { batch: size, rate, signal, onProgress }: PublishOptions,
): Promise<Summary> {
  const access: KafkaAccess = { ...config, principal: 'generator' };
  await withKafkaAdmin(access, (admin) => requireTopic(admin, TOPIC));
  const producer = kafkaProducer(access, 'orderflow-generator', patient);
  await producer.connect();
  const start = performance.now();
  const waitUntilDue = paceOf(rate, signal);
  const tally = createTally();
  const publish = async (batch: readonly Publication[]) => {
    for (const part of splitByBytes(batch, maxRequestBytes)) {
      await send(producer, part);
      tally.add(part);
      onProgress?.(tally.published.order);
    }
  };
  // A batch is announced to the metastore while the one before is sent. What was announced is always sent.
  let orders = 0;
  let underWay = Promise.resolve();
  try {
    for (const plain of batchesOf(publications, size)) {
      const batch = metastore.sealOrders ? await sealedBatch(metastore.sealOrders, plain) : plain;
      orders += batch.filter(({ kind }) => kind === 'order').length;
      await waitUntilDue(orders);
      if (signal?.aborted) break;
      await announce(metastore, batch);
      await underWay;
      underWay = publish(batch);
      // Awaited above or below; until then a failure must not count as unhandled.
      underWay.catch(() => {});
    }
  } finally {
    await underWay.finally(() => producer.disconnect());
  }
  return tally.summary((performance.now() - start) / 1000);
}

/** Says what is said before a batch is published: which orders are cancelled, and CREATED of each. May be called again. */
export async function announce(metastore: BeforePublishing, batch: readonly Publication[]): Promise<void> {
  const orders = batch.filter(
    (publication): publication is PublishedOrder => publication.kind === 'order' || publication.kind === 'duplicate',
  );
  const cancelled = orders.filter(
    ({ kind, expected }) => kind === 'order' && expected.rejectReasons.includes('CANCELLED_ORDER'),
  );
  if (cancelled.length > 0) await metastore.cancelOrders(cancelled.map(({ orderId }) => orderId));
  await metastore.recordStatuses(
    orders.map(({ orderId, messageId, createdAt }) => ({
      orderId,
      messageId,
      createdAt,
      status: 'CREATED',
      recordedBy: 'generator',
      detail: '',
    })),
  );
}

async function send(producer: Producer, publications: readonly Publication[]): Promise<void> {
  const messages = publications.map(({ key, value }): Message => ({
    key,
    value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  }));
  // All in-sync replicas have it when Kafka answers.
  await producer.send({ topic: TOPIC, acks: -1, messages });
}
