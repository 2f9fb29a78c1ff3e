/** How the project's own clients (commands, generator) reach Kafka. The stages read and write through Flink's connector instead. */
import { ExponentialBackoff, handleWhen, retry as retryPolicy } from 'cockatiel';
import kafkajs, {
  type Admin,
  type EachBatchPayload,
  Kafka,
  logLevel,
  type Message,
  type Producer,
  type RetryOptions,
} from 'kafkajs';
import { OperatorError } from '../errors.js';
import './codecs.js';
import { clusterOf } from './kafkajs.js';
import { refusalBehind } from './diagnosis.js';
import { type Ask, askVia } from './protocol.js';
import { chainOf, refusalIn } from './refusals.js';
import { seedBrokers } from './seed-brokers.js';
import { type KafkaAccess, kafkajsSecurity } from './security.js';

export type { EachBatchPayload, Message, Producer };

// A CommonJS module, of which Node sees only the first names.
const { Partitioners } = kafkajs;
export const { CompressionTypes } = kafkajs;

/** A command gives up after about 5 s in which nobody answers, and says so. */
const impatient: RetryOptions = { initialRetryTime: 200, maxRetryTime: 2_000, retries: 4 };

/** Tries for as long as it takes, at most 5 s apart: for work that waits when Kafka goes away. */
export const patient: RetryOptions = {
  initialRetryTime: 200,
  maxRetryTime: 5_000,
  retries: Number.MAX_SAFE_INTEGER,
};

/** For one answer of a broker that took the connection, in ms: a host that hangs takes connections, too. */
const requestTimeout = 5_000;

/** A client of the configured Kafka. It logs nothing: what goes wrong is thrown, see `withKafka`. */
export function kafkaClient(config: KafkaAccess, clientId: string, retry: RetryOptions = impatient): Kafka {
  const listed = config.kafka.split(',');
  const { tls, sasl } = kafkajsSecurity(config);
  const { brokers: all, socketFactory } = seedBrokers(config.kafka, tls);
  // kafkajs stays with the first that takes the connection, though it answers nothing: https://github.com/tulios/kafkajs/issues/368
  const brokers =
    listed.length > 1 ? async () => seedBrokers(await oneThatAnswers(config, listed)).brokers as string[] : all;
  return new Kafka({ brokers, socketFactory, ...sasl, clientId, logLevel: logLevel.NOTHING, requestTimeout, retry });
}

/** The first of the bootstrap servers that answers; all of them, where none does. */
async function oneThatAnswers(config: KafkaAccess, listed: readonly string[]): Promise<string> {
  const asked = listed.map(async (kafka) => {
    await checkBroker({ ...config, kafka }, requestTimeout);
    return kafka;
  });
  return Promise.any(asked).catch(() => listed.join(','));
}

/** kafkajs makes one record batch per request and partition, and Kafka takes those up to the topic's max.message.bytes. */
export const maxRequestBytes = 1024 * 1024;

/**
 * A producer that sends nothing twice as long as the same process goes on, and puts a key where the stages' own writers do: by
 * its hash. Not connected yet.
 */
export function kafkaProducer(config: KafkaAccess, clientId: string, retry: RetryOptions = impatient): Producer {
  return kafkaClient(config, clientId, retry).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
}

/**
 * Runs `work` and lets its result or error through; an error that means that no broker answered becomes the
 * OperatorError KAFKA_UNREACHABLE, and one that means that Kafka refuses who asks, or what it asks, KAFKA_REFUSED.
 */
export async function withKafka<T>(config: KafkaAccess, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const said = saidBy(error);
    if (said) throw said;
    const refused = await refusalBehind(error, config, () => kafkaClient(config, 'orderflow-check'));
    if (refused) throw refused;
    if (!isUnreachable(error)) throw error;
    const message = `Kafka does not answer at ${config.kafka}: start it with \`orderflow up\`, or set ORDERFLOW_KAFKA`;
    throw new OperatorError('KAFKA_UNREACHABLE', message, { cause: error });
  }
}

/** Connects an admin client for the time of `work`. Fails as `withKafka` does. */
export async function withKafkaAdmin<T>(config: KafkaAccess, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(config, 'orderflow-admin').admin();
  return withKafka(config, async () => {
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  });
}

/**
 * Connects for the time of `work`, which asks what kafkajs does not know. Any broker answers, and hands on to the controller what is the
 * controller's (KRaft). Fails as `withKafka` does.
 */
export async function withBroker<T>(config: KafkaAccess, clientId: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const cluster = clusterOf(kafkaClient(config, clientId));
  return withKafka(config, async () => {
    try {
      await cluster.connect();
      return await work(askVia(cluster));
    } finally {
      await cluster.disconnect();
    }
  });
}

/**
 * One question to the broker, without a second try: it answers, and knows itself as a broker and as the controller. Rejects when the
 * answer takes longer than `patienceMs`.
 */
export async function checkBroker(config: KafkaAccess, patienceMs: number): Promise<void> {
  const { tls, sasl } = kafkajsSecurity(config);
  const admin = new Kafka({
    ...seedBrokers(config.kafka, tls),
    ...sasl,
    clientId: 'orderflow-check',
    logLevel: logLevel.NOTHING,
    connectionTimeout: patienceMs,
    requestTimeout: patienceMs,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error('no broker has registered yet');
  } finally {
    await admin.disconnect();
  }
}

/** Throws OperatorError NO_SUCH_TOPIC when the topic is not there, and what kafkajs throws where one may not see it. */
export async function requireTopic(admin: Admin, topic: string): Promise<void> {
  if ((await admin.listTopics()).includes(topic)) return;
  // A topic that one may not see is in no list.
  await admin.fetchTopicMetadata({ topics: [topic] }).catch((error: unknown) => {
    if (refusalIn(error)) throw error;
  });
  throw new OperatorError('NO_SUCH_TOPIC', `Kafka has no topic ${topic}: \`orderflow topics apply\` makes the topics`);
}

/** For what is over soon after a topic was made, or a broker started. */
const someTries = { maxAttempts: 10, backoff: new ExponentialBackoff({ maxDelay: 1_000 }) };

/** Of a topic that was just made, or whose broker was just started, some partitions have no leader yet: tries again. */
export const whileElecting = retryPolicy(
  handleWhen((error) => (error as { retriable?: boolean }).retriable === true),
  someTries,
);

/** A broker that was just started reads what it knows of groups first, and refuses them until it has: tries again. */
export const whileLoading = retryPolicy(
  handleWhen((error) => [...chainOf(error)].some(({ type }) => type === 'GROUP_LOAD_IN_PROGRESS')),
  someTries,
);

/** The first offset (`low`) and the one after the last (`high`) of each partition of a topic. */
export async function topicOffsets(
  admin: Admin,
  topic: string,
): Promise<{ partition: number; low: number; high: number }[]> {
  const offsets = await whileElecting.execute(() => admin.fetchTopicOffsets(topic));
  return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }));
}

/** The same of a topic that has to be there. Throws NO_SUCH_TOPIC, KAFKA_UNREACHABLE. */
export const topicRanges = (config: KafkaAccess, topic: string) =>
  withKafkaAdmin(config, async (admin) => {
    await requireTopic(admin, topic);
    return topicOffsets(admin, topic);
  });

/** The first record of each partition that was written at the time (ms) or later; where none was, the end. */
export async function offsetsAt(admin: Admin, topic: string, millis: number): Promise<Map<number, number>> {
  const offsets = await whileElecting.execute(() => admin.fetchTopicOffsetsByTimestamp(topic, Math.max(0, millis)));
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
}

/** A log-in of ours says itself what is wrong (gssapi.ts, oauthbearer.ts), and kafkajs may wrap it. */
const saidBy = (error: unknown) => [...chainOf(error)].find((one) => (one as Error) instanceof OperatorError);

const unreachable = [
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
];

/** kafkajs wraps the error that ended the last of its tries, sometimes twice. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // What kafkajs says at the second try of a broker that took the connection and answered nothing.
  if (error.message === 'Broker not connected') return true;
  return unreachable.includes(error.name) || isUnreachable(error.cause);
}
