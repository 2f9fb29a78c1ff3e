/** What `orderflow status` says of what has to be done from time to time: the metastore's upkeep, dead letters before they are deleted, and topics. */
import type { Config } from '../config.js';
import { type Expiring, expiringLetters } from '../dead-letters/expiring.js';
import { OperatorError } from '../errors.js';
import type { JobStatus } from '../flink/jobs.js';
import { withKafkaAdmin } from '../kafka/client.js';
import type { ServiceName } from '../local/service.js';
import type { ServiceState, ServiceStatus } from '../local/status.js';
import { unpublishedEvents } from '../metastore/audit-trail.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { lastUpkeep } from '../metastore/upkeep.js';
import { type TopicHealth, topicHealth } from './topic-health.js';

type Upkeep = Awaited<ReturnType<typeof lastUpkeep>>;

export interface Care {
  /** Null while PostgreSQL does not answer. */
  readonly upkeep: Upkeep | null;
  /** Null while Kafka or PostgreSQL does not answer, or before there are topics. */
  readonly expiring: Expiring | null;
  /** The same. */
  readonly topics: TopicHealth | null;
  /** Events of the audit trail that are not on the topic, and since when; null while PostgreSQL does not answer. */
  readonly audit: Awaited<ReturnType<typeof unpublishedEvents>> | null;
  /** Where one of them refuses who asks: a sentence each. */
  readonly refused: readonly string[];
}

/** Codes of errors that somebody has to mend, and that are no reason to wait. */
const isRefusal = (error: unknown): error is OperatorError =>
  error instanceof OperatorError && /REFUSED|UNTRUSTED|SECRET/.test(error.code);

/** Asks only what answers: a stack that is down is no reason to wait. Fails never. */
export async function careOf(
  config: Config,
  services: readonly ServiceStatus[],
  jobs: readonly JobStatus[],
): Promise<Care> {
  const is = (name: ServiceName, ...states: readonly ServiceState[]) =>
    services.some((service) => service.name === name && states.includes(service.state));
  const answers = (name: ServiceName) => is(name, 'up', 'elsewhere');
  const refused = new Set<string>();
  const orNull = (error: unknown) => {
    if (isRefusal(error)) refused.add(error.message);
    return null;
  };
  const known = <T>(isAsked: boolean, ask: () => Promise<T>) => (isAsked ? ask().catch(orNull) : null);
  // One that refuses us is silent, too.
  await Promise.all([
    known(is('kafka', 'silent', 'unreachable'), () => withKafkaAdmin(config, (admin) => admin.listTopics())),
    known(is('postgres', 'silent', 'unreachable'), () => withPool(databaseOf(config, 'page'), lastUpkeep)),
  ]);
  const [upkeep, expiring, topics, audit] = await Promise.all([
    known(answers('postgres'), () => withPool(databaseOf(config, 'page'), lastUpkeep)),
    known(answers('postgres') && answers('kafka'), () => expiringLetters(config, Date.now())),
    known(answers('postgres') && answers('kafka'), () => topicHealth(config, jobs)),
    known(answers('postgres'), () => withPool(databaseOf(config, 'page'), unpublishedEvents)),
  ]);
  return { upkeep, expiring, topics, audit, refused: [...refused] };
}

/** A run is to be made each day: one that is older than this has been missed, in ms. */
const missedMs = 2 * 86_400_000;
const hours = (millis: number) => `${(millis / 3_600_000).toFixed(1)} h`;

/** One line: when the upkeep ran last, whether it failed, and what to do if nobody runs it. `now` is in ms since the epoch. */
export function upkeepText(upkeep: Upkeep | null, now: number): string {
  if (!upkeep) return "the metastore's upkeep: unknown, PostgreSQL does not answer or has no tables yet";
  const { last, lastGood } = upkeep;
  const good = lastGood
    ? `ran well ${hours(now - lastGood.startedAt)} ago: made ${lastGood.partitionsMade} partitions, dropped ${lastGood.partitionsDropped}, ` +
      `deleted ${lastGood.linesDeleted} lines and ${lastGood.claimsDeleted} claims`
    : 'has never ended well';
  const failed = last?.problem ? `; FAILED ${hours(now - last.startedAt)} ago: ${last.problem}` : '';
  const isMissed = !lastGood || now - lastGood.startedAt > missedMs;
  const todo = isMissed ? "; the external-processor's job runs it daily, or `orderflow retention run`" : '';
  return `the metastore's upkeep ${good}${failed}${todo}`;
}

/** A warning for the dead letters that are about to go. */
export function expiringText({ letters, firstAt }: Expiring): string {
  const when = new Date(firstAt!).toISOString();
  return `WARNING: Kafka deletes ${letters} dead letters soon that nobody has sent back, the first from ${when} on: \`orderflow dead-letters list\``;
}

/** A line for events that wait for Kafka. */
export function unpublishedText({ events, since }: NonNullable<Care['audit']>): string {
  const when = new Date(since!).toISOString();
  return `${events} events of the audit trail are not on the topic yet, the first since ${when}: \`orderflow audit publish\``;
}
