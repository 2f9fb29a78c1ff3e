/** Sees when something is written, without asking the broker, which would cost it what is to be measured. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../config.js';
import { kafkaDataFolder } from '../../local/kafka.js';
import { topicNames } from '../../model/topics.js';
import type { CpuByPart } from './usage.js';

const pollMs = 250;

/** How things stood when something had been written last. */
export interface Seen {
  /** What is written so far, as a name that changes with it. */
  readonly state: string;
  /** By performance.now(). */
  readonly at: number;
  /** What had been used until then. */
  readonly cpu: CpuByPart;
}

/** Topics and partner's journal by their sizes: deliveries are in no topic. */
async function stateOf(config: Config): Promise<string> {
  const data = kafkaDataFolder(config);
  const isOurs = (folder: string) => topicNames.some((topic) => folder.replace(/-\d+$/, '') === topic);
  const folders = (await readdir(data)).filter(isOurs);
  const segments = folders.map(async (folder) => {
    const names = (await readdir(join(data, folder))).filter((name) => name.endsWith('.log'));
    return names.map((name) => join(data, folder, name));
  });
  const files = [...(await Promise.all(segments)).flat().sort(), join(config.home, 'partner', 'journal.ndjson')];
  const sizes = files.map(async (file) => (await stat(file)).size);
  return (await Promise.all(sizes)).join();
}

/** Looks now; answers with `before` where nothing has been written since. */
export async function look(config: Config, cpuNow: () => CpuByPart, before?: Seen): Promise<Seen> {
  const state = await stateOf(config);
  return state === before?.state ? before : { state, at: performance.now(), cpu: cpuNow() };
}

export interface StillOptions {
  /** For so long nothing must have been written, in ms. */
  readonly stillMs: number;
  /** Whether more is to come in any case. */
  readonly isLoading: () => boolean;
  /** What it throws ends the watch. */
  readonly check: () => void;
  readonly cpuNow: () => CpuByPart;
}

/** Looks until nothing has been written for a while. */
export async function untilStill(config: Config, before: Seen, options: StillOptions): Promise<Seen> {
  let seen = before;
  while (options.isLoading() || performance.now() - seen.at < options.stillMs) {
    await sleep(pollMs);
    options.check();
    seen = await look(config, options.cpuNow, seen);
  }
  return seen;
}
