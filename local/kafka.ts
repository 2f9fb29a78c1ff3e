/** The local Kafka: one broker that is its own KRaft controller. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { runJava } from './java.js';
import { fileUrl, propertiesText } from './paths.js';
import type { Run } from './service.js';

const folder = (config: Config) => join(config.home, 'kafka');
const dataFolder = (config: Config) => join(folder(config), 'data');
const propertiesFile = (config: Config) => join(folder(config), 'server.properties');

/** What does not depend on addresses; docker-compose.yml has the same as KAFKA_… variables, a test compares them. */
export const kafkaSettings = {
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 8,
  // A mistyped topic is an error, no new topic: `orderflow topics apply` makes them from the stage table.
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': 0,
} as const;

/** Kafka's server.properties as text, for storage in `data`. */
export function kafkaProperties(config: Config, data = dataFolder(config)): string {
  const { urlHost, ports } = config;
  const properties = {
    ...kafkaSettings,
    listeners: `PLAINTEXT://${urlHost}:${ports.kafka},CONTROLLER://${urlHost}:${ports.kafkaController}`,
    'advertised.listeners': `PLAINTEXT://${urlHost}:${ports.kafka}`,
    'controller.quorum.voters': `1@${urlHost}:${ports.kafkaController}`,
    'log.dirs': data,
  };
  return propertiesText(properties);
}

/** Kafka's Uuid: 16 bytes in URL-safe base64. */
const newClusterId = () => randomBytes(16).toString('base64url');

/**
 * Writes Kafka's configuration and formats its storage once, as a whole, so that a Ctrl-C leaves none that is half made; `clusterId` counts
 * only then.
 */
export async function formatKafkaStorage(config: Config, clusterId: string = newClusterId()): Promise<void> {
  const data = dataFolder(config);
  const [unfinished, forFormat] = [`${data}.new`, `${propertiesFile(config)}.new`];
  await mkdir(folder(config), { recursive: true });
  await writeFile(propertiesFile(config), kafkaProperties(config));
  if (existsSync(join(data, 'meta.properties'))) return;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(forFormat, kafkaProperties(config, unfinished));
  try {
    await runJava(config, {
      classPath: 'kafka',
      mainClass: 'kafka.tools.StorageTool',
      jvm: ['-Xmx64m', '-XX:TieredStopAtLevel=1'],
      // One word with its option: every 64th id begins with a dash, and would be taken for an option itself.
      args: ['format', '--ignore-formatted', `--cluster-id=${clusterId}`, '--config', forFormat],
    });
    await rename(unfinished, data);
    await rm(forFormat);
  } catch (error) {
    const isFull = error instanceof Error && error.message.includes('No space left on device');
    const todo = isFull ? 'the disk is full, make room there' : 'remove the folder';
    const message = `Kafka's storage in ${folder(config)} cannot be formatted: ${todo}`;
    throw new OperatorError('KAFKA_FORMAT', message, { cause: error });
  }
}

export function kafkaBroker(config: Config): Run {
  return {
    kind: 'java',
    classPath: 'kafka',
    mainClass: 'kafka.Kafka',
    jvm: [
      `-Xmx${config.memoryMb.kafkaHeap}m`,
      '-XX:+UseSerialGC',
      '-XX:+ExitOnOutOfMemoryError',
      '-XX:-UsePerfData',
      `-Dlog4j.configuration=${fileUrl(join(projectRoot, 'local', 'kafka', 'log4j.properties'))}`,
    ],
    args: [propertiesFile(config)],
  };
}
