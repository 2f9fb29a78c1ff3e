/** THE table of topics and stages. Topics are made from it, jobs are submitted from it, and tests compare the docs with it. */
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

/** Every status an order can have, with what it means. The allowed transitions stand in model/transitions.ts. */
export const statuses = [
  'CREATED', // published by the generator (missing for foreign producers)
  'VALIDATED', // passed every rule
  'REJECTED', // broke at least one rule; final
  'ENRICHED', // names and regions are known
  'ROUTED', // internal or external is decided; final for internal orders
  'DELIVERED', // the partner accepted it; final
  'DELIVERY_PENDING', // parked while the partner cannot be reached; tried again
  'DELIVERY_FAILED', // the partner refused it for good; final until released
  'DEAD_LETTERED', // set aside with its original bytes; final until released
  'RELEASED', // its dead letter was sent back, and came to the stage that had set it aside
] as const;
export type Status = (typeof statuses)[number];

export interface Stage {
  /** The stage's one name: file, test, consumer group, Flink job. */
  readonly name: string;
  readonly input: TopicName;
  readonly outputs: readonly TopicName[];
  readonly statuses: readonly Status[];
  /** What it does, for people. */
  readonly does: string;
}

/** In the order in which an order passes them. */
export const stages = [
  {
    name: 'validator',
    input: 'raw_order',
    outputs: ['valid_order', 'rejected_order', 'dead_letter'],
    statuses: ['VALIDATED', 'REJECTED', 'DEAD_LETTERED', 'RELEASED'],
    does: 'applies every rule, and sets aside what is no order',
  },
  {
    name: 'enricher',
    input: 'valid_order',
    outputs: ['enriched_order', 'dead_letter'],
    statuses: ['ENRICHED', 'DEAD_LETTERED', 'RELEASED'],
    does: "adds the locations' names and the region of the IP address",
  },
  {
    name: 'router',
    input: 'enriched_order',
    outputs: ['internal_order', 'external_order', 'dead_letter'],
    statuses: ['ROUTED', 'DEAD_LETTERED', 'RELEASED'],
    does: 'decides by order type and destination who fulfils the order',
  },
  {
    name: 'external-processor',
    input: 'external_order',
    outputs: ['dead_letter'],
    statuses: ['DELIVERED', 'DELIVERY_PENDING', 'DELIVERY_FAILED', 'DEAD_LETTERED', 'RELEASED'],
    does: "delivers the order to the partner's HTTP endpoint, once",
  },
  {
    name: 'aggregator',
    input: 'enriched_order',
    outputs: ['aggregated_order', 'dead_letter'],
    statuses: [],
    does: 'sums orders, items and amounts by to-location and fixed window',
  },
] as const satisfies readonly Stage[];

export type StageName = (typeof stages)[number]['name'];
export const stageNames = stages.map((stage) => stage.name) as StageName[];

/** The row of a stage. Throws an Error that lists the stages when the name is unknown. */
export function stageByName(name: string): Stage & { name: StageName } {
  const stage = stages.find((row) => row.name === name);
  if (!stage) throw new Error(`unknown stage "${name}": the stages are ${stageNames.join(', ')}`);
  return stage;
}

/** What the external-processor does on its own, besides its step: tries parked deliveries again. */
export const redeliveryFunction = 'redelivery';
