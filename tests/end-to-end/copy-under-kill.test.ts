/** The risk, as a test: what is read is written, also when a worker and the TaskManager are killed on the way. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { submitPipeline } from '../../beam/pipeline/portable-runner.js';
import { startWorkerPool, type WorkerPool } from '../../beam/worker/worker-pool.js';
import type { Config } from '../../config.js';
import { listJobs } from '../../flink/jobs.js';
import { flinkOptions } from '../../flink/options.js';
import { kafkaClient } from '../../kafka/client.js';
import { followTopic } from '../../kafka/topic-reader.js';
import { killService, startService } from '../../local/lifecycle.js';
import { up } from '../../local/up.js';
import { limits } from '../../model/limits.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { copyPipeline } from './copy-pipeline.js';

const recordCount = 100_000;
const chunkSize = 500;
const payload = 'x'.repeat(600);

let config: Config;
let pool: WorkerPool;
const warnings: string[] = [];

beforeAll(async () => {
  config = await localStack();
  const only = ['kafka', 'zookeeper', 'jobmanager', 'taskmanager', 'job-server'] as const;
  await up(config, { only, progress: 'silent' });
  pool = await startWorkerPool({
    host: config.host,
    port: config.ports.workerPool,
    functionsModule: fileURLToPath(new URL('./copy-functions.mjs', import.meta.url)),
    maxMessageBytes: limits.bundleMessageBytes,
    log: { info: () => undefined, warn: (_details, message) => warnings.push(message) },
  });
  const admin = kafkaClient(config, 'test').admin();
  await admin.connect();
  const topic = { numPartitions: config.partitions, replicationFactor: 1 };
  await admin.createTopics({
    topics: [
      { topic: 'original', ...topic },
      { topic: 'copy', ...topic },
    ],
  });
  await admin.disconnect();
}, 300_000);

afterAll(async () => {
  await pool?.close();
  await removeLocalStack(config);
}, 60_000);

/** Sends the records a chunk at a time; each next chunk waits until `mayGoOn`, so that the kills hit a stream under way. */
async function sendAll(mayGoOn: (sent: number) => Promise<void>): Promise<void> {
  const producer = kafkaClient(config, 'test').producer({ idempotent: true });
  await producer.connect();
  for (let first = 0; first < recordCount; first += chunkSize) {
    await mayGoOn(first);
    const messages = Array.from({ length: chunkSize }, (_, index) => ({
      key: `record-${first + index}`,
      value: `${first + index} ${payload}`,
    }));
    await producer.send({ topic: 'original', acks: -1, messages });
  }
  await producer.disconnect();
}

test('copies 100,000 different records while a worker and then the TaskManager are killed', async () => {
  const seen = new Set<string>();
  const wrong: string[] = [];
  const stopReading = new AbortController();
  let failure: unknown;
  const reading = followTopic(
    config,
    'copy',
    ({ key, value }) => {
      const [id, text] = [Buffer.from(key!).toString(), Buffer.from(value!).toString()];
      if (!text.startsWith(`${id.slice('record-'.length)} ${payload} from `)) wrong.push(id);
      seen.add(id);
    },
    { fromBeginning: true, signal: stopReading.signal },
  ).catch((error: unknown) => (failure = error));
  await submitPipeline(copyPipeline(config, 'original', 'copy'), {
    jobName: 'copy',
    jobServer: config.jobServer,
    workerPool: config.workerPool,
    runnerOptions: flinkOptions(config),
  });

  const kills: { at: number; kill: () => Promise<unknown> }[] = [
    { at: 30_000, kill: async () => process.kill([...pool.workers().values()][0]!, 'SIGKILL') },
    {
      at: 65_000,
      kill: async () => {
        killService(config, 'taskmanager');
        await vi.waitUntil(() => startService(config, 'taskmanager').catch(() => false), {
          timeout: 60_000,
          interval: 1_000,
        });
      },
    },
  ];
  await sendAll(async (sent) => {
    // Not further ahead than the copies: both kills find records on their way, before and after a checkpoint.
    await vi.waitUntil(() => failure || sent - seen.size < 10_000, { timeout: 120_000 });
    if (failure) throw failure;
    if (kills[0] && sent >= kills[0].at) await kills.shift()!.kill();
  });
  await vi.waitUntil(() => seen.size === recordCount, { timeout: 120_000 });
  stopReading.abort();
  await reading;

  expect(kills).toEqual([]);
  expect(wrong).toEqual([]);
  expect(warnings).toContain('a worker died');
  // Flink's REST API shows its metrics some seconds late.
  await vi.waitUntil(async () => (await listJobs(config))[0]!.restarts > 0, { timeout: 60_000, interval: 500 });
  expect(await listJobs(config)).toMatchObject([{ name: 'copy', state: 'RUNNING' }]);
}, 420_000);
