/** How a command leaves its events in the audit trail: who ran it, what it did, and how that ended. */
import { hostname, userInfo } from 'node:os';
import type { Config } from '../config.js';
import { codeOf, describeError, OperatorError } from '../errors.js';
import { appendAuditEvent, hasNoTrail, withAuditEvent } from '../metastore/audit-trail.js';
import { type Pool, type PoolClient, withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import type { AuditAction, AuditActor, AuditEntry } from '../model/audit.js';
import { publishEvents } from './publish.js';

/** What an event says beside who and how. */
export interface Said {
  readonly subjects?: readonly string[];
  /** No secret, and no personal data. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The account that this process runs as. In a container it may be a number that no account has. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

/** Who runs this process. */
export const actorOf = (config: Pick<Config, 'operator'>): AuditActor => ({
  principal: accountName(),
  host: hostname(),
  person: config.operator,
});

const entryOf = (
  config: Config,
  action: AuditAction,
  outcome: AuditEntry['outcome'],
  { subjects = [], details = {} }: Said,
): AuditEntry => ({ ...actorOf(config), action, outcome, subjects, details });

/** What may be said of why a command failed: a sentence of ours, which names no data. */
const problemOf = (error: unknown) => ({
  error: error instanceof OperatorError ? error.code : (codeOf(error) ?? describeError(error)),
});

/**
 * A change that is made in PostgreSQL: it and its event are one transaction. Where the work fails, an event says that instead. `saidOf` tells
 * of the result; null where nothing was changed that is worth an event. The metastore's failures are OperatorErrors, as those of `withPool`.
 */
export async function changeInMetastore<T>(
  config: Config,
  action: AuditAction,
  work: (client: PoolClient) => Promise<T>,
  saidOf: (result: T) => Said | null,
): Promise<T> {
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    try {
      const result = await withAuditEvent(pool, work, (result) => {
        const said = saidOf(result);
        return said && entryOf(config, action, 'done', said);
      });
      await publishQuietly(config, pool);
      return result;
    } catch (error) {
      // Where that cannot be said either, nothing has changed.
      const entry = entryOf(config, action, 'failed', { details: problemOf(error) });
      await appendAuditEvent(pool, entry).then(() => publishQuietly(config, pool)).catch(() => undefined); // prettier-ignore
      throw error;
    }
  });
}

/**
 * A change that is made elsewhere, in Kafka, Flink or Druid: an event is written down before it, and another one after it, which says how it
 * ended; `saidOf` tells of the result. Where the trail cannot be written, nothing is changed (AUDIT_UNAVAILABLE), or, with
 * ORDERFLOW_AUDIT=wanted, that is said on stderr.
 */
export async function changeElsewhere<T>(
  config: Config,
  action: AuditAction,
  said: Said,
  work: () => Promise<T>,
  saidOf: (result: T) => Said = () => ({}),
): Promise<T> {
  const begun = await writeDown(config, entryOf(config, action, 'begun', said), 'before');
  const end = async (outcome: 'done' | 'failed', of: Said) => {
    const details = { ...(begun !== null && { begun }), ...of.details };
    await writeDown(config, entryOf(config, action, outcome, { ...said, ...of, details }), 'after');
  };
  try {
    const result = await work();
    await end('done', saidOf(result));
    return result;
  } catch (error) {
    await end('failed', { details: problemOf(error) });
    throw error;
  }
}

/** The event's number; null where it could not be written down. After the change, that is only said: the change is made. */
async function writeDown(config: Config, entry: AuditEntry, when: 'before' | 'after'): Promise<number | null> {
  try {
    return await withPool(databaseOf(config, 'operator'), async (pool) => {
      const seq = await appendAuditEvent(pool, entry);
      if (when === 'after') await publishQuietly(config, pool);
      return seq;
    });
  } catch (error) {
    const why = hasNoTrail(error) ? 'it has no audit trail: `orderflow schema migrate` makes it' : sentenceOf(error);
    if (when === 'before' && config.auditRequired)
      throw new OperatorError(
        'AUDIT_UNAVAILABLE',
        `${entry.action} changes nothing, since that could not be written down: ${why}`,
        { cause: error },
      );
    console.error(`${entry.action}, ${entry.outcome}: not in the audit trail: ${why}`);
    return null;
  }
}

const sentenceOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Kafka may be away: the events stay where they are, and `orderflow status` counts them. */
const publishQuietly = (config: Config, pool: Pool): Promise<unknown> =>
  publishEvents(config, pool).catch(() => undefined);

/**
 * Writes down an event by itself, such as a request to the page that was refused, and answers with its number. Rejects as `withPool` does. It comes
 * onto the topic with the next command, or within a second where the collector runs.
 */
export const recordAuditEvent = (pool: Pool, entry: AuditEntry): Promise<number> => appendAuditEvent(pool, entry);
