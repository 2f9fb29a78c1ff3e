/** Adds to a datasource what the archive has of its topic, and neither Druid nor Kafka has any more. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dayBegins, dayMs, listArchive, requireSound, type ArchivedFile } from '../archive/files.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { topicRanges } from '../kafka/client.js';
import { readParquetRecords } from '../kafka/parquet-records.js';
import { topicIds } from '../kafka/topic-ids.js';
import type { TopicName } from '../model/topics.js';
import { makeWorkFolder, removeWorkFolder, workFolder } from '../model/work-folder.js';
import { unlessEmpty } from './counts.js';
import { writeRecordFile } from './record-file.js';
import { askDruid, overlord, queryDruid } from './rest.js';
import { specFor } from './specs.js';
import { waitUntilServed } from './supervisors.js';

const pollMs = 1_000;

export interface Filled {
  /** Records of the archive that Kafka has no more. */
  readonly archived: number;
  /** Of these, those that Druid did not have. One that is no message of the topic is never a row, and is among them each time. */
  readonly sent: number;
  /** Those that Druid did not have, and cannot get: the archive has left out their values (archive/personal.ts). */
  readonly withoutValue: number;
}

/**
 * Fills a datasource. May be called again: a record that Druid has is not sent. What Kafka still has is left to the supervisor. Druid's tasks have to
 * reach ORDERFLOW_BACKFILLS, where the records lie for them meanwhile. Fails with ARCHIVE_DAMAGED, DRUID_FILL_FAILED, DRUID_SILENT, and as Kafka and
 * askDruid do.
 */
export async function fillStream(
  config: Config,
  topic: TopicName,
  onProgress: (files: number, of: number) => void,
): Promise<Filled> {
  await requireNoFill(config, topic);
  await waitUntilServed(config, topic);
  const files = await filesBefore(config, topic);
  await requireSound(files.map(({ file }) => join(config.archive, file.path)));
  const name = `druid-${topic}-${randomUUID()}`;
  const folder = workFolder(config.backfills, name);
  await makeWorkFolder(folder);
  let archived = 0;
  let sent = 0;
  let withoutValue = 0;
  try {
    for (const [index, { file, to }] of files.entries()) {
      const present = await offsetsIn(config, topic, file);
      async function* missing() {
        for await (const portion of readParquetRecords(join(config.archive, file.path))) {
          const records = portion.filter(({ offset }) => offset < to);
          archived += records.length;
          const lacking = records.filter(({ offset }) => !present.has(offset));
          const whole = lacking.filter(({ value }) => value !== null);
          withoutValue += lacking.length - whole.length;
          yield whole;
        }
      }
      sent += await writeRecordFile(join(folder, `${index}.records`), missing());
      onProgress(index + 1, files.length);
    }
    if (sent > 0) await runTask(config, topic, name, folder);
    await waitUntilServed(config, topic);
  } finally {
    await removeWorkFolder(folder);
  }
  return { archived, sent, withoutValue };
}

/** The files with records that Kafka no longer has, and where these end. */
async function filesBefore(config: Config, topic: TopicName): Promise<{ file: ArchivedFile; to: number }[]> {
  const { files } = await listArchive(config.archive);
  const id = (await topicIds(config, [topic])).get(topic);
  const partitions = await topicRanges(config, topic);
  const lows = new Map(partitions.map(({ partition, low }) => [partition, low]));
  return files
    .filter((file) => file.topic === topic)
    .map((file) => ({ file, to: file.topicId === id ? Math.min(file.to, lows.get(file.partition) ?? 0) : file.to }))
    .filter(({ file, to }) => to > file.from);
}

/** Which of a file's offsets Druid has. A topic that was made anew has other records at the same offsets, at other times. */
async function offsetsIn(config: Config, topic: TopicName, file: ArchivedFile): Promise<Set<number>> {
  const { partition, from, to } = file;
  const query = `
    SELECT "kafka.offset" AS "offset" FROM "${topic}"
    WHERE "kafka.partition" = ? AND "kafka.offset" >= ? AND "kafka.offset" < ? AND "kafka.timestamp" >= ? AND "kafka.timestamp" < ?`;
  const begin = dayBegins(file);
  const parameters = [partition, from, to, begin, begin + dayMs];
  const rows = await unlessEmpty(queryDruid<{ offset: number }>(config, query, { parameters, timeoutMs: 120_000 }));
  return new Set(rows.map(({ offset }) => offset));
}

/** The task that a spec of Druid's native batch ingestion makes, and nothing else of the kind at a time. */
const taskType = 'index_parallel';

async function requireNoFill(config: Config, topic: TopicName): Promise<void> {
  const tasks = await askDruid<{ id: string; type: string; statusCode: string }[]>(
    config,
    `${overlord}/tasks?datasource=${topic}&type=${taskType}`,
  );
  const running = tasks.find(({ statusCode }) => statusCode === 'RUNNING');
  if (!running) return;
  const message = `Druid is filling ${topic} already (task ${running.id}): wait until it has ended, and run this again`;
  throw new OperatorError('DRUID_FILL_FAILED', message);
}

interface TaskStatus {
  readonly status: { readonly statusCode: string; readonly errorMsg?: string | null };
}

async function runTask(config: Config, topic: TopicName, name: string, folder: string): Promise<void> {
  const { dataSchema, ioConfig } = (await specFor(config, topic)).spec;
  const body = {
    type: taskType,
    id: name,
    spec: {
      dataSchema,
      ioConfig: {
        type: taskType,
        inputSource: { type: 'local', baseDir: folder, filter: '*.records' },
        inputFormat: { ...ioConfig.inputFormat, records: true },
        appendToExisting: true,
      },
      tuningConfig: {
        type: taskType,
        partitionsSpec: { type: 'dynamic' },
        maxNumConcurrentSubTasks: 1,
        maxRowsInMemory: 50_000,
        maxColumnsToMerge: 700,
      },
    },
    // As the supervisors' tasks, which may be writing into the same days.
    context: { useConcurrentLocks: true },
  };
  await askDruid(config, `${overlord}/task`, { method: 'POST', body });
  for (;;) {
    const { status } = await askDruid<TaskStatus>(config, `${overlord}/task/${name}/status`);
    if (status.statusCode === 'SUCCESS') return;
    if (status.statusCode === 'FAILED') {
      const message = `Druid could not fill ${topic}: ${status.errorMsg?.split('\n', 1)[0] ?? 'it does not say why'}; nothing of it is there, run this again`;
      throw new OperatorError('DRUID_FILL_FAILED', message);
    }
    await sleep(pollMs);
  }
}
