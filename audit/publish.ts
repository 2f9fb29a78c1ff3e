/** Brings the events of the audit trail from the metastore onto the topic `audit`, in their order. */
import type { Config } from '../config.js';
import { kafkaClient, kafkaProducer, type Producer } from '../kafka/client.js';
import { publishAuditEvents, unpublishedEvents } from '../metastore/audit-trail.js';
import type { Pool } from '../metastore/connection.js';
import { encodeAuditEvent } from './message.js';

/** At most so many at once: with the largest details they fit into what Kafka takes in one request. */
const partSize = 100;
/** A command does not wait long for a Kafka that is away: the next one publishes what this one could not. */
const impatient = { retries: 1, initialRetryTime: 200, maxRetryTime: 400 };

/**
 * Publishes what is not on the topic yet; answers how many events. At least once each: one whose confirmation was lost stands there twice. May be
 * called by anybody at any time. Rejects where Kafka does not answer, or the topic is not there; nothing is lost then, and it may be called again.
 */
export async function publishEvents(config: Config, pool: Pool): Promise<number> {
  const { events } = await unpublishedEvents(pool);
  if (events === 0) return 0;
  await requireAuditTopic(config);
  const producer = kafkaProducer(config, 'orderflow-audit', impatient);
  try {
    await producer.connect();
    return await publishAuditEvents(pool, partSize, (part) => send(producer, part));
  } finally {
    await producer.disconnect();
  }
}

async function send(producer: Producer, events: Parameters<Parameters<typeof publishAuditEvents>[2]>[0]) {
  const messages = events.map((event) => ({ key: String(event.seq), value: Buffer.from(encodeAuditEvent(event)) }));
  await producer.send({ topic: 'audit', messages });
}

/** A producer would ask for a topic that is not there again and again. */
async function requireAuditTopic(config: Config): Promise<void> {
  const admin = kafkaClient(config, 'orderflow-audit', impatient).admin();
  try {
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: ['audit'] });
  } finally {
    await admin.disconnect();
  }
}
