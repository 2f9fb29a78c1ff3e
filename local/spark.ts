/** How Spark is started, standalone, and Beam's job server in front of it, which is the driver of each of its applications. */
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { classPathFolder } from './java.js';
import { fileUrl } from './paths.js';
import type { Run } from './service.js';

/** Where Spark's processes run; executors find the jars by it (SPARK_HOME/jars). */
const sparkHome = (config: Config) => join(config.home, 'spark');

/** What JDK 17 has to open to Spark. Source: org.apache.spark.launcher.JavaModuleOptions, which executors get from Spark itself. */
const opened = [
  ...['java.lang', 'java.lang.invoke', 'java.lang.reflect', 'java.io', 'java.net', 'java.nio', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic', 'jdk.internal.ref', 'sun.nio.ch', 'sun.nio.cs'],
  ...['sun.security.action', 'sun.util.calendar'],
];
const jdk17 = opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

const logging = `-Dlog4j2.configurationFile=${fileUrl(join(projectRoot, 'spark', 'conf', 'log4j2.properties'))}`;

const frugal = ['-XX:+UseSerialGC', '-Xss512k', '-XX:+ExitOnOutOfMemoryError', '-XX:-UsePerfData'];

/** Where few records pass, and starting is most of the work. */
const quickStart = '-XX:TieredStopAtLevel=1';

const asOptions = (properties: Readonly<Record<string, string | number | boolean>>) =>
  Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);

/** Fails with SPARK_NOT_SECURED in the secured profile. */
export function requireOpenProfile({ profile }: Pick<Config, 'profile'>): void {
  if (profile === 'open') return;
  const message = 'this Spark knows no encryption and no rights: use --runner flink, or the open profile';
  throw new OperatorError('SPARK_NOT_SECURED', message);
}

/** Makes the folder that Spark's processes run in. Fails with SPARK_NOT_SECURED. */
export async function prepareSpark(config: Config): Promise<void> {
  requireOpenProfile(config);
  await mkdir(sparkHome(config), { recursive: true });
}

/** The same, and puts the jars where the worker looks for those of its executors. */
export async function prepareSparkWorker(config: Config): Promise<void> {
  await prepareSpark(config);
  const jars = join(sparkHome(config), 'jars');
  await rm(jars, { force: true });
  await symlink(classPathFolder(config, 'spark'), jars);
}

/**
 * Spark's web pages listen at the first one; everywhere without it (org.apache.spark.ui.WebUI). Without the second, a worker looks for it in folders of a build
 * (org.apache.spark.launcher.AbstractCommandBuilder).
 */
const environment = (config: Config) => ({ SPARK_LOCAL_IP: config.host, SPARK_SCALA_VERSION: '2.12' });

const runOf = (config: Config, run: Pick<Extract<Run, { kind: 'java' }>, 'mainClass' | 'jvm' | 'args'>): Run => ({
  kind: 'java',
  classPath: 'spark',
  folder: sparkHome(config),
  environment: environment(config),
  ...run,
});

const masterUrl = (config: Config) => `spark://${config.urlHost}:${config.ports.sparkMaster}`;

export const sparkMaster = (config: Config): Run =>
  runOf(config, {
    mainClass: 'org.apache.spark.deploy.master.Master',
    jvm: [`-Xmx${config.memoryMb.sparkHeap}m`, quickStart, ...frugal, logging, ...jdk17],
    args: [
      ...['--host', config.host, '--port', String(config.ports.sparkMaster)],
      ...['--webui-port', String(config.ports.sparkMasterUi)],
    ],
  });

export const sparkWorker = (config: Config): Run =>
  runOf(config, {
    mainClass: 'org.apache.spark.deploy.worker.Worker',
    jvm: [
      ...[`-Xmx${config.memoryMb.sparkHeap}m`, quickStart, ...frugal, logging, ...jdk17],
      // What executors of applications that have ended have left.
      ...asOptions({ 'spark.worker.cleanup.enabled': true, 'spark.worker.cleanup.appDataTtl': 3_600 }),
    ],
    args: [
      ...['--host', config.host, '--port', String(config.ports.sparkWorker)],
      ...['--webui-port', String(config.ports.sparkWorkerUi)],
      ...['--cores', String(config.sparkCores)],
      ...['--work-dir', join(sparkHome(config), 'work')],
      masterUrl(config),
    ],
  });

/**
 * Each job is an application of its own. Its executors have one core each, and so one task at a time: Beam gives up an executor's workers, those that
 * died as well, when none of its tasks is under way (ReferenceCountingExecutableStageContextFactory). Tasks that failed side by side in one executor
 * would get the dead workers again and again.
 */
export const sparkJobServer = (config: Config): Run =>
  runOf(config, {
    mainClass: 'org.apache.beam.runners.spark.SparkJobServerDriver',
    jvm: [
      ...[`-Xmx${config.memoryMb.sparkJobServerHeap}m`, ...frugal, logging, ...jdk17],
      ...asOptions({
        'spark.driver.host': config.host,
        'spark.driver.bindAddress': config.host,
        'spark.ui.port': config.ports.sparkUi,
        'spark.ui.showConsoleProgress': false,
        'spark.cores.max': config.sparkCores,
        'spark.executor.cores': 1,
        'spark.executor.memory': `${config.memoryMb.sparkExecutor}m`,
        'spark.executor.extraJavaOptions': `-XX:+UseSerialGC ${logging}`,
        // A worker that died, or an executor: the task is done again, so often.
        'spark.task.maxFailures': 4,
      }),
    ],
    args: [
      `--job-host=${config.urlHost}`,
      `--job-port=${config.ports.sparkJobServer}`,
      `--artifact-port=${config.ports.sparkArtifact}`,
      '--expansion-port=-1',
      ...['--artifacts-dir', join(sparkHome(config), 'artifacts')],
      `--spark-master-url=${masterUrl(config)}`,
    ],
  });
