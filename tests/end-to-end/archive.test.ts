/** The archive: every record once, also where Kafka has it no more, and sums from it that are the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { listArchive } from '../../archive/files.js';
import { keepTopics, type Kept } from '../../archive/keep.js';
import { verifyArchive } from '../../archive/verify.js';
import { runBackfill } from '../../backfill/run.js';
import type { Runner, SumRequest } from '../../backfill/sum.js';
import { loadConfig, projectRoot, type Config } from '../../config.js';
import { adoptTopic } from '../../flink/adoption.js';
import { kafkaProducer, topicRanges } from '../../kafka/client.js';
import { readParquetRecords } from '../../kafka/parquet-records.js';
import { readRecordFile } from '../../kafka/record-file.js';
import { readTopic } from '../../kafka/topic-reader.js';
import { withPool } from '../../metastore/connection.js';
import { databaseOf } from '../../metastore/database.js';
import { incarnationOf } from '../../model/incarnation.js';
import type { KafkaRecord } from '../../model/record.js';
import type { TopicName } from '../../model/topics.js';
import { deadLetterCodec, v1 } from '../../proto/messages.js';
import { orderflow, settingsOf } from '../cli/orderflow.js';
import { deleteOldest } from '../kafka/delete-records.js';
import { makeAnew } from '../kafka/make-anew.js';
import { useAggregator, type Aggregates, type TestOrder } from './aggregates.js';

const day = 86_400_000;
const topic = 'enriched_order';
const dryRun = { topic: 'aggregated_order', isDryRun: true };

let config: Config;
let aggregates: Aggregates;
let folder: string;
let made = 0;
let backfills = 0;

useAggregator((...itsOwn) => ([config, aggregates] = itsOwn));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orderflow-archive-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const someOrders = (count: number) =>
  Array.from({ length: count }, (): TestOrder => {
    made += 1;
    return { orderId: `o-${made}`, place: `L-${made % 5}`, createdAt: Date.now() - (made % 9) * 60_000, quantity: 1 };
  });

async function keep(topics: readonly TopicName[] = [topic], of = config): Promise<Kept> {
  const [kept] = await keepTopics(of, topics, { onProgress: () => undefined });
  return kept!;
}

const verify = () => verifyArchive(config.archive, () => undefined);

/** Bytes as text, which compare whatever class they are of. */
const plain = ({ key, value, headers, ...rest }: KafkaRecord) =>
  JSON.stringify([rest.topic, rest.partition, rest.offset, rest.timestamp, ...[key, value].map(hex), headers ?? []]);
const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

async function archived(of = config): Promise<string[]> {
  const records: string[] = [];
  for (const { path } of (await listArchive(of.archive)).files.filter((file) => file.topic === topic))
    for await (const portion of readParquetRecords(join(of.archive, path))) records.push(...portion.map(plain));
  return records.sort();
}

async function inKafka(): Promise<string[]> {
  const records: string[] = [];
  await readTopic(config, topic, (record) => void records.push(plain(record)));
  return records.sort();
}

const beginning = Math.floor(Date.now() / 60_000) * 60_000;

function request(runner: Runner, changes: Partial<SumRequest> = {}): SumRequest {
  return {
    name: `archived-${++backfills}`,
    windows: { from: beginning - day, to: beginning + day },
    windowSeconds: config.windowSeconds,
    ...{ runner, parallelism: 2, isPartial: false },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...changes,
  };
}

async function sums(runner: Runner, of = config): Promise<string> {
  const file = join(folder, `${backfills}.jsonl`);
  await runBackfill(of, request(runner), { file });
  return readFile(file, 'utf8');
}

/** With an archive of its own, or another setting. */
const configWith = (settings: Record<string, string>) => loadConfig({ ...config.environment, ...settings });

let before: string;

test('has every record once, byte for byte, however often it is run, also where a run was killed', async () => {
  await aggregates.publish(someOrders(500));
  expect(await keep()).toMatchObject({ records: 500, withheld: 0, gaps: [] });
  expect(await keep()).toMatchObject({ files: 0, records: 0 });
  // More than a file holds, of each partition.
  for (let batch = 0; batch < 12; batch++) await aggregates.publish(someOrders(20_000));
  const command = [join(projectRoot, 'orderflow.mjs'), 'archive', topic];
  const run = spawn(process.execPath, command, { env: { ...process.env, ...settingsOf(config) }, stdio: 'ignore' });
  const count = async () => (await listArchive(config.archive)).files.length;
  const first = await count();
  await vi.waitUntil(async () => (await count()) > first, { timeout: 120_000, interval: 5 });
  run.kill('SIGKILL');
  await once(run, 'exit');
  const left = await keep();
  expect(left.records).toBeGreaterThan(0);
  expect(left.records).toBeLessThan(240_000);
  expect(await keep()).toMatchObject({ files: 0, records: 0 });
  expect(await verify()).toMatchObject({ records: 240_500, problems: [] });
  expect(await archived()).toEqual(await inKafka());
  await aggregates.settled(240_000);
  before = await sums('direct');
}, 600_000);

test('brings the same sums where Kafka has deleted the records, on Flink and in one process', async () => {
  await deleteOldest(config, topic, 0.5);
  for (const runner of ['direct', 'flink'] as const) expect([runner, await sums(runner)]).toEqual([runner, before]);
  const elsewhere = configWith({ ORDERFLOW_ARCHIVE: join(folder, 'empty') });
  await expect(runBackfill(elsewhere, request('direct'), dryRun)).rejects.toMatchObject({
    ...{ code: 'HISTORY_DELETED', message: expect.stringContaining('ORDERFLOW_ARCHIVE') as string },
  });
  await deleteOldest(config, topic);
  expect(await sums('direct')).toBe(before);
  expect(await keep()).toMatchObject({ records: 0, gaps: [] });
}, 300_000);

test('is what `orderflow run` reads, too', async () => {
  const { files } = await listArchive(config.archive);
  const path = join(config.archive, files[0]!.path);
  const records = await readRecordFile(path, topic, 0);
  expect(records).toHaveLength(files[0]!.to - files[0]!.from);
  await expect(readRecordFile(path, 'raw_order', 0)).rejects.toThrow(
    'records of enriched_order, where raw_order is read',
  );
  const text = join(folder, 'text.parquet');
  await writeFile(text, 'no Parquet');
  await expect(readRecordFile(text, topic, 0)).rejects.toMatchObject({ code: 'BAD_INPUT_FILE' });
  const small = join(folder, 'small.parquet');
  await copyFile(path, small);
  const words = ['run', 'router', '--input', small, '--json'];
  const { code, stderr } = await orderflow(words, settingsOf(config));
  expect([code, JSON.parse(stderr.trim().split('\n').at(-1)!)]).toMatchObject([0, { in: records.length }]);
}, 120_000);

test('names a file in which a bit is another one, and sums nothing from it', async () => {
  const { path } = (await listArchive(config.archive)).files.at(-1)!;
  const whole = await readFile(join(config.archive, path));
  const damaged = Buffer.from(whole);
  damaged[damaged.length >> 1]! ^= 1;
  await writeFile(join(config.archive, path), damaged);
  await expect(readRecordFile(join(config.archive, path), topic, 0)).rejects.toMatchObject({
    code: 'BAD_INPUT_FILE',
    message: expect.stringContaining('it is damaged') as string,
  });
  const { code, stdout } = await orderflow(['archive', 'verify'], settingsOf(config));
  expect([code, stdout]).toEqual([1, expect.stringContaining(`${path} is damaged`) as string]);
  await expect(sums('direct')).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' });
  await writeFile(join(config.archive, path), whole);
  expect((await verify()).problems).toEqual([]);
}, 120_000);

test('says what Kafka had deleted before it was archived', async () => {
  await aggregates.publish(someOrders(50), { partition: 0 });
  await aggregates.settled();
  await deleteOldest(config, topic);
  await aggregates.publish(someOrders(1), { partition: 0 });
  const { code, stdout } = await orderflow(['archive', topic], settingsOf(config));
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/Kafka had deleted enriched_order\/0 from offset \d+/) as string,
  ]);
  expect((await orderflow(['archive', topic], settingsOf(config))).code).toBe(0);
  expect((await verify()).problems).toEqual([expect.stringContaining('partition 0 lacks the offsets from')]);
}, 120_000);

test('sums nothing from a topic that is made anew meanwhile', async () => {
  await aggregates.settled();
  await deleteOldest(config, topic);
  let anew: Promise<void> | undefined;
  // What is summed is in the archive: the work goes on without the topic, and takes longer than making it anew.
  const slowly = configWith({ ORDERFLOW_BATCH_SIZE: '20' });
  const onProgress = () => void (anew ??= makeAnew(config, topic));
  const target = { file: join(folder, 'meanwhile.csv') };
  await expect(runBackfill(slowly, request('direct', { isPartial: true, onProgress }), target)).rejects.toMatchObject({
    code: 'TOPIC_MADE_ANEW',
    message: expect.stringContaining('run this again') as string,
  });
  await anew;
}, 240_000);

test('goes on with a topic that was made anew, whose offsets begin again', async () => {
  await aggregates.publish(someOrders(3));
  expect(await keep()).toMatchObject({ records: 3, gaps: [] });
  expect(await archived()).toEqual(expect.arrayContaining(await inKafka()));
}, 120_000);

test('sums nothing from a topic that was made anew until it is adopted', async () => {
  await expect(runBackfill(config, request('direct'), dryRun)).rejects.toMatchObject({
    code: 'TOPIC_MADE_ANEW',
    message: expect.stringContaining(`orderflow topics adopt ${topic}`) as string,
  });
  await adoptTopic(config, topic);
  await aggregates.settled();
  await expect(runBackfill(config, request('direct'), dryRun)).rejects.toMatchObject({ code: 'HISTORY_DELETED' });
  // As if it had been adopted before all that is asked for.
  await withPool(databaseOf(config, 'owner'), (pool) =>
    pool.query("UPDATE topic_incarnations SET known_since = known_since - interval '1 month'"),
  );
  expect(await runBackfill(config, request('direct'), dryRun)).toMatchObject({ orders: 3, isWhole: true });
}, 240_000);

test('leaves out the values of plain orders where orders are sealed, and sums none of them unasked', async () => {
  const sealing = configWith({ ORDERFLOW_PERSONAL_DATA: 'sealed', ORDERFLOW_ARCHIVE: join(folder, 'sealed') });
  expect(await keep([topic], sealing)).toMatchObject({ records: 3, withheld: 3 });
  expect(await archived(sealing)).toEqual((await inKafka()).map(() => expect.stringContaining('null') as string));
  await deleteOldest(config, topic);
  await expect(runBackfill(sealing, request('direct'), dryRun)).rejects.toMatchObject({ code: 'HISTORY_WITHHELD' });
  const partial = await runBackfill(sealing, request('direct', { isPartial: true }), dryRun);
  expect(partial).toMatchObject({ isWhole: false, orders: 0, records: { set_aside: 3 } });
}, 120_000);

test('leaves out what the aggregator has set aside, also where its letters are in the archive alone', async () => {
  const orders = someOrders(1);
  await aggregates.publish(orders, { partition: 1 });
  await aggregates.settled();
  const counted = async () =>
    (await runBackfill(config, request('direct'), { file: join(folder, 'letters.csv') })).records;
  const before = await counted();
  const high = (await topicRanges(config, topic)).find(({ partition }) => partition === 1)!.high;
  const letter = v1.DeadLetter.create({
    ...{ topic: incarnationOf(topic, 2), partition: 1, offset: high - 1, step: 'aggregator' },
    reason: v1.DeadLetterReason.PROCESSING_FAILED,
  });
  const producer = kafkaProducer(config, 'test');
  await producer.connect();
  const value = Buffer.from(deadLetterCodec.encode(letter));
  await producer.send({ topic: 'dead_letter', messages: [{ key: 'o', value }] });
  await producer.disconnect();
  await keep(['dead_letter']);
  await deleteOldest(config, 'dead_letter');
  const after = await counted();
  expect(after.set_aside).toBe(before.set_aside + 1);
  expect(after.counted).toBe(before.counted - 1);
}, 120_000);
