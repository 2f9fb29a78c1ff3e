/** The table of rights for those who manage Kafka's users by something else: Apache Ranger, or Strimzi on Kubernetes. */
import { stringify } from 'yaml';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { allRights, grouped, type Operation, type Resource, type Right } from './acls.js';

type Settings = Pick<Config, 'kafkaSecurity' | 'kafkaProducers'>;

/** Ranger's names. Source: ranger-servicedef-kafka.json and RangerKafkaAuthorizer.java of Apache Ranger 2. */
const rangerResources: Readonly<Record<Resource['type'], string>> = {
  topic: 'topic',
  group: 'consumergroup',
  cluster: 'cluster',
};
const rangerAccess: Readonly<Record<Operation, string>> = {
  READ: 'consume',
  WRITE: 'publish',
  CREATE: 'create',
  DELETE: 'delete',
  ALTER: 'configure',
  DESCRIBE: 'describe',
  DESCRIBE_CONFIGS: 'describe_configs',
  ALTER_CONFIGS: 'alter_configs',
};

/**
 * What Ranger imports (`Import` of a service's policies): a policy for each topic and group, since it takes one for each resource, with an item
 * for each principal. `service` is the name that Kafka has in Ranger.
 */
export function rangerPolicies(config: Settings, service: string): object {
  const byResource = grouped(allRights(config), ({ resource }) => JSON.stringify(resource));
  return { policies: byResource.map((rights) => rangerPolicy(rights, service)) };
}

function rangerPolicy(rights: readonly Right[], service: string): object {
  const { type, name, pattern } = rights[0]!.resource;
  return {
    service,
    serviceType: 'kafka',
    name: `orderflow: ${type} ${name}`,
    policyType: 0,
    isEnabled: true,
    isAuditEnabled: true,
    resources: {
      [rangerResources[type]]: {
        // It knows one cluster, whatever its name.
        values: [type === 'cluster' ? '*' : pattern === 'prefixed' ? `${name}*` : name],
        isExcludes: false,
        isRecursive: false,
      },
    },
    policyItems: rights.map(({ principal, operations }) => ({
      users: [principal],
      accesses: operations.map((operation) => ({ type: rangerAccess[operation], isAllowed: true })),
      delegateAdmin: false,
    })),
  };
}

/** `DESCRIBE_CONFIGS` is DescribeConfigs. */
const camelCase = (operation: Operation) =>
  operation
    .split('_')
    .map((word) => word[0] + word.slice(1).toLowerCase())
    .join('');

/** As Kubernetes has names of resources. */
const kubernetesName = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/**
 * A KafkaUser for each principal, as YAML: Strimzi 0.49 or newer makes the users, their passwords, ACLs and quotas from them. `cluster` is the
 * name of the Kafka resource. Throws OperatorError BAD_ARGUMENTS for a producer whose name Kubernetes does not take.
 */
export function strimziUsers(config: Settings, cluster: string): string {
  const byPrincipal = grouped(allRights(config), ({ principal }) => principal);
  const users = byPrincipal.map((rights) => {
    const name = rights[0]!.principal;
    if (!kubernetesName.test(name))
      throw new OperatorError('BAD_ARGUMENTS', `Kubernetes takes no user of the name ${name}`, { exitCode: 2 });
    const isForeign = config.kafkaProducers.names.includes(name);
    return {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaUser',
      metadata: { name, labels: { 'strimzi.io/cluster': cluster } },
      spec: {
        authentication: { type: 'scram-sha-512' },
        authorization: { type: 'simple', acls: rights.map(strimziAcl) },
        ...(isForeign && {
          quotas: {
            producerByteRate: config.kafkaProducers.quota.producer_byte_rate,
            requestPercentage: config.kafkaProducers.quota.request_percentage,
          },
        }),
      },
    };
  });
  return users.map((user) => stringify(user)).join('---\n');
}

function strimziAcl({ resource: { type, name, pattern }, operations }: Right): object {
  const resource =
    type === 'cluster' ? { type } : { type, name, patternType: pattern === 'prefixed' ? 'prefix' : 'literal' };
  return { resource, operations: operations.map(camelCase), host: '*' };
}
