import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../../config.js';
import { generateOrders, type OrderOptions, type Publication } from '../../generator/orders.js';
import { publishOrders, type BeforePublishing, type PublishOptions } from '../../generator/producer.js';
import { readTopic, type TopicPosition } from '../../kafka/topic-reader.js';
import { applyTopics } from '../../kafka/topics.js';
import { startService } from '../../local/lifecycle.js';
import { runningProcess } from '../../local/pid-file.js';
import { up } from '../../local/up.js';
import type { StatusChange } from '../../metastore/metastore.js';
import { defaultReferenceFile, readReferenceFile, type ReferenceData } from '../../metastore/reference-data.js';
import { localStack, removeLocalStack } from '../local-stack.js';

let config: Config;
let reference: ReferenceData;
beforeAll(async () => {
  config = await localStack();
  reference = await readReferenceFile(defaultReferenceFile);
  await up(config, { only: ['kafka'], progress: 'silent' });
  await applyTopics(config);
}, 600_000);
afterAll(() => removeLocalStack(config));

/** Where raw_order ended before the test. */
let end: TopicPosition;
beforeEach(async () => {
  end = (await readTopic(config, 'raw_order', () => {})).position;
});

const startTime = Date.UTC(2026, 0, 15, 12);
let seed = 0;
const generate = (options: Partial<OrderOptions>) =>
  generateOrders(reference, { seed, count: 1, startTime, ...options });
beforeEach(() => void (seed += 1));

const nothing: BeforePublishing = { recordStatuses: async () => {}, cancelOrders: async () => {} };
const publish = (publications: Iterable<Publication>, options: Partial<PublishOptions> = {}, before = nothing) =>
  publishOrders(config, publications, before, { batch: 1_000, ...options });

/** A record as text, to be compared as a whole. */
const text = (key: string | Uint8Array, value: Uint8Array) =>
  `${Buffer.from(key).toString()} ${Buffer.from(value).toString('base64')}`;

async function readNew(): Promise<string[]> {
  const records: string[] = [];
  await readTopic(config, 'raw_order', ({ key, value }) => void records.push(text(key!, value!)), { from: end });
  return records.sort();
}
const textsOf = (publications: readonly Publication[]) => publications.map(({ key, value }) => text(key, value)).sort();

describe('publishOrders', () => {
  it('publishes each publication once, byte for byte, and sums up what it did', async () => {
    const publications = [...generate({ count: 5_000, shares: { malformed: 0.01 } })];
    const summary = await publish(publications);
    expect(await readNew()).toEqual(textsOf(publications));
    const kinds = (kind: string) => publications.filter((each) => each.kind === kind).length;
    const outcomes = (outcome: string) => publications.filter((each) => each.expected.outcome === outcome).length;
    expect(summary).toMatchObject({
      orders: 5_000,
      records: publications.length,
      published: {
        order: 5_000,
        duplicate: kinds('duplicate'),
        redelivery: kinds('redelivery'),
        malformed: kinds('malformed'),
      },
      expected: {
        VALID: outcomes('VALID'),
        REJECTED: outcomes('REJECTED'),
        IGNORED: outcomes('IGNORED'),
        DEAD_LETTERED: outcomes('DEAD_LETTERED'),
      },
    });
  });

  it('publishes the records of an order in their order', async () => {
    const publications = [...generate({ count: 300, shares: { duplicate: 1, redelivery: 1 } })];
    await publish(publications);
    const byKey = new Map<string, string[]>();
    await readTopic(
      config,
      'raw_order',
      ({ key, value }) => {
        const id = Buffer.from(key!).toString();
        byKey.set(id, [...(byKey.get(id) ?? []), text(key!, value!)]);
      },
      { from: end },
    );
    expect(byKey.size).toBe(new Set(publications.map(({ key }) => key)).size);
    for (const [id, records] of byKey) {
      const published = publications.filter(({ key }) => key === id).map(({ key, value }) => text(key, value));
      expect(records).toEqual(published);
    }
  });

  it('tells the metastore before it publishes: cancellations, then one CREATED for each message id', async () => {
    const publications = [...generate({ count: 2_500, shares: { cancelled: 0.1, duplicate: 0.1, redelivery: 0.1 } })];
    const recorded: StatusChange[][] = [];
    const cancelled: string[] = [];
    await publish(
      publications,
      { batch: 1_000 },
      {
        recordStatuses: async (changes) => {
          const seen = new Set((await readNew()).map((record) => record.split(' ')[0]));
          // What is announced now is not on the topic yet, duplicates aside, whose order may be.
          const firsts = publications.filter(({ kind }) => kind === 'order');
          const announced = new Set(changes.map(({ messageId }) => messageId));
          const early = firsts.filter(
            (each) => each.kind === 'order' && announced.has(each.messageId) && seen.has(each.key),
          );
          expect(early).toEqual([]);
          recorded.push([...changes]);
        },
        cancelOrders: async (orderIds) => void cancelled.push(...orderIds),
      },
    );
    const isPublished = (each: Publication) => each.kind === 'order' || each.kind === 'duplicate';
    expect(recorded.length).toBe(3);
    expect(recorded.flat()).toEqual(
      publications.filter(isPublished).map((each) => ({
        orderId: each.key,
        messageId: (each as { messageId: string }).messageId,
        createdAt: (each as { createdAt: number }).createdAt,
        status: 'CREATED',
        recordedBy: 'generator',
        detail: '',
      })),
    );
    const toCancel = publications.filter(
      ({ kind, expected }) => kind === 'order' && expected.rejectReasons.includes('CANCELLED_ORDER'),
    );
    expect(cancelled).toEqual(toCancel.map(({ key }) => key));
    expect(cancelled.length).toBeGreaterThan(100);
  });

  it('splits a batch that is larger than Kafka takes at once', async () => {
    const value = new Uint8Array(700_000);
    const expected = { outcome: 'DEAD_LETTERED', rejectReasons: [] } as const;
    const large = Array.from({ length: 12 }, (): Publication => ({ kind: 'malformed', key: 'same', value, expected }));
    expect((await publish(large)).records).toBe(12);
    expect((await readNew()).length).toBe(12);
  });

  it('ends an endless stream at the signal, with a summary of what is on the topic', async () => {
    const stop = new AbortController();
    const onProgress = (orders: number) => orders >= 3_000 && stop.abort();
    const summary = await publish(generate({ count: Infinity }), { onProgress, signal: stop.signal });
    expect(summary.orders).toBeGreaterThanOrEqual(3_000);
    expect((await readNew()).length).toBe(summary.records);
  });

  it('publishes nothing of a batch that the metastore did not take, and passes on why', async () => {
    const batches: number[] = [];
    const refuse = async (changes: readonly StatusChange[]) => {
      if (batches.push(changes.length) === 2) throw new Error('no metastore');
    };
    const publications = [...generate({ count: 3_000, shares: { duplicate: 0, redelivery: 0, malformed: 0 } })];
    await expect(publish(publications, {}, { ...nothing, recordStatuses: refuse })).rejects.toThrow('no metastore');
    expect(await readNew()).toEqual(textsOf(publications.slice(0, 1_000)));
  });

  it('waits while Kafka is away after a kill -9, and then goes on without a loss or a double', async () => {
    const publications = [...generate({ count: 4_000 })];
    let restart: Promise<unknown> | undefined;
    const restartKafka = async () => {
      process.kill(runningProcess(config, 'kafka')!.pid, 'SIGKILL');
      // The kernel frees the ports of a killed process a little after the process is gone.
      const start = () =>
        startService(config, 'kafka').then(
          () => true,
          () => false,
        );
      await vi.waitUntil(start, { timeout: 60_000 });
    };
    const onProgress = (orders: number) => void (orders >= 1_000 && (restart ??= restartKafka()));
    const summary = await publish(publications, { batch: 100, onProgress, rate: 2_000 });
    await restart;
    expect(summary.records).toBe(publications.length);
    expect(await readNew()).toEqual(textsOf(publications));
  }, 120_000);

  it('says at once that Kafka is not there at the start', async () => {
    const publishing = publishOrders({ kafka: '127.0.0.1:1' }, generate({}), nothing, { batch: 1_000 });
    await expect(publishing).rejects.toMatchObject({ code: 'KAFKA_UNREACHABLE' });
  });
});
