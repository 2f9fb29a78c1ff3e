/** How Flink and Beam's services are started. What no one has to change is in flink/conf/config.yaml. */
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { confFolder, flinkFolder, jobServerArguments, writeConfig, zooKeeperClient } from './flink-security.js';
import { fileUrl } from './paths.js';
import type { Run } from './service.js';

const sources = join(projectRoot, 'flink', 'conf');

/** What JDK 17 has to open to Flink, from the one line of config.yaml that Flink's own scripts read, too. */
const jdk17 =
  /^env\.java\.opts\.all: (.*)$/m.exec(readFileSync(join(sources, 'config.yaml'), 'utf8'))?.[1]?.split(' ') ?? [];

/** Serial GC and small stacks: many mostly idle threads on a small machine. A full heap ends the process, never half of it. */
const frugal = ['-XX:+UseSerialGC', '-Xss512k', '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData'];

export const loggingOption = `-Dlog4j2.configurationFile=${fileUrl(join(sources, 'log4j2.properties'))}`;

/** Where little is computed and starting is most of the work: the quick compiler alone, which makes a process up sooner and smaller. */
const quickStart = '-XX:TieredStopAtLevel=1';

const flinkJvm = (heapMb: number, metaspaceMb: number) => [
  `-Xmx${heapMb}m`,
  `-XX:MaxMetaspaceSize=${metaspaceMb}m`,
  ...frugal,
  loggingOption,
  ...jdk17,
];

/** Of a heap that grows while jobs are translated, a full collection gives back to the machine what is not needed afterwards. */
const beamJvm = (heapMb: number) => [
  `-Xmx${heapMb}m`,
  `-Xms${Math.min(96, heapMb)}m`,
  '-Xmn48m',
  '-XX:MinHeapFreeRatio=10',
  '-XX:MaxHeapFreeRatio=30',
  '-XX:-ShrinkHeapInSteps',
  '-XX:MaxMetaspaceSize=192m',
  quickStart,
  ...frugal,
  loggingOption,
  ...jdk17,
];

const asOptions = (options: Readonly<Record<string, string | number>>) =>
  Object.entries(options).map(([name, value]) => `-D${name}=${value}`);

/** A job of the stage table needs `parallelism` slots; eight jobs fit, and one that is restarted with more. A slot costs nothing. */
export const taskSlots = (config: Config) => Math.max(32, 8 * config.parallelism);

/**
 * Where Flink keeps checkpoints, savepoints, and what a JobManager that starts again has to know of its jobs. As Flink writes its paths: like
 * URLs, but with nothing escaped.
 */
export const flinkFolders = (config: Config) => ({
  checkpoints: `file://${join(config.home, 'flink', 'checkpoints')}`,
  savepoints: `file://${join(config.home, 'flink', 'savepoints')}`,
  highAvailability: `file://${join(config.home, 'flink', 'ha')}`,
});

const temporaryFolder = (config: Config, service: string) => join(config.home, 'flink', 'tmp', service);

/**
 * Makes the folder for temporary files of a Flink process, without those that one which was killed has left, and what it is configured with.
 * Flink makes the folders of checkpoints itself, but not this one.
 */
export const prepareFlink =
  (service: 'jobmanager' | 'taskmanager') =>
  async (config: Config): Promise<void> => {
    const folder = temporaryFolder(config, service);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await writeConfig(config, service);
  };

export const prepareJobServer = (config: Config): Promise<void> => writeConfig(config, 'job-server');

const clusterOptions = (config: Config, service: string) => {
  const folders = flinkFolders(config);
  return {
    'high-availability.type': 'zookeeper',
    'high-availability.zookeeper.quorum': `${config.urlHost}:${config.ports.zooKeeper}`,
    'high-availability.storageDir': folders.highAvailability,
    'high-availability.jobmanager.port': config.ports.flinkRpc,
    'jobmanager.rpc.address': config.host,
    'jobmanager.bind-host': config.host,
    'rest.address': config.host,
    'rest.bind-address': config.host,
    'rest.port': config.ports.flinkRest,
    'taskmanager.host': config.host,
    'taskmanager.bind-host': config.host,
    'taskmanager.numberOfTaskSlots': taskSlots(config),
    'state.checkpoints.dir': folders.checkpoints,
    'state.savepoints.dir': folders.savepoints,
    'io.tmp.dirs': temporaryFolder(config, service),
  };
};

/** The JobManager's process size, split: what is neither heap nor Metaspace is for threads, code and network. */
export function jobManager(config: Config): Run {
  const metaspaceMb = 192;
  return {
    kind: 'java',
    classPath: 'flink',
    mainClass: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
    folder: flinkFolder(config),
    jvm: [
      ...flinkJvm(Math.max(192, config.memoryMb.jobManager - metaspaceMb - 192), metaspaceMb),
      quickStart,
      ...zooKeeperClient(config, 'flink'),
    ],
    args: ['--configDir', confFolder(config, 'jobmanager'), ...asOptions(clusterOptions(config, 'jobmanager'))],
  };
}

/**
 * What a job with an end sorts in, MB for a slot: three groupings, each before and behind its shuffle, of which each wants 12 pages of 32 KiB at least. It is
 * taken when it is needed: a job without an end takes none.
 */
const slotManagedMb = 3;

/**
 * The TaskManager's process size, split as Flink's memory model wants it (MB). Flink's scripts would compute the same with a
 * JVM of their own (BashJavaUtils), which takes a second; all seven values must be given then.
 * Source: https://nightlies.apache.org/flink/flink-docs-release-1.19/docs/deployment/memory/mem_setup_tm/
 */
export function taskManagerMemory(processMb: number, slots: number) {
  const managed = slots * slotManagedMb;
  const split = { metaspace: 320, overhead: 176, network: 64, managed, frameworkOffHeap: 64, taskOffHeap: 128 };
  const frameworkHeap = 128;
  const fixed = Object.values(split).reduce((sum, megabytes) => sum + megabytes, 0);
  return { ...split, frameworkHeap, taskHeap: Math.max(128, processMb - fixed - frameworkHeap) };
}

export function taskManager(config: Config): Run {
  const memory = taskManagerMemory(config.memoryMb.taskManager, taskSlots(config));
  const heapMb = memory.frameworkHeap + memory.taskHeap;
  const directMb = memory.frameworkOffHeap + memory.taskOffHeap + memory.network;
  return {
    kind: 'java',
    classPath: 'flink',
    mainClass: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
    folder: flinkFolder(config),
    jvm: [
      ...flinkJvm(heapMb, memory.metaspace),
      `-XX:MaxDirectMemorySize=${directMb}m`,
      // All of its heap from the start, as Flink's scripts do: a heap that is filled for the first time looks like a leak for hours.
      `-Xms${heapMb}m`,
      '-XX:+AlwaysPreTouch',
      // The jobs run 6 s sooner and the first 20,000 orders take a sixth less; what is given up is a sixth of the rate later.
      quickStart,
      ...zooKeeperClient(config, 'flink'),
    ],
    args: [
      '--configDir',
      confFolder(config, 'taskmanager'),
      ...asOptions({
        ...clusterOptions(config, 'taskmanager'),
        'taskmanager.cpu.cores': taskSlots(config),
        'taskmanager.memory.framework.heap.size': `${memory.frameworkHeap}m`,
        'taskmanager.memory.framework.off-heap.size': `${memory.frameworkOffHeap}m`,
        'taskmanager.memory.task.heap.size': `${memory.taskHeap}m`,
        'taskmanager.memory.task.off-heap.size': `${memory.taskOffHeap}m`,
        'taskmanager.memory.network.min': `${memory.network}m`,
        'taskmanager.memory.network.max': `${memory.network}m`,
        'taskmanager.memory.managed.size': `${memory.managed}m`,
        'taskmanager.memory.jvm-metaspace.size': `${memory.metaspace}m`,
        'taskmanager.memory.jvm-overhead.min': `${memory.overhead}m`,
        'taskmanager.memory.jvm-overhead.max': `${memory.overhead}m`,
      }),
    ],
  };
}

/** host:port of a URL, of which `URL` leaves out the usual port. */
function hostAndPort(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

export function jobServer(config: Config): Run {
  return {
    kind: 'java',
    classPath: 'flink',
    mainClass: 'orderflow.JobServer',
    jvm: beamJvm(config.memoryMb.jobServerHeap),
    args: [
      `--flink-master=${hostAndPort(config.flinkUrl)}`,
      // Words of their own: the driver parts an option and its value at a blank as at a "=".
      '--flink-conf-dir',
      confFolder(config, 'job-server'),
      `--job-host=${config.urlHost}`,
      `--job-port=${config.ports.jobServer}`,
      `--artifact-port=${config.ports.artifact}`,
      // Without an expansion service of its own, which nobody asks.
      '--expansion-port=-1',
      '--artifacts-dir',
      join(config.home, 'flink', 'artifacts'),
      ...jobServerArguments(config),
    ],
  };
}
