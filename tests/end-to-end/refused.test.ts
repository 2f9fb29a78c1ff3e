/** A job whose client Kafka refuses: `status` says so in one sentence, nothing is lost, and it goes on when that is mended. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Config } from '../../config.js';
import { listJobs } from '../../flink/jobs.js';
import { submitMissing, waitUntilRunning } from '../../flink/stage-jobs.js';
import { jobTroubles } from '../../flink/troubles.js';
import { withMetastore } from '../../generator/before-publishing.js';
import { generateOrders } from '../../generator/orders.js';
import { publishOrders } from '../../generator/producer.js';
import { withBroker, withKafkaAdmin } from '../../kafka/client.js';
import { stageLag } from '../../kafka/lag.js';
import { setPasswords } from '../../kafka/scram.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { kafkaOwner } from '../../local/kafka.js';
import { up } from '../../local/up.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { loadReferenceData } from '../../metastore/load-reference-data.js';
import { prepareSchema } from '../../metastore/prepare.js';
import { defaultReferenceFile, readReferenceFile } from '../../metastore/reference-data.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { allowing } from '../kafka/entries.js';
import { localStack, removeLocalStack } from '../local-stack.js';

const patience = { timeout: 120_000, interval: 500 };
const orders = 200;

let config: Config;
beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PROFILE: 'secured' });
  const pipeline = ['jobmanager', 'taskmanager', 'job-server', 'worker-pool'] as const;
  await up(config, { only: ['kafka', 'postgres', 'zookeeper', ...pipeline], progress: 'silent' });
  await Promise.all([prepareSchema(config, Date.now()), applyTopics(config)]);
  const data = await readReferenceFile(defaultReferenceFile);
  await withPool(databaseOf(config, 'operator'), (pool) => loadReferenceData(pool, data));
  await submitMissing(config, ['validator']);
  await waitUntilRunning(config, ['validator']);
}, 600_000);
afterAll(() => removeLocalStack(config), 120_000);

const settings = () => settingsOf(config);
const troubles = async () => (await jobTroubles(config, await listJobs(config))).map(({ what }) => what);

test("has no client that comes without TLS: it would take the broker's refusal for a length, and so many bytes of the heap", async () => {
  await vi.waitFor(async () => expect(await stageLag(config)).toMatchObject({ validator: 0 }), patience);
  const { kafka } = config.denialLogs;
  expect(existsSync(kafka) ? readFileSync(kafka, 'utf8') : '').not.toContain('SSL handshake failed');
}, 150_000);

test(
  'is named by status, and goes on when its password and its right are there again',
  { timeout: 600_000 },
  async () => {
    const owner = kafkaOwner(config);
    await withBroker(owner, 'test', (ask) => setPasswords(ask, new Map([['validator', 'another']])));
    const filters = (['WRITE', 'DESCRIBE'] as const).map((right) =>
      allowing('validator', right, 'TOPIC', 'valid_order'),
    );
    await withKafkaAdmin(owner, (admin) => admin.deleteAcls({ filters }));
    const publications = [...generateOrders(await readReferenceFile(defaultReferenceFile), { seed: 7, count: orders })];
    await withMetastore(config, (metastore) => publishOrders(config, publications, metastore, { batch: 100 }));

    // It can write no valid order, and then it cannot even log in.
    const password = `Kafka at ${config.kafka} refuses the log-in of validator`;
    await vi.waitFor(async () => expect(await troubles()).toEqual([expect.stringContaining(password)]), patience);
    const { code, stdout } = await orderflow(['status'], settings());
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringContaining(`PROBLEM: the job of the validator: ${password}`),
    });

    const passwords = await orderflow(['acls', 'passwords', '--json'], settings());
    expect(JSON.parse(passwords.stdout).users).toContainEqual({ user: 'validator', action: 'changed' });
    const right = 'Kafka refuses validator the topic valid_order: `orderflow acls plan` shows what is missing';
    await vi.waitFor(async () => expect(await troubles()).toEqual([expect.stringContaining(right)]), patience);

    expect(await orderflow(['acls', 'plan'], settings())).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/missing +validator +topic valid_order +WRITE, DESCRIBE/),
    });
    expect((await orderflow(['acls', 'apply'], settings())).code).toBe(0);
    expect(await orderflow(['acls', 'plan'], settings())).toMatchObject({ code: 0 });
    await vi.waitFor(async () => expect((await stageLag(config)).validator).toBe(0), patience);
    await vi.waitFor(async () => expect(await troubles()).toEqual([]), patience);
    const keys = new Set<string>();
    await readTopic(config, 'valid_order', ({ key }) => void keys.add(String(key)));
    const valid = publications.filter(({ expected }) => expected.outcome === 'VALID');
    expect(keys).toEqual(new Set(valid.map(({ key }) => String(key))));
  },
);
