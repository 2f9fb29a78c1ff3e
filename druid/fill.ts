/** Adds to a datasource what the archive has of its topic, and neither Druid nor Kafka has any more. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { dayBegins, dayMs, listArchive, requireSound, type ArchivedFile } from '../archive/files.js';
import type { Config } from '../config.js';
import { topicRanges } from '../kafka/client.js';
import { readParquetRecords } from '../kafka/parquet-records.js';
import { topicIds } from '../kafka/topic-ids.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { alone } from '../metastore/lock.js';
import type { TopicName } from '../model/topics.js';
import { makeWorkFolder, removeWorkFolder, workFolder } from '../model/work-folder.js';
import { unlessEmpty } from './counts.js';
import { requireAll, requireNoTask, runTask, type FillTask } from './fill-task.js';
import { writeRecordFile } from './record-file.js';
import { DruidError, queryDruid } from './rest.js';
import { waitUntilServed } from './supervisors.js';

export interface Filled {
  /** Records of the archive that Kafka has no more. */
  readonly archived: number;
  /** Of these, those that Druid did not have. One that is no message of the topic is never a row, and is among them each time. */
  readonly sent: number;
  /** Those that Druid did not have, and cannot get: the archive has left out their values (archive/personal.ts). */
  readonly withoutValue: number;
}

export interface FillOptions {
  /** Told once where another run is waited for. */
  readonly onWait?: () => void;
  readonly onProgress: (files: number, of: number) => void;
}

const lock = { name: 'orderflow druid fill', session: 'orderflow-druid-fill' };

/**
 * Fills a datasource; one run at a time. May be called again: a record that Druid has is not sent. What Kafka still has is left to the supervisor. Druid's
 * tasks have to reach ORDERFLOW_BACKFILLS, where the records lie for them meanwhile. Fails with ARCHIVE_DAMAGED, DRUID_FILL_FAILED, DRUID_SILENT, and as
 * Kafka, metastore and askDruid do.
 */
export const fillStream = (config: Config, topic: TopicName, { onProgress, onWait }: FillOptions): Promise<Filled> =>
  withPool(databaseOf(config, 'operator'), (pool) => alone(pool, lock, () => fill(config, topic, onProgress), onWait));

async function fill(config: Config, topic: TopicName, onProgress: FillOptions['onProgress']): Promise<Filled> {
  // Of a run that was killed.
  await requireNoTask(config, topic);
  await waitUntilServed(config, topic);
  const parts = await partsOf(config, topic);
  await requireSound(parts.map(({ file }) => join(config.archive, file.path)));
  const name = `druid-${topic}-${randomUUID()}`;
  const folder = workFolder(config.backfills, name);
  await makeWorkFolder(folder);
  let [archived, sent, withoutValue] = [0, 0, 0];
  let isRead = false;
  try {
    for (const [index, { file, from, to }] of parts.entries()) {
      const present = await recordsIn(config, topic, file);
      async function* missing() {
        for await (const portion of readParquetRecords(join(config.archive, file.path))) {
          const records = portion.filter(({ offset }) => offset >= from && offset < to);
          archived += records.length;
          const lacking = records.filter(({ offset, timestamp }) => !present.has(nameOf(offset, timestamp)));
          const whole = lacking.filter(({ value }) => value !== null);
          withoutValue += lacking.length - whole.length;
          yield whole;
        }
      }
      sent += await writeRecordFile(join(folder, `${index}.records`), missing());
      onProgress(index + 1, parts.length);
    }
    if (sent > 0) {
      const task: FillTask = { topic, name, folder, records: sent };
      isRead = true;
      const end = await runTask(config, task).catch((error: unknown) => {
        // Druid has not taken it, or knows it no more.
        if (error instanceof DruidError && error.status < 500) isRead = false;
        throw error;
      });
      isRead = false;
      await requireAll(config, task, end);
    }
    await waitUntilServed(config, topic);
  } finally {
    // A task that reads on takes what is gone for empty. What is left here, goes after a week.
    if (!isRead) await removeWorkFolder(folder);
  }
  return { archived, sent, withoutValue };
}

/** Records of a file. */
export interface Part {
  readonly file: ArchivedFile;
  readonly from: number;
  readonly to: number;
}

/**
 * What the files have of a topic, and Kafka no longer has: each record once, also where two files have it. `lows` are the first offsets that Kafka has, by
 * partition, of the topic of this id.
 */
export function partsBefore(
  files: readonly ArchivedFile[],
  id: string | undefined,
  lows: ReadonlyMap<number, number>,
): Part[] {
  const ends = new Map<string, number>();
  const parts: Part[] = [];
  for (const file of files) {
    const place = `${file.topicId}/${file.partition}`;
    const from = Math.max(file.from, ends.get(place) ?? 0);
    const to = file.topicId === id ? Math.min(file.to, lows.get(file.partition) ?? 0) : file.to;
    if (to > from) parts.push({ file, from, to });
    ends.set(place, Math.max(from, file.to));
  }
  return parts;
}

async function partsOf(config: Config, topic: TopicName): Promise<Part[]> {
  const { files } = await listArchive(config.archive);
  const id = (await topicIds(config, [topic])).get(topic);
  const lows = (await topicRanges(config, topic)).map(({ partition, low }) => [partition, low] as const);
  return partsBefore(
    files.filter((file) => file.topic === topic),
    id,
    new Map(lows),
  );
}

/** A record of a partition. A topic that was made anew has other records at the same offsets, at other times. */
const nameOf = (offset: number, timestamp: number) => `${offset}@${timestamp}`;

/** Which records Druid has of a file's offsets and day. */
async function recordsIn(config: Config, topic: TopicName, file: ArchivedFile): Promise<Set<string>> {
  const { partition, from, to } = file;
  const query = `
    SELECT "kafka.offset" AS "offset", "kafka.timestamp" AS "time" FROM "${topic}"
    WHERE "kafka.partition" = ? AND "kafka.offset" >= ? AND "kafka.offset" < ? AND "kafka.timestamp" >= ? AND "kafka.timestamp" < ?`;
  const begin = dayBegins(file);
  const parameters = [partition, from, to, begin, begin + dayMs];
  const asked = queryDruid<{ offset: number; time: number }>(config, query, { parameters, timeoutMs: 120_000 });
  return new Set((await unlessEmpty(asked)).map(({ offset, time }) => nameOf(offset, time)));
}
