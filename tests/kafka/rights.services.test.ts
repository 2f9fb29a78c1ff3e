/**
 * Every principal against every topic, every kind of group and the cluster, on a broker with StandardAuthorizer: what it may do by the broker's
 * word, and what it gets when it tries.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actingAs, type Config } from '../../config.js';
import { applyAcls, planAcls } from '../../kafka/acl-plan.js';
import { allRights, type Operation, type Resource, rightsOf, withImplied } from '../../kafka/acls.js';
import { groupOperations, topicOperations } from '../../kafka/authorized.js';
import { topicOffsets, withBroker, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { quotasOf, setQuotas } from '../../kafka/quotas.js';
import { setPasswords, usersWithPassword } from '../../kafka/scram.js';
import { setUsers } from '../../kafka/scram-users.js';
import { applyTopics } from '../../kafka/topics.js';
import { kafkaOwner, kafkaUsers } from '../../local/kafka.js';
import { up } from '../../local/up.js';
import { type Principal, principals } from '../../model/principals.js';
import { stageNames } from '../../model/stages.js';
import { allTopicNames } from '../../model/topics.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { allowedOf, isAllowed, onGroup, onTopic, withRawBroker } from './attempts.js';
import { clusterOperations } from './cluster-operations.js';
import { allowing } from './entries.js';

/** One of somebody else's, Kafka's own, and one that is not there. */
const allTopics = [...allTopicNames, 'payroll', '__consumer_offsets', 'not_there'];
const allGroups = [...stageNames, 'orderflow-reader-1', 'kafka-supervisor-1', 'payroll'];

/** `owner` is a super user of the local broker: who has its rights and is none shows whether they are enough. */
const deputy = 'deputy-owner';
const stranger = 'stranger';
const tried = [...principals.filter((name) => name !== 'owner'), 'shop', deputy, stranger];

let config: Config;
const as = (name: string) => actingAs(config, name as Principal);

beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured', ORDERFLOW_KAFKA_PRODUCERS: 'shop' });
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
  const owner = kafkaOwner(config);
  for (const name of [deputy, stranger]) await writeFile(join(config.secrets, 'kafka', `${name}.password`), name);
  await setUsers(owner, kafkaUsers(config), [deputy, stranger]);
  await withKafkaAdmin(owner, async (admin) => {
    await admin.createTopics({ topics: [{ topic: 'payroll' }], waitForLeaders: true });
    await admin.createAcls({
      acl: rightsOf('owner').flatMap(({ operations }) =>
        operations.map((operation) => allowing(deputy, operation, 'CLUSTER', 'kafka-cluster')),
      ),
    });
    for (const topic of allTopicNames) await topicOffsets(admin, topic);
  });
  // From then on there is a coordinator of groups.
  await stageLag(config);
}, 600_000);
afterAll(() => removeLocalStack(config));

/** What the table of rights says, with what Kafka allows beside it. */
function allowed(name: string, type: Resource['type'], resource: string): Operation[] {
  const rights = name === deputy ? rightsOf('owner') : allRights(config).filter(({ principal }) => principal === name);
  const covers = ({ pattern, name }: Resource) =>
    pattern === 'literal' ? resource === name : resource.startsWith(name);
  return withImplied(
    rights
      .filter((right) => right.resource.type === type && covers(right.resource))
      .flatMap(({ operations }) => operations),
  );
}

const each = <T>(names: readonly string[], of: (name: string) => T) =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

describe.each(tried)('%s', (name) => {
  it('may do what the table of rights says and nothing else, by the word of the broker', async () => {
    await withBroker(as(name), 'test', async (ask) => {
      expect(Object.fromEntries(await topicOperations(ask, allTopics))).toEqual(
        each(allTopics, (topic) => allowed(name, 'topic', topic)),
      );
      expect(Object.fromEntries(await groupOperations(ask, allGroups))).toEqual(
        each(allGroups, (group) => allowed(name, 'group', group)),
      );
      expect(await clusterOperations(ask)).toEqual(allowed(name, 'cluster', 'kafka-cluster'));
    });
  });

  it('gets what it may when it tries, and is refused all else', async () => {
    await withRawBroker(as(name), async (broker) => {
      const [topics, groups]: Record<string, Operation[]>[] = [{}, {}];
      for (const topic of allTopics) topics![topic] = await allowedOf(onTopic, broker, topic);
      for (const group of allGroups) groups![group] = await allowedOf(onGroup, broker, group);
      expect(topics).toEqual(each(allTopics, (topic) => allowed(name, 'topic', topic)));
      expect(groups).toEqual(each(allGroups, (group) => allowed(name, 'group', group)));
    });
  });

  it(name === deputy ? 'makes rights, users and quotas' : 'makes no rights, users or quotas', async () => {
    const owner = as(name);
    const done = await Promise.all(
      [
        () => planAcls(owner, config),
        () => applyAcls(owner, config),
        () =>
          withKafkaAdmin(owner, (admin) =>
            admin.createAcls({ acl: [allowing('somebody', 'READ', 'TOPIC', 'payroll')] }),
          ),
        () =>
          withKafkaAdmin(owner, (admin) =>
            admin.deleteAcls({ filters: [allowing('somebody', 'READ', 'TOPIC', 'payroll')] }),
          ),
        () => withBroker(owner, 'test', (ask) => usersWithPassword(ask, ['page'])),
        () => withBroker(owner, 'test', (ask) => setPasswords(ask, new Map([['somebody', 'x']]))),
        () => withBroker(owner, 'test', (ask) => quotasOf(ask, ['shop'])),
        () => withBroker(owner, 'test', (ask) => setQuotas(ask, new Map([['somebody', { request_percentage: 1 }]]))),
      ].map((attempt) => isAllowed(attempt)),
    );
    expect(done).toEqual(done.map(() => name === deputy));
  });
});
