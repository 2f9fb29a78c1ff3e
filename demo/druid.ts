/** What a demonstration asks of Druid. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.js';
import { compareStreams, streamsWithRows, type StreamCounts } from '../druid/counts.js';
import { streams } from '../druid/specs.js';
import { OperatorError } from '../errors.js';
import { runTasks } from '../local/progress.js';
import type { TopicName } from '../model/topics.js';
import type { Scope } from '../reconcile/read.js';

const pollMs = 500;

export interface DruidResult {
  /** Of this run's records. */
  readonly streams: Readonly<Record<TopicName, StreamCounts>>;
  /** Seconds from the first order until every datasource had a row of this run; null when one never had. */
  readonly answers: number | null;
}

/** Begins to look at the datasources, from the moment when the first order is published. */
export function watchDruid(config: Config, { from }: Scope) {
  const begin = performance.now();
  const over = new AbortController();
  const looking = (async () => {
    while (!over.signal.aborted) {
      if ((await rowsIn(config, from)) === streams.length) return (performance.now() - begin) / 1000;
      await sleep(pollMs, undefined, { signal: over.signal }).catch(() => {});
    }
    return null;
  })();
  return {
    /** Waits until Druid has read what there is, and counts. Fails as compareStreams does. */
    async result(): Promise<DruidResult> {
      let counts: Readonly<Record<TopicName, StreamCounts>> | undefined;
      const task = {
        title: 'count the streams in Druid',
        task: async () => void (counts = await compareStreams(config, { from })),
      };
      await runTasks([task], { progress: 'list', concurrent: false });
      over.abort();
      return { streams: counts!, answers: await looking };
    },
    stop: () => over.abort(),
  };
}

/** How many streams have rows; Druid may be away for a moment. */
async function rowsIn(config: Config, from: Scope['from']): Promise<number> {
  try {
    return (await streamsWithRows(config, from)).length;
  } catch (error) {
    if (error instanceof OperatorError) return 0;
    throw error;
  }
}
