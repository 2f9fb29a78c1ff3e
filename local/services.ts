/** THE table of the local services: what starts, on which ports, with which memory, and how one sees that it works. */
import type { Config } from '../config.js';
import { type DruidRole, druidProcess, druidService, makeDruidFolders } from './druid.js';
import { jobManager, jobServer, prepareFlink, prepareJobServer, taskManager } from './flink.js';
import { arrangeKafka, formatKafkaStorage, kafkaBroker } from './kafka.js';
import { initPostgres, postgresServer } from './postgres.js';
import { writePartnersFile } from '../partner/control.js';
import * as ready from './readiness.js';
import type { Service } from './service.js';
import { auditorCollects } from './auditor.js';
import { prepareSpark, prepareSparkWorker, sparkJobServer, sparkMaster, sparkWorker } from './spark.js';
import { supervisorWatches } from './supervision.js';
import { configureZooKeeper, zooKeeper } from './zookeeper.js';

const druidRow = (role: DruidRole, what: string, ports: Service['ports']): Service => ({
  name: druidService(role),
  what: `Druid's ${role}: ${what}`,
  ports,
  remote: 'druid',
  addOn: 'druid',
  needs: ['zookeeper'],
  stopSignal: 'SIGTERM',
  run: druidProcess(role),
  prepare: makeDruidFolders,
  checkReady: ready.druidAnswers(role),
});

/**
 * In the order in which they are listed; docker-compose.yml has the same, a test compares them. No service waits for
 * another one to start: each looks for its peers until it finds them, so that all start side by side.
 */
export const services: readonly Service[] = [
  {
    name: 'kafka',
    what: 'Kafka broker and KRaft controller',
    ports: ['kafka', 'kafkaController'],
    securedPorts: ['kafkaInternal'],
    remote: 'kafka',
    stopSignal: 'SIGTERM',
    run: kafkaBroker,
    prepare: formatKafkaStorage,
    arrange: arrangeKafka,
    checkReady: ready.kafkaAnswers,
  },
  {
    name: 'postgres',
    what: 'PostgreSQL, the metastore',
    ports: ['postgres'],
    remote: 'postgres',
    // Its "fast" shutdown: SIGTERM would wait until the last client has gone.
    stopSignal: 'SIGINT',
    run: postgresServer,
    prepare: initPostgres,
    checkReady: ready.postgresAnswers,
  },
  {
    name: 'zookeeper',
    what: 'ZooKeeper, where a JobManager finds its jobs again',
    ports: ['zooKeeper'],
    remote: 'flink',
    stopSignal: 'SIGTERM',
    run: zooKeeper,
    prepare: configureZooKeeper,
    checkReady: ready.zooKeeperAnswers,
  },
  {
    name: 'jobmanager',
    what: 'Flink JobManager, REST API and web UI',
    ports: ['flinkRest', 'flinkRpc'],
    remote: 'flink',
    needs: ['zookeeper'],
    stopSignal: 'SIGTERM',
    run: jobManager,
    prepare: prepareFlink('jobmanager'),
    checkReady: ready.jobManagerAnswers,
  },
  {
    name: 'taskmanager',
    what: 'Flink TaskManager: reads and writes Kafka, and keeps the state',
    ports: [],
    remote: 'flink',
    needs: ['zookeeper'],
    stopSignal: 'SIGTERM',
    run: taskManager,
    prepare: prepareFlink('taskmanager'),
    checkReady: ready.taskManagerIsRegistered,
  },
  {
    name: 'job-server',
    what: "Beam's job server, which turns pipelines into Flink jobs",
    ports: ['jobServer', 'artifact'],
    remote: 'jobServer',
    stopSignal: 'SIGTERM',
    run: jobServer,
    prepare: prepareJobServer,
    checkReady: ready.jobServerAnswers,
  },
  {
    name: 'worker-pool',
    what: 'starts the Node workers that run our transforms',
    ports: ['workerPool', 'workerMetrics'],
    remote: 'workerPool',
    stopSignal: 'SIGTERM',
    run: () => ({ kind: 'node', module: 'pipelines/worker-pool-main.js', args: [] }),
    checkReady: ready.workerPoolAnswers,
  },
  {
    name: 'partner',
    what: 'stand-in for a fulfilment partner',
    ports: ['partner'],
    remote: 'partner',
    stopSignal: 'SIGTERM',
    run: () => ({ kind: 'node', module: 'partner/main.js', args: [] }),
    prepare: writePartnersFile,
    checkReady: ready.partnerAnswers,
  },
  {
    name: 'auditor',
    what: 'writes down what Kafka and PostgreSQL deny',
    ports: [],
    isLocalOnly: true,
    isSecuredOnly: true,
    stopSignal: 'SIGTERM',
    run: () => ({ kind: 'node', module: 'audit/collector-main.js', args: [] }),
    checkReady: auditorCollects,
  },
  druidRow('coordinator', 'keeps the books, and the supervisors', ['druidCoordinator', 'druidMetadata']),
  druidRow('broker', 'answers SQL', ['druidBroker']),
  druidRow('historical', 'holds what was read', ['druidHistorical']),
  druidRow('indexer', 'reads the topics', ['druidIndexer']),
  druidRow('router', 'one address for all of them', ['druid']),
  {
    name: 'spark-master',
    what: "Spark's master, with its web UI",
    ports: ['sparkMasterUi', 'sparkMaster'],
    remote: 'spark',
    addOn: 'spark',
    stopSignal: 'SIGTERM',
    run: sparkMaster,
    prepare: prepareSpark,
    checkReady: ready.sparkMasterAnswers,
  },
  {
    name: 'spark-worker',
    what: "Spark's worker, which starts the executors of each application",
    ports: ['sparkWorkerUi', 'sparkWorker'],
    remote: 'spark',
    addOn: 'spark',
    stopSignal: 'SIGTERM',
    run: sparkWorker,
    prepare: prepareSparkWorker,
    checkReady: ready.sparkWorkerIsRegistered,
  },
  {
    name: 'spark-job-server',
    what: "Beam's job server for Spark, the driver of each application",
    ports: ['sparkJobServer', 'sparkArtifact', 'sparkUi'],
    remote: 'spark',
    addOn: 'spark',
    stopSignal: 'SIGTERM',
    run: sparkJobServer,
    prepare: prepareSpark,
    checkReady: ready.sparkJobServerAnswers,
  },
  {
    name: 'supervisor',
    what: 'starts services again that have died',
    ports: [],
    isLocalOnly: true,
    stopSignal: 'SIGTERM',
    run: () => ({ kind: 'node', module: 'local/supervisor-main.js', args: [] }),
    checkReady: supervisorWatches,
  },
];

/** Whether an address puts a service elsewhere. */
export const isElsewhere = (config: Config, { remote }: Service): boolean =>
  remote !== undefined && config.remote[remote];

/** The services that there are in this configuration's profile. */
export const servicesOf = ({ profile }: Pick<Config, 'profile'>): readonly Service[] =>
  services.filter(({ isSecuredOnly }) => !isSecuredOnly || profile === 'secured');

/** Those that this configuration runs here: without an address elsewhere. */
export const localServices = (config: Config): readonly Service[] =>
  servicesOf(config).filter((service) => !isElsewhere(config, service));
