/** Metadata version 11: topics with their ids, and with what the one who asks may do with them. */
import { type Decoder, encoder, type Question } from './protocol.js';

export interface TopicMetadata {
  /** 0, or why Kafka says nothing of it. */
  readonly errorCode: number;
  readonly name: string;
  readonly id: string;
  /** A bit an operation (2 to the power of its number), where it was asked for; of no use otherwise. */
  readonly operations: number;
}

/** The error of a topic that who asks may not even describe, whether it is there or not. */
export const topicRefused = 29;

/** Sixteen bytes: the topic is asked for by its name. */
const noId = () => encoder().writeInt32(0).writeInt32(0).writeInt32(0).writeInt32(0);

/** Source: https://kafka.apache.org/protocol.html#The_Messages_Metadata */
export const metadataOf = (
  topics: readonly string[],
  { withOperations = false } = {},
): Question<readonly TopicMetadata[]> => ({
  apiKey: 3,
  apiVersion: 11,
  apiName: 'Metadata',
  write: (to) =>
    to
      .writeUVarIntArray(topics.map((topic) => noId().writeUVarIntString(topic).writeUVarIntBytes()))
      .writeBoolean(false) // make no topic that is not there
      .writeBoolean(withOperations),
  read: (from) => {
    from.readInt32(); // throttle time
    from.readUVarIntArray(skipBroker);
    from.readUVarIntString(); // cluster
    from.readInt32(); // controller
    return from.readUVarIntArray(readTopic) ?? [];
  },
});

function skipBroker(decoder: Decoder): void {
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readInt32();
  decoder.readUVarIntString();
  decoder.readTaggedFields();
}

function readTopic(decoder: Decoder): TopicMetadata {
  const errorCode = decoder.readInt16();
  const name = decoder.readUVarIntString() ?? '';
  const id = decoder.readBytes(16).toString('base64url');
  decoder.readBoolean();
  decoder.readUVarIntArray(skipPartition);
  const operations = decoder.readInt32();
  decoder.readTaggedFields();
  return { errorCode, name, id, operations };
}

function skipPartition(decoder: Decoder): void {
  decoder.readInt16();
  for (let field = 0; field < 3; field += 1) decoder.readInt32();
  for (let list = 0; list < 3; list += 1) decoder.readUVarIntArray((replica) => replica.readInt32());
  decoder.readTaggedFields();
}
