/** What Beam's portable Spark runner does and does not, as docs/runners.md says: with a Spark, and workers of the test's own. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '../../beam/sdk.js';
import { GrpcTransport } from '@protobuf-ts/grpc-transport';
import { assignTimestamps, withName, type PCollection, type Root } from 'apache-beam';
import { JobState_Enum } from 'apache-beam/proto/beam_job_api';
import { JobServiceClient } from 'apache-beam/proto/beam_job_api.client';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { channelSecurity } from '../../beam/channel-security.js';
import { batchParDo } from '../../beam/operators/batch-par-do.js';
import { combineOnceByKey, createSpread } from '../../beam/operators/bounded.js';
import { combineByKey } from '../../beam/operators/combine.js';
import { map } from '../../beam/operators/plain-functions.js';
import { submitPipeline } from '../../beam/pipeline/portable-runner.js';
import { windowIntoFixed } from '../../beam/pipeline/windowing.js';
import { startWorkerPool, type WorkerPool } from '../../beam/worker/worker-pool.js';
import type { Config } from '../../config.js';
import { up } from '../../local/up.js';
import { stageNames } from '../../model/stages.js';
import { kafkaPipeline } from '../../pipelines/kafka-pipeline.js';
import { createdAtOf, keyByToLocation, sumOrders } from '../../pipelines/named-functions.js';
import { runOnSpark } from '../../spark/bounded-job.js';
import type { AggregationInput } from '../../transforms/aggregator.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let folder: string;
let pool: WorkerPool;
let transport: GrpcTransport;
let jobs: JobServiceClient;
beforeAll(async () => {
  const stack = await localStack();
  pool = await startWorkerPool({
    host: '127.0.0.1',
    port: 0,
    maxMessageBytes: 64 * 2 ** 20,
    functionsModule: fileURLToPath(new URL('functions.mjs', import.meta.url)),
    log: { info: () => undefined, warn: () => undefined },
  });
  config = { ...stack, workerPool: `127.0.0.1:${pool.port}` };
  await up(config, { only: ['spark-master', 'spark-worker', 'spark-job-server'], progress: 'silent' });
  transport = new GrpcTransport({
    host: config.sparkJobServer,
    ...channelSecurity(config.sparkJobServer, undefined),
  });
  jobs = new JobServiceClient(transport);
}, 300_000);
afterAll(async () => {
  transport.close();
  await removeLocalStack(config);
  await pool.close();
}, 60_000);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-spark-'));
  return () => rm(folder, { recursive: true, force: true });
});

const oneByOne = { maxBatchSize: 1, maxConcurrency: 1 };
const orders = [1, 2, 3].map((second): AggregationInput => ({
  ...{ toLocationId: 'L', createdAt: second * 1000 },
  ...{ orders: 1, items: 2, amounts: {} },
}));

/** Sums orders as a backfill does, or as the stream does; what comes and what goes is noted. */
function sums(combine: typeof combineOnceByKey | typeof combineByKey = combineOnceByKey): (root: Root) => void {
  return (root) =>
    void root
      .apply(createSpread('Orders', orders))
      .apply(batchParDo<AggregationInput, AggregationInput>('In', 'note', { folder, name: 'in' }, oneByOne))
      .apply(withName('By created_at', assignTimestamps<AggregationInput>(createdAtOf as never)))
      .apply(windowIntoFixed<AggregationInput>({ sizeSeconds: 60, allowedLatenessMs: 0 }))
      .apply(map(withName('Key by to-location', keyByToLocation)))
      .apply(combine('Sum', sumOrders) as (input: unknown) => PCollection<unknown>)
      .apply(batchParDo('Out', 'note', { folder, name: 'out' }, oneByOne));
}

const noted = async (name: string): Promise<unknown[]> =>
  (await readFile(join(folder, name), 'utf8').catch(() => ''))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);

const run = (name: string, build = sums(), signal = new AbortController().signal) =>
  runOnSpark(config, { name, build, signal, onProgress: async () => undefined });

async function jobOf(name: string) {
  const { jobInfo } = await jobs.getJobs({}).response;
  return jobInfo.find(({ jobName }) => jobName === name)!;
}

/** What the job server says that the job's steps have noted, the least first. */
async function counters(name: string): Promise<number[]> {
  const { jobId } = await jobOf(name);
  const { metrics } = await jobs.getJobMetrics({ jobId }).response;
  const own = metrics!.attempted.filter(({ labels }) => labels['NAMESPACE'] === 'note' && labels['NAME'] === 'noted');
  return own.map(({ payload }) => payload[0]!).sort();
}

const waiting = { timeout: 120_000, interval: 200 };

interface Stage {
  readonly name: string;
  readonly status: string;
  readonly accumulatorUpdates: readonly { readonly name: string; readonly value: string }[];
}

const ask = async (path: string) => {
  const url = `http://${config.urlHost}:${config.ports.sparkUi}/api/v1/applications${path}`;
  return (await fetch(url)).json();
};

/** What the web UI of the application that runs knows of it; the newest stage first. */
async function seen(): Promise<{ readonly name: string; readonly stages: readonly Stage[] }> {
  const [application] = (await ask('')) as { id: string; name: string }[];
  const { id, name } = application!;
  return { name, stages: (await ask(`/${id}/stages`)) as Stage[] };
}

/** Waits until the application's web UI is gone, and with it the application. */
const hasEnded = () =>
  vi.waitUntil(
    () =>
      seen().then(
        () => false,
        () => true,
      ),
    waiting,
  );

test.each(stageNames)('does not run the stream: %s reads Kafka by a source that Spark does not have', async (stage) => {
  const submission = submitPipeline(kafkaPipeline(config, stage), {
    jobName: stage,
    jobServer: config.sparkJobServer,
    workerPool: config.workerPool,
    runnerOptions: { appName: stage },
  });
  await expect(submission).rejects.toThrow('were consumed but never produced');
  expect((await jobOf(stage)).state).toBe(JobState_Enum.FAILED);
});

test('keeps state in a job with an end, and tells its counters then', async () => {
  await run('by-state', sums(combineByKey));
  expect(await noted('out')).toEqual([{ key: 'L', value: { index: 0, value: { orders: 3, items: 6, amounts: {} } } }]);
  expect(await counters('by-state')).toEqual([1, 3]);
}, 180_000);

test('shows counters stage by stage alone, runs one job at a time, and cancels it', async () => {
  await writeFile(join(folder, 'hold out'), '');
  const cancellation = new AbortController();
  const job = run('first', sums(), cancellation.signal);
  await Promise.race([job, vi.waitUntil(async () => (await noted('out')).length > 0, waiting)]);
  const { name, stages } = await seen();
  expect(name).toBe('first');
  // Methods of Beam's, and no steps.
  for (const stage of stages) expect(stage.name).toMatch(/^\w+ at \w+\.java:\d+$/);
  const [active, ...complete] = stages;
  expect([active!.status, active!.accumulatorUpdates]).toEqual(['ACTIVE', []]);
  // Of the step that is done; the other one, which is under way, has counted as well.
  expect(complete[0]!.accumulatorUpdates).toMatchObject([
    { name: 'Beam.Metrics', value: expect.stringMatching(/\{NAME=noted, NAMESPACE=note, [^}]*\}: 3/) as string },
  ]);
  expect(await counters('first')).toEqual([]);

  await expect(run('second')).rejects.toMatchObject({ code: 'SPARK_BUSY' });
  expect((await jobOf('first')).state).toBe(JobState_Enum.RUNNING);

  cancellation.abort();
  await expect(job).rejects.toMatchObject({ code: 'INTERRUPTED', exitCode: 130 });
  expect((await jobOf('first')).state).toBe(JobState_Enum.CANCELLED);
  await hasEnded();
}, 180_000);
