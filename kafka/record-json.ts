/** Records as JSON, for people and for programs that read `topics tail --json`. */
import { normalId } from '../model/identifiers.js';
import type { KafkaRecord } from '../model/record.js';
import { formatRelease, releaseOf } from '../model/release.js';
import { allTopics, type AnyTopicName } from '../model/topics.js';
import { v1 } from '../proto/messages.js';

/** Times are ISO 8601, and empty where a producer has set one that no calendar has; enums are names; bytes are base64; fields are named as protobuf's JSON form does (lowerCamelCase). */
export interface RecordJson {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly time: string;
  readonly key: string | null;
  /** Of a record that was sent back from the dead letters: its release, as its header has it. */
  readonly release?: string;
  /** The decoded message; null where there is none. */
  readonly value: Record<string, unknown> | null;
  /** The value as base64, where it could not be decoded. */
  readonly valueBase64?: string;
}

/** Fields that say who ordered. The original bytes of a dead letter may hold them too. */
const personalFields = ['customerId', 'ipAddress'];
const plainFormFields = [...personalFields, 'paymentMethod'];
const sealedFormFields = ['customerKeyId', 'sealedCustomerId', 'sealedIpAddress', 'sealedPaymentMethod'];
const masked = '***';

/**
 * Decodes a record of one of our topics. Never throws: what cannot be decoded is shown as base64. Personal data are masked
 * unless `personal` asks for them.
 */
export function recordToJson(record: KafkaRecord & { topic: AnyTopicName }, personal: boolean): RecordJson {
  const { topic, partition, offset, timestamp } = record;
  const key = record.key && Buffer.from(record.key).toString();
  const release = releaseOf(record);
  const time = timeOf(timestamp);
  const head = { topic, partition, offset, time, key, ...(release && { release: formatRelease(release) }) };
  if (!record.value) return { ...head, value: null };
  try {
    const type = v1[allTopics[topic].message];
    const options = { defaults: true, enums: String, longs: Number, bytes: String };
    const message = type.toObject(allTopics[topic].codec.decode(record.value) as never, options);
    return { ...head, value: readable(message, personal) };
  } catch {
    return { ...head, value: null, valueBase64: Buffer.from(record.value).toString('base64') };
  }
}

/** Kafka takes any number from a producer as a record's time. */
function timeOf(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/** The order that a record is about: its key, or what a dead letter says. */
export function isAboutOrder({ key, value }: RecordJson, orderId: string): boolean {
  return [key, value?.orderId].some((id) => typeof id === 'string' && normalId(id) === orderId);
}

/** An order has its personal data in one of two forms: fields of the other one are no part of it. */
function hasField(message: Record<string, unknown>, name: string): boolean {
  const others = message.customerKeyId === '' ? sealedFormFields : plainFormFields;
  return !('customerKeyId' in message) || !others.includes(name) || !isDefault(message[name]);
}
const isDefault = (value: unknown) => value === '' || value === 'PAYMENT_METHOD_UNSPECIFIED';

function readable(message: Record<string, unknown>, personal: boolean): Record<string, unknown> {
  const isDeadLetter = 'recordTime' in message;
  const entries = Object.entries(message).filter(([name]) => hasField(message, name));
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const hides = !personal && (personalFields.includes(name) || (isDeadLetter && name === 'value'));
      return [name, hides && value !== '' ? masked : readableValue(value, personal)];
    }),
  );
}

function readableValue(value: unknown, personal: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => readableValue(item, personal));
  if (typeof value !== 'object' || value === null) return value;
  if ('seconds' in value && 'nanos' in value) return isoTime(value as { seconds: number; nanos: number });
  return readable(value as Record<string, unknown>, personal);
}

/** Seconds and nanoseconds as they stand where they are outside the years that a Date can hold. */
function isoTime({ seconds, nanos }: { seconds: number; nanos: number }): unknown {
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6));
  return Number.isNaN(date.getTime()) ? { seconds, nanos } : date.toISOString();
}
