/** How PostgreSQL's connections are shared out: the workers' are what is left by everybody else. */
import { applicationName, type Pool } from './connection.js';

/** Kept for what is not a worker: the page, which has four, and two commands at once. */
const commandConnections = 8;

export interface ConnectionBudget {
  /** How many connections all workers may have together. */
  readonly forWorkers: number;
  /** What is kept or in use beside them: superusers' places, the commands', and the sessions of other programs. */
  readonly forOthers: number;
}

/** Asks the server for its limits and for who is connected now. Rejects as the pool does. */
export async function connectionBudget(pool: Pool): Promise<ConnectionBudget> {
  const { rows } = await pool.query<{ total: number; reserved: number; foreign: number; limits: number[] }>(
    `select current_setting('max_connections')::int as total,
            current_setting('superuser_reserved_connections')::int
              + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved,
            (select count(*)::int from pg_stat_activity
              where datid is not null and coalesce(backend_type, 'client backend') = 'client backend'
                and application_name <> $1) as foreign,
            array(select rolconnlimit from pg_roles where rolname = current_user
                  union all select datconnlimit from pg_database where datname = current_database()) as limits`,
    [applicationName],
  );
  const { total, reserved, foreign, limits } = rows[0]!;
  const forOthers = reserved + foreign + commandConnections;
  // A role's or a database's own limit, which is -1 where there is none, leaves the others' sessions out.
  const own = limits.filter((limit) => limit >= 0).map((limit) => limit - commandConnections);
  return { forWorkers: Math.max(0, Math.min(total - forOthers, ...own)), forOthers };
}
