/** Where a person, or a monitor, sees that something is wrong. */
import type { Config } from '../config.js';
import { listJobs } from '../flink/jobs.js';
import { askFlink } from '../flink/rest.js';
import { readRestarts } from '../local/supervision.js';
import type { Pool } from '../metastore/connection.js';
import { firstParkedSince } from '../metastore/measures.js';

interface Exceptions {
  readonly exceptionHistory: { readonly entries: readonly { readonly timestamp: number }[] };
}

/** When something first showed since then, ms since the epoch, and where; undefined where nothing did. */
export interface Sign {
  readonly at: number;
  readonly where: 'supervisor' | 'Flink' | 'metastore';
}

/** Asked once things are well again: all three sources keep what they saw. */
export async function firstSign(config: Config, pool: Pool, since: number): Promise<Sign | undefined> {
  const signs: Sign[] = [];
  for (const { noticedAt } of readRestarts(config)) signs.push({ at: noticedAt, where: 'supervisor' });
  for (const { id } of await listJobs(config)) {
    const { exceptionHistory } = await askFlink<Exceptions>(config, `/jobs/${id}/exceptions`);
    for (const { timestamp } of exceptionHistory.entries) signs.push({ at: timestamp, where: 'Flink' });
  }
  const parked = await firstParkedSince(pool, since);
  if (parked) signs.push({ at: parked, where: 'metastore' });
  return signs.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at)[0];
}
