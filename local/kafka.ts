/** The local Kafka: one broker that is its own KRaft controller. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, projectRoot } from '../config.js';
import { OperatorError } from '../errors.js';
import { runJava } from './java.js';
import { fileUrl, propertiesText } from './paths.js';
import type { Run } from './service.js';

const folder = (config: Config) => join(config.home, 'kafka');
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

/** Kafka's server.properties as text. */
export function kafkaProperties(config: Config): string {
  const { urlHost, ports } = config;
  const properties = {
    ...kafkaSettings,
    listeners: `PLAINTEXT://${urlHost}:${ports.kafka},CONTROLLER://${urlHost}:${ports.kafkaController}`,
    'advertised.listeners': `PLAINTEXT://${urlHost}:${ports.kafka}`,
    'controller.quorum.voters': `1@${urlHost}:${ports.kafkaController}`,
    'log.dirs': join(folder(config), 'data'),
  };
  return propertiesText(properties);
}

/** Kafka's Uuid: 16 bytes in URL-safe base64. */
const newClusterId = () => randomBytes(16).toString('base64url');

/** Writes Kafka's configuration and formats its storage once; `clusterId` counts only then. */
export async function formatKafkaStorage(config: Config, clusterId: string = newClusterId()): Promise<void> {
  await mkdir(folder(config), { recursive: true });
  await writeFile(propertiesFile(config), kafkaProperties(config));
  if (existsSync(join(folder(config), 'data', 'meta.properties'))) return;
  try {
    await runJava(config, {
      classPath: 'kafka',
      mainClass: 'kafka.tools.StorageTool',
      jvm: ['-Xmx64m', '-XX:TieredStopAtLevel=1'],
      // One word with its option: every 64th id begins with a dash, and would be taken for an option itself.
      args: ['format', '--ignore-formatted', `--cluster-id=${clusterId}`, '--config', propertiesFile(config)],
    });
  } catch (error) {
    throw new OperatorError(
      'KAFKA_FORMAT',
      `Kafka's storage in ${folder(config)} cannot be formatted: remove the folder`,
      {
        cause: error,
      },
    );
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
