/**
 * Every principal against every topic, every kind of group and the cluster, on a broker with StandardAuthorizer: what it may do by the broker's
 * word, and what it gets when it tries.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../config.js';
import { applyAcls, planAcls } from '../../kafka/acl-plan.js';
import { groupOperations, topicOperations } from '../../kafka/authorized.js';
import { withBroker, withKafkaAdmin } from '../../kafka/client.js';
import { quotasOf, setQuotas } from '../../kafka/quotas.js';
import { setPasswords, usersWithPassword } from '../../kafka/scram.js';
import { up } from '../../local/up.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { isAllowed } from './attempts.js';
import { clusterOperations } from './cluster-operations.js';
import { allowing } from './entries.js';
import {
  allGroups,
  allowed,
  allTopics,
  asTried,
  clusterName,
  deputy,
  matrixSettings,
  prepareMatrix,
  tried,
  tryKafka,
} from './rights-matrix.js';

let config: Config;
const as = (name: string) => asTried(config, name);

beforeAll(async () => {
  config = await localStack(matrixSettings);
  await up(config, { only: ['kafka'], progress: 'silent' });
  await prepareMatrix(config);
}, 600_000);
afterAll(() => removeLocalStack(config));

const each = <T>(names: readonly string[], of: (name: string) => T) =>
  Object.fromEntries(names.map((name) => [name, of(name)]));

describe.each(tried)('%s', (name) => {
  it('may do what the table of rights says and nothing else, by the word of the broker', async () => {
    await withBroker(as(name), 'test', async (ask) => {
      expect(Object.fromEntries(await topicOperations(ask, allTopics))).toEqual(
        each(allTopics, (topic) => allowed(config, name, 'topic', topic)),
      );
      expect(Object.fromEntries(await groupOperations(ask, allGroups))).toEqual(
        each(allGroups, (group) => allowed(config, name, 'group', group)),
      );
      expect(await clusterOperations(ask)).toEqual(allowed(config, name, 'cluster', clusterName));
    });
  });

  it('gets what it may when it tries, and is refused all else', async () => {
    const tries = await tryKafka(config, name);
    expect(tries.filter(({ isAsWanted }) => !isAsWanted)).toEqual([]);
    expect(tries.length).toBeGreaterThan(100);
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
