/** Copies what topics hold into the archive, once. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Config } from '../config.js';
import { topicRanges } from '../kafka/client.js';
import { writeParquetRecords, type ParquetRow } from '../kafka/parquet-records.js';
import { readStretch } from '../kafka/stretches.js';
import { requireSameTopic, topicIdOf } from '../kafka/topic-ids.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { alone } from '../metastore/lock.js';
import type { KafkaRecord } from '../model/record.js';
import type { TopicName } from '../model/topics.js';
import { cellsOf, columnTypes } from './columns.js';
import { addFile, dayOf, filesOf, listArchive, partOf, type ArchivedFile } from './files.js';
import { holdsPlainPersonalData } from './personal.js';
import { missingIn, type Offsets } from './offsets.js';
import { remainingPortions, type Reading } from './portions.js';

export interface Kept {
  readonly topic: TopicName;
  readonly files: number;
  readonly records: number;
  /** Of these, those whose value is left out, since it says who ordered (personal.ts). */
  readonly withheld: number;
  /** What Kafka had deleted before it was archived, behind records that were, or deleted while the run read. */
  readonly gaps: readonly (Offsets & { readonly partition: number })[];
}

export interface KeepOptions {
  /** Told once where another run is waited for. */
  readonly onWait?: () => void;
  readonly onProgress: (topic: TopicName, done: number, records: number) => void;
}

const lock = { name: 'orderflow archive', session: 'orderflow-archive' };

/**
 * Copies into the archive what the topics hold up to now, and it does not. One run at a time; one that was cut off has copied whole files, and the
 * next goes on behind them. Fails with TOPIC_MADE_ANEW, and as Kafka, metastore and file system do.
 */
export async function keepTopics(config: Config, topics: readonly TopicName[], options: KeepOptions): Promise<Kept[]> {
  async function work(): Promise<Kept[]> {
    // Of a run that was cut off.
    await rm(await partOf(config.archive, '.'), { recursive: true, force: true });
    const { files } = await listArchive(config.archive);
    const kept: Kept[] = [];
    for (const topic of topics) kept.push(await keepTopic(config, topic, files, options));
    return kept;
  }
  return withPool(databaseOf(config, 'operator'), (pool) => alone(pool, lock, work, options.onWait));
}

async function keepTopic(
  config: Config,
  topic: TopicName,
  there: readonly ArchivedFile[],
  { onProgress }: KeepOptions,
): Promise<Kept> {
  const topicId = await topicIdOf(config, topic);
  const partitions = await topicRanges(config, topic);
  const gaps: (Offsets & { readonly partition: number })[] = [];
  const plans = partitions.map(({ partition, low, high }) => {
    const files = filesOf(there, { topic, topicId, partition });
    const end = files.at(-1)?.to ?? low;
    if (end < low) gaps.push({ partition, from: end, to: low });
    return { partition, stretches: missingIn(files, low, high) };
  });
  const all = plans.flatMap(({ stretches }) => stretches).reduce((sum, { from, to }) => sum + to - from, 0);
  const kept = { files: 0, records: 0, withheld: 0 };
  for (const { partition, stretches } of plans)
    for (const stretch of stretches) {
      const reading: Reading = {
        readFrom: (from) => readStretch(config, { topic, partition, ...stretch, from }),
        requireSame: () => requireSameTopic(config, topic, topicId),
        firstNow: async () => (await topicRanges(config, topic)).find((range) => range.partition === partition)!.low,
        onGap: (gap) => void gaps.push({ partition, ...gap }),
      };
      for await (const { records, from, to } of remainingPortions(stretch, reading)) {
        const rows = records.map((record) => rowOf(topic, record, config.personalData !== 'plain'));
        await addRows(config.archive, rows, { topic, topicId, partition, from, to });
        kept.files += 1;
        kept.records += rows.length;
        kept.withheld += rows.filter(({ isWithheld }) => isWithheld).length;
        onProgress(topic, kept.records, all);
      }
    }
  return { topic, ...kept, gaps };
}

function rowOf(topic: TopicName, record: KafkaRecord, isSealed: boolean): ParquetRow {
  const { value } = record;
  const cells = cellsOf(topic, value);
  if (!isSealed || !holdsPlainPersonalData(topic, value)) return { record, isWithheld: false, cells };
  // The one column that is personal, too.
  return { record, isWithheld: true, cells: { ...cells, payment_method: null } };
}

async function addRows(
  folder: string,
  rows: readonly ParquetRow[],
  of: Omit<ArchivedFile, 'day' | 'sha256' | 'path'> & { readonly topic: TopicName },
): Promise<void> {
  const part = await partOf(folder, `${randomUUID()}.parquet`);
  await writeParquetRecords(part, columnTypes(of.topic), rows);
  await addFile(folder, part, { ...of, day: dayOf(rows[0]!.record.timestamp) });
}
