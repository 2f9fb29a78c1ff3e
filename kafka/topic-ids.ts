/**
 * The ids by which Kafka tells a topic from one that had its name before. kafkajs does not know them: its Metadata ends at version 6, and
 * they came with 10 (KIP-516). So this asks version 11 by kafkajs's own connections, codecs, and answers to a broker that is away.
 * Source: https://kafka.apache.org/protocol.html#The_Messages_Metadata
 */
import { kafkaClient, withKafka } from './client.js';
import { clusterOf, internal } from './kafkajs.js';
import type { KafkaAccess } from './security.js';

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[] | null;
  readTaggedFields(): unknown;
}
interface Encoder {
  writeUVarIntBytes(): Encoder;
  writeInt32(value: number): Encoder;
  writeUVarIntString(text: string): Encoder;
  writeUVarIntArray(items: readonly Encoder[]): Encoder;
  writeBoolean(value: boolean): Encoder;
}
const NewDecoder = internal<new (bytes: Buffer) => Decoder>('decoder');
const NewEncoder = internal<new () => Encoder>('encoder');

/** Sixteen bytes: the topic is asked for by its name. */
const noId = () => new NewEncoder().writeInt32(0).writeInt32(0).writeInt32(0).writeInt32(0);

/** What kafkajs calls a protocol: how the request is written, and the answer read. */
const metadataOf = (topics: readonly string[]) => ({
  request: {
    apiKey: 3,
    apiVersion: 11,
    apiName: 'Metadata',
    encode: async () =>
      new NewEncoder()
        .writeUVarIntBytes() // no tagged fields: the end of the header
        .writeUVarIntArray(topics.map((topic) => noId().writeUVarIntString(topic).writeUVarIntBytes()))
        .writeBoolean(false) // make no topic that is not there
        .writeBoolean(false)
        .writeUVarIntBytes(),
  },
  response: {
    decode: async (bytes: Buffer) => {
      const decoder = new NewDecoder(bytes);
      decoder.readTaggedFields();
      decoder.readInt32(); // throttle time
      decoder.readUVarIntArray(skipBroker);
      decoder.readUVarIntString(); // cluster
      decoder.readInt32(); // controller
      return decoder.readUVarIntArray(readTopic) ?? [];
    },
    parse: async (topics: readonly Topic[]) => topics,
  },
});

interface Topic {
  readonly errorCode: number;
  readonly name: string;
  readonly id: string;
}

function skipBroker(decoder: Decoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

function readTopic(decoder: Decoder): Topic {
  const errorCode = decoder.readInt16();
  const name = decoder.readUVarIntString() ?? '';
  const id = decoder.readBytes(16).toString('base64url');
  decoder.readBoolean();
  decoder.readUVarIntArray(skipPartition);
  decoder.readInt32();
  decoder.readTaggedFields();
  return { errorCode, name, id };
}

function skipPartition(decoder: Decoder): void {
  decoder.readInt16();
  for (let field = 0; field < 3; field += 1) decoder.readInt32();
  for (let list = 0; list < 3; list += 1) decoder.readUVarIntArray((replica) => replica.readInt32());
  decoder.readTaggedFields();
}

/** The ids (22 letters, as Kafka's own tools show them) of those of the topics that are there. Throws KAFKA_UNREACHABLE. */
export async function topicIds(config: KafkaAccess, topics: readonly string[]): Promise<Map<string, string>> {
  return withKafka(config, async () => {
    const cluster = clusterOf(kafkaClient(config, 'orderflow-topics'));
    try {
      await cluster.connect();
      const found = (await cluster.brokerPool.seedBroker.connectionPool.send(metadataOf(topics))) as Topic[];
      return new Map(found.filter(({ errorCode }) => errorCode === 0).map(({ name, id }) => [name, id]));
    } finally {
      await cluster.disconnect();
    }
  });
}
