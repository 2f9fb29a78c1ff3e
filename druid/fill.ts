/** Adds to a datasource what the archive has of its topic, and neither Druid nor Kafka has any more. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { dayBegins, dayMs, listArchive, requireSound, type ArchivedFile } from '../archive/files.js';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import { topicRanges } from '../kafka/client.js';
import { readParquetRecords } from '../kafka/parquet-records.js';
import { topicIds } from '../kafka/topic-ids.js';
import { withPool } from '../metastore/connection.js';
import { databaseOf } from '../metastore/database.js';
import { alone } from '../metastore/lock.js';
import type { TopicName } from '../model/topics.js';
import { makeWorkFolder, removeWorkFolder, workFolder } from '../model/work-folder.js';
import { isPassing, unlessEmpty } from './counts.js';
import { writeRecordFile } from './record-file.js';
import { askDruid, overlord, queryDruid } from './rest.js';
import { specFor } from './specs.js';
import { unlessUnknown, waitUntilServed } from './supervisors.js';

const pollMs = 1_000;

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
  const parts = await partsBefore(config, topic);
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
      isRead = true;
      const end = await runTask(config, topic, name, folder);
      isRead = false;
      await requireAll(config, topic, { name, folder, sent }, end);
    }
    await waitUntilServed(config, topic);
  } finally {
    // A task that reads on takes what is gone for empty. What is left here, goes after a week.
    if (!isRead) await removeWorkFolder(folder);
  }
  return { archived, sent, withoutValue };
}

/** Records of a file. */
interface Part {
  readonly file: ArchivedFile;
  readonly from: number;
  readonly to: number;
}

/** What the archive has of the topic, and Kafka no longer has; each record once, also where two files have it. */
async function partsBefore(config: Config, topic: TopicName): Promise<Part[]> {
  const { files } = await listArchive(config.archive);
  const id = (await topicIds(config, [topic])).get(topic);
  const partitions = await topicRanges(config, topic);
  const lows = new Map(partitions.map(({ partition, low }) => [partition, low]));
  const ends = new Map<string, number>();
  const parts: Part[] = [];
  for (const file of files.filter((each) => each.topic === topic)) {
    const place = `${file.topicId}/${file.partition}`;
    const from = Math.max(file.from, ends.get(place) ?? 0);
    const to = file.topicId === id ? Math.min(file.to, lows.get(file.partition) ?? 0) : file.to;
    if (to > from) parts.push({ file, from, to });
    ends.set(place, Math.max(from, file.to));
  }
  return parts;
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

/** The task that a spec of Druid's native batch ingestion makes, and nothing else of the kind at a time. */
const taskType = 'index_parallel';

async function requireNoTask(config: Config, topic: TopicName): Promise<void> {
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

/** While a part of Druid is away: a minute and a half. */
const whileAway = retry(handleWhen(isPassing), {
  maxAttempts: 24,
  backoff: new ExponentialBackoff({ maxDelay: 5_000 }),
});

/** Runs a task of that name over the files of the folder; answers when it has ended, and how. */
async function runTask(config: Config, topic: TopicName, name: string, folder: string): Promise<TaskStatus['status']> {
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
  const ask = () => whileAway.execute(() => askDruid<TaskStatus>(config, `${overlord}/task/${name}/status`));
  await whileAway
    .execute(() => askDruid(config, `${overlord}/task`, { method: 'POST', body }))
    .catch(async (error: unknown) => {
      // It takes a task once: its answer may have been lost.
      if (!(await unlessUnknown(ask()))) throw error;
    });
  for (;;) {
    const { status } = await ask();
    if (status.statusCode !== 'RUNNING') return status;
    await sleep(pollMs);
  }
}

/** Rows that the task took, and records of which it could make none. */
interface TaskReport {
  readonly ingestionStatsAndErrors: {
    readonly payload: { readonly rowStats: { readonly buildSegments: Readonly<Record<RowOutcome, number>> } };
  };
}
type RowOutcome = 'processed' | 'processedWithError' | 'unparseable' | 'thrownAway';

/** Fails with DRUID_FILL_FAILED where the task failed, or has not read all: to a task, files that it does not find are none. */
async function requireAll(
  config: Config,
  topic: TopicName,
  { name, folder, sent }: { readonly name: string; readonly folder: string; readonly sent: number },
  { statusCode, errorMsg }: TaskStatus['status'],
): Promise<void> {
  const failed = (message: string) => new OperatorError('DRUID_FILL_FAILED', message);
  if (statusCode !== 'SUCCESS') {
    const why = errorMsg?.split('\n', 1)[0] ?? 'it does not say why';
    throw failed(`Druid could not fill ${topic}: ${why}; nothing of it is there, run this again`);
  }
  const report = await whileAway.execute(() => askDruid<TaskReport>(config, `${overlord}/task/${name}/reports`));
  const { processed, processedWithError, unparseable, thrownAway } =
    report.ingestionStatsAndErrors.payload.rowStats.buildSegments;
  const read = processed + processedWithError + unparseable + thrownAway;
  if (read !== sent)
    throw failed(
      `Druid read ${read} of ${sent} records of ${topic}: see that its indexer reaches ${folder} (ORDERFLOW_BACKFILLS), and run this again`,
    );
}
