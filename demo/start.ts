/** Brings up everything that a demonstration needs, and remembers where the topics end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { changeInSteps } from '../audit/audited.js';
import type { Config } from '../config.js';
import { applySupervisors, waitUntilReading } from '../druid/supervisors.js';
import { submitMissing, waitUntilRunning } from '../flink/stage-jobs.js';
import { stageLag } from '../kafka/lag.js';
import type { TopicPosition } from '../kafka/topic-reader.js';
import { applyTopics } from '../kafka/topics.js';
import { runTasks } from '../local/progress.js';
import type { AddOn } from '../local/service.js';
import { up } from '../local/up.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { loadReferenceData } from '../metastore/load-reference-data.js';
import { prepareSchema } from '../metastore/prepare.js';
import type { ReferenceData } from '../metastore/reference-data.js';
import { stageNames } from '../model/stages.js';
import type { Scope } from '../reconcile/read.js';
import { scopeFromNow, topicEnds } from '../reconcile/scope.js';
import { DemoInterrupted } from './interrupted.js';

/** How long the jobs may take to finish what an earlier run left, in ms. */
const catchUpMs = 120_000;

export interface Started {
  /** Counts this run's records only. */
  readonly scope: Scope;
  /** What downloads took, in s. */
  readonly setupSeconds: number;
  /** Since the start of the process, in s. */
  readonly stackUp: number;
}

/**
 * Starts what is missing: services, tables, topics, jobs. Safe to run on a stack that is up, with jobs and records of
 * earlier runs. Fails as each of these does, and with DemoInterrupted once the signal is aborted.
 */
export async function start(
  config: Config,
  data: ReferenceData,
  { signal, addOns }: { readonly signal: AbortSignal; readonly addOns: readonly AddOn[] },
): Promise<Started> {
  const begin = performance.now();
  const { setupSeconds } = await up(config, { addOns });
  const stackUp = performance.now() / 1000;
  let panesFrom: TopicPosition | undefined;
  let scope: Scope | undefined;
  const step = (title: string, task: () => Promise<unknown>) => ({
    title,
    task: async () => {
      if (signal.aborted) throw new DemoInterrupted();
      await task();
    },
  });
  const run = (tasks: ReturnType<typeof step>[]) => runTasks(tasks, { progress: 'list', concurrent: false });
  await run([step("the metastore's tables", () => prepareSchema(config, Date.now()))]);
  await changeInSteps(config, 'demo', {}, () =>
    run([
      step('reference data where there are none', () =>
        withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, data, { onlyIfEmpty: true })),
      ),
      step('topics of the stage table', () => applyTopics(config)),
      ...(addOns.includes('druid')
        ? [
            step("Druid's supervisors", async () => {
              await applySupervisors(config);
              await waitUntilReading(config);
            }),
          ]
        : []),
      step('the five jobs on Flink', async () => {
        const ends = await topicEnds(config);
        const submitted = await submitMissing(config, stageNames);
        await waitUntilRunning(config, stageNames);
        // A job that starts with nothing sums from 0: the panes from before are not in its sums.
        const isNew = submitted.some(({ name, state }) => name === 'aggregator' && !state);
        if (isNew) panesFrom = ends.get('aggregated_order');
      }),
      step('what an earlier run left to do', () => waitUntilCaughtUp(config, signal)),
      step('where the topics end', async () => {
        scope = await scopeFromNow(config, panesFrom);
      }),
    ]),
  );
  return { scope: scope!, setupSeconds: begin / 1000 + setupSeconds, stackUp };
}

/** Records of an earlier run that was cut off are worked on first, so that their panes come before ours. */
async function waitUntilCaughtUp(config: Config, signal: AbortSignal): Promise<void> {
  const behind = async () => Object.values(await stageLag(config)).some((lag) => lag > 0);
  if (!(await behind())) return;
  const deadline = performance.now() + catchUpMs;
  while ((await behind()) && performance.now() < deadline && !signal.aborted) await sleep(500);
  // The last panes come a little after the records.
  await sleep(2 * config.paneMs);
}
