/** How each operation of the table of rights is tried on a broker for real: as a client's request, and nothing is changed where it is allowed. */
import kafkajs from 'kafkajs';
import type { Config } from '../../config.js';
import type { Operation } from '../../kafka/acls.js';
import { kafkaClient } from '../../kafka/client.js';
import { clusterOf } from '../../kafka/kafkajs.js';
import { chainOf } from '../../kafka/refusals.js';
import { allowing } from './entries.js';

const { ConfigResourceTypes } = kafkajs;

/** A broker of kafkajs', which asks once and wraps no answer (broker/index.js). */
export type Broker = Record<
  string,
  (request: object | readonly string[]) => Promise<{ results?: { error?: Error }[] }>
>;
export type Attempts = Readonly<Partial<Record<Operation, (broker: Broker, name: string) => Promise<unknown>>>>;

const message = { key: null, value: Buffer.from('x'), timestamp: 0, headers: {} };
const resource = (name: string, configEntries: object[] = [], type = ConfigResourceTypes.TOPIC) => ({
  resources: [{ type, name, configEntries, configNames: [] }],
});
/** The local broker's number. */
const brokerName = '1';
const nobodysRight = allowing('nobody', 'READ', 'TOPIC', 'nothing');

/** On a topic. */
export const onTopic = {
  READ: (broker, topic) =>
    broker.fetch!({
      maxWaitTime: 0,
      topics: [{ topic, partitions: [{ partition: 0, fetchOffset: '0', maxBytes: 1024 }] }],
    }),
  WRITE: (broker, topic) =>
    broker.produce!({ topicData: [{ topic, partitions: [{ partition: 0, messages: [message] }] }] }),
  CREATE: (broker, topic) =>
    broker.createTopics!({ topics: [{ topic, numPartitions: 1, replicationFactor: 1 }], validateOnly: true }),
  DELETE: (broker, topic) => broker.deleteTopics!({ topics: [topic] }),
  ALTER: (broker, topic) => broker.createPartitions!({ topicPartitions: [{ topic, count: 99 }], validateOnly: true }),
  DESCRIBE: (broker, topic) => broker.metadata!([topic]),
  DESCRIBE_CONFIGS: (broker, topic) => broker.describeConfigs!(resource(topic)),
  ALTER_CONFIGS: (broker, topic) =>
    broker.alterConfigs!({ ...resource(topic, [{ name: 'retention.ms', value: '1' }]), validateOnly: true }),
} as const satisfies Attempts;

/** On a group: those of its members and those of others. */
export const onGroup = {
  READ: (broker, groupId) => broker.heartbeat!({ groupId, groupGenerationId: 1, memberId: 'nobody' }),
  DESCRIBE: (broker, groupId) => broker.findGroupCoordinator!({ groupId, coordinatorType: 0 }),
  DELETE: async (broker, groupId) => {
    const { results } = await broker.deleteGroups!([groupId]);
    for (const { error } of results ?? []) if (error) throw error;
  },
} as const satisfies Attempts;

/** On the cluster: rights, and the broker's settings. */
export const onCluster = {
  ALTER: (broker) => broker.deleteAcls!({ filters: [nobodysRight] }),
  DESCRIBE: (broker) => broker.describeAcls!(nobodysRight),
  DESCRIBE_CONFIGS: (broker) => broker.describeConfigs!(resource(brokerName, [], ConfigResourceTypes.BROKER)),
  ALTER_CONFIGS: (broker) =>
    broker.alterConfigs!({ ...resource(brokerName, [], ConfigResourceTypes.BROKER), validateOnly: true }),
} as const satisfies Attempts;

/** Whether it is allowed: what is not there, or there already, may be tried. */
export async function isAllowed(attempt: () => Promise<unknown>): Promise<boolean> {
  try {
    await attempt();
    return true;
  } catch (error) {
    const types = [...chainOf(error)].map(({ type }) => type);
    if (types.every((type) => type === undefined)) throw error;
    return !types.some((type) => type?.endsWith('_AUTHORIZATION_FAILED'));
  }
}

/** Runs the work on a connection of the configuration's principal. */
export async function withRawBroker<T>(config: Config, work: (broker: Broker) => Promise<T>): Promise<T> {
  const cluster = clusterOf(kafkaClient(config, 'test'));
  await cluster.connect();
  try {
    return await work(cluster.brokerPool.seedBroker as unknown as Broker);
  } finally {
    await cluster.disconnect();
  }
}
