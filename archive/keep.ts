/** Copies what topics hold into the archive, once. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Config } from '../config.js';
import { topicRanges } from '../kafka/client.js';
import { writeParquetRecords, type ParquetRow } from '../kafka/parquet-records.js';
import { readStretch } from '../kafka/stretches.js';
import { topicIds } from '../kafka/topic-ids.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { alone } from '../metastore/lock.js';
import type { KafkaRecord } from '../model/record.js';
import type { TopicName } from '../model/topics.js';
import { cellsOf, columnTypes } from './columns.js';
import { addFile, dayOf, filesOf, listArchive, partOf, type ArchivedFile } from './files.js';
import { holdsPlainPersonalData } from './personal.js';
import { missingIn, type Offsets } from './offsets.js';

/** A file holds so much at most: it is read again as a whole where the worker that reads it dies. */
const most = { records: 50_000, bytes: 32 * 1024 * 1024 };

export interface Kept {
  readonly topic: TopicName;
  readonly files: number;
  readonly records: number;
  /** Of these, those whose value is left out, since it says who ordered (personal.ts). */
  readonly withheld: number;
  /** What Kafka had deleted before it was archived, though records before it were. */
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
 * next goes on behind them. Fails as Kafka, metastore and file system do.
 */
export async function keepTopics(config: Config, topics: readonly TopicName[], options: KeepOptions): Promise<Kept[]> {
  async function work(): Promise<Kept[]> {
    // Of a run that was cut off.
    await rm(await partOf(config.archive, '.'), { recursive: true, force: true });
    const { files } = await listArchive(config.archive);
    const ids = await topicIds(config, topics);
    const kept: Kept[] = [];
    for (const topic of topics) kept.push(await keepTopic(config, topic, ids.get(topic), files, options));
    return kept;
  }
  return withPool(databaseOf(config, 'operator'), (pool) => alone(pool, lock, work, options.onWait));
}

async function keepTopic(
  config: Config,
  topic: TopicName,
  topicId: string | undefined,
  there: readonly ArchivedFile[],
  { onProgress }: KeepOptions,
): Promise<Kept> {
  const partitions = await topicRanges(config, topic);
  const plans = partitions.map(({ partition, low, high }) => {
    const files = filesOf(there, { topic, topicId: topicId!, partition });
    const end = files.at(-1)?.to ?? low;
    return { partition, stretches: missingIn(files, low, high), gap: end < low ? { from: end, to: low } : undefined };
  });
  const all = plans.flatMap(({ stretches }) => stretches).reduce((sum, { from, to }) => sum + to - from, 0);
  const kept = { files: 0, records: 0, withheld: 0 };
  for (const { partition, stretches } of plans)
    for (const stretch of stretches) {
      const read = readStretch(config, { topic, partition, ...stretch });
      for await (const { records, from, to } of portionsOf(read, stretch)) {
        const rows = records.map((record) => rowOf(topic, record, config.personalData !== 'plain'));
        await addRows(config.archive, rows, { topic, topicId: topicId!, partition, from, to });
        kept.files += 1;
        kept.records += rows.length;
        kept.withheld += rows.filter(({ isWithheld }) => isWithheld).length;
        onProgress(topic, kept.records, all);
      }
    }
  const gaps = plans.flatMap(({ partition, gap }) => (gap ? [{ partition, ...gap }] : []));
  return { topic, ...kept, gaps };
}

/** Records of one day, and all that a reader sees between these offsets. */
interface Portion extends Offsets {
  readonly records: readonly KafkaRecord[];
}

/**
 * The records of a stretch in portions of a day, and no more than a file holds. They follow upon each other from the stretch's beginning to its end, also
 * where offsets have no record, such as those of a transaction that was aborted. A stretch without records has no portion.
 */
export async function* portionsOf(
  stretch: AsyncIterable<readonly KafkaRecord[]>,
  { from, to }: Offsets,
): AsyncGenerator<Portion> {
  let records: KafkaRecord[] = [];
  let bytes = 0;
  let begin = from;
  for await (const read of stretch)
    for (const record of read) {
      const [first] = records;
      const isFull = records.length === most.records || bytes >= most.bytes;
      if (first && (isFull || dayOf(first.timestamp) !== dayOf(record.timestamp))) {
        yield { records, from: begin, to: record.offset };
        [records, bytes, begin] = [[], 0, record.offset];
      }
      records.push(record);
      bytes += record.value?.length ?? 0;
    }
  if (records.length > 0) yield { records, from: begin, to };
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
