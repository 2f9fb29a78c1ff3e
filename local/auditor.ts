/** The collector of denials as a service: that it works. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectorFile } from '../audit/collect.js';
import type { Config } from '../config.js';
import { runningProcess } from './pid-file.js';

/** The one that runs has begun. Before there are tables it waits for them, and the logs wait for it. */
export async function auditorCollects(config: Config): Promise<void> {
  const pid = Number(await readFile(join(config.home, collectorFile), 'utf8'));
  if (pid !== runningProcess(config, 'auditor')?.pid) throw new Error('it has not begun to collect');
}
