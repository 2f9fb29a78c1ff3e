/** The archive of a secured stack: who may read it, what is left out of it, and the sums that are made from it. Part of secured.test.ts. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { listArchive } from '../../archive/files.js';
import type { Config } from '../../config.js';
import { topicRanges } from '../../kafka/client.js';
import { asKafkaOwner } from '../../local/kafka.js';
import { topicNames, type TopicName } from '../../model/topics.js';
import type { Ended } from '../cli/orderflow.js';
import { deleteOldest } from '../kafka/delete-records.js';

type Run = (words: readonly string[], others?: Record<string, string>) => Promise<Ended>;

const plainOrders = 20;

/** To be called within a `describe`: `stack` answers with a secured stack that has worked, `run` runs a command. */
export function describeArchive(stack: () => Config, run: Run): void {
  async function said<T>(...words: string[]): Promise<T> {
    const { code, stdout, stderr } = await run([...words, '--json']);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as T;
  }

  const recordsIn = async (topic: TopicName) =>
    (await topicRanges(stack(), topic)).reduce((sum, { low, high }) => sum + high - low, 0);

  test('has every record, and is whole', async () => {
    const generated = await run(['generate', '--orders', String(plainOrders)], { ORDERFLOW_PERSONAL_DATA: 'plain' });
    expect(generated.code, generated.stderr).toBe(0);
    await expect.poll(async () => (await run(['reconcile'])).code, { timeout: 60_000, interval: 1_000 }).toBe(0);
    const { topics } = await said<{ topics: { topic: string; records: number }[] }>('archive');
    for (const topic of topicNames)
      expect(topics).toContainEqual(expect.objectContaining({ topic, records: await recordsIn(topic) }));
    expect(await said('archive', 'verify')).toMatchObject({ problems: [] });
  }, 120_000);

  test('is read by its owner alone', async () => {
    const found = await readdir(stack().archive, { recursive: true });
    for (const path of ['.', ...found])
      expect([path, (await stat(join(stack().archive, path))).mode & 0o077]).toEqual([path, 0]);
  });

  test('lacks what a producer wrote in plain form of who ordered', async () => {
    const { files } = await listArchive(stack().archive);
    const columns = ['kafka_topic', 'kafka_key', 'kafka_headers', 'kafka_value', 'payment_method', 'withheld'];
    const paths = files.filter(({ topic }) => topic === 'raw_order').map(({ path }) => join(stack().archive, path));
    const rows: Record<string, unknown>[] = [];
    for (const path of paths)
      rows.push(...(await parquetReadObjects({ file: await asyncBufferFromFile(path), columns })));
    const withheld = rows.filter((row) => row.withheld);
    expect(withheld.length).toBeGreaterThanOrEqual(plainOrders);
    const nothing = { kafka_key: null, kafka_headers: null, kafka_value: null, payment_method: null };
    for (const row of withheld) expect(row).toMatchObject(nothing);
  });

  test('brings the sums of the stream where Kafka has deleted the orders, on Flink and in one process', async () => {
    await deleteOldest(asKafkaOwner(stack()), 'enriched_order');
    for (const runner of ['direct', 'flink']) {
      const report = await said<{ windows: { equal: number } }>(
        ...['backfill', 'aggregator', '--from', '12h', '--dry-run', '--runner', runner],
      );
      expect(report).toMatchObject({ isWhole: true, windows: { different: 0, missing: 0, superfluous: 0 } });
      expect(report.windows.equal).toBeGreaterThan(0);
    }
  }, 120_000);
}
