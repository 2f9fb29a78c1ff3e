/** The task of Druid that reads a folder of records into a datasource. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type { Config } from '../config.js';
import { OperatorError } from '../errors.js';
import type { TopicName } from '../model/topics.js';
import { isPassing } from './counts.js';
import { askDruid, overlord } from './rest.js';
import { specFor } from './specs.js';
import { unlessUnknown } from './supervisors.js';

const pollMs = 1_000;

/** The task that a spec of Druid's native batch ingestion makes, and nothing else of the kind at a time. */
const taskType = 'index_parallel';

/** Fails with DRUID_FILL_FAILED where a fill of the datasource is under way. */
export async function requireNoTask(config: Config, topic: TopicName): Promise<void> {
  const tasks = await askDruid<{ id: string; type: string; statusCode: string }[]>(
    config,
    `${overlord}/tasks?datasource=${topic}&type=${taskType}`,
  );
  const running = tasks.find(({ statusCode }) => statusCode === 'RUNNING');
  if (!running) return;
  const message = `Druid is filling ${topic} already (task ${running.id}): wait until it has ended, and run this again`;
  throw new OperatorError('DRUID_FILL_FAILED', message);
}

/** A folder with files of records (record-file.ts), and how many they hold. */
export interface FillTask {
  readonly topic: TopicName;
  /** Unlike that of any other task: it is the task's id. */
  readonly name: string;
  readonly folder: string;
  readonly records: number;
}

export interface TaskEnd {
  readonly statusCode: string;
  readonly errorMsg?: string | null;
}

/** While a part of Druid is away: a minute and a half. */
const whileAway = retry(handleWhen(isPassing), {
  maxAttempts: 24,
  backoff: new ExponentialBackoff({ maxDelay: 5_000 }),
});

/** Runs the task, and answers when it has ended, and how; may be called again. Fails as askDruid does, where Druid is away for longer: the task may go on. */
export async function runTask(config: Config, { topic, name, folder }: FillTask): Promise<TaskEnd> {
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
  const ask = () =>
    whileAway.execute(() => askDruid<{ readonly status: TaskEnd }>(config, `${overlord}/task/${name}/status`));
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

/** Fails with DRUID_FILL_FAILED where the task failed, or has not read all: to Druid, files that it does not find are none. */
export async function requireAll(
  config: Config,
  { topic, name, folder, records }: FillTask,
  { statusCode, errorMsg }: TaskEnd,
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
  if (read !== records)
    throw failed(
      `Druid read ${read} of ${records} records of ${topic}: see that its indexer reaches ${folder} (ORDERFLOW_BACKFILLS), and run this again`,
    );
}
