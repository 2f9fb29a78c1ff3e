/** The only reader of the environment: settings.ts says what there is to be read. All bad values are reported at once. */
import { join, resolve } from 'node:path';
import {
  kafkaProducersOf,
  kafkaSecurityOf,
  pageOf,
  partnersFileOf,
  poolHostOf,
  poolProblems,
  postgresAccessOf,
  tlsOf,
  tlsProblems,
} from './configuration/access.js';
import { kmsOf, kmsProblems, personalDataOf } from './configuration/personal-data.js';
import { homeOf, projectRoot, secretsOf, type Settings } from './configuration/places.js';
import { OperatorError, withoutCredentials } from './errors.js';
import { kafkaSecurityProblems } from './model/kafka-security.js';
import { neededProblems } from './model/needed-settings.js';
import type { Principal } from './model/principals.js';
import { keepProblem } from './model/retention.js';
import { settings } from './settings.js';

export { projectRoot };

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
        `${name}="${withoutCredentials(text)}": ${result.error.issues.map((issue) => issue.message).join('; ')}`,
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
  return [
    ...(problem === null ? [] : [`ORDERFLOW_KEEP_DAYS="${env.ORDERFLOW_KEEP_DAYS}": ${problem}`]),
    ...kafkaSecurityProblems(kafkaSecurityOf(env)),
    ...(env.ORDERFLOW_POSTGRES_TLS === 'disable' && (env.ORDERFLOW_POSTGRES_CA_FILE || env.ORDERFLOW_POSTGRES_CERT_FILE)
      ? [
          'ORDERFLOW_POSTGRES_TLS="disable": goes with no certificates; leave out ORDERFLOW_POSTGRES_CA_FILE and _CERT_FILE',
        ]
      : []),
    ...((env.ORDERFLOW_POSTGRES_CERT_FILE === '') === (env.ORDERFLOW_POSTGRES_KEY_FILE === '')
      ? []
      : ['ORDERFLOW_POSTGRES_CERT_FILE and ORDERFLOW_POSTGRES_KEY_FILE go together: set both, or none']),
    ...neededProblems(env),
    ...tlsProblems(env),
    ...poolProblems(env),
    ...kmsProblems(env),
  ];
}

const retentionOf = (env: Settings) => ({
  retentionMs: env.ORDERFLOW_RETENTION_MS,
  deadLetterRetentionMs: env.ORDERFLOW_DEAD_LETTER_RETENTION_MS,
  allowedLatenessMs: env.ORDERFLOW_ALLOWED_LATENESS_MS,
});

const withoutSettings = (environment: Record<string, string | undefined>) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('ORDERFLOW_')));

/** An IPv6 address has brackets around it where a port comes after it (RFC 3986). */
export const inUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

/**
 * The configuration from the environment, with addresses filled in: what is not set points to the local stack.
 * Throws ConfigError, which names every bad variable at once.
 */
export function loadConfig(environment: Record<string, string | undefined> = process.env) {
  const env = parse(environment);
  const urlHost = inUrl(env.ORDERFLOW_HOST);
  const isSecured = env.ORDERFLOW_PROFILE === 'secured';
  const at = (portNumber: number) => `${urlHost}:${portNumber}`;
  const home = homeOf(env);
  return {
    profile: env.ORDERFLOW_PROFILE,
    home,
    secrets: secretsOf(env),
    /** As whom its holder connects to Kafka and PostgreSQL; see `actingAs`. */
    principal: env.ORDERFLOW_PRINCIPAL as Principal,
    jars: resolve(projectRoot, env.ORDERFLOW_JARS || join(env.ORDERFLOW_HOME, 'jars')),
    /** What a process that we start is given: this process's environment, with the settings of this configuration alone. */
    environment: { ...withoutSettings(process.env), ...environment },
    host: env.ORDERFLOW_HOST,
    /** The same where a port comes after it. */
    urlHost,
    ports: {
      kafka: env.ORDERFLOW_KAFKA_PORT,
      kafkaInternal: env.ORDERFLOW_KAFKA_INTERNAL_PORT,
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
      sparkMaster: env.ORDERFLOW_SPARK_MASTER_PORT,
      sparkMasterUi: env.ORDERFLOW_SPARK_MASTER_UI_PORT,
      sparkWorker: env.ORDERFLOW_SPARK_WORKER_PORT,
      sparkWorkerUi: env.ORDERFLOW_SPARK_WORKER_UI_PORT,
      sparkJobServer: env.ORDERFLOW_SPARK_JOB_SERVER_PORT,
      sparkArtifact: env.ORDERFLOW_SPARK_ARTIFACT_PORT,
      sparkUi: env.ORDERFLOW_SPARK_UI_PORT,
    },
    cubes: pageOf(env, urlHost),
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
      sparkHeap: env.ORDERFLOW_SPARK_HEAP_MB,
      sparkExecutor: env.ORDERFLOW_SPARK_EXECUTOR_MB,
      sparkJobServerHeap: env.ORDERFLOW_SPARK_JOB_SERVER_HEAP_MB,
    },
    kafka: env.ORDERFLOW_KAFKA || at(env.ORDERFLOW_KAFKA_PORT),
    kafkaSecurity: kafkaSecurityOf(env),
    /** Where `owner` reaches the secured broker by certificate, before there is any user; empty where Kafka is elsewhere and nobody says it. */
    kafkaInternal:
      env.ORDERFLOW_KAFKA_INTERNAL || (env.ORDERFLOW_KAFKA === '' ? at(env.ORDERFLOW_KAFKA_INTERNAL_PORT) : ''),
    postgresUrl:
      env.ORDERFLOW_POSTGRES_URL ||
      `postgres://${isSecured ? '' : 'orderflow:orderflow@'}${at(env.ORDERFLOW_POSTGRES_PORT)}/orderflow`,
    postgres: postgresAccessOf(env),
    flinkUrl: env.ORDERFLOW_FLINK_URL || `http${isSecured ? 's' : ''}://${at(env.ORDERFLOW_FLINK_REST_PORT)}`,
    flinkTls: tlsOf(env, 'FLINK'),
    flinkTokenFile: env.ORDERFLOW_FLINK_TOKEN_FILE && resolve(env.ORDERFLOW_FLINK_TOKEN_FILE),
    jobServer: env.ORDERFLOW_JOB_SERVER || at(env.ORDERFLOW_JOB_SERVER_PORT),
    jobServerTls: tlsOf(env, 'JOB_SERVER'),
    sparkJobServer: env.ORDERFLOW_SPARK_JOB_SERVER || at(env.ORDERFLOW_SPARK_JOB_SERVER_PORT),
    sparkCores: env.ORDERFLOW_SPARK_CORES,
    workerPool: env.ORDERFLOW_WORKER_POOL || `${inUrl(poolHostOf(env))}:${env.ORDERFLOW_WORKER_POOL_PORT}`,
    workerPoolHost: poolHostOf(env),
    workerMetricsTls: tlsOf(env, 'WORKER_METRICS'),
    partnerUrl: env.ORDERFLOW_PARTNER_URL || `http${isSecured ? 's' : ''}://${at(env.ORDERFLOW_PARTNER_PORT)}/orders`,
    /** Path of the partners file, as the workers find it; empty where there is none. */
    partnersFile: partnersFileOf(env),
    druidUrl: env.ORDERFLOW_DRUID_URL || `http${isSecured ? 's' : ''}://${at(env.ORDERFLOW_DRUID_PORT)}`,
    /** Who asks Druid; '' where it asks nobody. */
    druidAccess: { user: env.ORDERFLOW_DRUID_USER, passwordFile: env.ORDERFLOW_DRUID_PASSWORD_FILE },
    druidTls: tlsOf(env, 'DRUID'),
    /** Kafka, as Druid reaches it. */
    druidKafka: env.ORDERFLOW_DRUID_KAFKA || env.ORDERFLOW_KAFKA || at(env.ORDERFLOW_KAFKA_PORT),
    /** Who writes `raw_order` from outside, and how much each of them may ask of a broker. */
    kafkaProducers: kafkaProducersOf(env),
    /** The parts that an address puts elsewhere: they are not started here. */
    remote: {
      kafka: env.ORDERFLOW_KAFKA !== '',
      postgres: env.ORDERFLOW_POSTGRES_URL !== '',
      flink: env.ORDERFLOW_FLINK_URL !== '',
      jobServer: env.ORDERFLOW_JOB_SERVER !== '',
      workerPool: env.ORDERFLOW_WORKER_POOL !== '',
      partner: env.ORDERFLOW_PARTNER_URL !== '',
      druid: env.ORDERFLOW_DRUID_URL !== '',
      spark: env.ORDERFLOW_SPARK_JOB_SERVER !== '',
    },
    personalData: personalDataOf(env),
    kms: kmsOf(env),
    maxWorkers: env.ORDERFLOW_MAX_WORKERS,
    parallelism: env.ORDERFLOW_PARALLELISM,
    partitions: env.ORDERFLOW_PARTITIONS,
    replication: env.ORDERFLOW_REPLICATION,
    ...retentionOf(env),
    keepDays: env.ORDERFLOW_KEEP_DAYS,
    auditKeepDays: env.ORDERFLOW_AUDIT_KEEP_DAYS,
    auditRequired:
      (env.ORDERFLOW_AUDIT || (env.ORDERFLOW_PROFILE === 'secured' ? 'required' : 'wanted')) === 'required',
    operator: env.ORDERFLOW_OPERATOR,
    /** Where denials are written. */
    denialLogs: {
      kafka: resolve(projectRoot, env.ORDERFLOW_KAFKA_AUTHORIZER_LOG || join(home, 'logs', 'kafka-authorizer.log')),
      postgres: resolve(projectRoot, env.ORDERFLOW_POSTGRES_LOG || join(home, 'postgres', 'log')),
    },
    checkpointMs: env.ORDERFLOW_CHECKPOINT_MS,
    checkpointTimeoutMs: env.ORDERFLOW_CHECKPOINT_TIMEOUT_MS,
    fused: env.ORDERFLOW_FUSED,
    bundleMs: env.ORDERFLOW_BUNDLE_MS,
    bundleSize: env.ORDERFLOW_BUNDLE_SIZE,
    batchSize: env.ORDERFLOW_BATCH_SIZE,
    batchConcurrency: env.ORDERFLOW_BATCH_CONCURRENCY,
    maxOrderBytes: env.ORDERFLOW_MAX_ORDER_BYTES,
    postgresConnections: env.ORDERFLOW_POSTGRES_CONNECTIONS,
    windowSeconds: env.ORDERFLOW_WINDOW_SECONDS,
    backfills: resolve(projectRoot, env.ORDERFLOW_BACKFILLS || join(home, 'backfills')),
    archive: resolve(projectRoot, env.ORDERFLOW_ARCHIVE || join(home, 'archive')),
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

/** The same configuration in other hands. */
export const actingAs = <T extends Pick<Config, 'principal'>>(config: T, principal: Principal): T => ({
  ...config,
  principal,
});
