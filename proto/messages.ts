/** The project's way in and out of protobuf: typed messages, and a codec per topic that keeps unknown fields. */
import './configure.js';
import { orderflow } from '#proto';

export import v1 = orderflow.v1;

export type Order = orderflow.v1.Order;
export type RejectedOrder = orderflow.v1.RejectedOrder;
export type EnrichedOrder = orderflow.v1.EnrichedOrder;
export type RoutedOrder = orderflow.v1.RoutedOrder;
export type AggregatedOrder = orderflow.v1.AggregatedOrder;
export type DeadLetter = orderflow.v1.DeadLetter;
export type AuditEventMessage = orderflow.v1.AuditEvent;

export type RejectReason = Exclude<keyof typeof orderflow.v1.RejectReason, 'REJECT_REASON_UNSPECIFIED'>;
export type DeadLetterReason = Exclude<keyof typeof orderflow.v1.DeadLetterReason, 'DEAD_LETTER_REASON_UNSPECIFIED'>;
export type OrderType = keyof typeof orderflow.v1.OrderType;

interface MessageType<T> {
  encode(message: never): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/**
 * Encodes and decodes one message type. `decode` throws an Error on bytes that are not such a message. Fields that it
 * does not know stay on the decoded message, at every level, and `encode` writes them back. They are not enumerable: pass
 * the decoded object on, or change it in place; a copy by `{ ...order }` loses them.
 */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

function codecOf<T>(type: MessageType<T>): Codec<T> {
  return {
    encode: (message) => type.encode(message as never).finish(),
    decode: (bytes) => type.decode(bytes),
  };
}

/** The message in a record's value, or undefined where that is none: anybody who may write the topic may have put there what he liked. */
export function messageIn<T>(codec: Codec<T>, value: Uint8Array | null): T | undefined {
  if (!value) return undefined;
  try {
    return codec.decode(value);
  } catch {
    return undefined;
  }
}

export const orderCodec = codecOf<Order>(v1.Order);
export const rejectedOrderCodec = codecOf<RejectedOrder>(v1.RejectedOrder);
export const enrichedOrderCodec = codecOf<EnrichedOrder>(v1.EnrichedOrder);
export const routedOrderCodec = codecOf<RoutedOrder>(v1.RoutedOrder);
export const aggregatedOrderCodec = codecOf<AggregatedOrder>(v1.AggregatedOrder);
export const deadLetterCodec = codecOf<DeadLetter>(v1.DeadLetter);
export const auditEventCodec = codecOf<AuditEventMessage>(v1.AuditEvent);

/** A protobuf Timestamp, as messages carry it. */
export interface Timestamp {
  seconds?: number | null;
  nanos?: number | null;
}

/** Whether it is within protobuf's own bounds of a Timestamp: the years 1 to 9999, and nanoseconds that count forward. */
export function isTimestamp({ seconds, nanos }: Timestamp): boolean {
  const isInYears = (seconds ?? 0) >= -62_135_596_800 && (seconds ?? 0) <= 253_402_300_799;
  return isInYears && (nanos ?? 0) >= 0 && (nanos ?? 0) < 1e9;
}

/** Milliseconds since the epoch of a protobuf Timestamp; finer parts are cut off. */
export function toMillis(timestamp: Timestamp): number {
  return (timestamp.seconds ?? 0) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6);
}

/** The protobuf Timestamp of whole milliseconds since the epoch; before 1970 too. */
export function fromMillis(millis: number): { seconds: number; nanos: number } {
  const seconds = Math.floor(millis / 1000);
  return { seconds, nanos: (millis - seconds * 1000) * 1e6 };
}
