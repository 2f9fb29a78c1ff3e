/** The only reader of the environment: every setting with its default, type and meaning, all bad values reported at once. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { OperatorError } from './errors.js';
import { limits } from './model/limits.js';
import { keepProblem } from './model/retention.js';

/** The folder that holds package.json, from the sources as from dist/. */
export const projectRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

const port = z.coerce.number().int().min(1).max(65535);
const count = z.coerce.number().int().min(1);
const millis = z.coerce.number().int().min(1);
const megabytes = z.coerce.number().int().min(64);
const host = z.string().min(1);
// Where a part is found; empty: in the local stack.
const address = z
  .string()
  .regex(/^[^\s:]+:\d+(,[^\s:]+:\d+)*$/, 'expected host:port, or several with commas between')
  .or(z.literal(''));
// It is shown, and travels: nothing secret may stand in it.
const url = z
  .url()
  .refine((text) => !URL.canParse(text) || !new URL(text).password, 'expected a URL without a password')
  .or(z.literal(''));

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly default: string;
  readonly help: string;
}
const setting = <T extends z.ZodType>(schema: T, defaultValue: string | number, help: string): Setting<T> => ({
  schema,
  default: String(defaultValue),
  help,
});

/** The environment variables. Their order is that of the table in docs/configuration.md, which a test compares with this. */
export const settings = {
  // The local stack: where it listens, and how much memory each JVM gets.
  ORDERFLOW_HOME: setting(z.string().min(1), '.orderflow', 'folder for everything the local stack writes'),
  ORDERFLOW_JARS: setting(z.string(), '', 'folder for the jars that Maven resolves (default: jars/ in ORDERFLOW_HOME)'),
  ORDERFLOW_HOST: setting(host, '127.0.0.1', 'address that local services listen on'),
  ORDERFLOW_KAFKA_PORT: setting(port, 9092, 'port of the local Kafka broker'),
  ORDERFLOW_KAFKA_CONTROLLER_PORT: setting(port, 9093, 'port of its KRaft controller'),
  ORDERFLOW_KAFKA_HEAP_MB: setting(megabytes, 384, "Kafka's heap"),
  ORDERFLOW_POSTGRES_PORT: setting(port, 5432, 'port of the local PostgreSQL'),
  ORDERFLOW_ZOOKEEPER_PORT: setting(port, 2181, 'port of the local ZooKeeper'),
  ORDERFLOW_ZOOKEEPER_HEAP_MB: setting(megabytes, 64, "ZooKeeper's heap"),
  ORDERFLOW_FLINK_REST_PORT: setting(port, 8081, "port of Flink's web UI and REST API"),
  ORDERFLOW_FLINK_RPC_PORT: setting(port, 6123, "port of the JobManager's RPC"),
  ORDERFLOW_JOBMANAGER_MEMORY_MB: setting(megabytes, 768, "the JobManager's process size"),
  ORDERFLOW_TASKMANAGER_MEMORY_MB: setting(megabytes, 2048, "the TaskManager's process size"),
  ORDERFLOW_JOB_SERVER_PORT: setting(port, 8099, "port of Beam's job server"),
  ORDERFLOW_ARTIFACT_PORT: setting(port, 8098, "port of the job server's artifact service"),
  ORDERFLOW_JOB_SERVER_HEAP_MB: setting(megabytes, 256, "the job server's heap"),
  ORDERFLOW_WORKER_POOL_PORT: setting(port, 5555, 'port of the worker pool'),
  ORDERFLOW_WORKER_METRICS_PORT: setting(port, 9464, "port of the worker pool's Prometheus metrics"),
  ORDERFLOW_MAX_WORKERS: setting(count, 64, 'most workers of a worker pool'),
  ORDERFLOW_PARTNER_PORT: setting(port, 8090, 'port of the stand-in partner'),
  ORDERFLOW_DRUID_PORT: setting(port, 8888, "port of Druid's router, which answers SQL and takes supervisors"),
  ORDERFLOW_DRUID_COORDINATOR_PORT: setting(port, 8281, "port of Druid's coordinator and overlord"),
  ORDERFLOW_DRUID_METADATA_PORT: setting(port, 1527, "port of Druid's metadata store (Derby)"),
  ORDERFLOW_DRUID_BROKER_PORT: setting(port, 8282, "port of Druid's broker"),
  ORDERFLOW_DRUID_HISTORICAL_PORT: setting(port, 8283, "port of Druid's historical"),
  ORDERFLOW_DRUID_INDEXER_PORT: setting(port, 8291, "port of Druid's indexer"),
  ORDERFLOW_DRUID_COORDINATOR_HEAP_MB: setting(
    megabytes,
    256,
    "the coordinator's heap, overlord and metadata store inside",
  ),
  ORDERFLOW_DRUID_BROKER_HEAP_MB: setting(megabytes, 512, "the broker's heap"),
  ORDERFLOW_DRUID_HISTORICAL_HEAP_MB: setting(megabytes, 256, "the historical's heap"),
  ORDERFLOW_DRUID_INDEXER_HEAP_MB: setting(megabytes, 512, "the indexer's heap, which all ingestion shares"),
  ORDERFLOW_DRUID_ROUTER_HEAP_MB: setting(megabytes, 128, "the router's heap"),
  ORDERFLOW_CUBES_PORT: setting(port, 8787, "port of the analyst's page, `orderflow cubes`"),
  // Where the parts are found: the local stack unless set.
  ORDERFLOW_KAFKA: setting(address, '', 'bootstrap servers (default: the local broker)'),
  ORDERFLOW_POSTGRES_URL: setting(
    z.string(),
    '',
    'metastore, postgres://user:password@host:port/database (default: the local one)',
  ),
  ORDERFLOW_FLINK_URL: setting(url, '', "Flink's REST API (default: the local one)"),
  ORDERFLOW_JOB_SERVER: setting(address, '', "Beam's job server (default: the local one)"),
  ORDERFLOW_WORKER_POOL: setting(address, '', 'worker pool, as the TaskManagers reach it (default: the local one)'),
  ORDERFLOW_PARTNER_URL: setting(url, '', "the partner's endpoint for orders (default: the stand-in)"),
  ORDERFLOW_DRUID_URL: setting(url, '', "Druid's router (default: the local one)"),
  ORDERFLOW_DRUID_KAFKA: setting(
    address,
    '',
    'bootstrap servers, as Druid reaches them (default: those of ORDERFLOW_KAFKA)',
  ),
  // How the pipelines run.
  ORDERFLOW_PARALLELISM: setting(count, 2, 'parallelism of each job'),
  ORDERFLOW_PARTITIONS: setting(
    count,
    4,
    'partitions of a topic that is made; `orderflow topics grow` gives more to those that are there',
  ),
  ORDERFLOW_REPLICATION: setting(count, 1, 'replication factor of each topic; all copies but one confirm a record'),
  ORDERFLOW_RETENTION_MS: setting(millis, 7 * 86_400_000, 'retention of each topic but dead_letter'),
  ORDERFLOW_DEAD_LETTER_RETENTION_MS: setting(
    millis,
    30 * 86_400_000,
    'retention of dead_letter: how long a dead letter can be sent back',
  ),
  ORDERFLOW_KEEP_DAYS: setting(
    count,
    45,
    'days that the metastore keeps an order after its last line: longer than any record of it can be read',
  ),
  ORDERFLOW_CHECKPOINT_MS: setting(millis, 5_000, 'time between checkpoints'),
  ORDERFLOW_CHECKPOINT_TIMEOUT_MS: setting(millis, 30_000, 'a checkpoint that takes longer has failed'),
  ORDERFLOW_BUNDLE_MS: setting(millis, 50, 'longest time that a bundle collects records'),
  ORDERFLOW_BUNDLE_SIZE: setting(count, 2_000, 'most records in a bundle'),
  ORDERFLOW_BATCH_SIZE: setting(count, 500, 'most records in one call to the metastore or the partner'),
  ORDERFLOW_BATCH_CONCURRENCY: setting(count, 2, 'batches under way at once in a bundle'),
  ORDERFLOW_MAX_ORDER_BYTES: setting(count.max(limits.orderBytes), 900_000, 'a larger order goes to the dead letters'),
  ORDERFLOW_POSTGRES_CONNECTIONS: setting(count, 2, 'connections per worker process'),
  // Time.
  ORDERFLOW_WINDOW_SECONDS: setting(count, 60, 'size of the aggregation windows'),
  ORDERFLOW_ALLOWED_LATENESS_MS: setting(
    millis,
    86_400_000,
    'an order that Kafka takes so long after its created_at is not aggregated (TOO_LATE)',
  ),
  ORDERFLOW_PANE_MS: setting(millis, 2_000, 'how soon a window that changed writes a pane'),
  // Delivery to the partner.
  ORDERFLOW_PARTNER_TIMEOUT_MS: setting(millis, 1_500, 'time-out of one request'),
  ORDERFLOW_PARTNER_CONCURRENCY: setting(count, 16, 'requests under way at once per worker and partner'),
  ORDERFLOW_PARTNER_ATTEMPTS: setting(count, 2, 'requests within a batch before the order is parked'),
  ORDERFLOW_PARTNER_RETRY_MS: setting(
    millis,
    5_000,
    'how long a parked order waits for its next try; it doubles with each one that fails',
  ),
  ORDERFLOW_PARTNER_RETRY_MAX_MS: setting(millis, 600_000, 'the longest time between two tries of a parked order'),
  ORDERFLOW_PARTNER_MAX_TRIES: setting(
    count,
    50,
    'failed tries after which a parked order is given up; an outage of its partner uses up none',
  ),
  ORDERFLOW_PARTNER_GIVE_UP_MS: setting(
    millis,
    3 * 86_400_000,
    'a parked order that fails after this time is given up, whatever the reason',
  ),
} as const;

type Settings = { [name in keyof typeof settings]: z.infer<(typeof settings)[name]['schema']> };

/** Thrown for bad settings; the message has one line per bad variable, with the value and the form that is expected. */
export class ConfigError extends OperatorError {
  constructor(problems: readonly string[]) {
    super('BAD_CONFIG', `bad configuration:\n${problems.join('\n')}`, { exitCode: 2 });
  }
}

function parse(environment: Record<string, string | undefined>): Settings {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { schema, default: fallback }] of Object.entries(settings)) {
    const text = environment[name] ?? fallback;
    const result = schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else
      problems.push(
        `${name}="${text.replace(/:[^/:]*@/, ':…@')}": ${result.error.issues.map((issue) => issue.message).join('; ')}`,
      );
  }
  for (const name of Object.keys(environment)) {
    if (name.startsWith('ORDERFLOW_') && !(name in settings)) problems.push(`${name} is no setting of Orderflow`);
  }
  if (problems.length === 0) problems.push(...contradictions(values as Settings));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Settings;
}

/** Good values that do not go together. */
function contradictions(env: Settings): string[] {
  const problem = keepProblem(env.ORDERFLOW_KEEP_DAYS, retentionOf(env));
  return problem === null ? [] : [`ORDERFLOW_KEEP_DAYS="${env.ORDERFLOW_KEEP_DAYS}": ${problem}`];
}

const retentionOf = (env: Settings) => ({
  retentionMs: env.ORDERFLOW_RETENTION_MS,
  deadLetterRetentionMs: env.ORDERFLOW_DEAD_LETTER_RETENTION_MS,
  allowedLatenessMs: env.ORDERFLOW_ALLOWED_LATENESS_MS,
});

const withoutSettings = (environment: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('ORDERFLOW_')));

/**
 * The configuration from the environment, with addresses filled in: what is not set points to the local stack.
 * Throws ConfigError, which names every bad variable at once.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env) {
  const env = parse(environment);
  const at = (portNumber: number) => `${env.ORDERFLOW_HOST}:${portNumber}`;
  return {
    home: resolve(projectRoot, env.ORDERFLOW_HOME),
    jars: resolve(projectRoot, env.ORDERFLOW_JARS || join(env.ORDERFLOW_HOME, 'jars')),
    /** What a process that we start is given: this process's environment, with the settings of this configuration alone. */
    environment: { ...withoutSettings(process.env), ...environment },
    host: env.ORDERFLOW_HOST,
    ports: {
      kafka: env.ORDERFLOW_KAFKA_PORT,
      kafkaController: env.ORDERFLOW_KAFKA_CONTROLLER_PORT,
      postgres: env.ORDERFLOW_POSTGRES_PORT,
      zooKeeper: env.ORDERFLOW_ZOOKEEPER_PORT,
      flinkRest: env.ORDERFLOW_FLINK_REST_PORT,
      flinkRpc: env.ORDERFLOW_FLINK_RPC_PORT,
      jobServer: env.ORDERFLOW_JOB_SERVER_PORT,
      artifact: env.ORDERFLOW_ARTIFACT_PORT,
      workerPool: env.ORDERFLOW_WORKER_POOL_PORT,
      workerMetrics: env.ORDERFLOW_WORKER_METRICS_PORT,
      partner: env.ORDERFLOW_PARTNER_PORT,
      druid: env.ORDERFLOW_DRUID_PORT,
      druidCoordinator: env.ORDERFLOW_DRUID_COORDINATOR_PORT,
      druidMetadata: env.ORDERFLOW_DRUID_METADATA_PORT,
      druidBroker: env.ORDERFLOW_DRUID_BROKER_PORT,
      druidHistorical: env.ORDERFLOW_DRUID_HISTORICAL_PORT,
      druidIndexer: env.ORDERFLOW_DRUID_INDEXER_PORT,
    },
    cubesPort: env.ORDERFLOW_CUBES_PORT,
    memoryMb: {
      kafkaHeap: env.ORDERFLOW_KAFKA_HEAP_MB,
      zooKeeperHeap: env.ORDERFLOW_ZOOKEEPER_HEAP_MB,
      jobManager: env.ORDERFLOW_JOBMANAGER_MEMORY_MB,
      taskManager: env.ORDERFLOW_TASKMANAGER_MEMORY_MB,
      jobServerHeap: env.ORDERFLOW_JOB_SERVER_HEAP_MB,
      druidCoordinatorHeap: env.ORDERFLOW_DRUID_COORDINATOR_HEAP_MB,
      druidBrokerHeap: env.ORDERFLOW_DRUID_BROKER_HEAP_MB,
      druidHistoricalHeap: env.ORDERFLOW_DRUID_HISTORICAL_HEAP_MB,
      druidIndexerHeap: env.ORDERFLOW_DRUID_INDEXER_HEAP_MB,
      druidRouterHeap: env.ORDERFLOW_DRUID_ROUTER_HEAP_MB,
    },
    kafka: env.ORDERFLOW_KAFKA || at(env.ORDERFLOW_KAFKA_PORT),
    postgresUrl:
      env.ORDERFLOW_POSTGRES_URL || `postgres://orderflow:orderflow@${at(env.ORDERFLOW_POSTGRES_PORT)}/orderflow`,
    flinkUrl: env.ORDERFLOW_FLINK_URL || `http://${at(env.ORDERFLOW_FLINK_REST_PORT)}`,
    jobServer: env.ORDERFLOW_JOB_SERVER || at(env.ORDERFLOW_JOB_SERVER_PORT),
    workerPool: env.ORDERFLOW_WORKER_POOL || at(env.ORDERFLOW_WORKER_POOL_PORT),
    partnerUrl: env.ORDERFLOW_PARTNER_URL || `http://${at(env.ORDERFLOW_PARTNER_PORT)}/orders`,
    druidUrl: env.ORDERFLOW_DRUID_URL || `http://${at(env.ORDERFLOW_DRUID_PORT)}`,
    /** Kafka, as Druid reaches it. */
    druidKafka: env.ORDERFLOW_DRUID_KAFKA || env.ORDERFLOW_KAFKA || at(env.ORDERFLOW_KAFKA_PORT),
    /** The parts that an address puts elsewhere: they are not started here. */
    remote: {
      kafka: env.ORDERFLOW_KAFKA !== '',
      postgres: env.ORDERFLOW_POSTGRES_URL !== '',
      flink: env.ORDERFLOW_FLINK_URL !== '',
      jobServer: env.ORDERFLOW_JOB_SERVER !== '',
      workerPool: env.ORDERFLOW_WORKER_POOL !== '',
      partner: env.ORDERFLOW_PARTNER_URL !== '',
      druid: env.ORDERFLOW_DRUID_URL !== '',
    },
    maxWorkers: env.ORDERFLOW_MAX_WORKERS,
    parallelism: env.ORDERFLOW_PARALLELISM,
    partitions: env.ORDERFLOW_PARTITIONS,
    replication: env.ORDERFLOW_REPLICATION,
    ...retentionOf(env),
    keepDays: env.ORDERFLOW_KEEP_DAYS,
    checkpointMs: env.ORDERFLOW_CHECKPOINT_MS,
    checkpointTimeoutMs: env.ORDERFLOW_CHECKPOINT_TIMEOUT_MS,
    bundleMs: env.ORDERFLOW_BUNDLE_MS,
    bundleSize: env.ORDERFLOW_BUNDLE_SIZE,
    batchSize: env.ORDERFLOW_BATCH_SIZE,
    batchConcurrency: env.ORDERFLOW_BATCH_CONCURRENCY,
    maxOrderBytes: env.ORDERFLOW_MAX_ORDER_BYTES,
    postgresConnections: env.ORDERFLOW_POSTGRES_CONNECTIONS,
    windowSeconds: env.ORDERFLOW_WINDOW_SECONDS,
    paneMs: env.ORDERFLOW_PANE_MS,
    partner: {
      timeoutMs: env.ORDERFLOW_PARTNER_TIMEOUT_MS,
      concurrency: env.ORDERFLOW_PARTNER_CONCURRENCY,
      attempts: env.ORDERFLOW_PARTNER_ATTEMPTS,
      retryMs: env.ORDERFLOW_PARTNER_RETRY_MS,
      retryMaxMs: env.ORDERFLOW_PARTNER_RETRY_MAX_MS,
      maxTries: env.ORDERFLOW_PARTNER_MAX_TRIES,
      giveUpMs: env.ORDERFLOW_PARTNER_GIVE_UP_MS,
    },
  };
}

export type Config = ReturnType<typeof loadConfig>;
