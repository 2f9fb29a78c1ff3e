/** How a command leaves its events in the audit trail: who ran it, what it did, and how that ended. */
import { hostname, userInfo } from 'node:os';
import type { Config } from '../config.js';
import { codeOf, describeError, OperatorError } from '../errors.js';
import { appendAuditEvent, withAuditEvent } from '../metastore/audit-trail.js';
import { metastoreError, type Pool, type PoolClient, withPool } from '../metastore/connection.js';
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
 * A change that is made in PostgreSQL: it and its event are one transaction. Where the work fails, an event says that instead. `saidOf` adds to
 * `said` what is known of the result. Fails as the work and `withPool` do.
 */
export async function changeInMetastore<T>(
  config: Config,
  action: AuditAction,
  said: Said,
  work: (client: PoolClient) => Promise<T>,
  saidOf: (result: T) => Said = () => ({}),
): Promise<T> {
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    try {
      const result = await withAuditEvent(pool, work, (result) =>
        entryOf(config, action, 'done', both(said, saidOf(result))),
      );
      await publishQuietly(config, pool);
      return result;
    } catch (error) {
      const known = metastoreError(databaseOf(config, 'operator'), error);
      if (!(known instanceof OperatorError && known.code === 'METASTORE_UNREACHABLE'))
        // Where that cannot be said either, nothing has changed all the same.
        await appendAuditEvent(
          pool,
          entryOf(config, action, 'failed', both(said, { details: problemOf(known) })),
        ).catch(() => undefined);
      throw known;
    }
  });
}

/**
 * A change of several steps, or elsewhere than in PostgreSQL: an event is written down before it, and another one after it, which says how it
 * ended; `saidOf` adds to `said` what is known of the result. Where the trail cannot be written, nothing is changed (AUDIT_UNAVAILABLE), or, unless
 * ORDERFLOW_AUDIT requires it, that is said on stderr once it is made. `makesTrail`: before the work there may be no trail, or no right to write to it.
 */
export async function changeInSteps<T>(
  config: Config,
  action: AuditAction,
  said: Said,
  work: () => Promise<T>,
  saidOf: (result: T) => Said = () => ({}),
  { makesTrail = false } = {},
): Promise<T> {
  const begun = await writeDown(config, entryOf(config, action, 'begun', said));
  if (typeof begun === 'string' && config.auditRequired && !makesTrail)
    throw new OperatorError(
      'AUDIT_UNAVAILABLE',
      `nothing is changed, since it could not be written down who does (ORDERFLOW_AUDIT): ${begun}`,
    );
  const end = async (outcome: 'done' | 'failed', of: Said) => {
    if (typeof begun === 'string' && !makesTrail) return begun;
    const all = both(said, { ...of, details: { ...(typeof begun === 'number' && { begun }), ...of.details } });
    return writeDown(config, entryOf(config, action, outcome, all));
  };
  try {
    const result = await work();
    const written = await end('done', saidOf(result));
    if (typeof written === 'string') console.error(`this does not stand in the audit trail: ${written}`);
    return result;
  } catch (error) {
    // Where that cannot be written down either, its own sentence is what a person needs.
    await end('failed', { details: problemOf(error) });
    throw error;
  }
}

const both = (said: Said, of: Said): Said => ({
  subjects: of.subjects ?? said.subjects ?? [],
  details: { ...said.details, ...of.details },
});

/** The event's number, or a sentence that says why it could not be written down. */
async function writeDown(config: Config, entry: AuditEntry): Promise<number | string> {
  try {
    return await withPool(databaseOf(config, 'operator'), async (pool) => {
      const seq = await appendAuditEvent(pool, entry);
      if (entry.outcome !== 'begun') await publishQuietly(config, pool);
      return seq;
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Kafka may be away: the events stay where they are, and `orderflow status` counts them. */
const publishQuietly = (config: Config, pool: Pool): Promise<unknown> =>
  publishEvents(config, pool).catch(() => undefined);

/**
 * Writes down an event by itself, such as a request to the page that was refused, and answers with its number. Rejects as the pool does. It comes
 * onto the topic with the next command, or within a second where the collector runs.
 */
export const recordAuditEvent = (pool: Pool, entry: AuditEntry): Promise<number> => appendAuditEvent(pool, entry);
