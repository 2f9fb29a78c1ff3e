/** THE table of topics. Kafka's topics are made from it, and tests compare Druid's specs with it. */
import {
  aggregatedOrderCodec,
  auditEventCodec,
  deadLetterCodec,
  enrichedOrderCodec,
  orderCodec,
  rejectedOrderCodec,
  routedOrderCodec,
} from '../proto/messages.js';
import { limits } from './limits.js';

export interface TopicRow {
  readonly message: string;
  readonly codec: object;
  readonly maxMessageBytes: number;
  /** As many partitions as the configuration says, unless given. */
  readonly partitions?: number;
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

/** Topics that no order flows through: no stage and no datasource of Druid has to do with them. */
export const otherTopics = {
  // One partition: the events of the chain stand in its order.
  audit: {
    message: 'AuditEvent',
    codec: auditEventCodec,
    maxMessageBytes: 1024 * 1024,
    partitions: 1,
    configs: { 'segment.ms': String(7 * 86_400_000) },
  },
} as const satisfies Record<string, TopicRow>;

/** All that Kafka is given. */
export const allTopics = { ...topics, ...otherTopics };
export type AnyTopicName = keyof typeof allTopics;
export const allTopicNames = Object.keys(allTopics) as AnyTopicName[];
