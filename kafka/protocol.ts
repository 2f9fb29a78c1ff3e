/**
 * Requests of Kafka's protocol that kafkajs does not know, by its own connections, codecs, and answers to a broker that is away. They are in
 * their flexible versions (KIP-482): compact texts and lists, and tagged fields, of which there are none, behind each structure.
 * Source: https://kafka.apache.org/protocol.html
 */
import { type Cluster, internal } from './kafkajs.js';

export interface Decoder {
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readDouble(): number;
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarIntBytes(): Buffer | null;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(read: (decoder: Decoder) => T): T[] | null;
  readTaggedFields(): unknown;
}

export interface Encoder {
  writeInt8(value: number): Encoder;
  writeInt32(value: number): Encoder;
  writeDouble(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeUVarIntBytes(bytes?: Buffer): Encoder;
  writeUVarIntString(text: string | null): Encoder;
  writeUVarIntArray(items: readonly Encoder[]): Encoder;
}

const NewDecoder = internal<new (bytes: Buffer) => Decoder>('decoder');
const NewEncoder = internal<new () => Encoder>('encoder');
const { createErrorFromCode } = internal<{ createErrorFromCode(code: number): Error }>('error');

export const encoder = (): Encoder => new NewEncoder();

/** A list of structures: `write` writes one. */
export const listOf = <T>(items: Iterable<T>, write: (item: T, to: Encoder) => Encoder): Encoder[] =>
  // No tagged fields behind each.
  [...items].map((item) => write(item, encoder()).writeUVarIntBytes());

/** A list of texts; without tagged fields. */
export const writeTexts = (to: Encoder, texts: readonly string[]): Encoder =>
  to.writeUVarIntArray(texts.map((text) => encoder().writeUVarIntString(text)));

/** How a list of structures is read. */
export const readList = <T>(decoder: Decoder, read: (decoder: Decoder) => T): T[] =>
  decoder.readUVarIntArray((from) => {
    const item = read(from);
    from.readTaggedFields();
    return item;
  }) ?? [];

/** A request as it is written, and how its answer is read. */
export interface Question<T> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** The request's fields. */
  write(to: Encoder): Encoder;
  /** The answer's fields behind the header. */
  read(from: Decoder): T;
}

/** What kafkajs calls a protocol. */
const protocolOf = <T>({ apiKey, apiVersion, apiName, write, read }: Question<T>) => ({
  request: {
    apiKey,
    apiVersion,
    apiName,
    // No tagged fields: at the end of the header, and of the request.
    encode: async () => write(encoder().writeUVarIntBytes()).writeUVarIntBytes(),
  },
  response: {
    decode: async (bytes: Buffer) => {
      const decoder = new NewDecoder(bytes);
      decoder.readTaggedFields();
      return read(decoder);
    },
    parse: async (answer: T) => answer,
  },
});

/** Asks a broker of the cluster. */
export type Ask = <T>(question: Question<T>) => Promise<T>;

/** Asks the broker of the bootstrap servers that the cluster, connected, has come to. */
export const askVia =
  ({ brokerPool }: Pick<Cluster, 'brokerPool'>): Ask =>
  async (question) =>
    (await brokerPool.seedBroker.connectionPool.send(protocolOf(question))) as never;

/** Throws what kafkajs throws for the code, unless it is 0; Kafka's own words, where it says some, come in place of kafkajs's. */
export function failOn(code: number, message?: string | null): void {
  if (code === 0) return;
  const error = createErrorFromCode(code);
  if (message) error.message = message;
  throw error;
}
