/** What PostgreSQL's backends are at: it is asked again and again, which takes no extension, and nothing that would be set before it starts. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { statementTexts } from '../peers/statements.js';
import type { CallTree } from './stacks.js';

/** Between two samples. */
const intervalMs = 10;

/** A backend that works, or waits in the middle of its work, as pg_stat_activity has it. */
export interface Activity {
  /** Cut to `track_activity_query_size`. */
  readonly query: string;
  /** Null on a processor. */
  readonly wait: string | null;
}

/** What tells statements apart by their names: a text that pg_stat_activity may have cut. Others are named by their first words. */
export function namerOf(texts: Readonly<Record<string, string>>): (query: string) => string {
  const names = Object.entries(texts);
  return (query) => {
    const [name] = names.find(([, text]) => query !== '' && text.startsWith(query)) ?? [];
    return name ?? query.trim().split(/\s+/).slice(0, 4).join(' ');
  };
}

/** Adds a sample of each backend: its statement, and below it what it waits for. */
export function addActivities(
  tree: CallTree,
  activities: readonly Activity[],
  nameOf: (query: string) => string,
): void {
  for (const { query, wait } of activities) tree.add([nameOf(query), wait ?? 'on a processor'], 1);
}

/** Adds samples until the work is done. Rejects as the work does, and when PostgreSQL does not answer. */
export async function whileSampled<T>(config: Config, tree: CallTree, work: () => Promise<T>): Promise<T> {
  const nameOf = namerOf(await statementTexts());
  return withPool(databaseOf(config, 'operator'), async (pool) => {
    let isDone = false;
    const done = work().finally(() => (isDone = true));
    const sampled = (async () => {
      while (!isDone) {
        const { rows } = await pool.query<Activity>(
          `SELECT query, wait_event_type || ' ' || wait_event AS wait FROM pg_stat_activity
           WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
        );
        addActivities(tree, rows, nameOf);
        await sleep(intervalMs);
      }
    })();
    const [result] = await Promise.all([done, sampled]);
    return result;
  });
}
