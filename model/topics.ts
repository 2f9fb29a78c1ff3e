/** THE table of topics. Kafka's topics are made from it, and tests compare Druid's specs with it. */
import {
  aggregatedOrderCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
} from '../proto/messages.js';
import { limits } from './limits.js';

interface TopicRow {
  readonly message: string;
  readonly codec: object;
  readonly maxMessageBytes: number;
  /** More of the topic's settings, by Kafka's names. */
  readonly configs?: Readonly<Record<string, string>>;
}

/**
 * Each topic and the message that its values hold. `maxMessageBytes` is the topic's `max.message.bytes`. That bounds what a
 * batch unpacks to where the broker keeps the topic uncompressed, which is needed where anybody may write.
 */
export const topics = {
  raw_order: {
    message: 'Order',
    codec: orderCodec,
    maxMessageBytes: limits.rawRecordBytes,
    configs: { 'compression.type': 'uncompressed' },
  },
  valid_order: { message: 'Order', codec: orderCodec, maxMessageBytes: 2 * 1024 * 1024 },
  rejected_order: { message: 'RejectedOrder', codec: rejectedOrderCodec, maxMessageBytes: 3 * 1024 * 1024 },
  enriched_order: { message: 'EnrichedOrder', codec: enrichedOrderCodec, maxMessageBytes: 3 * 1024 * 1024 },
  internal_order: { message: 'RoutedOrder', codec: routedOrderCodec, maxMessageBytes: 3 * 1024 * 1024 },
  external_order: { message: 'RoutedOrder', codec: routedOrderCodec, maxMessageBytes: 3 * 1024 * 1024 },
  aggregated_order: { message: 'AggregatedOrder', codec: aggregatedOrderCodec, maxMessageBytes: 1024 * 1024 },
  dead_letter: { message: 'DeadLetter', codec: deadLetterCodec, maxMessageBytes: limits.deadLetterBytes },
} as const satisfies Record<string, TopicRow>;

export type TopicName = keyof typeof topics;
export const topicNames = Object.keys(topics) as TopicName[];
