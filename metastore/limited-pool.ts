/**
 * A pool whose statements the server ends in time, also behind a connection pooler.
 *
 * The limit is a parameter of the connection where that works: it costs nothing then. A pooler refuses it, as PgBouncer does with 08P01, or drops
 * it, and what is set for a session there would be set for others, too, who get the connection next
 * (https://www.pgbouncer.org/features.html, transaction pooling). Each statement is a transaction with a limit of its own there.
 *
 * Where a connection is a session of PostgreSQL, a statement has a name, by which the server knows it again: it is parsed once for a connection.
 */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { codeOf } from '../errors.js';
import { connectionOptions, type Database } from './database.js';
import { isRefusedParameter } from './refusals.js';

/** One statement; `query_timeout` in ms is node-postgres' own limit, which its types know for whole clients only. */
export interface LimitedQuery {
  readonly text: string;
  readonly values: unknown[];
  readonly query_timeout?: number;
}

/** How long a password's change takes between server and file, and some more, in ms. */
const rotationMs = 500;

/** invalid_sql_statement_name and duplicate_prepared_statement. */
const nameErrors: readonly (string | undefined)[] = ['26000', '42P05'];

const names = new Map<string, string>();
/** The texts are those of the program, of which there are few. */
function nameOf(text: string): string {
  const name = names.get(text) ?? createHash('sha256').update(text).digest('base64url');
  names.set(text, name);
  return name;
}

export class LimitedPool extends pg.Pool {
  /** Undefined before the first connection. */
  private isInTransactions: boolean | undefined;
  private knowsNames = true;

  /** `limitMs` in ms; 0 for no limit. */
  constructor(
    private readonly database: Database,
    config: pg.PoolConfig,
    private readonly limitMs: number,
  ) {
    super({ ...config, statement_timeout: limitMs || undefined });
    // As node-postgres does it: nobody sees it who looks at the pool.
    Object.defineProperty(this.options, 'password', { enumerable: false, writable: true });
    if (limitMs === 0) this.isInTransactions = false;
  }

  /** As pg.Pool does it: pg.Pool itself calls back. */
  override connect(callback?: unknown): Promise<pg.PoolClient> {
    if (typeof callback !== 'function') return this.connectLimited();
    this.connectLimited().then(
      (client) => callback(undefined, client, (error?: Error) => client.release(error)),
      (error: unknown) => callback(error, undefined, () => undefined),
    );
    return undefined as never;
  }

  /** Under which name the server knows a statement; undefined where it would not know it again. */
  nameOf(text: string): string | undefined {
    return this.isInTransactions === false && this.limitMs > 0 && this.knowsNames ? nameOf(text) : undefined;
  }

  /** Takes notice of what a statement failed with: a pooler that passes parameters on, and yet changes the session, knows no names. */
  notice(error: unknown): void {
    if (nameErrors.includes(codeOf(error))) this.knowsNames = false;
  }

  /** What a statement has to bring with it, in ms; 0 where its connection has the limit. */
  get limitOfTransaction(): number {
    return this.isInTransactions ? this.limitMs : 0;
  }

  private async connectLimited(): Promise<pg.PoolClient> {
    const client = await this.connectAsWeAre().catch((error: unknown) => {
      // Another call may have been told so meanwhile.
      if (!isRefusedParameter(error) || this.limitMs === 0) throw error;
      this.limitInTransactions();
      return this.connectAsWeAre();
    });
    if (this.isInTransactions === undefined) await this.findOut(client);
    return client;
  }

  /** A connection that is there already, or one that is made with what the files hold now. */
  private async connectAsWeAre(): Promise<pg.PoolClient> {
    const prepare = async () => void Object.assign(this.options, await connectionOptions(this.database));
    if (this.idleCount === 0) await prepare();
    try {
      return await super.connect();
    } catch (error) {
      if (codeOf(error) !== '28P01' || this.database.passwordFile === undefined) throw error;
      // While a password is changed, the server has the new one a moment before the file does.
      await sleep(rotationMs);
      await prepare();
      return super.connect();
    }
  }

  /** A pooler that drops the parameter leaves what the server has by default. */
  private async findOut(client: pg.PoolClient): Promise<void> {
    try {
      const { rows } = await client.query<{ millis: string }>(
        "SELECT setting AS millis FROM pg_settings WHERE name = 'statement_timeout'",
      );
      if (Number(rows[0]?.millis) === this.limitMs) this.isInTransactions = false;
      else this.limitInTransactions();
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  private limitInTransactions(): void {
    this.isInTransactions = true;
    this.options.statement_timeout = undefined;
    // For those who ask the pool itself, one statement at a time: they are answered in time, though the server may work on.
    this.options.query_timeout = this.limitMs;
  }
}

/** Runs a statement on a connection of the pool, within the pool's limit; the answer's rows. */
export async function runLimited<Row extends object>(
  pool: pg.Pool,
  client: pg.PoolClient,
  query: LimitedQuery,
): Promise<Row[]> {
  if (!(pool instanceof LimitedPool)) return (await client.query<Row>(query)).rows;
  const limitMs = pool.limitOfTransaction;
  if (limitMs === 0) {
    try {
      return (await client.query<Row>({ ...query, name: pool.nameOf(query.text) })).rows;
    } catch (error) {
      pool.notice(error);
      throw error;
    }
  }
  const { query_timeout } = query;
  const also = (text: string) => client.query({ text, query_timeout } as pg.QueryConfig);
  await also(`BEGIN; SET LOCAL statement_timeout = ${limitMs}`);
  const { rows } = await client.query<Row>(query);
  await also('COMMIT');
  return rows;
}
