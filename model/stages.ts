/** THE table of stages. Jobs are submitted from it, and tests compare the docs with it. */
import type { Status } from './statuses.js';
import type { TopicName } from './topics.js';

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
