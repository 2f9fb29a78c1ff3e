/** What the parts can do at most that every contestant stands on: the broker, PostgreSQL, and protobuf on one core. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../../config.js';
import { generateOrders, type PublishedOrder } from '../../generator/orders.js';
import { kafkaProducer, patient, withKafkaAdmin } from '../../kafka/client.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { findJavaHome, javaArguments } from '../../local/java.js';
import { programEnvironment } from '../../local/paths.js';
import { databaseOf } from '../../metastore/database.js';
import type { StatusChange, ValidationQuery } from '../../metastore/metastore.js';
import { createPostgresMetastore } from '../../metastore/postgres.js';
import type { ReferenceData } from '../../metastore/reference-data.js';
import { contentOf } from '../../model/record.js';
import { orderCodec, toMillis } from '../../proto/messages.js';
import type { Limit } from './result.js';

const execute = promisify(execFile);

const recordBytes = 300;
/** Records of the broker's rates. */
const kafkaRecords = 200_000;
/** Orders of PostgreSQL's rate, and how many a statement has. */
const metastoreOrders = 10_000;
const metastoreBatch = 500;
/** How long protobuf is measured, in ms, and how long it is warmed up before. */
const protobufMs = 2_000;
const warmUpMs = 500;

const perSecondSince = (began: number, count: number) => (count * 1_000) / (performance.now() - began);

/** Of an empty stack with tables, reference data and topics, one after the other. Rejects as its parts do. */
export async function measureLimits(config: Config, data: ReferenceData, seed: number): Promise<Limit[]> {
  const publications = [...generateOrders(data, { seed, count: metastoreOrders })];
  const orders = publications.filter((each): each is PublishedOrder => each.kind === 'order');
  return [
    ...(await kafkaLimits(config)),
    ...protobufLimits(orders),
    { name: 'PostgreSQL: look up and record', unit: 'orders/s', perSecond: await metastoreLimit(config, orders) },
  ];
}

/** By kafkajs as the project uses it, and by Kafka's own programs, each with a topic of its own and acks=all. */
async function kafkaLimits(config: Config): Promise<Limit[]> {
  const topics = ['limits-kafkajs', 'limits-java'].map((topic) => ({ topic, numPartitions: config.partitions }));
  await withKafkaAdmin(config, (admin) => admin.createTopics({ topics, waitForLeaders: true }));
  const [kafkajs, java] = topics.map(({ topic }) => topic) as [string, string];
  const perSecond = {
    'kafkajs produces': await produce(config, kafkajs),
    'kafkajs consumes': await consume(config, kafkajs),
    "Kafka's Java client produces": await produceInJava(config, java),
    "Kafka's Java client consumes": await consumeInJava(config, java),
  };
  return Object.entries(perSecond).map(([name, rate]) => ({ name, unit: 'records/s', perSecond: rate }));
}

async function produce(config: Config, topic: string): Promise<number> {
  const producer = kafkaProducer(config, 'orderflow-limits', patient);
  await producer.connect();
  try {
    const batch = 2_000;
    const messages = Array.from({ length: batch }, (_, key) => ({ key: String(key), value: randomBytes(recordBytes) }));
    const began = performance.now();
    for (let sent = 0; sent < kafkaRecords; sent += batch) await producer.send({ topic, acks: -1, messages });
    return perSecondSince(began, kafkaRecords);
  } finally {
    await producer.disconnect();
  }
}

/** From the first record to the last: without joining and leaving. */
async function consume(config: Config, topic: string): Promise<number> {
  const [first, last] = [{ at: 0 }, { at: 0 }];
  const { records } = await readTopic(config, topic, () => {
    last.at = performance.now();
    first.at ||= last.at;
  });
  return (records * 1_000) / (last.at - first.at);
}

async function produceInJava(config: Config, topic: string): Promise<number> {
  const said = await runKafkaTool(config, 'ProducerPerformance', [
    ...['--topic', topic, '--num-records', String(kafkaRecords), '--record-size', String(recordBytes)],
    ...['--throughput', '-1', '--producer-props', `bootstrap.servers=${config.kafka}`, 'acks=all'],
  ]);
  return producedPerSecond(said);
}

/** Of what ProducerPerformance prints last: `200000 records sent, 123456.8 records/sec (35.32 MB/sec), …`. */
export function producedPerSecond(said: string): number {
  return numberIn(said, /^\d+ records sent, ([\d.]+) records\/sec.*\bms 99\.9th/m);
}

async function consumeInJava(config: Config, topic: string): Promise<number> {
  const said = await runKafkaTool(config, 'ConsumerPerformance', [
    ...['--bootstrap-server', config.kafka, '--topic', topic, '--messages', String(kafkaRecords)],
    '--hide-header',
  ]);
  return consumedPerSecond(said);
}

/**
 * Of the line of ConsumerPerformance: start, end, MB, MB/s, records, records/s, ms of joining, ms of fetching, MB/s and records/s of fetching,
 * of which the last is without the joining.
 */
export function consumedPerSecond(said: string): number {
  return numberIn(said, /^\d{4}-\d\d-\d\d [^,]+(?:, [^,]+){8}, ([\d.]+)\s*$/m);
}

function numberIn(said: string, pattern: RegExp): number {
  const found = pattern.exec(said)?.[1];
  if (found === undefined) throw new Error(`no rate in what Kafka's program said: ${said.slice(-300)}`);
  return Number(found);
}

async function runKafkaTool(config: Config, tool: string, args: readonly string[]): Promise<string> {
  const java = join(await findJavaHome(config), 'bin', 'java');
  const mainClass = `org.apache.kafka.tools.${tool}`;
  const line = javaArguments(config, { classPath: 'kafka', mainClass, jvm: ['-Xmx256m'], args: [...args] });
  return (await execute(java, line, { env: programEnvironment(config) })).stdout;
}

/** Decoding and encoding of orders as they are published, on the one core that this thread has. */
function protobufLimits(orders: readonly PublishedOrder[]): Limit[] {
  const values = orders.slice(0, 2_000).map(({ value }) => value);
  const messages = values.map((value) => orderCodec.decode(value));
  return [
    { name: 'protobuf decodes', unit: 'orders/s', perSecond: repeat(values, (value) => orderCodec.decode(value)) },
    { name: 'protobuf encodes', unit: 'orders/s', perSecond: repeat(messages, (order) => orderCodec.encode(order)) },
  ];
}

function repeat<T>(items: readonly T[], work: (item: T) => object): number {
  const results: object[] = [];
  const run = (millis: number) => {
    const began = performance.now();
    let done = 0;
    while (performance.now() - began < millis) {
      // What is kept cannot be left out by the compiler.
      for (const [at, item] of items.entries()) results[at] = work(item);
      done += items.length;
    }
    return perSecondSince(began, done);
  };
  run(warmUpMs);
  return run(protobufMs);
}

interface Asked {
  readonly query: ValidationQuery;
  readonly change: StatusChange;
}

/** What the validator asks about an order that it accepts, and records. */
function asAsked({ value }: PublishedOrder, offset: number): Asked {
  const { orderId, messageId, createdAt, customerId, ipAddress, fromLocationId, toLocationId } =
    orderCodec.decode(value);
  const ids = { orderId, messageId, createdAt: toMillis(createdAt ?? {}) };
  const position = { topic: 'raw_order', partition: 0, offset };
  const otherwise = { status: 'REJECTED', detail: 'DUPLICATE_ORDER' } as const;
  return {
    query: { ...ids, ...position, content: contentOf(value), customerId, ipAddress, fromLocationId, toLocationId },
    change: { ...ids, status: 'VALIDATED', recordedBy: 'validator', detail: '', otherwise },
  };
}

/** The validator's two statements for each batch, one after the other on one connection. */
async function metastoreLimit(config: Config, orders: readonly PublishedOrder[]): Promise<number> {
  const metastore = createPostgresMetastore(databaseOf(config, 'validator'), { connections: 1 });
  try {
    const asked = orders.map(asAsked);
    const batches = Array.from({ length: asked.length / metastoreBatch }, (_, at) =>
      asked.slice(at * metastoreBatch, (at + 1) * metastoreBatch),
    );
    // It connects at the first question.
    await metastore.lookupForValidation([]);
    const began = performance.now();
    for (const batch of batches) {
      await metastore.lookupForValidation(batch.map(({ query }) => query));
      await metastore.recordStatuses(batch.map(({ change }) => change));
    }
    return perSecondSince(began, orders.length);
  } finally {
    await metastore.close();
  }
}
