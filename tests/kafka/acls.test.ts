/** The table of rights, and the forms in which others take it. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { rangerPolicies, strimziUsers } from '../../kafka/acl-formats.js';
import { allRights, type Right, rightsOf, withImplied } from '../../kafka/acls.js';
import { loadConfig } from '../../config.js';
import { principals } from '../../model/principals.js';
import { stages } from '../../model/stages.js';
import { allTopicNames } from '../../model/topics.js';

const settings = {
  ORDERFLOW_KAFKA_PRODUCERS: 'shop',
  ORDERFLOW_KAFKA_PRODUCER_BYTES: '1000',
  ORDERFLOW_KAFKA_PRODUCER_PERCENT: '50',
};
const config = loadConfig(settings);

const shown = (rights: readonly Right[]) =>
  rights.map(({ resource: { type, name, pattern }, operations }) => [
    type,
    pattern === 'prefixed' ? `${name}*` : name,
    operations.join(' '),
  ]);

describe('rightsOf', () => {
  it.each(stages)('gives the $name its row of the stage table, and nothing more', ({ name, input, outputs }) => {
    expect(shown(rightsOf(name))).toEqual([
      ['topic', input, 'READ DESCRIBE'],
      ...outputs.map((output) => ['topic', output, 'WRITE DESCRIBE']),
      ['group', name, 'READ DESCRIBE'],
    ]);
  });

  it('lets the generator write orders, the page see the lag, and the owner manage rights: none of them reads a record', () => {
    expect(shown(rightsOf('generator'))).toEqual([['topic', 'raw_order', 'WRITE DESCRIBE']]);
    expect(shown(rightsOf('owner'))).toEqual([
      ['cluster', 'kafka-cluster', 'ALTER DESCRIBE ALTER_CONFIGS DESCRIBE_CONFIGS'],
    ]);
    expect(new Set(rightsOf('page').flatMap(({ operations }) => operations))).toEqual(new Set(['DESCRIBE']));
  });

  it('lets nobody delete a topic, Druid change nothing, and the auditor add to the audit trail alone', () => {
    const rights = allRights(config);
    expect(
      rights.filter(({ resource, operations }) => resource.type === 'topic' && operations.includes('DELETE')),
    ).toEqual([]);
    for (const principal of ['auditor', 'druid'] as const)
      expect(
        rightsOf(principal)
          .filter(({ resource }) => principal !== 'auditor' || resource.name !== 'audit')
          .flatMap(({ operations }) => operations)
          .filter((one) => !['READ', 'DESCRIBE'].includes(one)),
      ).toEqual([]);
  });

  it('gives a producer from outside raw_order, to write', () => {
    expect(shown(allRights(config).filter(({ principal }) => principal === 'shop'))).toEqual([
      ['topic', 'raw_order', 'WRITE DESCRIBE'],
    ]);
  });

  it('has the names by which Kafka knows the principals', () => {
    const names = (more: Record<string, string>) =>
      new Set(allRights(loadConfig({ ORDERFLOW_PROFILE: 'secured', ...more })).map(({ principal }) => principal));
    expect(names({})).toEqual(new Set(principals));
    expect(names({ ORDERFLOW_KAFKA_USER: 'of-{principal}' })).toContain('of-router');
    const kerberos = { ORDERFLOW_KAFKA_USER: '{principal}/host@REALM', ORDERFLOW_KAFKA_STAGE_MECHANISM: 'GSSAPI' };
    expect(names(kerberos)).toContain('router');
  });

  it('takes no principal of Orderflow for a producer from outside', () => {
    expect(() => loadConfig({ ORDERFLOW_KAFKA_PRODUCERS: 'shop,page' })).toThrow(
      'a principal of Orderflow is none from outside',
    );
    expect(() => loadConfig({ ORDERFLOW_KAFKA_PRODUCERS: '*' })).toThrow('expected names');
  });

  it('keeps what people did from all but operators and auditors', () => {
    const audit = allRights(config).filter(({ resource }) => resource.name === 'audit');
    expect(audit.map(({ principal }) => principal)).toEqual(['operator', 'auditor']);
    expect(audit[1]!.operations).toEqual(['READ', 'DESCRIBE', 'WRITE']);
  });

  it('names each topic', () => {
    const named = new Set(
      allRights(config)
        .filter(({ resource }) => resource.type === 'topic')
        .map(({ resource }) => resource.name),
    );
    expect([...named].sort()).toEqual([...allTopicNames].sort());
  });
});

it('withImplied adds what Kafka allows as well', () => {
  expect(withImplied(['READ'])).toEqual(['READ', 'DESCRIBE']);
  expect(withImplied(['ALTER_CONFIGS'])).toEqual(['DESCRIBE_CONFIGS', 'ALTER_CONFIGS']);
  expect(withImplied([])).toEqual([]);
});

describe('for Ranger', () => {
  interface Policy {
    readonly name: string;
    readonly resources: Readonly<Record<string, { values: string[] }>>;
    readonly policyItems: readonly { users: string[]; accesses: { type: string; isAllowed: boolean }[] }[];
  }
  const { policies } = rangerPolicies(config, 'kafka') as { policies: Policy[] };

  it('has a policy for each resource, with an item for each who has a right to it', () => {
    const back = policies.flatMap(({ resources, policyItems }) => {
      const [[type, { values }]] = Object.entries(resources) as [[string, { values: string[] }]];
      return policyItems.map(({ users, accesses }) => [users.join(), type, values.join(), accesses.length].join(' '));
    });
    const types = { topic: 'topic', group: 'consumergroup', cluster: 'cluster' };
    const rights = allRights(config).map(({ principal, resource: { type, name, pattern }, operations }) => {
      const value = type === 'cluster' ? '*' : pattern === 'prefixed' ? `${name}*` : name;
      return [principal, types[type], value, operations.length].join(' ');
    });
    expect(back.sort()).toEqual(rights.sort());
    // Ranger takes one policy for a resource, and one of a name.
    expect(new Set(policies.map(({ resources }) => JSON.stringify(resources))).size).toBe(policies.length);
    expect(new Set(policies.map(({ name }) => name)).size).toBe(policies.length);
  });

  it('calls reading consume and writing publish', () => {
    const raw = policies.find(({ resources }) => resources.topic?.values[0] === 'raw_order')!;
    const accessesOf = (user: string) =>
      raw.policyItems.find(({ users }) => users.includes(user))?.accesses.map(({ type }) => type);
    expect(accessesOf('validator')).toEqual(['consume', 'describe']);
    expect(accessesOf('shop')).toEqual(['publish', 'describe']);
    expect(accessesOf('router')).toBeUndefined();
  });
});

describe('for Strimzi', () => {
  const users = parseAllDocuments(strimziUsers(config, 'production')).map((document) => document.toJS());

  it('has a user for each principal, with its rights', () => {
    expect(users.map(({ metadata }) => metadata.name)).toEqual([...principals, 'shop']);
    expect(users.every(({ metadata }) => metadata.labels['strimzi.io/cluster'] === 'production')).toBe(true);
    const aggregator = users.find(({ metadata }) => metadata.name === 'aggregator');
    expect(aggregator.spec).toEqual({
      authentication: { type: 'scram-sha-512' },
      authorization: {
        type: 'simple',
        acls: [
          ['topic', 'enriched_order', 'Read', 'Describe'],
          ['topic', 'aggregated_order', 'Write', 'Describe'],
          ['topic', 'dead_letter', 'Write', 'Describe'],
          ['group', 'aggregator', 'Read', 'Describe'],
        ].map(([type, name, ...operations]) => ({
          resource: { type, name, patternType: 'literal' },
          operations,
          host: '*',
        })),
      },
    });
    const owner = users.find(({ metadata }) => metadata.name === 'owner');
    expect(owner.spec.authorization.acls).toEqual([
      {
        resource: { type: 'cluster' },
        operations: ['Alter', 'Describe', 'AlterConfigs', 'DescribeConfigs'],
        host: '*',
      },
    ]);
  });

  it('has quotas for producers from outside alone', () => {
    expect(users.filter(({ spec }) => spec.quotas).map(({ metadata, spec }) => [metadata.name, spec.quotas])).toEqual([
      ['shop', { producerByteRate: 1000, requestPercentage: 50 }],
    ]);
  });

  it('refuses a producer whose name Kubernetes does not take', () => {
    expect(() => strimziUsers(loadConfig({ ORDERFLOW_KAFKA_PRODUCERS: 'Web_Shop' }), 'x')).toThrow('Web_Shop');
  });
});
