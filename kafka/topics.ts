/** Makes Kafka's topics what the table in model/stages.ts and the configuration say. */
import kafkajs, { type Admin } from 'kafkajs';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { segmentMs } from '../model/retention.js';
import {
  allTopicNames,
  allTopics,
  type AnyTopicName,
  type TopicName,
  topicNames,
  type TopicRow,
} from '../model/topics.js';
import { whileElecting, withKafkaAdmin } from './client.js';
import { refusalIn } from './refusals.js';
import type { KafkaAccess } from './security.js';

// A CommonJS module, of which Node sees only the first names.
const { ConfigResourceTypes, KafkaJSAggregateError, KafkaJSProtocolError } = kafkajs;

type TopicSettings = KafkaAccess &
  Pick<Config, 'partitions' | 'replication' | 'retentionMs' | 'deadLetterRetentionMs' | 'auditKeepDays'>;

/** A topic as it should be, or as it is. `configs` holds the topic's own settings by Kafka's names. */
export interface TopicState {
  readonly partitions: number;
  readonly replication: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** What was done with a topic. */
export interface TopicChange {
  readonly topic: AnyTopicName;
  readonly action: 'created' | 'changed' | 'unchanged';
  /** What it has now. */
  readonly partitions: number;
  /** One phrase for each thing that was changed, or that cannot be changed. */
  readonly details: readonly string[];
}

/**
 * How many copies of a record there are before it counts as written (producers ask for acks=all): all but one, so that no broker that is
 * lost takes it along, and none that is away for a restart stops the writing.
 */
const minInsyncReplicas = (replication: number) => Math.max(1, replication - 1);

function retentionOf(config: TopicSettings, topic: AnyTopicName): number {
  if (topic === 'audit') return config.auditKeepDays * 86_400_000;
  return topic === 'dead_letter' ? config.deadLetterRetentionMs : config.retentionMs;
}

/** What each topic should be. One that is there keeps its replication, so that its copies are counted by that. */
export function desiredTopic(
  config: TopicSettings,
  topic: AnyTopicName,
  { replication }: Pick<TopicState, 'replication'> = config,
): TopicState {
  const row: TopicRow = allTopics[topic];
  const retentionMs = retentionOf(config, topic);
  return {
    partitions: row.partitions ?? config.partitions,
    replication: config.replication,
    configs: {
      'cleanup.policy': 'delete',
      'retention.ms': String(retentionMs),
      // What is kept is counted from the end of a segment: with Kafka's week, records would stay for twice as long.
      'segment.ms': String(segmentMs(retentionMs)),
      'max.message.bytes': String(row.maxMessageBytes),
      // The broker's clock for all records, whatever a producer takes for the time: what is kept, what is plausible and
      // what is too late is measured by it.
      'message.timestamp.type': 'LogAppendTime',
      'min.insync.replicas': String(minInsyncReplicas(replication)),
      ...row.configs,
    },
  };
}

/** What is to be done with a topic that is `current` (null: not there) so that it becomes `desired`. */
export function planTopic(topic: AnyTopicName, desired: TopicState, current: TopicState | null): TopicChange {
  if (!current) {
    const configs = Object.entries(desired.configs).map(([name, value]) => `${name}=${value}`);
    const details = [`${desired.partitions} partitions`, `replication ${desired.replication}`, ...configs];
    return { topic, action: 'created', partitions: desired.partitions, details };
  }
  const changes: string[] = [];
  for (const [name, value] of Object.entries(desired.configs))
    if (current.configs[name] !== value) changes.push(`${name} ${current.configs[name] ?? 'default'} -> ${value}`);
  const limits: string[] = [];
  if (current.partitions !== desired.partitions) limits.push(keptPartitions(current.partitions, desired.partitions));
  if (current.replication !== desired.replication)
    limits.push(`keeps replication ${current.replication}: change it with kafka-reassign-partitions`);
  const action = changes.length > 0 ? 'changed' : 'unchanged';
  return { topic, action, partitions: current.partitions, details: [...changes, ...limits] };
}

/** Why a topic has another number of partitions than the setting says, and what would change it. */
export const keptPartitions = (has: number, wanted: number) =>
  `keeps its ${has} partitions: ${has < wanted ? `\`orderflow topics grow\` makes them ${wanted}` : 'Kafka takes none away'}`;

/**
 * Creates the topics that are missing, and sets the configs that differ; settings of a topic that are not ours stay, and so does the number
 * of its partitions (growTopics). Answers one change per topic of the table. May be called again: then all are `unchanged`. Throws
 * OperatorError KAFKA_UNREACHABLE, or TOPIC_REFUSED with what Kafka said.
 */
export async function applyTopics(config: TopicSettings): Promise<TopicChange[]> {
  return withKafkaAdmin(config, async (admin) => {
    const current = await describeTopics(admin);
    const changes: TopicChange[] = [];
    for (const topic of allTopicNames) {
      const present = current.get(topic);
      const desired = desiredTopic(config, topic, present);
      const change = planTopic(topic, desired, present ?? null);
      await refusedAs(topic, () => carryOut(admin, change, desired, present));
      changes.push(change);
    }
    return changes;
  });
}

/** A topic that got more partitions. */
export interface TopicGrowth {
  readonly topic: TopicName;
  readonly from: number;
  readonly to: number;
}

/**
 * Gives the topics that orders flow through as many partitions as the configuration says, where they have fewer; answers which. Keys move to other
 * partitions with it. May be called again, also under load. Throws OperatorError KAFKA_UNREACHABLE, or TOPIC_REFUSED with what Kafka said.
 */
export async function growTopics(config: TopicSettings): Promise<TopicGrowth[]> {
  return withKafkaAdmin(config, async (admin) => {
    const current = await describeTopics(admin);
    const growing = topicNames.flatMap((topic): TopicGrowth[] => {
      const from = current.get(topic)?.partitions ?? config.partitions;
      return from < config.partitions ? [{ topic, from, to: config.partitions }] : [];
    });
    for (const { topic, to } of growing) {
      const topicPartitions = [{ topic, count: to }];
      await refusedAs(topic, async () => void (await admin.createPartitions({ topicPartitions })));
    }
    return growing;
  });
}

async function describeTopics(admin: Admin): Promise<Map<string, TopicState>> {
  const existing = (await admin.listTopics()).filter((name) => name in allTopics);
  if (existing.length === 0) return new Map();
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: existing });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: existing.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  const configs = new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries.filter((entry) => !entry.isDefault).map((entry) => [entry.configName, entry.configValue]),
      ),
    ]),
  );
  return new Map(
    metadata.map(({ name, partitions }) => [
      name,
      {
        partitions: partitions.length,
        // Partitions that are being moved may differ: what the least of them has.
        replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        configs: configs.get(name) ?? {},
      },
    ]),
  );
}

async function carryOut(admin: Admin, change: TopicChange, desired: TopicState, current?: TopicState): Promise<void> {
  const entries = (configs: Readonly<Record<string, string>>) =>
    Object.entries(configs).map(([name, value]) => ({ name, value }));
  const { topic, action } = change;
  if (action === 'unchanged') return;
  if (!current) {
    const { partitions: numPartitions, replication: replicationFactor, configs } = desired;
    // False where somebody else made the topic a moment ago.
    const topics = [{ topic, numPartitions, replicationFactor, configEntries: entries(configs) }];
    await whileElecting.execute(() => admin.createTopics({ topics }));
    return;
  }
  // AlterConfigs replaces all of a topic's settings, so those that are not ours are sent along.
  const configEntries = entries({ ...current.configs, ...desired.configs });
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
}

async function refusedAs(topic: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const cause = error instanceof KafkaJSAggregateError ? error.errors[0] : error;
    if (!(cause instanceof KafkaJSProtocolError) || refusalIn(cause)) throw error;
    throw new OperatorError('TOPIC_REFUSED', `Kafka refused the topic ${topic}: ${cause.message}`, { cause: error });
  }
}
