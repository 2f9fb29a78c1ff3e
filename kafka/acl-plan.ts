/** Kafka's ACLs and quotas, as they are and as they should be. */
import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { allRights, knownNames } from './acls.js';
import { withBroker, withKafkaAdmin } from './client.js';
import { type Quota, quotasOf, setQuotas } from './quotas.js';
import type { KafkaAccess } from './security.js';

// A CommonJS module, of which Node sees only the first names.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/** One entry of Kafka's ACLs, by Kafka's names. */
export interface Entry {
  /** With its type: `User:validator`. */
  readonly principal: string;
  readonly permission: string;
  /** `*`: from anywhere. */
  readonly host: string;
  readonly operation: string;
  readonly resourceType: string;
  readonly resourceName: string;
  readonly patternType: string;
}

/** A quota of a producer from outside; undefined where there is none. */
export interface QuotaChange {
  readonly user: string;
  readonly quota: keyof Quota;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export interface AclPlan {
  /** What the table of rights has, and Kafka has not. */
  readonly missing: readonly Entry[];
  /** What the table's principals have, and the table has not. */
  readonly superfluous: readonly Entry[];
  /** What others have. */
  readonly foreign: readonly Entry[];
  readonly quotas: readonly QuotaChange[];
}

/** What the table of rights depends on. */
type AclSettings = Pick<Config, 'kafkaSecurity' | 'kafkaProducers'>;

const principalOf = (name: string) => `User:${name}`;

/** As the table of rights has them. */
const desiredEntries = (config: AclSettings): Entry[] =>
  allRights(config).flatMap(({ principal, resource, operations }) =>
    operations.map((operation) => ({
      principal: principalOf(principal),
      permission: 'ALLOW',
      host: '*',
      operation,
      resourceType: resource.type.toUpperCase(),
      resourceName: resource.name,
      patternType: resource.pattern.toUpperCase(),
    })),
  );

/** A number of the protocol as its name, and back; one that kafkajs has no name for as its digits. */
const nameIn = (names: object, value: number) => Object.entries(names).find(([, one]) => one === value)?.[0] ?? String(value); // prettier-ignore
const valueIn = (names: object, name: string) => ((names as Record<string, number>)[name] ?? Number(name)) as never;

const toKafka = (entry: Entry): AclEntry => ({
  principal: entry.principal,
  host: entry.host,
  permissionType: valueIn(AclPermissionTypes, entry.permission),
  operation: valueIn(AclOperationTypes, entry.operation),
  resourceType: valueIn(AclResourceTypes, entry.resourceType),
  resourceName: entry.resourceName,
  resourcePatternType: valueIn(ResourcePatternTypes, entry.patternType),
});

async function presentEntries(admin: Admin): Promise<Entry[]> {
  const { resources } = await admin
    .describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })
    .catch((error: Error & { type?: string; cause?: { type?: string } }) => {
      if ((error.type ?? error.cause?.type) !== 'SECURITY_DISABLED') throw error;
      const todo = 'set authorizer.class.name in its configuration, or use the secured profile';
      throw new OperatorError('KAFKA_NO_AUTHORIZER', `Kafka lets everybody do everything: ${todo}`, { cause: error });
    });
  return resources.flatMap(({ resourceType, resourceName, resourcePatternType, acls }) =>
    acls.map(({ principal, host, operation, permissionType }) => ({
      principal,
      permission: nameIn(AclPermissionTypes, permissionType),
      host,
      operation: nameIn(AclOperationTypes, operation),
      resourceType: nameIn(AclResourceTypes, resourceType),
      resourceName,
      patternType: nameIn(ResourcePatternTypes, resourcePatternType),
    })),
  );
}

/** Two entries that have the same text are the same. */
const identity = (entry: Entry) => JSON.stringify(Object.entries(entry).sort());

function comparedWith(present: readonly Entry[], config: AclSettings): Omit<AclPlan, 'quotas'> {
  const desired = desiredEntries(config);
  const [wanted, had] = [new Set(desired.map(identity)), new Set(present.map(identity))];
  const ours = new Set(knownNames(config).map(principalOf));
  return {
    missing: desired.filter((entry) => !had.has(identity(entry))),
    superfluous: present.filter((entry) => ours.has(entry.principal) && !wanted.has(identity(entry))),
    foreign: present.filter(({ principal }) => !ours.has(principal)),
  };
}

/**
 * What is to be done so that Kafka's ACLs are those of the table, and the quotas of producers from outside those of the settings. Throws
 * KAFKA_UNREACHABLE, KAFKA_REFUSED, and KAFKA_NO_AUTHORIZER where Kafka has no ACLs. `owner` is who may ask, as he connects.
 */
export async function planAcls(owner: KafkaAccess, config: AclSettings): Promise<AclPlan> {
  const present = await withKafkaAdmin(owner, presentEntries);
  return { ...comparedWith(present, config), quotas: await planQuotas(owner, config) };
}

async function planQuotas(
  owner: KafkaAccess,
  { kafkaProducers: { names, quota } }: AclSettings,
): Promise<QuotaChange[]> {
  if (names.length === 0) return [];
  const present = await withBroker(owner, 'orderflow-quotas', (ask) => quotasOf(ask, names));
  const keys = Object.keys(quota) as (keyof Quota)[];
  return names.flatMap((user) =>
    keys
      .map((key) => ({ user, quota: key, from: present.get(user)?.[key], to: quota[key] }))
      .filter(({ from, to }) => from !== to),
  );
}

/** Longest time until the broker goes by what it has confirmed, in ms. */
const patienceMs = 10_000;

/**
 * Does what `planAcls` says, and answers with it: first what is missing, so that nobody is without a right meanwhile. What others have stays.
 * Resolves when the broker goes by it. May be called again: then there is nothing to do. Throws as planAcls does.
 */
export async function applyAcls(owner: KafkaAccess, config: AclSettings): Promise<AclPlan> {
  const plan = await planAcls(owner, config);
  const { missing, superfluous, quotas } = plan;
  await withKafkaAdmin(owner, async (admin) => {
    if (missing.length > 0) await admin.createAcls({ acl: missing.map(toKafka) });
    if (superfluous.length > 0) await admin.deleteAcls({ filters: superfluous.map(toKafka) });
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      const rest = comparedWith(await presentEntries(admin), config);
      if (rest.missing.length === 0 && rest.superfluous.length === 0) return;
      await sleep(50);
    }
  });
  if (quotas.length > 0) await withBroker(owner, 'orderflow-quotas', (ask) => setQuotas(ask, byUser(quotas)));
  return plan;
}

/** Takes from the table's principals what is meant, until the next `applyAcls`: for fault tests. Throws as planAcls does. */
export const removeRights = (owner: KafkaAccess, config: AclSettings, isMeant: (entry: Entry) => boolean) =>
  withKafkaAdmin(owner, (admin) => admin.deleteAcls({ filters: desiredEntries(config).filter(isMeant).map(toKafka) }));

function byUser(changes: readonly QuotaChange[]) {
  const users = new Map<string, Record<string, number | undefined>>();
  for (const { user, quota, to } of changes) users.set(user, { ...users.get(user), [quota]: to });
  return users;
}

/** Whether there is nothing to do. */
export const isDone = ({ missing, superfluous, quotas }: AclPlan): boolean =>
  missing.length + superfluous.length + quotas.length === 0;
