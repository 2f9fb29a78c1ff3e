/** Jobs that are submitted side by side, and stopped: what they have committed then, and what keeps all of them from starting. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Config } from '../../config.js';
import { listJobs } from '../../flink/jobs.js';
import { stopStages, submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { localPathOf } from '../../flink/state-path.js';
import { kafkaProducer, topicOffsets, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { applyTopics } from '../../kafka/topics.js';
import { up } from '../../local/up.js';
import { prepareSchema } from '../../metastore/prepare.js';
import type { StageName } from '../../model/stages.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const stages: StageName[] = ['validator', 'enricher'];
const needed = ['kafka', 'postgres', 'jobmanager', 'taskmanager', 'job-server', 'worker-pool'] as const;

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARALLELISM: '1' });
  await up(config, { only: needed, progress: 'silent' });
  await prepareSchema(config, Date.now());
  await applyTopics(config);
}, 600_000);
afterAll(() => removeLocalStack(config));

it('has committed all that it has read when it is stopped', { timeout: 240_000 }, async () => {
  await submitMissing(config, stages);
  await waitUntilRunning(config, stages);
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  await producer.send({ topic: 'raw_order', messages: Array.from({ length: 100 }, () => ({ value: 'no order' })) });
  await producer.disconnect();
  const letters = async () => {
    const ends = await withKafkaAdmin(config, (admin) => topicOffsets(admin, 'dead_letter'));
    return ends.reduce((sum, { high }) => sum + high, 0);
  };
  await vi.waitUntil(async () => (await letters()) >= 100, { timeout: 60_000, interval: 200 });
  await stopStages(config, stages);
  expect((await stageLag(config)).validator).toBe(0);
});

it('submits nothing where one of the stages cannot go on', { timeout: 240_000 }, async () => {
  await submitMissing(config, stages);
  await waitUntilRunning(config, stages);
  const stopped = await stopStages(config, stages);
  const { state } = stopped.find(({ name }) => name === 'enricher')!;
  await rm(localPathOf(state!.path)!, { recursive: true });
  await expect(submitMissing(config, stages)).rejects.toMatchObject({ code: 'STATE_IS_GONE' });
  expect(await listJobs(config)).toEqual([]);
});
