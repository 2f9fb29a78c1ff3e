/**
 * What kafkajs lacks to read whatever Kafka holds, and to leave no socket behind. It reaches into kafkajs 2.2.4: tests/kafka/foreign-records.services.test.ts
 * and tests/kafka/lag.services.test.ts fail when that changes. To be imported before anything is read: kafka/client.ts does.
 */
import { createRequire } from 'node:module';
import type { Batch, Kafka, KafkaMessage } from 'kafkajs';
import type { RecordHeader } from '../model/record.js';

/** Bytes of Kafka's protocol, as far as they are read here. */
interface Decoder {
  readonly offset: number;
  readInt32(): number;
  readBytes(length: number): Buffer;
  canReadBytes(length: number): boolean;
  readVarIntArray<T>(read: (decoder: Decoder) => T): { reduce(...fold: never[]): unknown };
}
type DecodeBatch = (decoder: Decoder) => Promise<{ readonly records: readonly KafkaMessage[] }>;
type DecodeMessages = (decoder: Decoder) => Promise<readonly KafkaMessage[]>;

const requireModule = createRequire(import.meta.url);
const pathOf = (file: string) => `kafkajs/src/protocol/${file}.js`;
/** A module of kafkajs' protocol. */
export const internal = <T>(file: string) => requireModule(pathOf(file)) as T;

/** The headers of a message as Kafka has them: in their order, with names that come again, with null values. */
export const headersIn = ({ headers }: Pick<KafkaMessage, 'headers'>): readonly RecordHeader[] =>
  (headers ?? []) as unknown as readonly RecordHeader[];

/**
 * kafkajs folds a record's headers into a plain object, whose own names (`constructor`) get in the way, and which it copies for each of them.
 * Only its decoder of records reads arrays of this kind, to fold them with `reduce` (recordBatch/record/v0/decoder.js): it gets a list that
 * stays one.
 */
function keepHeaderLists(): void {
  const { prototype } = internal<{ prototype: Decoder }>('decoder');
  const read = prototype.readVarIntArray;
  prototype.readVarIntArray = function (...of) {
    const list = read.apply(this, of);
    return { reduce: () => list };
  };
}

/** Where the magic byte stands in a batch, and what is at least there of one (requests/fetch/v4/decodeMessages.js). */
const magicAt = 16;
const magic = 2;
const leastBatch = 49;

/** kafkajs hands all records of a batch to one call as arguments, of which the stack holds some 120,000. */
function readLargeBatches(): void {
  const file = 'requests/fetch/v4/decodeMessages';
  const decodeOlder = internal<DecodeMessages>(file);
  const decodeBatch = internal<DecodeBatch>('recordBatch/v0/decoder');
  const DecoderOf = internal<new (bytes: Buffer) => Decoder>('decoder');
  requireModule.cache[requireModule.resolve(pathOf(file))]!.exports = (async (decoder) => {
    const size = decoder.readInt32();
    if (size <= 0 || !decoder.canReadBytes(size)) return [];
    const bytes = decoder.readBytes(size);
    if (bytes[magicAt] !== magic) return decodeOlder(new DecoderOf(withSize(bytes)));
    const batches = new DecoderOf(bytes);
    const records: KafkaMessage[] = [];
    while (batches.canReadBytes(leastBatch)) {
      try {
        for (const record of (await decodeBatch(batches)).records) records.push(record);
      } catch (error) {
        // The last batch of an answer may be cut off.
        if ((error as Error).name === 'KafkaJSPartialMessageError') break;
        throw error;
      }
    }
    return records;
  }) satisfies DecodeMessages;
}

function withSize(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** The versions of a fetch's answer that have a decoder of their own; the others share them. */
const answers = ['v4', 'v5', 'v7', 'v8', 'v11'];

/** A message as kafkajs' decoder leaves it, with what its batch says. */
interface RawMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
}

interface FetchAnswer {
  readonly responses: readonly {
    readonly partitions: {
      abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
      readonly messages: readonly RawMessage[];
    }[];
  }[];
}

/**
 * kafkajs lets records of aborted transactions through where several were under way at once, and takes a record whose key is four zeros for
 * the mark that ends one (consumer/filterAbortedMessages.js). They are hidden before it looks, as marks are, which keep their place.
 */
function hideAborted(): void {
  for (const version of answers) {
    const answer = internal<{ decode(bytes: Buffer): Promise<FetchAnswer> }>(`requests/fetch/${version}/response`);
    const { decode } = answer;
    answer.decode = async (bytes) => {
      const decoded = await decode(bytes);
      for (const partition of decoded.responses.flatMap(({ partitions }) => partitions)) {
        hideAbortedOf(partition.messages, partition.abortedTransactions ?? []);
        partition.abortedTransactions = [];
      }
      return decoded;
    };
  }
}

/** As Kafka's own client does (CompletedFetch.java): a producer's records do not count from where its transaction began until its mark. */
function hideAbortedOf(
  messages: readonly RawMessage[],
  transactions: readonly { producerId: string; firstOffset: string }[],
): void {
  const begun = transactions
    .map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }))
    .sort((a, b) => (a.first < b.first ? -1 : 1));
  const aborted = new Set<string>();
  for (const message of messages) {
    if (begun.length === 0 && aborted.size === 0) return;
    while (begun[0] && begun[0].first <= BigInt(message.offset)) aborted.add(begun.shift()!.producerId);
    const { producerId, inTransaction } = message.batchContext;
    // A mark's key is its version and its type, of which 0 is an abortion.
    if (message.isControlRecord && message.key?.readInt16BE(2) === 0) aborted.delete(producerId);
    if (inTransaction && aborted.has(producerId)) message.isControlRecord = true;
  }
}

interface Connection {
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
}

/**
 * kafkajs opens a socket for each request that finds its connection closed, and in the end closes the last of them alone: the others stay until the
 * broker has enough of them, ten minutes later (network/connection.js, network/connectionPool.js). Here requests wait for the one that is being opened.
 */
function connectOnce(): void {
  const { prototype } = requireModule('kafkajs/src/network/connection') as { prototype: Connection };
  const { connect, disconnect } = prototype;
  const underWay = new WeakMap<Connection, Promise<boolean>>();
  prototype.connect = function () {
    const before = underWay.get(this);
    if (before) return before;
    const connecting = connect.call(this).finally(() => {
      if (underWay.get(this) === connecting) underWay.delete(this);
    });
    underWay.set(this, connecting);
    return connecting;
  };
  // One that is closed while it is being opened may not answer any more.
  prototype.disconnect = function () {
    underWay.delete(this);
    return disconnect.call(this);
  };
}

/** What a broker has of a partition from an offset on. */
export interface Fetched {
  readonly partition: number;
  readonly errorCode: number;
  /** The end of what is replicated, and may be read. */
  readonly highWatermark: string;
  readonly messages: readonly KafkaMessage[];
}

/** Kafka's brokers, asked without a consumer group (cluster/index.js, broker/index.js). */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  /** The one of the bootstrap servers that it came to. */
  readonly brokerPool: {
    readonly seedBroker: { readonly connectionPool: { send(protocol: object): Promise<unknown> } };
  };
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  /** The leaders' ids, each with its partitions of these. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Readonly<Record<string, number[]>>;
  findBroker(of: { nodeId: string }): Promise<{
    fetch(request: {
      isolationLevel: number;
      maxWaitTime: number;
      maxBytes: number;
      topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
    }): Promise<{ responses: readonly { topicName: string; partitions: readonly Fetched[] }[] }>;
  }>;
}

/** The brokers that a client knows, not connected yet; a client keeps the way to them under a symbol. */
export function clusterOf(kafka: Kafka): Cluster {
  const symbols = Object.getOwnPropertySymbols(kafka);
  const create = symbols.find(({ description }) => description === 'private:Kafka:createCluster')!;
  return (kafka as unknown as Record<symbol, (options: object) => Cluster>)[create]!({ allowAutoTopicCreation: false });
}

/** Of what a fetch at that offset has brought: the messages that count, without marks of transactions and what was aborted. */
export function visible(topic: string, offset: string, fetched: Fetched): readonly KafkaMessage[] {
  const BatchOf = requireModule('kafkajs/src/consumer/batch') as new (...of: [string, string, Fetched]) => Batch;
  return new BatchOf(topic, offset, fetched).messages;
}

connectOnce();
keepHeaderLists();
// The answers' decoders take what they find of it when they are loaded.
readLargeBatches();
hideAborted();
