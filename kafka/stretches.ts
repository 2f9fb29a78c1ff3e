/** Reads stretches of topics straight from the brokers, without a consumer group: as often as one likes, and side by side. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { KafkaMessage } from 'kafkajs';
import { OperatorError } from '../errors.js';
import type { KafkaRecord } from '../model/record.js';
import { kafkaClient, withKafka } from './client.js';
import { type Cluster, clusterOf, type Fetched, headersIn, visible } from './kafkajs.js';
import type { KafkaAccess } from './security.js';

/** Offsets of a partition: from `from` to before `to`. */
export interface Stretch {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface FetchOptions {
  readonly maxBytes: number;
  /** Longest time that the broker waits for a record, in ms. */
  readonly waitMs: number;
}

const readCommitted = 1;

/** What the partition's leader has from an offset on; undefined where nobody leads the partition. The cluster knows the topic already. */
export async function fetchFrom(
  cluster: Cluster,
  { topic, partition }: Pick<Stretch, 'topic' | 'partition'>,
  offset: number,
  { maxBytes, waitMs }: FetchOptions,
): Promise<Fetched | undefined> {
  const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  if (nodeId === undefined) return undefined;
  const broker = await cluster.findBroker({ nodeId });
  const answer = await broker.fetch({
    isolationLevel: readCommitted,
    maxWaitTime: waitMs,
    maxBytes,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(offset), maxBytes }] }],
  });
  return answer.responses[0]?.partitions[0];
}

/** kafkajs makes objects of all that a fetch brings. A larger batch comes alone. */
const portion: FetchOptions = { maxBytes: 1024 * 1024, waitMs: 500 };

/** A broker that starts again, or a partition that gets another leader, is waited for: about a minute. */
const whileAway = retry(
  handleWhen((error) => {
    const { code, retriable } = error as { code?: string; retriable?: boolean };
    return code === 'KAFKA_UNREACHABLE' || retriable === true;
  }),
  { maxAttempts: 16, backoff: new ExponentialBackoff({ maxDelay: 5_000 }) },
);

const noLeader = Object.assign(new Error('the partition has no leader'), { retriable: true });

/**
 * The records of a stretch in their order, in portions; the same ones whenever it is read. Its end must have been there. Waits for transactions that are
 * open in it. Throws RECORDS_DELETED where Kafka has deleted some, TOPIC_MADE_ANEW or KAFKA_UNREACHABLE after a minute, KAFKA_REFUSED.
 */
export async function* readStretch(config: KafkaAccess, stretch: Stretch): AsyncGenerator<readonly KafkaRecord[]> {
  const { from, to } = stretch;
  let connected: Cluster | undefined;

  async function disconnect(): Promise<void> {
    const cluster = connected;
    connected = undefined;
    await cluster?.disconnect();
  }

  async function ask(offset: number): Promise<Fetched> {
    try {
      connected ??= await connect(config, stretch.topic);
      const fetched = await fetchFrom(connected, stretch, offset, portion);
      if (!fetched) throw noLeader;
      if (Number(fetched.highWatermark) < stretch.to) throw endsBefore(stretch, fetched);
      return fetched;
    } catch (error) {
      // Whoever leads the partition now is asked anew.
      await disconnect();
      throw deletedAt(stretch, offset, error) ?? error;
    }
  }

  const fetch = (offset: number) => whileAway.execute(() => withKafka(config, () => ask(offset)));
  try {
    for (let next = from, ahead = fetch(next); next < to;) {
      const fetched = await ahead;
      const messages = visible(stretch.topic, String(next), fetched);
      next = Math.max(next, Number(fetched.messages.at(-1)?.offset ?? -1) + 1);
      if (next < to) {
        // While this portion is handled.
        ahead = fetch(next);
        ahead.catch(() => undefined);
      }
      const records = messages.map((message) => recordOf(stretch, message)).filter(({ offset }) => offset < to);
      if (records.length > 0) yield records;
    }
  } finally {
    await disconnect();
  }
}

async function connect(config: KafkaAccess, topic: string): Promise<Cluster> {
  const cluster = clusterOf(kafkaClient(config, 'orderflow-stretch'));
  try {
    await cluster.connect();
    await cluster.addMultipleTargetTopics([topic]);
    return cluster;
  } catch (error) {
    await cluster.disconnect();
    throw error;
  }
}

function recordOf({ topic, partition }: Stretch, message: KafkaMessage): KafkaRecord {
  const { key, value, timestamp, offset } = message;
  const record = { topic, partition, offset: Number(offset), timestamp: Number(timestamp), key, value };
  const headers = headersIn(message);
  return headers.length > 0 ? { ...record, headers } : record;
}

/** Of a partition that has just got another leader, it may be so for a moment. */
const endsBefore = ({ topic, partition, to }: Stretch, { highWatermark }: Fetched) =>
  Object.assign(
    new OperatorError(
      'TOPIC_MADE_ANEW',
      `${topic}/${partition} ends at ${highWatermark}, and was to be read up to ${to}: it was deleted and made anew meanwhile; run this again`,
    ),
    { retriable: true },
  );

function deletedAt({ topic, partition }: Stretch, offset: number, error: unknown): OperatorError | undefined {
  if ((error as { type?: string }).type !== 'OFFSET_OUT_OF_RANGE') return undefined;
  const message = `${topic}/${partition} has no record ${offset} any more: Kafka deletes what is older than ORDERFLOW_RETENTION_MS`;
  return new OperatorError('RECORDS_DELETED', message, { cause: error });
}
