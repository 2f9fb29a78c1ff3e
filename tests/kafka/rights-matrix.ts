/** The matrix of Kafka's rights: every principal by every topic, kind of group and the cluster by every operation; what is wanted, and what comes of a try. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actingAs, type Config } from '../../config.js';
import { allRights, type Operation, operations, type Resource, rightsOf, withImplied } from '../../kafka/acls.js';
import { topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { setUsers } from '../../kafka/scram-users.js';
import { applyTopics } from '../../kafka/topics.js';
import { kafkaOwner, kafkaUsers } from '../../local/kafka.js';
import { type Principal, principals } from '../../model/principals.js';
import { stageNames } from '../../model/stages.js';
import { allTopicNames } from '../../model/topics.js';
import { type Attempts, isAllowed, onCluster, onGroup, onTopic, withRawBroker } from './attempts.js';
import { allowing } from './entries.js';

/** One of somebody else's, Kafka's own, and one that is not there. */
export const allTopics = [...allTopicNames, 'payroll', '__consumer_offsets', 'not_there'];
export const allGroups = [...stageNames, 'orderflow-reader-1', 'kafka-supervisor-1', 'payroll'];
/** The name that Kafka itself gives to the whole cluster. */
export const clusterName = 'kafka-cluster';

/** By which requests they are tried, by Kafka's names: one that needs several operations is refused by the others, too. */
const types = {
  topic: {
    ...{ names: allTopics, attempts: onTopic },
    requests: {
      ...{ READ: 'Fetch', WRITE: 'Produce', CREATE: 'CreateTopics', DELETE: 'DeleteTopics', ALTER: 'CreatePartitions' },
      ...{ DESCRIBE: 'Metadata', DESCRIBE_CONFIGS: 'DescribeConfigs', ALTER_CONFIGS: 'AlterConfigs' },
    },
  },
  group: {
    ...{ names: allGroups, attempts: onGroup },
    requests: { READ: 'Heartbeat', DESCRIBE: 'FindCoordinator', DELETE: 'DeleteGroups' },
  },
  cluster: {
    ...{ names: [clusterName], attempts: onCluster },
    requests: {
      ...{ ALTER: 'DeleteAcls', DESCRIBE: 'DescribeAcls' },
      ...{ DESCRIBE_CONFIGS: 'DescribeConfigs', ALTER_CONFIGS: 'AlterConfigs' },
    },
  },
} satisfies Record<
  Resource['type'],
  { names: readonly string[]; attempts: Attempts; requests: Partial<Record<Operation, string>> }
>;

interface Cell {
  readonly type: Resource['type'];
  readonly resource: string;
  readonly operation: Operation;
  /** By its name in Kafka's protocol. */
  readonly request: string;
}

const cells = (Object.keys(types) as Resource['type'][]).flatMap((type) => {
  const { names, requests }: { names: readonly string[]; requests: Partial<Record<Operation, string>> } = types[type];
  return names.flatMap((resource) =>
    operations.flatMap((operation): Cell[] => {
      const request = requests[operation];
      return request === undefined ? [] : [{ type, resource, operation, request }];
    }),
  );
});

/** `owner` is a super user of the local broker: who has its rights and is none shows whether they are enough. */
export const deputy = 'deputy-owner';
const stranger = 'stranger';
const producer = 'shop';
export const tried = [...principals.filter((name) => name !== 'owner'), producer, deputy, stranger];

/** What a stack needs on which the matrix is tried, whose Kafka runs then. */
export const matrixSettings = { ORDERFLOW_PROFILE: 'secured', ORDERFLOW_KAFKA_PRODUCERS: producer };

/** The principal's configuration: one of ours, or one that is there for the matrix alone. */
export const asTried = (config: Config, name: string): Config => actingAs(config, name as Principal);

/** Makes topics, users and rights on a stack with `matrixSettings` whose Kafka runs. */
export async function prepareMatrix(config: Config): Promise<void> {
  await applyTopics(config);
  const owner = kafkaOwner(config);
  for (const name of [deputy, stranger]) await writeFile(join(config.secrets, 'kafka', `${name}.password`), name);
  await setUsers(owner, kafkaUsers(config), [deputy, stranger]);
  await withKafkaAdmin(owner, async (admin) => {
    await admin.createTopics({ topics: [{ topic: 'payroll' }], waitForLeaders: true });
    await admin.createAcls({
      acl: rightsOf('owner').flatMap(({ operations }) =>
        operations.map((operation) => allowing(deputy, operation, 'CLUSTER', clusterName)),
      ),
    });
    for (const topic of allTopicNames) await topicOffsets(admin, topic);
  });
  // From then on there is a coordinator of groups.
  await stageLag(config);
}

/** What the table of rights says, with what Kafka allows beside it. */
export function allowed(config: Config, name: string, type: Resource['type'], resource: string): Operation[] {
  const rights = name === deputy ? rightsOf('owner') : allRights(config).filter(({ principal }) => principal === name);
  const covers = ({ pattern, name }: Resource) =>
    pattern === 'literal' ? resource === name : resource.startsWith(name);
  return withImplied(
    rights
      .filter((right) => right.resource.type === type && covers(right.resource))
      .flatMap(({ operations }) => operations),
  );
}

/** A cell of the matrix, and what came of its try. */
export interface KafkaTry extends Cell {
  readonly isWanted: boolean;
  readonly isAllowed: boolean;
  readonly isAsWanted: boolean;
  /** By `performance.now()`. */
  readonly endedAt: number;
}

/** Tries all that can be tried as that principal, one after the other. */
export async function tryKafka(config: Config, principal: string): Promise<KafkaTry[]> {
  const tries: KafkaTry[] = [];
  await withRawBroker(asTried(config, principal), async (broker) => {
    for (const cell of cells) {
      const { type, resource, operation } = cell;
      const attempts: Attempts = types[type].attempts;
      const isDone = await isAllowed(() => attempts[operation]!(broker, resource));
      const endedAt = performance.now();
      const isWanted = allowed(config, principal, type, resource).includes(operation);
      tries.push({ ...cell, isWanted, isAllowed: isDone, isAsWanted: isWanted === isDone, endedAt });
    }
  });
  return tries;
}
