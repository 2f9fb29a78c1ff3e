/** The whole chain on real parts, as `orderflow demo` runs it, and what must hold of it afterwards: what kills nothing shares this stack. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { projectRoot, type Config } from '../../config.js';
import type { DemoResult } from '../../demo/run.js';
import { listJobs } from '../../flink/jobs.js';
import { generateOrders, type Publication } from '../../generator/orders.js';
import { kafkaClient } from '../../kafka/client.js';
import { recordToJson } from '../../kafka/record-json.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { down } from '../../local/down.js';
import { startService } from '../../local/lifecycle.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import type { KafkaRecord } from '../../model/record.js';
import { fusedFunction } from '../../model/fusion.js';
import { stageNames } from '../../model/stages.js';
import type { TopicName } from '../../model/topics.js';
import { readEntries } from '../../partner/journal.js';
import { decideDirectly } from '../../pipelines/run-directly.js';
import { deadLetterCodec, v1, type DeadLetter } from '../../proto/messages.js';
import { localStack, removeLocalStack } from '../local-stack.js';
import { describeCommandLines } from './command-lines.js';
import { describeForeign } from './foreign.js';
import { describeOperations } from './operations.js';
import { recount } from './recount.js';

const orderCount = 3_000;
const seed = 7;

let config: Config;
let reference: ReferenceData;
let result: DemoResult;

/** Runs the built command against this test's stack, and answers its exit status and what it wrote. */
async function orderflow(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const run = promisify(execFile)(process.execPath, [join(projectRoot, 'orderflow.mjs'), ...args], {
    env: { ...process.env, ...config.environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  return run.then(
    ({ stdout, stderr }) => ({ status: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({ ...error, status: error.code }),
  );
}

async function recordsOf(topic: TopicName): Promise<KafkaRecord[]> {
  const records: KafkaRecord[] = [];
  await readTopic(config, topic, (record) => void records.push(record));
  return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}

async function deadLetters(): Promise<DeadLetter[]> {
  return (await recordsOf('dead_letter')).map(({ value }) => deadLetterCodec.decode(value!));
}

async function askFlink<T>(path: string): Promise<T> {
  const { body } = await request(`${config.flinkUrl}${path}`);
  return (await body.json()) as T;
}

beforeAll(async () => {
  config = await localStack({ ORDERFLOW_PARALLELISM: '2' });
  reference = await readReferenceFile(defaultReferenceFile);
  const { status, stdout, stderr } = await orderflow(
    ...['demo', '--once', '--keep', '--json', '--orders', String(orderCount), '--seed', String(seed)],
  );
  expect(status, stderr).toBe(0);
  result = JSON.parse(stdout.trim().split('\n').at(-1)!) as DemoResult;
}, 600_000);

afterAll(() => removeLocalStack(config), 120_000);

describe('the numbers of a demo', () => {
  test('are those that the generator says must come', () => {
    const published = [...generateOrders(reference, { seed, count: orderCount, startTime: Date.now() })];
    const having = (outcome: Publication['expected']['outcome']) =>
      published.filter(({ expected }) => expected.outcome === outcome).length;
    const byReason: Record<string, number> = {};
    for (const { expected } of published) {
      if (expected.outcome !== 'REJECTED') continue;
      for (const reason of expected.rejectReasons) byReason[reason] = (byReason[reason] ?? 0) + 1;
    }
    expect(result).toMatchObject({
      orders: orderCount,
      raw: published.length,
      valid: having('VALID'),
      enriched: having('VALID'),
      rejected: { total: having('REJECTED'), byReason },
      redelivered: having('IGNORED'),
      deadLettered: having('DEAD_LETTERED'),
    });
  });

  test('add up: nothing is lost, nothing is doubled', () => {
    const { lost, duplicated, reconciled, problems, deliveryPending, deliveryFailed } = result;
    expect({ lost, duplicated, reconciled, problems, deliveryPending, deliveryFailed }).toEqual({
      lost: 0,
      duplicated: 0,
      reconciled: true,
      problems: [],
      deliveryPending: 0,
      deliveryFailed: 0,
    });
    expect(result.internal + result.external).toBe(result.enriched);
    expect(result.delivered).toBe(result.external);
    expect(result.aggregated.orders).toBe(result.enriched);
  });

  test('are those that another implementation counts', async () => {
    expect(await recount(config)).toEqual({
      raw: result.raw,
      valid: result.valid,
      rejected: result.rejected,
      deadLettered: result.deadLettered,
      enriched: result.enriched,
      internal: result.internal,
      external: result.external,
      redelivered: result.redelivered,
      aggregated: result.aggregated,
    });
  });

  test('are confirmed by `orderflow reconcile`', async () => {
    const { status, stdout } = await orderflow('reconcile', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ lost: 0, duplicated: 0, raw: result.raw });
    expect(status).toBe(0);
  });
});

describe('the jobs on Flink', () => {
  test('are five, named after the stages, running at parallelism 2, with checkpoints', async () => {
    const jobs = await listJobs(config);
    expect(jobs.map(({ name, state, restarts }) => ({ name, state, restarts }))).toEqual(
      [...stageNames].sort().map((name) => ({ name, state: 'RUNNING', restarts: 0 })),
    );
    for (const { id } of jobs) {
      const { vertices } = await askFlink<{ vertices: { parallelism: number }[] }>(`/jobs/${id}`);
      expect(new Set(vertices.map(({ parallelism }) => parallelism))).toEqual(new Set([2]));
      const { counts } = await askFlink<{ counts: { completed: number } }>(`/jobs/${id}/checkpoints`);
      expect(counts.completed).toBeGreaterThan(0);
    }
  });

  test('share the records of each stage among two worker processes', async () => {
    const { body } = await request(`http://${config.host}:${config.ports.workerMetrics}/metrics`);
    const pattern = /^orderflow_worker_records_total\{stage="(.+)",pid="(\d+)"\} (\d+)$/gm;
    const shares = new Map<string, number[]>();
    for (const [, stage, , records] of (await body.text()).matchAll(pattern)) {
      shares.set(stage!, [...(shares.get(stage!) ?? []), Number(records)]);
    }
    // Enricher and router have nothing to do where the validator carries all orders on.
    expect(stageNames.filter((stage) => shares.has(stage)).sort()).toEqual(['aggregator', 'external-processor']);
    for (const name of [fusedFunction, 'external-processor', 'aggregator']) {
      const records = shares.get(name)!;
      expect(records, name).toHaveLength(2);
      const total = records[0]! + records[1]!;
      expect(Math.min(...records) / total, name).toBeGreaterThanOrEqual(0.2);
    }
  });

  test('decide as the DirectRunner does for the same records', async () => {
    const raw = await recordsOf('raw_order');
    const cancelledOrders = await withPool(databaseOf(config, 'operator'), async (pool) => {
      const { rows } = await pool.query<{ order_id: string }>('select order_id from order_cancellations');
      return rows.map((row) => row.order_id);
    });
    const direct = await decideDirectly('validator', raw, { ...reference, cancelledOrders }, Date.now);
    for (const topic of ['valid_order', 'rejected_order', 'dead_letter'] as const) {
      const onFlink = (await recordsOf(topic)).map((record) => recordToJson({ ...record, topic }, true));
      const comparable = (records: readonly { key: unknown; value: unknown }[]) =>
        [...new Set(records.map(({ key, value }) => JSON.stringify({ key, value })))].sort();
      expect(comparable(onFlink), topic).toEqual(comparable(direct.filter((record) => record.topic === topic)));
    }
  });
});

describe('what a foreign producer sends', () => {
  test('goes to dead_letter with origin, reason and original bytes, and lets the good orders through', async () => {
    const before = (await recordsOf('internal_order')).length + (await recordsOf('external_order')).length;
    const all = { fraudIp: 0, duplicate: 0, redelivery: 0, defaulter: 0, cancelled: 0, delayed: 0, malformed: 0 };
    const good = [...generateOrders(reference, { seed: 99, count: 1_000, startTime: Date.now(), shares: all })];
    const { Order } = v1;
    const bad: { key: string; value: Buffer | null; reason: string }[] = [
      { key: 'junk', value: Buffer.from('these bytes are no order'), reason: 'UNDECODABLE' },
      { key: 'shape', value: Buffer.from(Order.encode({ orderId: 'shapeless' }).finish()), reason: 'INVALID_ORDER' },
      { key: 'empty', value: Buffer.alloc(0), reason: 'EMPTY_VALUE' },
      { key: 'tombstone', value: null, reason: 'EMPTY_VALUE' },
      { key: 'large', value: Buffer.alloc(1_000_000, 7), reason: 'TOO_LARGE' },
    ];
    const producer = kafkaClient(config, 'foreign').producer();
    await producer.connect();
    for (const [index, { key, value }] of bad.entries()) {
      const orders = good.slice(index * 200, (index + 1) * 200);
      const messages = orders.map((order) => ({ key: Buffer.from(order.key), value: Buffer.from(order.value) }));
      await producer.send({ topic: 'raw_order', messages: [...messages, { key, value }] });
    }
    await producer.disconnect();

    const find = async () => {
      const letters = await deadLetters();
      return bad.map(({ key }) => letters.find((letter) => Buffer.from(letter.key).toString() === key));
    };
    const found = await vi.waitUntil(async () => ((await find()).every(Boolean) ? find() : undefined), {
      timeout: 60_000,
      interval: 500,
    });
    for (const [index, { key, value, reason }] of bad.entries()) {
      const letter = found[index]!;
      expect(letter, key).toMatchObject({ topic: 'raw_order', step: 'validator' });
      expect(v1.DeadLetterReason[letter.reason], key).toBe(reason);
      expect(Buffer.compare(Buffer.from(letter.value), value ?? Buffer.alloc(0)), key).toBe(0);
      const origin = (await recordsOf('raw_order')).find(
        ({ partition, offset }) => partition === letter.partition && offset === letter.offset,
      );
      expect(Buffer.from(origin!.key!).toString()).toBe(key);
    }
    await vi.waitUntil(
      async () =>
        (await recordsOf('internal_order')).length + (await recordsOf('external_order')).length >= before + 1_000,
      { timeout: 60_000, interval: 500 },
    );
  }, 150_000);
});

describe('a program in another language', () => describeForeign(() => config));

describe('a partner that cannot be reached', () => {
  test('holds back its orders only: parked, no failed checkpoint, no restart, each delivered once afterwards', async () => {
    const health = async () =>
      (await listJobs(config)).map(({ name, failedCheckpoints, restarts }) => ({ name, failedCheckpoints, restarts }));
    const before = await health();
    await down(config, { only: ['partner'], progress: 'silent' });
    const generated = await orderflow('generate', '--orders', '500', '--seed', '8', '--json');
    expect(generated.status, generated.stderr).toBe(0);
    // Without its partner, only the orders that are for it stay open.
    await vi.waitUntil(
      async () => {
        const { lost, deliveryPending } = JSON.parse((await orderflow('reconcile', '--json')).stdout) as DemoResult;
        return lost === 0 && deliveryPending > 0;
      },
      { timeout: 60_000, interval: 500 },
    );
    await startService(config, 'partner');
    await vi.waitUntil(
      async () => {
        const { stdout } = await orderflow('reconcile', '--json');
        return JSON.parse(stdout).deliveryPending === 0;
      },
      { timeout: 90_000, interval: 1_000 },
    );
    const reconciled = await orderflow('reconcile', '--json', '--wait', '30');
    expect(JSON.parse(reconciled.stdout)).toMatchObject({ lost: 0, duplicated: 0, deliveryPending: 0 });
    expect(await health()).toEqual(before);
    const effects: string[] = [];
    for await (const { outcome, orderId } of readEntries(join(config.home, 'partner', 'journal.ndjson'))) {
      if (outcome === 'effect') effects.push(orderId);
    }
    expect(new Set(effects).size).toBe(effects.length);
  }, 300_000);
});

describe('operators, under load', () => describeOperations(() => config));

describe('the command lines of docs/operations.md', () => describeCommandLines(() => config));

describe('the end', () => {
  test('leaves no process and no taken port', async () => {
    const { status } = await orderflow('down');
    expect(status).toBe(0);
    const { stdout } = await orderflow('status', '--json');
    const { services } = JSON.parse(stdout) as { services: { state: string; processes: number }[] };
    expect(services.map(({ processes }) => processes)).toEqual(services.map(() => 0));
  }, 120_000);
});
