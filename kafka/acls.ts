/**
 * THE table of rights on Kafka, computed from the tables of stages, topics and principals: who may do what with which topic and group. Kafka's
 * ACLs are made from it (acl-plan.ts), and so are the policies of Apache Ranger and the users of Strimzi (acl-formats.ts).
 * Source of what a request needs: https://kafka.apache.org/documentation/#operations_resources_and_protocols
 */
import type { Config } from '../config.js';
import { kafkaNameOf } from '../model/kafka-security.js';
import { type Principal, principals } from '../model/principals.js';
import { type StageName, stageNames, stages } from '../model/stages.js';
import { allTopicNames, topicNames } from '../model/topics.js';

/** By Kafka's names. */
export const operations = [
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
] as const;
export type Operation = (typeof operations)[number];

export interface Resource {
  readonly type: 'topic' | 'group' | 'cluster';
  readonly name: string;
  /** `prefixed`: all whose names begin so. */
  readonly pattern: 'literal' | 'prefixed';
}

export interface Right {
  readonly principal: string;
  readonly resource: Resource;
  readonly operations: readonly Operation[];
}

/** A right without its holder. */
type Grant = Omit<Right, 'principal'>;

const topic = (name: string, ...operations: Operation[]): Grant => ({
  resource: { type: 'topic', name, pattern: 'literal' },
  operations,
});
const group = (name: string, ...operations: Operation[]): Grant => ({
  resource: { type: 'group', name, pattern: 'literal' },
  operations,
});
const groupsFrom = (prefix: string, ...operations: Operation[]): Grant => ({
  resource: { type: 'group', name: prefix, pattern: 'prefixed' },
  operations,
});
/** The name that Kafka itself gives to the whole cluster. */
const cluster = (...operations: Operation[]): Grant => ({
  resource: { type: 'cluster', name: 'kafka-cluster', pattern: 'literal' },
  operations,
});

/** The groups of commands that read topics have names that begin so (topic-reader.ts). */
export const readerGroups = 'orderflow-reader-';
/** Druid's supervisors and tasks: https://druid.apache.org/docs/latest/ingestion/kafka-ingestion */
const druidGroups = 'kafka-supervisor-';

/**
 * Reading holds describing, and so does writing: for StandardAuthorizer that goes without saying, for others it does not. Nobody needs
 * IDEMPOTENT_WRITE: since Kafka 2.8 an idempotent producer needs to write one topic. Nor are there transactional ids: Flink's sink writes at
 * least once.
 */
const reads = (names: readonly string[]) => names.map((name) => topic(name, 'READ', 'DESCRIBE'));
const writes = (names: readonly string[]) => names.map((name) => topic(name, 'WRITE', 'DESCRIBE'));

const inputs = [...new Set<string>(stages.map(({ input }) => input))];

/** How far the stages are. */
const seesLag = stageNames.map((name) => group(name, 'DESCRIBE'));
/** What commands need that read topics: `topics tail`, `reconcile`, `dead-letters list`. */
const readsAll = [...reads(allTopicNames), groupsFrom(readerGroups, 'READ', 'DESCRIBE'), ...seesLag];

/** What those have who are no stage. */
const others: Readonly<Record<Exclude<Principal, StageName>, readonly Grant[]>> = {
  generator: writes(['raw_order']),
  druid: [...reads(topicNames), groupsFrom(druidGroups, 'READ', 'DESCRIBE')],
  operator: [
    ...readsAll,
    // `topics apply` and `topics grow`.
    ...allTopicNames.map((name) => topic(name, 'CREATE', 'ALTER', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS')),
    // `dead-letters replay` sends them back to where they came from.
    ...inputs.map((name) => topic(name, 'WRITE')),
    // `backfill` writes the sums of the past again.
    topic('aggregated_order', 'WRITE'),
    // What people did, and what was refused.
    topic('audit', 'WRITE'),
    // `topics adopt` has a stage's group forget what it committed of the topic before.
    ...stageNames.map((name) => group(name, 'DELETE')),
  ],
  // The collector of denials publishes the trail.
  auditor: [...readsAll, topic('audit', 'WRITE')],
  page: [...inputs.map((name) => topic(name, 'DESCRIBE')), ...seesLag],
  // ACLs, users with their passwords, quotas.
  owner: [cluster('ALTER', 'DESCRIBE', 'ALTER_CONFIGS', 'DESCRIBE_CONFIGS')],
};

function grantsOf(principal: Principal): readonly Grant[] {
  const stage = stages.find(({ name }) => name === principal);
  if (!stage) return others[principal as keyof typeof others];
  return [...reads([stage.input]), ...writes(stage.outputs), group(stage.name, 'READ', 'DESCRIBE')];
}

/** A right for each resource that the principal may use. */
export const rightsOf = (principal: Principal): readonly Right[] =>
  grouped(grantsOf(principal), ({ resource }) => `${resource.type} ${resource.name}`).map((same) => ({
    principal,
    resource: same[0]!.resource,
    operations: [...new Set(same.flatMap(({ operations }) => operations))],
  }));

type Known = Pick<Config, 'kafkaSecurity' | 'kafkaProducers'>;

/** The names, as Kafka has them, of all whose rights are those of the table. */
export const knownNames = ({ kafkaSecurity, kafkaProducers }: Known): readonly string[] => [
  ...principals.map((principal) => kafkaNameOf(kafkaSecurity, principal)),
  ...kafkaProducers.names,
];

/** The rights of all principals of Orderflow, and of the producers from outside, who may write `raw_order`; under the names that Kafka has for them. */
export const allRights = ({ kafkaSecurity, kafkaProducers }: Known): readonly Right[] => [
  ...principals.flatMap((principal) =>
    rightsOf(principal).map((right) => ({ ...right, principal: kafkaNameOf(kafkaSecurity, principal) })),
  ),
  ...kafkaProducers.names.flatMap((principal) => writes(['raw_order']).map((grant) => ({ principal, ...grant }))),
];

/** What may be done as well: https://kafka.apache.org/documentation/#security_authz */
const implied: readonly (readonly [Operation, readonly Operation[]])[] = [
  ['DESCRIBE', ['READ', 'WRITE', 'DELETE', 'ALTER']],
  ['DESCRIBE_CONFIGS', ['ALTER_CONFIGS']],
];

/** The operations of a right, and those that Kafka allows with them; in the order of the table of operations. */
export function withImplied(granted: readonly Operation[]): Operation[] {
  const more = implied.filter(([, by]) => by.some((one) => granted.includes(one))).map(([operation]) => operation);
  return operations.filter((operation) => granted.includes(operation) || more.includes(operation));
}

/** Items by a text that some have in common, in the order of the first of each. */
export function grouped<T>(items: readonly T[], textOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const text = textOf(item);
    groups.set(text, [...(groups.get(text) ?? []), item]);
  }
  return [...groups.values()];
}
