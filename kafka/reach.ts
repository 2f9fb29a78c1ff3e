/** How far a reader of committed records can come: a topic may end with marks of transactions, and with what was aborted. */
import { kafkaClient, withKafka } from './client.js';
import { type Cluster, clusterOf, visible } from './kafkajs.js';
import { refusalIn } from './refusals.js';
import type { KafkaAccess } from './security.js';
import { fetchFrom, type Stretch } from './stretches.js';

const atOnce = { maxBytes: 256 * 1024, waitMs: 0 };

/**
 * Those of the stretches that hold a record which a reader can see now; what is in a transaction that is open is not yet seen. Asks the
 * brokers, and joins no group. A stretch of which the broker cannot say it counts as one that holds a record. Throws KAFKA_UNREACHABLE.
 */
export async function withRecords(config: KafkaAccess, stretches: readonly Stretch[]): Promise<ReadonlySet<Stretch>> {
  if (stretches.length === 0) return new Set();
  const cluster = clusterOf(kafkaClient(config, 'orderflow-reach'));
  return withKafka(config, async () => {
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...new Set(stretches.map(({ topic }) => topic))]);
      const held = await Promise.all(stretches.map((stretch) => holdsRecord(cluster, stretch)));
      return new Set(stretches.filter((_, index) => held[index]));
    } finally {
      await cluster.disconnect();
    }
  });
}

async function holdsRecord(cluster: Cluster, stretch: Stretch): Promise<boolean> {
  for (let next = stretch.from; next < stretch.to;) {
    // Who may see how far stages are, and read no record.
    const fetched = await fetchFrom(cluster, stretch, next, atOnce).catch((error: unknown) => {
      if (refusalIn(error)?.of === 'topic') return undefined;
      throw error;
    });
    if (!fetched || fetched.errorCode !== 0) return true;
    if (visible(stretch.topic, String(next), fetched).length > 0) return true;
    const last = fetched.messages.at(-1);
    // Nothing more, or an open transaction.
    if (!last || Number(last.offset) < next) return false;
    next = Number(last.offset) + 1;
  }
  return false;
}
