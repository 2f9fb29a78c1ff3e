/** What a service of the local stack is: the shape of a row of services.ts. */
import type { Config } from '../config.js';

/** The names, in the order in which they are listed. Logs, pid files and docker-compose use the same ones. */
export const serviceNames = [
  'kafka',
  'postgres',
  'zookeeper',
  'jobmanager',
  'taskmanager',
  'job-server',
  'worker-pool',
  'partner',
  'auditor',
  'druid-coordinator',
  'druid-broker',
  'druid-historical',
  'druid-indexer',
  'druid-router',
  'spark-master',
  'spark-worker',
  'spark-job-server',
  'supervisor',
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** How a service is started. */
export type Run =
  | {
      readonly kind: 'java';
      /** The folder of jars below ORDERFLOW_HOME, see class-path.ts. */
      readonly classPath: ClassPathName;
      readonly mainClass: string;
      readonly jvm: readonly string[];
      readonly args: readonly string[];
      /** Its working directory, the project's folder unless given. */
      readonly folder?: string;
      /** Variables beside those that every service has. */
      readonly environment?: Readonly<Record<string, string>>;
    }
  /** A module of ours, by its path below dist/. */
  | { readonly kind: 'node'; readonly module: string; readonly args: readonly string[] }
  | { readonly kind: 'program'; readonly file: string; readonly args: readonly string[] };

export type ClassPathName = 'kafka' | 'flink' | 'druid' | 'spark';

/** Parts of the stack that are started on demand: `orderflow up --with druid`. */
export const addOns = ['druid', 'spark'] as const;
export type AddOn = (typeof addOns)[number];

export interface Service {
  readonly name: ServiceName;
  /** What it is, in a few words for `orderflow status`. */
  readonly what: string;
  /** The ports it listens on. The first is the one to show. */
  readonly ports: readonly (keyof Config['ports'])[];
  /** The address that, when it is set, means that this service runs elsewhere; without one it is always here. */
  readonly remote?: keyof Config['remote'];
  /** Is there in the secured profile alone. */
  readonly isSecuredOnly?: true;
  /** More of them in the secured profile. */
  readonly securedPorts?: Service['ports'];
  /** Services without which it does not even start. */
  readonly needs?: readonly ServiceName[];
  /** The signal that stops it in good order, without waiting for its clients. */
  readonly stopSignal: NodeJS.Signals;
  /** Started only with this part of the stack. */
  readonly addOn?: AddOn;
  /** docker-compose has its own way, and so no such container. */
  readonly isLocalOnly?: true;
  run(config: Config): Run | Promise<Run>;
  /** Makes what the service finds on disk at its start. May be called again. */
  prepare?(config: Config): Promise<void>;
  /** Makes what the service itself is to hold, once it answers. May be called again. */
  arrange?(config: Config): Promise<void>;
  /** Asks the service itself; rejects while it does not answer as a working one does. */
  checkReady(config: Config): Promise<void>;
}

export const portsOf = (config: Config, { ports, securedPorts = [] }: Service): Service['ports'] =>
  config.profile === 'secured' ? [...ports, ...securedPorts] : ports;

/** The variable that moves a port elsewhere, for the sentence about a port that is taken. */
export const portSettings: Readonly<Record<keyof Config['ports'], string>> = {
  kafka: 'ORDERFLOW_KAFKA_PORT',
  kafkaInternal: 'ORDERFLOW_KAFKA_INTERNAL_PORT',
  kafkaController: 'ORDERFLOW_KAFKA_CONTROLLER_PORT',
  postgres: 'ORDERFLOW_POSTGRES_PORT',
  zooKeeper: 'ORDERFLOW_ZOOKEEPER_PORT',
  flinkRest: 'ORDERFLOW_FLINK_REST_PORT',
  flinkRpc: 'ORDERFLOW_FLINK_RPC_PORT',
  jobServer: 'ORDERFLOW_JOB_SERVER_PORT',
  artifact: 'ORDERFLOW_ARTIFACT_PORT',
  workerPool: 'ORDERFLOW_WORKER_POOL_PORT',
  workerMetrics: 'ORDERFLOW_WORKER_METRICS_PORT',
  partner: 'ORDERFLOW_PARTNER_PORT',
  druid: 'ORDERFLOW_DRUID_PORT',
  druidCoordinator: 'ORDERFLOW_DRUID_COORDINATOR_PORT',
  druidMetadata: 'ORDERFLOW_DRUID_METADATA_PORT',
  druidBroker: 'ORDERFLOW_DRUID_BROKER_PORT',
  druidHistorical: 'ORDERFLOW_DRUID_HISTORICAL_PORT',
  druidIndexer: 'ORDERFLOW_DRUID_INDEXER_PORT',
  sparkMaster: 'ORDERFLOW_SPARK_MASTER_PORT',
  sparkMasterUi: 'ORDERFLOW_SPARK_MASTER_UI_PORT',
  sparkWorker: 'ORDERFLOW_SPARK_WORKER_PORT',
  sparkWorkerUi: 'ORDERFLOW_SPARK_WORKER_UI_PORT',
  sparkJobServer: 'ORDERFLOW_SPARK_JOB_SERVER_PORT',
  sparkArtifact: 'ORDERFLOW_SPARK_ARTIFACT_PORT',
  sparkUi: 'ORDERFLOW_SPARK_UI_PORT',
};
