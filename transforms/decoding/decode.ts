/** From a record's bytes to an order that is complete, or to the reason why it goes to the dead letters. */
import { idProblem, storingProblem } from '../../model/identifiers.js';
import { topicNameOf } from '../../model/incarnation.js';
import { limits } from '../../model/limits.js';
import type { KafkaRecord } from '../../model/record.js';
import {
  enrichedOrderCodec,
  orderCodec,
  routedOrderCodec,
  toMillis,
  type Codec,
  type DeadLetterReason,
  type EnrichedOrder,
  type Order,
  type RoutedOrder,
} from '../../proto/messages.js';
import { isPlausibleTime, problemsOf, problemsOfIds, type ValidOrder } from './order-problems.js';
import { problemOfWire, type WireProblem } from './wire-format.js';

/** Why a record is set aside. */
export interface Failure {
  readonly reason: DeadLetterReason;
  /** For a person. Holds no personal data. */
  readonly error: string;
  /** Empty where they could not be read, or cannot serve as identifiers. */
  readonly orderId: string;
  readonly messageId: string;
  /** Milliseconds since the epoch: the order's created_at, the record's own time where that is unusable. */
  readonly createdAt: number;
}

/** A message with the valid order that it holds, or why there is none. */
export type Decoded<Message> =
  | { readonly message: Message; readonly order: ValidOrder; readonly failure?: undefined }
  | { readonly failure: Failure };

export interface DecodeOptions {
  /** A larger value is TOO_LARGE. */
  readonly maxBytes?: number;
}

/**
 * Decodes a record's value. Never throws: whatever the bytes are, the answer is a message or a failure. What is plausible
 * is judged by the record's own time and not by a clock, so that a record that is read again gets the same answer.
 */
export type Decode<Message> = (record: KafkaRecord, options?: DecodeOptions) => Decoded<Message>;

/** Whether anybody may have written the record; later topics hold what was let in. */
const isAtTheDoor = ({ topic }: KafkaRecord) => topicNameOf(topic) === 'raw_order';

/** The failure of an order that could be read. */
export function failureOf(order: ValidOrder, reason: DeadLetterReason, error: string): Failure {
  const { orderId, messageId, createdAt } = order;
  return { reason, error, orderId, messageId, createdAt: toMillis(createdAt) };
}

/** The failure of a record, with what can be read of its order. Gives the same answer when the record is read again. */
export function failureOfRecord(
  record: KafkaRecord,
  order: Order | null | undefined,
  { reason, error }: Pick<Failure, 'reason' | 'error'>,
): Failure {
  const problemOf = isAtTheDoor(record) ? idProblem : storingProblem;
  const idOf = (text: string | undefined) => (text !== undefined && problemOf(text) === null ? text : '');
  const times = [order?.createdAt ? toMillis(order.createdAt) : NaN, record.timestamp];
  return {
    reason,
    error,
    orderId: idOf(order?.orderId),
    messageId: idOf(order?.messageId),
    createdAt: times.find((time) => isPlausibleTime(time, record.timestamp)) ?? limits.earliest,
  };
}

function decoderOf<Message>(
  codec: Codec<Message>,
  orderOf: (message: Message) => Order | null | undefined,
  problemsBeside: (message: Message) => string[],
  problemOfBytes: (bytes: Uint8Array) => WireProblem | null,
): Decode<Message> {
  return (record, { maxBytes = Infinity } = {}) => {
    const fail = (reason: DeadLetterReason, error: string, order?: Order | null) => ({
      failure: failureOfRecord(record, order, { reason, error }),
    });
    const { value } = record;
    if (!value || value.length === 0) return fail('EMPTY_VALUE', 'the record has no value');
    if (value.length > maxBytes) return fail('TOO_LARGE', `${value.length} bytes are more than ${maxBytes}`);
    const problem = problemOfBytes(value);
    if (problem) return fail(problem.reason, problem.error);
    let message: Message;
    try {
      message = codec.decode(value);
    } catch (error) {
      // protobufjs' messages speak of offsets and wire types, never of values.
      return fail('UNDECODABLE', error instanceof Error ? error.message : 'no protobuf message');
    }
    const order = orderOf(message);
    if (!order) return fail('INVALID_ORDER', 'order is missing');
    const problemsAtTheDoor = isAtTheDoor(record) ? problemsOfIds(order) : [];
    const problems = [...problemsOf(order, record.timestamp), ...problemsAtTheDoor, ...problemsBeside(message)];
    if (problems.length === 0) return { message, order: order as ValidOrder };
    const more = problems.length > limits.problems ? `; and ${problems.length - limits.problems} more` : '';
    return fail('INVALID_ORDER', problems.slice(0, limits.problems).join('; ') + more, order);
  };
}

const problemsOfEnriched = (message: EnrichedOrder) => [
  ...(message.fromLocation ? [] : ['from_location is missing']),
  ...(message.toLocation ? [] : ['to_location is missing']),
];

/** The bytes are the stages' own, made of an order whose bytes were looked at. */
const noProblem = () => null;

/** Of `raw_order` and `valid_order`. */
export const decodeOrder = decoderOf<Order>(
  orderCodec,
  (message) => message,
  () => [],
  problemOfWire,
);

/** Of `enriched_order`. */
export const decodeEnrichedOrder = decoderOf<EnrichedOrder>(
  enrichedOrderCodec,
  (message) => message.order as Order | null | undefined,
  problemsOfEnriched,
  noProblem,
);

/** Of `internal_order` and `external_order`. */
export const decodeRoutedOrder = decoderOf<RoutedOrder>(
  routedOrderCodec,
  (message) => message.enrichedOrder?.order as Order | null | undefined,
  (message) => problemsOfEnriched(message.enrichedOrder as EnrichedOrder),
  noProblem,
);

const decoders: Partial<Record<string, Decode<unknown>>> = {
  raw_order: decodeOrder,
  valid_order: decodeOrder,
  enriched_order: decodeEnrichedOrder,
  internal_order: decodeRoutedOrder,
  external_order: decodeRoutedOrder,
};

/** The valid order in a record of any topic of orders, or null. */
export function orderIn(record: KafkaRecord): ValidOrder | null {
  const decoded = decoders[topicNameOf(record.topic)]?.(record);
  return decoded && decoded.failure === undefined ? decoded.order : null;
}
