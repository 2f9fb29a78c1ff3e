/** How Druid's processes are started: one of each role. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { druidTlsOptions, druidTlsProperties, writeDruidPasswords } from './druid-tls.js';
import { fileUrl } from './paths.js';
import type { Run, ServiceName } from './service.js';

/** Of `org.apache.druid.cli.Main server ROLE`; the coordinator is overlord, too. */
export const druidRoles = ['coordinator', 'broker', 'historical', 'indexer', 'router'] as const;
export type DruidRole = (typeof druidRoles)[number];

type Properties = Readonly<Record<string, string | number | boolean>>;

/** Our own are named as their folders below druid/. `client-tls` needs certificates. */
export const druidExtensions = ['druid-kafka-indexing-service', 'druid-datasketches', 'protobuf-input-format'];

const mebibyte = 2 ** 20;

/** What does not depend on addresses and folders; docker-compose.yml has the same as druid_… variables, a test compares them. */
export const druidSettings: { readonly common: Properties } & Readonly<Record<DruidRole, Properties>> = {
  common: {
    'druid.extensions.loadList': JSON.stringify(druidExtensions),
    'druid.zk.paths.base': '/druid',
    'druid.metadata.storage.type': 'derby',
    'druid.storage.type': 'local',
    'druid.indexer.logs.type': 'file',
    'druid.startup.logging.logProperties': false,
    'druid.lookup.enableLookupSyncOnStartup': false,
    // What a query of ours needs; the default of over 40 threads a process would only cost memory.
    'druid.server.http.numThreads': 20,
    // Processes ask each other by requests that wait: one that ends does not wait for those for half a minute.
    'druid.server.http.gracefulShutdownTimeout': 'PT3S',
    'druid.sql.enable': true,
    // Exact counts of more orders than fit into a merge buffer take longer, instead of being refused.
    'druid.query.groupBy.maxOnDiskStorage': 1_024 * mebibyte,
  },
  coordinator: {
    'druid.coordinator.asOverlord.enabled': true,
    'druid.coordinator.asOverlord.overlordService': 'druid/overlord',
    'druid.coordinator.startDelay': 'PT2S',
    'druid.coordinator.period': 'PT5S',
    'druid.manager.segments.pollDuration': 'PT5S',
    // Long enough for the indexer to be there: tasks that find no worker are tried again after a minute.
    'druid.indexer.queue.startDelay': 'PT10S',
    'druid.indexer.runner.type': 'httpRemote',
    'druid.indexer.storage.type': 'metadata',
  },
  broker: {
    'druid.processing.buffer.sizeBytes': 16 * mebibyte,
    'druid.processing.numThreads': 1,
    'druid.processing.numMergeBuffers': 3,
    'druid.broker.http.numConnections': 10,
    // New columns and new datasources are seen at once.
    'druid.sql.planner.metadataRefreshPeriod': 'PT1S',
  },
  historical: {
    'druid.processing.buffer.sizeBytes': 16 * mebibyte,
    'druid.processing.numThreads': 2,
    'druid.processing.numMergeBuffers': 3,
    // History does not change: what was computed of a segment is kept.
    'druid.historical.cache.useCache': true,
    'druid.historical.cache.populateCache': true,
    'druid.cache.sizeInBytes': 48 * mebibyte,
  },
  indexer: {
    // A supervisor has one task that reads, and for a moment one more that hands over what it has read.
    'druid.worker.capacity': 24,
    // All tasks together: 20 MiB each. Of the default, a sixth of the heap, a task had 3.5 MiB, and wrote a part to disk every 2,000 rows.
    'druid.worker.globalIngestionHeapLimitBytes': 480 * mebibyte,
    // Parts are merged into a segment with 64 KiB of direct memory for every column of each; see maxColumnsToMerge in the specs, too.
    'druid.worker.numConcurrentMerges': 1,
    'druid.processing.buffer.sizeBytes': 8 * mebibyte,
    'druid.processing.numThreads': 2,
    'druid.processing.numMergeBuffers': 3,
  },
  router: {
    'druid.router.managementProxy.enabled': true,
    'druid.router.defaultBrokerServiceName': 'druid/broker',
    'druid.router.coordinatorServiceName': 'druid/coordinator',
    'druid.router.http.numConnections': 10,
  },
};

/** Off-heap memory, MB: processing buffers, and what HTTP needs. */
const directMb: Readonly<Record<DruidRole, number>> = {
  coordinator: 64,
  broker: 160,
  historical: 160,
  indexer: 320,
  router: 96,
};

const readsRows: Readonly<Record<DruidRole, boolean>> = {
  coordinator: false,
  broker: true,
  historical: true,
  indexer: true,
  router: false,
};

const folder = (config: Config, ...names: string[]) => join(config.home, 'druid', ...names);

/** Makes the folders that a process of Druid does not make itself, and its files. */
export async function makeDruidFolders(config: Config): Promise<void> {
  for (const name of ['segments', 'segment-cache', 'task-logs', 'tasks', 'tmp'])
    await mkdir(folder(config, name), { recursive: true });
  if (config.profile === 'secured') await writeDruidPasswords(config);
}

/** Addresses and folders. What Druid has read stays over a restart: metadata in Derby, segments in deep storage. */
const places = (config: Config): Properties => ({
  'druid.host': config.host,
  // Without it a process listens on every interface.
  'druid.bindOnHost': true,
  'druid.extensions.directory': join(config.jars, 'druid', 'extensions'),
  'druid.zk.service.host': `${config.urlHost}:${config.ports.zooKeeper}`,
  'druid.metadata.storage.connector.connectURI': `jdbc:derby://${config.urlHost}:${config.ports.druidMetadata}/metadata;create=true${config.profile === 'secured' ? ';ssl=peerAuthentication' : ''}`,
  'druid.metadata.storage.connector.host': config.host,
  'druid.metadata.storage.connector.port': config.ports.druidMetadata,
  'druid.storage.storageDirectory': folder(config, 'segments'),
  'druid.indexer.logs.directory': folder(config, 'task-logs'),
  'druid.segmentCache.locations': JSON.stringify([{ path: folder(config, 'segment-cache'), maxSize: '50g' }]),
  'druid.indexer.task.baseTaskDir': folder(config, 'tasks'),
});

const ports = {
  coordinator: 'druidCoordinator',
  broker: 'druidBroker',
  historical: 'druidHistorical',
  indexer: 'druidIndexer',
  router: 'druid',
} as const satisfies Record<DruidRole, keyof Config['ports']>;

const heaps = {
  coordinator: 'druidCoordinatorHeap',
  broker: 'druidBrokerHeap',
  historical: 'druidHistoricalHeap',
  indexer: 'druidIndexerHeap',
  router: 'druidRouterHeap',
} as const satisfies Record<DruidRole, keyof Config['memoryMb']>;

export const druidService = (role: DruidRole) => `druid-${role}` satisfies ServiceName;

/** Where a role's HTTP API is: Druid's router, when the cluster is elsewhere. */
export const druidAddress = (config: Config, role: DruidRole): string =>
  config.remote.druid
    ? config.druidUrl
    : `${config.profile === 'secured' ? 'https' : 'http'}://${config.urlHost}:${config.ports[ports[role]]}`;

/**
 * What JDK 17 has to open to Druid.
 * Source: https://druid.apache.org/docs/latest/operations/java/#strong-encapsulation
 */
const jdk17 = [
  '--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED',
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/java.io=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
  '--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED',
];

export const druidProcess =
  (role: DruidRole) =>
  (config: Config): Run => {
    const isSecured = config.profile === 'secured';
    const port = config.ports[ports[role]];
    const properties: Properties = {
      'druid.service': `druid/${role}`,
      ...druidSettings.common,
      ...druidSettings[role],
      ...places(config),
      ...(isSecured ? druidTlsProperties(config, port, druidExtensions) : { 'druid.plaintextPort': port }),
    };
    return {
      kind: 'java',
      classPath: 'druid',
      mainClass: 'org.apache.druid.cli.Main',
      jvm: [
        `-Xmx${config.memoryMb[heaps[role]]}m`,
        `-XX:MaxDirectMemorySize=${directMb[role]}m`,
        // The quick compiler suffices where no rows are read; where they are, the other one makes queries take less than half the time.
        ...(readsRows[role] ? [] : ['-XX:TieredStopAtLevel=1']),
        '-XX:+UseSerialGC',
        '-XX:+ExitOnOutOfMemoryError',
        '-XX:-UsePerfData',
        '-Duser.timezone=UTC',
        '-Dfile.encoding=UTF-8',
        `-Djava.io.tmpdir=${folder(config, 'tmp')}`,
        '-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager',
        `-Dlog4j2.configurationFile=${fileUrl(join(projectRoot, 'druid', 'conf', 'log4j2.properties'))}`,
        // The database is named below it: in a connection's URL, a path could not hold every character.
        `-Dderby.system.home=${folder(config)}`,
        `-Dderby.stream.error.file=${folder(config, 'derby.log')}`,
        ...jdk17,
        ...(isSecured ? druidTlsOptions(config, role === 'coordinator') : []),
        ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      ],
      args: ['server', role],
    };
  };
